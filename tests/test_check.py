"""`check` reports each planted mistake once and at its place, and does not report harmless edits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from sitegen.findings import Finding
from tests.support.checked_site import FACTS, JAVA, PAGE, SETTINGS, TEXTS, found
from tests.support.commands import Capture, do, edit
from tests.support.sites import large_site, write_files


def test_the_unedited_site_has_no_finding() -> None:
    assert found(TEXTS) == []


@pytest.mark.parametrize("code", ["[a](https:/b.c)", "[a] (/b)", "[a](https://https://b.c)"])
def test_a_link_in_code_is_not_checked(code: str) -> None:
    assert found({**TEXTS, PAGE: f"{TEXTS[PAGE]}\nNot `{code}`.\n"}) == []


def test_the_pages_of_every_library_are_checked(tmp_path: Path, capsys: Capture) -> None:
    write_files(tmp_path, {name: data.decode() for name, data in large_site(12).items()})
    wrong = '<% if library == "Library 11" %><< [1] | join(library.sign) >><% endif %></body>'
    edit(tmp_path / "themes/default/page.html", "</body>", wrong)
    said = [do(capsys, command, "--root", tmp_path, "--as-of", "2026-04-01") for command in ("check", "build")]
    assert [(one.code, one.err.splitlines()[0]) for one in said] == [
        (1, "error[template-error]: 'sign' is not defined")
    ] * 2


def edited(file: str, old: str, new: str) -> dict[str, str]:
    """The site after the replacement of a text that occurs once."""
    assert TEXTS[file].count(old) == 1, f"{file} has {old!r} {TEXTS[file].count(old)} times"
    return {**TEXTS, file: TEXTS[file].replace(old, new)}


class Mistake(NamedTuple):
    """An edit, the code of its finding, the text at its place, and a part of the hint or the message."""

    file: str
    old: str
    new: str
    code: str
    at: str
    says: str


LOGIN = "login: {name: Login events,"
SENTENCE = "The table lists what works."
MISTAKES = (
    # names
    Mistake(
        PAGE, SENTENCE, "The table lists what works in Python.", "typed-name", "Python", "write << library.name >>"
    ),
    Mistake(PAGE, SENTENCE, "The table lists what Threat Shield needs.", "typed-name", "Threat Shield", "product.name"),
    Mistake(PAGE, "description: What works,", "description: What Java has,", "typed-name", "Java", "several libraries"),
    Mistake(PAGE, "- It needs one setting.", "- **Code Watch** needs it.", "typed-name", "Code Watch", "product.name"),
    Mistake(FACTS, "name: Weekly report,", "name: Weekly report (beta),", "typed-level", "beta", "support, stage"),
    Mistake(FACTS, "name: Weekly report,", "name: Weekly report Beta,", "typed-level", "Beta", "support, stage"),
    Mistake(FACTS, "name: Weekly report,", "name: '[Preview] Weekly report',", "typed-level", "Preview", "in the name"),
    Mistake(
        FACTS, "name: Weekly report,", "name: 'Deprecated: Weekly report',", "typed-level", "Deprecated", "in the name"
    ),
    Mistake(
        FACTS, "name: Upload scan,", "name: Upload scan (2.4.0+),", "typed-version", "(2.4.0+)", "support or version"
    ),
    Mistake(
        FACTS, "name: Upload scan,", "name: Upload scan since 2.4,", "typed-version", "since 2.4", "support or version"
    ),
    Mistake(FACTS, "name: Login events,", "name: Login events 2.3.0,", "typed-version", "2.3.0", "support or version"),
    # texts
    Mistake(
        PAGE, SENTENCE, "The table lists what works. TODO: say since when.", "placeholder-text", "TODO", "or remove it"
    ),
    Mistake(PAGE, "- It needs one setting.", "- TBD", "placeholder-text", "TBD", "write the missing text"),
    Mistake(
        FACTS,
        'remark: none, doc: "https://docs.example.com/upload/"',
        'remark: FIXME the limits, doc: "https://docs.example.com/upload/"',
        "placeholder-text",
        "FIXME",
        "placeholder",
    ),
    Mistake(FACTS, "name: Weekly report,", "name: tbd,", "placeholder-text", "tbd", "placeholder"),
    Mistake(FACTS, "caption: Databases", "caption: TODO", "placeholder-text", "TODO", "placeholder"),
    Mistake(JAVA, "Set `jmx.enabled`.", "Set `jmx.enabled`. TBD", "placeholder-text", "TBD", "placeholder"),
    Mistake(PAGE, SENTENCE, "The the table lists what works.", "doubled-word", "the", "remove one of the two"),
    Mistake(PAGE, "then read the [guide]", "then read\nread the [guide]", "doubled-word", "read", "remove one"),
    Mistake(PAGE, "- It needs one setting.", "- It needs one **one** setting.", "doubled-word", "one", "remove one"),
    Mistake(
        FACTS, 'remark: "Needs `jar` files,', 'remark: "Needs needs `jar` files,', "doubled-word", "needs", "doubled"
    ),
    Mistake(FACTS, "header: Released", "header: Released on on", "doubled-word", "Released on on", "doubled"),
    Mistake(PAGE, SENTENCE, "Set `DD_SITE to choose a site.", "open-code", "`", "close it with `"),
    Mistake(PAGE, "- It needs one setting.", "- Set ``DD_SITE` first.", "open-code", "``", "not closed"),
    Mistake(FACTS, "Needs `jar` files,", "Needs `jar files,", "open-code", "`", "not closed"),
    Mistake(PAGE, "### Databases", "#### Databases", "skipped-level", "####", "write '###'"),
    Mistake(PAGE, "## Setup", "### Setup", "skipped-level", "###", "write '##'"),
    # links
    Mistake(
        FACTS,
        "guide: {target: https://docs",
        "guide: {target: https://https://docs",
        "broken-link",
        "https://https://docs.example.com/guide/",
        "remove 'https://'",
    ),
    Mistake(PAGE, "[here][policy]", "[here](https://https://example.com/)", "broken-link", "https://", "scheme twice"),
    Mistake(PAGE, "[here][policy]", "[here](https//example.com/)", "broken-link", "https//", "write 'https://'"),
    Mistake(PAGE, "[here][policy]", "[here](https:/example.com/)", "broken-link", "https:/", "write 'https://'"),
    Mistake(FACTS, "[below](#setup)", "[below](#setpu)", "broken-link", "#setpu", "did you mean 'setup'?"),
    Mistake(
        FACTS,
        "[below](#setup)",
        "[below] (https://example.com/)",
        "broken-link",
        "[below] (https://example.com/)",
        "remove the space",
    ),
    Mistake(FACTS, "[below](#setup)", "[below](setup.md)", "bad-link", "", "is not a valid link target"),
    Mistake(
        FACTS,
        'doc: "https://docs.example.com/login/"',
        'doc: "#loggin"',
        "broken-link",
        '"#loggin"',
        "no page has a heading",
    ),
    Mistake(
        FACTS,
        "guide: {target: https://docs.example.com/guide/}",
        "guide: {target: /policy/}",
        "same-link",
        "/policy/",
        "the other is at content/facts.yaml:14:22",
    ),
    Mistake(
        FACTS,
        "https://docs.example.com/search/",
        "https://docs.example.com/login/",
        "same-link",
        '"https://docs.example.com/login/"',
        "remove one record",
    ),
    # characters
    Mistake(FACTS, "name: Weekly report,", "name: Weekly\u200b report,", "hidden-character", "\u200b", "remove it"),
    Mistake(
        FACTS,
        "name: Weekly report,",
        "name: Weekly report\U000e0041\U000e0042,",
        "hidden-character",
        "\U000e0041",
        "and 1 more",
    ),
    Mistake(
        FACTS,
        "  records:\n    policy:",
        "  records:  # \u202ethe links\n    policy:",
        "hidden-character",
        "\u202e",
        "right-to-left override",
    ),
    Mistake(PAGE, SENTENCE, "The table lists what wor\u00adks.", "hidden-character", "\u00ad", "soft hyphen"),
    Mistake(PAGE, SENTENCE, "The table lists \u2066what works.", "hidden-character", "\u2066", "invisible"),
    Mistake(PAGE, "title: <<", "title: \u2060<<", "hidden-character", "\u2060", "word joiner"),
    Mistake(SETTINGS, "title: Tracers", "title: Tra\u200dcers", "hidden-character", "\u200d", "invisible"),
    Mistake(JAVA, "name: JMX metrics", "name: JMX\u00a0metrics", "hidden-character", "\u00a0", "no-break space"),
    Mistake(JAVA, "name: JMX metrics", "name: JMX\u3164metrics", "hidden-character", "\u3164", "hangul filler"),
    Mistake(FACTS, "{name: Python}", "{name: P\u0443thon}", "mixed-script", "\u0443", "cyrillic small letter u"),
    Mistake(PAGE, SENTENCE, "The t\u0430ble lists what works.", "mixed-script", "\u0430", "two scripts"),
    Mistake(
        FACTS, "name: Weekly report,", "name: \u0392eta report,", "mixed-script", "\u0392", "greek capital letter beta"
    ),
    Mistake(JAVA, "name: JMX metrics", "name: JM\u0425 metrics", "mixed-script", "\u0425", "retype the letter"),
    # branches
    Mistake(FACTS, "ga: 2024-02-01,", "ga: 2026-02-01,", "support-gap", "{", "from 2026-01-10 to 2026-01-31"),
    Mistake(FACTS, "last: 1.8.3,", "last: 2.8.3,", "outside-branch", "2.8.3", "not a version of '>=1,<2'"),
    Mistake(FACTS, "day: 2025-12-20", "day: 2026-02-20", "outside-branch", "2026-02-20", "after the end"),
    Mistake(FACTS, "out: ~2027-03", "out: ~2026-03", "expected-date-passed", "~2026-03", "write the actual date"),
    Mistake(
        FACTS,
        "out: ~2027-03",
        "out: expected 2026-03-05",
        "expected-date-passed",
        "expected 2026-03-05",
        "the expected date",
    ),
    Mistake(
        FACTS,
        "since: no,",
        "since: {is: planned, on: 2026-03-01},",
        "expected-date-passed",
        "planned",
        "the expected date",
    ),
    Mistake(
        FACTS,
        'v1: {versions: ">=1,<2"',
        'v1: {versions: ">=1,<2.2"',
        "ladder-overlap",
        '">=1,<2.2"',
        "each version belongs to one branch",
    ),
    Mistake(
        FACTS,
        'v1: {versions: ">=1,<2"',
        'v1: {versions: ">=1,<1.9"',
        "ladder-gap",
        '">=2,<3"',
        "close the gap between the branches",
    ),
)


def _at(finding: Finding, texts: Mapping[str, str]) -> str:
    """The text at the place of a finding."""
    place = finding.place
    line = texts[place.file].split("\n")[place.line - 1]
    return line[place.column - 1 : place.column - 1 + place.length]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.code}: {mistake.new[:40]!a}")
def test_each_mistake_is_reported_once_at_its_place(mistake: Mistake) -> None:
    texts = edited(mistake.file, mistake.old, mistake.new)
    findings = found(texts)
    assert [(finding.code, finding.place.file) for finding in findings] == [(mistake.code, mistake.file)]
    assert mistake.at in ("", _at(findings[0], texts))
    assert mistake.says in f"{findings[0].message} {findings[0].hint}"


# --- harmless edits ------------------------------------------------------------------


class Harmless(NamedTuple):
    """An edit without findings, and the text that is added to the page."""

    file: str
    old: str
    new: str
    slot: str = ""


def releases(records: str, fields: str = "versions: versions, support: lifecycle") -> Harmless:
    """A second dataset of releases."""
    columns = ", ".join(
        f"{{header: {name.partition(':')[0].title()}, field: {name.partition(':')[0]}}}" for name in fields.split(", ")
    )
    text = f"other:\n  fields: {{{fields}}}\n  records:\n" + "".join(f"    {line}\n" for line in records.split("\n"))
    slots = f"  other:\n    caption: Other releases\n    from: other\n    columns: [{columns}]\n"
    return Harmless(FACTS, "tables:\n", f"{text}tables:\n{slots}", "\n<< tables.other >>\n")


REMARK = "See the [policy][policy]."
PROSE = (
    "Python and Java are covered, each by a library of its own.",
    "Threat Shield differs from Code Watch.",
    "JavaScript is another language.",
    "Set `TODO` in `FIXME.md`; run `python -m java`.",
    "The scanner finds TODO comments and keeps a TODO list.",
    "Hay un todo para todo el mundo.",
    "He had had that that she meant.",
    "What it is is simple, and users stay logged in in the background.",
    "Die Seite, die die Nutzer sehen. Nous nous en occupons. Wenn sie sie sehen.",
    "New York, New York. No, no. It ends here. Here it goes on.",
    "Code such as `a ``b`` c` and ``a ` b`` is closed, and \\` is a sign.",
    "`one` and `two\nlines` are code.",
    "See [the guide](https://web.archive.org/web/2020/https://example.com/) and <https://example.com/a_(b)>.",
    "See [setup](#setup), [releases](#releases) and [the top](#).",
    "Arabic needs marks: \u0645\u0631\u062d\u0628\u0627\u200e, as does \u05e9\u05dc\u05d5\u05dd\u200f.",
    "Persian has \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645, Hindi \u0915\u094d\u200d\u0937.",
    "Emoji: \U0001f469\u200d\U0001f4bb, \u2764\ufe0f\u200d\U0001f525, 1\ufe0f\u20e3, \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f.",
    "Il faut\u00a0: 10\u00a0000 requ\u00eates\u00a0!",
    "It takes 5 \u00b5s or 5 \u03bcs at 3 k\u03a9, by \u03b1\u03b2 and the \u03a3-Protokoll.",
    "\u041f\u0440\u0438\u0432\u0435\u0442 \u043e\u0442 Python-\u0430 \u0438 API.",
    "\u65e5\u672c\u8a9e\u306e pip \u3068 caf\u00e9, na\u00efve, \u0141\u00f3d\u017a.",
    "A heading\n=======\n\nText below it.",
    "> > > > Quoted four times.",
    "```text\n <<<<<<< HEAD\n```",
    "Released in 2025; it was planned for May 2026, and came then.",
    "A preview of the page, an alpha channel, a beta distribution, and the end of life sciences week.",
    "<# TODO: write more #>Text.",
    "<!-- TODO: write more -->\nText.",
    '<% if library.id == "java" %>\nJava needs a JVM.\n<% endif %>',
    '<% if product.id == "asm" %>Threat Shield needs rules.<% endif %>',
    "- one\n- one\n- one more",
    "Open `https://example.com/a` and `http://localhost:8126`.",
    "> Run `pip install\n> tracer` first.",
    "The first **process connected to** to reach it.",
    "We removed an outdated TODO and a FIXME.",
    "Run:\n\n    make\n    make test\n",
    "| A | B |\n|---|---|\n| the | the |\n| Python | 3.8 |\n| Java | 8 |",
    "```sh\necho `date\n# TODO the the\n#### no heading\n```",
)
HARMLESS = (
    *(Harmless(PAGE, SENTENCE, text) for text in PROSE),
    Harmless(
        PAGE,
        TEXTS[PAGE][TEXTS[PAGE].index("## Setup") :],
        "### Setup\n\n<< tables.features >>\n\n### All\n\n<< tables.releases >>\n\n<< tables.databases >>\n\n[guide] and [policy]\n",
    ),
    # records
    Harmless(FACTS, "name: Weekly report,", "name: Link preview,"),
    Harmless(FACTS, "name: Weekly report,", "name: HTTP/2 and TLS 1.3,"),
    Harmless(FACTS, "name: Weekly report,", "name: Log4j 2,"),
    Harmless(FACTS, "name: Weekly report,", "name: gRPC v1.2,"),
    Harmless(FACTS, "name: Weekly report,", "name: Ubuntu 22.04 LTS,"),
    Harmless(FACTS, "name: Weekly report,", "name: Scheduled maintenance,"),
    Harmless(FACTS, "name: Weekly report,", "name: General Availability (GA),"),
    Harmless(FACTS, "name: Weekly report,", "name: 'Deprecated-API scan',"),
    Harmless(FACTS, REMARK, "It is what it is. Is it `a`? See [the policy][policy] and [setup](#setup)."),
    Harmless(FACTS, REMARK, "A TODO list, see <https://example.com/TODO> and [TODO.md](https://example.com/TODO.md)."),
    Harmless(FACTS, "links:", "# TODO: look for the the others, `open\nlinks:"),
    Harmless(FACTS, "out: ~2027-03", "out: 2024-03"),
    Harmless(FACTS, "out: ~2027-03", "out: expected 2026-Q4"),
    Harmless(FACTS, "since: no,", "since: {is: planned, on: 2027-03-01},"),
    Harmless(FACTS, "since: no,", "since: {is: deprecated, on: 2024-03-01},"),
    Harmless(FACTS, "last: 1.8.3, day: 2025-12-20", "last: 1.9, day: 2026-01-10"),
    Harmless(FACTS, "pg-15: {name: PostgreSQL, version: 15,", "pg-15: {name: PostgreSQL, version: 15.2,"),
    Harmless(FACTS, "since: 2.3.0,", "since: 2.0.0rc1,"),
    Harmless(FACTS, "since: 2.3.0,", "since: 3.0.0b2,"),
    Harmless(
        FACTS, "guide: {target: https://docs.example.com/guide/}", "guide: {target: https://docs.example.com/policy/}"
    ),
    # branches
    releases(
        'a: {versions: ">=2,<3", support: {ga: 2025-01-01, eol: 2026-01-10}}\nb: {versions: ">=1,<2", support: {ga: 2024-01-01, eol: 2026-01-10}}'
    ),
    releases(
        'a: {versions: ">=2026.1,<2027", support: {ga: 2026-01-20}}\nb: {versions: ">=2025.1,<2026", support: {ga: 2025-01-21, eol: 2027-01-01}}'
    ),
    releases(
        'a: {versions: "24.04", support: {ga: 2024-04-25, eol: 2029-04-01}}\nb: {versions: "23.10", support: {ga: 2023-10-12, eol: 2024-07-11}}\nc: {versions: "22.04", support: {ga: 2022-04-21, eol: 2027-04-01}}'
    ),
    releases(
        'a: {versions: "2.7", support: {ga: 2010-07-03, eol: 2020-01-01}}\nb: {versions: "3.3", support: {ga: 2012-09-29, eol: 2017-09-29}}\nc: {versions: "3.4", support: {ga: 2014-03-16, eol: 2019-03-18}}'
    ),
    releases(
        'a: {versions: "2.7", support: {ga: 2010-07-03, eol: 2020-01-01}}\nb: {versions: 3.x, support: {ga: 2008-12-03}}'
    ),
    releases(
        'a: {versions: "8.0", line: Community, support: {ga: 2024-01-01, eol: 2025-01-01}}\nb: {versions: "8.0", line: LTS, support: {lts: 2024-01-01, eol: 2028-01-01}}',
        "versions: versions, line: one of Community / LTS, support: lifecycle",
    ),
    releases(
        'a: {versions: "8.0", name: Community, support: {ga: 2024-01-01, eol: 2025-01-01}}\nb: {versions: "8.0", name: Enterprise, support: {ga: 2024-01-01, eol: 2028-01-01}}',
        "name: text, versions: versions, support: lifecycle",
    ),
    releases(
        'a: {versions: ">=2", support: {ga: 2025-01-01}}\nb: {versions: "<2", support: {ga: 2024-01-01, eol: 2024-12-31}}'
    ),
    releases(
        'a: {versions: ">=2", support: {ga: by 2025-06-01}}\nb: {versions: "<2", support: {ga: 2024-01-01, eol: 2024-12-01}}'
    ),
    releases(
        'a: {versions: ">=2", support: {ga: 2024-01-01, eol: 2024-06-01}, paid: 2028-01-01}\nb: {versions: "<2", support: {ga: 2023-01-01, eol: 2024-05-01}, paid: 2027-01-01}',
        "versions: versions, support: lifecycle, paid: date",
    ),
    releases(
        'a: {versions: ">=2", support: {ga: 2024-01-01}, next: 3.0}\nb: {versions: "<2", support: {ga: 2023-01-01, eol: 2025-05-01}, next: 2.0}',
        "versions: versions, support: lifecycle, next: version",
    ),
    # allowed by a comment
    Harmless(
        FACTS,
        '    v3: {versions: ">=3,<4"',
        '    # sitegen: allow ladder-gap: there was no such version\n    v3: {versions: ">=3.1,<4"',
    ),
    Harmless(PAGE, SENTENCE, "<# sitegen: allow typed-name: an example #>\nRun it with Python."),
)


def test_a_minimum_is_not_dead_if_one_of_two_lines_is_supported() -> None:
    facts = (
        TEXTS[FACTS]
        .replace("since: 2.3.0, remark", "since: 1.2, remark")
        .replace("lifecycle, last", "lifecycle, line: one of A / B, last")
    )
    facts = (
        facts.replace(", last: 3", ", line: A, last: 3")
        .replace(", last: 2", ", line: A, last: 2")
        .replace(", last: 1", ", line: A, last: 1")
    )
    other = '    v1b: {versions: ">=1,<2", support: {lts: 2022-02-01}, line: B, last: 1.9, day: 2026-01-01}\n'
    facts = facts.replace("databases:\n  fields", other + "databases:\n  fields", 1).replace(
        "- {header: Level,", "- {header: Line, field: line}\n      - {header: Level,"
    )
    assert found({**TEXTS, FACTS: facts}) == []
    assert [
        f.code
        for f in found({**TEXTS, FACTS: facts.replace("{lts: 2022-02-01}", "{lts: 2022-02-01, eol: 2026-02-01}")})
    ] == ["dead-minimum"]


@pytest.mark.parametrize("edit", HARMLESS, ids=lambda edit: f"{edit.new[:50]!a}")
def test_harmless_edits_are_not_reported(edit: Harmless) -> None:
    texts = edited(edit.file, edit.old, edit.new)
    findings = found({**texts, PAGE: texts[PAGE] + edit.slot})
    assert [f"{finding.code}: {finding.message}" for finding in findings] == []
