"""Field types: the most specific one that reads all values of a column, as the engine reads them.

A `Plan` states how a column is stored and shown. `plans` are those that are possible, the most specific one first; the
last one, Markdown, is always possible. Building the site proves a plan; the next one replaces it if it fails.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from functools import lru_cache, partial

from sitegen.facts.values import STAGES
from sitegen.importing.cells import Shape, is_expressible, lines_of, shape_of
from sitegen.importing.columns import (
    BLANKS,
    NO_VALUES,
    ColumnPlan,
    Entry,
    SourceColumn,
    are_figures,
    blank_of,
    reads,
    typed,
)
from sitegen.importing.dates import PATTERNS, is_ambiguous, read_day
from sitegen.importing.lines import is_union, with_lines, without_firsts

SHORTCODE = re.compile(r"\{\{<\s*(?:x|yes|check(?:mark)?|tick)\s*/?>\}\}", re.IGNORECASE)
_WORDS = {  # texts of states, and those of stages besides their names and labels
    "yes": "yes|y|✓|✔|✔️|✅|☑|:white_check_mark:|:heavy_check_mark:|:check:|supported|fully supported|full support",
    "no": "no|n|❌|✗|✘|✖|✖️|⛔|🚫|:x:|:no_entry:|:no_entry_sign:|not supported|unsupported|not available|no support",
    "partial": "partial|partially|partially supported|partial support|limited",
    "unknown": "unknown|?|❔|❓|:question:",
    "not applicable": "n/a|na|not applicable",
    "not tested": "not tested|untested|nt",
    "ga": "generally available|general availability (ga)",
    "eol": "end-of-life|end of life (eol)",
    "preview": "public preview|technology preview|tech preview",
    "beta": "public beta",
    "lts": "long term support",
    "experimental": "alpha",
}
_CROSSES = dict.fromkeys(("x", "❎", ":negative_squared_cross_mark:"), "no")  # beside ticks
_NAMES = {word: name for name, words in _WORDS.items() for word in words.split("|")}
_STATES: ReadOnly[str, str] = {
    **{word: name for word, name in _NAMES.items() if name not in STAGES},
    **{f"{{{{< {name} >}}}}": "yes" for name in ("x", "yes", "check", "checkmark", "tick")},
}
_STAGES: ReadOnly[str, str] = {
    **{word: name for name, (label, _) in STAGES.items() for word in (name, label.lower())},
    **{word: name for word, name in _NAMES.items() if name in STAGES},
}
_LOOSE = {"active": "ga", "stable": "ga", "future": "planned", "upcoming": "planned"}  # stages beside other ones
_MINIMUM = re.compile(r"\b(?:min(?:imum)?|since|requires?|required|introduced|added|first|earliest)\b", re.IGNORECASE)
_BRANCH = re.compile(r"v?\d+(?:\.\d+)*\.[xX*]")
_MAXIMUM = re.compile(
    r"\b(?:max(?:imum)?|latest|last|newest|highest|current|removed|dropped|deprecated|until|up to|tested|verified|"
    r"validated|certified|qualified|recommended|default|bundled|included|shipped)\b|"
    r"^\W*v?\d+(?:\.[\dx*]+)+[\w.+-]*\W*$",  # what goes with a version
    re.IGNORECASE,
)
_DATED = re.compile(r"\b(?:dates?|released?|eo[lms]|end|until|ends|begin|start|expir\w+|due|day|year)\b", re.IGNORECASE)
_STAGED = re.compile("stage|stat(?:us|e)|level|phase|maturity|lifecycle|support|channel", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][A-Za-z.+#-]*(?: [A-Za-z][A-Za-z.+#-]*)? (?=v?\d)")
_SCHEMES = ("", "semver", "maven", "java", "go", "gem", "build")
_ARROWS = (" → ", "→", " -> ", " --> ", "---", " — ", "—")

Maker = Callable[[SourceColumn], ColumnPlan | None]


def plans(
    header: str, columns: Sequence[Sequence[str]], *, is_key: bool = False, about: str = ""
) -> Iterator[tuple[ColumnPlan, ...]]:
    """The possible plans of columns that share a field, one for each; the most specific ones first.

    `about` are the words of the table, such as its headers.
    """
    lines = [[lines_of(text) for text in cells] for cells in columns]
    if any(len(each) > 1 for cells in lines for each in cells):
        yield from _stacked(header, lines, is_key=is_key, about=about)
        return
    columns = [[each[0] if each else "" for each in cells] for cells in lines]
    together = tuple(text for cells in columns for text in cells)
    header = re.sub(r"_|(?<=[a-z0-9])(?=[A-Z])", " ", header)  # words of the keys of data
    sources = [SourceColumn(header, tuple(cells), together, is_key, about) for cells in columns]
    for group in _MAKERS:
        odd: list[tuple[ColumnPlan, ...]] = []
        for maker in group:
            made = tuple(plan for plan in map(maker, sources) if plan is not None)
            if len(made) < len(sources) or len({(plan.type, plan.scheme) for plan in made}) > 1:
                continue
            if any(plan.verbatim for plan in made):
                odd.append(made)
            else:
                yield made
        yield from sorted(odd, key=lambda made: sum(plan.verbatim for plan in made))


def _stacked(
    header: str, columns: Sequence[Sequence[tuple[str, ...]]], *, is_key: bool, about: str
) -> Iterator[tuple[ColumnPlan, ...]]:
    """The possible plans of cells with several lines: several versions, or the first line and a list of the others.

    The first of several lines is not all that a cell states, so it is neither a state of support nor a version.
    """
    if not is_key:
        yield from _lines_of_versions(header, columns, about=about)
    items = [line for cells in columns for each in cells for line in each[1:]]
    shapes = [shape_of(line) for line in items]
    type_ = "list of markdown"
    if all(shape.code and reads("code", shape.text) for shape in shapes):
        type_ = "list of code"
    elif not any(shape.marked or shape.link or shape.code or shape.pieces for shape in shapes):
        type_ = "list of text"
    elif not all(map(is_expressible, items)):
        return
    firsts = [[each[0] if each else "" for each in cells] for cells in columns]
    for found in plans(header, firsts, is_key=is_key, about=about):
        made = tuple(without_firsts(plan, cells) for plan, cells in zip(found, columns, strict=True))
        if not any(plan.links or "show" in dict(plan.options) or plan.is_mostly_odd for plan in made):
            yield tuple(
                replace(
                    plan,
                    more_type=type_,
                    more=tuple(
                        tuple(line if type_ == "list of markdown" else shape_of(line).text for line in each[1:])
                        for each in cells
                    ),
                )
                for plan, cells in zip(made, columns, strict=True)
            )


def _lines_of_versions(
    header: str, columns: Sequence[Sequence[tuple[str, ...]]], *, about: str
) -> Iterator[tuple[ColumnPlan, ...]]:
    """The possible plans of cells with one or several versions, each on a line. None of them is a minimum."""
    lines = [[line for each in cells for line in each or ("",)] for cells in columns]
    for found in plans(header, lines, about=about):
        if found[0].type not in ("version", "versions"):
            return
        made = tuple(with_lines(plan, cells) for plan, cells in zip(found, columns, strict=True))
        if found[0].type == "versions" and not any(plan.links or plan.is_mostly_odd for plan in made):
            yield made


# --- typed ---------------------------------------------------------------------------


def _support(column: SourceColumn) -> ColumnPlan | None:
    """States of support, with versions that count as minimums."""
    spellings: dict[str, str] = {}
    plain_texts = [*map(_state_text, column.all)]
    has_ticks = any(_STATES.get(text) == "yes" and not text.isalpha() for text in plain_texts)
    name_of = partial(_state, crosses=has_ticks)
    known = [name for name in map(name_of, plain_texts) if name]
    is_minimum = _MINIMUM.search(column.header) is not None and any(
        reads("support", shape_of(t).text) for t in column.all
    )
    has_versions = any(re.search(r"(?<![\[\d])\d", shape_of(text).text) for text in column.all)
    is_state = any(name in _STATES.values() and not (has_versions and name == "not applicable") for name in known)
    if column.is_key or (has_versions and (_is_maximum(column.header) or are_figures(column, is_state=is_state))):
        return None
    if _are_others(column):
        return None
    if not is_state and not is_minimum and not (has_versions and set(known) & {"preview", "beta"}):
        return None

    def read(shape: Shape, text: str) -> Entry:
        plain = _state_text(text)
        name = name_of(plain)
        if name and not shape.marked:
            return name if spellings.setdefault(name, plain) == plain else ""
        found = re.fullmatch(r"(.+?) \((?!\d\d?\))(.+)\)", shape.text)  # a small number is the mark of a footnote
        if found and (name := name_of(found[1])) not in ("", "yes") and reads("support", value := f"{name} {found[2]}"):
            return value if spellings.setdefault(name, found[1]) == found[1] else ""
        is_minimum_branch = is_minimum and _BRANCH.fullmatch(shape.text)  # `16.x` as a state is only 16
        return shape.text if not (shape.marked or is_minimum_branch) and reads("support", shape.text) else ""

    if any(SHORTCODE.fullmatch(text.strip()) for text in column.cells):
        spellings["yes"] = next(text.strip() for text in column.cells if SHORTCODE.fullmatch(text.strip()))
    plan = typed(column, "support", read)
    return plan and replace(plan, words=(*spellings.items(), *plan.words))


def _has_dates(column: SourceColumn) -> bool:
    """Whether a column has dates in any notation."""
    return any(read_day(shape_of(text).text, pattern) for text in column.all for pattern in PATTERNS)


def _are_others(column: SourceColumn) -> bool:
    """Whether numbers are years, quarters, or versions of two things, such as `8 / 1.6` below "Java / Kotlin"."""
    texts = [shape_of(text).text for text in column.all]
    has_two = "/" in column.header and any("/" in text for text in texts)
    return has_two or _is_dated(column) or any(re.fullmatch(r"(?:\d\d){1,2}[ -]?Q[1-4]", text) for text in texts)


def _is_dated(column: SourceColumn) -> bool:
    """Whether the numbers of a column, such as 2024, are years."""
    is_version = re.search(r"version|^\W*releases?\W*$", column.header, re.IGNORECASE) is not None
    return not is_version and _DATED.search(column.header) is not None and _has_dates(column)


def _is_maximum(header: str) -> bool:
    """Whether the versions below a header cannot be minimums."""
    return _MAXIMUM.search(header) is not None and _MINIMUM.search(header) is None


def _state(text: str, *, crosses: bool = False) -> str:
    """The state that a text spells, perhaps as a sign and in words; empty for another text.

    A cross such as `x` means "no" if the others are ticks.
    """
    names = {**_STAGES, **_STATES, **(_CROSSES if crosses else {})}
    sign, _, words = text.lower().partition(" ")
    return names.get(text.lower()) or (names.get(sign, "") if names.get(sign) == names.get(words) else "")


def _state_text(text: str) -> str:
    """A cell as the spelling of a state."""
    text = text.strip()
    return text if SHORTCODE.fullmatch(text) or shape_of(text).marked else shape_of(text).text


@lru_cache(maxsize=65536)
def meaning(text: str) -> str:
    """What a cell means, to compare it with others: a state, or its text without markup."""
    plain = _state_text(text)
    return _state(plain) or shape_of(text).text


def _stage(column: SourceColumn) -> ColumnPlan | None:
    if column.is_key and not _STAGED.search(column.header):
        return None  # Alpha and Beta may be names
    spellings: dict[str, str] = {}
    is_clear = any(shape_of(text).text.lower() in _STAGES for text in column.all)
    stages = {**_LOOSE, **_STAGES} if is_clear else _STAGES

    def read(shape: Shape, _text: str) -> Entry:
        name = stages.get(shape.text.lower(), "")
        return name if name and not shape.marked and spellings.setdefault(name, shape.text) == shape.text else ""

    plan = typed(column, "stage", read)
    return plan and replace(plan, words=(*spellings.items(), *plan.words))


def _date(pattern: ReadOnly[str, str], column: SourceColumn) -> ColumnPlan | None:
    """Dates of one notation for each precision. Only a header about dates makes years dates."""
    texts = [shape_of(text).text for text in column.cells if text.strip() not in NO_VALUES]
    if is_ambiguous(texts, pattern):
        return None
    has_years = _DATED.search(column.header) is not None
    units: set[str] = set()

    def read(shape: Shape, _text: str) -> Entry:
        is_year = re.fullmatch(r"\d{4}", shape.text) is not None
        day = None if shape.marked or (is_year and not has_years) else read_day(shape.text, pattern)
        iso, unit = day or ("", "")
        units.add(unit)
        return iso

    plan = typed(column, "date", read)
    shown = ", ".join(f'{unit}: "{pattern[unit]}"' for unit in pattern if unit in units)
    if shown and (signs := {sign[0] for text in texts if (sign := re.match("~ *", text))}):
        shown += f', expected: "{min(signs)}<< date >>"'
    return plan and replace(plan, options=(("dates", f"{{{shown}}}" if shown else "iso"), *plan.options))


def _versions(type_: str, scheme: str, column: SourceColumn) -> ColumnPlan | None:
    """Versions of a scheme, perhaps all after the same word."""
    texts = [shape.text for shape in column.shapes if shape.text not in NO_VALUES]
    prefixes = {found.group() if (found := _WORD.match(text)) else "" for text in texts}
    prefix = prefixes.pop() if len(prefixes) == 1 and len(texts) > 1 else ""
    arrow = next((sign for sign in _ARROWS if any(sign in text for text in texts)), "")
    if are_figures(column, prefix) or _are_others(column):
        return None
    if type_ == "version" and (column.is_key or _is_maximum(column.header)):
        return None  # where a version is compared, it is a minimum

    def readable(text: str) -> str:
        text = re.sub(re.escape(arrow), " to ", text) if arrow else text
        return text if reads(type_, text, scheme) else ""

    def read(shape: Shape, _text: str) -> Entry:
        return "" if shape.marked or shape.pieces else readable(shape.text.removeprefix(prefix))

    options = [("ranges", f'"{arrow}"')] if arrow else []
    options += [("show", f'"{prefix}<< value >>"')] if prefix else []
    return typed(column, type_, read, options=options, scheme=scheme)


def _list_of_versions(column: SourceColumn) -> ColumnPlan | None:
    """Several versions, each as code."""
    if not any(shape.pieces for shape in column.shapes):
        return None

    def read(shape: Shape, _text: str) -> Entry:
        pieces = shape.pieces or ((shape.text,) if shape.code else ())
        return pieces if pieces and is_union(pieces) else ""  # `>=3.8`, `<=3.12` may mean the versions between them

    return typed(column, "list of versions", read)


# --- texts ---------------------------------------------------------------------------


def _list(column: SourceColumn) -> ColumnPlan | None:
    """Lists of short texts, some of which occur several times."""
    split = [shape.pieces or tuple(shape.text.split(", ")) for shape in map(shape_of, column.all) if shape.text]
    items = Counter(item for each in split for item in each)
    if column.is_key or not any(len(each) > 1 for each in split) or sum(items.values()) < len(items) * 1.5:
        return None
    if _has_dates(column):
        return None  # May 3, 2024
    if any(not item or len(item) > 30 or re.search(r"[.;:()]\s|[()]", item) for item in items):
        return None
    type_ = "list of code" if any(shape_of(text).pieces for text in column.all) else "list of text"

    def read(shape: Shape, _text: str) -> Entry:
        pieces = shape.pieces or (
            (shape.text,) if shape.code else () if type_ == "list of code" else shape.text.split(", ")
        )
        return "" if not pieces or (shape.marked and not shape.pieces) else tuple(pieces)

    plan = typed(column, type_, read)
    return None if plan is None or plan.links else plan


def _link(column: SourceColumn) -> ColumnPlan | None:
    """Addresses that are written in full."""

    def read(shape: Shape, _text: str) -> Entry:
        return shape.link if shape.link == shape.text and not shape.code else ""

    plan = typed(column, "link", read)
    return plan and replace(plan, links=(), options=())


def _choice(column: SourceColumn) -> ColumnPlan | None:
    """A few words, each of which occurs several times."""
    blank = blank_of(column.all, BLANKS)
    texts = [shape_of(text).text for text in column.all if text.strip() not in ("", blank)]
    words = Counter(texts)
    if (
        column.is_key
        or len(words) > 6
        or len(texts) < 2 * len(words)
        or len(words) < 2
        or any("/" in w or " by " in w or w.endswith("?") or len(w) > 30 for w in words)  # a type cannot contain these
    ):
        return None

    def read(shape: Shape, _text: str) -> Entry:
        return shape.text if shape.text in words and not shape.marked else ""

    return typed(column, f"one of {' / '.join(sorted(words))}", read)


def _code(column: SourceColumn) -> ColumnPlan | None:
    def read(shape: Shape, _text: str) -> Entry:
        return shape.text if shape.code and reads("code", shape.text) else ""

    plan = typed(column, "code", read)
    return plan and replace(plan, options=())


def _text(column: SourceColumn) -> ColumnPlan | None:
    def read(shape: Shape, _text: str) -> Entry:
        return shape.text if shape.text and not shape.marked and not shape.pieces else ""

    if all(not text.strip() for text in column.cells):
        return ColumnPlan("text", (None,) * len(column.cells), words=(("none", ""),))
    return typed(column, "text", read)


def _markdown(column: SourceColumn) -> ColumnPlan | None:
    if not all(map(is_expressible, column.cells)):
        return None
    values = tuple(text.strip() or None for text in column.cells)
    return ColumnPlan("markdown", values, words=(("none", ""),) if None in values else ())


_MAKERS: tuple[tuple[Maker, ...], ...] = (  # of a group, the one with the fewest odd cells
    (_support,),
    tuple(partial(_date, pattern) for pattern in PATTERNS),
    (_stage,),
    tuple(partial(_versions, type_, scheme) for scheme in _SCHEMES for type_ in ("version", "versions")),
    *((each,) for each in (_list_of_versions, _link, _list, _choice, _code, _text, _markdown)),
)
