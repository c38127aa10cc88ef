"""Claims that releases run on versions of a runtime and on platforms, held against what is published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sitegen.findings import Finding, Place, Severity
from sitegen.frozen import frozen
from sitegen.indexes.interface import Line
from sitegen.indexes.releases import Release
from sitegen.verification.claims import Claims, PlatformClaim, RuntimeClaim
from sitegen.verification.evidence import Evidence
from sitegen.verification.wording import names, number, numbers, span
from sitegen.versions import VersionSet

_EVERYWHERE = PlatformClaim("", "", ("*",), Place("", 1, 1), ("", ""))  # stands for all platforms


@frozen
class _Gap:
    """A line of a runtime that the newest release has no wheel for, on a platform or on all of them.

    `last` is the last release with a wheel, `source` what the newest has to build from; `built` is the last
    release with such a source, where the newest has none.
    """

    line: Line
    platform: PlatformClaim
    last: Release | None
    source: str | None
    built: Release | None


def verify_runtime(claims: Claims, claim: RuntimeClaim, evidence: Evidence) -> Iterator[Finding]:
    """Tell what a claim says and the index does not."""
    releases = evidence.within(claim.releases.versions)
    if not releases:
        yield _no_release(claims, claim, evidence)
        return
    newest = releases[-1]
    lines = evidence.claimed_lines(claim.tag, claim.versions.versions)
    end = _end(claim.versions.versions, lines, newest, evidence)
    if end is not None:
        yield _closed_end(claims, claim, releases, end, evidence)
        lines = tuple(line for line in lines if line[0] != end[0] or line <= end)
    gaps = [gap for line in lines for gap in _gaps(claim, line, releases, evidence)]
    source_only = [gap for gap in gaps if gap.source]
    dropped = [gap for gap in gaps if not gap.source and (gap.last or gap.built)]
    never = [gap for gap in gaps if not gap.source and not gap.last and not gap.built]
    told = _Telling(claims, claim, releases, evidence)
    if never:
        yield told.finding("not-published", "error", "some of it was never published", never)
    if dropped:
        yield told.finding("no-longer-published", "warning", "the newest releases left some of it out", dropped)
    if source_only:
        yield told.finding("source-only", "notice", "some of it can only be built from source", source_only)


def _no_release(claims: Claims, claim: RuntimeClaim, evidence: Evidence) -> Finding:
    message = f"no release of {claims.package} is in '{claim.releases.versions.text}'"
    hint = f"the newest release is {evidence.offered[-1].version}" if evidence.offered else ""
    return Finding("no-release", message, claim.releases.place, hint, subject=claim.releases.subject)


# --- the upper end -------------------------------------------------------------------


def _end(versions: VersionSet, lines: Sequence[Line], newest: Release, evidence: Evidence) -> Line | None:
    """The last line that the newest release admits, where the claim has no upper end and its metadata has one."""
    if not lines or versions.ranges[-1].high is not None:
        return None
    low = versions.ranges[-1].low
    start = low.version.release if low else lines[-1]
    return evidence.last_line(newest, (start[0], start[1] if len(start) > 1 else 0))


def _closed_end(
    claims: Claims, claim: RuntimeClaim, releases: Sequence[Release], end: Line, evidence: Evidence
) -> Finding:
    beyond = (*end[:-1], end[-1] + 1)
    runtime, written = evidence.index.RUNTIMES.get(claim.tag, claim.tag), claim.versions.versions
    closed = [release for release in releases if not evidence.admits(release, beyond)]
    message = (
        f"{runtime} {written.text} has no upper end, but {claims.package} {releases[-1].version} "
        f"does not install on {runtime} {number(beyond)} or later"
    )
    name = evidence.index.REQUIREMENT
    details = [
        f"{name} of {span(closed) if closed[0] == releases[-len(closed)] else releases[-1].version}: "
        + " or ".join(evidence.requirements(releases[-1]))
    ]
    before = [release for release in releases if evidence.admits(release, beyond)]
    if before:
        requirement = " or ".join(evidence.requirements(before[-1])) or "none"
        details.append(f"{name} of {span(before)}: {requirement}")
    low = written.ranges[-1].low
    hint = f"write '{low.text}-{number(end)}'" if low and len(written.ranges) == 1 else f"end it at {number(end)}"
    place, subject = claim.versions.place, claim.versions.subject
    return Finding("open-end", message, place, hint, subject=subject, details=tuple(details))


# --- what there is no wheel for ------------------------------------------------------


def _gaps(claim: RuntimeClaim, line: Line, releases: Sequence[Release], evidence: Evidence) -> Iterator[_Gap]:
    """The platforms without a wheel for a line; one for all where they are all without, and for as long."""
    newest = releases[-1]
    found = []
    platforms = claim.platforms or (_EVERYWHERE,)
    for platform in platforms:
        if not evidence.has_wheel(newest, claim.tag, line, platform.patterns):
            source = evidence.source(newest, line)
            last = evidence.last(releases, claim.tag, line, platform.patterns)
            built = None if source else evidence.last(releases, claim.tag, line, None)
            found.append(_Gap(line, platform, last, source, built))
    if len(found) == len(platforms) and len({gap.last for gap in found}) == 1:
        gap = found[0]
        found = [_Gap(line, _EVERYWHERE, gap.last, gap.source, gap.built)]
    yield from found


@frozen
class _Telling:
    """Turns the gaps of one claim into findings."""

    claims: Claims
    claim: RuntimeClaim
    releases: Sequence[Release]
    evidence: Evidence

    def finding(self, code: str, severity: Severity, what: str, gaps: Sequence[_Gap]) -> Finding:
        claim, newest = self.claim, self.releases[-1]
        message = (
            f"{self.runtime} {claim.versions.versions.text} with {self.claims.package} "
            f"{claim.releases.versions.text}: {what}"
        )
        details = [self._detail(group) for group in _grouped(gaps)]
        if gaps[0].source:
            details.append(f"to build from, {newest.version} has {gaps[0].source}")
        elif not self.evidence.admits(newest, gaps[-1].line):
            requirement = " or ".join(self.evidence.requirements(newest))
            details.append(f"{self.evidence.index.REQUIREMENT} of {newest.version}: {requirement}")
        place, subject = claim.versions.place, claim.versions.subject
        return Finding(code, message, place, severity=severity, subject=subject, details=tuple(details))

    @property
    def runtime(self) -> str:
        return self.evidence.index.RUNTIMES.get(self.claim.tag, self.claim.tag)

    def _detail(self, gaps: Sequence[_Gap]) -> str:
        """What is missing for some lines on some CPUs of a platform, and the nearest wheel that there is."""
        platform, last = gaps[0].platform, gaps[0].last or gaps[0].built
        cpus = names(gap.platform.cpu for gap in gaps if gap.platform.cpu) if platform.cpu else ""
        where = f" on {platform.name} {cpus}".rstrip() if platform.name else " on any platform"
        text = f"{self.runtime} {numbers(gap.line for gap in gaps)}{where}: "
        if last is not None:
            kind = "with a wheel" if gaps[0].last else "that could be built"
            return text + f"{last.version} is the last {kind}{self._proof(last, gaps)}"
        return text + f"no wheel in {span(self.releases)}" + self._nearest(gaps)

    def _proof(self, release: Release, gaps: Sequence[_Gap]) -> str:
        gap = gaps[-1]
        name = self.evidence.wheel(release, self.claim.tag, gap.line, gap.platform.patterns)
        return f" ({name or self.evidence.source(release, gap.line)})"

    def _nearest(self, gaps: Sequence[_Gap]) -> str:
        """The wheel of the newest release for the line nearest to what is missing, on that platform."""
        newest, missing = self.releases[-1], gaps[-1]
        known = {line for tag, line in self.evidence.built_lines(newest) if tag == self.claim.tag}
        for line in sorted(known, key=lambda line: (abs(line[0] - missing.line[0]), abs(line[-1] - missing.line[-1]))):
            name = self.evidence.wheel(newest, self.claim.tag, line, missing.platform.patterns)
            if name:
                return f"; the nearest is {name}"
        patterns = names((pattern for gap in gaps for pattern in gap.platform.patterns), "or")
        return f"; {newest.version} has no tag like {patterns}" if missing.platform.name else ""


def _grouped(gaps: Sequence[_Gap]) -> list[list[_Gap]]:
    """Gaps of the same lines on the CPUs of one platform, or of several lines on one CPU, together."""
    by_cpu: dict[tuple[PlatformClaim, Release | None], list[_Gap]] = {}
    for gap in gaps:
        by_cpu.setdefault((gap.platform, gap.last or gap.built), []).append(gap)
    merged: dict[object, list[_Gap]] = {}
    for (platform, last), group in by_cpu.items():
        key = (platform.name, tuple(gap.line for gap in group), last)
        merged.setdefault(key, []).extend(group)
    return list(merged.values())
