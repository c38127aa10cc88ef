"""Notes in a context: the texts of shared notes instead of their ids."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sitegen.facts.values import NOTES, List, Markdown, Notes, Qualified, Reference, SharedNote, Value, noted
from sitegen.templates.template import MissingError

if TYPE_CHECKING:
    from sitegen.evaluation.context import Context
    from sitegen.facts.alternatives import Alternative


def with_notes(context: Context, found: Alternative[Value] | None) -> Alternative[Value] | None:
    """An alternative with the texts of shared notes."""
    if found is None or (found.note is None and not noted(found.value)):  # the common case
        return found
    note = shared_notes(context, found.note) if found.note else None
    return replace(found, value=_with_notes(context, found.value), note=note)


def _with_notes(context: Context, value: Value) -> Value:
    if isinstance(value, List):
        return List(tuple(_with_notes(context, item) for item in value.items))
    if isinstance(value, Qualified) and value.note:
        return replace(value, note=shared_notes(context, value.note))
    return shared_notes(context, value) if isinstance(value, Notes) else value


def shared_notes(context: Context, notes: Notes) -> Notes:
    """Notes with the texts of shared ones. On a site without shared notes, an id is a text."""
    return Notes(tuple(_shared(context, item) if isinstance(item, Reference) else item for item in notes.items))


def _shared(context: Context, reference: Reference) -> Reference | SharedNote | Markdown:
    """A shared note; the reference itself if it has no text."""
    if NOTES not in context.datasets:
        return Markdown(reference.text)
    record = context.datasets[NOTES].records.get(reference.id)
    try:
        text = context.fact(record, "text") if record is not None else None
    except MissingError:
        return reference
    return reference if text is None else SharedNote(str(text), text.places)
