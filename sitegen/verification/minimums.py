"""Compare claims about releases with published releases: minimums and release branches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sitegen.facts.version_ranges import contains, low_key, parse_version
from sitegen.facts.versions import VersionSet, parse_versions
from sitegen.findings import Finding
from sitegen.package_indexes.interface import Line
from sitegen.package_indexes.releases import Release, within
from sitegen.verification.claims import (
    BranchClaim,
    MinimumClaim,
    PackageClaim,
    PackageClaims,
    PlatformClaim,
    RuntimeClaim,
)
from sitegen.verification.evidence import Evidence, distinct
from sitegen.verification.lines import number
from sitegen.verification.verdicts import (
    NOT_OUT,
    ONLY_PRE,
    VERIFIED,
    Judgement,
    contradicted,
    names,
    span,
    unverified,
)

# --- minimums ------------------------------------------------------------------------


def judge_minimum(claims: PackageClaims, claim: MinimumClaim, evidence: Evidence) -> Judgement:
    """Report a minimum that was never published or was yanked, and one without a wheel that a later release has."""
    if claim.version is None:
        return _judge_part(claims, claim, evidence)
    wanted = parse_version(claim.version)
    named = within(evidence.out, parse_versions(claim.version))  # 1.5: all that begin with it
    stable = [release for release in named if release.stable]
    if stable or (named and wanted.is_prerelease):
        late = [_late(claims, claim, runtime, stable[0], evidence) for runtime in claims.comparable] if stable else []
        return VERIFIED._replace(findings=tuple(finding for finding in late if finding is not None))
    if not named and (claim.planned or claims.coming(parse_versions(claim.version))):
        return unverified(NOT_OUT)
    before = [r for r in evidence.out if parse_version(r.version).release == wanted.release]
    return _unpublished(claims, claim, claim.version, named or before, evidence)


def _judge_part(claims: PackageClaims, claim: MinimumClaim, evidence: Evidence) -> Judgement:
    """The versions of a claim that names no first one, such as `<2`: any release of them will do."""
    versions = [parse_version(release.version) for release in evidence.out]
    if any(contains(item, version) for item in claim.part.ranges for version in versions):
        return VERIFIED
    if claim.planned:
        return unverified(NOT_OUT)
    message = f"no release of {claims.package} is in '{claim.part.text}', which {claim.what} needs"
    return contradicted(claim.finding("no-release", message))


def _unpublished(
    claims: PackageClaims, claim: MinimumClaim, version: str, named: Sequence[Release], evidence: Evidence
) -> Judgement:
    """A minimum that no installer takes: never published, withdrawn, or a pre-release only."""
    later = [release for release in evidence.choice(parse_versions(f">={version}")).releases if release not in named]
    hint = f"the next release is {later[0].version}" if later else ""
    what = f"{claims.package} {version}, the minimum of {claim.what},"
    withdrawn = [release for release in named if release.final and release.yanked is not None]
    if withdrawn:
        word, reason = evidence.index.withdrawn, withdrawn[0].yanked
        details = (f"reason: {reason.strip()}",) if reason else ()
        finding = claim.finding("yanked-release", f"{what} was {word}", "warning", hint, details)
        return unverified(f"the minimum was {word}", finding)
    if named:
        return _only_pre(claim, f"{what} has pre-releases only", named, hint)
    before = evidence.choice(parse_versions(f"<{version}")).releases
    around = [release.version for release in (*before[-1:], *later[:1])]
    details = (f"nearest releases: {names(around)}",) if around else ()
    return contradicted(claim.finding("no-release", f"{what} was never published", "error", hint, details))


def _only_pre(claim: PackageClaim, message: str, releases: Sequence[Release], hint: str = "") -> Judgement:
    """Only pre-releases of the claim are published."""
    details = (f"published: {span(releases)}",)
    return unverified(ONLY_PRE, claim.finding("pre-release", message, "warning", hint, details))


def _late(
    claims: PackageClaims, claim: MinimumClaim, runtime: RuntimeClaim, release: Release, evidence: Evidence
) -> Finding | None:
    """Lines and platforms without a wheel in the minimum, but with one in a later release of the claim."""
    releases = evidence.choice(runtime.releases.versions).releases
    if release not in releases:
        return None
    later = distinct(releases[releases.index(release) + 1 :])
    tag, files = runtime.tag, evidence.files(release)
    found: dict[tuple[Line, Release], list[PlatformClaim]] = {}
    for line in evidence.lines(tag, evidence.existing(runtime.versions)):
        for platform in runtime.platforms:
            patterns = platform.patterns
            if patterns and not files.wheel(tag, line, patterns):
                first = next((r for r in later if evidence.files(r).wheel(tag, line, patterns)), None)
                if first is not None:
                    found.setdefault((line, first), []).append(platform)
    if not found:
        return None
    details, missing = [], []
    for (line, first), platforms in found.items():
        what, on = f"{runtime.name} {number(line)}", f" on {_together(platforms)}"
        missing.append(what + (on if files.wheel(tag, line) else ""))
        proof = evidence.name(first, evidence.files(first).wheel(tag, line, platforms[0].patterns))
        details.append(f"{what}{on}: {first.version} is the first with a {evidence.index.file} ({proof})")
    sources = dict.fromkeys(evidence.name(release, files.source(line)) for line, _ in found)
    details += [f"{evidence.index.source} of {release.version}: {source}" for source in sources if source]
    message = (
        f"{claims.package} {release.version}, the minimum of {claim.what}, has no {evidence.index.file} for "
        + names(missing)
    )
    return claim.finding("late-wheel", message, "notice", "", details)


def _together(platforms: Iterable[PlatformClaim]) -> str:
    """Platforms with their CPUs: Linux (x86-64, i686) and Windows (64bit)."""
    by_name: dict[str, list[str]] = {}
    for platform in platforms:
        by_name.setdefault(platform.name, []).append(platform.cpu)
    return names(f"{name} ({', '.join(cpus)})" if any(cpus) else name for name, cpus in by_name.items())


# --- branches ------------------------------------------------------------------------


def judge_branch(claims: PackageClaims, claim: BranchClaim, evidence: Evidence) -> Judgement:
    """Report a branch without a release, and one that was supported before its first release."""
    versions = claim.versions
    choice = evidence.choice(versions)
    if not choice.releases:
        if claim.coming:
            return unverified(NOT_OUT)
        return contradicted(claim.finding("no-release", f"no release of {claims.package} is in '{versions.text}'"))
    if choice.pre and not claim.coming:
        return _only_pre(claim, f"'{versions.text}' has pre-releases of {claims.package} only", choice.releases)
    published = within(evidence.final, versions)
    day = claim.supported.isoformat() if claim.supported else ""
    if day and day <= evidence.day and published:
        if not all(release.day for release in published):
            return unverified("the index states no dates")
        first = min(published, key=lambda release: release.day)
        if day < first.day:
            message = f"'{versions.text}' has {claim.level} from {day} on, but its first release was on {first.day}"
            details = (f"published on {first.day}: {first.version}",)
            return contradicted(claim.finding("level-before-release", message, details=details))
    if choice.withdrawn and claim.current:
        word = evidence.index.withdrawn
        message = f"every release of {claims.package} in '{versions.text}' was {word}"
        details = (f"published: {span(choice.releases)}",)
        return unverified(
            f"all its releases were {word}", claim.finding("yanked-release", message, "warning", "", details)
        )
    return VERIFIED


def verify_coverage(claims: PackageClaims, evidence: Evidence) -> Iterator[Finding]:
    """Report releases that no branch covers: each release line after all branches, and gaps before."""
    if not claims.branches:
        return
    sets = [branch.versions for branch in claims.branches]
    covered = {release for versions in sets for release in within(evidence.offered, versions)}
    newest = max(claims.branches, key=lambda branch: low_key(branch.versions.ranges[-1].low))
    line_of = _line_reader(sets, covered)
    groups: dict[str | int, list[Release]] = {}  # by a new release line, or by how many covered releases are before
    before = 0
    for release in evidence.offered:
        if release in covered:
            before += 1
        else:
            line = line_of(release) if before == len(covered) else None
            groups.setdefault(line or before, []).append(release)
    for key, releases in groups.items():
        since = f", the first on {releases[0].day}" if releases[0].day else ""
        details = (f"published: {span(releases)}{since}",)
        if isinstance(key, str):
            message = f"no branch covers the new release line {key} of {claims.package}"
            place, hint = newest.place, "add a branch for it"
            yield Finding("new-release-line", message, place, hint, "warning", details=details)
        else:
            what = f"{len(releases)} releases of {claims.package}: " if len(releases) > 1 else f"{claims.package} "
            message = f"no branch covers {what}{span(releases)}"
            yield Finding("not-claimed", message, claims.branches[0].place, "", "notice")


def _line_reader(sets: Sequence[VersionSet], covered: set[Release]) -> Callable[[Release], str | None]:
    """A function that returns the release line of a release: its first number, or two if branches need them.

    It returns None for a line of which a branch covers some releases: that line is not new.
    """
    begins = [versions.minimum.version.release[:1] for versions in sets if versions.minimum]
    known = {parse_version(release.version).release[:parts] for release in covered for parts in (1, 2)}
    parts = 1 if len(begins) == len(set(begins)) else 2

    def line_of(release: Release) -> str | None:
        numbers = parse_version(release.version).release
        return next((number(numbers[:n]) for n in range(parts, 3) if numbers[:n] not in known), None)

    return line_of
