"""The language of a site: the settings `lang`, `texts` and `dates`."""

from __future__ import annotations

from sitegen.findings import Finding, Report
from sitegen.languages.catalogue import DEFAULT, TAG, Language, Text, english, fields_of, text_of, with_texts
from sitegen.languages.date_styles import LONG, read_date_style
from sitegen.source.mappings import known_keys, mapping_at, place_at, text_at
from sitegen.source.nodes import Mapping


def read_language(node: Mapping, report: Report) -> Language:
    """The language of a site, with its own texts. Reports the texts that are missing."""
    tag = text_at(node, "lang", report) or DEFAULT
    own = _own_texts(mapping_at(node, "texts", report), report)
    if not TAG.fullmatch(tag):
        hint = "write a tag of BCP 47, such as en, de or pt-BR"
        report(Finding("unknown-language", f"'{tag}' is not a language", place_at(node, "lang"), hint))
        tag = DEFAULT
    dates = node.get("dates")
    style = (read_date_style(dates, report) if dates is not None else None) or LONG
    language, texts = with_texts(tag, tuple(own.items()), style), english().texts
    missing = [f"{key}: {_written(text)}" for key, text in texts.items() if key not in language.texts]
    if missing:
        message = f"the language '{tag}' lacks {len(missing)} of {len(texts)} texts: {', '.join(missing)}"
        report(Finding("missing-text", message, place_at(node, "lang"), "add the translations below 'texts:'"))
        return english()
    return language


def _own_texts(node: Mapping, report: Report) -> dict[str, Text]:
    """The texts of a site, by key. Reports those that cannot be used."""
    own, known = {}, english().texts
    known_keys(node, tuple(known), "'texts'", report)
    for key, value in node.entries:
        text = text_of(value)
        problem = _problem(known[key.text], text) if key.text in known else ""
        if problem:
            hint = f"in English: {_written(known[key.text])}"
            report(Finding("wrong-text", f"'{key.text}' must be {problem}", value.place, hint))
        elif text is not None:
            own[key.text] = text
    return own


def _problem(known: Text, text: Text | None) -> str:
    """What a text in place of an English one must be; empty if it is that."""
    if text is None:
        return "a text on one line"
    if type(text) is not type(known):
        return "a text" if isinstance(known, str) else "a list of texts"
    if known == english().list("months") and len(text) != len(known):
        return "a list of 12 texts"
    fields = [f"{{{name}}}" for name in sorted(fields_of(known))]
    different = fields_of(text) != fields_of(known)
    return f"a text with {' and '.join(fields) or 'no words'} in braces" if different else ""


def _written(text: Text) -> str:
    """A text as it is written in YAML."""
    return f"[{', '.join(text)}]" if isinstance(text, tuple) else f'"{text}"'
