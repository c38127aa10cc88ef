"""Claims about releases themselves, held against what is published: minimums and branches."""

from __future__ import annotations

from collections.abc import Iterator

from sitegen.findings import Finding
from sitegen.indexes.interface import Line
from sitegen.indexes.releases import Release, within
from sitegen.verification.claims import BranchClaim, Claims, MinimumClaim, PlatformClaim, RuntimeClaim
from sitegen.verification.evidence import Evidence
from sitegen.verification.wording import names, number, numbers, span, together
from sitegen.version_ranges import parse_version
from sitegen.versions import parse_versions


def verify_minimum(claims: Claims, claim: MinimumClaim, evidence: Evidence) -> Iterator[Finding]:
    """Tell of a minimum that was never published, was yanked, or has no wheel that a later release has."""
    wanted = parse_version(claim.version)
    named = within(evidence.published.releases, parse_versions(claim.version))  # 1.5: all that begin so
    stable = [release for release in named if release.stable]
    if not stable and not (named and wanted.is_prerelease):
        before = [r for r in evidence.published.releases if parse_version(r.version).release == wanted.release]
        yield _unpublished(claims, claim, named or before, evidence)
    if not stable:
        return
    for runtime in claims.runtimes:
        if stable[0] in evidence.within(runtime.releases.versions):
            finding = _late(claims, claim, runtime, stable[0], evidence)
            if finding is not None:
                yield finding


def _unpublished(claims: Claims, claim: MinimumClaim, named: list[Release], evidence: Evidence) -> Finding:
    """A minimum that no installer takes: never published, yanked, or a pre-release only."""
    later = evidence.within(parse_versions(f">={claim.version}"))
    hint = f"the first release from there on is {later[0].version}" if later else ""
    what = f"{claims.package} {claim.version}, the minimum of {claim.what},"
    place, subject = claim.place, claim.subject
    yanked = [release for release in named if release.yanked is not None]
    if yanked:
        details = (f"the reason given: {yanked[0].yanked}",) if yanked[0].yanked else ()
        return Finding("yanked-release", f"{what} was yanked", place, hint, "warning", subject, details=details)
    if named:
        details = (f"published: {span(named)}",)
        return Finding("pre-release", f"{what} has pre-releases only", place, hint, "warning", subject, details=details)
    before = evidence.within(parse_versions(f"<{claim.version}"))
    around = [release.version for release in (*before[-1:], *later[:1])]
    details = (f"published: {names(around)}",) if around else ()
    return Finding("no-release", f"{what} was never published", place, hint, subject=subject, details=details)


def _late(
    claims: Claims, claim: MinimumClaim, runtime: RuntimeClaim, release: Release, evidence: Evidence
) -> Finding | None:
    """Lines and platforms that the minimum has no wheel for, but a later release of the same claim has."""
    releases = evidence.within(runtime.releases.versions)
    later = releases[releases.index(release) + 1 :]
    lines = evidence.claimed_lines(runtime.tag, runtime.versions.versions)
    found: dict[tuple[Line, Release], list[tuple[PlatformClaim, str]]] = {}
    for line in lines:
        for platform in runtime.platforms:
            if not evidence.has_wheel(release, runtime.tag, line, platform.patterns):
                first = evidence.first(later, runtime.tag, line, platform.patterns)
                if first is not None:
                    found.setdefault((line, first[0]), []).append((platform, first[1]))
    if not found:
        return None
    name = evidence.index.RUNTIMES.get(runtime.tag, runtime.tag)
    details = []
    for (line, first_release), platforms in found.items():
        everywhere = len(platforms) == len(runtime.platforms)
        where = "" if everywhere else f" on {together(platform for platform, _ in platforms)}"
        proof = platforms[0][1]
        details.append(f"{name} {number(line)}{where}: {first_release.version} is the first with a wheel ({proof})")
    source = evidence.source(release, lines[-1])
    details += [f"to build from, {release.version} has {source}"] if source else []
    missing = numbers(line for line, _ in found)
    message = f"{claims.package} {release.version}, the minimum of {claim.what}, has no wheel for {name} {missing}"
    if not any(len(platforms) == len(runtime.platforms) for platforms in found.values()):
        message += " on some platforms"
    return Finding("late-wheel", message, claim.place, "", "notice", claim.subject, details=tuple(details))


def verify_branch(claims: Claims, claim: BranchClaim, evidence: Evidence) -> Iterator[Finding]:
    """Tell of a branch without a release, or of one that was supported before its first release."""
    place, subject = claim.releases.place, claim.releases.subject
    text = claim.releases.versions.text
    releases = evidence.within(claim.releases.versions)
    if not releases:
        message = f"no release of {claims.package} is in '{text}'"
        yield Finding("no-release", message, place, subject=subject)
        return
    first = min(release.day for release in releases)
    if first and claim.supported is not None and claim.supported.isoformat() < first:
        release = next(release for release in releases if release.day == first)
        message = f"'{text}' has {claim.level} from {claim.supported} on, but its first release is of {first}"
        details = (f"published on {first}: {release.version}",)
        yield Finding("level-before-release", message, place, subject=subject, details=details)


def verify_coverage(claims: Claims, evidence: Evidence) -> Iterator[Finding]:
    """Tell of releases that no branch of the facts covers."""
    covered = {release for branch in claims.branches for release in evidence.within(branch.releases.versions)}
    left_out = [release for release in evidence.offered if release not in covered]
    if left_out and claims.branches:
        message = f"no branch covers {len(left_out)} releases of {claims.package}"
        if len(left_out) == 1:
            message = f"no branch covers {claims.package} {left_out[0].version}"
        place = claims.branches[0].releases.place
        details = (f"published: {span(left_out)}",) if len(left_out) > 1 else ()
        yield Finding("not-claimed", message, place, "", "notice", details=details)
