"""Rules about signs that deceive the eye: characters that nobody sees, and letters that look like those of others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

from sitegen.findings import Finding, Place
from sitegen.rules.material import Overview, Part

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


def hidden_in_own_files(part: Part) -> Iterator[Finding]:
    """Characters in the files of a library that nobody sees."""
    return _in_lines(part.texts, part.lines_of, _hidden)


def hidden_in_common_files(overview: Overview) -> Iterator[Finding]:
    """The same in all other sources."""
    return _in_lines(_common_texts(overview), overview.common.lines_of, _hidden)


def mixed_in_own_files(part: Part) -> Iterator[Finding]:
    """Words in the files of a library with letters of two scripts."""
    return _in_lines(part.texts, part.lines_of, _mixed)


def mixed_in_common_files(overview: Overview) -> Iterator[Finding]:
    """The same in all other sources."""
    return _in_lines(_common_texts(overview), overview.common.lines_of, _mixed)


def _common_texts(overview: Overview) -> dict[str, bytes]:
    own = overview.common.site.own_files
    return {name: data for name, data in overview.common.texts.items() if name not in own}


def _in_lines(
    texts: Mapping[str, bytes], lines_of: Callable[[str], list[str]], find: Callable[[str, Place], Iterator[Finding]]
) -> Iterator[Finding]:
    for name, data in texts.items():
        for number, line in enumerate(lines_of(name), 1) if not data.isascii() else ():
            if not line.isascii():
                yield from find(line, Place(name, number, 1))


# --- characters without a sign ---------------------------------------------------------


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
