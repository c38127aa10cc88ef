"""Claims about releases themselves, compared with what is published: minimums and branches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sitegen.findings import Finding
from sitegen.indexes.interface import Line
from sitegen.indexes.releases import Release, within
from sitegen.verification.claims import BranchClaim, Claims, MinimumClaim, PlatformClaim, RuntimeClaim
from sitegen.verification.evidence import Evidence
from sitegen.verification.lines import number
from sitegen.verification.verdicts import VERIFIED, Judgement, contradicted, unverified
from sitegen.verification.wording import names, span, together
from sitegen.version_ranges import holds, low_key, parse_version
from sitegen.versions import VersionSet, parse_versions

_NOT_OUT = "the releases are not out yet"


# --- minimums ------------------------------------------------------------------------


def judge_minimum(claims: Claims, claim: MinimumClaim, evidence: Evidence) -> Judgement:
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
        return unverified(_NOT_OUT)
    before = [r for r in evidence.out if parse_version(r.version).release == wanted.release]
    return _unpublished(claims, claim, claim.version, named or before, evidence)


def _judge_part(claims: Claims, claim: MinimumClaim, evidence: Evidence) -> Judgement:
    """The versions of a claim that names no first one, such as `<2`: any release of them will do."""
    versions = [parse_version(release.version) for release in evidence.out]
    if any(holds(item, version) for item in claim.part.ranges for version in versions):
        return VERIFIED
    if claim.planned:
        return unverified(_NOT_OUT)
    message = f"no release of {claims.package} is in '{claim.part.text}', which {claim.what} needs"
    return contradicted(Finding("no-release", message, claim.place, subject=claim.subject))


def _unpublished(
    claims: Claims, claim: MinimumClaim, version: str, named: Sequence[Release], evidence: Evidence
) -> Judgement:
    """A minimum that no installer takes: never published, withdrawn, or a pre-release only."""
    later = evidence.choice(parse_versions(f">={version}"))
    hint = f"the first release from there on is {later.releases[0].version}" if later.releases else ""
    what = f"{claims.package} {version}, the minimum of {claim.what},"
    place, subject = claim.place, claim.subject
    withdrawn = [release for release in named if release.final and release.yanked is not None]
    if withdrawn:
        word, reason = evidence.index.withdrawn, withdrawn[0].yanked
        details = (f"the reason given: {reason.strip()}",) if reason else ()
        message = f"{what} was {word}"
        finding = Finding("yanked-release", message, place, hint, "warning", subject, details=details)
        return unverified(f"the minimum was {word}", finding)
    if named:
        details = (f"published: {span(named)}",)
        message = f"{what} has pre-releases only"
        finding = Finding("pre-release", message, place, hint, "warning", subject, details=details)
        return unverified("only pre-releases are published", finding)
    before = evidence.choice(parse_versions(f"<{version}")).releases
    around = [release.version for release in (*before[-1:], *later.releases[:1])]
    details = (f"published: {names(around)}",) if around else ()
    message = f"{what} was never published"
    return contradicted(Finding("no-release", message, place, hint, subject=subject, details=details))


def _late(
    claims: Claims, claim: MinimumClaim, runtime: RuntimeClaim, release: Release, evidence: Evidence
) -> Finding | None:
    """Lines and platforms that the minimum has no wheel for, but a later release of the same claim has."""
    releases = evidence.choice(runtime.releases.versions).releases
    if release not in releases:
        return None
    later = releases[releases.index(release) + 1 :]
    found: dict[tuple[Line, Release], list[tuple[PlatformClaim, str]]] = {}
    for line in evidence.lines(runtime.tag, evidence.existing(runtime.versions.versions)):
        for platform in runtime.platforms:
            patterns = platform.patterns
            if patterns and not evidence.has_wheel(release, runtime.tag, line, patterns):
                first = evidence.first(later, runtime.tag, line, patterns)
                if first is not None:
                    found.setdefault((line, first[0]), []).append((platform, first[1]))
    return _late_finding(claims, claim, runtime, release, found, evidence) if found else None


def _late_finding(
    claims: Claims,
    claim: MinimumClaim,
    runtime: RuntimeClaim,
    release: Release,
    found: dict[tuple[Line, Release], list[tuple[PlatformClaim, str]]],
    evidence: Evidence,
) -> Finding:
    details, missing = [], []
    for (line, first), platforms in found.items():
        anywhere = evidence.has_wheel(release, runtime.tag, line, ("*",))
        where = f" on {together(platform for platform, _ in platforms)}" if anywhere else ""
        missing.append(f"{runtime.name} {number(line)}{where}")
        details.append(
            f"{runtime.name} {number(line)} on {together(platform for platform, _ in platforms)}: "
            f"{first.version} is the first with a {evidence.index.file} ({platforms[0][1]})"
        )
    sources = [evidence.source(release, line) for line, _ in found]
    details += [f"to build from, {release.version} has {source}" for source in dict.fromkeys(sources) if source]
    message = (
        f"{claims.package} {release.version}, the minimum of {claim.what}, has no {evidence.index.file} for "
        + names(dict.fromkeys(missing))
    )
    return Finding("late-wheel", message, claim.place, "", "notice", claim.subject, details=tuple(details))


# --- branches ------------------------------------------------------------------------


def judge_branch(claims: Claims, claim: BranchClaim, evidence: Evidence) -> Judgement:
    """Report a branch without a release, and one that was supported before its first release."""
    place, subject = claim.releases.place, claim.releases.subject
    versions = claim.releases.versions
    choice = evidence.choice(versions)
    if not choice.releases:
        if claim.coming:
            return unverified(_NOT_OUT)
        message = f"no release of {claims.package} is in '{versions.text}'"
        return contradicted(Finding("no-release", message, place, subject=subject))
    day = claim.supported if claim.supported and claim.supported.isoformat() <= evidence.day else None
    if choice.pre and not claim.coming:
        message = f"'{versions.text}' has pre-releases of {claims.package} only"
        details = (f"published: {span(choice.releases)}",)
        finding = Finding("pre-release", message, place, "", "warning", subject, details=details)
        return unverified("only pre-releases are published", finding)
    published = within(evidence.final, versions)
    if day is not None and published:
        if not all(release.day for release in published):
            return unverified("the index states no dates")
        first = min(published, key=lambda release: release.day)
        if day.isoformat() < first.day:
            message = f"'{versions.text}' has {claim.level} from {day} on, but its first release is of {first.day}"
            details = (f"published on {first.day}: {first.version}",)
            return contradicted(Finding("level-before-release", message, place, subject=subject, details=details))
    if choice.withdrawn and claim.current:
        word = evidence.index.withdrawn
        message = f"every release of {claims.package} in '{versions.text}' was {word}"
        details = (f"published: {span(choice.releases)}",)
        finding = Finding("yanked-release", message, place, "", "warning", subject, details=details)
        return unverified(f"all its releases were {word}", finding)
    return VERIFIED


def verify_coverage(claims: Claims, evidence: Evidence) -> Iterator[Finding]:
    """Report releases that no branch covers: each release line after all branches, and what is left out before."""
    if not claims.branches:
        return
    sets = [branch.releases.versions for branch in claims.branches]
    covered = {release for versions in sets for release in within(evidence.offered, versions)}
    last = max((at for at, release in enumerate(evidence.offered) if release in covered), default=-1)
    newest = max(claims.branches, key=lambda branch: low_key(branch.releases.versions.ranges[-1].low))
    line_of = _line_reader(sets, covered)
    groups: dict[tuple[str, object], list[Release]] = {}
    run = 0
    for at, release in enumerate(evidence.offered):
        run += release in covered
        if release not in covered:
            line = line_of(release) if at > last else None
            groups.setdefault(("new", line) if line else ("gap", run), []).append(release)
    for (kind, key), releases in groups.items():
        since = f", the first on {releases[0].day}" if releases[0].day else ""
        details = (f"published: {span(releases)}{since}",)
        if kind == "new":
            message = f"no branch covers the new release line {key} of {claims.package}"
            place, hint = newest.releases.place, "add a branch for it"
            yield Finding("new-release-line", message, place, hint, "warning", details=details)
        else:
            what = f"{len(releases)} releases of {claims.package}: " if len(releases) > 1 else f"{claims.package} "
            message = f"no branch covers {what}{span(releases)}"
            yield Finding("not-claimed", message, claims.branches[0].releases.place, "", "notice")


def _line_reader(sets: Sequence[VersionSet], covered: set[Release]) -> Callable[[Release], str | None]:
    """A function that returns the release line of a release by the first number, or by two where branches need it.

    A line of which a branch covers some releases is no new one: None.
    """
    begins = [versions.minimum.version.release[:1] for versions in sets if versions.minimum]
    known = {parse_version(release.version).release[:parts] for release in covered for parts in (1, 2)}
    parts = 1 if len(begins) == len(set(begins)) else 2

    def line_of(release: Release) -> str | None:
        numbers = parse_version(release.version).release
        return next((number(numbers[:n]) for n in range(parts, 3) if numbers[:n] not in known), None)

    return line_of
