"""The notes below a table, and the Markdown of notes and cells."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from sitegen.evaluation.context import Context
from sitegen.facts.values import is_target
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

    def number(
        self,
        title: str,
        text: str,
        places: tuple[Place, ...],
        context: Context,
        subject: tuple[str, str] | None = None,
    ) -> int:
        """The number of a note. The same note is listed once."""
        inline = self.inline(text, places, context, subject)
        for note in self.notes:
            if (note.title, note.inline) == (title, inline):
                return note.number
        self.notes.append(Note(len(self.notes) + 1, title, inline, places))
        return len(self.notes)

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
