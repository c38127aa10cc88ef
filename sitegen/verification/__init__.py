"""`sitegen verify`: compare what the facts claim of packages with what package indexes have published.

    facts -> claims -> verdicts, findings
    locks -> evidence /

Nothing here asks an index: the locks next to the facts contain what one answered. The core does not know this package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import NamedTuple
from urllib.parse import quote

from sitegen.facts import Facts
from sitegen.findings import Finding, Place, Report, in_order
from sitegen.frozen import frozen
from sitegen.indexes import INDEXES
from sitegen.indexes.releases import LockError, read_lock
from sitegen.source import Mapping
from sitegen.verification.claims import Claims, claims_of
from sitegen.verification.declared import read_declared
from sitegen.verification.evidence import Evidence, share_lines
from sitegen.verification.minimums import judge_branch, judge_minimum, verify_coverage
from sitegen.verification.platforms import judge_floors, verify_unclaimed
from sitegen.verification.runtimes import judge_runtime
from sitegen.verification.verdicts import Judgement, Verdict, unverified
from sitegen.version_ranges import VersionError

LOCKS = "content/locks"
ReadLock = Callable[[str], bytes | None]


@frozen
class Verified:
    """The findings, the result for each claim, and how many packages and releases the claims were compared with."""

    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]
    packages: int
    releases: int


def lock_path(kind: str, package: str) -> str:
    """The path of the lock of a package, below the folder of the site."""
    return f"{LOCKS}/{kind}/{quote(INDEXES[kind].spelling(package), safe='')}.json"


def all_claims(facts: Facts, verify: Mapping, day: date, report: Report) -> Iterator[Claims]:
    """The claims about every package that the settings of a site declare, and those of libraries without one."""
    yield from claims_of(facts, read_declared(verify, facts, report), day)


def verify_facts(facts: Facts, verify: Mapping, day: date, lock: ReadLock) -> Verified:
    """Compare the facts of a day with the locks. `lock` returns the bytes of one, or None.

    Where the settings are wrong, that is all that is reported.
    """
    findings: list[Finding] = []
    verdicts: list[Verdict] = []
    claimed = list(all_claims(facts, verify, day, findings.append))
    if findings:
        return Verified(tuple(in_order(findings)), (), 0, 0)
    evidence = [_evidence(claims, lock, day) for claims in claimed]
    read = [found for found in evidence if isinstance(found, Evidence)]
    share_lines(read)
    for claims, found in zip(claimed, evidence, strict=True):
        judged = _judged(claims, found) if isinstance(found, Evidence) else found
        if isinstance(judged, Finding):
            findings.append(judged)
            verdicts += _unknown(claims, "there is no lock file that can be read")
        elif judged is None:
            verdicts += _unknown(claims, "the library is in no package index")
        else:
            findings += judged.findings
            verdicts += judged.verdicts
    releases = sum(len(found.published.releases) for found in read)
    return Verified(tuple(in_order(findings)), tuple(verdicts), len(read), releases)


_UPDATE = "run 'sitegen verify --update'"


def _evidence(claims: Claims, lock: ReadLock, day: date) -> Evidence | Finding | None:
    """What is published of a package, or what is wrong with its lock; None for a library in no index."""
    if not claims.indexed:
        return None
    path, index = lock_path(claims.kind, claims.package), INDEXES[claims.kind]
    data = lock(path)
    if data is None:
        message = f"no lock file yet for what is published of '{claims.package}'"
        return Finding("no-lock", message, claims.place, _UPDATE)
    try:
        published = read_lock(data)
        found, wanted = (published.index, published.package), (claims.kind, index.spelling(claims.package))
        if found == wanted:
            return Evidence(index, published, day)
    except LockError as error:
        return Finding("bad-lock", str(error), Place(path, error.line, 1), _UPDATE)
    message = f"this is the lock of '{found[1]}' in {found[0]}, not of '{wanted[1]}' in {wanted[0]}"
    return Finding("bad-lock", message, Place(path, 1, 1), _UPDATE)


class _Judged(NamedTuple):
    findings: list[Finding]
    verdicts: list[Verdict]


def _judged(claims: Claims, evidence: Evidence) -> _Judged | Finding:
    """The verdict on every claim about a package, and what was found; or that its lock cannot be read."""
    try:
        floors = judge_floors(claims, evidence)
        judgements = [
            *(judge_branch(claims, claim, evidence) for claim in claims.branches),
            *(judge_minimum(claims, claim, evidence) for claim in claims.minimums),
            *(judgement for claim in claims.runtimes for judgement in judge_runtime(claims, claim, evidence)),
            *(floors.judged.get(claim.place, _NO_FLOOR) for claim in claims.floors),
            *(unverified(f"'verify' does not name the field '{claim.field}'") for claim in claims.others),
        ]
        more = [*verify_coverage(claims, evidence), *verify_unclaimed(claims, evidence), *floors.findings]
    except VersionError as error:  # somebody edited the lock: reading it does not look at every version
        return Finding("bad-lock", str(error), Place(lock_path(claims.kind, claims.package), 1, 1), _UPDATE)
    findings = [finding for judgement in judgements for finding in judgement.findings]
    return _Judged(findings + more, _verdicts(claims, judgements))


_NO_FLOOR = unverified("no file states the oldest system")


def _verdicts(claims: Claims, judgements: Iterable[Judgement]) -> list[Verdict]:
    judged = zip(claims.all, judgements, strict=True)
    return [Verdict(claim.text, claim.place, judgement.status, judgement.reason) for claim, judgement in judged]


def _unknown(claims: Claims, reason: str) -> list[Verdict]:
    """The verdict on every claim about a package of which nothing is known."""
    return _verdicts(claims, [unverified(reason) for _ in claims.all])
