"""The rule about words that are nearly equal to another word: typos."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from functools import lru_cache
from itertools import chain, takewhile

from sitegen.facts.values import STAGES, STATES
from sitegen.findings import Edit, Finding, Fix, Place
from sitegen.markdown.raw_page import RawPage, prose_of
from sitegen.rules.context import LintContext, LintUnit, UnitSummary, WordUse, cached, shared_unit

_SHORTEST = 7
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LABELS = frozenset(
    word.lower() for label in (*(label for label, _ in STAGES.values()), *STATES.values()) for word in label.split()
)
# Pairs of correct English words that differ by one letter.
_CORRECT = """
content context, tracking tracing, tracking trucking,
contest context, adapter adaptor, tracing trading, affecting effecting, casting costing,
extended expended, formally formerly, loading leading, locking looking, mapping mopping, parsing passing,
patching parching, personal personnel, planning planting, polling pulling, preceding proceeding, principal principle,
sorting sporting, staging staying, stating staging, testing tasting, testing texting, through thorough,
waiting wanting, working wording, routing rousing, protect project, protected projected, protection projection,
hosting hoisting, causing casing, missing mussing, setting sitting, reading rearing, running ruining
"""
_PAIRS = frozenset(frozenset(pair.split()) for pair in _CORRECT.split(","))
_VARIANTS = (("s", "z"), ("c", "s"), ("o", "ou"), ("e", "ae"), ("l", "ll"))
_DOUBLED = (("t", "tt"), ("p", "pp"), ("g", "gg"), ("s", "ss"))  # "focused" and "focussed"
_FREQUENT = 3  # a word that occurs so often is correct

_Index = ReadOnly[str, set[str]]


def near_words(_: LintContext, summary: UnitSummary) -> Iterator[Finding]:
    """A word that occurs once, one typo away from a frequent word or a level of support."""
    counts = summary.words
    suspects = [use for use in summary.uses if counts[use.word.lower()] == 1 or _is_near_label(use.word.lower())]
    index = _index({word for word, count in counts.items() if count > 1 and len(word) >= _SHORTEST} if suspects else ())
    for use in suspects:
        word = use.word.lower()
        labels = _near(word, _LABEL_INDEX) if _is_near_label(word) else set()
        for other in sorted(_near(word, index) | labels):
            is_label = other in _LABELS
            least = 2 if sorted(word) == sorted(other) else 3  # swapped letters are certainly a typo
            if (is_label or (counts[word] == 1 and counts.get(other, 0) >= least)) and _is_typo(word, other):
                correct = other.capitalize() if use.word[0].isupper() else other
                fix = _fix(use, correct) if is_label and use.certain else None
                message, hint = f"'{use.word}' may be a typo for '{other}'", f"did you mean '{correct}'?"
                yield Finding("near-word", message, use.place, hint, fix=fix)
                break


def _fix(use: WordUse, correct: str) -> Fix:
    line, column = use.place.line, use.place.column
    edit = Edit(use.place.file, (line, column), (line, column + len(use.word)), correct)
    return Fix(f"write '{correct}'", (edit,))


def _near(word: str, index: _Index) -> set[str]:
    """The words of an index one edit away."""
    near = {other for form in _shortened(word) for other in index.get(form, ())}
    if len(word) < _SHORTEST:  # in a word so short, only a missing double letter is certainly a typo
        near = {other for other in near if word in re.sub(r"(.)\1", r"\1", other)}
    return near


def _index(words: Iterable[str]) -> _Index:
    """Words by each of their shortened forms."""
    index: dict[str, set[str]] = {}
    for word in words:
        for form in _shortened(word):
            index.setdefault(form, set()).add(word)
    return index


@lru_cache(maxsize=1 << 16)
def _is_near_label(word: str) -> bool:
    """Whether a word is one typo away from a level or state of support."""
    return any(_is_typo(word, label) for label in _near(word, _LABEL_INDEX))


def _shortened(word: str) -> Iterator[str]:
    """The word, and the word without any one letter: words one edit apart share one of these."""
    yield word
    for index in range(1, len(word)):
        yield word[:index] + word[index + 1 :]


def _is_typo(word: str, correct: str) -> bool:
    """Whether one edit leads from a word to the other, other than at the end, where words are inflected."""
    if word == correct or word[0] != correct[0] or frozenset((word, correct)) in _PAIRS:
        return False
    start = len([*takewhile(lambda letters: letters[0] == letters[1], zip(word, correct, strict=False))])
    rest, other = word[start:], correct[start:]
    if rest[:2] == other[1::-1] and rest[2:] == other[2:] and len(rest) > 1:
        return {rest, other} != {"er", "re"}  # as in "center" and "centre"
    if word[-2:] != correct[-2:]:
        return False
    variants = (*_VARIANTS, *(_DOUBLED if word.endswith(("ed", "ing", "er", "or")) else ()))
    for one, two in (*variants, *((b, a) for a, b in variants)):
        if rest.startswith(one) and other.startswith(two) and rest[len(one) :] == other[len(two) :]:
            return False
    return rest[1:] == other or rest == other[1:] or rest[1:] == other[1:]


_LABEL_INDEX = _index(label for label in _LABELS if len(label) >= _SHORTEST)


# --- the words of a unit -------------------------------------------------------------

_Words = tuple[ReadOnly[str, int], tuple[WordUse, ...]]


def words_of(unit: LintUnit) -> _Words:
    """How often each long word occurs in a unit, and the places of those that may be misspelt.

    For a library, without words that are frequent in the shared sources.
    """
    shared = _shared_words(unit.context)
    return _words(unit, shared[0]) if unit.is_library else shared


@cached
def _shared_words(context: LintContext) -> _Words:
    return _words(shared_unit(context, {}), {})


def _words(unit: LintUnit, known: ReadOnly[str, int]) -> _Words:
    counts: Counter[str] = Counter()
    facts: list[tuple[str, str, Place]] = []
    prose = [(page, *found) for page in unit.pages for found in _words_of_page(page)]
    counts.update(lowered for _, lowered, *_ in prose)
    for text, place in chain(((text.text, text.place) for text in unit.fact_texts), _texts_of_tables(unit)):
        for word, lowered in _long_words(text):
            if lowered in counts or known.get(lowered, 0) < _FREQUENT or _is_near_label(lowered):
                counts[lowered] += 1
                facts.append((lowered, word, place))
    once = {word for word, count in counts.items() if (count == 1 and word not in known) or _is_near_label(word)}
    uses = (
        WordUse(match[0], page.place_of(match, number), certain)
        for page, lowered, match, number, certain in prose
        if lowered in once
    )
    return counts, (*uses, *(_use_in_fact(word, place, unit) for lowered, word, place in facts if lowered in once))


def _words_of_page(page: RawPage) -> Iterator[tuple[str, re.Match[str], int, bool]]:
    """The long words of a page, and those of titles, texts and descriptions in its front matter.

    Each is in lower case, with its match, its line, and whether it is certainly in the column of the match.
    """
    texts = [(number, line, True) for number, line in enumerate(page.prose, 1)]
    texts += [(number, text, False) for number, text in page.meta]
    for number, text, certain in texts:
        for match in _WORD.finditer(text):
            lowered = match[0].lower()
            if _is_long(lowered):
                yield lowered, match, number, certain


def _texts_of_tables(unit: LintUnit) -> Iterator[tuple[str, Place]]:
    """The texts of headers, captions and cells of tables."""
    for varying in unit.table_texts:
        for alternative in varying.alternatives:
            yield alternative.value.source, alternative.place
    columns = {column.place: column for table in unit.tables for column in table.all_columns}  # inherited ones once
    for column in columns.values():
        yield from ((word, column.place) for word in column.presentation.words.values())


@lru_cache(maxsize=1 << 15)
def _long_words(text: str) -> tuple[tuple[str, str], ...]:
    """The long words of a text, as written and in lower case. The result is cached since facts repeat their texts."""
    return tuple((word, word.lower()) for word in _WORD.findall(prose_of(text)) if _is_long(word.lower()))


def _is_long(lowered: str) -> bool:
    return len(lowered) >= _SHORTEST - 1 and lowered not in _LABELS


def _use_in_fact(word: str, place: Place, unit: LintUnit) -> WordUse:
    """A word of a fact: at its own place if its line contains it once, else at the place of the fact."""
    line = unit.line_at(place)
    at = line.find(word, place.column - 1)
    if at < 0 or line.count(word) != 1:
        return WordUse(word, place, certain=False)
    return WordUse(word, place._replace(column=at + 1, length=len(word)), certain=True)
