"""How the values of a field are shown: words, notation, code and dates. Columns inherit it from their fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from functools import partial
from types import MappingProxyType

from sitegen.facts.alternatives import Varying, read_varying
from sitegen.facts.values import STAGES, STATES
from sitegen.findings import Finding, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.languages.date_styles import DateStyle, read_date_style
from sitegen.source.mappings import scalar_at, text_at
from sitegen.source.nodes import Mapping, Node, Scalar, items_at

NOTATIONS = ("written", "bare", "plus", "specifier")
PRESENTATION_KEYS = ("words", "code", "notation", "dates", "ends", "ranges", "when", "joiner", "align", "width", "show")
ALIGNMENTS = ("left", "center", "right")
_WIDTH = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?(%|em|rem|ch|px)")
Words = ReadOnly[str, str]


@frozen
class Presentation:
    """`words` are those for states and stages. `code` is None if it depends on the value.

    `ranges` is the sign between the ends of a range; if it is empty, that of the author. `joiner` are the texts between
    several values, and before the last one; if it is None, that of the language, as the style of `dates`. `when` are
    the texts before, between and after a value and its condition, and whether the value is first. `ends` if levels are
    shown with their end. `levels` are the names of levels that the field declares.

    If there are several alternatives for words, these are in `words_by_context`. `show` is a template with `value` and
    other text; it is compiled where a column uses it.
    """

    words: Words = field(default_factory=lambda: MappingProxyType({}))
    code: bool | None = None
    notation: str = "written"
    dates: DateStyle | None = None
    ranges: str = ""
    when: tuple[str, str, str, bool] = ("", " (", ")", True)
    joiner: tuple[str, str] | None = None
    align: str = ""
    width: str = ""
    ends: bool = True
    levels: tuple[str, ...] = ()
    show: Scalar | None = None
    words_by_context: Varying[Words] | None = None

    @property
    def settings(self) -> Iterator[tuple[str, str]]:
        """The keys except `show`, with texts for their values; empty for that of a column without the key."""
        words = ", ".join(f"{state}: {word}" for state, word in self.words.items())
        first, second = ("value", "when") if self.when[3] else ("when", "value")
        texts = {
            "words": words,
            "when": f"{self.when[0]}<< {first} >>{self.when[1]}<< {second} >>{self.when[2]}",
            "dates": str(self.dates or ""),
            "code": {True: "yes", False: "no", None: ""}[self.code],
            "ends": "" if self.ends else "no",
            "joiner": "|".join(dict.fromkeys(self.joiner or ())).replace("\n", "line break"),
        }
        for key in PRESENTATION_KEYS:
            if key != "show":
                is_usual = getattr(self, key) == getattr(PLAIN, key)
                yield key, "" if is_usual else texts.get(key, str(getattr(self, key)))

    def with_words(self, words: Words) -> Presentation:
        """The same with more words."""
        return replace(self, words=MappingProxyType({**self.words, **words}))


PLAIN = Presentation()


def read_presentation(node: Mapping, inherited: Presentation, report: Report) -> Presentation:
    """Read the keys for presentation of a mapping. Those that are missing are `inherited`. Reports invalid ones."""
    written = node.get("words")
    words = read_varying(written, partial(_words, inherited.levels), report) if written is not None else None
    always = words.always if words is not None else None
    code = one_of(node, "code", ("yes", "no"), report)
    dates = node.get("dates")
    style = read_date_style(dates, report) if dates is not None else None
    ends = one_of(node, "ends", ("yes", "no"), report)
    return Presentation(
        MappingProxyType({**inherited.words, **(always or {})}),
        code == "yes" if code else inherited.code,
        one_of(node, "notation", NOTATIONS, report) or inherited.notation,
        style or inherited.dates,
        _one_line(node, "ranges", report) or inherited.ranges,
        _when(node, report) or inherited.when,
        _joiner(node, report) or inherited.joiner,
        one_of(node, "align", ALIGNMENTS, report) or inherited.align,
        _width(node, report) or inherited.width,
        ends == "yes" if ends else inherited.ends,
        inherited.levels,
        scalar_at(node, "show", report) or inherited.show,
        inherited.words_by_context if words is None else words if always is None else None,
    )


def _one_line(node: Mapping, key: str, report: Report) -> str | None:
    """The text under a key, which may begin and end with spaces; None if it is missing. Reports several lines."""
    scalar = scalar_at(node, key, report)
    if scalar is None or "\n" not in scalar.text:
        return None if scalar is None else scalar.text
    report(Finding("wrong-shape", f"'{key}' must be one line", scalar.place))
    return None


def _joiner(node: Mapping, report: Report) -> tuple[str, str] | None:
    """The text between values, or a list of this text and the one before the last value; None if it is missing.

    A line break alone is such a text, too: each value then has a line of its own.
    """
    written = node.get("joiner")
    if isinstance(written, Scalar) and written.text == "\n":
        return "\n", "\n"
    texts = [item.text for item in items_at(written) if isinstance(item, Scalar) and "\n" not in item.text]
    if written is not None and not 0 < len(texts) == len(items_at(written)) < 3:
        hint = "write a text, or two: [', ', ' or ']"
        report(Finding("wrong-shape", "'joiner' must be one line, or a list of two", written.place, hint))
        return None
    return (texts[0], texts[-1]) if texts else None


def _width(node: Mapping, report: Report) -> str:
    """The width of a column in CSS; empty if there is none."""
    scalar = scalar_at(node, "width", report)
    if scalar is None or _WIDTH.fullmatch(scalar.text):
        return scalar.text if scalar else ""
    report(Finding("unknown-choice", f"'{scalar.text}' is not a width", scalar.place, "write 30% or 12em"))
    return ""


def _when(node: Mapping, report: Report) -> tuple[str, str, str, bool] | None:
    """The pattern for a value with a condition, such as `<< value >> on << when >>`."""
    text = _one_line(node, "when", report)
    parts = re.split("<< ?(value|when) ?>>", text or "")
    if text is None or (len(parts) == 5 and parts[1] != parts[3]):
        return (parts[0], parts[2], parts[4], parts[1] == "value") if text is not None else None
    message, hint = f"'{text}' is not a pattern for conditions", "write '<< value >> on << when >>'"
    report(Finding("wrong-shape", message, (node.get("when") or node).place, hint))
    return None


def one_of(node: Mapping, key: str, words: tuple[str, ...], report: Report) -> str:
    """The text under a key, which must be one of some words; empty if it is missing. Reports another text."""
    text = text_at(node, key, report)
    if text and text not in words:
        at = node.get(key) or node
        message = f"'{text}' is not a valid value of '{key}'"
        report(Finding("unknown-choice", message, at.place, did_you_mean(text, words)))
        return ""
    return text


def _words(levels: tuple[str, ...], node: Node, report: Report) -> Words:
    if not isinstance(node, Mapping):
        report(Finding("wrong-shape", "'words' must be a mapping of states to words", node.place))
    words = {}
    for key, value in node.entries if isinstance(node, Mapping) else ():
        if key.text not in (*STATES, *STAGES, *levels, "none"):
            hint = did_you_mean(key.text, [*STATES, *STAGES, *levels, "none"])
            report(Finding("unknown-state", f"'{key.text}' is not a state of support", key.place, hint))
        elif isinstance(value, Scalar):
            words[key.text] = value.text
    return words
