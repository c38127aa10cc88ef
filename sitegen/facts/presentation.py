"""How the values of a field are shown: words, notation, code and dates. Columns inherit it from their fields."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import field
from types import MappingProxyType

from sitegen.facts.alternatives import text_at
from sitegen.facts.values import STAGES, STATES
from sitegen.findings import Finding, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.source.nodes import Mapping, Scalar

NOTATIONS = ("written", "bare", "plus", "specifier")
PRESENTATION_KEYS = ("words", "code", "notation", "dates")


@frozen
class Presentation:
    """`words` are those for states and stages. `code` is None if it depends on the value."""

    words: ReadOnly[str, str] = field(default_factory=lambda: MappingProxyType({}))
    code: bool | None = None
    notation: str = "written"
    long_dates: bool = True


PLAIN = Presentation()


def read_presentation(node: Mapping, inherited: Presentation, report: Report) -> Presentation:
    """Read the keys for presentation of a mapping. Those that are missing are `inherited`. Reports invalid ones."""
    code = one_of(node, "code", ("yes", "no"), report)
    dates = one_of(node, "dates", ("long", "iso"), report)
    return Presentation(
        MappingProxyType({**inherited.words, **_words(node, report)}),
        code == "yes" if code else inherited.code,
        one_of(node, "notation", NOTATIONS, report) or inherited.notation,
        dates == "long" if dates else inherited.long_dates,
    )


def one_of(node: Mapping, key: str, words: tuple[str, ...], report: Report) -> str:
    """The text under a key, which must be one of some words; empty if it is missing. Reports another text."""
    text = text_at(node, key, report)
    if text and text not in words:
        at = node.get(key) or node
        message = f"'{text}' is not a valid value of '{key}'"
        report(Finding("unknown-choice", message, at.place, did_you_mean(text, words)))
        return ""
    return text


def _words(node: Mapping, report: Report) -> dict[str, str]:
    words_node = node.get("words")
    if words_node is not None and not isinstance(words_node, Mapping):
        report(Finding("wrong-shape", "'words' must be a mapping of states to words", words_node.place))
    words = {}
    for key, value in words_node.entries if isinstance(words_node, Mapping) else ():
        if key.text not in STATES and key.text not in STAGES and key.text != "none":
            hint = did_you_mean(key.text, [*STATES, *STAGES, "none"])
            report(Finding("unknown-state", f"'{key.text}' is not a state of support", key.place, hint))
        elif isinstance(value, Scalar):
            words[key.text] = value.text
    return words
