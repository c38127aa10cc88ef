"""The npm registry: what `engines`, `os` and `cpu` of a package state.

A version has one file for every system. Its entry in a lock is `tarball`, followed by what `os`, `cpu` and `libc` list:
`tarball os=darwin,linux cpu=x64`. `npm_registry.py` is the client.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sitegen.facts.version_ranges import Bound, Range, VersionError, compare, intersect, normalize, parse_version
from sitegen.package_indexes.interface import Artifact, Index

_SYSTEMS = ("aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "sunos", "win32")
_CPUS = ("arm", "arm64", "ia32", "loong64", "mips", "mipsel", "ppc64", "riscv64", "s390x", "x64")
_LIBCS = ("glibc", "musl")

_VERSION = r"v?(?:[0-9]+|[xX*])(?:\.(?:[0-9]+|[xX*])){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
_COMPARATOR = re.compile(rf"(?P<sign>>=|<=|>|<|=|\^|~>|~)?\s*(?P<version>{_VERSION})(?=\s|$)\s*")
_HYPHEN = re.compile(rf"\s*(?P<low>{_VERSION})\s+-\s+(?P<high>{_VERSION})\s*")


@lru_cache(maxsize=65536)
def artifact(name: str) -> Artifact:
    """The platforms in the entry of a version; None without `os` and `cpu`."""
    fields = dict(part.split("=", 1) for part in name.split() if "=" in part)
    if not fields:
        return Artifact(source=False, platforms=None)
    systems, cpus = _listed(fields.get("os", ""), _SYSTEMS), _listed(fields.get("cpu", ""), _CPUS)
    libcs = _listed(fields["libc"], _LIBCS) if "libc" in fields else ()
    tags = []
    for system in systems:
        ends = [f"-{libc}" for libc in libcs] if system == "linux" and libcs else [""]
        tags += [f"{system}-{cpu}{end}" for cpu in cpus for end in ends]
    return Artifact(source=False, platforms=tuple(tags))


def _listed(written: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a list such as `linux,darwin`, or all known ones except those after `!`."""
    words = [word for word in written.split(",") if word and word != "any"]
    refused = {word[1:] for word in words if word.startswith("!")}
    named = tuple(word for word in words if not word.startswith("!"))
    return tuple(word for word in named or known if word not in refused)


# --- ranges --------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def accepted(requirement: str) -> tuple[Range, ...] | None:
    """The versions that an npm range accepts; None if it is empty or unreadable.

    Supports comparators, `^`, `~`, `1.x`, `*`, `1 - 2` and `||`, and pre-releases only as in `>=18.0.0-0`, which
    accepts the same releases as `>=18.0.0`.
    """
    if not requirement:
        return None
    try:
        return normalize([item for part in requirement.split("||") for item in _conjunction(part)])
    except VersionError:
        return None


def _conjunction(text: str) -> tuple[Range, ...]:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        return intersect(_comparator(">=", hyphen["low"]), _comparator("<=", hyphen["high"]))
    found: tuple[Range, ...] = (Range(None, None),)
    position = len(text) - len(text.lstrip())
    while position < len(text):
        match = _COMPARATOR.match(text, position)
        if match is None:
            raise VersionError(f"'{text}' is not an npm version range", position)
        found = intersect(found, _comparator(match["sign"] or "=", match["version"]))
        position = match.end()
    return found


def _comparator(sign: str, version: str) -> tuple[Range, ...]:
    """The versions of one comparator. An incomplete number, as in `>16` or `<=16`, means all that start with it."""
    release, pre = re.fullmatch(r"v?([^-+]+)(-[^+]+)?.*", version, re.DOTALL).groups()  # type: ignore[union-attr]
    if pre and sign not in (">=", "<", "^", "~", "~>"):
        raise VersionError(f"a range that depends on the pre-release '{version}' is not read")
    numbers = re.split(r"\.?[xX*]", release)[0]
    if not numbers:  # `*`
        return (Range(None, None),) if sign not in ("<", ">") else ()
    whole = numbers.count(".") == 2
    if sign == "=" and whole:
        exactly = Bound(parse_version(numbers), True, numbers)
        return (Range(exactly, exactly),)
    return compare({"=": "==", "~>": "~"}.get(sign, sign), numbers, not whole, 0)


NPM = Index(
    requirement="engines.node",
    runtimes={"node": "Node.js"},
    depth=1,
    existing=(Range(Bound(parse_version("0"), True, "0"), None),),
    file="package",
    withdrawn="deprecated",
    client="npm_registry",
    client_needs="requests",
    artifact=artifact,
    accepted=accepted,
)
