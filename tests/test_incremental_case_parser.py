"""The notation of incremental cases: valid files, refused files, and reports of mismatches."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import incremental_cases
from tests.support.edit_sequences import Outcome
from tests.support.incremental_cases import (
    CaseError,
    Mismatch,
    Runner,
    Section,
    changed,
    interface,
    read_cases,
    rebuilt,
)

SITE = """\
Two libraries.

[options]
--only markdoc
[file sitegen.yaml]
base-url: https://docs.example.com
[file content/facts.yaml]
products: {fields: {name: text}, records: {web: {name: Web}}}
libraries: {fields: {name: text}, records: {go: {name: Go}, java: {name: Java}}}
[file content/page.md]
---
title: << library.name >>
---

Some text.

"""
CASE = """\
[case prose]
Every page shows it.
[change content/page.md]
-Some text.
+Other text.
[delete output/markdoc/web/go.md]
[rebuilt]
go java
[interface]
java
[written]
markdoc/web/go.md
- markdoc/web/java.md
[exit]
1
[date]
2026-05-01
[rebuilt]
nothing
"""


def test_a_file_is_read_as_a_site_and_cases() -> None:
    one, other = read_cases(f"{SITE}{CASE}[case nothing]\n[rebuilt]\nnothing\n")
    assert (one.name, other.name) == ("prose", "nothing")
    assert one.site == other.site
    assert [section.name for section in one.site] == ["", "sitegen.yaml", "content/facts.yaml", "content/page.md"]
    assert one.site[-1].text == "---\ntitle: << library.name >>\n---\n\nSome text.\n"
    first, second = one.steps
    assert [(section.kind, section.name) for section in first.edits] == [
        ("change", "content/page.md"),
        ("delete", "output/markdoc/web/go.md"),
    ]
    assert (first.rebuilt, first.interface, first.exit) == ({"go", "java"}, {"java"}, 1)
    assert first.written == {"markdoc/web/go.md", "- markdoc/web/java.md"}
    assert [section.words for section in second.edits] == [["2026-05-01"]]
    assert (second.rebuilt, second.interface, second.written, second.exit) == (set(), set(), None, 0)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[rebuilt]\nall\n", "line 1: [rebuilt] comes before the first [case ...]"),
        ("[case a]\n[rebuild]\nall\n", "line 2: [rebuild] is not known"),
        ("[case a]\n[file]\nx\n", "line 2: [file] needs a name, or has one too many"),
        ("[case a]\n[rebuilt all]\n", "line 2: [rebuilt] needs a name, or has one too many"),
        ("[case a]\n[rebuilt]\n\n", "line 2: [rebuilt] needs ids of libraries, 'all' or 'nothing'"),
        ("[case a]\n[interface]\njava\n", "line 2: [interface] comes before the [rebuilt] of its step"),
        ("[case a]\n[rebuilt]\nall\n[touch b]\n[exit]\n1\n", "line 5: [exit] comes before the [rebuilt] of its step"),
        ("[case a]\n[rebuilt]\nall\n[exit]\none\n", "line 4: [exit] needs a number"),
        ("[case a]\n[delete b]\nc\n[rebuilt]\nall\n", "line 2: [delete] has no text of its own"),
        ("[case a]\n[touch b]\n", "line 2: [touch] is not followed by [rebuilt]"),
        ("[case a]\n[touch b]\n[case c]\n[rebuilt]\nall\n", "line 2: [touch] is not followed by [rebuilt]"),
        ("[case a]\n", "the case 'a' has no [rebuilt]"),
    ],
)
def test_an_invalid_file_is_refused_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(CaseError) as refused:
        read_cases(text)
    assert str(refused.value) == problem


def change(*lines: str) -> Section:
    return Section("change", "a.yaml", [*lines], 7)


def test_a_change_replaces_lines() -> None:
    assert changed("a\nb\nc\n", change("-b", "+d")) == "a\nd\nc\n"
    assert changed("a\nb\nc\n", change(" b", "+d")) == "a\nb\nd\nc\n"
    assert changed("a\n\nc\n", change("-a", "-", "-c", "+x")) == "x\n"
    assert changed("a\nb\n", change("-a")) == "b\n"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["-x", "+y"], "has lines that a.yaml contains 0 times"),
        (["-b", "+y"], "has lines that a.yaml contains 2 times"),
        (["-ab", "+y"], "has lines that a.yaml contains 0 times"),
        (["b"], "has lines without '-', '+' or ' '"),
    ],
)
def test_a_change_of_lines_that_do_not_occur_once_is_refused(lines: list[str], problem: str) -> None:
    with pytest.raises(CaseError) as refused:
        changed("aab\nb\nc\nb\n", change(*lines))
    assert str(refused.value) == f"line 7: [change] {problem}"


def test_the_last_line_of_stderr_states_what_was_rebuilt() -> None:
    account = '{"build": {"full": false, "rebuilt": ["java", "go"], "interface": ["go"]}}'
    outcome = Outcome(0, "", f"a finding\n{account}\n")
    assert rebuilt(outcome) == {"java", "go"}
    assert interface(outcome) == {"go"}
    assert rebuilt(outcome._replace(err=account.replace("false", "true"))) == {"all"}


# --- a run -----------------------------------------------------------------------------

PROSE = "[case prose]\n[change content/page.md]\n-Some text.\n+Other text.\n[rebuilt]\nall\n"


def run(case: str, folder: Path, monkeypatch: pytest.MonkeyPatch, found: set[str]) -> None:
    """Run a case whose builds report that they rebuilt `found`."""
    monkeypatch.setattr(incremental_cases, "rebuilt", lambda _outcome: found)
    monkeypatch.setattr(incremental_cases, "interface", lambda _outcome: set())
    (only,) = read_cases(SITE + case)
    Runner(only, folder).run()


def test_a_correct_case_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(f"{PROSE}[written]\nmarkdoc/web/go.md\nmarkdoc/web/java.md\n", tmp_path, monkeypatch, {"all"})


@pytest.mark.parametrize(
    ("more", "found", "problem"),
    [
        ("", {"java"}, "line 21: rebuilt: expected all, found java"),
        ("[interface]\njava\n", {"all"}, "line 21: interface: expected java, found nothing"),
        ("[written]\n", {"all"}, "line 21: written: expected nothing, found markdoc/web/go.md markdoc/web/java.md"),
        ("[exit]\n1\n", {"all"}, "line 21: expected the exit code 1, found 0"),
    ],
)
def test_a_mismatch_is_reported(
    more: str, found: set[str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Mismatch) as mismatch:
        run(PROSE + more, tmp_path, monkeypatch, found)
    assert str(mismatch.value).splitlines()[0] == f"prose, {problem}"


def test_a_build_that_leaves_an_old_file_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(root: Path, output: Path, *arguments: str) -> Outcome:
        outcome = build(root, output, *arguments)
        if "--profile" in arguments:
            (output / "markdoc/web/java.md").write_text("as it was", "utf-8")
        return outcome

    build = incremental_cases.in_process
    monkeypatch.setattr(incremental_cases, "in_process", forgetful)
    with pytest.raises(
        Mismatch, match=r"files that differ from a clean build: expected nothing, found markdoc/web/java\.md"
    ):
        run(PROSE, tmp_path, monkeypatch, {"all"})
