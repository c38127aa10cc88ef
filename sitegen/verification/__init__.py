"""`sitegen verify`: what the facts claim of packages, against what package indexes have published.

    facts -> claims -> findings
    locks -> evidence /

Nothing here asks an index: the locks beside the facts hold what one has said. The core does not know this package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from urllib.parse import quote

from sitegen.facts import Facts
from sitegen.findings import Finding, Place, Report, in_order
from sitegen.frozen import frozen
from sitegen.indexes import INDEXES
from sitegen.indexes.releases import LockError, read_lock
from sitegen.source import Mapping
from sitegen.sources import FILE
from sitegen.verification.claims import Claims, claims_of
from sitegen.verification.declared import read_declared
from sitegen.verification.evidence import Evidence
from sitegen.verification.minimums import verify_branch, verify_coverage, verify_minimum
from sitegen.verification.platforms import verify_floors, verify_unclaimed
from sitegen.verification.runtimes import verify_runtime
from sitegen.version_ranges import VersionError

LOCKS = "content/locks"
ReadLock = Callable[[str], bytes | None]


@frozen
class Verified:
    """What was found; how many packages and releases it was held against."""

    findings: tuple[Finding, ...]
    packages: int
    releases: int


def lock_path(kind: str, package: str) -> str:
    """Where the lock of a package stands, below the folder of the site."""
    return f"{LOCKS}/{kind}/{quote(INDEXES[kind].spelling(package), safe='')}.json"


def all_claims(facts: Facts, verify: Mapping, day: date, report: Report) -> Iterator[Claims]:
    """The claims about every package that the settings of a site declare."""
    for declared in read_declared(verify, facts, report):
        yield from claims_of(facts, declared, day)


def verify_facts(facts: Facts, verify: Mapping, day: date, lock: ReadLock) -> Verified:
    """Hold the facts of a day against the locks. `lock` gives the bytes of one, or None."""
    findings: list[Finding] = []
    packages = releases = 0
    for claims in all_claims(facts, verify, day, findings.append):
        path, hint = lock_path(claims.kind, claims.package), "run 'sitegen verify --update'"
        data = lock(path)
        if data is None:
            message = f"nothing is known yet of what is published of '{claims.package}'"
            findings.append(Finding("no-lock", message, claims.place, hint))
            continue
        try:
            published = read_lock(data)
        except LockError as error:
            findings.append(Finding("bad-lock", str(error), Place(path, error.line, 1), hint))
            continue
        if published.package != INDEXES[claims.kind].spelling(claims.package):
            message = f"this is the lock of '{published.package}', not of '{claims.package}'"
            findings.append(Finding("bad-lock", message, Place(path, 1, 1), hint))
            continue
        packages, releases = packages + 1, releases + len(published.releases)
        try:
            findings += _verified(claims, Evidence(INDEXES[claims.kind], published, day))
        except VersionError as error:  # somebody edited it: not every version is read above
            findings.append(Finding("bad-lock", str(error), Place(path, 1, 1), hint))
    return Verified(tuple(in_order(findings)), packages, releases)


def _verified(claims: Claims, evidence: Evidence) -> Iterator[Finding]:
    for untagged in claims.untagged:
        message = f"{untagged.what} is not verified, since the settings give it no tag"
        hint = f"add it to 'tags:' of {untagged.dataset} in {FILE}"
        yield Finding("no-tag", message, untagged.place, hint, "notice", untagged.subject)
    for runtime in claims.runtimes:
        yield from verify_runtime(claims, runtime, evidence)
    for minimum in claims.minimums:
        yield from verify_minimum(claims, minimum, evidence)
    for branch in claims.branches:
        yield from verify_branch(claims, branch, evidence)
    yield from verify_coverage(claims, evidence)
    yield from verify_unclaimed(claims, evidence)
    yield from verify_floors(claims, evidence)
