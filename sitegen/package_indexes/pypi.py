"""The Python package index: what names of files and Requires-Python state.

By PEP 425 (tags), PEP 427 (names of wheels), PEP 600 (manylinux), PEP 656 (musllinux) and PEP 440 (Requires-Python).
`simple_api.py` is the client, which needs packages that `verify` alone does not.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sitegen.facts.version_ranges import Bound, Range, parse_version, specifier_ranges
from sitegen.package_indexes.interface import Artifact, Floor, Index, Line

_LEGACY = {"manylinux1": "manylinux_2_5", "manylinux2010": "manylinux_2_12", "manylinux2014": "manylinux_2_17"}
# The processors of a Mac that one file for several is built for.
_MAC = {
    "universal2": ("x86_64", "arm64"),
    "universal": ("i386", "x86_64", "ppc", "ppc64"),
    "intel": ("i386", "x86_64"),
    "fat": ("i386", "ppc"),
    "fat3": ("i386", "x86_64", "ppc"),
    "fat32": ("i386", "ppc"),
    "fat64": ("x86_64", "ppc64"),
}
_SYSTEMS = {"manylinux": "glibc", "musllinux": "musl", "macosx": "macOS"}
_BUILD = re.compile(r"(?P<runtime>[a-z]+)(?P<major>[0-9])(?P<minor>[0-9]*)")


def spelling(package: str) -> str:
    """The normalized name of a package (PEP 503)."""
    return re.sub(r"[-_.]+", "-", package).lower()


@lru_cache(maxsize=65536)
def artifact(name: str) -> Artifact:
    """What the name of a wheel or a source distribution states."""
    if not name.endswith(".whl"):
        return Artifact(source=True)
    if name.count("-") < 3:
        return Artifact(source=False)  # no name of a wheel: it fits nothing
    python, abi, platform = name.removesuffix(".whl").split("-")[-3:]
    builds = tuple(f"{p}-{a}" for p in python.split(".") for a in abi.split("."))
    platforms = [tag for written in platform.split(".") for tag in _platforms(written)]
    return Artifact(source=False, builds=builds, platforms=tuple(dict.fromkeys(platforms)))


def _platforms(tag: str) -> list[str]:
    """A platform tag with the version of its system in numbers, and with one processor each."""
    if tag == "any":
        return []
    head, _, rest = tag.partition("_")
    if head in _LEGACY:
        return [f"{_LEGACY[head]}_{rest}"]
    mac = re.fullmatch(r"(macosx_[0-9]+_[0-9]+)_(\w+)", tag)
    if mac and mac[2] in _MAC:
        return [f"{mac[1]}_{processor}" for processor in _MAC[mac[2]]]
    return [tag]


@lru_cache(maxsize=65536)
def lines(pattern: str) -> frozenset[tuple[str, Line]]:
    """The lines that the tags of a name, or of several that are folded, name: `cp311` is CPython 3.11."""
    found = re.findall(r"(?<![a-z0-9])(cp|pp|graalpy)([0-9])([0-9]+)(?=[-.])", pattern)
    return frozenset((runtime, (int(major), int(minor))) for runtime, major, minor in found)


@lru_cache(maxsize=65536)
def fits(builds: tuple[str, ...], runtime: str, line: Line) -> bool:
    """Whether a wheel runs on a line. Builds without the global lock, `cp313t`, are for another CPython."""
    return any(_fits(build, runtime, line) for build in builds)


def _fits(build: str, runtime: str, line: Line) -> bool:
    tag, _, abi = build.partition("-")
    match = _BUILD.fullmatch(tag)
    if match is None:
        return False
    major, minor = int(match["major"]), int(match["minor"] or 0)
    if major != line[0]:
        return False
    if match["runtime"] == "py":
        return abi == "none" and minor <= line[1]
    if match["runtime"] != runtime:
        return False
    if abi == "abi3":
        return runtime == "cp" and minor <= line[1]
    regular = runtime != "cp" or abi == "none" or re.fullmatch(r"cp[0-9]+m?u?", abi) is not None
    return minor == line[1] and regular


@lru_cache(maxsize=65536)
def family(platform: str) -> str:
    """A platform tag without the version of its system: `musllinux_*_x86_64`."""
    return re.sub(r"(?<=[a-z])_[0-9]+_[0-9]+_", "_*_", platform)


@lru_cache(maxsize=65536)
def floor(platform: str) -> Floor | None:
    """The oldest glibc, musl or macOS that a platform tag allows."""
    match = re.match(r"(manylinux|musllinux|macosx)_([0-9]+)_([0-9]+)_", platform)
    return Floor(_SYSTEMS[match[1]], (int(match[2]), int(match[3]))) if match else None


def _span(low: str, high: str) -> Range:
    return Range(Bound(parse_version(low), True, low), Bound(parse_version(high), False, high))


PYPI = Index(
    requirement="Requires-Python",
    runtimes={"cp": "CPython", "pp": "PyPy", "graalpy": "GraalPy"},
    depth=2,
    # Python 2 ended with 2.7. No Python 4 is planned, so `<4` takes nothing away from `3.9+`.
    existing=(_span("2.0", "2.8"), _span("3.0", "4.0")),
    file="wheel",
    withdrawn="yanked",
    client="simple_api",
    client_needs="pypi-simple requests",
    artifact=artifact,
    accepted=lru_cache(maxsize=65536)(specifier_ranges),
    source="source distribution",
    spelling=spelling,
    lines=lines,
    fits=fits,
    family=family,
    floor=floor,
)
