"""What pages say of versions and levels of support: where, and in which sentence. Facts are not asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from sitegen.facts import LIBRARIES
from sitegen.findings import Place
from sitegen.rules.markdown_source import MarkdownSource
from sitegen.rules.material import Common
from sitegen.values import STAGES, Text
from sitegen.version_ranges import VersionError
from sitegen.versions import parse_versions

_END = re.compile(r"[.!?](?:\s|$)")


def sentence_at(text: str, offset: int) -> str:
    """The sentence of a text that holds an offset."""
    start = max((match.end() for match in re.finditer(r"[.:!?]\s", text[:offset])), default=0)
    end = _END.search(text, offset)
    return text[start : end.start() if end else len(text)]


# --- versions ------------------------------------------------------------------------

_VERSION = re.compile(
    r"(?<![\w.<>=/~^!+-])(?:[><=~^]=?[ ]?)?v?(?P<number>[0-9]+(?:\.[0-9]+)+(?:(?:rc|a|b)[0-9]+)?)"
    r"(?![\w/%]|\.[0-9]|-[0-9])"
)
NEAR = 200  # characters around a word that are looked at; to look at all of them takes long in a long text
_LEADS = re.compile(
    r"(?:versions?|releases?|from|since|needs?|requires?|required|is|are|least|tracer|library|minimum|or|than|in|to)[\s:]*$",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(r"\+|\s+(?:or|and)\s+(?:later|newer|higher|above|up|upper)\b", re.IGNORECASE)
_UNIT = re.compile(r"\s*(?:%|(?:times|percent|[kMGT]i?B|ms|s|seconds?|minutes?|hours?|days?|million|billion)\b)")


class SaidVersion(NamedTuple):
    """A version that a page says: the number, its sentence, the page and the first line of the paragraph, its place."""

    number: str
    sentence: str
    source: MarkdownSource
    first: int
    place: Place


def said_versions(common: Common) -> list[SaidVersion]:
    """The versions that sentences of pages say that something needs or has."""
    found = []
    for source in common.pages:
        for first, text in source.paragraphs():
            for match in _VERSION.finditer(text):
                start, end = match.span()
                before, after = text[max(0, start - NEAR) : start], text[end : end + NEAR]
                if not _UNIT.match(after) and (_LEADS.search(before) or _FOLLOWS.match(after)):
                    number = match["number"]
                    place = source.at(first, text, match.start("number"), len(number))
                    found.append(SaidVersion(number, sentence_at(text, match.start()), source, first, place))
    return found


# --- levels --------------------------------------------------------------------------

LABELS = {label.lower(): word for word, (label, _) in STAGES.items()} | {"end-of-life": "eol"}
LABEL = re.compile(rf"\b(?:{'|'.join(sorted(LABELS, key=len, reverse=True))})\b", re.IGNORECASE)
_LEVEL = ("ga", "lts", "maintenance", "eol")  # the others are words of all days: "version 3 removed it"
_SAID_OF = re.compile(r"(?:\b(?:is|are|in|now)|[|:(])\s*(?:a\s+)?$", re.IGNORECASE)
_SET = r"(?P<set>[><]=?\s?[0-9][\w.]*(?:\s?,\s?<=?\s?[0-9][\w.]*)?)"


class SaidLevel(NamedTuple):
    """A level that a page says: its words, their place, and the versions of which it may be said, in their order."""

    label: str
    place: Place
    versions: tuple[str, ...]


def said_levels(common: Common) -> list[SaidLevel]:
    """The levels that paragraphs and rows of typed tables say of versions, one of each."""
    packages = _packages(common)
    found = []
    for source in common.pages:
        for first, text in _texts(source):
            label = _label(text)
            if label is not None:
                sentence = sentence_at(text, label.start())
                matches = _pattern(packages, text).finditer(text)
                versions = [_versions(match) for match in matches if sentence_at(text, match.start()) == sentence]
                place = source.at(first, text, label.start(), len(label.group()))
                found.append(SaidLevel(label.group(), place, tuple(said for said in versions if said)))
    return found


def asked_releases(common: Common) -> tuple[str, ...]:
    """The versions of which pages say a level, each once."""
    return tuple(dict.fromkeys(said for level in common.once(said_levels) for said in level.versions))


def _texts(source: MarkdownSource) -> Iterator[tuple[int, str]]:
    for first, masked in source.paragraphs():
        yield first, "\n".join(source.with_code[first - 1 : first + masked.count("\n")])
    for number in sorted(source.table_lines):
        yield number, source.with_code[number - 1]


def _label(text: str) -> re.Match[str] | None:
    labels = (
        found
        for found in LABEL.finditer(text)
        if LABELS[found.group().lower()] in _LEVEL or _SAID_OF.search(text, max(0, found.start() - NEAR), found.start())
    )
    return next(labels, None)


def _pattern(packages: Collection[str], text: str) -> re.Pattern[str]:
    """What names versions in a text. Of all the packages, only those that stand in it are looked for."""
    lowered = text.lower()
    named = [re.escape(name) for name in sorted(packages) if name.lower() in lowered]
    things = "|".join(("versions?", "releases?", "branch", *named))
    return re.compile(
        rf"{_SET}|\b(?:{things})\s+v?(?:(?P<minor>[0-9]+\.[0-9]+)|(?P<major>[0-9]+))(?:\.x)?(?!\w|\.\w)", re.IGNORECASE
    )


def _versions(match: re.Match[str]) -> str:
    """The versions that are named, or nothing where these are none."""
    text = re.sub(r"\s", "", match["set"] or "") or match["major"] or f"{match['minor']}.x"  # ".x": the whole branch
    try:
        parse_versions(text)
    except VersionError:
        return ""
    return text


def _packages(common: Common) -> set[str]:
    """What the libraries are called where they are installed: their texts but for their names."""
    dataset = common.shared.get(LIBRARIES)
    fields = (
        [name for name, kind in dataset.fields.items() if kind.name == "text" and name != "name"] if dataset else []
    )
    values = [
        alternative.value
        for record in (dataset.records.values() if dataset else ())
        for name in fields
        for alternative in (record.facts[name].alternatives if name in record.facts else ())
    ]
    return {value.text for value in values if isinstance(value, Text)}
