"""Texts that rules search: sentences and their surroundings."""

from __future__ import annotations

import re

NEAR = 200  # the number of characters around a word that are searched, since texts may be long
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)")


def sentence_at(text: str, offset: int) -> str:
    """The sentence of a text around an offset."""
    start = max((match.end() for match in re.finditer(r"[.:!?]\s", text[:offset])), default=0)
    end = _SENTENCE_END.search(text, offset)
    return text[start : end.start() if end else len(text)]
