"""Files of facts that are for one library: which one they are for, and whether their key or library is misspelt."""

from __future__ import annotations

from collections.abc import Callable

from sitegen.alternatives import as_meant
from sitegen.facts import LIBRARIES
from sitegen.findings import Finding, Report, did_you_mean, nearest
from sitegen.source import Mapping, Node, Scalar


def own_library(document: Node) -> str:
    """The library that a file is for which says no more than records of that library; else nothing."""
    if not isinstance(document, Mapping):
        return ""
    library = document.get("library")
    if not isinstance(library, Scalar):
        return ""
    for key, node in document.entries:
        if key.text == "library":
            continue
        records = node.entries[0][1] if isinstance(node, Mapping) and len(node.entries) == 1 else None
        if key.text in (LIBRARIES, "tables") or records is None or node.entries[0][0].text != "records":  # type: ignore[union-attr]
            return ""
        if not isinstance(records, Mapping) or any(_says_was(record) for _, record in records.entries):
            return ""
    return library.text


def _says_was(record: Node) -> bool:
    """Whether a record has former ids, which concern the whole site."""
    return isinstance(record, Mapping) and any(key.text == "was" for key, _ in record.entries)


def with_library(document: Mapping, report: Report) -> Mapping:
    """A file that may say for which library it is with a misspelt key."""
    key = misspelt_library(document)
    if key is None:
        return document
    message = f"unknown key '{key.text}' in a file of facts"
    report(Finding("unknown-key", message, key.place, "did you mean 'library'?"))
    return as_meant(document, ("library",))


def misspelt_library(document: Mapping) -> Scalar | None:
    """The key of a file that is nearly `library`."""
    keys = (key for key, node in document.entries if isinstance(node, Scalar) and nearest(key.text, ("library",)))
    return next(keys, None)


def for_known_library(document: Mapping, known: list[str], is_taken: Callable[[str], bool], report: Report) -> Mapping:
    """A file for a misspelt library as one for the library that is meant, unless other files are for that.

    Reports the library where it does so.
    """
    near = nearest(own_library(document), known)
    library = document.get("library")
    if not near or is_taken(near[0]) or not isinstance(library, Scalar):
        return document
    report(unknown_library(library, known))
    meant = library._replace(text=near[0])
    return document._replace(entries=tuple((key, meant if node is library else node) for key, node in document.entries))


def unknown_library(library: Scalar, known: list[str]) -> Finding:
    """What is wrong with a file that is for a library which is not known."""
    hint = did_you_mean(library.text, known)
    return Finding("unknown-id", f"unknown library '{library.text}'", library.place, hint)
