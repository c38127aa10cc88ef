"""The rule about words that are nearly another: slips of the keyboard."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from functools import lru_cache

from sitegen.findings import Edit, Finding, Fix, Place
from sitegen.rules.collecting import collected_of_common
from sitegen.rules.evidence import Use
from sitegen.rules.markdown_source import MarkdownSource
from sitegen.rules.material import Common, Overview, Part
from sitegen.values import STAGES, STATES

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


def near_words(overview: Overview) -> Iterator[Finding]:
    """A word that occurs once, one slip away from one that is known."""
    counts, uses = _of_site(overview)
    suspects = [use for use in uses if counts[use.word.lower()] == 1 or near_label(use.word.lower())]
    if not suspects:
        return
    index = _index({word for word, count in counts.items() if count > 1 and len(word) >= _SHORTEST})
    for use in suspects:
        word = use.word.lower()
        labels = _near(word, _LABEL_INDEX) if near_label(word) else set()
        for known in sorted(_near(word, index) | labels):
            closed = known in _LABELS
            usual = 2 if sorted(word) == sorted(known) else 3  # letters that changed places are surely a slip
            if (closed or (counts[word] == 1 and counts.get(known, 0) >= usual)) and _is_slip(word, known):
                fix = _fix(use, known) if closed and use.certain else None
                message = f"'{use.word}' is nearly '{known}'"
                yield Finding("near-word", message, use.place, f"did you mean '{_cased(use.word, known)}'?", fix=fix)
                break


def _of_site(overview: Overview) -> tuple[dict[str, int], list[Use]]:
    """How often each word of the site occurs, and where those that may be slips stand."""
    counts = dict(overview.common.once(_counts))
    uses = list(overview.common.once(_uses))
    for evidence in overview.evidence.values():
        uses += evidence.uses
        for word, count in evidence.words.items():
            counts[word] = counts.get(word, 0) + count
    return counts, uses


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


def _cased(word: str, known: str) -> str:
    return known.capitalize() if word[0].isupper() else known


def _fix(use: Use, known: str) -> Fix:
    place = use.place
    end = (place.line, place.column + len(use.word))
    return Fix(
        f"write '{_cased(use.word, known)}'",
        (Edit(place.file, (place.line, place.column), end, _cased(use.word, known)),),
    )


# --- the words of the common sources, and of a library -------------------------------


def _counts(common: Common) -> dict[str, int]:
    return dict(Counter(use.word.lower() for use in common.once(_uses)))


def words_of(texts: Iterable[tuple[str, Place]], part: Part) -> tuple[dict[str, int], list[Use]]:
    """How often the words of texts occur, and where those stand that may be slips.

    Words that the common sources have often are left out: they are known, and a library adds nothing to that.
    """
    known = part.common.once(_counts)
    counts: dict[str, int] = {}
    spots: list[tuple[str, str, Place]] = []
    for text, place in texts:
        for word, lowered in _long_words(text):
            count = counts.get(lowered, 0)
            if count or known.get(lowered, 0) < _ENOUGH or near_label(lowered):
                counts[lowered] = count + 1
                spots.append((lowered, word, place))
    once = {word for word, count in counts.items() if (count == 1 and word not in known) or near_label(word)}
    uses = [_use(word, place, part) for lowered, word, place in spots if lowered in once]
    return counts, uses


def _uses(common: Common) -> list[Use]:
    """The words of pages, of texts in common facts, and of headers and captions, that are long enough."""
    part = Part(common, common.shared, {})
    found: list[Use] = []
    for source in common.pages:
        for number, line in enumerate(source.prose, 1):
            found += _in_line(source, number, line, 0, certain=True)
        found += _in_front_matter(source, common)
    for text, place in [*common.once(collected_of_common).texts, *_of_tables(common)]:
        found += (_use(word, place, part) for word, _ in _long_words(text))
    return found


def _in_line(source: MarkdownSource, number: int, line: str, start: int, *, certain: bool) -> Iterator[Use]:
    for match in _WORD.finditer(line, start):
        if _is_long(match.group()):
            yield Use(match.group(), source.place(number, match.start(), len(match.group())), certain)


def _in_front_matter(source: MarkdownSource, common: Common) -> Iterator[Use]:
    for number, line in enumerate(common.lines_of(source.file)[1 : max(1, source.first - 2)], 2):
        text = re.sub("<<.*?>>", lambda match: " " * len(match.group()), line)
        if re.match(r"\s*(?:- )?(?:title|text|description):", text):
            yield from _in_line(source, number, text, text.index(":"), certain=False)


def _of_tables(common: Common) -> Iterator[tuple[str, Place]]:
    for table in common.site.tables.values():
        varying = [*(column.header for column in table.columns), table.caption] if table else []
        for templates in varying:
            for alternative in templates.alternatives if templates else ():
                yield re.sub("<<.*?>>", " ", alternative.value.source), alternative.place
        for column in table.columns if table else ():
            yield from ((word, column.place) for word in column.words.values())


@lru_cache(maxsize=1 << 15)
def _long_words(text: str) -> tuple[tuple[str, str], ...]:
    """The words of a text that are long enough, as they are written and in small letters; facts repeat their texts."""
    prose = re.sub(r"`[^`]*`|https?://\S+|\]\([^)]*\)|\]\[[^\]]*\]", " ", text)
    return tuple((word, word.lower()) for word in _WORD.findall(prose) if _is_long(word))


def _is_long(word: str) -> bool:
    return len(word.lower()) >= _SHORTEST - 1 and word.lower() not in _LABELS


def _use(word: str, place: Place, part: Part) -> Use:
    """A word of a fact: where it stands, if its line has it once."""
    lines = part.lines_of(place.file)
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    at = line.find(word, place.column - 1)
    if at < 0 or line.count(word) != 1:
        return Use(word, place, certain=False)
    return Use(word, place._replace(column=at + 1, length=len(word)), certain=True)
