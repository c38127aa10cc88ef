"""`sitegen verify`: every notation of versions of a runtime, what counts as verified, and claims about npm packages."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from sitegen.facts.version_ranges import contains, parse_version
from sitegen.facts.versions import parse_versions
from sitegen.package_indexes.releases import PublishedFile, gather, write_lock
from sitegen.site.loading import load_site
from sitegen.verification import Verified, lock_path, verify_facts
from tests.support.commands import Said, run
from tests.support.sites import write_files
from tests.support.verified_site import GOOD, LINUX, X86, lock, reason, status, told, verified, wheels

DAY = date(2026, 11, 20)


def runtimes(versions: str, releases: str = ">=1") -> str:
    return f'cpython: {{versions: "{versions}", releases: "{releases}"}}'


def pure(*releases: str) -> bytes:
    """A lock of releases that run anywhere: `version requirement`."""
    return lock(*(f"{version} py3-none-any {requirement}" for version, requirement in map(str.split, releases)))


# --- every notation ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claimed", "required", "refused", "hint"),
    [
        ("3+", ">=3.9", "3.0 to 3.8", "3.9+"),
        ("3.x", ">=3.9", "3.0 to 3.8", "3.9+"),
        ("3", ">=3.9", "3.0 to 3.8", "3.9+"),
        (">=3", ">=3.9", "3.0 to 3.8", "3.9+"),
        ("any", ">=3.9", "2.0 to 2.7, 3.0 to 3.8", "3.9+"),
        ("all", ">=3.9", "2.0 to 2.7, 3.0 to 3.8", "3.9+"),
        ("3.6+", ">=3.9", "3.6 to 3.8", "3.9+"),
        ("3.6 and higher", ">=3.9", "3.6 to 3.8", "3.9+"),
        ("3.8", ">=3.9", "3.8", ""),
        ("3.7, 3.8, 3.10", ">=3.9", "3.7 to 3.8", "3.10"),
        ("3.7 or 3.9", ">=3.9", "3.7", "3.9"),
        ("3.7-3.20", ">=3.8,<3.13", "3.7, 3.13 to 3.20", "3.8-3.12"),
        (">=3.7,<3.10", ">=3.9", "3.7 to 3.8", "3.9"),
        ("<3.10", ">=3.8", "2.0 to 2.7, 3.0 to 3.7", "3.8-3.9"),
        ("2.7-3.11", ">=2.7,!=3.0.*,!=3.1.*,!=3.2.*", "3.0 to 3.2", "2.7, 3.3-3.11"),
        ("3.8.1+", ">=3.8.3", "3.8 from 3.8.1 and before 3.8.3", "3.8.3+"),
        ("3.9-3.10, except 3.9.7", ">=3.10", "3.9 before 3.9.7, 3.9 from 3.9.8", "3.10"),
        ("4+", ">=3.9,<4", "4.0 and later", ""),
        ("3.9+", ">=3.9", "", ""),
        ("3.9+", ">=3.9,<4", "", ""),
        ("3.9", ">=3.8", "", ""),
        ("3.x", ">=3.0", "", ""),
        ("any", "", "", ""),
    ],
)
def test_every_claimed_version_that_is_not_accepted_is_listed(
    claimed: str, required: str, refused: str, hint: str
) -> None:
    locked = lock(f"1.0.0 py2.py3-none-any {required}")
    found = verified(locked, runtimes=runtimes(claimed), platforms="")
    assert list(told(found)) == (["not-accepted"] if refused else [])
    assert status(found) == {"verified": int(not refused), "contradicted": int(bool(refused)), "not verified": 0}
    if refused:
        finding = told(found)["not-accepted"]
        assert finding.severity == "error"
        assert finding.message == f"CPython {claimed} with pkg >=1: pkg 1.0.0 does not accept CPython {refused}"
        assert finding.details[0] == f"Requires-Python of 1.0.0: {required}"
        assert finding.hint == (f"write '{hint}'" if hint else "")


@pytest.mark.parametrize("claimed", ["3+", "3.x", "any", "3.9+"])
def test_the_missing_end_of_a_claim_is_reported_for_every_notation(claimed: str) -> None:
    found = told(verified(pure("1.0.0 >=3.9,<3.15"), runtimes=runtimes(claimed), platforms=""))
    assert "does not install on CPython 3.15 or later" in found["open-end"].message
    assert found["open-end"].hint == "write '3.9-3.14'"
    assert ("not-accepted" in found) == (claimed != "3.9+")


def test_a_dropped_version_is_an_error_that_names_the_last_release_with_it() -> None:
    found = verified(pure("1.0.0 >=3.7", "1.1.0 >=3.8", "1.2.0 >=3.9"), runtimes=runtimes("3.7+"), platforms="")
    finding = told(found)["not-accepted"]
    assert finding.message.endswith("pkg 1.2.0 does not accept CPython 3.7 to 3.8")
    assert finding.details == (
        "Requires-Python of 1.2.0: >=3.9",
        "CPython 3.8: 1.1.0 is the last release that accepts it",
    )


def test_a_version_that_only_the_newest_release_accepts_is_a_warning_and_not_verified() -> None:
    found = verified(pure("1.0.0 >=3.8,<3.12", "1.1.0 >=3.8,<3.13"), runtimes=runtimes("3.8-3.12"), platforms="")
    finding = told(found)["older-releases"]
    assert finding.severity == "warning"
    assert finding.details == ("CPython 3.12: not 1.0.0 (Requires-Python of 1.0.0: >=3.8,<3.12)",)
    assert reason(found, "CPython") == "not verified: the newest release accepts it, older ones do not"


def test_a_part_of_a_version_that_is_not_accepted_is_a_warning_and_not_verified() -> None:
    found = verified(pure("1.0.0 >=3.8,!=3.9.0"), runtimes=runtimes("3.8+"), platforms="")
    finding = told(found)["partly-accepted"]
    assert finding.severity == "warning"
    assert finding.message.endswith("pkg 1.0.0 does not accept CPython 3.9.0")
    assert reason(found, "CPython") == "not verified: only some patch releases of a version are accepted"
    assert told(verified(pure("1.0.0 >=3.8.1"), runtimes=runtimes("3.8.1+"), platforms="")) == {}


def test_an_unreadable_requirement_verifies_nothing() -> None:
    found = verified(pure("1.0.0 what?"), runtimes=runtimes("3.9+"), platforms="")
    assert found.findings == ()
    assert reason(found, "CPython") == "not verified: Requires-Python 'what?' cannot be read"


def test_versions_that_do_not_exist_are_not_verified() -> None:
    found = verified(lock("1.0.0 sdist >=3.9", "1.0.0 py3-none-any >=3.9"), runtimes=runtimes("16+"), platforms="")
    assert status(found)["verified"] == 0


def test_existing_versions_are_those_in_any_lock_of_the_site() -> None:
    """A wheel of another package shows that 3.11 exists; this package must be built for it."""
    files = {
        "sitegen.yaml": "verify: {pypi: {package: libraries.package, runtimes: {versions: runtimes.versions, releases: runtimes.releases, tags: {cpython: cp}}}}",
        "content/facts.yaml": """\
products: {fields: {name: text}, records: {web: {name: Web}}}
libraries: {fields: {name: text, package: text}, records: {one: {name: One, package: pkg}, two: {name: Two, package: other}}}
runtimes: {fields: {versions: versions, releases: versions}, records: {cpython: {versions: 3.9+, releases: any}}}
""",
    }
    site = load_site({path: text.encode() for path, text in files.items()})
    assert site.settings.verify is not None
    one = lock(*GOOD, "1.0.0 sdist >=3.9")

    def codes(other: bytes) -> list[str]:
        locks = {lock_path("pypi", "pkg"): one, lock_path("pypi", "other"): other.replace(b'"pkg"', b'"other"')}
        assert site.settings.verify is not None
        return [finding.code for finding in verify_facts(site.facts, site.settings.verify, DAY, locks.get).findings]

    assert codes(one) == []
    assert codes(lock(*GOOD, *wheels("1.0.0", ["11"], X86))) == ["source-only"]


# --- releases ------------------------------------------------------------------------


def branches(*written: str) -> str:
    """Branches in the notation `versions first-day`, each with GA from that day on."""
    pairs = [text.split() for text in written]
    return ", ".join(f'v{n}: {{versions: "{v}", support: {{ga: {day}}}}}' for n, (v, day) in enumerate(pairs))


def test_a_branch_whose_first_release_was_yanked_is_not_an_error() -> None:
    later = [f.replace("1.0.0", "2.0.0") for f in GOOD], [f.replace("1.0.0", "2.1.0") for f in GOOD]
    locked = lock(*GOOD, *later[0], *later[1], yanked={"2.0.0": "broken"})  # 2.0.0 is of 2024-02-01
    right = verified(locked, releases=branches("<2 2024-01-01", ">=2 2024-02-01"))
    assert right.findings == ()
    wrong = told(verified(locked, releases=branches("<2 2024-01-01", ">=2 2024-01-31")))["level-before-release"]
    assert wrong.details == ("published on 2024-02-01: 2.0.0",)


def test_a_branch_whose_releases_were_all_yanked_exists_and_is_not_verified() -> None:
    later = [f.replace("1.0.0", "2.0.0") for f in GOOD]
    found = verified(
        lock(*GOOD, *later, yanked={"2.0.0": "broken"}), releases=branches("<2 2024-01-01", ">=2 2024-02-01")
    )
    assert told(found)["yanked-release"].message == "every release of pkg in '>=2' was yanked"
    assert reason(found, "release branch pkg >=2") == "not verified: all its releases were yanked"
    ended = 'v1: {versions: "<2", support: {ga: 2024-01-01}}, v2: {versions: ">=2", support: {ga: 2024-02-01, eol: 2025-01-01}}'
    assert verified(lock(*GOOD, *later, yanked={"2.0.0": "broken"}), releases=ended).findings == ()


def test_a_branch_that_is_not_supported_yet_needs_no_release() -> None:
    planned = 'v1: {versions: "<2", support: {ga: 2024-01-01}}, v2: {versions: ">=2", support: {preview: 2026-10-01, ga: 2027-01-01}}'
    features = "heap: {name: Heap, since: 2.0.0}, dump: {name: Dump, since: planned 1.5.0}"
    found = verified(lock(*GOOD), releases=planned, features=features)
    assert found.findings == ()
    for claim in ("release branch pkg >=2", "Heap", "Dump"):
        assert reason(found, claim) == "not verified: the releases are not out yet"
    assert list(told(verified(lock(*GOOD), features="heap: {name: Heap, since: 2.0.0}"))) == ["no-release"]


def versions(*numbers: str) -> bytes:
    items = [PublishedFile(number, f"pkg-{number}-py3-none-any.whl", "", date(2025, 1, 1), None) for number in numbers]
    return write_lock(gather("pypi", "pkg", items))


@pytest.mark.parametrize(
    ("covered", "published", "new"),
    [
        ([">=3,<4", ">=4,<5"], ["2.1", "3.0", "4.0", "4.1"], []),
        ([">=3,<4", ">=4,<5"], ["3.0", "4.0", "5.0", "5.1"], ["5"]),
        ([">=3,<4", ">=4,<5"], ["2.1", "3.0", "4.0", "5.0", "6.0"], ["5", "6"]),
        ([">=3,<3.5", ">=4,<5"], ["0.1", "3.0", "3.6", "4.0", "5.0"], ["5"]),
        ([">=4.1,<4.2", ">=4.2,<4.3"], ["4.1", "4.2", "4.3", "5.0"], ["4.3", "5.0"]),
        ([">=4,<4.1"], ["4.0", "4.1"], ["4.1"]),
        ([">=4,<4.0.3"], ["4.0.1", "4.0.3"], []),
        ([">=2026.1,<2027"], ["2026.1", "2026.2", "2027.1"], ["2027"]),
        ([">=4,<5"], ["4.0", "5.0rc1"], []),
    ],
)
def test_each_new_release_line_is_a_separate_warning(covered: list[str], published: list[str], new: list[str]) -> None:
    records = ", ".join(f'v{n}: {{versions: "{text}", support: {{ga: 2025-12-31}}}}' for n, text in enumerate(covered))
    found = verified(versions(*published), releases=records, runtimes="").findings
    lines = [finding for finding in found if finding.code == "new-release-line"]
    assert [finding.message for finding in lines] == [f"no branch covers the new release line {n} of pkg" for n in new]
    assert {finding.severity for finding in lines} <= {"warning"}
    assert {finding.code for finding in found} <= {"new-release-line", "not-claimed"}


def test_releases_between_and_before_branches_are_a_notice_for_each_gap() -> None:
    records = branches(">=2,<3 2025-12-31", ">=4,<5 2025-12-31")
    found = verified(versions("1.0", "1.1", "2.0", "3.0", "4.0"), releases=records, runtimes="").findings
    assert [finding.message for finding in found] == [
        "no branch covers 2 releases of pkg: 1.0 to 1.1",
        "no branch covers pkg 3.0",
    ]


def test_every_version_in_a_minimum_is_looked_up_and_no_other() -> None:
    locked = versions("1.0.0", "2.0.0", "2.0.2")
    assert verified(locked, runtimes="", features='heap: {name: Heap, since: ">=2, except 2.0.1"}').findings == ()
    assert verified(locked, runtimes="", features='heap: {name: Heap, since: "<2"}').findings == ()
    found = verified(locked, runtimes="", features='heap: {name: Heap, since: ">=1,<2 || >=2.0.1"}')
    assert told(found)["no-release"].message == "pkg 2.0.1, the minimum of Heap, was never published"
    assert status(found) == {"verified": 1, "contradicted": 1, "not verified": 0}
    assert list(told(verified(locked, runtimes="", features='heap: {name: Heap, since: "<1"}'))) == ["no-release"]


def test_each_statement_of_a_minimum_is_looked_up() -> None:
    locked = versions("1.0.0", "2.0.0", "2.0.2")
    since = '{all: [">=1.0.0,<2", {is: 2.0.1, when: Linux}, {is: 2.0.2, when: macOS}, {verbatim: 7 or so}]}'
    found = verified(locked, runtimes="", features=f"heap: {{name: Heap, since: {since}}}")
    assert told(found)["no-release"].message == "pkg 2.0.1, the minimum of Heap, was never published"
    assert status(found) == {"verified": 2, "contradicted": 1, "not verified": 0}


def test_versions_of_a_runtime_on_conditions_are_not_verified() -> None:
    runtime = "cpython: {versions: {all: [3.9, {is: 3.10+, when: on Linux}]}, releases: any}"
    found = verified(pure("1.0.0 >=3.9"), runtimes=runtime, platforms="")
    assert status(found) == {"verified": 0, "contradicted": 0, "not verified": 1}
    assert reason(found, "CPython") == "not verified: its versions have conditions"


# --- platforms -----------------------------------------------------------------------


WINDOWS = "windows: {os: Windows, cpu: [64bit, 32bit]}"


def test_a_minimum_without_some_wheels_lists_their_platforms() -> None:
    early = [*wheels("1.0.0", ["9", "10"], X86), *wheels("1.0.0", ["9"], "win_amd64", "win32")]
    later = wheels("1.1.0", ["9", "10"], X86, "win_amd64", "win32")
    found = verified(lock(*early, *later), platforms=f"{LINUX}, {WINDOWS}", features="heap: {name: Heap, since: 1.0.0}")
    finding = told(found)["late-wheel"]
    assert finding.message == "pkg 1.0.0, the minimum of Heap, has no wheel for CPython 3.10 on Windows (64bit, 32bit)"
    assert finding.details == (
        "CPython 3.10 on Windows (64bit, 32bit): 1.1.0 is the first with a wheel (pkg-1.1.0-cp310-cp310-win_amd64.whl)",
    )


def test_no_platform_has_a_wheel_is_reported_only_if_true() -> None:
    """The only platform with a wheel for 3.10 is not in the facts."""
    files = [*wheels("1.0.0", ["9"], X86), *wheels("1.0.0", ["10"], "win_arm64")]
    finding = told(verified(lock(*files, "1.0.0 sdist"), platforms=LINUX))["source-only"]
    assert finding.details == (
        "CPython 3.10 on Linux x86-64: no wheel in 1.0.0; 1.0.0 has wheels there for CPython 3.9",
        "source distribution of 1.0.0: pkg-1.0.0.tar.gz",
    )


def test_each_platform_is_a_separate_claim() -> None:
    files = [*wheels("1.0.0", ["9", "10"], X86, "win_amd64"), *wheels("1.0.0", ["9"], "win32"), "1.0.0 sdist >=3.10"]
    platforms = f"{LINUX}, windows: {{os: Windows, cpu: [64bit, 32bit, ARM64]}}"
    found = verified(lock(*files), platforms=platforms)
    assert reason(found, "on Linux x86-64") == "verified"
    assert reason(found, "on Windows 64bit") == "verified"
    assert reason(found, "on Windows 32bit") == "not verified: can only be built from source"
    assert reason(found, "on Windows ARM64") == "not verified: no tag in sitegen.yaml"
    assert reason(found, "from 2.17 on") == "verified"
    none = verified(lock(*files[:-1]), platforms=platforms)
    assert reason(none, "on Windows 32bit") == "contradicted"


def test_a_platform_for_which_an_older_release_has_no_file_is_not_verified() -> None:
    found = verified(lock(*wheels("1.0.0", ["9"], X86), *[f.replace("1.0.0", "1.1.0") for f in GOOD]))
    assert found.findings == ()
    assert reason(found, "on Linux x86-64") == "not verified: older releases have no file for it"


def test_nothing_is_verified_on_a_platform_without_a_verified_runtime() -> None:
    found = verified(lock(*GOOD), runtimes=runtimes("3.8-3.10"))
    assert list(told(found)) == ["not-accepted"], "its consequences are not reported"
    assert reason(found, "on Linux x86-64") == "not verified: the claim about the runtime is contradicted"


# --- every claim counts once ---------------------------------------------------------


_claimed = st.sampled_from(
    ["3+", "3.x", "any", "3.8+", "3.9-3.11", "3.7, 3.10", "<3.10", "3.9.2+", "2.7, 3.6+", "3.10", "~=3.8", "3.8-3.9.4"]
)
_required = st.sampled_from(
    ["", ">=3.8", ">=3.9,<3.12", ">=3.9.2", "!=3.9.*,>=3.7", "<=3.10", "nonsense", ">=2.7,!=3.0.*"]
)
_tags = st.sampled_from(
    ["py3-none-any", "py2.py3-none-any", "sdist", f"cp39-cp39-{X86}", f"cp310-cp310-{X86}", "cp39-abi3-win32"]
)
_number = st.sampled_from(["1.0.0", "1.1.0", "1.2.0rc1", "2.0.0", "2.1.0"])
_file = st.builds("{} {} {}".format, _number, _tags, _required)
_set = st.sampled_from([">=1", "<2", ">=2,<3", ">=3", "any", "1.1.0"])
_platforms = st.sampled_from(["", LINUX, f"{LINUX}, {WINDOWS}", "windows: {os: Windows, cpu: [32bit, ARM64]}"])
_since = st.sampled_from(
    ["1.0.0", ">=1.1", "<2", "no", "yes", "planned 3.0.0", "preview >=2, except 2.0.5", "1.2.0", ">=1.0.0,<2 || >=5.0"]
)


@limits(deadline=None)
@given(
    st.lists(_file, max_size=8, unique_by=lambda file: tuple(file.split()[:2])),
    st.lists(st.tuples(_claimed, _set), max_size=3),
    _platforms,
    st.lists(_since, max_size=3),
    st.lists(_set, max_size=3, unique=True),
    st.sets(_number, max_size=2),
)
def test_every_claim_is_verified_contradicted_or_not_verified(
    files: list[str],
    rows: list[tuple[str, str]],
    platforms: str,
    since: list[str],
    sets: list[str],
    yanked: set[str],
) -> None:
    """Claims are counted from the facts. A claim is contradicted if and only if there is an error."""
    cpus = platforms.count("bit") + platforms.count("x86-64") + platforms.count("ARM64")
    parts = sum(
        len(parse_versions(text.removeprefix("preview ").removeprefix("planned ")).parts)
        for text in since
        if text not in ("no", "yes")
    )
    claims = len(sets) + parts + len(rows) * (1 + cpus) + ("floor" in platforms and bool(rows))
    found = verified(
        lock(*files, yanked=dict.fromkeys(yanked, "broken")) if files else None,
        runtimes=", ".join(f'cpython-{n}: {{versions: "{v}", releases: "{r}"}}' for n, (v, r) in enumerate(rows)),
        platforms=platforms,
        features=", ".join(f'f{n}: {{name: F{n}, since: "{text}"}}' for n, text in enumerate(since)),
        releases=", ".join(
            f'v{n}: {{versions: "{text}", support: {{ga: by 2026-01-01}}}}' for n, text in enumerate(sets)
        ),
    )
    numbers = status(found)
    assert sum(numbers.values()) == len(found.verdicts) == claims
    errors = [
        finding for finding in found.findings if finding.severity == "error" and not finding.code.endswith("-lock")
    ]
    assert bool(errors) == bool(numbers["contradicted"])
    assert all(verdict.reason for verdict in found.verdicts if verdict.status == "not verified")


def _patches() -> list[Version]:
    return [
        Version(f"{major}.{minor}.{patch}")
        for major, last in ((2, 7), (3, 15))
        for minor in range(last + 1)
        for patch in range(8)
    ]


_READABLE = ["", ">=3.8", ">=3.9,<3.12", ">=3.9.2", "!=3.9.*,>=3.7", "<=3.10", "!=3.9.0,>=3.8", ">=2.7,!=3.0.*", "==3.8.*", "~=3.9"]  # fmt: skip


@limits(deadline=None)
@given(_claimed, st.lists(st.sampled_from(_READABLE), min_size=1, max_size=4))
def test_verified_claims_are_accepted_by_every_release_and_contradicted_ones_are_not(
    claimed: str, required: Sequence[str]
) -> None:
    """The same question, answered by `packaging` for every version of Python."""
    found = verified(
        lock(*(f"1.{n}.0 py2.py3-none-any {text}" for n, text in enumerate(required))),
        runtimes=runtimes(claimed),
        platforms="",
    )
    (verdict,) = found.verdicts
    wanted = [
        v for v in _patches() if any(contains(item, parse_version(str(v))) for item in parse_versions(claimed).ranges)
    ]
    *older, newest = (SpecifierSet(text) for text in required)
    refused = [v for v in wanted if not newest.contains(v)]
    if verdict.status == "verified":
        assert not refused
        assert all(specifiers.contains(v) for specifiers in older for v in wanted)
    elif verdict.status == "contradicted":
        assert refused
        if "not-accepted" in {finding.code for finding in found.findings}:
            lines = {v.release[:2] for v in refused}
            wholly = [line for line in lines if all(v in refused for v in wanted if v.release[:2] == line)]
            assert wholly or re.match(r"[0-9]+[.][0-9]+[.][0-9]+", claimed)
    else:
        assert refused or not all(specifiers.contains(v) for specifiers in older for v in wanted)


def test_values_in_fields_that_the_settings_do_not_name_are_not_verified(tmp_path: Path) -> None:
    site = write_files(
        tmp_path,
        {
            "sitegen.yaml": "verify: {pypi: {package: libraries.package, branches: {versions: releases.versions}}}\n",
            "content/facts.yaml": """\
products: {fields: {name: text}, records: {web: {name: Web}}}
libraries: {fields: {name: text, package: optional text}, records: {python: {name: Python, package: pkg}}}
releases: {fields: {versions: versions, support: lifecycle}, records: {v1: {versions: <2, support: {ga: by 2026-01-01}}}}
features: {fields: {name: text, since: support of releases}, records: {heap: {name: Heap, since: 1.0.0}, dump: {name: Dump, since: no}}}
""",
            "content/locks/pypi/pkg.json": lock(*GOOD).decode(),
        },
    )
    said = run("verify", "--root", site, "--as-of", "2026-11-20")
    assert said == Said(
        0,
        "2 claims as of 2026-11-20: 1 verified, 0 contradicted, 1 not verified\n"
        "  1 not verified: 'verify' does not name the field 'features.since'\n"
        "compared with 1 release of 1 package\n",
        "",
    )
    listed = run("verify", "--root", site, "--as-of", "2026-11-20", "-v").out.splitlines()[-1]
    assert (
        listed
        == "content/facts.yaml:4:98: Heap 1.0.0 with pkg: not verified, 'verify' does not name the field 'features.since'"
    )


# --- npm -----------------------------------------------------------------------------

NPM_SITE = {
    "sitegen.yaml": """\
verify:
  pypi:
    package: libraries.package
    for: [python]
    minimums: [features.since]
    runtimes: {versions: runtimes.versions, releases: runtimes.releases, tags: {cpython: cp}}
  npm:
    package: libraries.package
    for: nodejs
    minimums: [features.since]
    runtimes: {versions: runtimes.versions, releases: runtimes.releases, tags: {node-*: node}}
    platforms:
      name: platforms.os
      cpus: platforms.cpu
      tags:
        linux: {x64: linux-x64*, ARM64: linux-arm64*}
        windows: win32-*
""",
    "content/facts.yaml": """\
products: {fields: {name: text}, records: {web: {name: Web}}}
libraries:
  fields: {name: text, package: optional text}
  records:
    python: {name: Python, package: pkg}
    nodejs: {name: Node.js, package: "@scope/pkg"}
    java: {name: Java, package: none}
features: {fields: {name: text, since: support}, records: {heap: {name: Heap, since: [1.0.0, {is: 2.0.0, for: nodejs}]}}}
runtimes: {fields: {library: reference to libraries, versions: versions, releases: versions}, records: {}}
platforms: {fields: {os: text, cpu: optional list of text}, records: {}}
""",
    "content/python.yaml": """\
library: python
runtimes: {records: {cpython: {library: python, versions: 3.9-3.10, releases: ">=1"}}}
""",
    "content/nodejs.yaml": """\
library: nodejs
runtimes: {records: {node-2: {library: nodejs, versions: RUNTIME, releases: ">=2"}}}
platforms: {records: {PLATFORMS}}
""",
}


def npm_verified(
    versions: str, *stated: str, platforms: str = "", latest: str = "", deprecated: tuple[str, ...] = ()
) -> Verified:
    """The claims of a site with a library on each kind of index. `stated` has lines `version engines | os and cpu`."""
    items = []
    for text in stated:
        version, _, rest = text.partition(" ")
        engines, _, restriction = (part.strip() for part in rest.partition(" | "))
        withdrawn = "no longer supported" if version in deprecated else None
        items.append(PublishedFile(version, f"tarball {restriction}".rstrip(), engines, date(2025, 1, 1), withdrawn))
    texts = {
        path: text.replace("RUNTIME", json.dumps(versions)).replace("{PLATFORMS}", f"{{{platforms}}}").encode()
        for path, text in NPM_SITE.items()
    }
    if "windows" not in platforms:
        texts["sitegen.yaml"] = texts["sitegen.yaml"].replace(b"        windows: win32-*\n", b"")
    if "linux" not in platforms:
        texts["sitegen.yaml"] = texts["sitegen.yaml"].replace(
            b"        linux: {x64: linux-x64*, ARM64: linux-arm64*}\n", b""
        )
    site = load_site(texts)
    assert [str(finding) for finding in site.findings] == []
    assert site.settings.verify is not None
    locks = {
        lock_path("pypi", "pkg"): lock(*GOOD),
        lock_path("npm", "@scope/pkg"): write_lock(gather("npm", "@scope/pkg", items, latest)),
    }
    return verify_facts(site.facts, site.settings.verify, DAY, locks.get)


def test_a_library_is_compared_with_its_own_index_and_one_in_none_is_not_verified() -> None:
    found = npm_verified("18+", "2.0.0 >=18")
    assert found.findings == ()
    assert (found.packages, found.releases) == (2, 2)
    assert reason(found, "Heap with @scope/pkg 2.0.0") == "verified"
    assert reason(found, "Heap with pkg 1.0.0") == "verified"
    assert reason(found, "CPython 3.9-3.10 with pkg >=1") == "verified"
    assert reason(found, "Node.js 18+ with @scope/pkg >=2") == "verified"
    assert reason(found, "Heap with java 1.0.0") == "not verified: the library has no package in an index"
    assert sum(status(found).values()) == 5


@pytest.mark.parametrize(
    ("claimed", "engines", "code", "said"),
    [
        ("16+", ">=18", "not-accepted", "16 to 17"),
        ("16, 18, 20", ">=18", "not-accepted", "16"),
        ("any", ">= 18.0.0", "not-accepted", "0 to 17"),
        ("18.x", "^18.0.0", "", ""),
        ("18", "18.x", "", ""),
        ("18+", "^18.0.0 || >=20", "not-accepted", "19"),
        ("18 or 20", "^18 || >=20", "", ""),
        ("18+", ">=18 <23", "open-end", "23 or later"),
        ("18.12+", ">=18.18", "not-accepted", "18 from 18.12 and before 18.18"),
        ("18+", ">=18.18", "partly-accepted", "18 before 18.18"),
        ("18.18+", "^18.18.0 || >=20", "not-accepted", "19"),
        ("18-20", "18 - 20", "", ""),
        ("18+", "*", "", ""),
    ],
)
def test_claims_of_node_are_compared_with_engines(claimed: str, engines: str, code: str, said: str) -> None:
    found = npm_verified(claimed, f"2.0.0 {engines}")
    assert [finding.code for finding in found.findings] == ([code] if code else [])
    if code:
        assert found.findings[0].message.endswith(f" Node.js {said}")
        assert found.findings[0].details[0] == f"engines.node of 2.0.0: {engines}"


@pytest.mark.parametrize(
    ("engines", "said"),
    [
        ("", "engines.node is not stated"),
        ("node >= 18", "engines.node 'node >= 18' cannot be read"),
        ("lts/*", "engines.node 'lts/*' cannot be read"),
    ],
)
def test_engines_that_are_missing_or_cannot_be_read_verify_nothing(engines: str, said: str) -> None:
    found = npm_verified("18+", f"2.0.0 {engines}")
    assert found.findings == ()
    assert reason(found, "Node.js 18+ with") == f"not verified: {said}"


def test_platforms_are_verified_by_os_and_cpu_or_not_at_all() -> None:
    platforms = "linux: {os: Linux, cpu: [x64, ARM64]}, windows: {os: Windows, cpu: none}"
    found = npm_verified("18+", "2.0.0 >=18", platforms=platforms)
    assert found.findings == ()
    for platform in ("Linux x64", "Linux ARM64", "Windows"):
        assert reason(found, f"on {platform}") == "not verified: the index states no platforms for it"
    found = npm_verified("18+", "2.0.0 >=18 | os=linux,darwin cpu=x64", platforms=platforms)
    (finding,) = [finding for finding in found.findings if finding.severity == "error"]
    assert finding.code == "not-published"
    assert finding.details == (
        "Node.js 18 on Linux ARM64: no package in 2.0.0; 2.0.0 has packages for Linux x64 and darwin-x64",
        "Node.js 18 on Windows: no package in 2.0.0; 2.0.0 has packages for Linux x64 and darwin-x64",
    )
    assert reason(found, "on Linux x64") == "verified"
    assert reason(found, "on Windows") == "contradicted"
    only = npm_verified("18+", "2.0.0 >=18 | os=!win32", platforms="windows: {os: Windows, cpu: none}")
    assert reason(only, "on Windows") == "contradicted"


def test_a_deprecated_release_counts_if_there_is_no_other() -> None:
    stated = ("2.0.0 >=18", "2.1.0 >=20", "2.2.0 >=22")
    found = npm_verified("18+", *stated, deprecated=("2.1.0", "2.2.0"))
    assert found.findings == (), "the newest that is not deprecated decides"
    found = npm_verified("22+", *stated, deprecated=("2.0.0", "2.1.0", "2.2.0"))
    assert "yanked-release" in {finding.code for finding in found.findings}, "2.0.0, a minimum, was deprecated"
    assert "was deprecated" in found.findings[0].message
    assert reason(found, "Node.js 22+ with") == "verified"


def test_a_release_above_the_latest_is_not_the_newest() -> None:
    stated = ("2.0.0 >=18", "3.0.0 >=22")
    assert list({f.code for f in npm_verified("18+", *stated).findings}) == ["not-accepted"]
    assert npm_verified("18+", *stated, latest="2.0.0").findings == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    for: nodejs\n", "", "'pypi' and 'npm' use the same field for the same libraries"),
        ("    for: nodejs\n", "    for: nodjs\n", "libraries has no record 'nodjs'"),
        ("node-*: node", "node-*: nodejs", "'nodejs' is not a runtime tag of npm"),
        ("node-*: node", "nodes-*: node", "runtimes has no record 'nodes-*'"),
    ],
)
def test_settings_that_confuse_indexes_are_findings(old: str, new: str, said: str, tmp_path: Path) -> None:
    site = write_files(tmp_path, NPM_SITE)
    text = (site / "content/nodejs.yaml").read_text()
    (site / "content/nodejs.yaml").write_text(
        text.replace("RUNTIME", "18+").replace(
            "{PLATFORMS}", "{linux: {os: Linux, cpu: [x64]}, windows: {os: Windows, cpu: none}}"
        )
    )
    for kind, package in (("pypi", "pkg"), ("npm", "@scope/pkg")):
        path = site / lock_path(kind, package)
        path.parent.mkdir(parents=True)
        path.write_bytes(
            lock(*GOOD)
            if kind == "pypi"
            else write_lock(gather("npm", package, [PublishedFile("2.0.0", "tarball", ">=18", None, None)]))
        )
    assert run("verify", "--root", site, "--as-of", "2026-11-20").code == 0
    settings_file = site / "sitegen.yaml"
    assert old in settings_file.read_text()
    settings_file.write_text(settings_file.read_text().replace(old, new))
    answer = run("verify", "--root", site, "--as-of", "2026-11-20")
    assert answer.code == 2
    assert f": {said}\n" in answer.err
    assert answer.err.count("--> sitegen.yaml:") == answer.err.count("-->")
