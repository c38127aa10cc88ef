"""The notes below a table, and the Markdown of notes and cells."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING

from sitegen.evaluation.context import Context
from sitegen.facts.values import NOTES, Markdown, Notes, Reference, SharedNote, is_target
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.markdown.inline import Anchor, Inline, Tag, link_names, parse_inline, pieces_of, resolved
from sitegen.tables.grids import Note
from sitegen.templates.template import BrokenError, MissingError

if TYPE_CHECKING:
    from sitegen.tables.definitions import Definition


class NoteList:
    """The notes of a table in the order of their numbers, from 1."""

    def __init__(self, definition: Definition, report: Report) -> None:
        self.definition = definition
        self.report = report
        self.notes: list[Note] = []

    def numbers(
        self,
        title: str,
        notes: Notes,
        places: tuple[Place, ...],
        context: Context,
        subject: tuple[str, str] | None = None,
    ) -> tuple[int, ...]:
        """The numbers of notes about what has a title. The same note is listed once, a shared one without a title."""
        numbers = []
        for item in notes.items:
            if isinstance(item, SharedNote):
                inline = self.inline(item.text, item.places, context, subject)
                numbers.append(self._number("", inline, (*places, *item.places)))
            elif isinstance(item, Markdown):
                numbers.append(self._number(title, self.inline(item.text, places, context, subject), places))
            else:
                self._report_missing(item, context, subject)
        return tuple(dict.fromkeys(numbers))

    def _number(self, title: str, inline: Inline, places: tuple[Place, ...]) -> int:
        for index, note in enumerate(self.notes):
            if (note.title, note.inline) == (title, inline):
                self.notes[index] = replace(note, places=tuple(dict.fromkeys((*note.places, *places))))
                return note.number
        self.notes.append(Note(len(self.notes) + 1, title, inline, places))
        return len(self.notes)

    def _report_missing(self, note: Reference, context: Context, subject: tuple[str, str] | None) -> None:
        """Report a shared note without a text. Unknown ones in facts are reported elsewhere."""
        known = context.datasets[NOTES].records
        if note.id in known and "text" not in known[note.id].broken:
            message, hint = f"notes '{note.id}' has no 'text' on {context.day}", "add a text that applies here"
            self.report(Finding("missing-value", message, note.place, hint, subject=subject))
        elif note.id not in known and subject is None:
            message, hint = f"notes has no record '{note.id}'", did_you_mean(note.id, known)
            self.report(Finding("unknown-id", message, note.place, hint))

    def inline(
        self, text: str, places: tuple[Place, ...], context: Context, subject: tuple[str, str] | None = None
    ) -> Inline:
        """The parsed Markdown of a cell or a note, with resolved links. Reports problems in it."""
        inline = resolved(parse_inline(text, context.link_names.__contains__), context.link)
        for piece in pieces_of(inline):
            if isinstance(piece, Tag):
                tag = "".join(str(part) for part in piece.parts)
                self.report(Finding("foreign-tag", f"'{tag}' is not allowed in the Markdown of a fact", places[0]))
            elif isinstance(piece, Anchor) and not piece.name:
                target = "".join(str(part) for part in piece.target)
                if not is_target(html.unescape(target)):
                    self.report(Finding("bad-link", f"'{target}' is not a valid link target", places[0]))
        for name in link_names(inline):
            try:
                context.target(name)
            except BrokenError:
                pass  # reported elsewhere
            except MissingError as error:
                hint = did_you_mean(name, context.link_names) if error.code == "unknown-link" else ""
                place, library = places[0] if places else self.definition.place, context.library if subject else ""
                self.report(Finding(error.code, str(error), place, hint, subject=subject, library=library))
        return inline
