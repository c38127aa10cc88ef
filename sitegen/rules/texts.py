"""Texts that rules search: sentences, and problems at offsets of a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from sitegen.findings import Finding
from sitegen.markdown.raw_page import RawPage, prose_of
from sitegen.rules.context import FactText, LintUnit

NEAR = 200  # the number of characters around a word that are searched, since texts may be long
_LONGEST = 1000  # the number of characters around a word that its sentence has at most
_SENTENCE_START = re.compile(r"[.:!?]\s|[。！？]")
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)|[。！？]")


def sentence_at(text: str, offset: int) -> str:
    """The sentence of a text around an offset."""
    first, last = max(0, offset - _LONGEST), offset + _LONGEST
    start = max((match.end() for match in _SENTENCE_START.finditer(text, first, offset)), default=first)
    end = _SENTENCE_END.search(text, offset, last)
    return text[start : end.start() if end else last]


class TextProblem(NamedTuple):
    """A problem in a text: its offset and length, and what to report."""

    start: int
    length: int
    message: str
    hint: str

    def in_fact(self, code: str, unit: LintUnit, text: FactText) -> Finding:
        """The finding of a problem in a text of a fact.

        Its place is that of the problem, if the line of the fact contains the text unchanged; else that of the fact.
        """
        place = text.place
        at = unit.line_at(place).find(text.text, place.column - 1)
        if at >= 0:
            place = place._replace(column=at + self.start + 1, length=self.length)
        return Finding(code, self.message, place, self.hint, subject=text.subject)

    def on_page(self, code: str, page: RawPage, line: int, text: str) -> Finding:
        """The finding of a problem in a text of a page that begins on a line."""
        return Finding(code, self.message, page.place_in(line, text, self.start, self.length), self.hint)


def in_all_texts(unit: LintUnit, code: str, find: Callable[[str], Iterable[TextProblem]]) -> Iterator[Finding]:
    """The problems that a function finds in the prose of facts, pages, and headers and captions of tables."""
    for text in unit.fact_texts:
        for problem in find(text.prose):
            yield problem.in_fact(code, unit, text)
    for page in unit.pages:
        for line, prose in page.texts:
            for problem in find(prose):
                yield problem.on_page(code, page, line, prose)
    for alternative in (alternative for varying in unit.table_texts for alternative in varying.alternatives):
        for problem in find(prose_of(alternative.value.source)):
            yield Finding(code, problem.message, alternative.place, problem.hint)
