"""Rules about slips in texts: placeholders, doubled words, code that is not closed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from sitegen.findings import Finding
from sitegen.rules.markdown_source import masked
from sitegen.rules.material import Overview, Part
from sitegen.rules.statements import Statement, place_in, statements


class _Slip(NamedTuple):
    start: int
    words: str
    message: str
    hint: str


_Find = Callable[[str], tuple[_Slip, ...]]

# "TODO comments" and "a TODO list" are things that a product may have.
_PLACEHOLDER = re.compile(
    r"(?<![\w/.#@\"'-])(?:TODO|TBD|FIXME)(?![\w/\"'-]|\.\w|\s+(?:comment|list|item|app|tag|marker|task|note|test|statement)s?\b)"
    r"|(?i:\blorem ipsum\b)"
)
_NOUN = re.compile(
    r"\b(?:a|an|the|this|that|these|both|outdated|obsolete|redundant|minor"
    r"|(?:remove|resolve|complete|fix|add|clarify)(?:s|es|d|ed)?)\s+$",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"(?i)\W*(todo|tbd|fixme)\W*")


@lru_cache(maxsize=1 << 15)
def _placeholders(text: str) -> tuple[_Slip, ...]:
    whole = _WHOLE.fullmatch(text)
    found = (m for m in _PLACEHOLDER.finditer(text) if not _NOUN.search(text[: m.start()]))
    matches = [(whole.start(1), whole[1])] if whole else [(m.start(), m.group()) for m in found]
    hint = "write what is missing, or leave it out"
    return tuple(_Slip(start, word, f"'{word}' is a placeholder", hint) for start, word in matches)


_DOUBLED = re.compile(
    r"(?<![\w'’&.:/\"“-])(?P<one>a|[^\W\d_]{2,})(?:[ \t]+|[ \t]*\n[ \t>]*)[*_]*(?P<two>(?P=one))(?![\w'’-]|\.\w)",
    re.IGNORECASE,
)
# Words that follow themselves in a right sentence: "that that", German "die die", French "nous nous".
_REPEATED_WORDS = """
had that her you it do no so far very long many much more again was bye ha blah new yes
die der das den dem sie nous vous det dat som att hij que si
"""
_REPEATED = frozenset(_REPEATED_WORDS.split())
# "what it is is", "logged in in the background".
_BEFORE_REPEATED = re.compile(
    r"\b(?:what|it|this|all|(?:log|sign|opt|turn|switch|check|plug|fill|build|be|is|are|was|were|com|go|mov|stay)\w*)\W+$",
    re.IGNORECASE,
)
_PARTICLES = frozenset(("is", "in", "on", "up", "out", "by"))


def _begins(word: str, before: str) -> bool:
    """Whether a word with a capital begins a sentence."""
    return word[1:] == word[1:].lower() and re.search(r"(?:^|[.!?:|\ufffc]|\n)[\s>*_#-]*$", before) is not None


@lru_cache(maxsize=1 << 15)
def _doubled(text: str) -> tuple[_Slip, ...]:
    found = []
    for match in _DOUBLED.finditer(text):
        one, two = match["one"], match["two"]
        lowered = two.lower()
        before = text[: match.start()]
        if not two.islower() or lowered in _REPEATED or not (one.islower() or _begins(one, before)):
            continue
        alone = "\n" in match.group() and not before.rpartition("\n")[2].strip()
        if alone:  # a line of its own is no sentence: it may be code
            continue
        if lowered in _PARTICLES and _BEFORE_REPEATED.search(before):
            continue
        found.append(_Slip(match.start("two"), two, f"the word '{two}' is doubled", "remove one of the two"))
    return tuple(found)


_FENCE = re.compile(r"(?:^|\n)[ \t>]*(?:(?:[-*+]|[0-9]+[.)])[ \t]+)?`{3,}$")
_RUN = re.compile(r"(?P<escaped>\\[\\`])|(?P<run>`+)")


@lru_cache(maxsize=1 << 15)
def _open_code(text: str) -> tuple[_Slip, ...]:
    """A run of backticks that no other of its length closes, as CommonMark reads it."""
    runs = [match for match in _RUN.finditer(text) if "`" in match.group()] if "`" in text else []
    index = 0
    while index < len(runs):
        run = runs[index]
        index += 1
        if run["escaped"] or _FENCE.search(text[: run.end()]):
            continue
        close = next(
            (i for i in range(index, len(runs)) if len(runs[i].group().lstrip("\\")) == len(run.group())), None
        )
        if close is None:
            hint = f"close it with {run.group()}, or write \\` for the sign itself"
            return (_Slip(run.start(), run.group(), "the code that begins here is not closed", hint),)
        index = close + 1
    return ()


def placeholders_in_records(part: Part) -> Iterator[Finding]:
    """A placeholder in a text of a record."""
    return _in_records(part, "placeholder-text", _placeholders)


def placeholders_in_pages(overview: Overview) -> Iterator[Finding]:
    """A placeholder on a page, in a header or a caption."""
    return _in_pages(overview, "placeholder-text", _placeholders)


def doubled_in_records(part: Part) -> Iterator[Finding]:
    """A word that is doubled in a text of a record."""
    return _in_records(part, "doubled-word", _doubled)


def doubled_in_pages(overview: Overview) -> Iterator[Finding]:
    """A word that is doubled on a page, in a header or a caption."""
    return _in_pages(overview, "doubled-word", _doubled)


def open_code_in_records(part: Part) -> Iterator[Finding]:
    """Code that is not closed in a value of Markdown or a note."""
    for statement in part.once(statements):
        for slip in _open_code(statement.text) if statement.markdown else ():
            yield _told(part, "open-code", statement, slip)


def open_code_in_pages(overview: Overview) -> Iterator[Finding]:
    """The same in a paragraph, a list item or a row of a typed table."""
    for source in overview.common.pages:
        for first, text in source.texts:
            lines = source.without_templates[first - 1 : first + text.count("\n")] if first >= source.first else []
            if lines and not re.match(r" {4}|\t", lines[0]):
                code = "\n".join(lines)
                for slip in _open_code(code):
                    yield Finding(
                        "open-code", slip.message, source.at(first, code, slip.start, len(slip.words)), slip.hint
                    )


def _in_records(part: Part, code: str, find: _Find) -> Iterator[Finding]:
    for statement in part.once(statements):
        for slip in find(masked(statement.text) if statement.markdown else statement.text):
            yield _told(part, code, statement, slip)


def _told(part: Part, code: str, statement: Statement, slip: _Slip) -> Finding:
    place = place_in(part, statement, slip.start, len(slip.words))
    return Finding(code, slip.message, place, slip.hint, subject=statement.subject)


def _in_pages(overview: Overview, code: str, find: _Find) -> Iterator[Finding]:
    for source in overview.common.pages:
        for first, text in source.texts:
            for slip in find(text):
                yield Finding(code, slip.message, source.at(first, text, slip.start, len(slip.words)), slip.hint)
    for table in overview.common.site.tables.values():
        texts = [*(column.header for column in table.columns), table.caption] if table else []
        for varying in texts:
            for alternative in varying.alternatives if varying else ():
                for slip in find(masked(alternative.value.source)):
                    yield Finding(code, slip.message, alternative.place, slip.hint)
