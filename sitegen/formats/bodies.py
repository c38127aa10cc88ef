"""Bodies of pages, each written once for all documents that differ only in values, headings, tables and partials."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sitegen.documents.documents import Document, Insert
from sitegen.templates.placeholders import Form, PlaceholderError, is_line, placeholder

if TYPE_CHECKING:
    from sitegen.markdown.pages import Body

_MOST = 64  # forms of a body; documents that differ more than that share too little
Slots = ReadOnly[int, str]


class Bodies:
    """Writes the bodies of documents by `write`, whose arguments are a document and the texts of its slots."""

    def __init__(self, write: Callable[[Document, Slots], str]) -> None:
        self._write = write
        self._forms: WeakKeyDictionary[Body, dict[object, Form | None]] = WeakKeyDictionary()

    def text(self, document: Document, slots: Slots) -> str:
        """The body of a document. It may have placeholders if its values have."""
        filling = document.filling
        values = {str(index): insert.text for index, insert in filling.inserts.items() if insert.inline is None}
        fits = all(map(is_line, values.values())) and all(text and text == text.strip("\n") for text in slots.values())
        form = self._form(document) if fits else None
        if form is not None:
            values |= {f"slot {index}": text for index, text in slots.items()}
            for number, (text, id_) in enumerate(zip(filling.headings, filling.anchors, strict=True)):
                values |= {f"heading {number}": text, f"id {number}": id_}
            with suppress(PlaceholderError):
                return "".join(form.fill(values)[0])
        return self._write(document, slots)

    def _form(self, document: Document) -> Form | None:
        """The form of the body of a document. Where links lead, and values that are Markdown, are no placeholders."""
        forms = self._forms.setdefault(document.body, {})
        marked = ((index, insert.text) for index, insert in document.inserts.items() if insert.inline is not None)
        key = (tuple(document.links.items()), tuple(marked))
        if key not in forms:
            if len(forms) >= _MOST:
                forms.clear()
            forms[key] = None
            with suppress(PlaceholderError):
                forms[key] = Form([self._write(*_open(document))])
        return forms[key]


def _open(document: Document) -> tuple[Document, Slots]:
    """A document with placeholders for its values, headings and slots."""
    filling = document.filling
    inserts = {
        index: Insert(placeholder(str(index)), None, ()) if insert.inline is None else insert
        for index, insert in filling.inserts.items()
    }
    texts = tuple(placeholder(f"heading {number}") for number, _ in enumerate(filling.headings))
    ids = tuple(id_ and placeholder(f"id {number}") for number, id_ in enumerate(filling.anchors))
    slots = {index: placeholder(f"slot {index}") for index in filling.body.slots}
    return replace(document, filling=replace(filling, inserts=inserts, headings=texts, anchors=ids)), slots
