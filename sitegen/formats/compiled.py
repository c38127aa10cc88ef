"""Text that is written once for many pages: what they share, and between that what each of them fills in.

A writer puts a mark into its text wherever a page has something of its own, and keeps beside it
what fills that in. The text is then split at its marks, and writing a page is joining.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Iterable
from collections.abc import Mapping as ReadOnly
from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import WeakKeyDictionary

from sitegen.frozen import frozen
from sitegen.markdown.inline import Parts, numbers

if TYPE_CHECKING:
    from sitegen.documents.documents import Document, Family, Insert
    from sitegen.markdown.blocks import Body

P = TypeVar("P")
Gap = int | Callable[[P, list[str]], None]
_LATER = re.compile("\ufdd6([0-9]+)\ufdd7")
_MOST = 64  # texts of one body; pages that differ more than that share too little


@frozen
class Compiled(Generic[P]):
    """A text in pieces: `gaps` stand between `texts`.

    A gap is the number of a value, or what appends to the parts of a page what it has there. `needs` are the numbers of
    the values that a gap comes from; None where it comes from more than values.
    """

    texts: tuple[str, ...]
    gaps: tuple[Gap[P], ...]
    needs: tuple[Collection[int] | None, ...]

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

    def filled(self, page: P, value: Callable[[int], str], own: Container[int]) -> Compiled[P]:
        """The same for pages that differ from one only in values with the numbers `own`: other gaps are filled."""
        texts, gaps, needs = [], [], []
        parts = [self.texts[0]]
        for gap, need, text in zip(self.gaps, self.needs, self.texts[1:], strict=True):
            if need is None or any(number in own for number in need):
                texts.append("".join(parts))
                gaps.append(gap)
                needs.append(need)
                parts = []
            elif isinstance(gap, int):
                parts.append(value(gap))
            else:
                gap(page, parts)
            parts.append(text)
        return Compiled((*texts, "".join(parts)), tuple(gaps), tuple(needs))


class Gaps(Generic[P]):
    """What a text leaves to its pages, while it is written."""

    def __init__(self) -> None:
        self._gaps: list[tuple[Gap[P], Collection[int] | None]] = []

    def value(self, number: int) -> str:
        """What stands in the text for a value."""
        return self._later(number, (number,))

    def parts(self, gap: Callable[[P, list[str]], None]) -> str:
        """The same for something else that each page fills in."""
        return self._later(gap, None)

    def text(self, needs: Iterable[int], write: Callable[[P], str]) -> str:
        """The same for a text that is made of values, and else the same on pages that share links and these."""
        return self._later(lambda page, parts: parts.append(write(page)), tuple(needs))

    def _later(self, gap: Gap[P], needs: Collection[int] | None) -> str:
        self._gaps.append((gap, needs))
        return f"\ufdd6{len(self._gaps) - 1}\ufdd7"

    def compiled(self, text: str) -> Compiled[P]:
        """The text that has been written, in pieces."""
        texts = _LATER.split(text)
        gaps = [self._gaps[int(number)] for number in texts[1::2]]
        return Compiled(tuple(texts[::2]), tuple(gap for gap, _ in gaps), tuple(needs for _, needs in gaps))


class CompiledBodies(Generic[P]):
    """The compiled texts of bodies. They differ where links lead elsewhere, and by values that are Markdown.

    For a family of pages, what these have in common is filled in.
    """

    def __init__(self, write: Callable[[Document], Compiled[P]]) -> None:
        self._write = write
        self._kept: WeakKeyDictionary[Body, dict[object, Compiled[P]]] = WeakKeyDictionary()
        self._families: WeakKeyDictionary[Family, Compiled[P]] = WeakKeyDictionary()

    def fill(self, document: Document, page: P, value: Callable[[int], str]) -> list[str]:
        """The parts of a document's body, for a page that writes its values by `value`."""
        family = document.filling.family
        if family is None:
            return self._of(document).fill(page, value)
        compiled = self._families.get(family)
        if compiled is None:
            compiled = self._families[family] = self._of(document).filled(page, value, family.own)
        return compiled.fill(page, value)

    def forget(self, document: Document) -> None:
        """Forget what has been filled in for a document's family, since the document cannot be written so."""
        if document.filling.family is not None:
            self._families.pop(document.filling.family, None)

    def _of(self, document: Document) -> Compiled[P]:
        """The compiled text of a document's body."""
        kept = self._kept.setdefault(document.body, {})
        own = [(index, insert.text) for index, insert in document.inserts.items() if insert.inline is not None]
        for anchor in document.body.filled_targets:
            if not shared_target(anchor.target, document.inserts):
                own += [(index, document.inserts[index].text) for index in numbers(anchor.target)]
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
