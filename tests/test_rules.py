"""The rules of `sitegen check`: the examples of docs/rules.md, fixes, suppressions, and content without findings."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from sitegen.cli import main
from sitegen.files.sources import read_texts, source_lines
from sitegen.findings import Finding, as_text
from sitegen.rules import RULES
from sitegen.rules.fixes import apply_fixes
from tests.support.rule_examples import DOCUMENT, Example, examples, site_of
from tests.support.sites import DAYS, ROOT, build, build_site, checked, load, own_texts, tiny

DAY = date(2026, 11, 20)


def found(texts: Mapping[str, bytes], day: date = DAY) -> list[Finding]:
    """The findings of `check`."""
    return checked(texts, day, formats=("markdoc",))


def codes(texts: Mapping[str, bytes], day: date = DAY) -> list[str]:
    """The codes of the findings of `check`."""
    return [finding.code for finding in found(texts, day)]


# --- the examples of the document ----------------------------------------------------


def test_each_rule_has_an_example() -> None:
    assert list(examples()) == list(RULES)
    rows = re.findall(
        r"^\| \[`([\w-]+)`\]\(#[\w-]+\) \| (\w+) \| (\w+) \| (\w+) \|",
        DOCUMENT.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert [row[:3] for row in rows] == [(rule.code, rule.group, rule.severity) for rule in RULES.values()]
    kinds = {"records": (True, False), "site": (False, True), "both": (True, True)}
    for rule, (*_, looks_at) in zip(RULES.values(), rows, strict=True):
        records, site = kinds[looks_at]
        assert rule.each or not records
        assert site or not rule.site


@pytest.mark.parametrize("code", RULES)
def test_the_wrong_example_has_the_finding_and_the_right_one_has_none(code: str) -> None:
    example = examples()[code]
    wrong = site_of(example, example.wrong)
    findings = found(wrong)
    assert [finding.code for finding in findings] == [code]
    text = as_text(findings[0], source_lines(wrong)) + "\n"
    if os.environ.get("UPDATE_GOLDENS"):
        document = DOCUMENT.read_text(encoding="utf-8")
        before = f"{example.wrong}```\n\n```text\n"
        assert document.count(before) == 1
        DOCUMENT.write_text(document.replace(f"{before}{example.output}", f"{before}{text}"), encoding="utf-8")
    else:
        assert text == example.output
    assert codes(site_of(example, example.right)) == []


@pytest.mark.parametrize("code", RULES)
def test_fixes_produce_the_right_example(code: str) -> None:
    example = examples()[code]
    wrong = site_of(example, example.wrong)
    changed, done = apply_fixes(wrong, found(wrong))
    row = next(line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith(f"| [`{code}`]"))
    if not done:
        assert row.endswith(("| |", "a missing pipe |"))
        return
    after = {**wrong, **changed}
    assert codes(after) == []
    assert apply_fixes(after, found(after))[1] == []
    if code in ("same-value", "unused-link"):
        assert list(changed.values()) == [example.right.encode()]


# --- this site and the published pages ----------------------------------


def test_this_site_has_only_dead_minimums() -> None:
    findings = found(own_texts())
    assert {(finding.code, finding.severity) for finding in findings} == {("dead-minimum", "notice")}
    assert len(findings) > 5
    assert not checked(own_texts(), DAY, ("meaning",), ("hugo",))


@pytest.mark.parametrize("day", ["2023-03-15", "2023-09-20", "2025-07-01", "2026-04-01", "2026-06-01", "2030-01-01"])
def test_this_site_has_no_other_findings_on_other_days(day: str) -> None:
    assert set(codes(own_texts(), date.fromisoformat(day))) <= {"dead-minimum", "no-page"}


def test_the_published_pages_contradict_each_other() -> None:
    texts = read_texts(ROOT / "tests/as_published", ROOT)
    findings = {
        (finding.code, finding.place.file.removeprefix("content/"), finding.message) for finding in found(texts)
    }
    assert {code for code, _, _ in findings} == {
        "typed-count", "near-word", "past-date", "empty-bullet", "ragged-row", "unused-link", "two-values",
    }  # fmt: skip
    for page in ("aap.md", "iast.md"):
        assert any(
            code == "typed-count" and file == page and "has 4 rows" in message for code, file, message in findings
        )
        assert ("near-word", page, "'Maintenence' may be a typo for 'maintenance'") in findings
        assert ("past-date", page, "the text treats May 31, 2026 as a future date, but it has passed") in findings
    messages = [message for code, _, message in findings if code == "two-values"]
    assert any(re.match("'API Security' has 2.6.0 here but 4.6.0 at", message) for message in messages)
    assert {file for code, file, _ in findings if code == "empty-bullet"} == {"asm.md", "iast.md"}
    assert [file for code, file, _ in findings if code == "unused-link"] == ["asm.md"]


# --- fixes ---------------------------------------------------------------------------


def _write(folder: Path, texts: Mapping[str, bytes]) -> None:
    for name, data in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def test_check_fixes_findings_although_there_are_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(tmp_path, read_texts(ROOT / "tests/as_published", ROOT))
    assert main(["check", "--root", str(tmp_path), "--as-of", "2026-11-20", "--fix"]) == 1
    output = capsys.readouterr()
    assert output.out.splitlines() == [
        "fixed content/aap.md:30:16: write 'Maintenance' [near-word]",
        "fixed content/asm.md:59:1: remove it [empty-bullet]",
        "fixed content/asm.md:66:1: close it [ragged-row]",
        "fixed content/asm.md:68:1: remove it [unused-link]",
        "fixed content/iast.md:38:16: write 'Maintenance' [near-word]",
        "fixed content/iast.md:70:1: remove it [empty-bullet]",
    ]
    assert re.findall(r"^\w+\[([\w-]+)\]", output.err, re.MULTILINE).count("near-word") == 0
    assert "[two-values]" in output.err


FIXABLE = """\
# The features, in the order of the page.
features:
  fields: {name: text, since: support, remark: optional text}
  records:
    login:  # who may come in
      name: [Login, {is: Login, from: 2025-02-01}]   # never changed
      since:
        - 1.9.0
        - {is: 2.0.0, from: 2025-02-01}
        - {is: 2.0.0, from: 2026-02-01}
      remark: none
    search:
      name: Search
      since:
        - 2.3.0
        - {is: 2.3.0, for: api, reason: counted anew}
      remark: In Maintenence
tables:
  features:
    caption: Features
    from: features
    columns: [{header: Feature, field: name}, {header: Since, field: since}, {header: Remark, field: remark}]
"""
FIXED = """\
# The features, in the order of the page.
features:
  fields: {name: text, since: support, remark: optional text}
  records:
    login:  # who may come in
      name: Login   # never changed
      since:
        - 1.9.0
        - {is: 2.0.0, from: 2025-02-01}
      remark: none
    search:
      name: Search
      since: 2.3.0
      remark: In Maintenance
tables:
  features:
    caption: Features
    from: features
    columns: [{header: Feature, field: name}, {header: Since, field: since}, {header: Remark, field: remark}]
"""
PAGE = "- one\n-\nA paragraph.\n\n| A | B |\n|---|---|\n| 1 | 2\n\n<< tables.features >>\n\n[1]: /old/\n"
PAGE_FIXED = "- one\n\nA paragraph.\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n<< tables.features >>\n\n"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_fix_keeps_comments_layout_and_line_endings(
    ending: str, mark: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def written(text: str) -> bytes:
        return (mark + text).replace("\n", ending).encode()

    texts = tiny(FIXABLE, PAGE)
    texts |= {name: written(texts[name].decode()) for name in ("content/facts.yaml", "content/page.md")}
    _write(tmp_path, texts)
    arguments = ["check", "--root", str(tmp_path), "--as-of", "2026-11-20", "--fix"]
    assert main(arguments) == 0, capsys.readouterr().err
    output = capsys.readouterr()
    assert output.out.count("fixed content/") == 7, output
    assert (tmp_path / "content/facts.yaml").read_bytes() == written(FIXED)
    assert (tmp_path / "content/page.md").read_bytes() == written(f"---\ntitle: Page\n---\n{PAGE_FIXED}")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert main(arguments) == 0
    assert "fixed" not in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("systems: [debian, alpine], support: {ga: 2025-01-01}", ["ended-reference"]),
        ("systems: [alpine], support: {ga: 2025-01-01}, until: 2026-06-01", []),
        ("systems: [alpine], support: {ga: 2025-01-01, eol: 2026-05-15}", []),
        ("systems: [{is: [alpine]}, {is: [debian], from: 2026-05-01}], support: {ga: 2025-01-01}", []),
    ],
)
def test_a_reference_to_an_ended_record_is_reported_unless_the_referring_one_has_ended(
    record: str, expected: list[str]
) -> None:
    facts = f"""\
agents:
  fields: {{systems: list of reference to systems, support: lifecycle}}
  records:
    small: {{{record}}}
systems:
  fields: {{name: text}}
  records:
    alpine: {{name: Alpine, until: 2026-05-01}}
    debian: {{name: Debian}}
"""
    checked_codes = codes(tiny(facts, "<< agents.small.id >> << systems.debian.name >>"), date(2026, 7, 1))
    assert [code for code in checked_codes if code == "ended-reference"] == expected
    assert "ended-reference" not in codes(tiny(facts), date(2026, 4, 30))


# --- severities and suppressions --------------------------------------------------

DEAD = examples()["dead-minimum"]


def _with(texts: dict[str, bytes], name: str, old: str, new: str) -> dict[str, bytes]:
    text = texts[name].decode()
    assert text.count(old) == 1
    return {**texts, name: text.replace(old, new).encode()}


@pytest.mark.parametrize(("severity", "expected"), [("off", []), ("warning", ["warning"]), ("notice", ["notice"])])
def test_settings_change_the_severity_of_a_rule(severity: str, expected: list[str]) -> None:
    texts = site_of(DEAD, DEAD.wrong)
    texts["sitegen.yaml"] += f"rules: {{dead-minimum: {severity}}}\n".encode()
    assert [finding.severity for finding in found(texts)] == expected


@pytest.mark.parametrize(
    ("setting", "message", "hint"),
    [
        ("dead-minimum: error", "'dead-minimum' cannot be an error", "write off, notice or warning"),
        ("dead-minimun: off", "unknown rule 'dead-minimun'", "did you mean 'dead-minimum'?"),
        ("dead-minimum: of", "unknown severity 'of'", "did you mean 'off'?"),
    ],
)
def test_an_invalid_setting_is_reported(setting: str, message: str, hint: str) -> None:
    texts = site_of(DEAD, DEAD.right)
    texts["sitegen.yaml"] += f"rules: {{{setting}}}\n".encode()
    (finding,) = found(texts)
    assert finding.message.startswith(message)
    assert finding.hint == hint
    assert finding.place.file == "sitegen.yaml"


LINE = "    login: {name: Login, since: 1.9.0}"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"{LINE}  # sitegen: allow dead-minimum: it is asked for", []),
        (f"    # sitegen: allow dead-minimum: it is asked for\n{LINE}", []),
        (f"    # sitegen: allow dead-minimum\n{LINE}", ["no-suppression-reason"]),
        (f"    # sitegen: allow dead-minimum:\n{LINE}", ["no-suppression-reason"]),
        (f"    # sitegen: allow dead-minimun: so it is\n{LINE}", ["unknown-rule", "dead-minimum"]),
        (f"    # sitegen: allow ladder-gap: so it is\n{LINE}", ["unused-suppression", "dead-minimum"]),
        (f"    # sitegen: allow ladder-gap: so\n    # sitegen: allow dead-minimum: so\n{LINE}", ["unused-suppression"]),
        (f"{LINE}\n    # sitegen: allow dead-minimum: too late", ["dead-minimum", "unused-suppression"]),
    ],
)
def test_a_comment_suppresses_a_finding(line: str, expected: list[str]) -> None:
    texts = _with(site_of(DEAD, DEAD.wrong), "content/facts.yaml", LINE, line)
    assert codes(texts) == expected


def test_records_without_a_name_are_not_one_thing() -> None:
    facts = """\
names:
  fields: {name: optional text, since: version}
  records: {a: {name: none, since: 1.0}, b: {name: none, since: 2.0}}
tables:
  names: {caption: Names, from: names, columns: [{header: Name, field: name}, {header: Since, field: since}]}
"""
    assert "two-values" not in codes(tiny(facts, "<< tables.names >>\n"))


def test_a_suppression_on_a_page_is_not_in_the_output() -> None:
    example = examples()["empty-bullet"]
    texts = site_of(example, example.wrong)
    allowed = _with(texts, "content/page.md", "\n-\n", "\n<# sitegen: allow empty-bullet: it is meant #>\n-\n")
    assert codes(allowed) == []
    pages = [build_site(load(one), DAY, ("markdoc",)).files["markdoc/web/python.md"].text for one in (texts, allowed)]
    assert pages[0] == pages[1]


def test_a_suppression_of_a_rule_that_does_not_run_is_not_reported() -> None:
    texts = _with(site_of(DEAD, DEAD.wrong), "content/facts.yaml", LINE, f"{LINE}  # sitegen: allow dead-minimum: so")
    assert not checked(texts, DAY, ("meaning",), ("hugo",))


def test_an_error_of_a_rule_fails_a_build_and_a_warning_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for code, exit_code in (("two-values", 1), ("same-record", 0)):
        example = examples()[code]
        _write(tmp_path / code, site_of(example, example.wrong))
        assert main(["build", "--root", str(tmp_path / code), "--as-of", "2026-11-20"]) == exit_code
        assert f"[{code}]" in capsys.readouterr().err
        assert main(["build", "--root", str(tmp_path / code), "--as-of", "2026-11-20", "--strict"]) == 1


@pytest.mark.parametrize(
    ("versions", "found"), [("24.04.2", []), ("24.04+", ["two-values"]), (">=24.04", ["two-values"])]
)
def test_releases_of_a_system_are_rows_of_their_own(versions: str, found: list[str]) -> None:
    facts = f"""\
systems:
  fields: {{name: text, versions: versions, kernel: versions}}
  records:
    one: {{name: Ubuntu, versions: "24.04", kernel: 6.8}}
    two: {{name: Ubuntu, versions: "{versions}", kernel: 6.8}}
tables:
  systems:
    caption: Systems
    from: systems
    columns: [{{header: System, field: name}}, {{header: Version, field: versions}}, {{header: Kernel, field: kernel}}]
"""
    assert codes(tiny(facts, "<< tables.systems >>\n")) == found


# --- release branches -------------------------------------------------------------------------


def with_branches(*branches: str) -> dict[str, bytes]:
    """A site with release branches of these versions."""
    records = "".join(
        f'    v{i}: {{versions: "{text}", support: {{ga: by 2025-01-01}}}}\n' for i, text in enumerate(branches)
    )
    example = Example("", "yaml", "", "", "")
    return site_of(example, f"releases:\n  fields: {{versions: versions, support: lifecycle}}\n  records:\n{records}")


@pytest.mark.parametrize(
    ("branches", "expected"),
    [
        (("<4", ">=4.0"), []),
        (("<4", ">=4"), []),
        (("<=3.9", ">=3.9.1"), []),
        (("<4.0.dev0", ">=4.0rc1"), []),
        ((">=1,<2", ">=2,<3", ">=3"), []),
        (("1.x", "2.x", "3.x"), []),
        (("<1", ">=1.0,<2", ">=2.0,<3"), []),
        ((">=3", ">=2,<3", "<2"), []),
        (("<4", ">=4.0.1"), ["ladder-gap"]),
        (("<=3.9", ">=4"), ["ladder-gap"]),
        (("1.x", "3.x"), ["ladder-gap"]),
        (("8.7.0", "8.25.0"), []),
        (("8.7.x", "8.25.0"), ["ladder-gap"]),
        (("<1", "<2"), ["ladder-overlap"]),
        ((">=1,<3", ">=2,<4"), ["ladder-overlap"]),
        ((">=1", ">=2"), ["ladder-overlap"]),
        ((">=1,<2", ">=1.5,<1.6", ">=2"), ["ladder-overlap"]),
    ],
)
def test_branches_meet(branches: tuple[str, ...], expected: list[str]) -> None:
    assert codes(with_branches(*branches)) == expected


# --- content without findings --------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "Two ways lead there.",
        "The agent needs TLS 1.2 or later.",
        "HTTP/1.1 and Python 3.12 were used.",
        "It needs `search==9.9.9` at least.",
        "See [Search in version 9.9.9](https://example.com/9.9.9/).",
        "Since May 31, 2023, Search is faster.",
        "Maintenance of your own machines is up to you.",
        "The context of the content is contextual; tracing and tracking differ.",
        "One of the releases is enough.",
        "Organisation and organization are one word, as are behaviour and behavior; organisation, behaviour, organization.",
        "```sh\nuntil May 31, 2020; Search needs version 9.9.9\n-\n```",
        "A heading\n-",
        "-\n  an item whose text stands below",
        "<!--\n-\n[old]: /old/\n\n| a | b |\n| - | - |\n| 1 | 2\n-->",
    ],
)
def test_prose_that_states_no_fact_has_no_findings(line: str) -> None:
    example = examples()["typed-version"]
    page = f"---\ntitle: Features\n---\n{line}\n\n<< tables.features >>\n\n<< tables.releases >>\n"
    assert codes(site_of(example, page)) == []


def test_branches_with_the_same_versions_are_neither_older_nor_newer() -> None:
    releases = """\
releases:
  fields: {versions: versions, support: lifecycle}
  records:
    v3: {versions: 3.x, support: {ga: 2024-05-23, eol: 2026-01-01}}
    v2: {versions: 3.x, support: {ga: 2022-05-19, eol: 2023-06-30}}
"""
    assert codes(site_of(examples()["ladder-overlap"], releases)) == ["ladder-overlap"]


SAME = "since: [1.19.0, {is: 1.19.0, from: 2026-03-01}]"


def test_fixes_do_not_change_the_output() -> None:
    texts = _with(dict(own_texts()), "content/facts.yaml", "since: 1.19.0", SAME)
    texts = _with(
        texts, "content/iast.md", "### Data store compatibility\n", "### Data store compatibility\n\n[1]: /old/\n"
    )
    findings = found(texts)
    changed, done = apply_fixes(texts, findings)
    assert sorted(finding.code for finding in done) == ["same-value", "unused-link"]
    assert changed["content/facts.yaml"] == own_texts()["content/facts.yaml"]
    for day in DAYS:
        before, after = (build(load(one), day).files for one in (texts, {**texts, **changed}))
        assert {path: file.text for path, file in before.items()} == {path: file.text for path, file in after.items()}


def test_a_fix_keeps_a_comment() -> None:
    same = SAME.replace("[1.19.0, {", "\n        - 1.19.0\n        - {").replace("}]", "}  # by the page of 2026")
    texts = _with(dict(own_texts()), "content/facts.yaml", "since: 1.19.0", same)
    findings = found(texts)
    assert "same-value" in [finding.code for finding in findings]
    assert apply_fixes(texts, findings) == ({}, [])


@pytest.mark.parametrize(
    ("kind", "level", "expected"),
    [
        ("text", "Maintenance (until the end of the year)", ["typed-level"]),
        ("text", "General Availability", ["typed-level"]),
        ("stage", "maintenance", ["typed-level"]),
        ("stage", "ga", []),
        ("text", "the first one with plugins", []),
    ],
)
def test_a_level_in_a_field_is_reported_if_a_lifecycle_states_it(kind: str, level: str, expected: list[str]) -> None:
    facts = f"releases:\n  fields: {{versions: versions, support: lifecycle, level: {kind}}}\n  records:\n"
    facts += f'    v1: {{versions: ">=1,<2", support: {{ga: by 2025-01-01}}, level: {level}}}\n'
    assert codes(site_of(Example("", "yaml", "", "", ""), facts)) == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("support of releases", "1.9.0", []),
        ("optional support of releases", "none", []),
        ("support of releases", "preview >=1.2", []),
        ("support of releases", "3.0.0", ["uncovered-versions"]),
        ("version of releases", "2.0", ["uncovered-versions"]),
        ("versions of releases", '">=1"', []),
        ("versions of releases", "0.9+", ["uncovered-versions"]),
        ("versions of releases", '">=1,<3"', ["uncovered-versions"]),
        ("versions of releases", "any", []),
        ("list of versions of releases", "[1.2, 1.9]", []),
        ("optional list of versions of releases", "[1.2, 2.9]", ["uncovered-versions"]),
        ("versions", "7.1", []),
    ],
)
def test_versions_belong_to_release_branches(kind: str, value: str, expected: list[str]) -> None:
    facts = (
        f"features:\n  fields: {{name: text, since: {kind}}}\n  records:\n    login: {{name: Login, since: {value}}}\n"
    )
    facts += 'releases:\n  fields: {versions: versions, support: lifecycle}\n  records:\n    v1: {versions: ">=1,<2", support: {ga: by 2025-01-01}}\n'
    assert codes(site_of(Example("", "yaml", "", "", ""), facts)) == expected
