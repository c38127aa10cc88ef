"""The result of each claim: verified, contradicted or not verified, with the reason; and text helpers of findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from sitegen.findings import Finding, Place, joined
from sitegen.package_indexes.releases import Release

Status = Literal["verified", "contradicted", "not verified"]


class Judgement(NamedTuple):
    """The result for one claim, and the findings about it. `reason` is why it is not verified."""

    status: Status
    reason: str = ""
    findings: tuple[Finding, ...] = ()


VERIFIED = Judgement("verified")
NOT_OUT = "the releases are not out yet"
ONLY_PRE = "only pre-releases are published"


def contradicted(*findings: Finding) -> Judgement:
    """The index contradicts the claim."""
    return Judgement("contradicted", "", findings)


def unverified(reason: str, *findings: Finding) -> Judgement:
    """The index neither confirms nor contradicts all of the claim."""
    return Judgement("not verified", reason, findings)


class Verdict(NamedTuple):
    """A claim in words, its place, and its result."""

    claim: str
    place: Place
    status: Status
    reason: str = ""


def counts(verdicts: Iterable[Verdict]) -> dict[Status, int]:
    """The number of claims by status."""
    found: dict[Status, int] = {"verified": 0, "contradicted": 0, "not verified": 0}
    for verdict in verdicts:
        found[verdict.status] += 1
    return found


def reasons(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """The number of unverified claims by reason, the most frequent first."""
    found = Counter(verdict.reason for verdict in verdicts if verdict.status == "not verified")
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def span(releases: Sequence[Release]) -> str:
    """Releases as text, from the first to the last."""
    first, last = releases[0].version, releases[-1].version
    return first if first == last else f"{first} to {last}"


def names(words: Iterable[str]) -> str:
    """Names as text: A, B and C."""
    return joined(dict.fromkeys(words))
