"""Templates that are run for thousands of pages: once for all pages of one shape.

A template prints most of what it is given, and asks no more of it. What it does ask - whether there is something, how
long a list is, what a filter makes of a text - is the shape of a page. Pages of one shape have one text, but for what
is printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from typing import Any

from sitegen.frozen import frozen
from sitegen.jinja import Asked

_HOLE = re.compile("\ufdd9([0-9]+)\ufdda")
_MOST = 256  # shapes of one template; pages that differ more than that share too little
Names = ReadOnly[str, object]


@frozen
class Hole:
    """Stands for something that a template prints; `full` says whether there is something."""

    number: int
    full: bool = True

    def __bool__(self) -> bool:
        return self.full

    def __str__(self) -> str:
        return f"\ufdd9{self.number}\ufdda"


@frozen
class _Text:
    """The text of a shape, of which every other part is `printed`: a name, or a field of a numbered item of a list."""

    parts: tuple[str, ...]
    printed: tuple[tuple[str, int, str], ...]


class Shapes:
    """The texts of one template, which `render` runs with holes, and `write` writes what stands in these."""

    def __init__(self, asked: Asked, render: Callable[[Names], str], write: Callable[[object], str]) -> None:
        self._asked = asked
        self._render = render
        self._write = write
        self._texts: dict[tuple[object, ...], _Text] = {}

    def text(self, names: Names) -> str | None:
        """The text for some names; None where a list is used as a whole. Raises what `render` and `write` raise."""
        shape = tuple(self._shape(names))
        if None in shape:
            return None
        text = self._texts.get(shape)
        if text is None:
            if len(self._texts) >= _MOST:
                self._texts.clear()
            text = self._texts[shape] = self._text(names)
        given: ReadOnly[str, Any] = names
        values = [given[name][number][field] if field else given[name] for name, number, field in text.printed]
        parts = list(text.parts)
        parts[1::2] = map(self._write, values)
        return "".join(parts)

    def _shape(self, names: Names) -> Iterator[object]:
        """What the template asks of its names; None for what cannot be told."""
        yield tuple(names)  # which say what each of the others is
        for name, value in names.items():
            if isinstance(value, list):
                yield None if name in self._asked.names else len(value)
                fields = [field for list_, field in self._asked.fields if list_ == name]
                for field in fields:
                    yield from (item[field] for item in value)
            elif name in self._asked.names:
                yield value
            elif name in self._asked.tested:
                yield bool(value)

    def _text(self, names: Names) -> _Text:
        """Run the template with holes for what it prints and asks no more of."""
        printed: list[tuple[str, int, str]] = []

        def hole(value: object, name: str, number: int = 0, field: str = "") -> object:
            if (name, field) in self._asked.fields if field else name in self._asked.names:
                return value
            printed.append((name, number, field))
            return Hole(len(printed) - 1, bool(value))

        holes = {
            name: [
                {field: hole(item[field], name, number, field) for field in item} for number, item in enumerate(value)
            ]
            if isinstance(value, list)
            else hole(value, name)
            for name, value in names.items()
        }
        texts = _HOLE.split(self._render(holes))
        return _Text(tuple(texts), tuple(printed[int(number)] for number in texts[1::2]))
