"""What is published and not claimed, and the oldest systems that it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sitegen.findings import Finding, Place
from sitegen.indexes.interface import Floor, Line
from sitegen.indexes.releases import Release
from sitegen.verification.claims import Claims, KnownPlatform, PlatformClaim, RuntimeClaim
from sitegen.verification.evidence import Evidence
from sitegen.verification.file_sets import any_match
from sitegen.verification.lines import numbers
from sitegen.verification.verdicts import VERIFIED, Judgement, contradicted
from sitegen.verification.wording import names


@dataclass(slots=True)
class _Unclaimed:
    """A platform that no fact claims: its tags, and the releases that have it with a file that shows it."""

    families: set[str] = field(default_factory=set)
    releases: dict[str, str] = field(default_factory=dict)


def verify_unclaimed(claims: Claims, evidence: Evidence) -> Iterator[Finding]:
    """Report platforms and versions of runtimes that the newest releases are built for, and no fact claims."""
    found: dict[str, _Unclaimed] = {}
    untagged = {claim.unknown for claim in claims.runtimes} != {""}
    for claim in claims.comparable:
        newest = _newest(claim, evidence)
        if newest is not None and not untagged:
            yield from _unclaimed_lines(claims, claim, newest, evidence)
        if newest is not None and all(platform.patterns for platform in claim.platforms):
            _collect_platforms(claims, claim, newest, evidence, found)
    by_platform: dict[tuple[str, Place], list[_Unclaimed]] = {}
    for family, unclaimed in sorted(found.items()):
        name, place = _home_of(family, claims)
        by_platform.setdefault((name, place), []).append(unclaimed)
    for (name, place), group in by_platform.items():
        families = sorted(family for unclaimed in group for family in unclaimed.families)
        what = f"{name} ({names(families)})" if name else names(families)
        file = evidence.index.file
        message = f"{claims.package} publishes {file}s for {what}, which no fact claims for these releases"
        releases = {text: name for unclaimed in group for text, name in unclaimed.releases.items()}
        details = tuple(f"in {text}: {name}" for text, name in list(releases.items())[:3])
        if len(releases) > 3:
            details += (f"and in {names(list(releases)[3:])}",)
        yield Finding("not-claimed", message, place, "", "notice", details=details)


def _newest(claim: RuntimeClaim, evidence: Evidence) -> Release | None:
    releases = evidence.choice(claim.releases.versions).releases
    return releases[-1] if releases else None


def _peers(claims: Claims, release: Release) -> list[RuntimeClaim]:
    """The claims about a release."""
    return [claim for claim in claims.comparable if release.version in claim.releases.versions]


def _lines(claim: RuntimeClaim, evidence: Evidence) -> tuple[Line, ...]:
    return evidence.lines(claim.tag, evidence.existing(claim.versions.versions))


def _unclaimed_lines(claims: Claims, claim: RuntimeClaim, newest: Release, evidence: Evidence) -> Iterator[Finding]:
    """Lines of a runtime that the newest release is built for, and that no claim about this release names."""
    peers = _peers(claims, newest)
    if peers[0] is not claim:
        return
    claimed = {(p.tag, line) for p in peers for line in _lines(p, evidence)}
    by_runtime: dict[str, list[Line]] = {}
    for runtime, line in evidence.built_lines(newest):
        if (runtime, line) not in claimed:
            by_runtime.setdefault(runtime, []).append(line)
    for runtime, lines in by_runtime.items():
        name = evidence.index.runtimes.get(runtime, runtime)
        message = f"{claims.package} {newest.version} has wheels for {name} {numbers(lines)}, which no fact claims"
        proof = evidence.wheels(newest, runtime, lines[-1])[0].name
        same = next((peer for peer in peers if peer.tag == runtime), claim)
        place, subject = same.versions.place, same.versions.subject
        yield Finding("not-claimed", message, place, "", "notice", subject, details=(f"published: {proof}",))


def _collect_platforms(
    claims: Claims, claim: RuntimeClaim, newest: Release, evidence: Evidence, found: dict[str, _Unclaimed]
) -> None:
    patterns = tuple(p for peer in _peers(claims, newest) for platform in peer.platforms for p in platform.patterns)
    if not patterns:
        return
    for line in reversed(_lines(claim, evidence)):
        for name, platforms in evidence.wheels(newest, claim.tag, line):
            for tag in platforms:
                if not any_match((tag,), patterns):
                    unclaimed = found.setdefault(evidence.index.family(tag), _Unclaimed())
                    unclaimed.families.add(evidence.index.family(tag))
                    unclaimed.releases.setdefault(claim.releases.versions.text, name)


def _home_of(family: str, claims: Claims) -> tuple[str, Place]:
    """Where a platform would be claimed: at the record whose tags it has, or whose tags begin as it does."""
    plain = family.replace("*", "1_1")

    def nearness(known: KnownPlatform) -> int:
        if any_match((plain,), known.patterns):
            return 2
        return int(any(_head(pattern) == _head(family) for pattern in known.patterns))

    best = max(claims.platforms, key=nearness, default=None)
    if best is not None and nearness(best):
        return best.name, best.place
    return "", claims.platforms_place or claims.place


def _head(tag: str) -> str:
    """The system that a tag or a pattern begins with: `win` of `win_arm64` and of `win32`."""
    return tag.rstrip("0123456789").partition("_")[0].partition("*")[0]


# --- floors --------------------------------------------------------------------------


@dataclass(slots=True)
class _Needs:
    """What a platform needs: the highest floor of each CPU, and lines that show it for the releases of each claim."""

    platform: PlatformClaim
    highest: dict[str, Floor] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    too_low: list[str] = field(default_factory=list)


class Floors(NamedTuple):
    """The results for documented floors, by their place, and the findings about all platforms."""

    judged: dict[Place, Judgement]
    findings: tuple[Finding, ...]


def judge_floors(claims: Claims, evidence: Evidence) -> Floors:
    """Report the oldest glibc, musl or macOS that wheels run on, where no fact states it or one states it too low."""
    found: dict[tuple[Place, Place | None], _Needs] = {}
    known: set[Place] = set()
    for claim in claims.comparable:
        releases = evidence.choice(claim.releases.versions).releases
        lines: dict[tuple[Place, Place | None, str], list[tuple[str, str]]] = {}
        for platform in claim.platforms if releases else ():
            needed = _needed(claim, platform, releases, evidence) if platform.patterns else None
            if needed is None:
                continue
            highest, text, proof = needed
            documented = platform.floor.versions.minimum if platform.floor else None
            if platform.floor and documented is not None:
                known.add(platform.floor.place)
                if documented.version.release >= highest.version:
                    continue
            if documented is None and re.search(rf"\b{highest.system}\W*[0-9]", platform.prose, re.IGNORECASE):
                continue  # the record has something about it in words, which cannot be compared
            key = (platform.place, platform.floor.place if platform.floor else None)
            needs = found.setdefault(key, _Needs(platform))
            needs.highest[platform.cpu] = max(needs.highest.get(platform.cpu, highest), highest)
            needs.too_low += [documented.text] if documented is not None else []
            lines.setdefault((*key, text), []).append((platform.cpu, proof))
        for (place, floor, text), cpus in lines.items():
            where = f", {names(cpu for cpu, _ in cpus)}" if cpus[0][0] else ""
            found[place, floor].lines.append(f"{claim.releases.versions.text}{where}: {text} ({cpus[0][1]})")
    findings = {key: _floor_finding(claims, needs) for key, needs in found.items()}
    judged = dict.fromkeys(known, VERIFIED)
    judged |= {
        floor: contradicted() for (_, floor), finding in findings.items() if floor and finding.severity == "error"
    }
    return Floors(judged, tuple(findings.values()))


def _needed(
    claim: RuntimeClaim, platform: PlatformClaim, releases: Sequence[Release], evidence: Evidence
) -> tuple[Floor, str, str] | None:
    """The highest floor of a platform in the newest release, how it came to it, and a file that shows it."""
    lines = _lines(claim, evidence)
    floors = evidence.floors(releases[-1], claim.tag, lines, platform.patterns)
    if not floors:
        return None
    highest = max(floors)
    steps = evidence.floor_steps(releases, claim.tag, lines, platform.patterns)
    text = str(highest)
    if len(steps) > 1:
        text += f" since {steps[0][0].version}, {'.'.join(map(str, steps[1][1].version))} before"
    name = evidence.index.runtimes.get(claim.tag, claim.tag)
    others = [f"{floor} with {name} {numbers(floors[floor][0])}" for floor in sorted(floors)[:-1]]
    return highest, text + (f"; {names(others)}" if others else ""), floors[highest][1]


def _floor_finding(claims: Claims, needs: _Needs) -> Finding:
    platform = needs.platform
    by_floor: dict[Floor, list[str]] = {}
    for cpu, floor in needs.highest.items():
        by_floor.setdefault(floor, []).append(cpu)
    first, *others = sorted(by_floor)
    said = f"{first}" + "".join(f", on {names(by_floor[floor])} {floor}" for floor in others)
    place, subject, details = platform.place, platform.subject, tuple(needs.lines)
    if needs.too_low and platform.floor:
        place = platform.floor.place
        message = f"wheels of {claims.package} for {platform.name} need {said}; the facts state {names(needs.too_low)}"
        return Finding("floor-too-low", message, place, subject=subject, details=details)
    message = f"wheels of {claims.package} for {platform.name} need {said}, and no fact states it"
    return Finding("undocumented-floor", message, place, "", "notice", subject, details=details)
