"""The rule about words that are nearly another: slips of the keyboard."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from sitegen.facts.values import STAGES, STATES
from sitegen.findings import Edit, Finding, Fix, Place
from sitegen.rules.parts import Common, Linked, Part, Use, common_part

if TYPE_CHECKING:
    from sitegen.markdown.raw_page import RawPage

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
_ENOUGH = 3  # a word that occurs as often is known


_Index = ReadOnly[str, set[str]]


def near_words(linked: Linked) -> Iterator[Finding]:
    """A word that occurs once, one slip away from one that is known."""
    counts, uses = linked.summary.words, linked.summary.uses
    suspects = [use for use in uses if counts[use.word.lower()] == 1 or near_label(use.word.lower())]
    index = _index({word for word, count in counts.items() if count > 1 and len(word) >= _SHORTEST} if suspects else ())
    for use in suspects:
        word = use.word.lower()
        labels = _near(word, _LABEL_INDEX) if near_label(word) else set()
        for known in sorted(_near(word, index) | labels):
            closed = known in _LABELS
            usual = 2 if sorted(word) == sorted(known) else 3  # letters that changed places are surely a slip
            if (closed or (counts[word] == 1 and counts.get(known, 0) >= usual)) and _is_slip(word, known):
                right = known.capitalize() if use.word[0].isupper() else known
                fix = _fix(use, right) if closed and use.certain else None
                yield Finding(
                    "near-word", f"'{use.word}' is nearly '{known}'", use.place, f"did you mean '{right}'?", fix=fix
                )
                break


def _fix(use: Use, right: str) -> Fix:
    place = use.place
    end = (place.line, place.column + len(use.word))
    return Fix(f"write '{right}'", (Edit(place.file, (place.line, place.column), end, right),))


def _near(word: str, index: _Index) -> set[str]:
    """The words of an index one edit away."""
    near = {known for form in _shortened(word) for known in index.get(form, ())}
    if len(word) < _SHORTEST:  # as short as that, only a letter that should be doubled is a slip for certain
        near = {known for known in near if word in re.sub(r"(.)\1", r"\1", known)}
    return near


def _index(words: Iterable[str]) -> _Index:
    """Words by each of their shortened forms."""
    index: dict[str, set[str]] = {}
    for word in words:
        for form in _shortened(word):
            index.setdefault(form, set()).add(word)
    return index


@lru_cache(maxsize=1 << 16)
def near_label(word: str) -> bool:
    """Whether a word is one slip away from a level or state of support."""
    return any(_is_slip(word, label) for label in _near(word, _LABEL_INDEX))


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


_LABEL_INDEX = _index(label for label in _LABELS if len(label) >= _SHORTEST)


# --- the words of a part --------------------------------------------------------------


_Words = tuple[ReadOnly[str, int], tuple[Use, ...]]


def words_of(part: Part) -> _Words:
    """How often each long word occurs in a part, and the places of those that may be misspelt.

    For a library, words that the common sources contain often are left out, since they are known already.
    """
    common = part.common.once(_words_of_common)
    return _words(part, common[0]) if part.own else common


def _words_of_common(common: Common) -> _Words:
    return _words(common_part(common, {}), {})


def _words(part: Part, known: ReadOnly[str, int]) -> _Words:
    counts: Counter[str] = Counter()
    uses: list[Use] = []
    loose: list[tuple[str, str, Place]] = []
    for source in part.pages:
        uses += _of_page(source, part)
    counts.update(use.word.lower() for use in uses)
    texts = chain(((statement.text, statement.place) for statement in part.statements), _of_tables(part))
    for text, place in texts:
        for word, lowered in _long_words(text):
            if lowered in counts or known.get(lowered, 0) < _ENOUGH or near_label(lowered):
                counts[lowered] += 1
                loose.append((lowered, word, place))
    once = {word for word, count in counts.items() if (count == 1 and word not in known) or near_label(word)}
    uses = [use for use in uses if use.word.lower() in once]
    return counts, (*uses, *(_use(word, place, part) for lowered, word, place in loose if lowered in once))


def _of_page(source: RawPage, part: Part) -> Iterator[Use]:
    """The long words of a page, and those of titles, texts and descriptions in its front matter."""
    for number, line in enumerate(source.prose, 1):
        yield from _in_line(source, number, line, 0, certain=True)
    for number, line in enumerate(part.lines_of(source.file)[1 : max(1, source.first - 2)], 2):
        text = re.sub("<<.*?>>", lambda match: " " * len(match.group()), line)
        if re.match(r"\s*(?:- )?(?:title|text|description):", text):
            yield from _in_line(source, number, text, text.index(":"), certain=False)


def _in_line(source: RawPage, number: int, line: str, start: int, *, certain: bool) -> Iterator[Use]:
    for match in _WORD.finditer(line, start):
        if _is_long(match.group()):
            yield Use(match.group(), source.place_of(match, number), certain)


def _of_tables(part: Part) -> Iterator[tuple[str, Place]]:
    """The texts of headers, captions and cells of tables."""
    for varying in part.table_texts:
        for alternative in varying.alternatives:
            yield re.sub("<<.*?>>", " ", alternative.value.source), alternative.place
    for table in part.tables:
        for column in table.columns:
            yield from ((word, column.place) for word in column.words.values())


@lru_cache(maxsize=1 << 15)
def _long_words(text: str) -> tuple[tuple[str, str], ...]:
    """The words of a text that are long enough, as they are written and in small letters; facts repeat their texts."""
    prose = re.sub(r"`[^`]*`|https?://\S+|\]\([^)]*\)|\]\[[^\]]*\]", " ", text)
    return tuple((word, word.lower()) for word in _WORD.findall(prose) if _is_long(word))


def _is_long(word: str) -> bool:
    return len(word.lower()) >= _SHORTEST - 1 and word.lower() not in _LABELS


def _use(word: str, place: Place, part: Part) -> Use:
    """A word of a fact: at its own place, if its line contains it once."""
    line = part.line_at(place)
    at = line.find(word, place.column - 1)
    if at < 0 or line.count(word) != 1:
        return Use(word, place, certain=False)
    return Use(word, place._replace(column=at + 1, length=len(word)), certain=True)
