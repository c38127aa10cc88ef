"""Compare claims about runtimes and platforms with published releases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sitegen.facts.version_ranges import complement, intersect
from sitegen.files.sources import FILE
from sitegen.findings import Finding, Place, Severity
from sitegen.package_indexes.interface import Line
from sitegen.package_indexes.releases import Release
from sitegen.verification.claims import NO_TAG, PackageClaim, PackageClaims, PlatformClaim, RuntimeClaim
from sitegen.verification.evidence import Evidence, FileSet, any_match, distinct
from sitegen.verification.lines import LineRun, Ranges, line_range, notation, number, numbers, runs_of
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

# For all platforms.
_EVERYWHERE = PlatformClaim("", Place("", 1, 1), ("", ""), "", "", ("*",))
_ONLY_SOURCE = "can only be built from source"
_OLDER_MISSING = "older releases have no file for it"


class _Gap(NamedTuple):
    """A line of a runtime for which the newest release has no wheel, on a platform or on all platforms.

    `last` is the last release with a wheel, `source` what the newest has to build from; `built` is the last
    release with such a source, where the newest has none.
    """

    line: Line
    platform: PlatformClaim
    last: Release | None
    source: str
    built: Release | None


def judge_runtime(claims: PackageClaims, claim: RuntimeClaim, evidence: Evidence) -> list[Judgement]:
    """Compare a claim with the newest release of its set, and its requirements with the older releases.

    Returns a judgement of the claim, followed by one for each of its platforms.
    """
    if claim.unknown:
        what = f"the runtime '{claim.name}'"
        found = () if claim.tag else (_no_tag(claim, what),)
        return _all(claim, unverified(claim.unknown, *found), claim.unknown)
    choice = evidence.choice(claim.releases.versions)
    if not choice.releases:
        if claims.coming(claim.releases.versions):
            return _all(claim, unverified(NOT_OUT), NOT_OUT)
        message = f"no release of {claims.package} is in '{claim.releases.versions.text}'"
        hint = f"the newest release is {evidence.offered[-1].version}" if evidence.offered else ""
        finding = claim.releases.finding("no-release", message, "error", hint)
        return _all(claim, contradicted(finding), "no such releases exist")
    comparison = _RuntimeComparison(claims, claim, choice.releases, evidence)
    judged = comparison.files(*comparison.requirements())
    if not choice.pre:
        return judged
    return [unverified(ONLY_PRE, *item.findings) if item == VERIFIED else item for item in judged]


def _no_tag(claim: PackageClaim, what: str) -> Finding:
    message = f"{what} is not verified, since the settings have no tag for it"
    return claim.finding("no-tag", message, "notice", f"add it to 'tags:' of {claim.subject[0]} in {FILE}")


def _all(claim: RuntimeClaim, runtime: Judgement, reason: str) -> list[Judgement]:
    """A judgement for a claim and every platform, if nothing can be compared."""
    return [runtime, *(unverified(reason) for _ in claim.platforms)]


class _RuntimeComparison:
    """A runtime claim and the releases of its set, at least one."""

    def __init__(
        self, claims: PackageClaims, claim: RuntimeClaim, releases: tuple[Release, ...], evidence: Evidence
    ) -> None:
        self.claim = claim
        self.tag = claim.tag
        self.releases = releases
        self.newest = releases[-1]
        self.newest_name = f"{claims.package} {releases[-1].version}"
        self.evidence = evidence
        self.index = evidence.index
        self.built = evidence.files(self.newest)
        # The last release with each set of files, the newest first.
        self.distinct = [(release, evidence.files(release)) for release in distinct(reversed(releases))]
        self.claimed = evidence.existing(claim.versions)

    def _finding(self, code: str, severity: Severity, what: str, details: Iterable[str], hint: str = "") -> Finding:
        return self.claim.finding(code, f"{self.claim.text}: {what}", severity, hint, details)

    # --- what releases require of the runtime

    def requirements(self) -> tuple[Judgement, Ranges]:
        """Compare the claim with the requirements; also returns the versions that the newest release accepts."""
        depth, (ranges, unknown) = self.index.depth, self.built.accepted
        accepted = intersect(self.claimed, ranges)
        refused = intersect(self.claimed, complement(ranges))
        if refused and unknown:
            return unverified(unknown), self.claimed
        if not refused and not intersect(self.claimed, self.index.existing):
            return unverified("no such version of the runtime exists"), accepted
        runs = runs_of(refused, depth)
        hint = f"write '{notation(accepted, depth)}'" if accepted else ""
        # From the first accepted line on, an open end is a finding of its own.
        start = min((run.first for run in runs_of(accepted, depth)), default=None)
        tail = next((run for run in runs if run.last is None and start is not None and start < run.first), None)
        outright = [run for run in runs if run != tail and self._outright(run, accepted)]
        findings = []
        if outright:
            findings.append(self._not_accepted(outright, [r for r in runs if r.part and r not in outright], hint))
        if tail is not None:
            findings.append(self._open_end(tail, hint))
        if findings:
            return contradicted(*findings), accepted
        if runs:
            details = [self._requirement([self.newest])]
            finding = self._finding("partly-accepted", "warning", self._refusal(runs), details, hint)
            return unverified("only some patch releases of a version are accepted", finding), accepted
        return self._older(accepted), accepted

    def _outright(self, run: LineRun, accepted: Ranges) -> bool:
        """Whether no claimed version of a line is accepted, or a version named in the claim is not."""
        if run.part is None or not intersect(accepted, (line_range(run.first),)):
            return True
        named = [low for low, _ in self.claim.versions.ranges if low is not None]
        return any(low == run.part.low and len(low.version.release) > self.index.depth for low in named)

    def _not_accepted(self, runs: Sequence[LineRun], partly: Sequence[LineRun], hint: str) -> Finding:
        details = [self._requirement([self.newest])]
        for run in sorted(runs, key=lambda run: run.part is not None):  # whole lines first
            line = run.last or run.first
            last = next((release for release, _ in self.distinct if self._accepts(release, line)), None)
            if last is not None and last is not self.newest:
                name = f"{self.claim.name} {number(line)}"
                details.append(f"{name}: {last.version} is the last release that accepts it")
        details += [f"it also does not accept {self.claim.name} {', '.join(map(str, partly))}"] if partly else []
        return self._finding("not-accepted", "error", self._refusal(runs), details, hint)

    def _refusal(self, runs: Iterable[LineRun]) -> str:
        return f"{self.newest_name} does not accept {self.claim.name} {', '.join(map(str, runs))}"

    def _accepts(self, release: Release, line: Line) -> bool:
        ranges, _ = self.evidence.files(release).accepted
        return bool(intersect(ranges, (line_range(line),)))

    def _open_end(self, tail: LineRun, hint: str) -> Finding:
        message = (
            f"{self.claim.name} {self.claim.versions.text} has no upper end, but {self.newest_name} "
            f"does not install on {self.claim.name} {number(tail.first)} or later"
        )
        before = [release for release in self.releases if self._accepts(release, tail.first)]
        closed = [release for release in self.releases if not self._accepts(release, tail.first)]
        whole = closed[0] == self.releases[-len(closed)]
        details = [self._requirement(closed if whole else closed[-1:])]
        details += [self._requirement(before)] if before else []
        return self.claim.finding("open-end", message, "error", hint, details)

    def _older(self, accepted: Ranges) -> Judgement:
        """Versions that the newest release accepts and older ones of the set do not."""
        refused = {release.files: self._refused_lines(files, accepted) for release, files in self.distinct}
        refusing: dict[str, list[Release]] = {}
        for release in self.releases[:-1]:
            if refused[release.files]:
                refusing.setdefault(refused[release.files], []).append(release)
        if not refusing:
            return VERIFIED
        details = [
            f"{self.claim.name} {lines}: not {span(releases)} ({self._requirement(releases[-1:])})"
            for lines, releases in refusing.items()
        ]
        what = f"{self.newest_name} accepts all of it, but older releases do not"
        finding = self._finding("older-releases", "warning", what, details)
        return unverified("the newest release accepts it, older ones do not", finding)

    def _refused_lines(self, files: FileSet, accepted: Ranges) -> str:
        ranges, unknown = files.accepted
        refused = runs_of(intersect(accepted, complement(ranges)), self.index.depth)
        return "" if unknown else ", ".join(map(str, refused))

    def _requirement(self, releases: Sequence[Release]) -> str:
        """What releases require, as the last of them states it."""
        return f"{self.index.requirement} of {span(releases)}: {self.evidence.files(releases[-1]).requirements}"

    # --- missing files

    def files(self, runtime: Judgement, accepted: Ranges) -> list[Judgement]:
        """Compare the claim with the files of the newest release, for the lines that it accepts."""
        lines = self.evidence.lines(self.tag, accepted)
        gaps = [gap for line in lines for gap in self._gaps(line)]
        nowhere = [gap for gap in gaps if gap.platform is _EVERYWHERE and not gap.source]
        found = self._findings(gaps)
        if nowhere or (not self.claim.platforms and any(gap.source for gap in gaps)):
            errors = [finding for finding in found if finding.severity == "error"]
            if errors or runtime.status == "contradicted":
                runtime = contradicted(*runtime.findings, *found)
            else:
                runtime = unverified(_ONLY_SOURCE, *runtime.findings, *found)
        else:
            if not self.claim.platforms and runtime.status == "verified" and self._older_missing(lines, ("*",)):
                runtime = unverified(_OLDER_MISSING)
            runtime = runtime._replace(findings=(*runtime.findings, *found))
        missing = {gap.line for gap in nowhere}
        rest = tuple(line for line in lines if line not in missing)
        platforms = [self._platform(platform, rest, gaps) for platform in self.claim.platforms]
        if runtime.status != "verified":  # then nothing that includes it is
            part = unverified(f"the claim about the runtime is {runtime.status}")
            platforms = [part if judged == VERIFIED else judged for judged in platforms]
        return [runtime, *platforms]

    def _platform(self, platform: PlatformClaim, lines: tuple[Line, ...], gaps: Sequence[_Gap]) -> Judgement:
        if not platform.patterns:
            what = f"'{platform.cpu}' of '{platform.subject[1]}'" if platform.cpu else f"the platform '{platform.name}'"
            return unverified(NO_TAG, _no_tag(platform, what))
        if not lines:
            return unverified("no version of the runtime is accepted")
        own = [gap for gap in gaps if gap.line in lines and gap.platform in (platform, _EVERYWHERE)]
        if any(not gap.source for gap in own):
            return contradicted()
        if own:
            return unverified(_ONLY_SOURCE)
        if any(file.artifact.platforms is None for line in lines for file in self.built.wheels(self.tag, line)):
            return unverified("the index states no platforms for it")
        if self._older_missing(lines, platform.patterns):
            return unverified(_OLDER_MISSING)
        return VERIFIED

    def _older_missing(self, lines: tuple[Line, ...], patterns: tuple[str, ...]) -> bool:
        """Whether an older release can neither be installed nor built on one of some lines of a platform."""
        return any(
            not files.source(line) and not files.wheel(self.tag, line, patterns)
            for _, files in self.distinct[1:]
            for line in lines
        )

    def _gaps(self, line: Line) -> Iterator[_Gap]:
        """The platforms without a wheel for a line; one for all where no platform has any."""
        if not self.built.wheel(self.tag, line):
            yield self._gap(line, _EVERYWHERE)
            return
        for platform in self.claim.platforms:
            if platform.patterns and not self.built.wheel(self.tag, line, platform.patterns):
                yield self._gap(line, platform)

    def _gap(self, line: Line, platform: PlatformClaim) -> _Gap:
        older, patterns = self.distinct[1:], platform.patterns
        last = next((release for release, files in older if files.wheel(self.tag, line, patterns)), None)
        source = self.evidence.name(self.newest, self.built.source(line))
        built = None if source else next((release for release, files in older if files.source(line)), None)
        return _Gap(line, platform, last, source, built)

    def _findings(self, gaps: Sequence[_Gap]) -> list[Finding]:
        never = [gap for gap in gaps if not gap.source and not gap.last and not gap.built]
        dropped = [gap for gap in gaps if not gap.source and (gap.last or gap.built)]
        source = [gap for gap in gaps if gap.source]
        no_file = f"{self.newest.version} has no files for a part of this claim"
        return [
            *self._missing("not-published", "error", "files for a part of this claim were never published", never),
            *self._missing("no-longer-published", "error", no_file, dropped),
            *self._missing("source-only", "notice", "a part of this claim can only be built from source", source),
        ]

    def _missing(self, code: str, severity: Severity, what: str, gaps: Sequence[_Gap]) -> Iterator[Finding]:
        if not gaps:
            return
        details = [self._detail(group) for group in _grouped(gaps)]
        if gaps[0].source:
            details.append(f"{self.index.source} of {self.newest.version}: {gaps[0].source}")
        elif self.index.source:
            details.append(f"{self.newest.version} has no {self.index.source} for it either")
        yield self._finding(code, severity, what, details)

    def _detail(self, gaps: Sequence[_Gap]) -> str:
        """The lines and CPUs of a platform without a file, and the files that exist instead."""
        platform, last = gaps[0].platform, gaps[0].last or gaps[0].built
        cpus = names(gap.platform.cpu for gap in gaps if gap.platform.cpu) if platform.cpu else ""
        where = f" on {platform.name} {cpus}".rstrip() if platform.name else " on any platform"
        text = f"{self.claim.name} {numbers(gap.line for gap in gaps)}{where}: "
        if last is not None:
            kind = f"with a {self.index.file}" if gaps[0].last else "that could be built"
            text += f"{last.version} is the last {kind} ({self._proof(last, gaps[-1])})"
        else:
            text += f"no {self.index.file} in {span(self.releases)}"
        return text + self._instead(gaps)

    def _proof(self, release: Release, gap: _Gap) -> str:
        files = self.evidence.files(release)
        return self.evidence.name(
            release, files.wheel(self.tag, gap.line, gap.platform.patterns) or files.source(gap.line)
        )

    def _instead(self, gaps: Sequence[_Gap]) -> str:
        """The other lines that the newest release has wheels for on the platform, or the other platforms."""
        patterns = tuple(pattern for gap in gaps for pattern in gap.platform.patterns)
        built = [line for tag, line in self.built.built_lines if tag == self.tag]
        lines = [line for line in built if self.built.wheel(self.tag, line, patterns)]
        if lines:
            there = "" if gaps[0].platform is _EVERYWHERE else " there"
            return f"; {self.newest.version} has {self.index.file}s{there} for {self.claim.name} {numbers(lines)}"
        others = self._platforms_of(gaps[-1].line)
        return f"; {self.newest.version} has {self.index.file}s for {names(others)}" if others else ""

    def _platforms_of(self, line: Line) -> list[str]:
        """The platforms that the newest release has wheels for: those that the facts name, then other tags."""
        known = [platform for platform in self.claim.platforms if platform.patterns]
        found = [platform.label for platform in known if self.built.wheel(self.tag, line, platform.patterns)]
        claimed = tuple(pattern for platform in known for pattern in platform.patterns)
        tags = [tag for file in self.built.wheels(self.tag, line) for tag in file.artifact.platforms or ()]
        families = {self.index.family(tag) for tag in tags if not any_match((tag,), claimed)}
        return [*found, *sorted(families)]


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
