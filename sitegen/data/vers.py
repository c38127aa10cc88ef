"""Sets of versions as version ranges of Package-URL: `vers:pypi/>=4.0|<5`."""

from __future__ import annotations

import re
from urllib.parse import quote

from sitegen.facts.version_ranges import Bound
from sitegen.facts.versions import VersionSet

# The schemes of vers with the order of ours. There is none for builds, calendar versions, Java and declared orders.
_SCHEMES = {"pep440": "pypi", "semver": "semver", "nuget": "nuget", "maven": "maven", "gem": "gem", "go": "golang"}
_SEMVER = ("semver", "golang")  # their versions have three numbers
_SHORT, _WHOLE = re.compile(r"v?[0-9]+(?:\.[0-9]+)?"), re.compile(r"v?[0-9]+(?:\.[0-9]+){2}(?:[-+][0-9A-Za-z.+-]+)?")


def vers_of(versions: VersionSet) -> str | None:
    """A set of versions as a `vers:` range; None if its scheme, or a version in it, has no equivalent there."""
    scheme = _SCHEMES.get(versions.scheme.name)
    signed: list[tuple[str, Bound]] = []
    for low, high in versions.ranges:
        before = signed[-1] if signed else None
        if low and before and before[0] == "<" and before[1].version == low.version:  # it may occur only once
            signed[-1] = ("!=", low)
        elif low and high and low.version == high.version:
            signed.append(("", low))
            continue
        elif low is not None:
            signed.append((">=" if low.inclusive else ">", low))
        if high is not None:
            signed.append(("<=" if high.inclusive else "<", high))
    constraints = [sign + text for sign, bound in signed if (text := _version(bound.text, scheme))]
    return f"vers:{scheme}/{'|'.join(constraints) or '*'}" if scheme and len(constraints) == len(signed) else None


def _version(text: str, scheme: str | None) -> str:
    """A version as it is written in a range; empty if it is not valid there."""
    if scheme in _SEMVER:
        text += (".0" * (2 - text.count("."))) * bool(_SHORT.fullmatch(text))
        text = (text.removeprefix("v") if scheme == "semver" else text) if _WHOLE.fullmatch(text) else ""
    return quote(text, safe="+-._~")
