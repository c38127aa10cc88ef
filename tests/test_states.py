"""States in cells: words of a column keep the sign and the class, and a missing value does not look like "no"."""

from __future__ import annotations

import re

import pytest

from sitegen.facts.values import STAGES, STATES
from tests.support.sites import built, tiny

SIGNS = {"yes": "✓", "no": "✗", "partial": "◐", "unknown": "?", "not applicable": "–", "not tested": "?"}


def cells(state: str, column: str = "") -> dict[str, str]:
    """The cell of a state in each format, without its tag."""
    facts = f"""\
things:
  fields: {{name: text, since: optional support}}
  records:
    a: {{name: A, since: {state}}}
tables:
  things:
    caption: Things
    from: things
    columns: [{{header: Name, field: name}}, {{header: Since, field: since{column}}}]
"""
    settings = "partials: {things: {path: << product.id >>/<< library.id >>/things, tables: [things]}}\n"
    made = built(tiny(facts, "<< tables.things >>\n\n<< partials.things >>\n", sitegen_yaml=settings))
    html = re.findall("<td>(.*?)</td>", made.files["html/web/python/index.html"].text)
    fragment = re.findall("<td>(.*?)</td>", made.files["hugo/layouts/partials/web/python/things.html"].text)
    pages = {
        name: re.findall(r"^\| A +\| (.*?) *\|$", made.files[path].text, re.MULTILINE)[0]
        for name, path in (("hugo", "hugo/content/web/python.md"), ("markdoc", "markdoc/web/python.md"))
    }
    return {"html": html[0], "fragment": fragment[0], **pages}


@pytest.mark.parametrize("state", [*STATES, *STAGES])
def test_a_state_in_the_words_of_its_column_keeps_its_sign_and_class(state: str) -> None:
    shown = cells(state, f", words: {{{state}: my word}}")
    sign = f'<span aria-hidden="true">{SIGNS[state]}</span> ' if state in SIGNS else ""
    kind = state.replace(" ", "-")
    assert shown == {
        "html": f'<span class="state {kind}">{sign}my word</span>',
        "fragment": f'<span class="state {kind}">my word</span>',
        "hugo": "my word",
        "markdoc": "my word",
    }


@pytest.mark.parametrize("state", [*STATES, *STAGES])
def test_a_state_without_words_has_a_class(state: str) -> None:
    label = STATES.get(state) or STAGES[state][0]
    html = cells(state)["html"]
    assert html.startswith(f'<span class="state {state.replace(" ", "-")}">')
    assert html.endswith(f"{label}</span>")


def test_a_state_is_kept_with_versions_dates_links_and_notes() -> None:
    written = "{is: preview >=2.1, on: 2026-01-15, link: /why/, note: It is.}"
    assert cells(written, ", words: {preview: tried}")["html"].startswith(
        '<a href="/why/"><span class="state preview">tried</span> (<code>&gt;=2.1</code>) '
        '<span class="unbroken">(January 15, 2026)</span></a><sup>'
    )


def test_a_word_is_text_in_every_format() -> None:
    shown = cells("no", ', words: {no: "a|b <i>"}')
    assert shown["html"].endswith("a|b &lt;i&gt;</span>")
    assert shown["markdoc"] == "a&#124;b &lt;i>"


def test_an_empty_word_is_blank_in_markdown_and_a_text_in_html() -> None:
    shown = cells("no", ', words: {no: ""}')
    assert (shown["hugo"], shown["markdoc"]) == ("", "")
    assert shown["html"] == '<span class="state no"><span aria-hidden="true">✗</span> no</span>'


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("no 2.0+", "no (2.0+)"),
        ("{is: no, on: 2026-05}", "no (2026-05)"),
        ("{is: no, link: https://example.com}", "[no](https://example.com)"),
    ],
)
def test_a_blank_state_is_in_words_next_to_other_content(since: str, expected: str) -> None:
    for column in ("", ', words: {no: ""}'):
        shown = cells(since, column)
        assert (shown["hugo"], shown["markdoc"]) == (expected, expected)


def test_a_stack_has_no_blank_state() -> None:
    facts = """\
things:
  fields: {name: text, since: support, agent: version}
  records: {a: {name: A, since: no, agent: 7.28}}
tables:
  things:
    caption: Things
    from: things
    columns: [{header: Name, field: name}, {header: Since, fields: [since, agent]}]
"""
    files = built(tiny(facts, "<< tables.things >>\n")).files
    assert "| A    | no: 7.28 |" in files["markdoc/web/python.md"].text
    assert "| A    | no: 7.28 |" in files["hugo/content/web/python.md"].text


def test_a_bullet_has_no_blank_state() -> None:
    facts = """\
things:
  fields: {name: text, since: support}
  records: {a: {name: A, since: no}, b: {name: B, since: yes}}
tables:
  things: {caption: Things, layout: list, from: things, columns: [{field: name}, {field: since}]}
"""
    files = built(tiny(facts, "<< tables.things >>\n")).files
    assert "- A no\n- B yes" in files["markdoc/web/python.md"].text
    assert "- A no\n- B " in files["hugo/content/web/python.md"].text


def test_a_missing_state_is_not_stated_in_every_format() -> None:
    shown = cells("none")
    assert shown == {
        "html": '<span class="state none"><span aria-hidden="true">–</span> not stated</span>',
        "fragment": '<span class="state none">not stated</span>',
        "hugo": "not stated",
        "markdoc": "not stated",
    }
    assert cells("no")["hugo"] == "no"


def test_other_missing_values_are_a_text_in_html_and_blank_elsewhere() -> None:
    facts = """\
releases:
  fields: {versions: versions, agent: optional version, tested: optional date, site: optional link}
  records:
    v1: {versions: <2, agent: none, tested: none, site: none}
tables:
  releases:
    caption: Releases
    from: releases
    columns:
      - {header: Release, field: versions}
      - {header: Agent, field: agent, link: site}
      - {header: Tested, field: tested, words: {none: never}}
"""
    made = built(tiny(facts, "<< tables.releases >>\n"))
    html = re.findall("<td>(.*?)</td>", made.files["html/web/python/index.html"].text)
    assert html == [
        '<span class="state none"><span aria-hidden="true">–</span> not stated</span>',
        '<span class="state none"><span aria-hidden="true">–</span> never</span>',
    ]
    assert "| `<2`    |       |" in made.files["hugo/content/web/python.md"].text
    assert "| `<2`    |       |" in made.files["markdoc/web/python.md"].text


def test_the_words_of_a_site_for_a_missing_value() -> None:
    facts = """\
releases: {fields: {versions: versions, agent: optional version}, records: {v1: {versions: <2, agent: none}}}
tables:
  releases:
    caption: Releases
    from: releases
    columns: [{header: Release, field: versions}, {header: Agent, field: agent}]
"""
    settings = "dialects: {html: {words: {none: unknown here}}, hugo: {words: {none: n/a}}}\n"
    made = built(tiny(facts, "<< tables.releases >>\n", sitegen_yaml=settings))
    assert "</span> unknown here</span></td>" in made.files["html/web/python/index.html"].text
    assert re.search(r"\| n/a +\|", made.files["hugo/content/web/python.md"].text)
