"""Rules about the wording of texts: placeholders, doubled words, unclosed code, deceptive characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from itertools import groupby

from sitegen.findings import Finding, Place
from sitegen.markdown.scanner import SyntaxSpan, scan_all
from sitegen.rules.context import LintUnit
from sitegen.rules.texts import TextProblem, in_all_texts

# "TODO comments" and "a TODO list" may be features of a product.
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


def placeholders(unit: LintUnit) -> Iterator[Finding]:
    """A placeholder, such as TODO, in a text."""
    return in_all_texts(unit, "placeholder-text", _placeholders)


@lru_cache(maxsize=1 << 15)
def _placeholders(text: str) -> tuple[TextProblem, ...]:
    whole = _WHOLE.fullmatch(text)
    matches = (m for m in _PLACEHOLDER.finditer(text) if not _NOUN.search(text[: m.start()]))
    found = [(whole.start(1), whole[1])] if whole else [(m.start(), m.group()) for m in matches]
    hint = "write the missing text, or remove it"
    return tuple(TextProblem(start, len(word), f"'{word}' is a placeholder", hint) for start, word in found)


_DOUBLED = re.compile(
    r"(?<![\w'’&.:/\"“-])(?P<one>a|[^\W\d_]{2,})(?:[ \t]+|[ \t]*\n[ \t>]*)[*_]*(?P<two>(?P=one))(?![\w'’-]|\.\w)",
    re.IGNORECASE,
)
# Words that may be doubled in a correct sentence: "that that", German "die die", French "nous nous".
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


def doubled_words(unit: LintUnit) -> Iterator[Finding]:
    """A doubled word in a text."""
    return in_all_texts(unit, "doubled-word", _doubled_words)


@lru_cache(maxsize=1 << 15)
def _doubled_words(text: str) -> tuple[TextProblem, ...]:
    found = []
    for match in _DOUBLED.finditer(text):
        one, two = match["one"], match["two"]
        before = text[: match.start()]
        if not two.islower() or two in _REPEATED or not (one.islower() or _begins_sentence(one, before)):
            continue
        if "\n" in match.group() and not before.rpartition("\n")[2].strip():
            continue  # a word alone on its line may be code
        if two in _PARTICLES and _BEFORE_REPEATED.search(before):
            continue
        found.append(TextProblem(match.start("two"), len(two), f"the word '{two}' is doubled", "remove one of the two"))
    return tuple(found)


def _begins_sentence(word: str, before: str) -> bool:
    """Whether a capitalized word begins a sentence."""
    return word[1:] == word[1:].lower() and re.search(r"(?:^|[.!?:|\ufffc]|\n)[\s>*_#-]*$", before) is not None


# --- unclosed code -------------------------------------------------------------------

_FENCE = re.compile(r"(?:^|\n)[ \t>]*(?:(?:[-*+]|[0-9]+[.)])[ \t]+)?`{3,}$")


def open_code(unit: LintUnit) -> Iterator[Finding]:
    """Unclosed code in a value of Markdown or a note, a paragraph, a list item or a row of a Markdown table."""
    for text in unit.fact_texts:
        for problem in _open_code(text.text) if text.is_markdown and "`" in text.text else ():
            yield problem.in_fact("open-code", unit, text)
    for page in unit.pages:
        for block in page.blocks:
            is_indented = block.text.startswith(("    ", "\t"))
            for problem in _first_unclosed(block.text, block.spans) if not is_indented else ():
                yield problem.on_page("open-code", page, block.line, block.text)


@lru_cache(maxsize=1 << 15)
def _open_code(text: str) -> tuple[TextProblem, ...]:
    return _first_unclosed(text, scan_all(text))


def _first_unclosed(text: str, spans: Iterable[SyntaxSpan]) -> tuple[TextProblem, ...]:
    for span in spans:
        ticks = text[span.start : span.end]
        if span.kind == "unclosed code" and not _FENCE.search(text[: span.end]):
            hint = f"close it with {ticks}, or write \\` for a literal backtick"
            return (TextProblem(span.start, len(ticks), "the code that begins here is not closed", hint),)
    return ()


# --- deceptive characters ------------------------------------------------------------

# A no-break space; next to French punctuation or a number it is intended.
_NO_BREAK_SPACE = re.compile("(?<![\u00ab\\d])\u00a0(?![:;!?\u00bb%\u20ac\\d])")
# Characters without width, characters that change the direction of text, and letters that look blank.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e01ef]"
)
_JOINERS, _MARKS = "\u200c\u200d", "\u200e\u200f\u061c"
_DIRECTION_STARTS, _DIRECTION_ENDS = "\u202a\u202b\u2066\u2067\u2068", "\u202c\u2069"
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_FLAG_TAGS = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")  # the flag of a region
# Scripts in which joiners shape the letters, and scripts without spaces between words.
_JOINING = re.compile("[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\ua87f\ufb50-\ufdff\ufe70-\ufefe]")
UNSPACED = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def _in_lines(find: Callable[[str, Place], Iterator[Finding]], unit: LintUnit) -> Iterator[Finding]:
    own = unit.context.site.own_files
    for name, data in unit.texts.items():
        if not data.isascii() and own.get(name, "") == unit.library:
            for number, line in enumerate(unit.lines_of(name), 1):
                if not line.isascii():
                    yield from find(line, Place(name, number, 1))


def _hidden_characters(line: str, place: Place) -> Iterator[Finding]:
    """One finding for all invisible characters of a line."""
    flags = {at for match in _FLAG_TAGS.finditer(line) for at in range(*match.span())}
    found = [match.start() for match in _HIDDEN.finditer(line) if match.start() not in flags]
    spaces = () if place.file.endswith(".md") else _NO_BREAK_SPACE.finditer(line)  # pages may control their line breaks
    is_rtl = any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in line) if found else False
    wrong = sorted([*(at for at in found if not _is_intended(line, at, is_rtl=is_rtl)), *(m.start() for m in spaces)])
    if wrong:
        char = line[wrong[0]]
        name = unicodedata.name(char, "").lower()
        more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        message = f"invisible character U+{ord(char):04X}{f' ({name})' if name else ''}{more}"
        yield Finding("hidden-character", message, place._replace(column=wrong[0] + 1), "remove it")


def _is_intended(line: str, at: int, *, is_rtl: bool) -> bool:
    """Whether an invisible character is needed: in an emoji, or in a script that uses it."""
    char, before, after = line[at], line[at - 1 : at], line[at + 1 : at + 2]
    if _SELECTORS.match(char):  # it selects a form of a symbol, a digit or an ideograph
        letter = not before or before.isspace() or before.isalpha() or _SELECTORS.match(before)
        return not letter or UNSPACED.match(before) is not None
    if char in _JOINERS:
        emoji = all(c and not c.isalnum() and not c.isspace() and ord(c) > 0x2000 for c in (before, after))
        return (emoji and char == "\u200d") or (before != "" and _JOINING.match(before) is not None)
    if char in _MARKS:
        return is_rtl
    if char == "\u200b":
        return all(c and UNSPACED.match(c) for c in (before, after))
    starts, ends = (sum(c in kind for c in line) for kind in (_DIRECTION_STARTS, _DIRECTION_ENDS))
    return is_rtl and char in _DIRECTION_STARTS + _DIRECTION_ENDS and starts == ends


_WORD = re.compile(r"[^\W\d_]{2,}")
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "FULLWIDTH", "MATHEMATICAL")
# Greek letters that look like Latin ones; other Greek letters are intended, as in "kΩ" or "μs".
_LIKE_LATIN = frozenset(
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bd\u03bf"
)


def _mixed_scripts(line: str, place: Place) -> Iterator[Finding]:
    for match in _WORD.finditer(line):
        word = match.group()
        if word.isascii():
            continue
        runs = [(script, "".join(letters)) for script, letters in groupby(word, _script)]
        letter = _foreign_letter([(script, run) for script, run in runs if script])
        if letter:
            message = f"'{word}' mixes letters of two scripts: '{letter}' is a {unicodedata.name(letter).lower()}"
            at = match.start() + word.index(letter)
            yield Finding("mixed-script", message, place._replace(column=at + 1), "retype the letter")


def _script(letter: str) -> str:
    """The script of a letter, if it is one of the scripts with similar letters."""
    script = unicodedata.name(letter, "").partition(" ")[0]
    return script if script in _SCRIPTS else ""


def _foreign_letter(runs: list[tuple[str, str]]) -> str:
    """The letter of a word that belongs to another script and looks like one of the main script.

    A word with a Cyrillic ending, such as a name in a Russian sentence, is intended.
    """
    counts = {script: sum(len(run) for of, run in runs if of == script) for script, _ in runs}
    ending = len(runs) == 2 and counts.keys() == {"LATIN", "CYRILLIC"} and min(counts.values()) > 1
    if len(counts) < 2 or ending:
        return ""
    main = max(counts, key=lambda script: (counts[script], script == "LATIN"))
    for script, run in runs:
        if script != main and not (script == "GREEK" or main == "GREEK"):
            return run[0]
        similar = next((letter for letter in run if letter in _LIKE_LATIN), "") if script != main else ""
        if similar:
            return similar
    return ""


hidden_characters = partial(_in_lines, _hidden_characters)
mixed_scripts = partial(_in_lines, _mixed_scripts)
