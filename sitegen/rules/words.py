"""The rule about words that are nearly another: slips of the keyboard."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from sitegen.findings import Edit, Finding, Fix, Place
from sitegen.rules.markdown_source import MarkdownSource
from sitegen.rules.material import Material
from sitegen.values import STAGES, STATES, List, Markdown, Text, Value

_SHORTEST = 7
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LABELS = frozenset(
    word.lower() for label in (*(label for label, _ in STAGES.values()), *STATES.values()) for word in label.split()
)
# Pairs of English words that differ by one letter and are both right.
_RIGHT = """
content context, tracking tracing, tracking trucking,
contest context, adapter adaptor, tracing trading, affecting effecting, casting costing,
extended expended, formally formerly, loading leading, locking looking, mapping mopping, parsing passing,
patching parching, personal personnel, planning planting, polling pulling, preceding proceeding, principal principle,
sorting sporting, staging staying, stating staging, testing tasting, testing texting, through thorough,
waiting wanting, working wording, routing rousing, protect project, protected projected, protection projection,
hosting hoisting, causing casing, missing mussing, setting sitting, reading rearing, running ruining
"""
_PAIRS = frozenset(frozenset(pair.split()) for pair in _RIGHT.split(","))
_VARIANTS = (("s", "z"), ("c", "s"), ("o", "ou"), ("e", "ae"), ("l", "ll"))
_DOUBLED = (("t", "tt"), ("p", "pp"), ("g", "gg"), ("s", "ss"))  # "focused" and "focussed"


class _Use(NamedTuple):
    word: str
    place: Place
    fixable: bool


def near_words(material: Material) -> Iterator[Finding]:
    """A word that occurs once, one slip away from one that is known."""
    uses = list(_uses(material))
    counts = Counter(use.word.lower() for use in uses)
    index: dict[str, set[str]] = {}
    for known in {word for word, count in counts.items() if count > 1 and len(word) >= _SHORTEST} | {
        label for label in _LABELS if len(label) >= _SHORTEST
    }:
        for form in _shortened(known):
            index.setdefault(form, set()).add(known)
    for use in uses:
        word = use.word.lower()
        if len(word) < _SHORTEST - 1 or word in _LABELS:
            continue
        near = {known for form in _shortened(word) for known in index.get(form, ())}
        if len(word) < _SHORTEST:  # as short as that, only a letter that should be doubled is a slip for certain
            near = {known for known in near if word in re.sub(r"(.)\1", r"\1", known)}
        for known in sorted(near):
            closed = known in _LABELS
            usual = 2 if sorted(word) == sorted(known) else 3  # letters that changed places are surely a slip
            if (closed or (counts[word] == 1 and counts[known] >= usual)) and _is_slip(word, known):
                fix = _fix(use, known) if closed and use.fixable else None
                message = f"'{use.word}' is nearly '{known}'"
                yield Finding("near-word", message, use.place, f"did you mean '{_cased(use.word, known)}'?", fix=fix)
                break


def _shortened(word: str) -> Iterator[str]:
    """The word, and the word without any one letter: words one edit apart share one of these."""
    yield word
    for index in range(1, len(word)):
        yield word[:index] + word[index + 1 :]


def _is_slip(word: str, known: str) -> bool:
    """Whether one edit, and not at the end where words are inflected, leads from one word to the other."""
    if word == known or word[0] != known[0] or frozenset((word, known)) in _PAIRS:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, known, strict=False)) if a != b), min(len(word), len(known)))
    rest, other = word[start:], known[start:]
    if rest[:2] == other[1::-1] and rest[2:] == other[2:] and len(rest) > 1:
        return {rest, other} != {"er", "re"}  # as in "center" and "centre"
    if word[-2:] != known[-2:]:
        return False
    variants = (*_VARIANTS, *(_DOUBLED if word.endswith(("ed", "ing", "er", "or")) else ()))
    for one, two in (*variants, *((b, a) for a, b in variants)):
        if rest.startswith(one) and other.startswith(two) and rest[len(one) :] == other[len(two) :]:
            return False
    return rest[1:] == other or rest == other[1:] or rest[1:] == other[1:]


def _cased(word: str, known: str) -> str:
    return known.capitalize() if word[0].isupper() else known


def _fix(use: _Use, known: str) -> Fix:
    place = use.place
    end = (place.line, place.column + len(use.word))
    return Fix(
        f"write '{_cased(use.word, known)}'",
        (Edit(place.file, (place.line, place.column), end, _cased(use.word, known)),),
    )


def _uses(material: Material) -> Iterator[_Use]:
    """The words of pages, of texts in facts, and of headers and captions; each text once."""
    for source in material.pages:
        for number, line in enumerate(source.prose, 1):
            for match in _WORD.finditer(line):
                yield _Use(match.group(), source.place(number, match.start(), len(match.group())), fixable=True)
        yield from _in_front_matter(source, material)
    seen: set[Place] = set()
    for _, record in material.records():
        for varying in record.facts.values():
            for alternative in varying.alternatives:
                if alternative.place not in seen:
                    seen.add(alternative.place)
                    for text in [*_texts(alternative.value), alternative.note, alternative.reason]:
                        yield from _in_text(text, alternative.place, material)
    for text, place in _of_tables(material):
        yield from _in_text(text, place, material)


def _in_front_matter(source: MarkdownSource, material: Material) -> Iterator[_Use]:
    for number, line in enumerate(material.lines[source.file][1 : max(1, source.first - 2)], 2):
        text = re.sub("<<.*?>>", lambda match: " " * len(match.group()), line)
        if not re.match(r"\s*(?:- )?(?:title|text|description):", text):
            continue
        for match in _WORD.finditer(text, text.index(":")):
            yield _Use(match.group(), source.place(number, match.start(), len(match.group())), fixable=False)


def _of_tables(material: Material) -> Iterator[tuple[str, Place]]:
    for table in material.site.tables.values():
        varying = [*(column.header for column in table.columns), table.caption] if table else []
        for templates in varying:
            for alternative in templates.alternatives if templates else ():
                yield re.sub("<<.*?>>", " ", alternative.value.source), alternative.place
        for column in table.columns if table else ():
            yield from ((word, column.place) for word in column.words.values())


def _texts(value: Value) -> list[str]:
    if isinstance(value, List):
        return [text for item in value.items for text in _texts(item)]
    return [value.text] if isinstance(value, (Text, Markdown)) else []


def _in_text(text: str, place: Place, material: Material) -> Iterator[_Use]:
    lines = material.lines.get(place.file, [])
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    for match in _WORD.finditer(re.sub(r"`[^`]*`|https?://\S+|\]\([^)]*\)|\]\[[^\]]*\]", " ", text)):
        word = match.group()
        at = line.find(word, place.column - 1)
        certain = at >= 0 and line.count(word) == 1
        yield _Use(word, place._replace(column=at + 1, length=len(word)) if certain else place, certain)
