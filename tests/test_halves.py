"""A build by two processes gives what a build by one gives: files, findings, and what is remembered of libraries."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from sitegen.cli import main
from sitegen.dialects import DIALECTS
from sitegen.findings import Finding
from sitegen.halves import ApartError, Asked, Second, halves
from sitegen.halving import LostError, can_fork
from sitegen.loading import load_site
from sitegen.manifest import hash_of
from sitegen.remembering import sections
from sitegen.rules import MEANING, Judged, judge
from sitegen.site import build_site
from tests.support.edited_site import SITE
from tests.support.sites import default_templates, write_files

pytestmark = pytest.mark.skipif(not can_fork(), reason="needs a system with a safe fork; Linux has one")
DAY = date(2026, 4, 1)
ASKED = Asked(DAY, tuple(DIALECTS), MEANING)
Told = tuple[dict[str, str], list[Finding], Mapping[str, str]]


def in_one(texts: Mapping[str, bytes]) -> Told:
    site = load_site(texts)
    made = build_site(site, DAY, ASKED.dialects, documents=False)
    told = judge(site, texts, DAY, made, MEANING, Judged())
    files = {path: hash_of(file.text.encode()) for path, file in made.files.items()}
    return files, [*told.findings], {id_: text for id_, text in sections(site, made, told).items() if id_}


def in_two(texts: Mapping[str, bytes]) -> Told | None:
    """The same in two processes; None where the site cannot be loaded so."""
    half, other = halves(texts)
    second = Second(other, ASKED)
    try:
        site, made, known = second.build(half, ASKED, lambda *_: None, lambda _: None)
        told = judge(site, texts, DAY, made, MEANING, known)
        second.ask([path for path, file in made.files.items() if file.elsewhere])
        here = {path: hash_of(file.text.encode()) for path, file in made.files.items() if not file.elsewhere}
        remembered = sections(site, made, told)
        return here | second.answer(), [*told.findings], {id_: text for id_, text in remembered.items() if id_}
    except (ApartError, LostError):
        return None
    finally:
        second.close()


def slip(texts: Mapping[str, bytes], chance: random.Random) -> dict[str, bytes]:
    """A site with a line of facts that is gone, said twice, moved to another file, or changed in one sign."""
    found = dict(texts)
    name = chance.choice([name for name in texts if name.startswith("content/")])
    lines = found[name].decode().split("\n")
    number = chance.randrange(len(lines))
    kind = chance.choice(("gone", "twice", "moved", "sign"))
    line = lines[number]
    if kind in ("gone", "moved"):
        del lines[number]
    if kind == "twice":
        lines.insert(number, line)
    if kind == "sign" and line:
        at = chance.randrange(len(line))
        lines[number] = line[:at] + chance.choice("abc.:1 ") + line[at + 1 :]
    found[name] = "\n".join(lines).encode()
    if kind == "moved":
        other = chance.choice([other for other in texts if other.endswith(".yaml") and other != name])
        found[other] += line.encode() + b"\n"
    return found


@pytest.mark.parametrize("seed", range(80))
def test_two_processes_find_and_make_what_one_does(seed: int) -> None:
    chance = random.Random(seed)
    texts: Mapping[str, bytes] = {**default_templates(), **{name: text.encode() for name, text in SITE.items()}}
    for _ in range(seed % 4):
        texts = slip(texts, chance)
    both = in_two(texts)
    if seed % 4 == 0:
        assert both is not None
    if both is not None:
        files, findings, remembered = in_one(texts)
        assert both[1] == findings
        assert both[0] == files
        if all(finding.severity != "error" for finding in findings):  # else nothing is remembered
            assert both[2] == remembered


def test_a_file_of_a_library_that_says_more_is_read_at_once() -> None:
    texts = {**default_templates(), **{name: text.encode() for name, text in SITE.items()}}
    assert in_two(texts) is not None
    more = b"\nthings:\n  fields: {name: text}\n  records:\n    a: {name: A}\n"
    assert in_two({**texts, "content/libraries/go.yaml": texts["content/libraries/go.yaml"] + more}) is None
    quoted = texts["content/libraries/go.yaml"].replace(b"library: go", b'library: "go"')
    assert in_two({**texts, "content/libraries/go.yaml": quoted}) is None
    unseen = quoted + b"\nlinks:\n  source: guide\n"
    assert in_two({**texts, "content/libraries/go.yaml": unseen}) is None


def test_comments_that_allow_findings_are_remembered_as_by_one_process() -> None:
    texts = {**default_templates(), **{name: text.encode() for name, text in SITE.items()}}
    for name in ("go", "java", "python"):
        texts[f"content/libraries/{name}.yaml"] += b"# sitegen: allow far-day - it is so\n"
    assert in_two(texts) == in_one(texts)


@pytest.mark.parametrize("library", ["python", "ruby"])
def test_findings_are_told_once_where_a_file_of_somebody_stands_in_the_way(
    library: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(tmp_path, {**SITE, "content/spare.yaml": "spare:\n  fields: {name: text}\n  records: {a: {name: A}}\n"})
    there = tmp_path / f"output/markdoc/web/{library}.md"
    there.parent.mkdir(parents=True)
    there.write_text("mine\n", encoding="utf-8")
    for processes in ("1", "2"):
        options = ["--as-of", "2026-04-01", "--format", "json", "--processes", processes]
        assert main(["build", "--root", str(tmp_path), *options]) == 1
        told = capsys.readouterr()
        assert [finding["code"] for finding in json.loads(told.out)["findings"]] == ["never-shown"]
        assert told.err.count("error[foreign-file]") == 1
        assert "-mine" in told.err


def test_a_half_has_the_common_sources_and_its_own_files() -> None:
    own = {
        f"content/{name}.yaml": f"library: {name}\n".encode() + b"#" * size
        for name, size in zip("abcd", (9, 9, 9, 30), strict=True)
    }
    common = {"content/facts.yaml": b"things: {}\n", "sitegen.yaml": b"", "content/page.md": b"library: x\n"}
    first, second = halves({**own, **common})
    assert {*first.own_files.values()} == {"a", "b", "c"}
    assert {*second.own_files.values()} == {"d"}
    assert first.texts.keys() == {*common, *first.own_files}
    assert second.texts.keys() == {*common, *second.own_files}
