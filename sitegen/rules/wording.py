"""Rules about mistakes in texts: placeholders, doubled words, open code, characters that deceive the eye."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from sitegen.findings import Finding, Place
from sitegen.markdown.raw_page import prose_of
from sitegen.markdown.scanner import Span, scan_all

if TYPE_CHECKING:
    from sitegen.rules.parts import Part, Statement


class _Slip(NamedTuple):
    """A mistake in a text: where it starts, its words, and what to report."""

    start: int
    words: str
    message: str
    hint: str

    def at(self, place: Place, code: str, subject: tuple[str, str] | None = None) -> Finding:
        return Finding(code, self.message, place, self.hint, subject=subject)


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


@lru_cache(maxsize=1 << 15)
def _open_code(text: str) -> tuple[_Slip, ...]:
    return _unclosed(text, scan_all(text)) if "`" in text else ()


def _unclosed(text: str, spans: Iterable[Span]) -> tuple[_Slip, ...]:
    """The first run of backticks that no other of its length closes."""
    for span in spans:
        ticks = text[span.start : span.end]
        if span.kind == "unclosed code" and not _FENCE.search(text[: span.end]):
            hint = f"close it with {ticks}, or write \\` for the sign itself"
            return (_Slip(span.start, ticks, "the code that begins here is not closed", hint),)
    return ()


def placeholders(part: Part) -> Iterator[Finding]:
    """A placeholder in a text."""
    return _in_texts(part, "placeholder-text", _placeholders)


def doubled_words(part: Part) -> Iterator[Finding]:
    """A word that is doubled in a text."""
    return _in_texts(part, "doubled-word", _doubled)


def open_code(part: Part) -> Iterator[Finding]:
    """Code that is not closed in a value of Markdown or a note, a paragraph, a list item or a row of a typed table."""
    for statement in part.statements:
        for slip in _open_code(statement.text) if statement.markdown else ():
            yield _in_statement(part, "open-code", statement, slip)
    for source in part.pages:
        for block in source.blocks:
            for slip in _unclosed(block.text, block.spans) if not re.match(r" {4}|\t", block.text) else ():
                yield slip.at(source.place_in(block.line, block.text, slip.start, len(slip.words)), "open-code")


def _in_texts(part: Part, code: str, find: Callable[[str], tuple[_Slip, ...]]) -> Iterator[Finding]:
    """What a function finds in the texts of records and pages, and in the headers and captions of tables."""
    for statement in part.statements:
        for slip in find(prose_of(statement.text) if statement.markdown else statement.text):
            yield _in_statement(part, code, statement, slip)
    for source in part.pages:
        for first, text in source.texts:
            for slip in find(text):
                yield slip.at(source.place_in(first, text, slip.start, len(slip.words)), code)
    for varying in part.table_texts:
        for alternative in varying.alternatives:
            for slip in find(prose_of(alternative.value.source)):
                yield slip.at(alternative.place, code)


def _in_statement(part: Part, code: str, statement: Statement, slip: _Slip) -> Finding:
    return slip.at(part.place_in(statement, slip.start, len(slip.words)), code, statement.subject)


# --- characters that deceive the eye -------------------------------------------------

# A blank that no search for a blank finds; where signs of French or numbers are next to it, it is meant.
_HARD_BLANK = re.compile("(?<![\u00ab\\d])\u00a0(?![:;!?\u00bb%\u20ac\\d])")
# What has no width, turns text around, or looks like a letter and is blank.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e01ef]"
)
_JOINERS, _MARKS = "\u200c\u200d", "\u200e\u200f\u061c"
_TURNS, _ENDS = "\u202a\u202b\u2066\u2067\u2068", "\u202c\u2069"  # what sets a direction, and what ends it
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_TAGS = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")  # the flag of a region
# Scripts in which joiners shape the letters, and those that are written without blanks.
_JOINING = re.compile("[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\ua87f\ufb50-\ufdff\ufe70-\ufefe]")
_UNSPACED = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def hidden_characters(part: Part) -> Iterator[Finding]:
    """Characters in the files of a part that nobody sees."""
    return _in_lines(part, _hidden)


def mixed_scripts(part: Part) -> Iterator[Finding]:
    """Words in the files of a part with letters of two scripts."""
    return _in_lines(part, _mixed)


def _in_lines(part: Part, find: Callable[[str, Place], Iterator[Finding]]) -> Iterator[Finding]:
    own = part.common.site.own_files
    for name, data in part.texts.items():
        if not data.isascii() and own.get(name, "") == part.library:
            for number, line in enumerate(part.lines_of(name), 1):
                if not line.isascii():
                    yield from find(line, Place(name, number, 1))


def _hidden(line: str, place: Place) -> Iterator[Finding]:
    """One finding for the characters of a line."""
    flags = {at for match in _TAGS.finditer(line) for at in range(*match.span())}
    found = [match.start() for match in _HIDDEN.finditer(line) if match.start() not in flags]
    blanks = () if place.file.endswith(".md") else _HARD_BLANK.finditer(line)  # pages may set their lines so
    rtl = any(unicodedata.bidirectional(sign) in ("R", "AL", "AN") for sign in line) if found else False
    wrong = sorted([*(at for at in found if not _is_meant(line, at, rtl=rtl)), *(m.start() for m in blanks)])
    if wrong:
        sign = line[wrong[0]]
        name = unicodedata.name(sign, "").lower()
        more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        message = f"invisible character U+{ord(sign):04X}{f' ({name})' if name else ''}{more}"
        yield Finding("hidden-character", message, place._replace(column=wrong[0] + 1), "remove it")


def _is_meant(line: str, at: int, *, rtl: bool) -> bool:
    """Whether an invisible character has a use where it is: in an emoji, or in a script that needs it."""
    sign, before, after = line[at], line[at - 1 : at], line[at + 1 : at + 2]
    if _SELECTORS.match(sign):  # it chooses a form of a symbol, a digit or an ideograph
        letter = not before or before.isspace() or before.isalpha() or _SELECTORS.match(before)
        return not letter or _UNSPACED.match(before) is not None
    if sign in _JOINERS:
        emoji = all(one and not one.isalnum() and not one.isspace() and ord(one) > 0x2000 for one in (before, after))
        return (emoji and sign == "\u200d") or (before != "" and _JOINING.match(before) is not None)
    if sign in _MARKS:
        return rtl
    if sign == "\u200b":
        return all(one and _UNSPACED.match(one) for one in (before, after))
    turns = sum(one in _TURNS for one in line)
    return rtl and sign in _TURNS + _ENDS and turns == sum(one in _ENDS for one in line)


# --- letters of two scripts ------------------------------------------------------------

_WORD = re.compile(r"[^\W\d_]{2,}")
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "FULLWIDTH", "MATHEMATICAL")
# Greek letters that look like Latin ones. Nobody takes others for these, as in "kΩ" or "μs".
_LIKE_LATIN = frozenset(
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bd\u03bf"
)


def _mixed(line: str, place: Place) -> Iterator[Finding]:
    for match in _WORD.finditer(line):
        word = match.group()
        if word.isascii():
            continue
        runs = [(script, "".join(signs)) for script, signs in groupby(word, _script)]
        odd = _odd_letter([(script, run) for script, run in runs if script])
        if odd:
            name = unicodedata.name(odd).lower()
            message = f"'{word}' mixes letters of two scripts: '{odd}' is a {name}"
            at = match.start() + word.index(odd)
            yield Finding("mixed-script", message, place._replace(column=at + 1), "type the letter again")


def _script(sign: str) -> str:
    """The script of a letter, of those that look like each other."""
    script = unicodedata.name(sign, "").partition(" ")[0]
    return script if script in _SCRIPTS else ""


def _odd_letter(runs: list[tuple[str, str]]) -> str:
    """The letter of a word that is of another script than the rest, and looks as if it were not.

    A word with an ending in Cyrillic, such as that of a name in a Russian sentence, is meant.
    """
    counts = {script: sum(len(run) for of, run in runs if of == script) for script, _ in runs}
    ending = len(runs) == 2 and counts.keys() == {"LATIN", "CYRILLIC"} and min(counts.values()) > 1
    if len(counts) < 2 or ending:
        return ""
    main = max(counts, key=lambda script: (counts[script], script == "LATIN"))
    for script, run in runs:
        if script != main and not (script == "GREEK" or main == "GREEK"):
            return run[0]
        odd = next((sign for sign in run if sign in _LIKE_LATIN), "") if script != main else ""
        if odd:
            return odd
    return ""
