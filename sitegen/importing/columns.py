"""Columns of tables, and how they are stored: a type, and a value for each cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from functools import lru_cache

from sitegen.facts.field_types import Type, parse_type
from sitegen.facts.schemes import Scheme
from sitegen.facts.values import Value, is_target
from sitegen.findings import Finding, Place
from sitegen.frozen import frozen
from sitegen.importing.cells import SUPERSCRIPTS, Shape, is_expressible, shape_of
from sitegen.source.nodes import Scalar

BLANKS = ("", "-", "–", "—", "--", "---")
TYPES = ("support", "version", "versions", "list of versions", "date", "stage")
NO_VALUES = (*BLANKS, "N/A", "n/a")  # of versions, dates and stages
_VERSION = re.compile(r"\bversions?\b|\breleases?\b", re.IGNORECASE)
_RUNTIME = re.compile(
    r"\b(?:since|introduced|added|removed|dropped|branch|java|jdk|php|python|ruby|node\.js|kubernetes|k8s)\b|"
    r"\b(?:min(?:imum)?|max(?:imum)?|requires?|required|latest) [a-z]",
    re.IGNORECASE,
)
_VERSIONED = re.compile(
    r"version|release|compat|support|matrix|upgrad|require|deprecat|stable|kubernetes|end of life|eol|first|last",
    re.IGNORECASE,
)
_FIGURE = re.compile(  # what headers of figures say
    r"\b(?:rams?|memory|mem|disks?|storage|v?cpus?|cores?|sizes?|replicas?|ports?|ids?|steps?|tiers?|scores?|ratings?|"
    r"ratios?|speedups?|costs?|prices?|rates?|limits?|values?|defaults?|pods|rows?|requests?|counts?|numbers?|weeks?|days?|"
    r"hours?|minutes?|seconds?|months?|percent|pep|width|height|length|latency|throughput|speed|accuracy|bandwidth|weight|average|[kmgt]i?b|mhz|ghz)\b|"
    r"\((?:m?a|m?s|m?v|m?w|hz|%)\)|%",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?:IDs?|#|(?i:no|nr|numbers?|steps?|sections?|chapters?|rules?|controls?|checks?|items?))\W*|"
    r"(?i:(?:.* )?(?:ips?|ip address(?:es)?|addresses|address|cidrs?|subnets?|netmasks?|gateways?))"
)
_ADDRESS = re.compile(r"(?:0|10|127|169|172|192|255)(?:\.\d{1,3}){3}(?:[/:]\d+)?")
_CERTAIN = re.compile(r"\bv\d|\d\.\d+\.\d|\d\.[xX*]|^(?:\W*\d+\.\d+\W+(?:(?:to|and|or)\W+)?){2,}|\d+u\d")
_BOUND = re.compile(r"\d\+|[<>=^~≥≤]\s*\d|\d\.\d.*\d\.\d|\d (?:or|and) [a-z]|\d\.\d+-?(?:rc|alpha|beta|[ab]\d)")
_SEVERAL = re.compile(r"(?:[,;]| and| or| &)\s*v?\d")
_SIGNS = rf"[†‡§{SUPERSCRIPTS}]+(?:,[{SUPERSCRIPTS}]+)*|(?:\\?\*)+"
_CONDITIONS = (  # a text in parentheses or after a comma, and the mark of a footnote, each with its pattern
    (re.compile(r"(?P<value>.+?) \((?P<when>[^()]+)\)"), ""),
    (re.compile(r"(?P<value>[^,\d]+), (?P<when>\D.*)"), "<< value >>, << when >>"),
    *(
        (re.compile(rf"(?P<value>[^*]*[^\s*\\]){space}(?P<when>{mark})"), f"<< value >>{space}<< when >>")
        for mark in (rf"{_SIGNS}|\[\^[^\]\s]+\]|\\\[\d+\\\]|\[(?:{_SIGNS}|\d+|\\\[\d+\\\])\]\([^()\s]+\)",)
        for space in ("", " ")
    ),
)

Entry = str | None | tuple["Entry", ...] | ReadOnly[str, "Entry"]  # None is `none`; a mapping is a value with keys


@frozen
class ColumnPlan:
    """How a column is stored and shown: the type, the value of each cell, the targets of links, keys of the column."""

    type: str
    values: tuple[Entry, ...]
    links: tuple[str | None, ...] = ()
    options: tuple[tuple[str, str], ...] = ()  # keys of the column in YAML
    words: tuple[tuple[str, str], ...] = ()
    scheme: str = ""
    more: tuple[tuple[str, ...], ...] = ()  # the second and later lines of each cell
    more_type: str = ""

    @property
    def is_typed(self) -> bool:
        """Whether the type has a meaning beyond text."""
        return self.type not in ("text", "markdown", "code")

    @property
    def verbatim(self) -> int:
        """The number of cells that are verbatim texts."""
        return sum(map(is_odd, self.values))

    @property
    def is_mostly_odd(self) -> bool:
        """Whether more than one of three values is a verbatim text."""
        return self.verbatim > 0.34 * (len(self.values) - self.values.count(None))


def is_odd(value: Entry) -> bool:
    """Whether a value is, or contains, a verbatim text."""
    if isinstance(value, tuple):
        return any(map(is_odd, value))
    return isinstance(value, ReadOnly) and ("verbatim" in value or is_odd(value.get("all")))


def verbatim(lines: Sequence[str]) -> tuple[Entry, ...]:
    """Lines of a cell as verbatim texts."""
    return tuple({"verbatim": shape_of(line).text} for line in lines)


@frozen
class SourceColumn:
    """The header and the cells of a column, with all cells of the same field in other tables.

    `about` are the words of the table: its headers and its caption.
    """

    header: str
    cells: tuple[str, ...]
    all: tuple[str, ...]
    is_key: bool = False
    about: str = ""

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """What the cells show."""
        return tuple(map(shape_of, self.cells))


@lru_cache
def _type(text: str, scheme: str) -> Type | None:
    kind = parse_type(Scalar(text, _NOWHERE), lambda _: None)
    return kind.with_scheme(Scheme(scheme)) if kind is not None and scheme else kind


@lru_cache(maxsize=65536)
def value_of(type_: str, text: str, scheme: str = "") -> Value | None:
    """The value of a type that the engine reads from a text; None if it cannot."""
    findings: list[Finding] = []
    kind = _type(type_, scheme)
    value = kind.read(Scalar(text, _NOWHERE, plain=False), findings.append) if kind is not None else None
    return None if findings else value


def reads(type_: str, text: str, scheme: str = "") -> bool:
    """Whether the engine reads a text as a value of a type."""
    return value_of(type_, text, scheme) is not None


_NOWHERE = Place("", 1, 1)


def typed(
    column: SourceColumn,
    type_: str,
    read: Callable[[Shape, str], Entry],
    options: Sequence[tuple[str, str]] = (),
    scheme: str = "",
) -> ColumnPlan | None:
    """A plan with the values that `read` returns. An empty text means an odd cell; a few of TYPES may be verbatim.

    A value may have a condition, if all conditions of the column have the same form.
    """
    blank = blank_of(column.cells, NO_VALUES if type_ in TYPES and type_ != "support" else BLANKS)
    forms: list[str] = []
    values = [
        None if text.strip() == blank else _entry(text, shape, type_, read, forms)
        for text, shape in zip(column.cells, column.shapes, strict=True)
    ]
    links = tuple(shape.link or None for shape in column.shapes)
    if "" in values or not all(link is None or is_target(link) for link in links):
        return None
    plan = ColumnPlan(type_, tuple(values), links if any(links) else (), scheme=scheme)
    given = len(values) - values.count(None)
    has_digits = any(re.search(r"\d", str(value)) for value in values if not is_odd(value))
    is_clear = type_ in ("date", "stage") or _VERSION.search(column.header) or (type_ == "support" and not has_digits)
    if plan.verbatim == given or plan.verbatim > given * (0.4 if is_clear and not column.is_key else 0.34):
        return None
    every = [*options, *[("when", f'"{form}"') for form in forms[:1] if form]]
    code = {
        "`" in text
        for text, shape, value in zip(column.cells, column.shapes, values, strict=True)
        if value is not None and not is_odd(value) and (shape.code or shape.pieces or re.search(r"\d", str(value)))
    }
    if code == {True}:
        every.append(("code", "yes"))
    elif (
        type_ != "date"
        and True not in code
        and any(
            re.search(r"[<>=^~|≥≤]", str(value.get("is") if isinstance(value, dict) else value)) for value in values
        )
    ):
        every.append(("code", "no"))
    return replace(plan, options=tuple(every), words=(("none", blank),) if None in values else ())


def _entry(text: str, shape: Shape, type_: str, read: Callable[[Shape, str], Entry], forms: list[str]) -> Entry:
    """A value, perhaps with a condition of the first of `forms`, or a verbatim text; an empty text if it is neither."""
    has_tag = "{{" in text or "{%" in text  # a state of support, or nothing that a fact can be
    if has_tag and type_ != "support":
        return ""
    if (value := read(shape, text)) != "":
        return value
    if type_ not in TYPES:
        return ""
    if not shape.link:
        value, form = _conditional(text.strip(), read, is_single=type_ == "date")
        if value and form in [*forms, form][:1]:
            forms.append(form)
            return value
    return {"verbatim": shape.text} if shape.text and not shape.marked and not has_tag else ""


def are_figures(column: SourceColumn, prefix: str = "", *, is_state: bool = False) -> bool:
    """Whether the values of a column may be other figures than versions; beside states, only by the header.

    What a version alone can be is none. Neither is a decimal number, if the table is about versions, and the numbers
    follow a name, or count as versions do: 1.9, 1.10, or all with the same major version, or in order.
    """
    texts = [shape.text.removeprefix(prefix) for shape in map(shape_of, column.all)]
    if _VERSION.search(column.header):
        return False
    if _NUMBERED.fullmatch(column.header.strip()) or any(map(_ADDRESS.fullmatch, texts)):
        return True
    if any(map(_CERTAIN.search, texts)):
        return False
    if _FIGURE.search(column.header):
        return True
    if is_state or any(map(_BOUND.search, texts)) or (not prefix and _RUNTIME.search(column.header)):
        return False
    found = [re.match(r"(\d+)\.(\d+)(?= \(|\W*$)", shape.text.removeprefix(prefix)) for shape in column.shapes]
    numbers = [(int(number[1]), int(number[2]), len(number[2])) for number in found if number]
    is_ordered = len(numbers) > 3 and numbers in (sorted(numbers), sorted(numbers, reverse=True))
    majors, sizes = {major for major, *_ in numbers} - {0}, {size for *_, size in numbers}
    counts = is_ordered or (prefix and numbers) or len(majors) == 1 or len(sizes) > 1
    about = f"{column.header} {column.about}"
    return not (counts and (_VERSIONED.search(about) or _CERTAIN.search(about)))


def _conditional(text: str, read: Callable[[Shape, str], Entry], *, is_single: bool) -> tuple[Entry, str]:
    """A value with its condition, and the pattern of both; an empty text if it has none.

    After several versions, the condition may be that of the last one only.
    """
    for condition, form in _CONDITIONS:
        found = condition.fullmatch(text)
        if found and is_expressible(found["when"]):
            shape, is_one = shape_of(found["value"]), is_single or not _SEVERAL.search(found["value"])
            value = read(shape, found["value"]) if is_one and not shape.link else ""
            if value and isinstance(value, str):
                return {"is": value, "when": found["when"]}, form
            if form and shape_of(text).marked and not (shape.marked or shape.link or shape.code):
                return {"verbatim": shape.text, "when": found["when"]}, form
    return "", ""


def blank_of(cells: Sequence[str], blanks: Sequence[str]) -> str:
    """How a column writes that there is no value."""
    found = [text.strip() for text in cells if text.strip() in blanks]
    return Counter(found).most_common(1)[0][0] if found and "" not in found else ""
