"""Sets of versions: every notation of published tables, their order, and errors of invalid ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from sitegen.facts.version_ranges import (
    MAX_LENGTH,
    VersionError,
    contains,
    has_release,
    intersect,
    parse_version,
    specifier_ranges,
)
from sitegen.facts.versions import VersionSet, notation, parse_minimum, parse_single, parse_versions, unite
from tests.support.sites import ROOT

# A notation, versions in the set, versions that are not in the set.
FORMS = [
    ("1.9.0", "1.9.0", "1.8.9 1.9.1 2.0"),
    ("2.7", "2.7 2.7.18", "2.6 2.8"),
    ("v1.71.0", "1.71.0", "1.70 1.72"),
    ("1.0.0.beta2", "1.0.0b2", "1.0.0b1 1.0.0"),
    ("1.0.0-beta.2", "1.0.0b2", "1.0.0b1 1.0.0"),
    ("15.0.1+9", "15.0.1+9", "15.0.1+8 15.0.2"),
    (">= 3.2", "3.2 4.0", "3.1.9"),
    (">=4", "4 5", "3.9"),
    ("3.1+", "3.1 9", "3.0"),
    ("v18+", "18 20", "17"),
    ("≥0.7.0", "0.7.0 1", "0.6"),
    ("1.7.0 and upper", "1.7.0 2", "1.6"),
    ("2.7, 3.5 and higher", "2.7.1 3.5 3.12", "2.6 3.4"),
    ("1.4 or later", "1.4 2", "1.3"),
    ("1.4 and older", "0.1 1.4.9", "1.5"),
    ("^2.4.2", "2.4.2 2.9", "2.4.1 3.0"),
    ("^0.3.1", "0.3.1 0.3.9", "0.4"),
    ("~1.4", "1.4 1.4.9", "1.5"),
    ("~=1.4", "1.4 1.9", "2.0"),
    ("~=1.4.2", "1.4.2 1.4.9", "1.5"),
    ("3.7-3.13", "3.7 3.13.4", "3.6 3.14"),
    ("1.33---1.36", "1.33 1.36", "1.37"),
    ("1.0--1.2.x", "1.0 1.2.9", "1.3"),
    ("2.3.20–2.3.21", "2.3.20 2.3.21", "2.3.22"),
    ("1.31 → 1.35", "1.31 1.35", "1.36"),
    ("8 to 17", "8 17.1", "7 18"),
    ("8 through 17", "8 17.1", "7 18"),
    ("1.18-latest", "1.18 9", "1.17"),
    (">=2.0,<3", "2.0 2.9", "1.9 3"),
    (">=3, <4", "3 3.9", "4"),
    (">=5.8.0 <5.9.0", "5.8.0", "5.9.0"),
    (">1.0 <2.0", "1.1", "1.0 2.0"),
    ("≥ 4.3, ≤ 5.2.x", "4.3 5.2.9", "5.3"),
    ("<3,>=2", "2 2.9", "1 3"),
    ("<2", "1.9", "2"),
    ("< 0.50.0", "0.49", "0.50"),
    ("<=2.7", "2.7", "2.7.1"),
    ("2.x", "2 2.9", "1 3"),
    ("3.0.x", "3.0 3.0.9", "3.1"),
    ("3.*", "3.9", "4"),
    ("==1.*", "1.9", "2"),
    ("1.11, 2.2, 3.2, >= 4.0", "1.11.29 2.2 3.2 5", "2.1 3.3 3.9"),
    ("2.7, 3.5-3.11", "2.7 3.5 3.11", "3.4 3.12"),
    ("2.1.3+, 2.0.6+, 1.7.28+", "1.7.28 2.0.6 2.1.3 3", "1.7.27 1.8 2.0.5 2.1.2"),
    ("^18.19.1 || ^20.11.1", "18.20 20.11.1", "19 21"),
    ("0.7.x and 0.8.x", "0.7 0.8.5", "0.9"),
    ("20.0.x || 20.1.x", "20.0 20.1", "20.2"),
    ("8/11/17", "8 11 17", "9 12"),
    ("1.7.0/1", "1.7.0 1.7.1", "1.7.2 1.0"),
    (">=1 or <0.5", "0.4 1", "0.5"),
    ("any", "0 99", ""),
    ("All", "0 99", ""),
    (">=2.1,!=2.3.1", "2.1 2.3.2", "2.3.1"),
    ("≥ 2.5.0, ≤ 2.7.23, except for 2.7.0, 2.7.1", "2.5.0 2.7.2 2.7.23", "2.7.0 2.7.1 2.7.24"),
]

BAD = [
    ("3.11-3.5", "the range '3.11-3.5' is empty", 0),
    (">=5,<4", "'>=5,<4' contains no version", 0),
    ("<2,>=3", "'<2,>=3' contains no version", 0),
    ("1.2, >=5,<4", "'>=5,<4' contains no version", 5),
    ("", "an empty text is not a set of versions", 0),
    (" 1.0", "a set of versions must be one line, without spaces around it", 0),
    ("1.0\n", "a set of versions must be one line, without spaces around it", 0),
    ("x.x", "'x.x' is not part of a set of versions", 0),
    ("1.2 1.3", "unexpected '1.3' after a version", 4),
    (">=", "a version is missing after '>='", 0),
    ("1.2,", "a version is missing after ','", 3),
    ("3.5-", "a version is missing after '-'", 3),
    ("=>1.0", "a version is missing after '='", 0),
    ("~=1", "'~=1' needs a second number", 2),
    ("١.٢", "'١.٢' is not part of a set of versions", 0),
    ("1..2", "'..2' is not part of a set of versions", 1),
    (">=2 except", "a version is missing after 'except'", 10),
    ("1" * (MAX_LENGTH + 1), "a set of versions has at most 200 characters", 0),
]


@pytest.mark.parametrize(("text", "inside", "outside"), FORMS)
def test_every_published_notation_is_valid(text: str, inside: str, outside: str) -> None:
    versions = parse_versions(text)
    assert [version for version in inside.split() if version not in versions] == []
    assert [version for version in outside.split() if version in versions] == []


@pytest.mark.parametrize("text", [form[0] for form in FORMS])
def test_the_notation_of_the_author_is_kept(text: str) -> None:
    versions = parse_versions(text)
    assert versions.text == text
    assert "".join(part.separator + part.text for part in versions.parts) == text


@pytest.mark.parametrize(("text", "message", "offset"), BAD)
def test_an_invalid_set_is_an_error_with_a_reason_and_an_offset(text: str, message: str, offset: int) -> None:
    with pytest.raises(VersionError) as caught:
        parse_versions(text)
    assert (str(caught.value), caught.value.offset) == (message, offset)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["<1", ">=1.0,<2"], "<2"),
        ([">=1.0,<2", "<1"], "<2"),
        ([">=3.0,<4", ">=2.0,<3"], ">=2.0,<4"),
        ([">=3.0,<4", ">=1.0,<2"], None),
        (["<1", ">=1"], "any"),
    ],
)
def test_adjacent_sets_are_merged(texts: list[str], expected: str | None) -> None:
    united = unite([parse_versions(text) for text in texts])
    assert (united.text if united else None) == expected


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        (">=2.2", "bare", "2.2"),
        ("2.2", "bare", "==2.2"),
        ("1.0.0rc1", "bare", "==1.0.0rc1"),
        (">=2.2", "plus", "2.2+"),
        ("2.2+", "specifier", ">=2.2"),
        ("3.7-3.13", "specifier", ">=3.7,<3.14"),
        (">= 2.2", "written", ">= 2.2"),
        ("2.7, 3.5+", "specifier", ">=2.7,<2.8 || >=3.5"),
        ("8/11", "specifier", ">=8,<9 || >=11,<12"),
        (">=2,!=2.3.1", "specifier", ">=2,!=2.3.1"),
        (">=2.2,<5", "bare", ">=2.2,<5"),
        ("2.x, >=4, except 2.3.1", "bare", "2.x, >=4, except 2.3.1"),
        ("2.x, >=4, except 2.3.1", "plus", "2.x, >=4, except 2.3.1"),
        ("2.x, >=4, except 2.3.1", "specifier", "2.x, >=4, except 2.3.1"),
        ("2.7, >=3.5", "bare", "2.7, >=3.5"),
        ("2.7, >=3.5", "plus", "2.7, 3.5+"),
        (">=1.17.9,<1.18 || >=1.18.5", "bare", ">=1.17.9,<1.18 || >=1.18.5"),
        (">=1.17.9,<1.18 || >=1.18.5", "plus", ">=1.17.9,<1.18 || 1.18.5+"),
        ("1.7.24+, 2.0.4+", "bare", "1.7.24+, 2.0.4+"),
        ("1.7.24+, 2.0.4+", "specifier", ">=1.7.24,<1.8 || >=2.0.4"),
        ("<79", "bare", "<79"),
        (">1.0", "plus", ">1.0"),
        ("any", "specifier", "any"),
    ],
)
def test_a_column_can_set_a_notation(text: str, style: str, expected: str) -> None:
    assert notation(parse_versions(text), style).text == expected


numbers = st.lists(st.integers(0, 30), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))
specifiers = st.lists(st.tuples(st.sampled_from([">=", ">", "<", "<="]), numbers), min_size=1, max_size=2)


def _read(text: str) -> VersionSet | None:
    try:
        return parse_versions(text)
    except VersionError:
        return None


def _refusal(text: str) -> VersionError | None:
    try:
        parse_versions(text)
    except VersionError as error:
        return error
    return None


@given(specifiers, numbers)
def test_comparators_have_the_same_meaning_as_in_packaging(pairs: list[tuple[str, str]], version: str) -> None:
    text = ",".join(sign + number for sign, number in pairs)
    versions = _read(text)
    opposite = len(pairs) == 1 or (pairs[0][0][0] != pairs[1][0][0])
    if versions is not None and opposite:
        assert (version in versions) == (Version(version) in SpecifierSet(text))


@given(numbers, numbers, numbers)
def test_a_range_is_ordered_and_contains_what_is_between_its_ends(low: str, high: str, version: str) -> None:
    versions = _read(f"{low} - {high}")
    if versions is None:
        assert parse_version(high) <= parse_version(low)
    elif parse_version(low) <= parse_version(version) <= parse_version(high):
        assert version in versions


@given(st.text(alphabet="0123456789.<>=!~^,|/ -+xX*vabrcdeptlnoghiu→–≥", max_size=30))
def test_any_text_is_a_set_or_a_version_error(text: str) -> None:
    versions = _read(text)
    if versions is not None:
        assert "".join(part.separator + part.text for part in versions.parts) == text
        assert versions.ranges


@pytest.mark.parametrize(("text", "inside", "outside"), FORMS)
def test_a_specifier_is_the_same_set(text: str, inside: str, outside: str) -> None:
    versions = notation(parse_versions(text), "specifier")
    assert [version for version in inside.split() if version not in versions] == []
    assert [version for version in outside.split() if version in versions] == []


@given(st.lists(numbers, min_size=1, max_size=3), numbers, st.sampled_from(["plus", "specifier"]))
def test_another_notation_is_the_same_set(minimums: list[str], without: str, style: str) -> None:
    *apart, last = sorted(minimums, key=Version)
    text = ", ".join([*apart, f">={last}"])
    for written in (text, f"{text}, except {without}"):
        versions = _read(written)
        if versions is not None:
            assert notation(versions, style).ranges == versions.ranges


@pytest.mark.parametrize("style", ["bare", "plus"])
@pytest.mark.parametrize("text", [form[0] for form in FORMS])
def test_every_notation_can_be_rewritten(style: str, text: str) -> None:
    versions = parse_versions(text)
    assert len(notation(versions, style).parts) == len(versions.parts)


# --- the notations of the documentation ----------------------------------------------


def _rows(heading: str) -> list[list[str]]:
    """The rows of the table below a heading of the documentation, as lists of cells without escapes."""
    text = (ROOT / "docs/facts.md").read_text(encoding="utf-8")
    section = re.split(r"^### ", text.split(f"### {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    _, _, *rows = re.findall(r"^\| .* \|$|^\|-.*$", section, re.MULTILINE)
    assert len(rows) > 20
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def _written(cell: str) -> list[str]:
    return [text.strip('"') for text in re.findall(r"`([^`]+)`", cell)]


READ = [
    (text, meaning, inside, outside)
    for written, read_as, inside, outside in _rows("`versions`")
    for text in _written(written)
    for meaning in _written(read_as)
]
REFUSED = [(text, _written(write)) for not_, write, _ in _rows("Versions that are refused") for text in _written(not_)]


@pytest.mark.parametrize(("text", "meaning", "inside", "outside"), READ)
def test_documented_notations_have_the_documented_meaning(text: str, meaning: str, inside: str, outside: str) -> None:
    versions, same = parse_versions(text), parse_versions(meaning)
    assert versions.covers(same)
    assert same.covers(versions)
    assert [version for version in inside.split() if version not in versions] == []
    assert [version for version in outside.split() if version in versions] == []
    if not versions.excepts and "!=" not in text:
        printed = notation(versions, "specifier")
        assert printed.covers(same)
        assert same.covers(printed)


def suggested(error: VersionError) -> list[str]:
    """The notations that a hint names."""
    return [text for text in re.findall("'([^']+)'", error.hint) if text not in ("none", "||", ",")]


@pytest.mark.parametrize(("text", "advice"), REFUSED)
def test_documented_refusals_have_the_documented_hint(text: str, advice: list[str]) -> None:
    with pytest.raises(VersionError) as caught:
        parse_versions(text)
    assert suggested(caught.value) == advice
    for candidate in advice:
        parse_versions(candidate)


@pytest.mark.parametrize("text", ["7.0p1", "1.0-jre"])
def test_another_scheme_is_refused(text: str) -> None:
    with pytest.raises(VersionError) as caught:
        parse_versions(text)
    assert suggested(caught.value) == []
    assert caught.value.hint


ATOMS = """1.2 1.2.3 2 v3 2.x 1.2+ 1.9.5+ 2.0.4+ 3+ >=1.2 >=2 <2 <=1.9 >1.0 ^1.2 ~1.2 1.2-1.4 1.2-3 2-1 2.0.1-4 8-11 any
latest !=1.3 => =< 19c 1.2a1 2023-05 (beta) LTS 2.0rc1 x - 1/2"""
atoms = st.sampled_from(re.split(r"\s", ATOMS))
joins = st.sampled_from([", ", " ", " || ", " or ", " and ", "/", "-", " - ", ","])
texts = st.lists(st.tuples(joins, atoms), min_size=1, max_size=4).map(
    lambda pairs: "".join(join * bool(i) + atom for i, (join, atom) in enumerate(pairs))
)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_notations_in_hints_are_valid(text: str) -> None:
    versions, error = _read(text), _refusal(text)
    for candidate in suggested(error) if error else ():
        parse_versions(candidate)
    parts = [part.ranges for part in versions.parts] if versions else []
    for index, part in enumerate(parts):
        for other in parts[:index]:
            assert not any(has_release(item) for item in intersect(part, other)), "parts overlap"


@given(st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=2, max_size=4, unique_by=lambda n: n[:2]))
def test_several_minimums_apply_to_their_branches(minimums: list[tuple[int, int, int]]) -> None:
    versions = parse_versions(", ".join(".".join(map(str, number)) + "+" for number in minimums))
    top = max(minimums)
    for branch in {(major, minor) for major, minor, _ in minimums} | {(9, 9), (0, 0)}:
        for patch in range(11):
            number = (*branch, patch)
            lows = [low for low in minimums if low[:2] == branch]
            expected = number >= top or any(number >= low for low in lows)
            assert (".".join(map(str, number)) in versions) == expected


@pytest.mark.parametrize(
    ("text", "advice"), [("2.0.0-1", "2.0.0+1"), ("1.2-3", "1.2+3"), ("2023-05", "2023.05"), ("19c", "19rc0")]
)
def test_one_version_is_suggested_if_one_is_expected(text: str, advice: str) -> None:
    with pytest.raises(VersionError) as caught:
        parse_single(text)
    assert suggested(caught.value) == [advice]
    assert parse_single(advice).text == advice


def test_a_bare_version_is_a_minimum_in_a_state_of_support() -> None:
    versions = parse_minimum("1.9.0")
    assert (versions.text, versions.bare) == ("1.9.0", True)
    assert [version for version in ("1.8", "1.9.0", "1.9.1", "3") if version in versions] == ["1.9.0", "1.9.1", "3"]
    assert notation(versions, "specifier").text == ">=1.9.0"
    assert notation(versions, "plus").text == "1.9.0+"
    assert notation(versions, "bare").text == "1.9.0"


@pytest.mark.parametrize("text", ["11, 17, 21", "3.8, 3.9", "1.2.3, 1.2.4", "1.17.9+, 1.18.5+", "==1.17.9, ==1.18.5"])
def test_a_list_can_be_a_state_of_support(text: str) -> None:
    assert parse_minimum(text) == parse_versions(text)


def test_an_ambiguous_list_of_versions_is_refused() -> None:
    with pytest.raises(VersionError) as caught:
        parse_minimum("1.17.9, 1.18.5")
    assert suggested(caught.value) == ["1.17.9+, 1.18.5+", "==1.17.9, ==1.18.5"]


@pytest.mark.parametrize(
    "text",
    [">=3.9,<3.15", "~=1.4", "~=1.4.2", "~=1.0.dev1", "~=2.2.post3", "==1.*", "==1.4", "!=1.4.*", "===1.4", ">1"],
)
def test_requirements_accept_the_versions_of_pep_440(text: str) -> None:
    ranges = specifier_ranges(text)
    assert ranges is not None
    for number in (
        "0.9",
        "1.0",
        "1.3.9",
        "1.4",
        "1.4.1",
        "1.4.2",
        "1.5",
        "2.2",
        "2.3",
        "2.9",
        "3",
        "3.9",
        "3.14.1",
        "3.15",
    ):
        version = Version(number)
        assert any(contains(item, version) for item in ranges) == (version in SpecifierSet(text)), number
