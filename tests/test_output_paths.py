"""Paths of outputs: they are portable, below the output folder, and unique."""

from __future__ import annotations

import json
import os
import unicodedata
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sitegen.files.output_paths import path_problem
from sitegen.site.loading import load_site
from tests.support.sites import build_site
from tests.support.small_site import DAY, FACTS, FRAGMENT

SEGMENTS = st.one_of(
    st.text(max_size=8),
    st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,12}", fullmatch=True),
    st.sampled_from(
        ["", ".", "..", "...", "~", "-", ".git", ".sitegen", "a.", "a ", "C:", "a:b", "a\\b", "con", "a\n"]
    ),
    st.sampled_from(
        ["NUL", "aux.html", "Com1", "lpt9.x.y", "é", "e\u0301", "ﬁ", "İ", "ß", "\u212a", "n" * 81, "$x", "*"]
    ),
)


def names_a_device(segment: str) -> bool:
    """Whether a name is a device on Windows, whatever follows its first dot."""
    return segment.partition(".")[0].upper() in WINDOWS_DEVICES


WINDOWS_DEVICES = {"CON", "PRN", "AUX", "NUL"} | {f"{name}{digit}" for name in ("COM", "LPT") for digit in "0123456789"}


@given(st.one_of(st.lists(SEGMENTS, max_size=6).map("/".join), st.text(max_size=250)))
@settings(max_examples=400, deadline=None)
@example("a" * 200)
@example("/".join(["a" * 66] * 3))
@example("/etc/passwd")
def test_an_accepted_path_stays_below_its_folder_on_every_system(path: str) -> None:
    if path_problem(path):
        return
    root = Path("/base/output")
    segments = path.split("/")
    assert os.path.normpath(root / path) == str(root / path)
    assert root in (root / path).parents
    assert not PureWindowsPath(path).anchor
    assert PureWindowsPath(path).parts == tuple(segments)
    assert len(path) <= 200
    assert unicodedata.normalize("NFKC", path) == path
    assert path.isascii()
    assert path.isprintable()
    for segment in segments:
        assert 0 < len(segment) <= 80
        assert not segment.startswith((".", "-"))
        assert not segment.endswith((".", " "))
        assert not names_a_device(segment)
        assert not set(segment) & set('<>:"|?*\\\0')


@pytest.mark.parametrize(
    "name", [*sorted(WINDOWS_DEVICES), "con", "Aux.md", "nul.tar.gz", "COM¹", "lpt³.txt", "CONIN$"]
)
def test_devices_of_windows_are_refused(name: str) -> None:
    assert path_problem(f"a/{name}/b")
    assert path_problem(name)


@pytest.mark.parametrize("path", ["a", "A/b-c_d.e/f.html", "0", "_index.md", "console", "com10", "a" * 80, "nul-1"])
def test_common_paths_are_accepted(path: str) -> None:
    assert path_problem(path) == ""


VARIANTS = st.sampled_from(
    ["a/b", "A/b", "a/B", "a/c", "a", "A", "a.html/b", "A.HTML/B", "a.md", "a.html", "b/x", "b/x.html/y", "B/X"]
)


@given(st.lists(VARIANTS, min_size=2, max_size=4))
@settings(max_examples=60, deadline=None)
@example(["a", "a.html/b"])
@example(["a/b", "A/B"])
def test_two_outputs_never_have_the_same_path(paths: list[str]) -> None:
    partials = "".join(f"  p{i}: {{path: {json.dumps(path)}, tables: [levels]}}\n" for i, path in enumerate(paths))
    facts = FACTS.replace("PRODUCTS", "alpha: {name: Alpha}").replace("SINCE", "1.0")
    site = load_site(
        {
            "sitegen.yaml": f"partials:\n{partials}".encode(),
            "content/facts.yaml": facts.encode(),
            "partials/fragment.html": FRAGMENT.encode(),
        }
    )
    assert site is not None

    built = build_site(site, date.fromisoformat(DAY), ("hugo",))

    keys = [unicodedata.normalize("NFKC", path).casefold() for path in built.files]
    assert len(set(keys)) == len(keys)
    folders = {str(parent) for key in keys for parent in PurePosixPath(key).parents}
    assert not folders & set(keys)
    assert len(built.files) + sum(finding.code == "same-path" for finding in built.findings) >= len(set(paths))
    distinct = {f"{path}.html".casefold() for path in paths}
    clash = len(distinct) < len(paths) or any(
        str(parent) in distinct for path in distinct for parent in PurePosixPath(path).parents
    )
    assert [finding.code for finding in built.findings] == (["same-path"] * len(built.findings) if clash else [])
    assert bool(built.findings) == clash
