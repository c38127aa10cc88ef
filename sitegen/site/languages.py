"""The language of a site: the settings `lang` and `texts`."""

from __future__ import annotations

from sitegen.facts.alternatives import known_keys, place_at, text_at
from sitegen.findings import Finding, Report
from sitegen.languages.catalogue import DEFAULT, TAG, Language, Text, english, fields_of, text_of, with_texts
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence
from sitegen.templates.placeholders import is_line


def read_language(node: Mapping, report: Report) -> Language:
    """The language of a site, with its own texts. Reports the texts that are missing."""
    tag = text_at(node, "lang", report) or DEFAULT
    own = _own_texts(node.get("texts"), report)
    if not TAG.fullmatch(tag):
        hint = "write a tag of BCP 47, such as en, de or pt-BR"
        report(Finding("unknown-language", f"'{tag}' is not a language", place_at(node, "lang"), hint))
        tag = DEFAULT
    language, texts = with_texts(tag, tuple(own.items())), english().texts
    missing = [f"{key}: {_written(text)}" for key, text in texts.items() if key not in language.texts]
    if missing:
        message = f"the language '{tag}' lacks {len(missing)} of {len(texts)} texts: {', '.join(missing)}"
        report(Finding("missing-text", message, place_at(node, "lang"), "add the translations below 'texts:'"))
        return english()
    return language


def _own_texts(node: Node | None, report: Report) -> dict[str, Text]:
    """The texts of a site, by key. Reports those that cannot be used."""
    if node is not None and not isinstance(node, Mapping):
        report(Finding("wrong-shape", "'texts' must be a mapping", node.place))
    if not isinstance(node, Mapping):
        return {}
    known = english().texts
    known_keys(node, tuple(known), "'texts'", report)
    return {key.text: text for key, value in node.entries if (text := _own_text(key, value, report)) is not None}


def _own_text(key: Scalar, value: Node, report: Report) -> Text | None:
    """A text or a list of texts like the English one; None if it is not valid, which is reported."""
    known = english().texts.get(key.text)
    if known is None:
        return None
    text = text_of(value)
    if isinstance(known, str) and isinstance(text, str) and text and is_line(text):
        problem = "" if fields_of(text) == fields_of(known) else _required(known)
    elif (
        isinstance(known, tuple)
        and isinstance(value, Sequence)
        and len(text) == len(value.items)
        and all(map(is_line, text))
    ):
        problem = "must be a list of 12 texts" if key.text == "months" and len(text) != len(known) else ""
    else:
        problem = f"must be a {'list of texts' if isinstance(known, tuple) else 'text'} without line breaks"
    if problem:
        message = f"'{key.text}' {problem}"
        report(Finding("wrong-text", message, value.place, f"in English: {_written(known)}"))
        return None
    return text


def _required(known: Text) -> str:
    fields = [f"{{{name}}}" for name in sorted(fields_of(known))]
    return f"must contain {' and '.join(fields)}, and nothing else in braces" if fields else "must not contain braces"


def _written(text: Text) -> str:
    """A text as it is written in YAML."""
    return f"[{', '.join(text)}]" if isinstance(text, tuple) else f'"{text}"'
