"""The line breaks of pages after statements, which Jinja2 drops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Token = tuple[int, str, str]
"""The number of a token, its kind, and its text."""

_LINE_END = "\ufde2"  # marks the end of a line that ends with a statement


def with_line_ends(tokens: Iterable[Token], file: str | None) -> Iterator[Token]:
    """The tokens of a page with a mark after a statement at the end of a line with text.

    Jinja2 drops the line break after each statement, so that a line of statements alone prints nothing.
    """
    has_text, is_page = False, bool(file) and str(file).endswith(".md")
    for number, kind, text in tokens:
        yield number, kind, text
        if kind == "data":
            has_text = bool(text.rpartition("\n")[2].strip()) or (has_text and "\n" not in text)
        elif kind == "variable_begin":
            has_text = True
        elif text in ("%>\n", "#>\n"):
            if has_text and is_page:
                yield number, "data", _LINE_END
            has_text = False


def with_line_breaks(text: str) -> str:
    """A filled page with line breaks instead of the marks. A line with a mark that is blank is omitted."""
    if _LINE_END not in text:
        return text
    found, *others = text.split(_LINE_END)
    for other in others:
        line = found.rpartition("\n")[2]
        found = (f"{found}\n" if line.strip() else found.removesuffix(line)) + other
    return found
