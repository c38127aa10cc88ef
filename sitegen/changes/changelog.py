"""The output of `diff`: text for a terminal, Markdown for a pull request, or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from sitegen.changes.comparison import UNSTATED, Change, Comparison
from sitegen.changes.support import Kind
from sitegen.documents.documents import title_of_page
from sitegen.findings import joined
from sitegen.frozen import frozen

_GAINS: tuple[Kind, ...] = ("added", "lowered", "widened")
_COLORS = {"breaking": "1;31", "shrinks": "1;33", "gains": "1;32", "heading": "1"}
_WIDTH = len("level changed")  # of the longest kind
_MANY = 4  # the most products or libraries that a heading names
_KEYS = (
    *("class", "dataset", "record", "field", "for", "label", "title", "table", "old", "new", "facts"),
    *("since", "shrinks", "shrinks_from", "breaking", "reason", "pages"),
)  # the keys of a change in the JSON
_FIELDS = {"class": "kind", "record": "id", "for": "beside"}  # keys that are not the name of the field of `Change`


@frozen
class Side:
    """One side of a comparison: its name, which is a revision or a day, and the day as of which it is compared.

    `revision` is the git revision of its sources; it is empty for the working tree.
    """

    name: str
    day: str
    revision: str = ""

    def __str__(self) -> str:
        return self.name if self.name == self.day else f"{self.name} as of {self.day}"


Sides = tuple[Side, Side]
"""The old and the new side of a comparison."""


def _title(old: Side, new: Side) -> str:
    """The title of a comparison."""
    if old.day == new.day:
        return f"Changes from {old.name} to {new.name}, as of {new.day}"
    return f"Changes from {old} to {new}"


def as_text(comparison: Comparison, sides: Sides, *, color: bool = False) -> str:
    """The text for a terminal, by affected pages and by table. Each line begins with the kind of change."""

    def paint(text: str, what: str) -> str:
        return f"\x1b[{_COLORS[what]}m{text}\x1b[0m" if color and what else text

    out = [paint(_title(*sides), "heading")]
    for heading, lines in _page_lists(comparison):
        out += ["", paint(heading, "heading"), *(f"  {line}" for line in lines)]
    for scope, tables in _sections(comparison):
        out += ["", paint(scope, "heading")]
        for caption, groups in tables:
            out.append(f"  {caption}")
            for changes in groups:
                kind = changes[0].kind
                out.append(f"    {paint(f'{kind:<{_WIDTH}}', _tone(changes[0]))}  {_sentence(changes, str)}")
    if not (comparison.changes or comparison.page_changes):
        out += ["", "Nothing changed."]
    return "\n".join(out)


def as_markdown(comparison: Comparison, sides: Sides) -> str:
    """GitHub Flavored Markdown for a pull request, with a list for each table."""
    out = [f"## {_escape(_title(*sides))}"]
    for heading, lines in _page_lists(comparison):
        out += ["", f"### {heading}", "", *(f"- {_escape(line)}" for line in lines)]
    for scope, tables in _sections(comparison):
        out += ["", f"### {_escape(scope)}"]
        for caption, groups in tables:
            out += ["", f"**{_escape(caption)}**", ""]
            for changes in groups:
                since = changes[0].shrinks_from if changes[0].shrinks_from != changes[0].since else None
                less = f" (support shrinks{f' from {since}' if since else ''})" if changes[0].breaking else ""
                out.append(f"- **{changes[0].kind}**{less} {_sentence(changes, _code_or_text)}")
    if not (comparison.changes or comparison.page_changes):
        out += ["", "Nothing changed."]
    return "\n".join(out)


def as_json(comparison: Comparison, sides: Sides) -> str:
    """The JSON. `version` is the schema version; keys may be added, and are never removed."""
    pages = [
        {
            "class": "added" if page.added else "removed",
            "page": page.page,
            "path": page.path,
            "moved_to": page.moved,
            "since": page.since,
            "breaking": page.breaking,
            "reason": page.reason.text,
        }
        for page in comparison.page_changes
    ]
    changes = [
        {
            **{key: getattr(change, _FIELDS.get(key, key)) for key in _KEYS},
            "facts": [{"title": title, "text": text} for title, text in change.facts],
        }
        for change in comparison.changes
    ]
    data = {
        "version": 1,
        **{key: {"name": side.name, "as_of": side.day} for key, side in zip(("from", "to"), sides, strict=True)},
        "breaking": comparison.breaking,
        "pages": pages,
        "changes": changes,
    }
    return json.dumps(data, indent=2, ensure_ascii=False, default=str)


def breaking_lines(comparison: Comparison) -> Iterator[str]:
    """A line for each change that shrinks support without a new reason."""
    for page in comparison.page_changes:
        if page.breaking:
            what = f"the path {page.path}" + (f", moved to {page.moved}" if page.moved else "") if page.path else ""
            yield f"{_from(page.since)}removed: {what or f'the page {page.page}'}{_known(page.reason.text)}"
    for change in comparison.changes:
        if change.breaking:
            line = _sentence([change], str)
            where = _scope(change.pages, comparison)
            yield f"{_from(change.shrinks_from)}{change.kind}: {line} ({where}){_known(change.reason)}"


def _from(day: date | None) -> str:
    return f"from {day}: " if day else ""


def _known(reason: str) -> str:
    return f"; its reason is not new: {reason}" if reason else ""


# --- groups --------------------------------------------------------------------------

_Lines = list[list[Change]]


def _page_lists(comparison: Comparison) -> Iterator[tuple[str, list[str]]]:
    lists: dict[str, list[str]] = {"New pages": [], "Removed pages": [], "Removed paths": []}
    for page in comparison.page_changes:
        heading = "New pages" if page.added else "Removed paths" if page.path else "Removed pages"
        title = title_of_page(page.product, page.library) or page.page
        what = page.path + (f" → {page.moved}" if page.moved else "") or title
        because = f" – {page.reason.text}" if page.reason.is_new else ""
        lists[heading].append(f"{_from(page.since)}{what}{because}")
    return ((heading, lines) for heading, lines in lists.items() if lines)


def _sections(comparison: Comparison) -> Iterator[tuple[str, list[tuple[str, _Lines]]]]:
    """The changes by first day, by affected pages, most pages first, and by table. Equal texts share a line."""
    scopes: dict[tuple[date, tuple[str, ...]], dict[str, dict[object, list[Change]]]] = {}
    for change in comparison.changes:
        alike = change.kind, change.field, change.title, change.old, change.new, change.facts, change.reason
        own = change.label if change.title == "" and change.kind == "removed" else ""
        tables = scopes.setdefault((change.since or date.min, change.pages), {})
        lines = tables.setdefault(change.heading, {})
        lines.setdefault((*alike, own, change.breaking, change.shrinks_from), []).append(change)
    for since, pages in sorted(scopes, key=lambda scope: (scope[0], -len(scope[1]))):
        tables = scopes[since, pages]
        named = f"From {since}: " if since != date.min else ""
        yield named + _scope(pages, comparison), [(heading, list(lines.values())) for heading, lines in tables.items()]


def _scope(pages: Iterable[str], comparison: Comparison) -> str:
    """The names of pages: products, with their libraries if there are several; or `All pages`."""
    pages = tuple(pages)
    if len(pages) == len(comparison.pages) > 1:
        return "All pages"
    products: dict[str, list[str]] = {}
    for page in pages:
        product, library = comparison.pages[page]
        products.setdefault(library, []).append(product)
    if len({library for _, library in comparison.pages.values()}) == 1:
        return " and ".join(joined(names, _MANY) for names in products.values()) or "The whole site"
    libraries: dict[tuple[str, ...], list[str]] = {}
    for library, names in products.items():
        libraries.setdefault(tuple(names), []).append(library)
    titles = (title_of_page(joined(names, _MANY), joined(several, _MANY)) for names, several in libraries.items())
    return "; ".join(title or "The whole site" for title in titles)


# --- sentences -----------------------------------------------------------------------


def _sentence(changes: list[Change], write: Callable[[str], str]) -> str:
    """One line for changes that differ only in their records. `write` formats names and values."""
    change = changes[0]
    labels = ", ".join(write(change.label) for change in changes)
    facts = "; ".join(f"{write(title)}: {write(text)}" for title, text in change.facts)
    because = f" – {write(change.reason)}" if change.excused and change.shrinks else ""
    if not change.dataset:
        return f"{change.title}: {write(change.old)} → {write(change.new)}"
    if not change.field:
        if change.kind == "removed":
            return f"{labels} changed from {change.old} to {change.new}" + (f" ({facts})" if facts else "") + because
        return f"{labels} – {facts}" if facts else labels
    if change.kind == "wording" and change.label == change.new:
        return f"{write(change.old)} is now called {write(change.new)}"
    if change.old == UNSTATED:
        return f"{labels} – {write(change.title)}: {write(change.new)}"
    return f"{labels} – {write(change.title)}: {write(change.old)} → {write(change.new)}{because}"


def _tone(change: Change) -> str:
    if change.shrinks:
        return "breaking" if change.breaking else "shrinks"
    return "gains" if change.kind in _GAINS else ""


_COMPARES = re.compile(r"^[<>=!~^*]")


def _code_or_text(text: str) -> str:
    """A text as Markdown: as code if it begins with a comparator, as on the pages; else escaped."""
    return f"`{text}`" if _COMPARES.match(text) and "`" not in text else _escape(text)


def _escape(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", text)
