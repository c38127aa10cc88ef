"""Names of wheels and Requires-Python, compared with `packaging`, which installers use."""

from __future__ import annotations

import itertools

import pytest
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from sitegen.package_indexes import pypi
from sitegen.package_indexes.interface import Floor, Line
from sitegen.verification.evidence import admits
from tests.support.sites import own_lock

PLATFORMS = ("manylinux_2_17_x86_64", "manylinux_2_28_i686", "win32", "win_amd64", "macosx_12_0_arm64")


@pytest.mark.parametrize(
    ("name", "fitting"),
    [
        ("a-1-cp39-cp39-win32.whl", ["cp 3.9"]),
        ("a-1-cp310-cp310-win32.whl", ["cp 3.10"]),
        ("a-1-cp37-cp37m-win32.whl", ["cp 3.7"]),
        ("a-1-cp27-cp27mu-manylinux1_i686.whl", ["cp 2.7"]),
        ("a-1-7-cp39-cp39-win32.whl", ["cp 3.9"]),
        ("a-1-cp39-abi3-win32.whl", ["cp 3.9", "cp 3.10", "cp 3.13"]),
        ("a-1-py3-none-any.whl", ["cp 3.7", "cp 3.9", "cp 3.10", "cp 3.13", "pp 3.9"]),
        ("a-1-py39-none-any.whl", ["cp 3.9", "cp 3.10", "cp 3.13", "pp 3.9"]),
        ("a-1-py2.py3-none-win32.whl", ["cp 2.7", "cp 3.7", "cp 3.9", "cp 3.10", "cp 3.13", "pp 3.9"]),
        ("a-1-cp39.cp310-none-win32.whl", ["cp 3.9", "cp 3.10"]),
        ("a-1-cp313-cp313t-win32.whl", []),
        ("a-1-cp313-cp313d-win32.whl", []),
        ("a-1-pp39-pypy39_pp73-win32.whl", ["pp 3.9"]),
        ("a-1-graalpy311-graalpy240_311_native-win32.whl", []),
        ("a-1.tar.gz", []),
    ],
)
def test_a_wheel_fits_the_lines_that_its_tags_allow(name: str, fitting: list[str]) -> None:
    lines = [("cp", line) for line in ((2, 7), (3, 7), (3, 9), (3, 10), (3, 13))] + [("pp", (3, 9))]
    builds = pypi.artifact(name).builds
    assert [f"{tag} {line[0]}.{line[1]}" for tag, line in lines if pypi.fits(builds, tag, line)] == fitting


@pytest.mark.parametrize(
    ("name", "platforms"),
    [
        ("a-1-cp39-cp39-any.whl", ()),
        ("a-1-cp39-cp39-win_arm64.whl", ("win_arm64",)),
        ("a-1-cp39-cp39-manylinux2014_i686.manylinux_2_17_i686.whl", ("manylinux_2_17_i686",)),
        ("a-1-cp39-cp39-manylinux1_x86_64.whl", ("manylinux_2_5_x86_64",)),
        ("a-1-cp39-cp39-macosx_11_0_universal2.whl", ("macosx_11_0_x86_64", "macosx_11_0_arm64")),
        ("a-1-cp39-cp39-linux_armv7l.whl", ("linux_armv7l",)),
    ],
)
def test_a_wheel_runs_on_the_platforms_that_its_tags_allow(name: str, platforms: tuple[str, ...]) -> None:
    assert pypi.artifact(name) == (False, ("cp39-cp39",), platforms)


def test_floors_and_families() -> None:
    assert pypi.floor("manylinux_2_28_i686") == Floor("glibc", (2, 28))
    assert str(pypi.floor("musllinux_1_2_x86_64")) == "musl 1.2"
    assert str(pypi.floor("macosx_10_9_x86_64")) == "macOS 10.9"
    assert pypi.floor("win_amd64") is None
    assert pypi.floor("linux_x86_64") is None
    assert pypi.family("manylinux_2_28_i686") == "manylinux_*_i686"
    assert pypi.family("win_arm64") == "win_arm64"
    assert Floor("glibc", (2, 9)) < Floor("glibc", (2, 17))


def test_lines_are_read_from_folded_names() -> None:
    name = "cp3-tools-*-{cp27-cp27m,cp39-cp39,cp310-cp310,pp39-pypy39_pp73}-win32.whl"
    assert pypi.lines(name) == {("cp", (2, 7)), ("cp", (3, 9)), ("cp", (3, 10)), ("pp", (3, 9))}
    assert pypi.lines("a-*.tar.gz") == frozenset()


@pytest.mark.parametrize(
    ("requirement", "lines"),
    [
        ("", [(2, 7), (3, 8), (3, 9), (3, 14), (3, 15)]),
        ("<3.15,>=3.9", [(3, 9), (3, 14)]),
        (">=3.8.2", [(3, 8), (3, 9), (3, 14), (3, 15)]),
        (">=2.7, !=3.0.*, !=3.8.*", [(2, 7), (3, 9), (3, 14), (3, 15)]),
        ("~=3.8", [(3, 8), (3, 9), (3, 14), (3, 15)]),
        ("<=3.9", [(2, 7), (3, 8), (3, 9)]),
        ("what?", [(2, 7), (3, 8), (3, 9), (3, 14), (3, 15)]),
    ],
)
def test_requires_python_accepts_a_line_if_it_accepts_any_of_its_releases(requirement: str, lines: list[Line]) -> None:
    asked = [(2, 7), (3, 8), (3, 9), (3, 14), (3, 15)]
    assert [line for line in asked if admits(pypi.PYPI, requirement, line)] == lines


def test_names_of_packages_are_normalized() -> None:
    assert {pypi.spelling(name) for name in ("My.Package", "my_package", "MY--package", "my-package")} == {"my-package"}


def _tags(line: tuple[int, int], platform: str) -> set[Tag]:
    """The tags that a CPython can install on a platform, from `packaging`."""
    abis = {(2, 7): ["cp27m", "cp27mu"], (3, 5): ["cp35m"], (3, 6): ["cp36m"], (3, 7): ["cp37m"]}.get(line)
    abi = abis or [f"cp{line[0]}{line[1]}"]
    return {*cpython_tags(line, abi, [platform]), *compatible_tags(line, f"cp{line[0]}{line[1]}", [platform])}


@pytest.mark.slow
def test_every_wheel_of_this_site_fits_the_tags_of_packaging() -> None:
    published = own_lock()
    seen = {release.files: release for release in published.releases}
    checked = 0
    for release in seen.values():
        for requirement, name in published.names(release):
            if not name.endswith(".whl"):
                continue
            tags = parse_wheel_filename(name)[3]
            artifact = pypi.artifact(name)
            platforms = {tag.platform for tag in tags}
            for line, platform in itertools.product([(2, 7), *((3, minor) for minor in range(5, 17))], platforms):
                expected = not tags.isdisjoint(_tags(line, platform))
                assert pypi.fits(artifact.builds, "cp", line) == expected, (name, line)
                checked += 1
            for line in ((2, 7), (3, 8), (3, 14), (3, 15)):
                number = f"{line[0]}.{line[1]}"
                admitted = any(SpecifierSet(requirement).contains(f"{number}.{patch}") for patch in range(30))
                assert admits(pypi.PYPI, requirement, line) == admitted
    assert checked > 10_000
