"""How columns show dates, ranges and lists: styles of dates, range signs, joiners, alignment."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date

import pytest

from sitegen.facts.field_types import parse_type
from sitegen.facts.lifecycles import day_in_words
from sitegen.facts.values import Day
from sitegen.findings import Finding, Place
from sitegen.languages.catalogue import english, shipped
from sitegen.languages.date_styles import DateStyle, read_date_style
from sitegen.source.nodes import Scalar
from sitegen.source.yaml_reader import parse_yaml
from tests.support.sites import ROOT, build, load, tiny

DAY = "2026-04-01"


def refuse(finding: Finding) -> None:
    raise AssertionError(finding)


def style_of(text: str) -> DateStyle:
    node = parse_yaml(f"x: {text}", "x.yaml", refuse)
    assert node is not None
    style = read_date_style(node.entries[0][1], refuse)  # type: ignore[union-attr]
    assert style is not None
    return style


def day_of(text: str) -> Day:
    kind = parse_type(Scalar("date", Place("x", 1, 1)), refuse)
    value = kind.read(Scalar(text, Place("x", 1, 1)), refuse)  # type: ignore[union-attr]
    assert isinstance(value, Day)
    return value


def documented() -> list[list[str]]:
    section = (ROOT / "docs/tables.md").read_text("utf-8").partition("### Dates\n")[2].partition("\n## ")[0]
    return [
        [cell.strip() for cell in row.strip("|").split(" | ")]
        for row in re.findall(r"^\| .*\|$", section, re.MULTILINE)
    ]


@pytest.mark.parametrize("row", documented()[1:], ids=lambda row: row[0])
def test_styles_print_the_documented_dates(row: list[str]) -> None:
    style, *shown = (cell.strip("` ") for cell in row)
    for text, expected in zip(documented()[0][1:5], shown, strict=False):
        assert day_in_words(day_of(text), english(), style_of(style)) == expected


@pytest.mark.parametrize(
    ("tag", "style", "text", "expected"),
    [
        ("en", "MMM d, yyyy", "2024-02-28", "Feb 28, 2024"),
        ("en", "MMM yyyy", "2023-08-07", "Aug 2023"),
        ("en", "yyyy-MM-dd", "2024-02-28", "2024-02-28"),
        ("en", "MM/dd/yyyy", "2022-05-14", "05/14/2022"),
        ("en", '{month: "MMM yyyy", expected: "~<< date >> (Expected)"}', "~2024-12", "~Dec 2024 (Expected)"),
        ("en", "QQQ yyyy", "2027-Q3", "Q3 2027"),
        ("en", "QQQ yyyy", "2027-08-01", "Q3 2027"),
        ("en", "d 'of' MMMM", "2024-02-28", "28 of February"),
        ("en", "MMMM d, yyyy", "2024-02", "February 2024"),
        ("en", "yyyy", "2024-Q1", "2024"),
        ("de", "d. MMM yyyy", "2024-02-28", "28. Feb. 2024"),
        ("de", "MMM yyyy", "2024-10", "Okt. 2024"),
        ("de", "d. MMM yyyy", "~2024-02-28", "voraussichtlich 28. Feb. 2024"),
        ("ja", "y年MMMd日", "2024-02", "2024年2月"),
        ("ja", "y/MM/dd", "2024-Q3", "2024/Q3"),
    ],
)
def test_patterns_are_those_of_cldr(tag: str, style: str, text: str, expected: str) -> None:
    language = shipped(tag)
    assert language is not None
    quoted = style if style.startswith("{") else f'"{style}"'
    assert day_in_words(day_of(text), language, style_of(quoted)) == expected


def test_a_language_without_data_has_numbers_for_months() -> None:
    assert style_of("MMM yyyy").text(date(2024, 2, 28), "day", "qaa") == "M02 2024"


FACTS = """\
parts:
  fields: {name: text, on_day: date, runs: versions, tags: list of text, level: lifecycle}
  records:
    one: {name: One, on_day: 2026-03-10, runs: 3.7-3.13, tags: [x, y], level: {ga: 2025-05-01, eol: 2027-01-01}}
    two: {name: Two, on_day: ~2026-05, runs: "3.7 to 3.9, 4.1+, 5.0.0-rc1", tags: [x], level: {ga: 2025-05-01}}
tables:
  parts:
    caption: Parts
    from: parts
    columns:
      - {header: Name, field: name, align: left}
      - {header: On, field: on_day, dates: "MMM d, yyyy", align: center}
      - {header: Runs, field: runs, ranges: " – ", align: right}
      - {header: Tags, field: tags, joiner: " or "}
      - {header: Level, field: level, dates: "MMM yyyy"}
"""


def files(facts: str = FACTS, settings: str = "") -> dict[str, str]:
    partials = "partials:\n  parts: {path: << product.id >>/<< library.id >>/parts, tables: [parts]}\n"
    site = load(tiny(facts, "<< tables.parts >>\n", sitegen_yaml=partials + settings))
    made = build(site, DAY)
    assert [finding for finding in made.findings if finding.severity == "error"] == []
    return {path: file.text for path, file in made.files.items()}


def test_columns_have_styles_signs_joiners_and_alignments() -> None:
    made = files()
    header, rule, one, two, *_ = [line for line in made["markdoc/web/python.md"].splitlines() if line.startswith("|")]
    assert [cell.strip() for cell in header.split("|")] == ["", "Name", "On", "Runs", "Tags", "Level", ""]
    assert re.sub("-+", "-", rule) == "| :- | :-: | -: | - | - |"
    assert len(rule) == len(header) == len(one)
    assert "| Mar 10, 2026 " in one
    assert "| 3.7 – 3.13 " in one
    assert "| x or y " in one
    assert "| expected May 2026 " in two
    assert "| General Availability (until Dec 2026) |" in one
    html = made["html/web/python/index.html"]
    assert '<th scope="col" class="left">Name</th><th scope="col" class="center">On</th>' in html
    assert '<td class="center"><span class="unbroken">Mar 10, 2026</span></td>' in html
    assert '<td class="right"><span class="unbroken">3.7 – 3.13</span></td>' in html
    assert 'General Availability</span> <span class="unbroken">(until Dec 2026)</span>' in html
    fragment = made["hugo/layouts/partials/web/python/parts.html"]
    assert '<th scope="col" style="text-align: center">On</th>' in fragment
    assert '<th scope="row" style="text-align: left">One</th>' in fragment
    assert '<td style="text-align: right">3.7 – 3.13</td>' in fragment
    assert "<td>x or y</td>" in fragment


def test_a_hyphen_inside_a_version_is_no_range_sign() -> None:
    assert "3.7 – 3.9, 4.1+, 5.0.0-rc1" in files()["markdoc/web/python.md"]


def test_a_joiner_is_text() -> None:
    made = files(FACTS.replace('" or "', '"<br>|*"'))
    assert "x&lt;br&gt;|*y" in made["html/web/python/index.html"]
    assert "<br>" not in made["markdoc/web/python.md"]


def test_values_may_have_lines_of_their_own() -> None:
    made = files(FACTS.replace('" or "', r'"\n"'))
    assert "<td>x<br>y</td>" in made["hugo/layouts/partials/web/python/parts.html"]


def test_the_last_value_may_have_a_joiner_of_its_own() -> None:
    facts = FACTS.replace('" or "', '[", ", " or "]')
    for tags, text in (("[x, y, z]", "x, y or z"), ("[x, y]", "x or y"), ("[x]", "x")):
        assert f"| {text} " in files(facts.replace("[x, y]", tags))["markdoc/web/python.md"]


def test_the_site_has_a_style_for_all_dates() -> None:
    facts = FACTS.replace(', dates: "MMM d, yyyy"', "").replace(', dates: "MMM yyyy"', "")
    made = files(facts, 'dates: "d MMM y"\n')
    assert "| 10 Mar 2026 " in made["markdoc/web/python.md"]
    assert "(until 31 Dec 2026)" in made["markdoc/web/python.md"]
    assert "as of 1 Apr 2026" in made["html/web/python/index.md"]
    made = files(FACTS, "dates: iso\n")
    assert "Mar 10, 2026" in made["markdoc/web/python.md"]
    assert "as of 2026-04-01" in made["html/web/python/index.md"]


def test_sites_without_patterns_do_not_import_babel() -> None:
    command = (
        "import sys; from tests.support.sites import own_build; own_build('2026-04-01'); "
        "sys.exit('babel' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", command], cwd=ROOT, check=False).returncode == 0


def test_columns_inherit_the_presentation_of_their_field() -> None:
    facts = FACTS.replace("tags: list of text", 'tags: {type: list of text, joiner: " / ", align: right}')
    facts = facts.replace("on_day: date", 'on_day: {type: date, dates: "d MMM y"}').replace(
        ', dates: "MMM d, yyyy"', ""
    )
    made = files(facts.replace(', joiner: " or "', ""))
    assert "| x / y " in made["markdoc/web/python.md"]
    assert "| 10 Mar 2026 " in made["markdoc/web/python.md"]
    assert '<td class="right">x / y</td>' in made["html/web/python/index.html"]
