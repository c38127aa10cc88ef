"""The tokens of pages as Jinja2 reads them, with the line breaks after statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Token = tuple[int, str, str]
"""The number of a token, its kind, and its text."""


def with_line_ends(tokens: Iterable[Token], file: str | None) -> Iterator[Token]:
    """The tokens of a page with the line break after a statement at the end of a line with text.

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
                yield number, "data", "\n"
            has_text = False
