"""A small site with a package, its lock, and the findings of `sitegen verify`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from sitegen.findings import Finding
from sitegen.package_indexes.releases import PublishedFile, gather, write_lock
from sitegen.site.loading import load_site
from sitegen.verification import Verified, lock_path, verify_facts
from sitegen.verification.verdicts import counts

DAY = date(2026, 11, 20)
SETTINGS = """\
verify:
  pypi:
    package: libraries.package
    branches: {versions: releases.versions, levels: releases.support}
    minimums: [features.since]
    runtimes: {versions: runtimes.versions, releases: runtimes.releases, tags: {cpython*: cp}}
    platforms:
      name: platforms.os
      cpus: platforms.cpu
      floor: platforms.floor
      tags:
        linux: {x86-64: manylinux*_x86_64, ARM: manylinux*_aarch64}
        mac: {ARM: macosx*_arm64}
        windows: {64bit: win_amd64, 32bit: win32}
"""
FACTS = """\
products: {{fields: {{name: text}}, records: {{web: {{name: Web}}, api: {{name: API}}}}}}
libraries:
  fields: {{name: text, package: optional text}}
  records: {{python: {{name: Python, package: pkg}}}}
releases:
  fields: {{versions: versions, support: lifecycle}}
  records: {{{releases}}}
runtimes:
  fields: {{versions: versions, releases: versions}}
  records: {{{runtimes}}}
platforms:
  fields: {{os: text, cpu: list of text, floor: optional version}}
  records: {{{platforms}}}
features:
  fields: {{name: text, since: support}}
  records: {{{features}}}
"""
LINUX = "linux: {os: Linux, cpu: [x86-64], floor: 2.17}"
RUNTIME = 'cpython: {versions: 3.9-3.10, releases: ">=1"}'


def lock(*files: str, yanked: Mapping[str, str] | None = None) -> bytes:
    """A lock. A file is `version tags requirement`; tags are those of a wheel, or `sdist`."""
    items = []
    for written in files:
        version, tags, *requirement = written.split()
        name = f"pkg-{version}.tar.gz" if tags == "sdist" else f"pkg-{version}-{tags}.whl"
        day = date(2024, max(1, int(version.split(".")[0])), 1)
        items.append(PublishedFile(version, name, "".join(requirement), day, (yanked or {}).get(version)))
    return write_lock(gather("pypi", "pkg", items))


def verified(
    locked: bytes | None,
    *,
    runtimes: str = RUNTIME,
    platforms: str = LINUX,
    features: str = "",
    releases: str = "",
    settings: str = SETTINGS,
    day: date = DAY,
) -> Verified:
    """Verify a small site with these facts and this lock."""
    facts = FACTS.format(runtimes=runtimes, platforms=platforms, features=features, releases=releases)
    settings = for_platforms(settings, platforms)
    if not runtimes:
        settings = re.sub(r"    runtimes: .*\n", "", settings)
    site = load_site({"sitegen.yaml": settings.encode(), "content/facts.yaml": facts.encode()})
    assert [finding.message for finding in site.findings] == []
    assert site.settings.verify is not None
    return verify_facts(
        site.facts, site.settings.verify, day, lambda path: locked if path == lock_path("pypi", "pkg") else None
    )


def for_platforms(settings: str, platforms: str) -> str:
    """The settings without tags of platforms that the site does not have."""
    return re.sub(
        r"^        (\w+): .*\n", lambda m: m[0] if f"{m[1]}: {{" in platforms else "", settings, flags=re.MULTILINE
    )


def told(found: Verified) -> dict[str, Finding]:
    """The findings by code; each code must occur once."""
    codes = [finding.code for finding in found.findings]
    assert len(codes) == len(set(codes)), codes
    return {finding.code: finding for finding in found.findings}


def status(found: Verified) -> dict[str, int]:
    """The number of claims by status."""
    return {str(key): number for key, number in counts(found.verdicts).items()}


def reason(found: Verified, claim: str) -> str:
    """The status and reason of a claim that contains a text."""
    (verdict,) = [verdict for verdict in found.verdicts if claim in verdict.claim]
    return f"{verdict.status}: {verdict.reason}".removesuffix(": ")


def wheels(version: str, lines: Iterable[str], *platforms: str, requirement: str = ">=3.9") -> list[str]:
    """Wheels of a version, for each of some lines of CPython and platforms, as `lock` reads them."""
    return [f"{version} cp3{line}-cp3{line}-{platform} {requirement}" for line in lines for platform in platforms]


X86 = "manylinux_2_17_x86_64"
GOOD = wheels("1.0.0", ["9", "10"], X86)
