"""Version schemes: they rewrite the numbers of other systems to PEP 440, which orders them.

The text of the author is what is printed. A pre-release becomes an alpha release of its number, and a local version has
its identifiers: PEP 440 compares the parts of local versions one by one, words before numbers, fewer parts before more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple


class Scheme(NamedTuple):
    """A scheme by its name. `names` are those of a declared order, from the lowest to the highest."""

    name: str
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"[{', '.join(self.names)}]" if self.names else self.name

    def is_comparable(self, other: Scheme) -> bool:
        """Whether versions of two schemes have a common order."""
        return self == other or not (self.names or other.names)

    @property
    def is_numeric(self) -> bool:
        """Whether plain numbers mean the same as in PEP 440."""
        return self.name not in ("java", "calver") and not self.names

    @property
    def number(self) -> str:
        """A regular expression for a number, without groups."""
        if not self.names:
            return re.sub(r"\(\?P<\w+>", "(?:", _SCHEMES[self.name].number)
        words = "|".join(re.escape(name) for name in sorted(self.names, key=len, reverse=True))
        return rf"(?:{words})(?![a-z0-9_]|\.[a-z0-9])"

    def is_likely(self, text: str) -> bool:
        """Whether a text has what only versions of this scheme have, or few others."""
        likely = "" if self.names else _SCHEMES[self.name].likely
        return bool(likely) and re.search(likely, text, re.IGNORECASE) is not None

    def rewritten(self, text: str) -> str | None:
        """A number by PEP 440; None if it is not valid in the scheme."""
        return _rewritten(self, text)


def declared_order(names: tuple[str, ...]) -> Scheme:
    """The scheme in which versions are names, in this order."""
    return Scheme("order", names)


@lru_cache(maxsize=65536)
def _rewritten(scheme: Scheme, text: str) -> str | None:
    if scheme.names:
        known = [name.casefold() for name in scheme.names]
        return str(known.index(text.casefold()) + 1) if text.casefold() in known else None
    rule = _SCHEMES[scheme.name]
    match = re.fullmatch(rule.number, text, re.IGNORECASE)
    return rule.rewrite(match) if match else None


class _Rewriting(NamedTuple):
    number: str
    rewrite: Callable[[re.Match[str]], str | None]
    likely: str = ""


_RELEASE = r"[0-9]+(?:\.[0-9]+)*"
_NO_WORD = r"(?!(?:latest|any|all|x)\b)"  # `4-latest` is a range
_NAMES = r"[a-z][0-9a-z-]*(?:\.[0-9a-z-]+)*"


def _identifiers(text: str) -> str | None:
    """The identifiers of a pre-release by SemVer: numbers before words, and these by their characters."""
    parts = []
    for part in text.split("."):
        number = part.lstrip("0") or "0"
        if len(number) > 99:
            return None
        parts.append(f"a{len(number):02}{number}" if part.isdigit() else f"b{part.encode().hex()}")
    return ".".join(parts)


def _semver(match: re.Match[str]) -> str | None:
    return _with_identifiers(match["release"], match["pre"])


def _nuget(match: re.Match[str]) -> str | None:
    return _with_identifiers(match["release"], match["pre"] and match["pre"].lower())


def _with_identifiers(release: str, pre: str | None) -> str | None:
    encoded = _identifiers(pre) if pre else ""
    return None if encoded is None else release + (f"a0+{encoded}" if encoded else "")


_SEMVER = rf"v?(?P<release>{_RELEASE})(?:-{_NO_WORD}(?P<pre>{_NAMES}))?(?:\+[0-9a-z-]+(?:\.[0-9a-z-]+)*)?"

# In `31.1-jre-32.0` and `1.0.Final-2.0` the second dash is that of a range.
_MAVEN = (
    rf"v?(?P<release>{_RELEASE})(?:[.-]{_NO_WORD}(?P<word>[a-z]+)(?:(?<!final)(?<!release)(?P<joint>[.-]?)"
    rf"(?P<count>(?:(?<!-)|(?<=alpha-)|(?<=beta-)|(?<=milestone-)|(?<=rc-)|(?<=cr-)){_RELEASE}"
    r"|(?<=-)[0-9]+(?![0-9.])))?"
    r"(?P<snapshot>-snapshot)?)?"
)
_BEFORE = ("alpha", "beta", "milestone", "rc", "snapshot")
_AFTER = ("sp",)  # followed by all other words
_ALIASES = {"cr": "rc", "final": "", "ga": "", "release": ""}
_SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}  # directly before a number


def _maven(match: re.Match[str]) -> str | None:
    word = (match["word"] or "").lower()
    counts = [str(int(count)) for count in (match["count"] or "").split(".") if count]
    word = _SHORT.get(word, word) if counts and not match["joint"] else word
    word = _ALIASES.get(word, word)
    if not word:
        return None if counts or match["snapshot"] else match["release"]
    while counts and counts[-1] == "0":
        counts.pop()
    end = [*counts, "a" if match["snapshot"] else "b"]  # a snapshot of a pre-release is before that
    if word in _BEFORE:
        return f"{match['release']}a0+" + ".".join((str(_BEFORE.index(word)), *end))
    return f"{match['release']}+" + ".".join((*(("0",) if word in _AFTER else ("1", word)), *end))


_GEM = rf"v?(?P<release>{_RELEASE})(?:(?P<dash>-)?\.?{_NO_WORD}(?P<pre>[a-z][0-9a-z]*(?:\.[0-9a-z]+)*))?"
_MOST = 8  # parts of a pre-release of a gem


def _gem(match: re.Match[str]) -> str | None:
    if not match["pre"]:
        return match["release"]
    parts = re.findall("[0-9]+|[A-Za-z]+", ("pre." if match["dash"] else "") + match["pre"])
    encoded = [str(int(part)) if part.isdigit() else f"x{part.encode().hex()}" for part in parts]
    # A part that is missing is 0, which is after all words.
    padded = [*encoded, *("0",) * (_MOST - len(encoded))]
    return f"{match['release']}a0+{'.'.join(padded)}" if len(padded) == _MOST else None


_JAVA = (
    r"(?:1\.(?P<old>[0-9])(?:(?P<zero>\.0)(?:_(?P<update>[0-9]+))?)?(?![0-9_]|\.[0-9])"
    rf"|(?P<new>[0-9]+)u(?P<new_update>[0-9]+)|(?!1\.){_RELEASE})"
    r"(?P<early>-ea)?(?:(?:-b|\+)(?P<build>[0-9]+))?(?:-lts)?"
)


def _java(match: re.Match[str]) -> str | None:
    update = match["update"] or match["new_update"]
    release = match["old"] or match["new"] or re.match(_RELEASE, match[0])[0]  # type: ignore[index]
    release += f".0.{update}" if update else ".0" if match["zero"] else ""
    return release + ("a0" if match["early"] else "") + (f"+{int(match['build'])}" if match["build"] else "")


_GO = (
    rf"(?:go|v)?(?P<release>{_RELEASE})(?:(?P<toolchain>(?:beta|rc)[0-9]+)"
    rf"|-{_NO_WORD}(?P<pre>{_NAMES}|(?:0\.)?[0-9]{{14}}-[0-9a-f]{{12}}))?(?:\+incompatible)?"
)


def _go(match: re.Match[str]) -> str | None:
    return match["release"] + match["toolchain"] if match["toolchain"] else _semver(match)


_BUILD = (
    r"v?(?:(?P<release>[0-9]+(?:\.[0-9]+)+)[-+](?P<build>[0-9]+(?![0-9.])|[0-9]{3,}(?:\.[0-9]+)*)"
    rf"|(?P<plain>{_RELEASE}))"
)


def _build(match: re.Match[str]) -> str | None:
    if match["plain"]:
        return match["plain"]
    return f"{match['release']}+{'.'.join(str(int(part)) for part in match['build'].split('.'))}"


_CALVER = (
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?|(?P<rest>(?:\.[0-9]+)+))?(?![0-9])"
    r"|(?P<short>[0-9]{2})h(?P<half>[12])"
)


def _calver(match: re.Match[str]) -> str | None:
    if match["short"]:
        return f"20{match['short']}.{6 * int(match['half']) - 5}"  # the first month of the half
    month, day = int(match["month"] or 1), int(match["day"] or 1)
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    parts = (match["year"], match["month"], match["day"])
    return ".".join(str(int(part)) for part in parts if part) + (match["rest"] or "")


_SUFFIX = r"[-._]?(?:alpha|beta|preview|post|rev|dev|rc|a|b|c|r)[-._]?[0-9]*(?![a-z])"
_PEP440 = rf"v?{_RELEASE}(?:{_SUFFIX})*(?:\+[a-z0-9]+(?:[._-][a-z0-9]+)*)?"

_LIKELY = r"-(?:alpha|beta|canary|dev|next|pre|preview|rc)\b"

_SCHEMES = {
    "pep440": _Rewriting(_PEP440, lambda match: match[0]),
    "semver": _Rewriting(_SEMVER, _semver, _LIKELY),
    "nuget": _Rewriting(_SEMVER, _nuget, _LIKELY),
    "maven": _Rewriting(_MAVEN, _maven, r"[.-](?:final|ga|release|snapshot|(?:m|cr|sp)[.-]?[0-9])"),
    "gem": _Rewriting(_GEM, _gem, r"\.(?:pre|beta|alpha|rc)[0-9]*(?![a-z])"),
    "java": _Rewriting(_JAVA, _java, r"[0-9](?:u|\.0_)[0-9]"),
    "go": _Rewriting(_GO, _go),
    "build": _Rewriting(_BUILD, _build),
    "calver": _Rewriting(_CALVER, _calver, r"[0-9]h[12]"),
}
PEP440 = Scheme("pep440")
SCHEMES = tuple(map(Scheme, _SCHEMES))
