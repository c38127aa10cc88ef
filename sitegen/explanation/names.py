"""The names in questions: how they are compared, and what a misspelt or shortened name may mean."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from sitegen.facts.datasets import Record
from sitegen.facts.values import STAGES, STATES, Markdown, Text, Value, plain_items
from sitegen.findings import Place


def word_set(text: str) -> frozenset[str]:
    """The words of a text, separated by blanks."""
    return frozenset(text.split())


GENERIC = word_set(
    "minimum min minimal maximum max lowest highest oldest newest earliest latest first last since from until required "
    "support supported supports level status state stage maturity available availability compatible compatibility "
    "version versions release releases generation range ranges number type tracer library package is the a an of for in"
)
"""Words of a header that do not name the subject of the column."""

NEGATIVE = word_set(
    "no not none never without unsupported unavailable incompatible untested excluded except only limited limitations "
    "partial partially deprecated removed discontinued obsolete legacy eol planned upcoming future beta alpha preview "
    "experimental issue issues problem problems bug bugs n/a ✗ ✘ ✖ ❌ ❎ 🚫 ⛔ - – — non nothing broken retired "
    "dropped disabled withdrawn sunset yanked ceased abandoned archived ended expired pending soon tbd tba wip fails "
    "roadmap failed failing crashes insecure vulnerable vulnerability vulnerabilities unstable prerelease prohibited "
    "forbidden disallowed denied rejected impossible incomplete false affected"
)
"""Words that qualify the support of a name next to them."""
_NEGATIVE_TOGETHER = ("end of", "pre release", "in progress", "in development", "under development", "best effort")


@lru_cache(maxsize=65536)
def key(text: str) -> str:
    """A name in normal form, the same for `X86_64` and `x86-64`, or `HTTP-Monitoring` and `http monitoring`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = re.sub(r"(?<=\d)[\s_-]+(?=\d)", "-", folded)
    folded = re.sub(r"(?<!\d)[\s_-]+|[\s_-]+(?!\d)", "", folded)
    return re.sub(r"(?<!\d)\.|\.(?!\d)|[()\[\]?!:;,\"'`]", "", folded)


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """The words of a text, without punctuation and case."""
    parts = re.split(r"[\s/_()?!,;:]+", text.casefold())
    return tuple(word for part in parts if (word := part.strip(".'\"`*")))


def says_no(*texts: str) -> bool:
    """Whether one of the texts next to a name qualifies its support."""
    return any(map(_qualifies, texts))


@lru_cache(maxsize=65536)
def _qualifies(text: str) -> bool:
    parts = words(text.replace("-", " "))
    together = f" {' '.join(parts)} "
    return not NEGATIVE.isdisjoint((*parts, *words(text), *text.casefold().split())) or any(
        f" {t} " in together for t in _NEGATIVE_TOGETHER
    )


def is_refusal(text: str) -> bool:
    """Whether a name contains the statement that the thing is not supported."""
    return re.search(r"\b(not supported|unsupported|no longer|discontinued)\b", text.casefold()) is not None


@lru_cache(maxsize=65536)
def spellings(text: str) -> tuple[tuple[str, str], ...]:
    """The names in a text, each with what qualifies it: `Composition Analysis (SCA)` has three.

    Brackets that are not one plain word, such as `(3.13+)` and `(beta)`, qualify the text before them, and so does the
    mark of a footnote.
    """
    match = re.fullmatch(r"(.*\S)\s*[\[(](\^[^\[\]]+(?=\])|[^()]+(?=\)))[\])]", text)
    if match is None:
        parts = text.split(", ") if ", " in text and not says_no(text) else ()
        return (text, ""), *((part.strip(), "") for part in parts)
    outer, inner = match.groups()
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9.+-]*", inner) and not (
        says_no(inner) or inner.casefold() in (*STATES, *STAGES)
    )
    return ((text, ""), (outer, ""), (inner, "")) if plain else ((text, ""), (outer, inner))


def texts_in(value: Value) -> Iterator[str]:
    """The texts of a value, one by one."""
    return (item.text for item in plain_items(value) if isinstance(item, Text))


def names_in(value: Value) -> Iterator[str]:
    """The texts of a name, also if it is Markdown without marks, except that of a footnote at the end."""
    plain = (item.text for item in plain_items(value) if isinstance(item, Markdown))
    yield from (*texts_in(value), *(text for text in plain if re.fullmatch(r"[^][*_`<]+(\[\^[^][]+\])?", text)))


def other_names(record: Record) -> Iterator[tuple[str, Place]]:
    """The names of a record in all contexts and on all days: its aliases, former ids, values of `name`, and its id.

    An id that is one word of a longer name, such as `spring` of `Spring Boot`, may mean something else and is left out.
    """
    yield from ((alias.text, alias.place) for alias in (*record.aliases, *record.was))
    part = False
    for alternative in record.alternatives("name"):
        for text in names_in(alternative.value):
            yield text, alternative.place
            part |= record.id in words(text) and all(key(record.id) != key(name) for name, _ in spellings(text))
    if not part:
        yield record.id, record.place


def _stem(word: str) -> str:
    """A word without its ending: `trac` for `tracing` and `traces`, `log` for `logging` and `logs`."""
    return re.sub(r"(.)\1$", r"\1", re.sub(r"(?<=...)(ing|er|ed|e|ion)?s?$|(?<=...)es$", "", word))


def near(word: str, known: Iterable[str]) -> list[str]:
    """Up to four known names that a word may be a misspelling or a part of, the best first."""
    folded = word.casefold()
    by_key = {text.casefold(): text for text in sorted(known, reverse=True) if len(text) < 80}
    found = difflib.get_close_matches(folded, by_key, n=3, cutoff=0.75)
    own = set(words(word))
    by_words = {name: set(words(name)) for name in by_key}
    parts = [name for name, of_name in by_words.items() if own and (own <= of_name or of_name < own)]
    stems = set(map(_stem, own))
    parts += [name for name, of_name in by_words.items() if stems and stems <= set(map(_stem, of_name))]
    close = [name for name in by_key if difflib.get_close_matches(folded, words(name), n=1, cutoff=0.8)]
    inside = [name for name in by_key if len(folded) > 2 and folded in name]
    return [by_key[name] for name in dict.fromkeys((*found, *parts, *close, *inside))][:4]
