"""`sitegen verify`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sitegen.commands.exit_codes import IO, OK, Options, UsageError, fail
from sitegen.commands.inputs import load
from sitegen.commands.progress import ProgressBar
from sitegen.commands.reporting import report, text_stream
from sitegen.files.atomic import replace_file
from sitegen.files.sources import FILE, Refused, path_inside
from sitegen.findings import Finding, number_of
from sitegen.package_indexes import fetch
from sitegen.package_indexes.interface import IndexProblem
from sitegen.package_indexes.releases import LockError, Published, read_lock, write_lock
from sitegen.site.loading import Site, Texts
from sitegen.source.nodes import Mapping
from sitegen.verification import Verified, all_claims, lock_path, verify_facts
from sitegen.verification.verdicts import counts, reasons


def run(options: Options) -> int:
    """Compare the facts with published packages, or download package data and write the lock files."""
    site, texts, day = load(options)
    if any(finding.severity == "error" for finding in site.findings):
        return report(site.findings, texts, options)
    if site.settings.verify is None:
        raise UsageError(f"{FILE} has no 'verify', which declares the claims about a package; see docs/verify.md")
    return (_update if options.update else _verify)(site, site.settings.verify, day, texts, options)


def _verify(site: Site, declared: Mapping, day: date, texts: Texts, options: Options) -> int:
    verified = verify_facts(site.facts, declared, day, lambda name: _read(_lock(name, options)))
    code = report(verified.findings, texts, options, {"claims": _as_data(verified)})
    summary = _summary(verified, day)
    if options.format == "github":
        print(f"::notice title=claims::{'%0A'.join(summary)}")
    elif options.format == "text" and not options.quiet:
        print("\n".join((*summary, *(_unverified(verified) if options.verbose else ()))))
    return code


def _summary(verified: Verified, day: date) -> list[str]:
    """The numbers of claims that are verified, contradicted and not verified, and the reasons for the latter."""
    numbers = ", ".join(f"{number} {status}" for status, number in counts(verified.verdicts).items())
    lines = [f"{number_of(len(verified.verdicts), 'claim')} as of {day}: {numbers}"]
    lines += [f"  {number} not verified: {reason}" for reason, number in reasons(verified.verdicts).items()]
    compared = f"{number_of(verified.releases, 'release')} of {number_of(verified.packages, 'package')}"
    return [*lines, f"compared with {compared}"]


def _unverified(verified: Verified) -> list[str]:
    """A line for each claim that is not verified."""
    return [
        f"{verdict.place}: {verdict.claim}: {verdict.status}" + (f", {verdict.reason}" if verdict.reason else "")
        for verdict in verified.verdicts
        if verdict.status != "verified"
    ]


def _as_data(verified: Verified) -> dict[str, object]:
    numbers = {status.replace(" ", "_"): number for status, number in counts(verified.verdicts).items()}
    claims = [
        {
            "claim": verdict.claim,
            "file": verdict.place.file,
            "line": verdict.place.line,
            "column": verdict.place.column,
            "status": verdict.status,
            "reason": verdict.reason,
        }
        for verdict in verified.verdicts
    ]
    return {**numbers, "reasons": reasons(verified.verdicts), "list": claims}


def _lock(name: str, options: Options) -> Path:
    """The path of a lock file in the site. Raises UsageError if it is outside."""
    path = path_inside(options.root, name)
    if isinstance(path, Refused):
        raise UsageError(f"{path} leads out of the site; remove the link")
    return Path(path)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


# --- updating ------------------------------------------------------------------------


def _update(site: Site, declared: Mapping, day: date, texts: Texts, options: Options) -> int:
    """Request the data of each package, and write its lock file if the data changed."""
    findings: list[Finding] = []
    packages = dict.fromkeys(
        (claims.kind, claims.package)
        for claims in all_claims(site.facts, declared, day, findings.append)
        if claims.indexed
    )
    code = report(findings, texts, options) if findings else OK
    for kind, package in packages:
        try:
            change = _update_one(kind, package, options)
        except IndexProblem as problem:
            code = fail(str(problem), IO)
            continue
        if not options.quiet:
            print(f"{package}: {change}", file=text_stream(options))
    return code


def _update_one(kind: str, package: str, options: Options) -> str:
    """Request the data of a package. Returns what changed. Raises IndexProblem and OSError."""
    path = _lock(lock_path(kind, package), options)
    before = _read(path)
    known = _published(before)
    with ProgressBar(options) as progress:
        progress.begin(f"downloading {package}")
        published = fetch(kind, package, known, lambda done, of: progress.tick(done // 1000, of // 1000))
    data = write_lock(published) if published is not None else before
    if published is None or data is None or data == before:
        return "unchanged"
    replace_file(path, data)
    return f"{_changes(known, published)}; {path} written"


def _published(data: bytes | None) -> Published | None:
    try:
        return read_lock(data) if data is not None else None
    except LockError:  # it is replaced
        return None


def _changes(known: Published | None, published: Published) -> str:
    if known is None:
        return number_of(len(published.releases), "release")
    before, after = ({release.version for release in data.releases} for data in (known, published))
    numbers = {"new": len(after - before), "removed": len(before - after)}
    changes = ", ".join(f"{number} {word}" for word, number in numbers.items() if number)
    return f"{number_of(len(after), 'release')}, {changes or 'files or dates changed'}"
