"""Sets of versions: what compatibility tables write in a version cell, as intervals.

`packaging` orders and compares single versions (PEP 440); the author's notation is kept
and printed. The grammar reads the forms that published tables use:

    exact     1.9.0                minimum   >=4  4+  4 and higher  ^4.1  ~4.1
    range     3.5-3.11  8 to 17    maximum   <2   <=2.7
    pair      >=2.0,<3             wildcard  2.x  3.*
    list      2.7, 3.5-3.11        union     ^18 || ^20      8 or 11
    any       any, all, latest     except    >=2, except 2.3.1    >=2,!=2.3.1

A number stands for all releases that begin with it: `3.5-3.11` includes 3.11.4.
Between two comparators of opposite direction a comma means "and"; everywhere else the
parts are alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from sitegen.frozen import frozen
from sitegen.version_ranges import (
    MAX_LENGTH,
    Bound,
    Range,
    VersionError,
    complement,
    holds,
    intersect,
    normalize,
    parse_version,
    range_text,
)


class Part(NamedTuple):
    """One alternative of a set: its own text, the separator before it, its ranges."""

    separator: str
    text: str
    ranges: tuple[Range, ...]
    compares: bool


@frozen
class VersionSet:
    """A set of versions with the notation of its author.

    `parts` follow the text: joining separators and texts gives `text` back.
    `ranges` are disjoint and ascending. `excepts` says that the text ends with versions that are in no part.
    """

    text: str
    parts: tuple[Part, ...]
    ranges: tuple[Range, ...]
    excepts: bool = False

    @property
    def compares(self) -> bool:
        """Whether the notation uses comparators, as a requirement specifier does."""
        return any(part.compares for part in self.parts)

    @property
    def minimum(self) -> Bound | None:
        """The lowest version of the set, or None where it has no lower end."""
        return self.ranges[0].low

    @property
    def bare(self) -> bool:
        """Whether the set is written as one version and nothing else."""
        low = self.minimum
        return low is not None and low.text == self.text

    @property
    def open(self) -> bool:
        """Whether the set goes on for ever from its lowest version."""
        return len(self.ranges) == 1 and self.ranges[0].high is None

    def common(self, other: VersionSet) -> tuple[Range, ...]:
        """The versions that both sets hold."""
        return intersect(self.ranges, other.ranges)

    def covers(self, other: VersionSet) -> bool:
        """Whether every version of another set is in this one."""
        return not intersect(other.ranges, complement(self.ranges))

    def first_from(self, low: Bound) -> Bound | None:
        """The end at which the versions of the set from another end on begin; None where there are none."""
        above = intersect(self.ranges, (Range(low, None),))
        return above[0].low if above else None

    def __contains__(self, text: str) -> bool:
        version = parse_version(text)
        return any(holds(item, version) for item in self.ranges)


@lru_cache(maxsize=65536)
def parse_versions(text: str) -> VersionSet:
    """Read a set of versions. Raises VersionError with the offset of what is wrong."""
    if len(text) > MAX_LENGTH:
        raise VersionError(f"a set of versions has at most {MAX_LENGTH} characters")
    if text != text.strip() or "\n" in text:
        raise VersionError("a set of versions is one line without blanks around it")
    if not text:
        raise VersionError("an empty text is not a set of versions", hint="write 'none' for meant absence")
    return _Parser(text).parse()


def unite(sets: Iterable[VersionSet]) -> VersionSet | None:
    """Unite sets that touch into one range, written with comparators; None where a gap stays."""
    ranges = normalize([item for versions in sets for item in versions.ranges])
    if len(ranges) != 1:
        return None
    return parse_versions("any" if ranges[0] == Range(None, None) else range_text(ranges[0]))


# --- the grammar ---------------------------------------------------------------------

_SUFFIX = r"[-._]?(?:alpha|beta|preview|post|rev|dev|rc|a|b|c|r)[-._]?[0-9]*(?![a-z])"
_NUMBER = rf"v?[0-9]+(?:\.[0-9]+)*(?:{_SUFFIX})*(?:\+[a-z0-9]+(?:[._-][a-z0-9]+)*)?"
_WILD = r"v?[0-9]+(?:\.[0-9]+)*\.[xX*](?:\.[xX*])?"
_TOKEN = re.compile(
    rf"""
    (?P<blank>\ +)
  | (?P<compare>>=|<=|==|!=|~=|>|<|=|~|\^|≥|≤)
  | (?P<wild>{_WILD})
  | (?P<number>{_NUMBER})
  | (?P<plus>\+)
  | (?P<open>(?:and|or)\ (?:upper|up|higher|later|newer|above)\b)
  | (?P<down>(?:and|or)\ (?:lower|earlier|older|below)\b)
  | (?P<except>,?\ ?except(?:\ for)?\b|,?\ ?excluding\b)
  | (?P<any>any|all|latest)\b
  | (?P<dash>-{{1,3}}|–|—|→|(?:to|through)\b)
  | (?P<join>,|\|\||/|(?:and|or)\b)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SIGNS = {"≥": ">=", "≤": "<=", "=": "=="}


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


class _Atom(NamedTuple):
    """One atom: its ranges, where it stands, the direction of its comparator ('' without one)."""

    ranges: tuple[Range, ...]
    start: int
    end: int
    direction: str
    joined_by: str


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._tokenize())
        self.at = 0

    def _tokenize(self) -> Iterable[_Token]:
        position = 0
        while position < len(self.text):
            match = _TOKEN.match(self.text, position)
            if match is None:
                word = re.split(r"[ ,]", self.text[position:])[0]
                raise VersionError(f"'{word}' is not part of a set of versions", position, _advice(word))
            if match.lastgroup != "blank":
                yield _Token(match.lastgroup or "", match.group(), position, match.end())
            position = match.end()

    def parse(self) -> VersionSet:
        groups: list[list[_Atom]] = []
        joined_by = ""
        excluded: list[Range] = []
        while self._peek() is not None:
            atom = self._atom(joined_by)
            previous = groups[-1][-1] if groups else None
            if previous is not None and _conjoined(previous, atom):
                groups[-1].append(atom)
            else:
                groups.append([atom])
            token = self._peek()
            if token is None:
                break
            if token.kind == "except":
                self.at += 1
                excluded = self._exclusions()
                break
            joined_by = self._join(token)
        return self._assemble(groups, excluded)

    def _peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _join(self, token: _Token) -> str:
        if token.kind == "join":
            self.at += 1
            if self._peek() is None:
                raise VersionError(f"a version is missing after '{token.text}'", token.start)
            return token.text.lower()
        if token.kind == "compare":
            return " "
        raise VersionError(f"'{token.text}' does not follow a version", token.start, "separate versions with ','")

    def _atom(self, joined_by: str) -> _Atom:
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "compare":
            return self._comparison(token, joined_by)
        if token.kind == "any":
            return _Atom((Range(None, None),), token.start, token.end, "", joined_by)
        if token.kind == "wild":
            return self._after_number(token, _prefix_of(token), joined_by)
        if token.kind == "number":
            if joined_by == "/" and token.text.isdigit():
                return self._abbreviated(token)
            return self._after_number(token, token.text, joined_by)
        raise VersionError(f"'{token.text}' is not a version", token.start)

    def _comparison(self, sign: _Token, joined_by: str) -> _Atom:
        token = self._peek()
        if token is None or token.kind not in ("number", "wild"):
            raise VersionError(f"a version is missing after '{sign.text}'", sign.start)
        self.at += 1
        operator = _SIGNS.get(sign.text, sign.text)
        wild = token.kind == "wild"
        ranges = _compare(operator, _prefix_of(token) if wild else token.text, wild, token.start)
        direction = {">": "up", "<": "down", "!": "not"}.get(operator[0], "")
        return _Atom(ranges, sign.start, token.end, direction, joined_by)

    def _after_number(self, token: _Token, number: str, joined_by: str) -> _Atom:
        """What may follow a number: `+`, `and higher`, `-3.11`."""
        low = _bound(number, token.start)
        follow = self._peek()
        if follow is not None and follow.kind in ("plus", "open"):
            self.at += 1
            return _Atom((Range(low, None),), token.start, follow.end, "", joined_by)
        if follow is not None and follow.kind == "down":
            self.at += 1
            return _Atom((Range(None, _after(number, token.start)),), token.start, follow.end, "", joined_by)
        if follow is not None and follow.kind == "dash":
            self.at += 1
            last = self._peek()
            if last is None or last.kind not in ("number", "wild", "any"):
                raise VersionError(f"a version is missing after '{follow.text}'", follow.start)
            self.at += 1
            high = None if last.kind == "any" else _after(_prefix_of(last), last.start)
            if high is not None and high.version <= low.version:
                written = self.text[token.start : last.end]
                raise VersionError(
                    f"the range '{written}' is empty", token.start, f"write '{last.text}{follow.text}{token.text}'"
                )
            return _Atom((Range(low, high),), token.start, last.end, "", joined_by)
        return _Atom((Range(low, _after(number, token.start)),), token.start, token.end, "", joined_by)

    def _abbreviated(self, token: _Token) -> _Atom:
        """`1.7.0/1` means 1.7.0 and 1.7.1; `8/11` means 8 and 11."""
        before = self.tokens[self.at - 3]
        parts = before.text.split(".")
        number = ".".join([*parts[:-1], token.text]) if len(parts) >= 3 else token.text
        return self._after_number(token, number, "/")

    def _exclusions(self) -> list[Range]:
        found: list[Range] = []
        joined_by = ""
        while self._peek() is not None:
            found.extend(self._atom(joined_by).ranges)
            token = self._peek()
            if token is None:
                return found
            joined_by = self._join(token)
        if not found:
            raise VersionError("a version is missing after 'except'", len(self.text))
        return found

    def _assemble(self, groups: list[list[_Atom]], excluded: list[Range]) -> VersionSet:
        parts: list[Part] = []
        position = 0
        for index, group in enumerate(groups):
            ranges = group[0].ranges
            for atom in group[1:]:
                ranges = intersect(ranges, atom.ranges)
            start = group[0].start
            end = group[-1].end if index + 1 < len(groups) or not excluded else len(self.text)
            text = self.text[start:end]
            if excluded:
                ranges = intersect(ranges, complement(normalize(excluded)))
            if not ranges:
                hint = "write '||' between alternatives" if len(group) > 1 else ""
                raise VersionError(f"no version is in '{text}'", start, hint)
            compares = any(atom.direction or self.text[atom.start] in "=~^" for atom in group)
            parts.append(Part(self.text[position:start], text, tuple(ranges), compares))
            position = end
        ranges = normalize([item for part in parts for item in part.ranges])
        return VersionSet(self.text, tuple(parts), ranges, excepts=bool(excluded))


def _advice(word: str) -> str:
    if word.lower().strip("()") in ("none", "n/a", "-", "no"):
        return "write 'none' for meant absence"
    if re.fullmatch(r"x(\.x)*", word.lower()):
        return "a placeholder is no fact; write 'none' or leave the field out"
    return "write versions as 1.2, >=1.2, 1.2+, 1.2-1.4, 1.x or a list of these"


def _conjoined(previous: _Atom, atom: _Atom) -> bool:
    """Whether two neighbours restrict each other, as in `>=2,<3` or `>=2,!=2.1`."""
    if atom.joined_by not in (",", " ", "and"):
        return False
    if atom.direction == "not":
        return True
    return {previous.direction, atom.direction} in ({"up", "down"}, {"not", "down"}, {"not", "up"})


def _prefix_of(token: _Token) -> str:
    return re.sub(r"(\.[xX*])+$", "", token.text)


def _bound(number: str, offset: int, inclusive: bool = True) -> Bound:
    try:
        return Bound(parse_version(number), inclusive, number)
    except VersionError:
        raise VersionError(f"'{number}' is not a version", offset) from None


def _after(number: str, offset: int) -> Bound:
    """The end of all releases that begin with `number`: 3.11 ends before 3.12."""
    version = _bound(number, offset).version
    if version.is_prerelease or version.is_postrelease or version.local:
        return Bound(version, True, number)
    *head, last = version.release
    text = ".".join(str(part) for part in (*head, last + 1))
    return Bound(parse_version(text), False, text)


def _compare(operator: str, number: str, wild: bool, offset: int) -> tuple[Range, ...]:
    low = _bound(number, offset)
    if operator == ">=":
        return (Range(low, None),)
    if operator == ">":
        return (
            Range(_after(number, offset)._replace(inclusive=True) if wild else low._replace(inclusive=False), None),
        )
    if operator == "<":
        return (Range(None, low._replace(inclusive=False)),)
    if operator == "<=":
        return (Range(None, _after(number, offset) if wild else low),)
    same = Range(low, _after(number, offset))
    if operator == "==":
        return (same,)
    if operator == "!=":
        return complement((same,))
    return (Range(low, _next_release(number, operator, offset)),)


def _next_release(number: str, operator: str, offset: int) -> Bound:
    """The upper end of `^1.2` (next major), `~1.2` (next minor) and `~=1.2` (PEP 440)."""
    release = _bound(number, offset).version.release
    if operator == "~=":
        if len(release) < 2:
            raise VersionError(f"'~={number}' needs a second number", offset, f"write '~={number}.0'")
        keep = len(release) - 1
    elif operator == "^":
        keep = next((i + 1 for i, part in enumerate(release) if part), len(release))
    else:
        keep = min(2, len(release))
    text = ".".join(str(part) for part in (*release[: keep - 1], release[keep - 1] + 1))
    return Bound(parse_version(text), False, text)


def notation(versions: VersionSet, style: str) -> VersionSet:
    """The same set in another notation: `bare` 2.2, `plus` 2.2+, `specifier` >=2.2; `written` leaves it.

    `bare` and `plus` rewrite minimums only. What has an upper end or leaves versions out stays as it was written, and
    so does a set that would be another one.
    """
    if style == "written" or versions.excepts:
        return versions
    texts = [_write(part, style) for part in versions.parts]
    if style == "specifier":  # a comma would be "and" between what ends and what begins
        text = " || ".join(texts)
    else:
        text = "".join(part.separator + text for part, text in zip(versions.parts, texts, strict=True))
    try:
        found = parse_versions(text)
    except VersionError:
        return versions
    same = _lows(found) == _lows(versions) if style == "bare" else found.ranges == versions.ranges
    return found if same else versions  # short notations, such as 1.2.0/1, depend on what stands before them


def _lows(versions: VersionSet) -> list[Bound | None]:
    return [part.ranges[0].low and part.ranges[0].low._replace(text="") for part in versions.parts]


def _write(part: Part, style: str) -> str:
    if len(part.ranges) != 1:
        return part.text
    low, high = part.ranges[0]
    if style == "specifier":
        signs = [] if low is None else [(">=" if low.inclusive else ">") + low.text]
        signs += [] if high is None else [("<=" if high.inclusive else "<") + high.text]
        return ",".join(signs) or part.text
    if low is None or high is not None or not low.inclusive:
        return part.text
    return low.text + ("+" if style == "plus" else "")
