"""Published releases: folded names, lock files, and reading them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.facts.version_ranges import parse_version
from sitegen.facts.versions import parse_versions
from sitegen.package_indexes import pypi
from sitegen.package_indexes.releases import (
    LockError,
    PublishedFile,
    Release,
    fold,
    gather,
    natural,
    read_lock,
    unfold,
    within,
    write_lock,
)
from tests.support.sites import OWN_LOCK, own_lock

_word = st.text("abcpy0123456789_.", min_size=1, max_size=8)
_tag = st.sampled_from(
    ["cp39-cp39", "cp310-cp310", "cp27-cp27mu", "py3-none", "py2.py3-none", "pp39-pypy39_pp73", "cp38-abi3"]
)
_platform = st.sampled_from(
    ["win32", "win_amd64", "any", "macosx_11_0_arm64", "manylinux_2_17_x86_64.manylinux2014_x86_64"]
)
_wheel = st.builds("pkg-{}{}-{}-{}.whl".format, st.just("*"), st.sampled_from(["", "-1", "-2b"]), _tag, _platform)
_name = st.one_of(
    _wheel, st.just("pkg-*.tar.gz"), st.builds("{}-*.zip".format, _word), st.builds("{}-{}".format, _word, _word)
)


@given(st.sets(_name))
def test_folded_names_can_be_unfolded(names: set[str]) -> None:
    folded = fold(names)
    found = list(unfold(folded))
    assert set(found) == names
    assert len(found) == len(names), "each name occurs once"
    assert list(folded) == sorted(folded)
    assert fold(sorted(names, reverse=True)) == folded, "the order of the index makes no difference"


def test_names_that_differ_in_one_part_are_one_line() -> None:
    names = ["a-*-cp310-cp310-win32.whl", "a-*-cp39-cp39-win32.whl", "a-*.tar.gz", "a-*-cp39-cp39-any.whl"]
    assert fold(names) == ("a-*-cp39-cp39-any.whl", "a-*-{cp39-cp39,cp310-cp310}-win32.whl", "a-*.tar.gz")


def test_numbers_are_sorted_as_numbers() -> None:
    assert sorted(["cp310", "cp39", "cp3", "cp27m"], key=natural) == ["cp3", "cp27m", "cp39", "cp310"]


# --- releases ------------------------------------------------------------------------


_version = st.builds(
    "{}.{}.{}{}".format, *[st.integers(0, 9)] * 3, st.sampled_from(["", "rc1", "a2", ".post1", ".dev3"])
)
_item = st.builds(
    lambda version, tag, platform, requirement, day, yanked: PublishedFile(
        version, f"pkg-{version}-{tag}-{platform}.whl", requirement, day, yanked
    ),
    _version,
    _tag,
    _platform,
    st.sampled_from(["", ">=3.9", "<3.15,>=3.9"]),
    st.one_of(st.none(), st.dates(date(2016, 1, 1), date(2026, 12, 31))),
    st.sampled_from([None, None, None, "", "broken"]),
)


@given(st.lists(_item, max_size=40, unique_by=lambda item: item.name))
def test_a_lock_has_the_content_of_the_index(items: list[PublishedFile]) -> None:
    published = gather("pypi", "pkg", items)
    assert read_lock(write_lock(published)) == published
    assert gather("pypi", "pkg", reversed(items)) == published, "the order of the index makes no difference"
    assert [parse_version(r.version) for r in published.releases] == sorted({parse_version(i.version) for i in items})
    for release in published.releases:
        listed = [item for item in items if item.version == release.version]
        kept = [item for item in listed if item.yanked is None]
        assert (release.yanked is None) == bool(kept)
        assert set(published.names(release)) == {(item.requirement, item.name) for item in kept or listed}
        days = [item.day.isoformat() for item in listed if item.day]
        assert release.day == min(days, default="")


@given(
    st.lists(_version, max_size=30, unique=True),
    st.sampled_from([">=2,<3", "<2", ">=1.5", "2.x, 4.0.0", ">1.0.0,<=3", "any"]),
)
def test_releases_in_a_set_are_found(versions: Sequence[str], wanted: str) -> None:
    releases = tuple(Release(version, "", "") for version in sorted(versions, key=parse_version))
    assert within(releases, parse_versions(wanted)) == [r for r in releases if r.version in parse_versions(wanted)]


def test_a_release_is_stable_if_installers_select_it_by_default() -> None:
    stable = [
        version
        for version in ("1.0", "1.0.post1", "1.0rc1", "1.0a1", "1.0b2", "1.0.dev1")
        if Release(version, "", "").stable
    ]
    assert stable == ["1.0", "1.0.post1"]
    assert not Release("1.0", "", "", yanked="").stable


def test_one_more_release_adds_one_line_to_a_lock() -> None:
    items = [PublishedFile(f"1.0.{n}", f"a-1.0.{n}.tar.gz", "", date(2026, 1, 1 + n), None) for n in range(3)]
    before = write_lock(gather("pypi", "a", items[:2])).decode().splitlines()
    after = write_lock(gather("pypi", "a", items)).decode().splitlines()
    assert len(after) == len(before) + 1
    assert [line.rstrip(",") for line in after if line.rstrip(",") not in {b.rstrip(",") for b in before}] == [
        '  "1.0.2": {"day": "2026-01-03", "files": "1.0.0"}'
    ]


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"", "invalid JSON", 1),
        (b'{\n "format": 1,\n<<<<<<< ours\n}', "merge conflict", 3),
        (b"[]", "not a lock", 1),
        (b'{"format": 2}', "not a lock file of format 1", 1),
        (b'{"format": 1}', "invalid release entries", 1),
        (
            b'{"format": 1, "index": "pypi", "package": "a", "files": {}, "releases": {"1.0": {"files": "1.0"}}}',
            "invalid release entries",
            1,
        ),
        (
            b'{"format": 1, "index": "pypi", "package": "a", "files": {"1": {"": []}}, "releases": {"x": {"files": "1"}, "y": {"files": "1"}}}',
            "'x' is not a version",
            1,
        ),
        (
            b'{"format": 1, "index": "pypi", "package": "a", "files": {"1": {"": []}}, "releases": {"2": {"files": "1"}, "1": {"files": "1"}}}',
            "not in version order",
            1,
        ),
        (
            b'{"format": 1, "index": "pypi", "package": "a", "files": {"1": {"": []}}, "releases": {"2": {"files": "1", "day": 3}}}',
            "invalid release entries",
            1,
        ),
        (
            b'{"format": 1, "index": "pypi", "package": "a", "files": {"1": {"": []}}, "releases": {"2": {"files": "1", "day": "2026-99-01"}}}',
            "invalid release entries",
            1,
        ),
        (b"[" * 100_000, "nested too deeply", 1),
        (b"\xff", "invalid JSON", 1),
    ],
)
def test_an_invalid_lock_file_is_an_error(data: bytes, message: str, line: int) -> None:
    with pytest.raises(LockError, match=message) as caught:
        read_lock(data)
    assert caught.value.line == line


# --- the lock of this site -----------------------------------------------------------


def test_the_lock_of_this_site_is_small_and_in_the_current_format() -> None:
    data = OWN_LOCK.read_bytes()
    assert len(data) < 200_000
    assert write_lock(read_lock(data)) == data
    assert max(map(len, data.splitlines())) < 300, "lines that are readable in a diff"
    lock = json.loads(data)
    assert (lock["index"], lock["package"]) == ("pypi", "ddtrace")
    assert "validators" not in lock


def test_every_name_in_the_lock_of_this_site_is_understood() -> None:
    published = own_lock()
    assert len(published.releases) > 800
    for release in published.releases:
        for _, name in published.names(release):
            artifact = pypi.artifact(name)
            assert artifact.source or (artifact.builds and artifact.platforms), name
