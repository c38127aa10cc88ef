"""`sitegen verify`: each finding on a small site with it and on one without it, and the findings of this site."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.utils import parse_wheel_filename

from sitegen.cli import main
from sitegen.findings import Finding
from sitegen.verification import Verified, lock_path, verify_facts
from tests.support.commands import Said, run
from tests.support.sites import ROOT, own_lock, own_site, write_files
from tests.support.verified_site import (
    FACTS,
    GOOD,
    LINUX,
    RUNTIME,
    SETTINGS,
    X86,
    for_platforms,
    lock,
    status,
    told,
    verified,
    wheels,
)


def test_facts_that_are_published_have_no_finding() -> None:
    found = verified(lock(*GOOD, "1.0.0 sdist"))
    assert (found.findings, found.packages, found.releases) == ((), 1, 1)
    assert status(found) == {"verified": 3, "contradicted": 0, "not verified": 0}


# --- runtimes and platforms ----------------------------------------------------------


@pytest.mark.parametrize(
    ("runtime", "files", "code"),
    [
        ("3.9-3.11", GOOD, "not-published"),
        ("3.9-3.11", [*GOOD, "1.0.0 sdist >=3.9"], "source-only"),
        ("3.9-3.11", [*GOOD, "1.0.0 sdist >=3.9,<3.11"], "not-published"),
        ("3.8-3.10", [*GOOD, "1.0.0 sdist >=3.9"], "not-accepted"),
        ("3.9-3.10", [*GOOD, *wheels("1.1.0", ["10"], X86)], "no-longer-published"),
        ("3.9-3.10", [*GOOD, *wheels("1.1.0", ["10"], X86), "1.1.0 sdist >=3.10"], "no-longer-published"),
        ("3.9-3.10", [*GOOD, *wheels("1.1.0", ["10"], X86), "1.1.0 sdist >=3.9"], "source-only"),
        ("3.9-3.10", [*GOOD, *wheels("1.1.0rc1", ["10"], X86)], ""),
        ("3.9-3.10", [*wheels("0.9.0", ["9"], X86), *GOOD], ""),
        ("3.9+", GOOD, ""),
        ("3.9+", [file.replace(">=3.9", ">=3.9,<3.11") for file in GOOD], "open-end"),
        ("3.9+", [file.replace(">=3.9", ">=3.9,<4") for file in GOOD], ""),
        ("3.9-3.10", [file.replace(">=3.9", ">=3.9,<3.11") for file in GOOD], ""),
        ("3.9-3.10", ["1.0.0 py3-none-any"], ""),
        ("3.9-3.10", [f"1.0.0 cp39-abi3-{X86}"], ""),
        ("3.10-3.11", [f"1.0.0 cp39-abi3-{X86}"], "not-claimed"),
        ("3.9-3.10", [*GOOD, *wheels("1.0.0", ["11"], X86)], "not-claimed"),
        ("3.9-3.10", [*GOOD, *wheels("1.0.0", ["11"], X86, requirement=">=3.9,<3.11")], ""),
        ("3.9-3.10", [*GOOD, f"1.0.0 pp310-pypy310_pp73-{X86}"], "not-claimed"),
        ("3.9-3.10", [*GOOD, *wheels("1.0.0", ["9"], "musllinux_1_2_x86_64")], "not-claimed"),
        ("3.9-3.10", [*GOOD, *wheels("1.0.0", ["9"], "win_arm64")], "not-claimed"),
        ("3.9-3.10", [*GOOD, *wheels("0.9.0", ["9"], "win_arm64")], ""),
    ],
)
def test_a_runtime_is_compared_with_requirements_and_wheels(runtime: str, files: list[str], code: str) -> None:
    found = told(verified(lock(*files), runtimes=f'cpython: {{versions: "{runtime}", releases: ">=1"}}'))
    assert list(found) == ([code] if code else [])


def test_a_claim_that_was_never_published_is_an_error_with_proof() -> None:
    platforms = f"{LINUX}, windows: {{os: Windows, cpu: [64bit, 32bit]}}"
    files = [*GOOD, *wheels("1.0.0", ["9"], "win_amd64"), *wheels("1.0.0", ["10"], "win_amd64")]
    finding = told(verified(lock(*files), platforms=platforms))["not-published"]
    assert finding.severity == "error"
    assert str(finding.place) == "content/facts.yaml:10:33"
    assert finding.message == "CPython 3.9-3.10 with pkg >=1: files for a part of this claim were never published"
    assert finding.details == (
        "CPython 3.9-3.10 on Windows 32bit: no wheel in 1.0.0; 1.0.0 has wheels for Linux x86-64 and Windows 64bit",
        "1.0.0 has no source distribution for it either",
    )


def test_a_dropped_wheel_names_the_last_release_that_had_it() -> None:
    platforms = f"{LINUX}, windows: {{os: Windows, cpu: [64bit, 32bit]}}"
    old = wheels("1.0.0", ["9", "10"], X86, "win_amd64", "win32")
    new = wheels("1.2.0", ["9", "10"], X86, "win_amd64")
    finding = told(verified(lock(*old, *old, *[f.replace("1.0.0", "1.1.0") for f in old], *new), platforms=platforms))
    left = finding["no-longer-published"]
    assert left.severity == "error"
    assert left.details == (
        "CPython 3.9-3.10 on Windows 32bit: 1.1.0 is the last with a wheel (pkg-1.1.0-cp310-cp310-win32.whl); 1.2.0 has wheels for Linux x86-64 and Windows 64bit",
        "1.2.0 has no source distribution for it either",
    )


def test_a_wheel_that_is_missing_everywhere_is_reported_once() -> None:
    platforms = f"{LINUX}, windows: {{os: Windows, cpu: [64bit, 32bit]}}, mac: {{os: macOS, cpu: [ARM], floor: 11.0}}"
    files = wheels("1.0.0", ["9"], X86, "win_amd64", "win32", "macosx_11_0_universal2")
    finding = told(verified(lock(*files, "1.0.0 sdist"), platforms=platforms))["source-only"]
    assert finding.severity == "notice"
    assert finding.details == (
        "CPython 3.10 on any platform: no wheel in 1.0.0; 1.0.0 has wheels for CPython 3.9",
        "source distribution of 1.0.0: pkg-1.0.0.tar.gz",
    )


def test_an_open_end_names_the_requirement_and_its_first_release() -> None:
    files = [*GOOD, *[f.replace("1.0.0", "1.1.0").replace(">=3.9", "<3.11,>=3.9") for f in GOOD]]
    finding = told(verified(lock(*files), runtimes='cpython: {versions: 3.9+, releases: ">=1"}'))["open-end"]
    assert finding.severity == "error"
    assert finding.message == "CPython 3.9+ has no upper end, but pkg 1.1.0 does not install on CPython 3.11 or later"
    assert finding.hint == "write '3.9-3.10'"
    assert finding.details == ("Requires-Python of 1.1.0: <3.11,>=3.9", "Requires-Python of 1.0.0: >=3.9")


def test_wheels_of_a_platform_that_has_ended_are_not_claimed() -> None:
    settings = SETTINGS.replace("        windows:", "        alpine: {x86-64: musllinux*_x86_64}\n        windows:")
    platforms = f"{LINUX}, alpine: {{until: 2023-01-01, os: Alpine, cpu: [x86-64]}}"
    files = [*GOOD, *wheels("1.0.0", ["9", "10"], "musllinux_1_2_x86_64")]
    finding = told(verified(lock(*files), platforms=platforms, settings=settings))["not-claimed"]
    assert finding.severity == "notice"
    assert (
        finding.message
        == "pkg publishes wheels for Alpine (musllinux_*_x86_64), which the facts do not state for these releases"
    )
    assert str(finding.place) == "content/facts.yaml:13:61"
    assert finding.details == ("in >=1: pkg-1.0.0-cp310-cp310-musllinux_1_2_x86_64.whl",)


def test_a_missing_tag_is_the_only_finding() -> None:
    platforms = f"{LINUX}, windows: {{os: Windows, cpu: [64bit, ARM64]}}"
    files = [*GOOD, *wheels("1.0.0", ["9", "10"], "win_amd64", "win_arm64")]
    finding = told(verified(lock(*files), platforms=platforms))["no-tag"]
    assert finding.message == "'ARM64' of 'windows' is not verified, since the settings have no tag for it"
    runtimes = f'{RUNTIME}, pypy: {{versions: 3.10, releases: ">=1"}}'
    found = told(verified(lock(*GOOD, f"1.0.0 pp310-pypy310_pp73-{X86}"), runtimes=runtimes))
    assert list(found) == ["no-tag"]
    tagged = SETTINGS.replace("cpython*: cp", "cpython*: cp, pypy: pp")
    files = [*GOOD, f"1.0.0 pp310-pypy310_pp73-{X86}"]
    assert told(verified(lock(*files), runtimes=runtimes, settings=tagged)) == {}


def test_a_fact_for_one_product_is_a_claim() -> None:
    runtimes = 'cpython: {versions: [3.9-3.10, {is: 3.9-3.11, for: api, reason: it says so}], releases: ">=1"}'
    found = verified(lock(*GOOD), runtimes=runtimes)
    assert [(finding.code, finding.place.column) for finding in found.findings] == [("not-published", 49)]


# --- floors --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("floor", "platform", "code"),
    [
        ("2.17", "manylinux_2_17_x86_64", ""),
        ("2.17", "manylinux2014_x86_64", ""),
        ("2.28", "manylinux_2_17_x86_64", ""),
        ("2.17", "manylinux_2_28_x86_64", "floor-too-low"),
        ("2.17", "manylinux_2_17_x86_64.manylinux_2_28_x86_64", ""),
        ("none", "manylinux_2_17_x86_64", "undocumented-floor"),
        ("none", "linux_x86_64.manylinux_2_17_x86_64", "undocumented-floor"),
        ("none", "any", ""),
    ],
)
def test_a_floor_is_compared_with_the_documented_one(floor: str, platform: str, code: str) -> None:
    platforms = f"linux: {{os: Linux, cpu: [x86-64], floor: {floor}}}"
    found = told(verified(lock(*wheels("1.0.0", ["9", "10"], platform)), platforms=platforms))
    found.pop("not-claimed", None)
    assert list(found) == ([code] if code else [])


@pytest.mark.parametrize("words", ["Linux (glibc 2.17+)", "Linux with glibc"])
def test_a_floor_that_is_documented_in_words_is_not_reported(words: str) -> None:
    platforms = f"linux: {{os: {words}, cpu: [x86-64]}}"
    expected = [] if "2.17" in words else ["undocumented-floor"]
    assert list(told(verified(lock(*GOOD), platforms=platforms))) == expected


def test_a_floor_names_its_first_release_and_its_lines() -> None:
    files = [
        *wheels("1.0.0", ["9", "10"], X86),
        *wheels("1.1.0", ["9"], X86),
        *wheels("1.1.0", ["10"], "manylinux_2_28_x86_64"),
    ]
    finding = told(verified(lock(*files), platforms="linux: {os: Linux, cpu: [x86-64]}"))["undocumented-floor"]
    assert finding.message == "wheels of pkg for Linux need glibc 2.28; the facts do not state this"
    assert finding.details == (
        ">=1, x86-64: glibc 2.28 since 1.1.0, 2.17 before; glibc 2.17 with CPython 3.9 (pkg-1.1.0-cp310-cp310-manylinux_2_28_x86_64.whl)",
    )


# --- releases ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "code", "severity"),
    [
        ("1.0.0", "", ""),
        ("1.0", "", ""),
        ("no", "", ""),
        ("planned", "", ""),
        ("1.0.1", "no-release", "error"),
        ("1.2", "no-release", "error"),
        ("1.1.0", "yanked-release", "warning"),
        ("2.0.0", "pre-release", "warning"),
        ("2.0.0rc1", "", ""),
        ("3.0.0rc1", "no-release", "error"),
        ("preview >=1.0.1", "no-release", "error"),
    ],
)
def test_a_minimum_is_a_release_that_installers_select(since: str, code: str, severity: str) -> None:
    later = [f.replace("1.0.0", v) for v in ("1.1.0", "1.1.1", "2.0.0rc1") for f in GOOD]
    locked = lock(*GOOD, *later, yanked={"1.1.0": "broken"})
    found = told(verified(locked, features=f"heap: {{name: Heap, since: {since}}}"))
    assert [(f.code, f.severity) for f in found.values()] == ([(code, severity)] if code else [])
    last = told(verified(lock(*GOOD, yanked={"1.0.0": "broken"}), features="heap: {name: Heap, since: 1.0.0}"))
    assert last["yanked-release"].hint == "", "no other release is the next one"


def test_a_minimum_without_a_wheel_names_the_first_that_has_one() -> None:
    early, later = wheels("1.0.0", ["9"], X86), wheels("1.1.0", ["9", "10"], X86)
    found = told(verified(lock(*early, "1.0.0 sdist", *later), features="heap: {name: Heap, since: 1.0.0}"))
    assert list(found) == ["late-wheel"]
    finding = found["late-wheel"]
    assert finding.severity == "notice"
    assert finding.message == "pkg 1.0.0, the minimum of Heap, has no wheel for CPython 3.10"
    assert finding.details == (
        "CPython 3.10 on Linux (x86-64): 1.1.0 is the first with a wheel (pkg-1.1.0-cp310-cp310-manylinux_2_17_x86_64.whl)",
        "source distribution of 1.0.0: pkg-1.0.0.tar.gz",
    )
    assert told(verified(lock(*early, *later), features="heap: {name: Heap, since: 1.1.0}")) == {}
    assert told(verified(lock(*early, *later), features="heap: {name: Heap, since: 1.0.0}", runtimes='cpython: {versions: 3.9-3.10, releases: ">=1.1"}')) == {}  # fmt: skip


def test_branches_have_releases_and_no_support_before_them() -> None:
    def codes(releases: str) -> list[str]:
        return [f.code for f in verified(lock(*GOOD), releases=releases).findings]

    assert codes('v1: {versions: "<2", support: {ga: 2024-01-01}}') == []
    assert codes('v1: {versions: "<2", support: {preview: 2020-01-01, ga: by 2024-03-01}}') == []
    assert codes('v1: {versions: "<2", support: {ga: 2023-12-31}}') == ["level-before-release"]
    assert codes('v1: {versions: "<2", support: {ga: 2024-01-01}}, v2: {versions: ">=2", support: {ga: by 2024-01-01}}') == ["no-release"]  # fmt: skip
    assert codes('v1: {versions: ">=1.1", support: {ga: by 2024-03-01}}') == ["new-release-line", "no-release"]


def test_a_set_without_releases_is_an_error() -> None:
    found = told(verified(lock(*GOOD), runtimes='cpython: {versions: 3.9-3.10, releases: ">=2"}'))
    assert list(found) == ["no-release"]
    assert found["no-release"].hint == "the newest release is 1.0.0"


# --- settings and locks --------------------------------------------------------------


def test_a_missing_or_unreadable_lock_is_reported() -> None:
    assert list(told(verified(None))) == ["no-lock"]
    found = told(verified(b"{\n\n<<<<<<<"))["bad-lock"]
    assert str(found.place) == "content/locks/pypi/pkg.json:3:1"
    assert list(told(verified(lock(*GOOD).replace(b'"package": "pkg"', b'"package": "other"')))) == ["bad-lock"]


@pytest.mark.parametrize("latest", ["", "1.39.0"])
def test_a_lock_with_an_invalid_version_is_reported(latest: str) -> None:
    files = [file.replace("1.0.0", f"1.{number}.0") for number in range(40) for file in GOOD]
    data = json.loads(lock(*files))
    data["releases"] = {{"1.1.0": "1.x.y"}.get(version, version): entry for version, entry in data["releases"].items()}
    found = told(verified(json.dumps({**data, "latest": latest}).encode()))
    assert list(found) == ["bad-lock"]
    assert found["bad-lock"].message == "'1.x.y' is not a version"
    assert str(found["bad-lock"].place) == "content/locks/pypi/pkg.json:1:1"


def test_two_swapped_releases_of_a_lock_are_reported() -> None:
    data = json.loads(lock(*(file.replace("1.0.0", f"1.{number}.0") for number in range(40) for file in GOOD)))
    versions = list(data["releases"])
    versions[20], versions[21] = versions[21], versions[20]
    data["releases"] = {version: data["releases"][version] for version in versions}
    found = told(verified(json.dumps(data).encode()))
    assert found["bad-lock"].message == "the releases of this lock file are not in version order"


_EDITED = lock(*GOOD, *wheels("1.1.0", ["9"], "win32"), "1.2.0 sdist", "1.3.0 sdist", yanked={"1.3.0": "no"}).decode()


@limits(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(_EDITED)), st.integers(0, 12), st.text('abc{}[]":,-*.1 \n', max_size=6)),
        max_size=3,
    )
)
def test_an_edited_lock_never_causes_a_traceback(edits: list[tuple[int, int, str]]) -> None:
    text = _EDITED
    for start, length, put in edits:
        text = text[:start] + put + text[start + length :]
    verified(text.encode(), features="heap: {name: Heap, since: 1.0.0}, dump: {name: Dump, since: 1.3.0}")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("pypi:", "pipy:", "unknown-key"),
        ("    package: libraries.package\n", "", "no-field"),
        ("libraries.package", "libraries.pakage", "unknown-field"),
        ("libraries.package", "runtimes.versions", "unknown-type"),
        ("libraries.package", "platforms.os", "unknown-field"),
        ("minimums: [features.since]", "minimums: [features.name]", "unknown-type"),
        ("minimums: [features.since]", "minimums: [[features.since]]", "unknown-field"),
        ("minimums: [features.since]", "minimum: [features.since]", "unknown-key"),
        ("releases: runtimes.releases", "releases: runtimes.release", "unknown-field"),
        ("versions: runtimes.versions, ", "", "no-field"),
        ("tags: {cpython*: cp}", "tags: {cpyhton*: cp}", "unknown-id"),
        ("tags: {cpython*: cp}", "tags: {cpython*: [cp]}", "wrong-shape"),
        ("        mac:", "        linux-: {}\n        mac:", "unknown-id"),
        ("64bit: win_amd64", "64bit: {}", "wrong-shape"),
        (
            "runtimes: {versions: runtimes.versions, releases: runtimes.releases, tags: {cpython*: cp}}",
            "runtimes: cp",
            "wrong-shape",
        ),
        ("      name: platforms.os\n      cpus: platforms.cpu\n      floor: platforms.floor\n", "", "no-field"),
    ],
)
def test_invalid_settings_are_reported_at_their_place(old: str, new: str, code: str) -> None:
    assert old in SETTINGS
    platforms = f"{LINUX}, windows: {{os: Windows, cpu: [64bit]}}, mac: {{os: macOS, cpu: [ARM]}}"
    found = verified(lock(*GOOD), settings=SETTINGS.replace(old, new, 1), platforms=platforms)
    first = [finding for finding in found.findings if finding.place.file == "sitegen.yaml"]
    assert code in [finding.code for finding in first], found.findings
    assert all(finding.place.line > 1 for finding in first)


# --- the command ---------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> Path:
    facts = FACTS.format(runtimes=RUNTIME, platforms=LINUX, features="", releases="")
    write_files(tmp_path, {"sitegen.yaml": for_platforms(SETTINGS, LINUX), "content/facts.yaml": facts})
    (tmp_path / "content/locks/pypi").mkdir(parents=True)
    (tmp_path / "content/locks/pypi/pkg.json").write_bytes(lock(*GOOD))
    return tmp_path


def verify(site: Path, *more: str) -> Said:
    return run("verify", "--root", site, "--as-of", "2026-11-20", *more)


def relock(site: Path, *files: str, yanked: Mapping[str, str] | None = None) -> None:
    (site / "content/locks/pypi/pkg.json").write_bytes(lock(*files, yanked=yanked))


def test_the_exit_code_is_1_if_a_claim_is_contradicted(site: Path) -> None:
    assert verify(site) == Said(0, "3 claims as of 2026-11-20: 3 verified, 0 contradicted, 0 not verified\ncompared with 1 release of 1 package\n", "")  # fmt: skip
    assert verify(site, "-q") == Said(0, "", "")
    relock(site, *GOOD, *wheels("1.0.0", ["9"], "win_arm64"))
    said = verify(site)
    assert said.code == 0, "a notice does not change the exit code"
    assert said.err.startswith("notice[not-claimed]: ")
    relock(site, *GOOD, *wheels("1.1.0", ["10"], X86))
    assert verify(site).code == 1, "a dropped version of the runtime is an error"
    relock(site, *wheels("1.0.0", ["10"], X86, requirement=">=3.10"), *[f.replace("1.0.0", "1.1.0") for f in GOOD])
    assert verify(site).code == 0, "the newest release accepts it"
    assert verify(site, "--strict").code == 1, "not all releases do"
    relock(site, *wheels("1.0.0", ["9"], X86))
    assert verify(site).code == 1


def test_a_build_never_reads_a_lock(site: Path) -> None:
    before = run("build", "--root", site, "--as-of", "2026-11-20", "-v")
    relock(site, *wheels("1.0.0", ["9"], X86))
    assert run("check", "--root", site, "--as-of", "2026-11-20").code == 0
    again = run("build", "--root", site, "--as-of", "2026-11-20", "--check")
    assert (before.code, again.code) == (0, 0)


def test_findings_have_every_format(site: Path) -> None:
    relock(site, *wheels("1.0.0", ["9"], X86))
    (finding,) = json.loads(verify(site, "--format", "json").out)["findings"]
    assert (finding["code"], finding["severity"]) == ("not-published", "error")
    assert finding["details"][0].startswith("CPython 3.10 on any platform: no wheel in 1.0.0")
    claims = json.loads(verify(site, "--format", "json").out)["claims"]
    assert (claims["verified"], claims["contradicted"], claims["not_verified"]) == (1, 1, 1)
    assert claims["reasons"] == {"the claim about the runtime is contradicted": 1}
    assert claims["list"][0] == {
        "claim": "CPython 3.9-3.10 with pkg >=1",
        "file": "content/facts.yaml",
        "line": 10,
        "column": 33,
        "status": "contradicted",
        "reason": "",
    }
    github = verify(site, "--format", "github").out
    assert github.startswith("::error file=content/facts.yaml,line=10,col=33,title=not-published::")
    assert "::notice title=claims::3 claims as of 2026-11-20: 1 verified, 1 contradicted, 1 not verified%0A" in github
    (ran,) = json.loads(verify(site, "--format", "sarif").out)["runs"]
    assert "1.0.0 has wheels for CPython 3.9" in ran["results"][0]["message"]["text"]
    assert ran["properties"] == {"claims": claims}


def test_a_site_without_declared_claims_gets_advice(site: Path) -> None:
    (site / "sitegen.yaml").write_text("title: Site\n")
    assert verify(site) == Said(2, "", "sitegen verify: error: sitegen.yaml has no 'verify', which declares the claims about a package; see docs/verify.md\n")  # fmt: skip


def test_invalid_facts_are_reported_first(site: Path) -> None:
    facts = site / "content/facts.yaml"
    facts.write_text(facts.read_text().replace("3.9-3.10", "soon"))
    said = verify(site)
    assert said.code == 1
    assert said.err.startswith("error[bad-versions]: ")


# --- this site -----------------------------------------------------------------------


def own(day: str) -> Verified:
    site = own_site()
    assert site.settings.verify is not None
    return verify_facts(
        site.facts, site.settings.verify, date.fromisoformat(day), lambda path: (ROOT / path).read_bytes()
    )


def _found(found: Verified, code: str, said: str) -> Finding:
    (finding,) = [f for f in found.findings if f.code == code and said in "\n".join((f.message, *f.details))]
    line = (ROOT / finding.place.file).read_text("utf-8").splitlines()[finding.place.line - 1]
    assert finding.place.column <= len(line)
    return finding


def test_claims_of_this_site_that_are_not_published_are_reported() -> None:
    found = own("2026-11-20")
    end = _found(
        found, "open-end", "CPython 3.9+ has no upper end, but ddtrace 4.16.0 does not install on CPython 3.15"
    )
    assert end.details[0] == "Requires-Python of 4.1.0 to 4.16.0: <3.15,>=3.9"
    windows = _found(found, "source-only", "CPython 3.13 on Windows 64bit and 32bit: no wheel in 2.0.0 to 2.21.12")
    assert "ddtrace >=2,<3" in windows.message
    assert windows.details[-1] == "source distribution of 2.21.12: ddtrace-2.21.12.tar.gz"
    floor = _found(found, "undocumented-floor", ">=3, <4, i686: glibc 2.28 since 3.13.0, 2.17 before")
    assert (
        floor.message == "wheels of ddtrace for Linux need glibc 2.17, on i686 glibc 2.28; the facts do not state this"
    )
    assert (
        _found(found, "not-claimed", "win_arm64").details[0] == "in >=4, <5: ddtrace-4.16.0-cp314-cp314-win_arm64.whl"
    )
    assert "Alpine Linux (musl)" in _found(found, "not-claimed", "musllinux_*_x86_64").message
    minimum = _found(found, "late-wheel", "ddtrace 1.5.0, the minimum of Software Composition Analysis (SCA)")
    assert minimum.message.endswith("has no wheel for CPython 3.11")
    assert "ddtrace-1.6.0-cp311-cp311-" in minimum.details[0]
    assert "MacOS need macOS 14.0" in _found(found, "undocumented-floor", "macOS 14.0 since 4.2.0, 12.0 before").message
    errors = [finding.code for finding in found.findings if finding.severity == "error"]
    assert errors == ["open-end"]


def test_findings_of_this_site_agree_with_the_names_of_the_files() -> None:
    """The same statements, derived only from file names with `packaging`."""
    published = own_lock()
    names = {release.version: list(published.names(release)) for release in published.releases if release.stable}

    def tags(low: str, high: str) -> set[tuple[str, str]]:
        wanted = SpecifierSet(f">={low},<{high}")
        files = [name for version in wanted.filter(names) for _, name in names[version] if name.endswith(".whl")]
        return {(tag.interpreter, tag.platform) for name in files for tag in parse_wheel_filename(name)[3]}

    two, three = tags("2", "3"), tags("3", "4")
    assert not [tag for tag in two if tag[0] == "cp313" and tag[1].startswith("win")]
    assert [tag for tag in two if tag[0] == "cp312" and tag[1] == "win32"]
    assert ("cp314", "manylinux_2_28_i686") in three, "there are wheels for Linux i686, though for a newer glibc"
    assert {platform for _, platform in tags("3.13", "4") if platform.startswith("many") and platform.endswith("i686")} == {"manylinux_2_28_i686"}  # fmt: skip
    assert "cp311" not in {interpreter for interpreter, _ in tags("1.5.0", "1.6.0rc0")}
    assert {requirement for version in SpecifierSet(">=4.1,<5").filter(names) for requirement, _ in names[version]} == {"<3.15,>=3.9"}  # fmt: skip
    assert {requirement for version in SpecifierSet(">=4,<4.1").filter(names) for requirement, _ in names[version]} == {">=3.9"}  # fmt: skip


def test_this_site_is_verified_offline_with_the_same_result_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["verify", "--root", str(ROOT), "--as-of", "2026-11-20"]
    answers = set()
    seconds = []
    for _ in range(3):
        begun = time.perf_counter()
        assert main(arguments) == 1
        seconds.append(time.perf_counter() - begun)
        answers.add(capsys.readouterr())
    (answer,) = answers
    assert len(answer.err.splitlines()) < 150
    assert min(seconds) < 0.5 or os.cpu_count() == 1
    assert not re.search(r"\bhttps?://", answer.err)


@pytest.mark.parametrize("day", ["2023-03-15", "2023-09-20", "2025-07-01", "2026-04-01"])
def test_earlier_dates_use_only_releases_up_to_that_date(day: str) -> None:
    out = {release.version for release in own_lock().releases if release.day <= day}
    for finding in own(day).findings:
        for version in re.findall(r"ddtrace-([0-9.]+[0-9])[-.]", "\n".join(finding.details)):
            assert version in out, finding


def test_no_package_name_leads_out_of_the_folder_of_locks() -> None:
    assert lock_path("pypi", "My.Package") == "content/locks/pypi/my-package.json"
    for package in ("../../other", "/etc/x", "a:b\\c", "@scope/name", "..", "con\n"):
        assert re.fullmatch(r"content/locks/pypi/[\w%-]+\.json", lock_path("pypi", package))
