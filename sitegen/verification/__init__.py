"""`sitegen verify`: compare the claims of the facts about packages with what package indexes have published.

    facts -> claims -> verdicts, findings
    locks -> evidence /

Nothing here contacts an index: lock files next to the facts contain its releases.

May import: frozen, findings, files, source, facts, evaluation, package_indexes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from urllib.parse import quote

from sitegen.facts.datasets import Facts
from sitegen.findings import Finding, Place, Report, sorted_findings
from sitegen.frozen import frozen
from sitegen.package_indexes import INDEXES
from sitegen.package_indexes.releases import LockError, read_lock
from sitegen.source.nodes import Mapping
from sitegen.verification.claims import PackageClaims, claims_of
from sitegen.verification.declared import read_declared
from sitegen.verification.evidence import Evidence, share_lines
from sitegen.verification.minimums import judge_branch, judge_minimum, verify_coverage
from sitegen.verification.platforms import judge_floors, verify_unclaimed
from sitegen.verification.runtimes import judge_runtime
from sitegen.verification.verdicts import Judgement, Verdict, unverified

LOCKS = "content/locks"
ReadLock = Callable[[str], bytes | None]


@frozen
class Verified:
    """The findings, the verdict on each claim, and the number of packages and releases compared."""

    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]
    packages: int
    releases: int


def lock_path(kind: str, package: str) -> str:
    """The path of the lock file of a package, relative to the site."""
    return f"{LOCKS}/{kind}/{quote(INDEXES[kind].spelling(package), safe='')}.json"


def all_claims(facts: Facts, verify: Mapping, day: date, report: Report) -> Iterator[PackageClaims]:
    """The claims about every package in the settings, and those of libraries without a package."""
    yield from claims_of(facts, read_declared(verify, facts, report), day)


def verify_facts(facts: Facts, verify: Mapping, day: date, lock: ReadLock) -> Verified:
    """Compare the facts on a date with the lock files. `lock` returns the bytes of one, or None.

    Errors in the settings are reported alone.
    """
    findings: list[Finding] = []
    verdicts: list[Verdict] = []
    claimed = list(all_claims(facts, verify, day, findings.append))
    if findings:
        return Verified(tuple(sorted_findings(findings)), (), 0, 0)
    evidence = [_evidence(claims, lock, day) for claims in claimed]
    read = [found for found in evidence if isinstance(found, Evidence)]
    share_lines(read)
    for claims, found in zip(claimed, evidence, strict=True):
        if isinstance(found, Evidence):
            judgements, more = _compared(claims, found)
        else:
            judgements, more = [found for _ in claims.all], found.findings
        findings += [*more, *(finding for judgement in judgements for finding in judgement.findings)]
        verdicts += [
            Verdict(claim.text, claim.place, judgement.status, judgement.reason)
            for claim, judgement in zip(claims.all, judgements, strict=True)
        ]
    releases = sum(len(found.published.releases) for found in read)
    return Verified(tuple(sorted_findings(findings)), tuple(verdicts), len(read), releases)


def _evidence(claims: PackageClaims, lock: ReadLock, day: date) -> Evidence | Judgement:
    """The published releases of a package or, without a usable lock file, the judgement of every claim."""
    if not claims.indexed:
        return unverified("the library has no package in an index")
    path, index = lock_path(claims.kind, claims.package), INDEXES[claims.kind]
    data = lock(path)
    if data is None:
        return _no_lock("no-lock", f"no lock file for the package '{claims.package}'", claims.place)
    try:
        published = read_lock(data)
        found, wanted = (published.index, published.package), (claims.kind, index.spelling(claims.package))
        if found == wanted:
            return Evidence(index, published, day)
    except LockError as error:
        return _no_lock("bad-lock", str(error), Place(path, error.line, 1))
    message = f"this lock file is for '{found[1]}' in {found[0]}; expected '{wanted[1]}' in {wanted[0]}"
    return _no_lock("bad-lock", message, Place(path, 1, 1))


def _no_lock(code: str, message: str, place: Place) -> Judgement:
    finding = Finding(code, message, place, "run 'sitegen verify --update'")
    return unverified("no readable lock file", finding)


def _compared(claims: PackageClaims, evidence: Evidence) -> tuple[list[Judgement], Iterable[Finding]]:
    floors, of_floors = judge_floors(claims, evidence)
    no_floor = unverified("no file states the oldest supported system")
    judgements = [
        *(judge_branch(claims, claim, evidence) for claim in claims.branches),
        *(judge_minimum(claims, claim, evidence) for claim in claims.minimums),
        *(judgement for claim in claims.runtimes for judgement in judge_runtime(claims, claim, evidence)),
        *(floors.get(claim.place, no_floor) for claim in claims.floors),
        *(unverified(f"'verify' does not name the field '{claim.field}'") for claim in claims.others),
    ]
    more = [*verify_coverage(claims, evidence), *verify_unclaimed(claims, evidence), *of_floors]
    return judgements, more
