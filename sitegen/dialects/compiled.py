"""Text that is written once for many pages: what they share, and between that what each of them fills in.

A writer puts a mark into its text wherever a page has something of its own, and keeps beside it
what fills that in. The text is then split at its marks, and writing a page is joining.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sitegen.documents import Document, Insert
from sitegen.frozen import frozen
from sitegen.inline import Parts, holes
from sitegen.pages import Body

P = TypeVar("P")
_LATER = re.compile("\ufdd6([0-9]+)\ufdd7")
_MOST = 64  # texts of one body; pages that differ more than that share too little


@frozen
class Compiled(Generic[P]):
    """A text in pieces: `gaps` stand between `texts`.

    A gap is the number of a value, or what appends to the parts of a page what it has there.
    """

    texts: tuple[str, ...]
    gaps: tuple[int | Callable[[P, list[str]], None], ...]

    def fill(self, page: P, value: Callable[[int], str]) -> list[str]:
        """The parts of a page, which writes its values by `value`."""
        parts = [self.texts[0]]
        for gap, text in zip(self.gaps, self.texts[1:], strict=True):
            if isinstance(gap, int):
                parts.append(value(gap))
            else:
                gap(page, parts)
            parts.append(text)
        return parts


class Gaps(Generic[P]):
    """What a text leaves to its pages, while it is written."""

    def __init__(self) -> None:
        self._gaps: list[int | Callable[[P, list[str]], None]] = []

    def later(self, gap: int | Callable[[P, list[str]], None]) -> str:
        """What stands in the text for a value, or for something else that each page fills in."""
        self._gaps.append(gap)
        return f"\ufdd6{len(self._gaps) - 1}\ufdd7"

    def text(self, value: Callable[[P], str]) -> str:
        """The same for a text."""
        return self.later(lambda page, parts: parts.append(value(page)))

    def compiled(self, text: str) -> Compiled[P]:
        """The text that has been written, in pieces."""
        texts = _LATER.split(text)
        return Compiled(tuple(texts[::2]), tuple(self._gaps[int(number)] for number in texts[1::2]))


class CompiledBodies(Generic[P]):
    """The compiled texts of bodies. They differ where links lead elsewhere, and by values that are Markdown."""

    def __init__(self, write: Callable[[Document], Compiled[P]]) -> None:
        self._write = write
        self._kept: WeakKeyDictionary[Body, dict[object, Compiled[P]]] = WeakKeyDictionary()

    def of(self, document: Document) -> Compiled[P]:
        """The compiled text of a document's body."""
        kept = self._kept.setdefault(document.body, {})
        own = [(index, insert.text) for index, insert in document.inserts.items() if insert.inline is not None]
        for anchor in document.body.filled_targets:
            if not shared_target(anchor.target, document.inserts):
                own += [(hole.index, document.inserts[hole.index].text) for hole in holes(anchor.target)]
        key = (tuple(document.links.items()), tuple(own))
        if key not in kept:
            if len(kept) >= _MOST:
                kept.clear()
            kept[key] = self._write(document)
        return kept[key]


# What stands in a URL as it is, wherever in it; and as its beginning.
_IN_URL = re.compile(r"[\w.~/#?=-]*", re.ASCII)
_BEGINS_URL = re.compile(r"(?:https?://[a-z0-9.-]+(?:/[\w.~/#?=-]*)?|[\w.~#?=-][\w.~/#?=-]*)", re.ASCII)


# A URL whose host is not there as a whole; hosts are written otherwise than what follows them.
_UNFINISHED_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*:|(?=//))(?!//[^/]+/)", re.ASCII | re.IGNORECASE)


def shared_target(target: Parts, inserts: ReadOnly[int, Insert]) -> bool:
    """Whether a link's target may have gaps for its values, since these stand in a URL as they are."""
    if target and isinstance(target[0], str) and _UNFINISHED_HOST.match(target[0]):
        return False
    for number, part in enumerate(target):
        if isinstance(part, str):
            plain = "%" not in part
        else:
            plain = (_IN_URL if number else _BEGINS_URL).fullmatch(inserts[part.index].text) is not None
        if not plain:
            return False
    return True
