"""The parser of version sets: from a text to parts with ranges, or an error that suggests a valid notation.

Ambiguous notations are refused: `6.4.2-103` may be a range or a build number, and `19c` a release of Oracle or a
pre-release by PEP 440.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sitegen.facts.schemes import PEP440, SCHEMES, Scheme
from sitegen.facts.version_ranges import (
    MAX_LENGTH,
    Bound,
    Range,
    VersionError,
    VersionPart,
    after,
    bound,
    branch_end,
    compare,
    complement,
    has_release,
    intersect,
    limited_to_branches,
    normalize,
    range_text,
)
from sitegen.facts.version_tokens import TYPOS, Token, tokenize, without_words
from sitegen.findings import did_you_mean

_SIGNS = {"≥": ">=", "≤": "<=", "=": "=="}
# Letters of pre-releases and post-releases by PEP 440 that vendors use in other ways: 19c, 1.2a, 1.8-b32, 2012r2.
_LETTER = re.compile(
    r"(?P<head>[0-9.v]*[0-9])[-._]?(?:(?P<pre>[ab](?![-._]?[0-9])|(?<=-)b)|(?P<rc>c)|(?P<post>rev|r))(?![a-z])"
)
_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9.])")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_MONTH = re.compile(r"(?:0?[1-9]|1[0-2])")


class _Atom(NamedTuple):
    """A version, a range or a comparison. `direction` is that of its comparator; `minimum` if it is written `4+`."""

    ranges: tuple[Range, ...]
    start: int
    end: int
    direction: str = ""
    minimum: bool = False


def read_parts(text: str, scheme: Scheme) -> tuple[tuple[VersionPart, ...], bool]:
    """The parts of a set in a scheme, and whether it ends with excluded versions. Raises VersionError."""
    if _RELEASE.fullmatch(text):  # most are
        return (VersionPart("", text, (Range(bound(text, 0, scheme), after(text, 0, scheme)),), compares=False),), False
    return _VersionParser(text, scheme, advise=True).parse()


def _is_valid(text: str, scheme: Scheme) -> bool:
    """Whether a text is a valid set of versions in a scheme."""
    try:
        _VersionParser(text, scheme, advise=False).parse()
    except VersionError:
        return False
    return len(text) <= MAX_LENGTH


def scheme_hint(text: str) -> str:
    """The hint to declare a scheme in which a set of versions is valid; empty if there is none."""
    known = [f"'scheme: {scheme}'" for scheme in SCHEMES if scheme.is_likely(text) and _is_valid(text, scheme)]
    return "declare " + " or ".join(known) if known else ""


class _VersionParser:
    """Parses one text in a scheme. With `advise`, errors suggest a notation; the suggestions are parsed without."""

    def __init__(self, text: str, scheme: Scheme, *, advise: bool) -> None:
        self.text = text
        self.scheme = scheme
        self.advise = advise
        self.tokens, end = tokenize(text, scheme)
        self.at = 0
        self.joined_by = ""  # the separator before the current atom
        if end < len(text):
            word = re.split(r"[ ,]", text[end:])[0]
            raise VersionError(f"'{word}' is not part of a set of versions", end, self._advice(end, word))

    def _suggest(self, *texts: str, form: str = "write '{}'") -> str:
        """A hint with the first text that is valid; empty if none is."""
        valid = next((text for text in texts if self.advise and _is_valid(text, self.scheme)), None)
        return form.format(valid) if valid else ""

    def _suggest_all(self, *texts: str) -> str:
        """A hint with all texts that are valid; empty if none is."""
        *others, last = [f"'{text}'" for text in texts if self.advise and _is_valid(text, self.scheme)] or [""]
        return "write " + (f"{', '.join(others)} or {last}" if others else last) if last else ""

    def _advice(self, position: int, word: str) -> str:
        """The hint for a word that is not part of any notation."""
        if not self.advise:
            return ""
        if word.lower().strip("()") in ("none", "n/a", "-", "no", "tbd", "tba", "unknown"):
            return "write 'none' if there is no value"
        if re.fullmatch(r"x(\.x)*", word.lower()):
            return "a placeholder is not a fact; write 'none', or omit the field"
        if word == "*":
            return self._suggest("any")
        if self.scheme.names:
            return did_you_mean(word, self.scheme.names)
        if self.scheme == PEP440 and (hint := scheme_hint(self.text)):
            return hint
        if hint := self._suggest_all(*(self.text[:position] + each for each in without_words(self.text[position:]))):
            return hint
        named = re.match(r"[A-Z][A-Za-z]+ (?=[0-9])|[A-Za-z]+[-_]?(?=[0-9])", self.text[position:])
        if named and self.text[position - 1 : position] in ("", " ", ","):
            rest = self.text[position + named.end() :]
            hint = self._suggest(self.text[:position] + rest, form="omit the name: '{}'")
        joined = self.text.replace(";", ",").replace(" | ", " || ")
        hint = hint or self._suggest(joined, re.sub(r" *(?:\.{2,3}|…) *", "-", self.text))
        if not hint and self.text[position:] == word and re.fullmatch(r"\(?[A-Za-z]+\)?", word):
            hint = self._suggest(self.text[:position].rstrip(), form="write '{}', and the words in a note")
        return hint or "write versions as 1.2, >=1.2, 1.2+, 1.2-1.4, 1.x or a list of these"

    def parse(self) -> tuple[tuple[VersionPart, ...], bool]:
        """The parts, and whether versions are excluded. Raises VersionError."""
        groups: list[list[_Atom]] = []
        for atom in self._atoms():
            if groups and self._restricts(groups[-1][-1], atom):
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
        """The atoms up to the end of the text, or up to `except`."""
        self.joined_by = ""
        while self._peek() is not None:
            yield (atom := self._atom())
            token = self._peek()
            if token is None or token.kind == "except":
                return
            self._refuse_unseparated(atom, token)
            self.joined_by = self._join(token)

    def _peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _refuse_unseparated(self, atom: _Atom, token: Token) -> None:
        """Refuse `1.22~1.25`, which some write for a range, and `1.2 >1.3`."""
        if token.text in ("~", "^", ">", ">=") and not atom.direction:
            before, rest = self.text[: token.start].rstrip(), self.text[token.start :]
            dashes = [f"{before}-{rest[1:].lstrip()}"] if token.text == "~" else []
            hint = self._suggest_all(*dashes, f"{before}, {rest}")
            raise VersionError(f"unexpected '{token.text}' after a version", token.start, hint)

    def _join(self, token: Token) -> str:
        if token.kind == "join":
            self.at += 1
            if self._peek() is None:
                hint = self._suggest(self.text[: token.start].rstrip())
                raise VersionError(f"a version is missing after '{token.text}'", token.start, hint)
            return token.text.lower().lstrip(", ") or ","
        if token.kind == "compare":
            return " "
        hint = "separate versions with ','"
        if token.kind in ("plus", "open"):  # after a range, which has an end
            hint = self._suggest(f"{self.tokens[max(0, self.at - 3)].text}+")
        raise VersionError(f"unexpected '{token.text}' after a version", token.start, hint)

    def _atom(self) -> _Atom:
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "compare":
            return self._comparison(token)
        if token.kind == "any":
            if token.text.lower() not in ("any", "all"):
                raise VersionError(f"'{token.text}' changes over time", token.start, "write 'any' for all versions")
            return _Atom((Range(None, None),), token.start, token.end)
        if token.kind == "wild":
            return self._after_number(token, token.prefix)
        if token.kind == "number":
            self._refuse_letter(token)
            number = self._abbreviated(token) if self.joined_by == "/" and token.text.isdigit() else token.text
            return self._after_number(token, number)
        following = self._peek()
        hint = self._suggest(f"<={following.text}") if token.kind == "dash" and following is not None else ""
        raise VersionError(f"'{token.text}' is not a version", token.start, hint)

    def _comparison(self, sign: Token) -> _Atom:
        token = self._peek()
        if token is None or token.kind not in ("number", "wild"):
            raise VersionError(f"a version is missing after '{sign.text}'", sign.start, self._typo_hint(sign))
        self.at += 1
        self._refuse_letter(token)
        operator = _SIGNS.get(sign.text, sign.text)
        wild = token.kind == "wild"
        ranges = compare(operator, token.prefix if wild else token.text, wild, token.start, self.scheme)
        direction = {">": "up", "<": "down", "!": "not"}.get(operator[0], "")
        return _Atom(ranges, sign.start, token.end, direction)

    def _typo_hint(self, sign: Token) -> str:
        """The hint for a sequence of comparators, such as `=>`."""
        end = self.at
        while end < len(self.tokens) and self.tokens[end].kind == "compare":
            end += 1
        run = "".join(token.text for token in self.tokens[self.at - 1 : end])
        rest = self.text[self.tokens[end - 1].end :].lstrip()
        corrected = [self.text[: sign.start] + right + rest for right in TYPOS.get(run, "").split()]
        return self._suggest(*corrected, form="did you mean '{}'?")

    def _refuse_letter(self, token: Token) -> None:
        match = None if token.text.replace(".", "").isdigit() else _LETTER.match(token.text.lower())
        if match is None or self.scheme != PEP440:
            return
        kind = "post-release" if match["post"] else "pre-release"
        sign = ".post" if match["post"] else "rc" if match["rc"] else match["pre"]
        number = re.match("[0-9]+", token.text[match.end() :].lstrip("-._"))
        written = f"{match['head']}{sign}{number.group() if number else 0}"
        message = f"'{token.text}' is ambiguous: a {kind} of {match['head']} by PEP 440, or the name of a release"
        raise VersionError(message, token.start, self._suggest(written, form=f"write '{{}}' for a {kind}"))

    def _after_number(self, token: Token, number: str) -> _Atom:
        """The atom of a number and what follows it, such as `+`, `and higher` or `-3.11`."""
        low, end = bound(number, token.start, self.scheme), after(number, token.start, self.scheme)
        following = self._peek()
        if following is None or following.kind not in ("plus", "open", "down", "dash"):
            return _Atom((Range(low, end),), token.start, token.end)
        self.at += 1
        if following.kind == "dash":
            return self._range(token, low, following)
        if following.kind == "down":
            return _Atom((Range(None, end),), token.start, following.end)
        return _Atom((Range(low, None),), token.start, following.end, minimum=True)

    def _range(self, token: Token, low: Bound, dash: Token) -> _Atom:
        """The range from one number to another. Refuses what may be a build number or a date."""
        last = self._peek()
        if last is None or last.kind not in ("number", "wild", "any", "below"):
            hint = self._suggest(f"{token.text}+") if last is None else ""
            raise VersionError(f"a version is missing after '{dash.text}'", dash.start, hint)
        self.at += 1
        self._refuse_letter(last)
        written = self.text[token.start : last.end]
        if dash.text == "-" and last.kind != "any" and len(written) == len(token.text) + 1 + len(last.text):
            self._refuse_build_or_date(token, last)
        high = None if last.kind == "any" else after(last.prefix, last.start, self.scheme)
        high = bound(last.prefix, last.start, self.scheme)._replace(inclusive=False) if last.kind == "below" else high
        if high is not None and (high.version, high.inclusive) <= (low.version, False):
            between = self.text[token.end : last.start]
            hint = self._suggest(f"{last.text}{between}{token.text}", f"{last.text} to {token.text}")
            raise VersionError(f"the range '{written}' is empty", token.start, hint)
        return _Atom((Range(low, high),), token.start, last.end)

    def _refuse_build_or_date(self, first: Token, last: Token) -> None:
        date = _DATE.match(self.text, first.start)
        if self.scheme.names:
            return
        if date:
            dotted = date.group().replace("-", ".")
            hint = self._suggest(dotted, form="write '{}' for a version with this name")
            raise VersionError(f"'{date.group()}' is a date", first.start, hint)
        written = self.text[first.start : last.end]
        if "." in first.text and (last.text.isdigit() or self._far_above(first, last)):
            message = f"'{written}' is ambiguous: a range, or {first.text} with the build number {last.text}"
            head, _, number = first.text.rpartition(".")
            more = last.text.isdigit() and number.isdigit() and int(last.text) > int(number)
            texts = [f"{first.text} to {last.text}", *([f"{first.text} to {head}.{last.text}"] if more else [])]
            hint = self._suggest_all(*texts, f"{first.text}+{last.text}")
            raise VersionError(message, first.start, f"{hint} for the build" if hint else "")
        if _YEAR.fullmatch(first.text) and len(last.text) == 2:
            dotted = f"{first.text}.{last.text}"
            if _MONTH.fullmatch(last.text):
                hint = self._suggest(dotted, form="write '{}' for a version with this name")
                raise VersionError(f"'{written}' is a month", first.start, hint)
            hint = self._suggest(f"{first.text}-{first.text[:2]}{last.text}")
            raise VersionError(f"'{written}' is a range of years without a century", first.start, hint)

    def _far_above(self, first: Token, last: Token) -> bool:
        """Whether the end of a range has another order of magnitude, such as 305 in `4.18.0-305.19.1` of a kernel."""
        low, high = (bound(token.prefix, token.start, self.scheme).version.major for token in (first, last))
        return high >= _MIN_BUILD and high > 10 * low

    def _abbreviated(self, token: Token) -> str:
        """`1.7.0/1` means 1.7.0 and 1.7.1; `8/11` means 8 and 11."""
        before = self.tokens[self.at - 3]
        parts = before.text.split(".") if before.kind == "number" else []
        written = self.text[before.start : token.end]
        if _YEAR.fullmatch(token.text) and _MONTH.fullmatch(before.text):
            hint = self._suggest(f"{before.text}, {token.text}", form="write '{}' for two versions")
            raise VersionError(f"'{written}' is ambiguous: a month, or two versions", before.start, hint)
        if len(parts) == 2:
            hint = self._suggest_all(f"{before.text}, {parts[0]}.{token.text}", f"{before.text}, {token.text}")
            raise VersionError(f"'{written}' is ambiguous", before.start, hint)
        return ".".join([*parts[:-1], token.text]) if len(parts) > 2 else token.text

    def _restricts(self, previous: _Atom, atom: _Atom) -> bool:
        """Whether two adjacent atoms restrict each other, as in `>=2,<3` or `>=2,!=2.1`."""
        if self.joined_by not in (",", " ", "and", "&", "&&"):
            return False
        opposite = previous.direction and atom.direction and previous.direction != atom.direction
        return atom.direction == "not" or bool(opposite)

    def _parts(self, groups: list[list[_Atom]], excluded: list[Range]) -> tuple[VersionPart, ...]:
        parts: list[VersionPart] = []
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
                raise VersionError(f"'{text}' contains no version", start, self._alternatives(group))
            compares = any(atom.direction or self.text[atom.start] in "=~^" for atom in group)
            parts.append(VersionPart(self.text[position:start], text, tuple(ranges), compares))
            position = end
        return tuple(parts)

    def _alternatives(self, group: list[_Atom]) -> str:
        """The hint for comparators that exclude each other: alternatives."""
        ranges: tuple[Range, ...] = ()
        text = ""
        for atom in group:
            left = intersect(ranges, atom.ranges)
            text += ("," if left else " || ") * bool(text) + self.text[atom.start : atom.end]
            ranges = left or atom.ranges
        return self._suggest(text, form="write '||' between alternatives: '{}'") if len(group) > 1 else ""

    def _refuse_overlaps(self, parts: tuple[VersionPart, ...]) -> None:
        ranges = [item for part in parts for item in part.ranges]
        if len(normalize(ranges)) == len(ranges):
            return
        for index, part in enumerate(parts):
            for other in parts[:index]:
                common = intersect(part.ranges, other.ranges)
                if any(has_release(item) for item in common):
                    start = sum(len(p.separator + p.text) for p in parts[: index + 1]) - len(part.text)
                    raise VersionError(part.overlap(other), start, self._without_overlaps(parts, part, other))

    def _without_overlaps(self, parts: tuple[VersionPart, ...], part: VersionPart, other: VersionPart) -> str:
        """The hint for parts that overlap: with the ends of branches, as one range, or without the inner ones."""
        if not self.advise:
            return ""
        kept: dict[tuple[Range, ...], VersionPart] = {}
        for item in parts:
            if not any(item.is_inside(outer) for outer in parts):
                kept.setdefault(item.ranges, item)
        union = " || ".join(map(range_text, normalize(item for part in parts for item in part.ranges)))
        outermost = "".join(item.separator * bool(index) + item.text for index, item in enumerate(kept.values()))
        whole = self._suggest(outermost, union) if len(kept) < len(parts) else self._suggest(union)
        both = intersect(part.ranges, other.ranges)
        if {part.open_end, other.open_end} == {"up", "down"}:
            return self._suggest(range_text(both[0]), form="write '{}' for the versions in both") or whole
        if part.text == other.text or not whole:
            return whole
        limited = self._suggest(limited_to_branches(parts), form="write '{}' for branches")
        return limited + whole.replace("write", ", or", 1) + " for all later versions" if limited else whole


_MIN_BUILD = 100  # numbers from here on may be build numbers


def _limit_to_branches(groups: list[list[_Atom]]) -> None:
    """Limit all minimums but the highest to their branches: `2.1.3+, 2.0.6+, 1.7.28+` does not include 2.0.5.

    This is the meaning of a list of minimums with equal precision and different branches. The branch of a minimum is
    its number without the last part: 2.0.6 belongs to 2.0, and 2.7 to 2.
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
                groups[index] = [groups[index][0]._replace(ranges=(Range(low, branch_end(low)),))]
