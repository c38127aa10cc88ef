"""Claims that releases run on versions of a runtime and on platforms, compared with what is published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from sitegen.findings import Finding, Place, Severity
from sitegen.indexes.interface import Line
from sitegen.indexes.releases import Release
from sitegen.sources import FILE
from sitegen.verification.claims import NO_TAG, Claims, PlatformClaim, RuntimeClaim, Said
from sitegen.verification.evidence import Evidence
from sitegen.verification.file_sets import any_match
from sitegen.verification.lines import Piece, Ranges, Run, apart, line_range, lines_text, notation, number, numbers
from sitegen.verification.verdicts import VERIFIED, Judgement, contradicted, unverified
from sitegen.verification.wording import names, span
from sitegen.version_ranges import complement, intersect

# Stands for all platforms.
_EVERYWHERE = PlatformClaim("", "", ("*",), Place("", 1, 1), ("", ""))


class Judged(NamedTuple):
    """The result for a claim about a runtime, and for the same on each of its platforms."""

    runtime: Judgement
    platforms: tuple[Judgement, ...]


class _Gap(NamedTuple):
    """A line of a runtime that the newest release has no wheel for, on a platform or on all of them.

    `last` is the last release with a wheel, `source` what the newest has to build from; `built` is the last
    release with such a source, where the newest has none.
    """

    line: Line
    platform: PlatformClaim
    last: Release | None
    source: str | None
    built: Release | None


def judge_runtime(claims: Claims, claim: RuntimeClaim, evidence: Evidence) -> Judged:
    """Compare a claim with the newest release of its set, and Requires-Python and the like with the older ones."""
    if claim.unknown:
        return _all(claim, unverified(claim.unknown, *_no_tag(claim)), claim.unknown)
    choice = evidence.choice(claim.releases.versions)
    if not choice.releases:
        if claims.coming(claim.releases.versions):
            reason = "the releases are not out yet"
            return _all(claim, unverified(reason), reason)
        finding = _no_release(claims, claim.releases, evidence)
        return _all(claim, contradicted(finding), "its releases do not exist")
    comparison = _Comparison(claims, claim, choice.releases, evidence)
    runtime, accepted = comparison.requirements()
    judged = comparison.files(runtime, accepted)
    if not choice.pre:
        return judged
    reason = "only pre-releases are published"
    found = [unverified(reason, *item.findings) if item == VERIFIED else item for item in (judged[0], *judged[1])]
    return Judged(found[0], tuple(found[1:]))


def _no_tag(claim: RuntimeClaim) -> Iterator[Finding]:
    if not claim.tag:
        message = f"the runtime '{claim.name}' is not verified, since the settings have no tag for it"
        dataset, place = claim.versions.subject[0], claim.versions.place
        yield Finding(
            "no-tag", message, place, f"add it to 'tags:' of {dataset} in {FILE}", "notice", claim.versions.subject
        )


def _all(claim: RuntimeClaim, runtime: Judgement, reason: str) -> Judged:
    """The same on every platform of a claim, where nothing can be compared."""
    return Judged(runtime, tuple(unverified(reason) for _ in claim.platforms))


def _no_release(claims: Claims, said: Said, evidence: Evidence) -> Finding:
    message = f"no release of {claims.package} is in '{said.versions.text}'"
    hint = f"the newest release is {evidence.offered[-1].version}" if evidence.offered else ""
    return Finding("no-release", message, said.place, hint, subject=said.subject)


class _Comparison:
    """One claim about a runtime, next to the releases of its set; there is at least one."""

    def __init__(self, claims: Claims, claim: RuntimeClaim, releases: tuple[Release, ...], evidence: Evidence) -> None:
        self.package = claims.package
        self.claim = claim
        self.tag = claim.tag
        self.releases = releases
        self.newest = releases[-1]
        self.evidence = evidence
        self.index = evidence.index
        self.text = f"{claim.name} {claim.versions.versions.text}"
        self.what = claim.text(claims.package)

    @cached_property
    def claimed(self) -> Ranges:
        """The versions of the runtime that are claimed."""
        return self.evidence.existing(self.claim.versions.versions)

    def finding(self, code: str, severity: Severity, message: str, details: Sequence[str], hint: str = "") -> Finding:
        """A finding at the versions of the runtime."""
        said = self.claim.versions
        return Finding(code, message, said.place, hint, severity, said.subject, details=tuple(details))

    # --- what releases require of the runtime

    def requirements(self) -> tuple[Judgement, Ranges]:
        """Compare the claim with what releases require; also the versions that the newest release accepts."""
        ranges, unknown = self.evidence.accepted(self.newest)
        accepted = intersect(self.claimed, ranges)
        refused = intersect(self.claimed, complement(ranges))
        if refused and unknown:
            return unverified(unknown), self.claimed
        if not refused and not intersect(self.claimed, self.index.existing):
            return unverified("no such version of the runtime exists"), accepted
        runs, pieces = apart(refused, self.index.depth)
        hint = f"write '{notation(accepted, self.index.depth)}'" if accepted else ""
        # From the first accepted line on, an open end is a fault of its own.
        first = apart(accepted, self.index.depth)
        start = min((item[0] for part in first for item in part), default=None)
        tail = next((run for run in runs if run.last is None and start is not None and start < run.first), None)
        items: list[Run | Piece] = [*runs, *pieces]
        outright = [item for item in items if item != tail and self._outright(item, accepted)]
        findings = []
        if outright:
            findings.append(self._not_accepted(outright, [item for item in pieces if item not in outright], hint))
        if tail is not None:
            findings.append(self._open_end(tail, hint))
        if findings:
            return contradicted(*findings), accepted
        if pieces:
            missing = lines_text(refused, self.index.depth)
            message = f"{self.what}: {self.package} {self.newest.version} does not accept {self.claim.name} {missing}"
            finding = self.finding("partly-accepted", "warning", message, self._requirement(self.newest), hint)
            return unverified("not all of a version is accepted", finding), accepted
        return self._older(accepted), accepted

    def _outright(self, item: Run | Piece, accepted: Ranges) -> bool:
        """Whether nothing that is claimed of a line is accepted, or a version that the claim names is not."""
        if isinstance(item, Run):
            return True
        if not intersect(accepted, (line_range(item.line),)):
            return True
        named = [low for low, _ in self.claim.versions.versions.ranges if low is not None]
        return any(low == item.range.low and len(low.version.release) > self.index.depth for low in named)

    def _not_accepted(self, items: Sequence[Run | Piece], partly: Sequence[Piece], hint: str) -> Finding:
        what = ", ".join(map(str, sorted(items, key=lambda item: item[0])))
        message = f"{self.what}: {self.package} {self.newest.version} does not accept {self.claim.name} {what}"
        details = self._requirement(self.newest)
        for item in items:
            line = item.line if isinstance(item, Piece) else item.last or item.first
            last = next((r for r in reversed(self.releases) if self._accepts(r, line)), None)
            if last is not None and last is not self.newest:
                text = f"{self.claim.name} {number(line)}: {last.version} is the last release that accepts it"
                details += [text]
        details += [f"nor does it accept {self.claim.name} {', '.join(map(str, partly))}"] if partly else []
        return self.finding("not-accepted", "error", message, details, hint)

    def _accepts(self, release: Release, line: Line) -> bool:
        return bool(intersect(self.evidence.accepted(release).ranges, (line_range(line),)))

    def _open_end(self, tail: Run, hint: str) -> Finding:
        beyond = number(tail.first)
        message = (
            f"{self.text} has no upper end, but {self.package} {self.newest.version} "
            f"does not install on {self.claim.name} {beyond} or later"
        )
        before = [release for release in self.releases if self._accepts(release, tail.first)]
        closed = [release for release in self.releases if not self._accepts(release, tail.first)]
        name = self.index.requirement
        whole = closed[0] == self.releases[-len(closed)]
        details = [f"{name} of {span(closed) if whole else self.newest.version}: {self._required(self.newest)}"]
        if before:
            details.append(f"{name} of {span(before)}: {self._required(before[-1])}")
        return self.finding("open-end", "error", message, details, hint)

    def _older(self, accepted: Ranges) -> Judgement:
        """What the newest release accepts, and older ones of the set do not."""
        refusing: dict[str, list[Release]] = {}
        by_files: dict[str, str] = {}
        for release in self.releases[:-1]:
            if release.files not in by_files:
                ranges, unknown = self.evidence.accepted(release)
                refused = () if unknown else intersect(accepted, complement(ranges))
                by_files[release.files] = lines_text(refused, self.index.depth)
            if by_files[release.files]:
                refusing.setdefault(by_files[release.files], []).append(release)
        if not refusing:
            return VERIFIED
        details = [
            f"{self.claim.name} {lines}: not {span(releases)} "
            f"({self.index.requirement} of {releases[-1].version}: {self._required(releases[-1])})"
            for lines, releases in refusing.items()
        ]
        message = f"{self.what}: {self.package} {self.newest.version} accepts all of it, but older releases do not"
        reason = "the newest release accepts it, older ones do not"
        return unverified(reason, self.finding("older-releases", "warning", message, details))

    def _required(self, release: Release) -> str:
        return self.evidence.requirements(release)

    def _requirement(self, release: Release) -> list[str]:
        return [f"{self.index.requirement} of {release.version}: {self._required(release)}"]

    # --- what there is no file for

    def files(self, runtime: Judgement, accepted: Ranges) -> Judged:
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
                runtime = unverified(self._only_source, *runtime.findings, *found)
        else:
            if not self.claim.platforms and runtime.status == "verified" and self._older_missing(lines, ("*",)):
                runtime = unverified("older releases have no file for it")
            runtime = runtime._replace(findings=(*runtime.findings, *found))
        missing = {gap.line for gap in nowhere}
        rest = tuple(line for line in lines if line not in missing)
        platforms = [self._platform(platform, rest, gaps) for platform in self.claim.platforms]
        if runtime.status != "verified":  # then nothing that includes it is
            part = unverified(f"the same without the platform is {runtime.status}")
            platforms = [part if judged == VERIFIED else judged for judged in platforms]
        return Judged(runtime, tuple(platforms))

    @property
    def _only_source(self) -> str:
        return "can only be built from source"

    def _platform(self, platform: PlatformClaim, lines: tuple[Line, ...], gaps: Sequence[_Gap]) -> Judgement:
        if not platform.patterns:
            what = f"'{platform.cpu}' of '{platform.subject[1]}'" if platform.cpu else f"the platform '{platform.name}'"
            message = f"{what} is not verified, since the settings have no tag for it"
            hint = f"add it to 'tags:' of {platform.subject[0]} in {FILE}"
            finding = Finding("no-tag", message, platform.place, hint, "notice", platform.subject)
            return unverified(NO_TAG, finding)
        if not lines:
            return unverified("no version of the runtime is accepted")
        own = [gap for gap in gaps if gap.line in lines and gap.platform in (platform, _EVERYWHERE)]
        if any(not gap.source for gap in own):
            return contradicted()
        if own:
            return unverified(self._only_source)
        if not self.evidence.states_platforms(self.newest, self.tag, lines):
            return unverified("the index states no platforms for it")
        if self._older_missing(lines, platform.patterns):
            return unverified("older releases have no file for it")
        return VERIFIED

    def _older_missing(self, lines: tuple[Line, ...], patterns: tuple[str, ...]) -> bool:
        """Whether an older release can neither be installed nor built on one of some lines of a platform."""
        older = {release.files: release for release in self.releases if release.files != self.newest.files}
        return any(
            not self.evidence.source(release, line) and not self.evidence.has_wheel(release, self.tag, line, patterns)
            for release in older.values()
            for line in lines
        )

    def _gaps(self, line: Line) -> Iterator[_Gap]:
        """The platforms without a wheel for a line; one for all where no platform has any."""
        if not self.evidence.has_wheel(self.newest, self.tag, line, ("*",)):
            yield self._gap(line, _EVERYWHERE)
            return
        for platform in self.claim.platforms:
            patterns = platform.patterns
            if patterns and not self.evidence.has_wheel(self.newest, self.tag, line, patterns):
                yield self._gap(line, platform)

    def _gap(self, line: Line, platform: PlatformClaim) -> _Gap:
        source = self.evidence.source(self.newest, line)
        last = self.evidence.last(self.releases, self.tag, line, platform.patterns)
        built = None if source else self.evidence.last(self.releases, self.tag, line, None)
        return _Gap(line, platform, last, source, built)

    def _findings(self, gaps: Sequence[_Gap]) -> list[Finding]:
        never = [gap for gap in gaps if not gap.source and not gap.last and not gap.built]
        dropped = [gap for gap in gaps if not gap.source and (gap.last or gap.built)]
        source = [gap for gap in gaps if gap.source]
        found = []
        if never:
            found.append(self._missing("not-published", "error", "some of it was never published", never))
        if dropped:
            what = f"{self.newest.version} has no file for some of it"
            found.append(self._missing("no-longer-published", "error", what, dropped))
        if source:
            found.append(self._missing("source-only", "notice", "some of it can only be built from source", source))
        return found

    def _missing(self, code: str, severity: Severity, what: str, gaps: Sequence[_Gap]) -> Finding:
        details = [self._detail(group) for group in _grouped(gaps)]
        if gaps[0].source:
            details.append(f"to build from, {self.newest.version} has {gaps[0].source}")
        elif self.index.source:
            details.append(f"{self.newest.version} has no {self.index.source} for it either")
        return self.finding(code, severity, f"{self.what}: {what}", details)

    def _detail(self, gaps: Sequence[_Gap]) -> str:
        """What is missing for some lines on some CPUs of a platform, and what there is instead."""
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
        name = self.evidence.wheel(release, self.tag, gap.line, gap.platform.patterns)
        return name or self.evidence.source(release, gap.line) or ""

    def _instead(self, gaps: Sequence[_Gap]) -> str:
        """The other lines that the newest release has wheels for on the platform, or the other platforms."""
        patterns = tuple(pattern for gap in gaps for pattern in gap.platform.patterns)
        built = {line for tag, line in self.evidence.built_lines(self.newest) if tag == self.tag}
        lines = [line for line in built if self.evidence.has_wheel(self.newest, self.tag, line, patterns)]
        if lines:
            there = "" if gaps[0].platform is _EVERYWHERE else " there"
            return f"; {self.newest.version} has {self.index.file}s{there} for {self.claim.name} {numbers(lines)}"
        others = self._platforms_of(gaps[-1].line)
        return f"; {self.newest.version} has {self.index.file}s for {names(others)}" if others else ""

    def _platforms_of(self, line: Line) -> list[str]:
        """The platforms that the newest release has wheels for: those that the facts name, then other tags."""
        known = [platform for platform in self.claim.platforms if platform.patterns]
        found = [p.text for p in known if self.evidence.has_wheel(self.newest, self.tag, line, p.patterns)]
        claimed = tuple(pattern for platform in known for pattern in platform.patterns)
        tags = [tag for wheel in self.evidence.wheels(self.newest, self.tag, line) for tag in wheel.platforms]
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
