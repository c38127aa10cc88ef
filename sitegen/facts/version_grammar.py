"""The notations of version sets: a text becomes parts with ranges, or an error with the right notation.

A notation with two common meanings is refused: `6.4.2-103` is a range or a build number, `19c` a release of Oracle
or a pre-release of PEP 440.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sitegen.facts.version_ranges import (
    MAX_LENGTH,
    Bound,
    Range,
    VersionError,
    after,
    bound,
    compare,
    complement,
    end_of,
    has_release,
    intersect,
    low_key,
    normalize,
    range_text,
)


class Part(NamedTuple):
    """One alternative of a set: its own text, the separator before it, its ranges."""

    separator: str
    text: str
    ranges: tuple[Range, ...]
    compares: bool


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
# Comparators as people mistype them, or as other systems write them, and what to try instead.
_SLIPS = {
    "=>": (">=",),
    "=<": ("<=",),
    "=≥": (">=",),
    "=≤": ("<=",),
    ">==": (">=",),
    "<==": ("<=",),
    "===": ("==",),
    "=!": ("!=",),
    "<>": ("!=",),
    "!==": ("!=",),
    "~>": ("~=", "^"),
    "=~": ("~=",),
    ">>": (">",),
    "<<": ("<",),
}
# Letters of a pre-release or post-release by PEP 440, and of names of vendors: 19c, 1.2a, 1.8-b32, 2012r2.
_LETTER = re.compile(
    r"(?P<head>[0-9.v]*[0-9])[-._]?(?:(?P<pre>[ab](?![-._]?[0-9])|(?<=-)b)|(?P<rc>c)|(?P<post>rev|r))(?![a-z])"
)
_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9.])")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_MONTH = re.compile(r"(?:0?[1-9]|1[0-2])")


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


class _Atom(NamedTuple):
    """One atom: its ranges, where it is, the direction of its comparator ('' without one), and whether it is `4+`."""

    ranges: tuple[Range, ...]
    start: int
    end: int
    direction: str
    joined_by: str
    minimum: bool = False


def read_parts(text: str) -> tuple[tuple[Part, ...], bool]:
    """The parts of a set, and whether it ends with versions that are left out. Raises VersionError."""
    if _RELEASE.fullmatch(text):  # as most are
        return (Part("", text, (Range(bound(text, 0), after(text, 0)),), compares=False),), False
    return _Parser(text, advise=True).parse()


def _reads(text: str) -> bool:
    """Whether a text is a set of versions."""
    try:
        _Parser(text, advise=False).parse()
    except VersionError:
        return False
    return len(text) <= MAX_LENGTH


class _Parser:
    """Reads one text. `advise` says whether errors suggest a notation; a suggestion is tried without."""

    def __init__(self, text: str, *, advise: bool) -> None:
        self.text = text
        self.advise = advise
        self.tokens = list(self._tokenize())
        self.at = 0

    def _suggest(self, *texts: str, form: str = "write '{}'") -> str:
        """A hint with the first of some texts that is a set of versions; empty if none is."""
        found = next((text for text in texts if self.advise and _reads(text)), None)
        return form.format(found) if found else ""

    def _suggest_all(self, *texts: str) -> str:
        """A hint with all of some texts that are sets of versions."""
        *others, last = [f"'{text}'" for text in texts if self.advise and _reads(text)] or [""]
        return "write " + (f"{', '.join(others)} or {last}" if others else last) if last else ""

    def _tokenize(self) -> Iterator[_Token]:
        end = 0
        for match in _TOKEN.finditer(self.text):
            if match.start() > end:
                break
            if match.lastgroup != "blank":
                yield _Token(match.lastgroup or "", match.group(), end, match.end())
            end = match.end()
        if end < len(self.text):
            word = re.split(r"[ ,]", self.text[end:])[0]
            raise VersionError(f"'{word}' is not part of a set of versions", end, self._advice(end, word))

    def _advice(self, position: int, word: str) -> str:
        """What to write in place of a word that no notation has."""
        if not self.advise:
            return ""
        if word.lower().strip("()") in ("none", "n/a", "-", "no"):
            return "write 'none' for meant absence"
        if re.fullmatch(r"x(\.x)*", word.lower()):
            return "a placeholder is no fact; write 'none' or leave the field out"
        if word == "*":
            return self._suggest("any")
        named = re.match(r"[A-Za-z]+[-_]?(?=[0-9])", self.text[position:])
        if named and self.text[position - 1 : position] in ("", " ", ","):
            rest = self.text[position + named.end() :]
            return self._suggest(self.text[:position] + rest, form="leave the name out: '{}'")
        dots = re.sub(r" *(?:\.{2,3}|…) *", "-", self.text)
        words = self.text[:position].rstrip() if self.text[position:] == word else ""
        return (
            (self._suggest(dots) if dots != self.text else "")
            or (
                self._suggest(words, form="write '{}', and words in a note")
                if re.fullmatch(r"\(?[A-Za-z]+\)?", word)
                else ""
            )
            or "write versions as 1.2, >=1.2, 1.2+, 1.2-1.4, 1.x or a list of these"
        )

    def parse(self) -> tuple[tuple[Part, ...], bool]:
        """Every part in order."""
        groups: list[list[_Atom]] = []
        for atom in self._atoms():
            if groups and _conjoined(groups[-1][-1], atom):
                groups[-1].append(atom)
            else:
                groups.append([atom])
        excluded: list[Range] = []
        if self._peek() is not None:
            self.at += 1
            excluded = [item for atom in self._atoms() for item in atom.ranges]
            if (token := self._peek()) is not None:
                self._join(token)
            if not excluded:
                raise VersionError("a version is missing after 'except'", len(self.text))
        if len(groups) > 1:
            _limit_to_branches(groups)
        parts = self._parts(groups, excluded)
        if len(parts) > 1:
            self._refuse_overlaps(parts)
        return parts, bool(excluded)

    def _atoms(self) -> Iterator[_Atom]:
        """The atoms up to the end of the text, or to an `except`."""
        joined_by = ""
        while (token := self._peek()) is not None:
            yield self._atom(joined_by)
            token = self._peek()
            if token is None or token.kind == "except":
                return
            joined_by = self._join(token)

    def _peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _join(self, token: _Token) -> str:
        if token.kind == "join":
            self.at += 1
            if self._peek() is None:
                hint = self._suggest(self.text[: token.start].rstrip())
                raise VersionError(f"a version is missing after '{token.text}'", token.start, hint)
            return token.text.lower()
        if token.kind == "compare":
            return " "
        hint = "separate versions with ','"
        if token.kind in ("plus", "open"):  # behind a range, which has an end
            hint = self._suggest(f"{self.tokens[max(0, self.at - 3)].text}+")
        raise VersionError(f"'{token.text}' does not follow a version", token.start, hint)

    def _atom(self, joined_by: str) -> _Atom:
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "compare":
            return self._comparison(token, joined_by)
        if token.kind == "any":
            if token.text.lower() == "latest":
                raise VersionError(
                    "'latest' is another version every time", token.start, "write 'any' for all versions"
                )
            return _Atom((Range(None, None),), token.start, token.end, "", joined_by)
        if token.kind == "wild":
            return self._after_number(token, _prefix_of(token), joined_by)
        if token.kind == "number":
            self._refuse_letter(token)
            number = self._abbreviated(token) if joined_by == "/" and token.text.isdigit() else token.text
            return self._after_number(token, number, joined_by)
        following = self._peek()
        hint = self._suggest(f"<={following.text}") if token.kind == "dash" and following is not None else ""
        raise VersionError(f"'{token.text}' is not a version", token.start, hint)

    def _comparison(self, sign: _Token, joined_by: str) -> _Atom:
        token = self._peek()
        if token is None or token.kind not in ("number", "wild"):
            raise VersionError(f"a version is missing after '{sign.text}'", sign.start, self._slip(sign))
        self.at += 1
        self._refuse_letter(token)
        operator = _SIGNS.get(sign.text, sign.text)
        wild = token.kind == "wild"
        ranges = compare(operator, _prefix_of(token) if wild else token.text, wild, token.start)
        direction = {">": "up", "<": "down", "!": "not"}.get(operator[0], "")
        return _Atom(ranges, sign.start, token.end, direction, joined_by)

    def _slip(self, sign: _Token) -> str:
        """What a run of comparators, such as `=>`, is meant to be."""
        end = self.at
        while end < len(self.tokens) and self.tokens[end].kind == "compare":
            end += 1
        run = "".join(token.text for token in self.tokens[self.at - 1 : end])
        rest = self.text[self.tokens[end - 1].end :].lstrip()
        meant = [self.text[: sign.start] + right + rest for right in _SLIPS.get(run, ())]
        return self._suggest(*meant, form="did you mean '{}'?")

    def _refuse_letter(self, token: _Token) -> None:
        found = None if token.text.replace(".", "").isdigit() else _LETTER.match(token.text.lower())
        if found is None:
            return
        kind = "post-release" if found["post"] else "pre-release"
        sign = ".post" if found["post"] else "rc" if found["rc"] else found["pre"]
        number = re.match("[0-9]+", token.text[found.end() :].lstrip("-._"))
        written = f"{found['head']}{sign}{number.group() if number else 0}"
        message = f"'{token.text}' is a {kind} of {found['head']} by PEP 440, or a release that is named so"
        raise VersionError(message, token.start, self._suggest(written, form=f"write '{{}}' for a {kind}"))

    def _after_number(self, token: _Token, number: str, joined_by: str) -> _Atom:
        """What may follow a number: `+`, `and higher`, `-3.11`."""
        low = bound(number, token.start)
        follow = self._peek()
        if follow is not None and follow.kind in ("plus", "open"):
            self.at += 1
            return _Atom((Range(low, None),), token.start, follow.end, "", joined_by, minimum=True)
        if follow is not None and follow.kind == "down":
            self.at += 1
            return _Atom((Range(None, after(number, token.start)),), token.start, follow.end, "", joined_by)
        if follow is not None and follow.kind == "dash":
            self.at += 1
            return self._range(token, low, follow, joined_by)
        return _Atom((Range(low, after(number, token.start)),), token.start, token.end, "", joined_by)

    def _range(self, token: _Token, low: Bound, dash: _Token, joined_by: str) -> _Atom:
        """From one number to another. Refuses what may be a build number or a date."""
        last = self._peek()
        if last is None or last.kind not in ("number", "wild", "any"):
            hint = self._suggest(f"{token.text}+") if last is None else ""
            raise VersionError(f"a version is missing after '{dash.text}'", dash.start, hint)
        self.at += 1
        self._refuse_letter(last)
        written = self.text[token.start : last.end]
        if dash.text == "-" and last.kind != "any" and len(written) == len(token.text) + 1 + len(last.text):
            self._refuse_build_or_date(token, last)
        high = None if last.kind == "any" else after(_prefix_of(last), last.start)
        if high is not None and high.version <= low.version:
            between = self.text[token.end : last.start]
            hint = self._suggest(f"{last.text}{between}{token.text}", f"{last.text} to {token.text}")
            raise VersionError(f"the range '{written}' is empty", token.start, hint)
        return _Atom((Range(low, high),), token.start, last.end, "", joined_by)

    def _refuse_build_or_date(self, first: _Token, last: _Token) -> None:
        date = _DATE.match(self.text, first.start)
        if date:
            dotted = date.group().replace("-", ".")
            hint = self._suggest(dotted, form="write '{}' for a version that is named so")
            raise VersionError(f"'{date.group()}' is a date", first.start, hint)
        written = self.text[first.start : last.end]
        if "." in first.text and (last.text.isdigit() or _far_above(first, last)):
            message = f"'{written}' is a range, or {first.text} with the build number {last.text}"
            head, _, number = first.text.rpartition(".")
            more = last.text.isdigit() and number.isdigit() and int(last.text) > int(number)
            texts = [f"{first.text} to {last.text}", *([f"{first.text} to {head}.{last.text}"] if more else [])]
            hint = self._suggest_all(*texts, f"{first.text}+{last.text}")
            raise VersionError(message, first.start, f"{hint} for the build" if hint else "")
        if _YEAR.fullmatch(first.text) and len(last.text) == 2:
            dotted = f"{first.text}.{last.text}"
            if _MONTH.fullmatch(last.text):
                hint = self._suggest(dotted, form="write '{}' for a version that is named so")
                raise VersionError(f"'{written}' is a month", first.start, hint)
            hint = self._suggest(f"{first.text}-{first.text[:2]}{last.text}")
            raise VersionError(f"'{written}' is a range of years without a century", first.start, hint)

    def _abbreviated(self, token: _Token) -> str:
        """`1.7.0/1` means 1.7.0 and 1.7.1; `8/11` means 8 and 11."""
        before = self.tokens[self.at - 3]
        parts = before.text.split(".") if before.kind == "number" else []
        written = self.text[before.start : token.end]
        if _YEAR.fullmatch(token.text) and _MONTH.fullmatch(before.text):
            hint = self._suggest(f"{before.text}, {token.text}", form="write '{}' for two versions")
            raise VersionError(f"'{written}' is a month, or two versions", before.start, hint)
        if len(parts) == 2:
            hint = self._suggest_all(f"{before.text}, {parts[0]}.{token.text}", f"{before.text}, {token.text}")
            raise VersionError(f"'{written}' has two meanings", before.start, hint)
        return ".".join([*parts[:-1], token.text]) if len(parts) > 2 else token.text

    def _parts(self, groups: list[list[_Atom]], excluded: list[Range]) -> tuple[Part, ...]:
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
                raise VersionError(f"no version is in '{text}'", start, self._alternatives(group))
            compares = any(atom.direction or self.text[atom.start] in "=~^" for atom in group)
            parts.append(Part(self.text[position:start], text, tuple(ranges), compares))
            position = end
        return tuple(parts)

    def _alternatives(self, group: list[_Atom]) -> str:
        """Comparators that exclude each other, as alternatives."""
        ranges: tuple[Range, ...] = ()
        text = ""
        for atom in group:
            left = intersect(ranges, atom.ranges)
            text += ("," if left else " || ") * bool(text) + self.text[atom.start : atom.end]
            ranges = left or atom.ranges
        return self._suggest(text, form="write '||' between alternatives: '{}'") if len(group) > 1 else ""

    # --- parts that overlap

    def _refuse_overlaps(self, parts: tuple[Part, ...]) -> None:
        ranges = [item for part in parts for item in part.ranges]
        if len(normalize(ranges)) == len(ranges):
            return
        for index, part in enumerate(parts):
            for other in parts[:index]:
                common = intersect(part.ranges, other.ranges)
                if any(has_release(item) for item in common):
                    start = sum(len(p.separator + p.text) for p in parts[: index + 1]) - len(part.text)
                    raise VersionError(_overlap(part, other), start, self._without_overlaps(parts, part, other))

    def _without_overlaps(self, parts: tuple[Part, ...], part: Part, other: Part) -> str:
        """How to write parts that overlap: with the ends of branches, in one range, or without the inner ones."""
        if not self.advise:
            return ""
        kept = [
            one
            for index, one in enumerate(parts)
            if not any(_inside(one, outer) for outer in parts) and one.ranges not in [p.ranges for p in parts[:index]]
        ]
        union = " || ".join(map(range_text, normalize(item for one in parts for item in one.ranges)))
        outer = "".join(one.separator * bool(index) + one.text for index, one in enumerate(kept))
        whole = self._suggest(outer, union) if len(kept) < len(parts) else self._suggest(union)
        both = intersect(part.ranges, other.ranges)
        if {_open_end(part), _open_end(other)} == {"up", "down"}:
            return self._suggest(range_text(both[0]), form="write '{}' for the versions in both") or whole
        limited = self._suggest(_limited(parts), form="write '{}' for branches") if part.text != other.text else ""
        return limited + whole.replace("write", ", or", 1) + " for all from there on" if limited and whole else whole


def _far_above(first: _Token, last: _Token) -> bool:
    """Whether the upper end of a range has another order of magnitude, as 305 in `4.18.0-305.19.1` of a kernel."""
    low, high = (bound(_prefix_of(token), token.start).version.major for token in (first, last))
    return high >= _BUILD and high > 10 * low


_BUILD = 100  # a build number may be as high


def _overlap(part: Part, other: Part) -> str:
    if part.ranges == other.ranges:
        return f"'{part.text}' repeats '{other.text}'"
    if _inside(part, other) or _inside(other, part):
        inner, outer = (part, other) if _inside(part, other) else (other, part)
        return f"'{inner.text}' lies inside '{outer.text}'"
    return f"'{part.text}' overlaps '{other.text}'"


def _inside(inner: Part, outer: Part) -> bool:
    """Whether a part is in another one, which has more versions."""
    return inner.ranges != outer.ranges and not intersect(inner.ranges, complement(outer.ranges))


def _open_end(part: Part) -> str:
    """In which direction a part of one range goes on for ever."""
    (low, high), *more = part.ranges
    if more or (low is None) == (high is None):
        return ""
    return "down" if low is None else "up"


def _limited(parts: tuple[Part, ...]) -> str:
    """The parts as comparators, each minimum but the highest limited to its branch."""
    top = max(low_key(part.ranges[0].low) for part in parts)
    found = []
    for part in sorted(parts, key=lambda part: low_key(part.ranges[0].low)):
        low = part.ranges[0].low
        limited = _open_end(part) == "up" and low is not None and low_key(low) < top
        ranges = (Range(low, _branch_end(low)),) if limited and low is not None else part.ranges
        found += [range_text(item) for item in ranges]
    return " || ".join(found)


def _limit_to_branches(groups: list[list[_Atom]]) -> None:
    """Limit several minimums to their branches, but for the highest: `2.1.3+, 2.0.6+, 1.7.28+` leaves out 2.0.5.

    That is what a list of minimums means where each is of a branch of its own and all are equally precise. The branch
    of a minimum is all of its number but the last part: 2.0.6 is of 2.0, and 2.7 of 2.
    """
    lows = {
        index: low
        for index, group in enumerate(groups)
        if len(group) == 1 and group[0].minimum and (low := group[0].ranges[0].low) is not None
    }
    releases = [low.version.release for low in lows.values()]
    if len(lows) < 2 or {len(release) for release in releases} != {len(releases[0])} or len(releases[0]) < 2:
        return
    if len({release[:-1] for release in releases}) == len(releases):
        highest = max(releases)
        for index, low in lows.items():
            if low.version.release != highest:
                groups[index] = [groups[index][0]._replace(ranges=(Range(low, _branch_end(low)),))]


def _branch_end(low: Bound) -> Bound:
    """The end of the branch of a minimum: 2.0.6 is of 2.0, which ends before 2.1; of a single number it is its own."""
    release = low.version.release
    return end_of(release[:-1] or release)


def _conjoined(previous: _Atom, atom: _Atom) -> bool:
    """Whether two neighbours restrict each other, as in `>=2,<3` or `>=2,!=2.1`."""
    if atom.joined_by not in (",", " ", "and"):
        return False
    opposite = previous.direction and atom.direction and previous.direction != atom.direction
    return atom.direction == "not" or bool(opposite)


def _prefix_of(token: _Token) -> str:
    return re.sub(r"(\.[xX*])+$", "", token.text)
