"""What is published and not claimed, and the oldest systems that it needs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sitegen.facts.version_ranges import Bound
from sitegen.findings import Finding, Place
from sitegen.package_indexes.interface import Floor, Line
from sitegen.package_indexes.releases import Release
from sitegen.verification.claims import KnownPlatform, PackageClaims, PlatformClaim, RuntimeClaim
from sitegen.verification.evidence import Evidence, any_match
from sitegen.verification.lines import number, numbers
from sitegen.verification.verdicts import VERIFIED, Judgement, contradicted, names

# By the family of a platform that no fact claims: a file that shows it, for each claim by the text of its releases.
_Unclaimed = dict[str, dict[str, str]]


def verify_unclaimed(claims: PackageClaims, evidence: Evidence) -> Iterator[Finding]:
    """Report platforms and versions of runtimes that the newest releases are built for, and no fact claims."""
    found: _Unclaimed = {}
    untagged = any(claim.unknown for claim in claims.runtimes)
    for claim in claims.comparable:
        releases = evidence.choice(claim.releases.versions).releases
        if not releases:
            continue
        newest = releases[-1]
        peers = [peer for peer in claims.comparable if newest.version in peer.releases.versions]
        if not untagged and peers[0] is claim:
            yield from _unclaimed_lines(claims.package, peers, newest, evidence)
        patterns = tuple(p for peer in peers for platform in peer.platforms for p in platform.patterns)
        if patterns and all(platform.patterns for platform in claim.platforms):
            for family, name in _unclaimed_families(claim, patterns, newest, evidence):
                found.setdefault(family, {}).setdefault(claim.releases.versions.text, name)
    by_platform: dict[tuple[str, Place], _Unclaimed] = {}
    for family, files in sorted(found.items()):
        by_platform.setdefault(_home_of(family, claims), {})[family] = files
    for (name, place), families in by_platform.items():
        what = f"{name} ({names(families)})" if name else names(families)
        file = evidence.index.file
        message = f"{claims.package} publishes {file}s for {what}, which the facts do not state for these releases"
        shown = {text: file for files in families.values() for text, file in files.items()}
        details = [f"in {text}: {file}" for text, file in shown.items()][:3]
        details += [f"and in {names(list(shown)[3:])}"] if len(shown) > 3 else []
        yield Finding("not-claimed", message, place, "", "notice", details=tuple(details))


def _lines(claim: RuntimeClaim, evidence: Evidence) -> tuple[Line, ...]:
    return evidence.lines(claim.tag, evidence.existing(claim.versions))


def _unclaimed_lines(
    package: str, peers: Sequence[RuntimeClaim], newest: Release, evidence: Evidence
) -> Iterator[Finding]:
    """Lines of a runtime that a release is built for, and that no claim about this release names."""
    claimed = {(peer.tag, line) for peer in peers for line in _lines(peer, evidence)}
    by_runtime: dict[str, list[Line]] = {}
    for runtime, line in evidence.files(newest).built_lines:
        if (runtime, line) not in claimed:
            by_runtime.setdefault(runtime, []).append(line)
    for runtime, lines in by_runtime.items():
        name = evidence.index.runtimes.get(runtime, runtime)
        message = f"{package} {newest.version} has wheels for {name} {numbers(lines)}, which the facts do not state"
        proof = evidence.name(newest, evidence.files(newest).wheels(runtime, lines[-1])[0])
        same = next((peer for peer in peers if peer.tag == runtime), peers[0])
        yield same.finding("not-claimed", message, "notice", "", (f"published: {proof}",))


def _unclaimed_families(
    claim: RuntimeClaim, patterns: tuple[str, ...], newest: Release, evidence: Evidence
) -> Iterator[tuple[str, str]]:
    """The families of platforms that a release is built for and no pattern fits, with a file; newest lines first."""
    for line in reversed(_lines(claim, evidence)):
        for file in evidence.files(newest).wheels(claim.tag, line):
            for tag in file.artifact.platforms or ():
                if not any_match((tag,), patterns):
                    yield evidence.index.family(tag), evidence.name(newest, file)


def _home_of(family: str, claims: PackageClaims) -> tuple[str, Place]:
    """Where a platform would be claimed: at the record whose tags it has, or whose tags begin as it does."""
    plain = family.replace("*", "1_1")

    def nearness(known: KnownPlatform) -> int:
        if any_match((plain,), known.patterns):
            return 2
        return int(any(_head(pattern) == _head(family) for pattern in known.patterns))

    best = max(claims.platforms, key=nearness, default=None)
    if best is not None and nearness(best):
        return best.name, best.place
    return "", claims.platforms_place


def _head(tag: str) -> str:
    """The system that a tag or a pattern begins with: `win` of `win_arm64` and of `win32`."""
    return tag.rstrip("0123456789").partition("_")[0].partition("*")[0]


# --- floors --------------------------------------------------------------------------


class _Need(NamedTuple):
    """The oldest system that the newest release of a claim needs on a platform, in words, and a file that shows it."""

    claim: RuntimeClaim
    platform: PlatformClaim
    floor: Floor
    text: str
    proof: str


def judge_floors(claims: PackageClaims, evidence: Evidence) -> tuple[dict[Place, Judgement], list[Finding]]:
    """Report the oldest glibc, musl or macOS that wheels run on, where no fact states it or one states it too low.

    Returns the judgements of documented floors, by their place, and the findings about all platforms.
    """
    found: dict[tuple[Place, Place | None], list[_Need]] = {}
    judged: dict[Place, Judgement] = {}
    for claim in claims.comparable:
        releases = evidence.choice(claim.releases.versions).releases
        for platform in claim.platforms if releases else ():
            need = _needed(claim, platform, releases, evidence) if platform.patterns else None
            if need is None:
                continue
            documented = _documented(platform)
            if platform.floor and documented:
                if documented.version.release >= need.floor.version:
                    judged.setdefault(platform.floor.place, VERIFIED)
                    continue
                judged[platform.floor.place] = contradicted()
            elif re.search(rf"\b{need.floor.system}\W*[0-9]", platform.prose, re.IGNORECASE):
                continue  # the record has something about it in words, which cannot be compared
            found.setdefault((platform.place, platform.floor.place if platform.floor else None), []).append(need)
    return judged, [_floor_finding(claims, needs) for needs in found.values()]


def _documented(platform: PlatformClaim) -> Bound | None:
    return platform.floor.versions.minimum if platform.floor else None


def _needed(
    claim: RuntimeClaim, platform: PlatformClaim, releases: Sequence[Release], evidence: Evidence
) -> _Need | None:
    """What the newest release needs on a platform: the highest floor, how it came to it, and a file that shows it."""
    lines = _lines(claim, evidence)
    floors = evidence.files(releases[-1]).floors(claim.tag, lines, platform.patterns)
    if not floors:
        return None
    highest = max(floors)
    text = str(highest)
    change = evidence.floor_change(releases, claim.tag, lines, platform.patterns)
    if change is not None:
        since, before = change
        text += f" since {since.version}, {number(before.version)} before"
    name = evidence.index.runtimes.get(claim.tag, claim.tag)
    others = [f"{floor} with {name} {numbers(floors[floor].lines)}" for floor in sorted(floors)[:-1]]
    text += f"; {names(others)}" if others else ""
    return _Need(claim, platform, highest, text, evidence.name(releases[-1], floors[highest].file))


def _floor_finding(claims: PackageClaims, needs: Sequence[_Need]) -> Finding:
    """The finding about one platform: its highest floor for each CPU, and what shows it for the releases of claims."""
    platform = needs[0].platform
    highest: dict[str, Floor] = {}
    for need in needs:
        cpu = need.platform.cpu
        highest[cpu] = max(highest.get(cpu, need.floor), need.floor)
    first, *others = sorted(set(highest.values()))
    needed = str(first)
    for other in others:
        needed += f", on {names(cpu for cpu, floor in highest.items() if floor == other)} {other}"
    details = []
    for claim, group in itertools.groupby(needs, key=lambda need: need.claim):
        by_text: dict[str, list[_Need]] = {}
        for need in group:
            by_text.setdefault(need.text, []).append(need)
        for text, same in by_text.items():
            where = f", {names(need.platform.cpu for need in same)}" if same[0].platform.cpu else ""
            details.append(f"{claim.releases.versions.text}{where}: {text} ({same[0].proof})")
    message = f"wheels of {claims.package} for {platform.name} need {needed}"
    documented = _documented(platform)
    if platform.floor and documented:
        message += f"; the facts state {documented.text}"
        return platform.floor.finding("floor-too-low", message, details=details)
    return platform.finding("undocumented-floor", f"{message}; the facts do not state this", "notice", "", details)
