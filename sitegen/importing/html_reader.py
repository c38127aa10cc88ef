"""HTML: tables in any format, and whole pages or fragments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sitegen.findings import Finding, Place, Report
from sitegen.importing.cells import escaped, shape_of
from sitegen.importing.model import (
    Row,
    SourceAlert,
    SourceBlock,
    SourceCell,
    SourceFile,
    SourceHeading,
    SourcePage,
    SourceProse,
    SourceTable,
)

_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "del": "~~", "s": "~~"}
_PLAIN = frozenset(
    {"p", "div", "ul", "ol", "li", "tbody", "thead", "tfoot", "html", "body", "section", "article", "main"}
)
_PRESENTATION = frozenset({"class", "style", "align", "valign", "width", "height"})
_VOID = frozenset({"img", "br", "hr", "input", "wbr"})
_BLOCKS = frozenset({"ul", "ol", "dl", "pre", "table", "blockquote"})  # a cell in Markdown cannot contain them
_LEVELS = {
    **dict.fromkeys(("note", "info"), "note"),
    **dict.fromkeys(("tip", "hint", "success"), "tip"),
    "important": "important",
    **dict.fromkeys(("warning", "attention"), "warning"),
    **dict.fromkeys(("caution", "danger", "error"), "caution"),
}
_EDGES = re.compile(r"(?:\s|<br>)*\0(?:\s|<br>|\0)*")  # of blocks in a cell: one line break between two of them
Element = Any


def parse(text: str) -> Element:
    """A document, or a fragment, as elements of `xml.etree`."""
    import html5lib  # noqa: PLC0415 - needs an extra

    return html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)


# --- inline --------------------------------------------------------------------------


def inline(element: Element) -> str:
    """The content of an element as one line of Markdown. What Markdown cannot express stays HTML."""
    text = re.sub(r"\s+", " ", "".join(_pieces(element)))
    text = _EDGES.sub(lambda found: "<br>" * max(1, found[0].count("<br>")), text)
    return re.sub(r"^(?:\s|<br>)+|(?:\s|<br>)+$", "", text)


def _pieces(element: Element) -> Iterator[str]:
    yield _text(element.text)
    for child in element:
        yield _element(child)
        yield _text(child.tail)


def _text(text: str | None) -> str:
    """A text as Markdown, with the spaces around it."""
    text = re.sub(r"[ \t\r\n]+", " ", text or "")
    return (
        text[: len(text) - len(text.lstrip(" "))] + escaped(text) + (" " if text.strip() and text.endswith(" ") else "")
    )


def _element(element: Element) -> str:
    tag = element.tag
    if not isinstance(tag, str):  # a comment
        return ""
    if tag in ("br", "wbr"):
        return "<br>" if tag == "br" else ""
    if tag == "code" and not len(element):
        text = " ".join("".join(element.itertext()).split())
        if not text or "`" in (text[0], text[-1]):
            return text and f"<code>{escaped(text)}</code>"
        ticks = "``" if "`" in text else "`"
        return f"{ticks}{text}{ticks}"
    if element.get("role") == "doc-noteref" and tag == "span":
        return element.text or ""
    content = "".join(_pieces(element))
    if tag == "a" and element.get("href") and content.strip() and not re.search(r"[\s<>]", element.get("href")):
        title = element.get("title", "").replace('"', "&quot;")
        return f"[{content.strip()}]({element.get('href')}" + (f' "{title}")' if title else ")")
    if tag in _MARKS and not element.attrib and content.strip() and "*" not in content:
        return f"{_MARKS[tag]}{content.strip()}{_MARKS[tag]}" + " " * content.endswith(" ")
    if tag in ("span", "nobr") and {*_PRESENTATION, "title"}.issuperset(element.attrib) and content.strip():
        return content
    if tag in _PLAIN and _PRESENTATION.issuperset(element.attrib):
        return f"\0{content.strip()}\0" if content.strip() else ""
    attributes = "".join(f' {name}="{value.replace(chr(34), "&quot;")}"' for name, value in element.attrib.items())
    return f"<{tag}{attributes}>" + ("" if tag in _VOID else f"{content.strip()}</{tag}>")


# --- tables --------------------------------------------------------------------------


def table(element: Element, source: str, place: Place, links: Callable[[str], str] = str) -> SourceTable:
    """A table. Cells over several rows and columns are repeated; other shapes are a problem."""
    rows = list(element.iter("tr"))
    caption = element.find("caption")
    title = "" if caption is None else " ".join("".join(caption.itertext()).split())
    nested = any(inner is not element for inner in element.iter("table"))
    heads = _head_rows(element, rows)
    grid, spans, wide = _grid(rows, heads)
    if nested or len(heads) > 2 or len(grid) == len(heads):
        problem = "it contains another table" if nested else "it has no rows"
        problem = f"it has {len(heads)} header rows" if len(heads) > 2 else problem
        return SourceTable(place, source, (), (), problem=problem)
    if not heads:
        grid, heads, rows = [[""] * len(grid[0]), *grid], [element], [element, *rows]
    cells = [tuple(SourceCell(links(cell), place) for cell in row) for row in grid]
    above = tuple(cell.text for cell in cells[0]) if len(heads) == 2 else ()
    headers = cells[len(heads) - 1]
    if above:  # a header over both rows, or over a blank one, is one header
        headers = tuple(low if low.text else top for top, low in zip(cells[0], headers, strict=True))
        above = tuple("" if top == low.text else top for top, low in zip(above, headers, strict=True))
    body, sections = _sections(cells[len(heads) :], rows[len(heads) :])
    return SourceTable(place, source, headers, body, above, spans, sections, title, wide=wide)


def _head_rows(element: Element, rows: list[Element]) -> list[Element]:
    if found := element.findall("thead/tr"):
        return list(found)
    cells = [[cell.tag for cell in _cells_of(row)] for row in rows]
    heads = [{*tags} == {"th"} and (at == 0 or not _is_section(rows[at])) for at, tags in enumerate(cells)]
    return rows[: [*heads, False].index(False)]


def _cells_of(row: Element) -> list[Element]:
    return [cell for cell in row if cell.tag in ("td", "th")]


def _is_section(row: Element) -> bool:
    cells = _cells_of(row)
    return len(cells) == 1 and _span(cells[0], "colspan") > 1


def _span(cell: Element, name: str) -> int:
    value = cell.get(name, "1")
    return max(1, min(int(value), 1000)) if value.isdecimal() else 1


def _grid(rows: list[Element], heads: list[Element]) -> tuple[list[list[str]], frozenset[int], str]:
    """The texts of all cells, the columns with cells over several rows, and the first text over several columns."""
    grid: list[list[str]] = []
    open_: dict[int, tuple[int, str]] = {}  # column -> rows left, text
    spans: set[int] = set()
    wide_text = ""
    width = 0
    for row in rows:
        texts: list[str] = []
        for cell in [*_cells_of(row), None]:
            while len(texts) in open_:
                left, text = open_.pop(len(texts))
                if left > 1:
                    open_[len(texts)] = left - 1, text
                texts.append(text)
            if cell is None:
                break
            text, high, wide = inline(cell), _span(cell, "rowspan"), _span(cell, "colspan")
            is_section = _is_section(row) and not texts and not open_
            if wide > 1 and row not in heads and not is_section:
                wide_text = wide_text or text
            for _ in range(1 if is_section and row not in heads else wide):
                if high > 1:
                    open_[len(texts)] = high - 1, text
                    spans |= {len(texts)} if row not in heads else set()
                texts.append(text)
        grid.append(texts)
        width = max(width, len(texts))
    return [row + [""] * (width - len(row)) for row in grid], frozenset(spans), wide_text


def _sections(rows: list[Row], elements: list[Element]) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows without those of a single wide cell above others, which are the titles of sections."""
    are_titles = [
        _is_section(element) and not any(cell.text for cell in row[1:])
        for row, element in zip(rows, elements, strict=True)
    ]
    kept: list[Row] = []
    titles: list[str] = []
    title = ""
    for row, is_title, is_next in zip(rows, are_titles, [*are_titles[1:], True], strict=True):
        if is_title and not is_next:
            title = row[0].text
        else:
            kept.append(row)
            titles.append(title)
    return tuple(kept), tuple(titles) if any(titles) else ()


def tables_in(source: str, place: Place, links: Callable[[str], str] = str) -> list[SourceTable]:
    """The tables of a piece of HTML that are not in another table."""
    body = parse(source).find("body")
    inner = {found for each in body.iter("table") for found in each.iter("table") if found is not each}
    return [table(found, source, place, links) for found in body.iter("table") if found not in inner]


def alert(source: str) -> SourceAlert | None:
    """The alert that a piece of HTML consists of, such as `<div class="alert alert-info">`; None for other HTML."""
    elements = list(parse(source).find("body")) if re.search("alert|admonition", source) else []
    if len(elements) != 1 or elements[0].tag != "div" or (elements[0].tail or "").strip():
        return None
    level = _level_of(elements[0])
    if not level or len(elements[0].get("class").split()) > 2 or elements[0].get("id"):
        return None
    return SourceAlert(level, inline(elements[0]))


# --- pages ---------------------------------------------------------------------------

_SKIPPED = frozenset({"script", "style", "nav", "header", "footer", "noscript", "template", "svg", "form", "button"})
_CONTAINERS = frozenset({"div", "section", "article", "main", "body", "center", "figure", "details", "aside"})


def read_html(source: SourceFile, report: Report, lines: Sequence[int] = ()) -> SourcePage:
    """Read a page or a fragment. `lines` are those of the tables, if the source is not HTML itself."""
    document = parse(source.text)
    body = document.find("body")
    for span in body.iter("span"):  # as docutils writes code
        if "literal" in span.get("class", "").split():
            text, tail = "".join(span.itertext()), span.tail
            span.clear()
            span.tag, span.text, span.tail = "code", text, tail
    _mark_footnotes(body)
    root = next((found for name in ("main", "article") if (found := body.find(f".//{name}")) is not None), body)
    reader = _HtmlReader(source, report, list(lines) or _lines_of_tables(source.text))
    blocks = tuple(reader.blocks(root))
    title = document.find("head/title")
    text = " ".join("".join(title.itertext()).split()) if title is not None else ""
    h1 = next((block.text for block in blocks if isinstance(block, SourceHeading) and block.level == 1), "")
    return SourcePage(source, "html", text or shape_of(h1).text, {}, blocks, {})


def _mark_footnotes(body: Element) -> None:
    """Write references to footnotes as in Markdown, and the notes with their marks.

    A header cannot have a footnote; a note without a reference is a paragraph, since Markdown does not show it.
    """
    notes = {each.get("id"): each for each in body.iter("aside") if each.get("role") == "doc-footnote"}
    heads = {link for head in body.iter("thead") for link in head.iter("a")}
    used: set[str] = set()
    for link in [each for each in body.iter("a") if each.get("role") == "doc-noteref" and each not in heads]:
        name, tail = link.get("href", "").removeprefix("#"), link.tail
        if name in notes:
            used.add(name)
            link.clear()
            link.tag, link.text, link.tail = "span", f"[^{name}]", tail
            link.set("role", "doc-noteref")
    for name, note in notes.items():
        label = "".join(note[0].itertext()) if len(note) and note[0].get("class") == "label" else name
        note.set("title", f"[^{name}]: " if name in used else escaped(label.strip()) + " ")


def _lines_of_tables(text: str) -> list[int]:
    return [text.count("\n", 0, found.start()) + 1 for found in re.finditer(r"<table\b", text, re.IGNORECASE)]


class _HtmlReader:
    def __init__(self, source: SourceFile, report: Report, lines: list[int]) -> None:
        self.source, self.report, self.lines = source, report, lines
        self.line = 1

    def blocks(self, element: Element) -> Iterator[SourceBlock]:
        yield from self._loose(element.text)
        for child in element:
            if isinstance(child.tag, str):
                yield from self._block(child)
            yield from self._loose(child.tail)

    def _loose(self, text: str | None) -> Iterator[SourceBlock]:
        """Text that is not in a paragraph."""
        if text and text.strip():
            yield SourceProse(f"\n{escaped(text)}\n")

    def _block(self, element: Element) -> Iterator[SourceBlock]:
        tag = element.tag
        if tag in _SKIPPED:
            message = f"<{tag}> is not imported, since it is not content"
            self.report(Finding("import-changed", message, Place(self.source.name, self.line, 1), severity="notice"))
        elif re.fullmatch("h[1-6]", tag):
            text = inline(element)
            if text:
                yield SourceProse("")
                yield SourceHeading(int(tag[1]), text)
                yield SourceProse("")
        elif tag == "table":
            self.line = self.lines.pop(0) if self.lines else self.line
            del self.lines[: sum(inner is not element for inner in element.iter("table"))]
            yield table(element, serialized(element), Place(self.source.name, self.line, 1))
        elif (level := _level_of(element)) and element.find(".//table") is None:
            yield SourceAlert(level, markdown(element, "admonition-title"))
        elif element.get("role") == "doc-footnote":
            text = element.get("title") + re.sub(r"\n(?!\n)", "\n    ", markdown(element, "label", "backrefs"))
            yield SourceProse(f"\n{text}\n")
        elif tag in ("ul", "ol", "blockquote", "dl") and element.find(".//table") is not None:
            problem = "it is inside a list, a quote or another block"
            cells = [*element.iter("td"), *element.iter("th")]
            has_blocks = any(inner.tag in _BLOCKS for cell in cells for inner in cell.iter())
            has_pipes = any("|" in "".join(cell.itertext()) for cell in cells)
            text = serialized(element) if has_blocks or has_pipes else markdown(element)
            yield SourceTable(Place(self.source.name, self.line, 1), text, (), (), problem=problem)
        elif tag in _CONTAINERS or element.find(".//table") is not None:
            yield from self.blocks(element)
        else:
            yield SourceProse(f"\n{markdown(element)}\n")


def _level_of(element: Element) -> str:
    """The level of an alert; empty for another element."""
    words = re.findall(r"[a-z]+", element.get("class", ""))
    is_alert = words[:1] in (["alert"], ["admonition"]) and element.tag in ("div", "aside")
    return next((_LEVELS[word] for word in words if word in _LEVELS), "") if is_alert else ""


def serialized(element: Element) -> str:
    """An element as HTML on one line, with the lines of code."""
    import html5lib  # noqa: PLC0415 - needs an extra

    tail, element.tail = element.tail, None
    text = html5lib.serialize(element, tree="etree", omit_optional_tags=False, quote_attr_values="always")
    element.tail = tail
    text = re.sub(r"<pre\b.*?</pre>", lambda code: code[0].replace("\n", "&#10;"), text, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", " ", text)


def _language(code: Any) -> str:
    """The language of the code in `<pre class="code python literal-block">` or `<code class="language-python">`."""
    names = " ".join(name for part in (code, code.code) if part for name in part.get("class", ()))
    return next(iter(re.findall(r"(?:^code |\blang(?:uage)?-)(?!literal-block|none\b)([\w+#-]+)", names)), "")


def markdown(element: Element, *without: str) -> str:
    """Blocks of HTML as Markdown, without the elements of some classes."""
    from markdownify import markdownify  # noqa: PLC0415 - needs an extra

    for parent in [*element.iter()]:
        for child in [*parent]:
            if {*without}.intersection(child.get("class", "").split()):
                parent.remove(child)
    text = markdownify(
        serialized(element),
        heading_style="ATX",
        bullets="-",
        newline_style="backslash",
        code_language_callback=_language,
        keep_inline_images_in=[*_PLAIN, *_MARKS, "td", "th", "a", "span"],
    )
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).strip("\n")
