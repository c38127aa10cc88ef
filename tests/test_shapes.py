"""A template of the theme gives the same text whether it runs for each page, or once for all pages of a shape."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.jinja import Asked, asked
from sitegen.templates import _OFTEN, FileTemplates, Raw, TemplateProblem
from tests.support.sites import ROOT

# Statements that print, test, go through lists, compare and filter; each may stand for itself.
PIECES = (
    "text & <b>",
    "<< title >>",
    "<< number >>",
    "<< raw >>",
    "<< title | upper >>",
    '<< link or "none" >>',
    "<% if link %>[<< link >>]<% else %>no link<% endif %>",
    "<% if not link %>not<% endif %>",
    '<% if title == "a" %>is a<% endif %>',
    "<% for item in items %><< loop.index >>:<< item.text >>,<% endfor %>",
    "<% for item in items %><% if item.current %>*<% endif %><< item.text >>;<% endfor %>",
    "<% for item in items if item.current %><< item.text >>.<% endfor %>",
    "<% for item in items %><< loop.changed(item.text) >><% endfor %>",
    "<% for item in items %><% if loop.previtem and loop.previtem.text == item.text %>again<% endif %><% endfor %>",
    "<% for item in items %><% for other in items %><< item.text >><< other.text >><% endfor %><% endfor %>",
    "<% for item in items %><< title >><< item.text | length >><% else %>empty<% endfor %>",
    "<% if items %><< items | length >><% endif %>",
    "<% set other = title %><< other >>",
    "<% macro f(x) %>(<< x >>)<% endmacro %><< f(title) >>",
    "<# a comment #>",
    '<< "\\ufdd90\\ufdda" >>',
)
TEXTS = st.sampled_from(["", "a", "b", "<", "&amp;", "é", "1"])
ITEMS = st.lists(st.fixed_dictionaries({"text": TEXTS, "current": st.booleans()}), max_size=3)
NAMES = st.fixed_dictionaries(
    {"title": TEXTS, "number": st.integers(0, 3), "raw": TEXTS.map(Raw), "link": TEXTS, "items": ITEMS}
)


def templates(text: str) -> FileTemplates:
    return FileTemplates({"page.html": text}.get, "theme/", escape)


def once(text: str, names: dict[str, object]) -> str:
    """The text, or the problem, of a template that has not been run before."""
    try:
        return templates(text).render("page.html", names)
    except TemplateProblem as problem:
        return f"{problem} at {problem.place}"


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=5), pages=st.lists(NAMES, min_size=1, max_size=8))
def test_each_page_is_what_the_template_gives_for_it_alone(pieces: list[str], pages: list[dict[str, object]]) -> None:
    text = "\n".join(pieces)
    theme = templates(text)
    for number in range(_OFTEN + len(pages)):
        names = pages[number % len(pages)]
        try:
            given = theme.render("page.html", names)
        except TemplateProblem as problem:
            given = f"{problem} at {problem.place}"
        assert given == once(text, names)


def test_the_default_theme_has_shapes() -> None:
    text = (ROOT / "themes/default/page.html").read_text(encoding="utf-8")
    found = Asked(frozenset({"site"}), frozenset({("nav", "current")}), frozenset({"canonical", "contents"}))
    assert asked(text, "page.html") == found


@pytest.mark.parametrize("piece", ["<< item >>", "<% for x in item.below %><% endfor %>", "<< loop.previtem >>"])
def test_what_asks_for_more_than_fields_of_items_has_no_shapes(piece: str) -> None:
    assert asked(f"<% for item in items %>{piece}<% endfor %>", "page.html") is None
