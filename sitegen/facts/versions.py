"""Sets of versions, as in the cells of compatibility tables.

`packaging` orders versions (PEP 440). The notation of the author is kept, and printed. `version_grammar.py` parses the
notations of published tables:

    exact     1.9.0                minimum   >=4  4+  4 and higher  ^4.1  ~4.1
    range     3.5-3.11  8 to 17    maximum   <2   <=2.7
    pair      >=2.0,<3             wildcard  2.x  3.*
    list      2.7, 3.5-3.11        union     ^18 || ^20      8 or 11
    any       any, all             except    >=2, except 2.3.1    >=2,!=2.3.1
    branches  2.1.3+, 2.0.6+, 1.7.28+

A number stands for all releases that begin with it: `3.5-3.11` includes 3.11.4. Between two comparators of opposite
direction a comma means "and"; otherwise the parts are alternatives, which do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from sitegen.facts.schemes import PEP440, Scheme
from sitegen.facts.version_grammar import read_parts, scheme_hint
from sitegen.facts.version_ranges import (
    MAX_LENGTH,
    Bound,
    Range,
    VersionError,
    VersionPart,
    contains,
    covers,
    intersect,
    normalize,
    parse_version,
    range_text,
)
from sitegen.frozen import frozen


@frozen
class VersionSet:
    """A set of versions with the notation of its author.

    The separators and texts of `parts` form `text`. `ranges` are disjoint and ascending. `excepts` if the text ends
    with excluded versions. Sets of a declared order have nothing in common with those of other schemes.
    """

    text: str
    parts: tuple[VersionPart, ...]
    ranges: tuple[Range, ...]
    excepts: bool = False
    scheme: Scheme = PEP440

    @property
    def compares(self) -> bool:
        """Whether the notation uses comparators, as a requirement specifier does."""
        return any(part.compares for part in self.parts)

    @property
    def minimum(self) -> Bound | None:
        """The lowest version of the set, or None if it has no lower end."""
        return self.ranges[0].low

    @property
    def bare(self) -> bool:
        """Whether the set is written as a single version."""
        low = self.minimum
        return low is not None and low.text == self.text

    @property
    def as_minimum(self) -> VersionSet:
        """The set if a bare version is a minimum: `1.9.0` means 1.9.0 and later."""
        if not self.bare:
            return self
        ranges = (Range(self.minimum, None),)
        return replace(self, parts=(self.parts[0]._replace(ranges=ranges),), ranges=ranges)

    @property
    def onwards(self) -> tuple[Range, ...]:
        """All versions from one version or branch on, such as `1.9` or `1.x`; the set itself if it is neither."""
        return (Range(self.minimum, None),) if self.is_branch else self.ranges

    @property
    def is_branch(self) -> bool:
        """Whether the set is written as one version or branch: `1.9`, `1.x` or `1.9.*`."""
        return len(self.parts) == 1 and self.lists_branches

    @property
    def lists_branches(self) -> bool:
        """Whether the set is a list of single versions or branches: `1.9, 2.x`."""
        return not self.compares and all(
            low is not None and parse_versions(low.text, self.scheme).ranges == ranges
            for _, _, ranges, _ in self.parts
            for low, _ in ranges[:1]
        )

    @property
    def open(self) -> bool:
        """Whether the set contains all versions from its lowest one on."""
        return len(self.ranges) == 1 and self.ranges[0].high is None

    def common(self, other: VersionSet) -> tuple[Range, ...]:
        """The versions in both sets."""
        return intersect(self.ranges, other.ranges) if self.is_comparable(other) else ()

    def covers(self, other: VersionSet) -> bool:
        """Whether this set contains all versions of another one."""
        return self.is_comparable(other) and covers(self.ranges, other.ranges)

    def is_comparable(self, other: VersionSet) -> bool:
        """Whether the versions of two sets have an order."""
        return self.scheme.is_comparable(other.scheme)

    def read_as(self, scheme: Scheme) -> VersionSet | None:
        """The text of the set, read in a scheme; None if it is not valid there."""
        try:
            return self if self.scheme == scheme else parse_versions(self.text, scheme)
        except VersionError:
            return None

    def meets(self, ranges: Iterable[Range], scheme: Scheme) -> bool:
        """Whether the set, read in a scheme, has versions of some ranges."""
        own = self.read_as(scheme)
        return own is not None and bool(intersect(own.ranges, ranges))

    def __contains__(self, text: str) -> bool:
        version = parse_version(text, self.scheme)
        return any(contains(item, version) for item in self.ranges)


@lru_cache(maxsize=65536)
def parse_versions(text: str, scheme: Scheme = PEP440) -> VersionSet:
    """Parse a set of versions in a scheme. Raises VersionError."""
    if len(text) > MAX_LENGTH:
        raise VersionError(f"a set of versions has at most {MAX_LENGTH} characters")
    if text != text.strip() or "\n" in text:
        raise VersionError("a set of versions must be one line, without spaces around it")
    if not text:
        raise VersionError("an empty text is not a set of versions", hint="write 'none' if there is no value")
    parts, excepts = read_parts(text, scheme)
    ranges = parts[0].ranges if len(parts) == 1 else normalize([item for part in parts for item in part.ranges])
    return VersionSet(text, parts, ranges, excepts, scheme)


def parse_single(text: str, scheme: Scheme = PEP440) -> VersionSet:
    """Parse a single version. Raises VersionError, which does not suggest ranges."""
    try:
        parse_version(text.strip() if "\n" in text else text, scheme)
    except VersionError as error:
        hint = scheme_hint(text) if scheme == PEP440 else ""
        raise VersionError(str(error), error.offset, hint) from None
    try:
        return parse_versions(text, scheme)
    except VersionError as error:
        build = text.replace("-", "+")  # a version of PEP 440 that may also be a range has a build number
        hint = f"write '{build}' for a build number" if f"'{build}'" in error.hint else error.hint
        raise VersionError(str(error), error.offset, hint) from None


def parse_minimum(text: str, scheme: Scheme = PEP440) -> VersionSet:
    """Parse a set of versions in which a bare version is a minimum.

    Raises VersionError, also if several bare versions may be minimums of branches: `1.17.9, 1.18.5`.
    """
    versions = parse_versions(text, scheme)
    lows = [part.ranges[0].low for part in versions.parts]
    numbers = [low.text for low in lows if low is not None and low.text.count(".") >= _PATCH]
    if len(numbers) > 1 and numbers == [part.text for part in versions.parts]:
        minimums, exactly = (", ".join(form.format(number) for number in numbers) for form in ("{}+", "=={}"))
        try:
            parse_versions(minimums, scheme)
        except VersionError:  # they belong to one branch
            return versions
        message = f"'{text}' is ambiguous: minimums of several branches, or these versions only"
        raise VersionError(message, 0, f"write '{minimums}' for minimums, '{exactly}' for these versions only")
    return versions.as_minimum


_PATCH = 2  # dots in the number of a single release


def unite(sets: Iterable[VersionSet]) -> VersionSet | None:
    """The union of sets as one range with comparators, or None if there is a gap."""
    sets = tuple(sets)
    ranges = normalize([item for versions in sets for item in versions.ranges])
    schemes = {versions.scheme for versions in sets}
    if len(ranges) != 1 or len(schemes) != 1:
        return None
    return parse_versions("any" if ranges[0] == Range(None, None) else range_text(ranges[0]), schemes.pop())


def notation(versions: VersionSet, style: str) -> VersionSet:
    """The set in another notation: `bare` 2.2, `plus` 2.2+, `specifier` >=2.2, or as `written`.

    `bare` changes a set that is a single minimum, and `plus` each minimum. With `bare`, a single version becomes
    `==2.2`, since `2.2` would be a minimum. Parts with an upper end and sets with excluded versions are kept,
    and so is a set whose meaning would change.
    """
    if style == "written" or versions.excepts:
        return versions
    if style == "bare":
        low = versions.minimum
        if versions.open and low is not None and low.inclusive:
            return parse_versions(low.text, versions.scheme)
        return parse_versions(f"=={versions.text}", versions.scheme) if versions.bare else versions
    texts = [_write(part, style) for part in versions.parts]
    if style == "specifier":  # between comparators a comma may mean "and"
        text = " || ".join(texts)
    else:
        text = "".join(part.separator + text for part, text in zip(versions.parts, texts, strict=True))
    try:
        rewritten = parse_versions(text, versions.scheme)
    except VersionError:
        return versions
    # Short notations, such as 1.2.0/1, depend on the part before them.
    return rewritten if rewritten.ranges == versions.ranges else versions


def _write(part: VersionPart, style: str) -> str:
    if len(part.ranges) != 1:
        return part.text
    low, high = part.ranges[0]
    if style == "specifier":
        return part.text if low is None and high is None else range_text(part.ranges[0])
    if low is None or high is not None or not low.inclusive:
        return part.text
    return f"{low.text}+"
