"""The texts of records, each with its place and its record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sitegen.findings import Place
from sitegen.rules.material import Part
from sitegen.values import List, Markdown, Text, Value


class Statement(NamedTuple):
    """A text of a value, a note or a reason. `field` is the name of the field; `markdown` whether it has markup."""

    text: str
    place: Place
    subject: tuple[str, str]
    field: str
    markdown: bool


def statements(part: Part) -> list[Statement]:
    """The texts of the records of a part, without those that a library has from the common records."""
    found = []
    for record in part.records:
        subject = (record.dataset, record.id)
        base = part.common.shared[record.dataset].records.get(record.id) if part.own else None
        known = {a.place for varying in base.facts.values() for a in varying.alternatives} if base else ()
        for name, varying in record.facts.items():
            for alternative in varying.alternatives:
                place = alternative.place
                if place in known:
                    continue
                found += [
                    Statement(value.text, place, subject, name, isinstance(value, Markdown))
                    for value in _texts(alternative.value)
                ]
                if alternative.note:
                    found.append(Statement(alternative.note, place, subject, "note", markdown=True))
                if alternative.reason:
                    found.append(Statement(alternative.reason, place, subject, "reason", markdown=False))
    return found


def _texts(value: Value) -> Iterator[Text | Markdown]:
    if isinstance(value, (Text, Markdown)):
        yield value
    elif isinstance(value, List):
        for item in value.items:
            yield from _texts(item)


def place_in(part: Part, statement: Statement, start: int, length: int) -> Place:
    """The place of a piece of a statement, where its text is on one line as it is; else that of the text."""
    place = statement.place
    lines = part.lines_of(place.file)
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    at = line.find(statement.text, place.column - 1)
    return place if at < 0 else place._replace(column=at + start + 1, length=length)
