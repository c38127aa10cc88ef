"""Version schemes: their order, compared with that of another implementation; their notations, and where they apply."""

from __future__ import annotations

import re
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from sitegen.changes.support import DatedValue, change_between
from sitegen.explanation.answers import answer_question
from sitegen.explanation.terms import UnclearError
from sitegen.facts.fact_files import load_own_facts
from sitegen.facts.schemes import SCHEMES, Scheme, declared_order
from sitegen.facts.values import Versions
from sitegen.facts.version_ranges import VersionError, has_release, parse_version
from sitegen.facts.versions import notation, parse_minimum, parse_versions, unite
from sitegen.source.nodes import Mapping
from sitegen.source.yaml_reader import parse_yaml
from sitegen.verification.declared import read_declared
from tests.support.changes import refuse
from tests.support.requirements import need
from tests.support.sites import ROOT, body, build, built, checked, load, tiny

numbers = st.lists(st.sampled_from((0, 1, 10)), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
three = st.lists(st.sampled_from((0, 1)), min_size=3, max_size=3).map(lambda parts: ".".join(map(str, parts)))
words = st.sampled_from(
    ["alpha", "beta", "rc", "pre", "preview", "Beta", "RC", "dev", "a", "b", "x1", "alpha1", "canary"]
)
identifier = st.one_of(words, st.integers(0, 120).map(str), st.from_regex(r"[a-zA-Z][0-9a-zA-Z-]{0,3}", fullmatch=True))
identifiers = st.tuples(words, st.lists(identifier, max_size=3)).map(lambda parts: ".".join((parts[0], *parts[1])))
semver = st.one_of(three, st.tuples(three, identifiers).map("-".join))
qualifier = st.sampled_from(
    ["alpha", "beta", "milestone", "rc", "cr", "RC", "SNAPSHOT", "Final", "GA", "sp", "SP", "jre", "android", "M", "b"]
)


@st.composite
def maven(draw: st.DrawFn, separator: str, joint: str) -> str:
    number, word = draw(three), draw(qualifier)
    count = draw(st.one_of(st.just(""), st.integers(0, 12).map(str)))
    if word.lower() in ("final", "ga", "snapshot"):
        count = ""
    return draw(st.sampled_from([number, f"{number}{separator}{word}{joint if count else ''}{count}"]))


gem_part = st.one_of(st.sampled_from(["a", "b", "rc", "pre", "beta", "B"]), st.integers(0, 12).map(str))
gem = st.tuples(numbers, st.lists(gem_part, max_size=3)).map(lambda parts: ".".join((parts[0], *parts[1])))


def _key(scheme: Scheme, text: str) -> Version | None:
    rewritten = scheme.rewritten(text)
    return None if rewritten is None else Version(rewritten)


def _compare(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


@pytest.mark.parametrize(
    ("name", "oracle", "texts"),
    [
        ("semver", "SemverVersion", semver),
        ("nuget", "NugetVersion", semver),
        ("go", "GolangVersion", semver.map(lambda text: f"v{text}")),
        ("maven", "MavenVersion", maven("-", "-")),
        ("maven", "MavenVersion", maven("-", "")),
        ("maven", "MavenVersion", maven(".", "")),
        ("gem", "RubygemsVersion", gem),
    ],
)
def test_the_order_is_that_of_the_other_system(name: str, oracle: str, texts: st.SearchStrategy[str]) -> None:
    versions: Any = import_module("univers.versions") if find_spec("univers") else need("pip install univers")

    @settings(max_examples=200, deadline=None)
    @given(texts, texts)
    def compare(one: str, other: str) -> None:
        mine = [_key(Scheme(name), text) for text in (one, other)]
        if None in mine:
            return
        theirs = [getattr(versions, oracle)(text) for text in (one, other)]
        assert _compare(*mine) == _compare(*theirs)

    compare()


# --- the documented notations --------------------------------------------------------


def _tables() -> dict[str, list[list[str]]]:
    """The tables of the section by their first headers, each row as cells."""
    section = (ROOT / "docs/facts.md").read_text(encoding="utf-8").split("### Version schemes\n")[1].split("\n### ")[0]
    tables: dict[str, list[list[str]]] = {}
    for table in re.findall(r"(?:^\|.*\|\n)+", section, re.MULTILINE):
        header, _, *rows = ([cell.strip() for cell in line[1:-1].split("|")] for line in table.splitlines())
        tables[" ".join(header[:2])] = rows
    return tables


def _scheme(cell: str) -> Scheme:
    name = cell.strip("`")
    return declared_order(tuple(name[1:-1].split(", "))) if name.startswith("[") else Scheme(name)


def _codes(cell: str) -> list[str]:
    return [text.strip('"') for text in re.findall(r"`([^`]+)`", cell)]


def test_all_schemes_are_documented() -> None:
    assert [row[0].strip("`") for row in _tables()["scheme versions"]] == sorted(map(str, SCHEMES), key=_order)


def _order(name: str) -> int:
    return [row[0].strip("`") for row in _tables()["scheme versions"]].index(name)


@pytest.mark.parametrize(("name", "versions"), [row[:2] for row in _tables()["scheme versions"]])
def test_documented_versions_are_in_the_documented_order(name: str, versions: str) -> None:
    scheme = _scheme(name)
    for lower, higher in combinations(_codes(versions), 2):
        low, high = parse_version(lower, scheme), parse_version(higher, scheme)
        assert low < high or ("CR1" in lower and high > low), (lower, higher)
        assert parse_versions(f">={lower}", scheme).ranges[0].low.text == lower  # type: ignore[union-attr]


@pytest.mark.parametrize(("name", "written", "inside", "outside"), _tables()["scheme write"])
def test_documented_sets_have_the_documented_meaning(name: str, written: str, inside: str, outside: str) -> None:
    scheme = _scheme(name)
    versions = parse_versions(_codes(written)[0], scheme)
    assert versions.text == _codes(written)[0]
    split = r"(?<=SP[0-9]) | (?!SP|\()"
    assert [version for version in re.split(split, inside) if version not in versions] == []
    assert [version for version in re.split(split, outside) if version in versions] == []
    for style in ("bare", "plus", "specifier"):
        printed = notation(versions, style)
        assert printed.scheme == scheme
        assert style == "bare" or (printed.covers(versions) and versions.covers(printed))


@pytest.mark.parametrize(("written", "advice"), [row[:2] for row in _tables()["instead of declare"]])
def test_versions_of_another_scheme_are_refused_with_a_hint(written: str, advice: str) -> None:
    for read in (parse_versions, parse_minimum):
        with pytest.raises(VersionError) as caught:
            read(_codes(written)[0])
        assert caught.value.hint == "declare " + " or ".join(f"'{text}'" for text in _codes(advice))
    for scheme in _codes(advice):
        parse_versions(_codes(written)[0], Scheme(scheme.removeprefix("scheme: ")))


# --- sets ----------------------------------------------------------------------------

ORDER = declared_order(("R34", "R36", "lts/hydrogen", "Catalina", "15 SP6"))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("R35", "'R35' is not part of a set of versions", "did you mean 'R36'?"),
        ("~R34", "'R34' is a name, which '~' cannot compare", ""),
        ("R36-R34", "the range 'R36-R34' is empty", "write 'R34-R36'"),
        ("R34, R34", "'R34' repeats 'R34'", "write 'R34'"),
        ("12", "'12' is not a version of the scheme '[R34, R36, lts/hydrogen, Catalina, 15 SP6]'", ""),
    ],
)
def test_names_out_of_the_order_are_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(VersionError) as caught:
        parse_versions(text, ORDER)
    assert (str(caught.value), caught.value.hint) == (message, hint)


@pytest.mark.parametrize(
    "text", ["r34 - catalina", "lts/hydrogen+", "15 SP6", "R34, 15 SP6", "R34/R36", ">=R34,<15 SP6"]
)
def test_names_can_contain_spaces_and_slashes(text: str) -> None:
    versions = parse_versions(text, ORDER)
    assert versions.text == text
    assert "".join(part.separator + part.text for part in versions.parts) == text


def test_sets_of_an_order_have_nothing_in_common_with_others() -> None:
    names, numbers_ = parse_versions("R34+", ORDER), parse_versions("0+")
    assert names.common(numbers_) == numbers_.common(names) == ()
    assert not names.covers(numbers_)
    assert not numbers_.covers(names)
    assert unite([names, numbers_]) is None
    assert parse_versions("17").read_as(ORDER) is None


@pytest.mark.parametrize(
    ("scheme", "text", "expected"),
    [
        ("build", ">6.4.2-103,<6.4.2-105", True),
        ("build", ">6.4.2-103,<6.4.2-104", False),
        ("java", ">11.0.2+9,<11.0.2+11", True),
        ("maven", ">1.0-RC1,<1.0", False),
        ("semver", ">=1.0.0-rc.1,<1.0.0", False),
    ],
)
def test_builds_are_releases_and_pre_releases_are_not(scheme: str, text: str, expected: bool) -> None:
    assert [has_release(item) for item in parse_versions(text, Scheme(scheme)).ranges] == [expected]


@given(st.sampled_from(SCHEMES), st.text("0123456789.-_+uxHRCFSPa bgo,<>=~^|!", max_size=14))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_set_or_an_error(scheme: Scheme, text: str) -> None:
    try:
        versions = parse_versions(text, scheme)
    except VersionError as error:
        for written in re.findall(r"write '([^']+)'", error.hint):
            assert written in ("none", "any", "||") or parse_versions(written, scheme)
        return
    assert "".join(part.separator + part.text for part in versions.parts) == text
    for style in ("plus", "specifier"):
        printed = notation(versions, style)
        assert printed.covers(versions)
        assert versions.covers(printed)


# --- fields, datasets, libraries -----------------------------------------------------

FACTS = """\
runtimes:
  scheme: java
  fields: {name: text, versions: versions, tool: {type: version, scheme: maven}}
  records:
    openjdk: {name: OpenJDK, versions: 8u282+, tool: 3.0.0-SNAPSHOT}
    zulu: {name: Zulu, versions: "1.8.0_212+, 11.0.2+", tool: 3.0-RC1}
systems:
  fields: {name: text, releases: {type: versions, scheme: [bionic, focal, jammy, noble], default: bionic+}}
  records:
    ubuntu: {name: Ubuntu, releases: focal-jammy}
    mint: {name: Mint}
releases:
  scheme: semver
  fields: {versions: versions, status: lifecycle}
  records:
    v1: {versions: ">=1.0.0-beta.1,<2", status: {ga: 2024-01-01}}
    v2: {versions: ">=2", status: {ga: 2025-01-01}}
features:
  fields: {name: text, since: support of releases}
  records:
    login: {name: Login, since: 1.0.0-rc.2}
    search: {name: Search, since: 1.0.0-beta.11}
tables:
  runtimes: {caption: R, from: runtimes, columns: [{header: Name, field: name}, {header: Versions, field: versions}]}
  tools: {caption: T, from: runtimes, columns: [{header: Name, field: name}, {header: Tool, field: tool}]}
  systems: {caption: S, from: systems, columns: [{header: Name, field: name}, {header: Versions, field: releases}]}
  features: {caption: F, from: features, columns: [{header: Name, field: name}, {header: Since, field: since}]}
  releases: {caption: V, from: releases, columns: [{header: Versions, field: versions}, {header: S, field: status}]}
"""


def page(text: str, facts: str = FACTS, **files: str) -> str:
    return body(tiny(facts, text, **files))


def test_the_nearest_scheme_applies() -> None:
    kinds = {
        (name, field): kind.scheme and str(kind.scheme)
        for name, dataset in load(tiny(FACTS)).facts.datasets.items()
        for field, kind in dataset.fields.items()
        if kind.has_versions
    }
    assert kinds == {
        ("runtimes", "versions"): "java",
        ("runtimes", "tool"): "maven",
        ("systems", "releases"): "[bionic, focal, jammy, noble]",
        ("releases", "versions"): "semver",
        ("features", "since"): "semver",
    }


def test_computed_values_have_the_order_of_the_scheme() -> None:
    assert page('<< tables.tools.highest("tool") >>') == "3.0.0-SNAPSHOT"
    assert page('<< tables.features.highest("since") >>') == "1.0.0-rc.2"
    first = '<< tables.releases.first_supported(features.search.since, "status", "versions") >>'
    assert page(first) == "1.0.0-beta.11"
    found = build(load(tiny(FACTS, '<< tables.systems.highest("releases") >>')), "2026-04-01").findings
    assert [finding.code for finding in found] == ["no-single-version"]


def test_the_author_s_text_is_printed() -> None:
    text = page(
        "<< tables.runtimes >>\n\n<< tables.systems >>\n\n<< runtimes.zulu.tool >>, << systems.mint.releases >>"
    )
    for written in ("8u282+", "1.8.0_212+, 11.0.2+", "focal-jammy", "| bionic+", "3.0-RC1, bionic+"):
        assert written in text


OWN = """\
library: java
features: {records: {login: {since: 2.0.0.Final}, search: {since: 1.0-SNAPSHOT}}}
"""
LIBRARIES = "libraries: {records: {java: {name: Java, scheme: maven}, node: {name: Node}}}\n"


def test_a_library_declares_the_scheme_of_its_own_files() -> None:
    facts = FACTS.replace("since: support of releases", "since: support")
    texts = tiny(facts.replace("-rc.2", "").replace("-beta.11", ""), "<< tables.features >>", content__own_yaml=OWN)
    texts = {**texts, "content/more.yaml": LIBRARIES.encode()}
    made = built(texts)
    assert "2.0.0.Final" in made.files["markdoc/web/java.md"].text
    assert "2.0.0.Final" not in made.files["markdoc/web/node.md"].text
    without = {**texts, "content/more.yaml": LIBRARIES.replace(", scheme: maven", "").encode()}
    found = load(without).findings
    assert [(f.code, f.hint) for f in found] == [("bad-versions", "declare 'scheme: maven'")] * 2
    site = load(texts)
    document = parse_yaml(OWN, "content/own.yaml", lambda _: None)
    again = load_own_facts(site.facts, [document], lambda _: None) if document else None
    assert again is not None
    assert again.of("java")["features"].records == site.facts.of("java")["features"].records


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("OpenJDK 8u282", "yes"),
        ("OpenJDK 8u265", "no"),
        ("OpenJDK 1.8.0_300", "yes"),
        ("OpenJDK 8.0.281", "no"),
        ("OpenJDK 17", "yes"),
        ("Zulu 11.0.1", "no"),
        ("Zulu 8u300", "yes"),
        ("Ubuntu focal", "yes"),
        ("Ubuntu Noble", "no"),
        ("Ubuntu focal-noble", "partial"),
        ("Ubuntu 22.04", "not-stated"),
        ("Ubuntu 2", "not-stated"),
        ("OpenJDK focal", "not-stated"),
        ("Mint bionic", "yes"),
        ("Mint noble", "yes"),
    ],
)
def test_questions_are_read_in_the_scheme_of_the_field(question: str, answers: str) -> None:
    texts = tiny(FACTS, "<< tables.runtimes >>\n\n<< tables.systems >>")
    found = answer_question(load(texts), date(2026, 4, 1), question, lambda _: None)
    assert {answer.answer if answer.answer != "yes" else answer.state for answer in found} == {answers}


def test_a_version_of_the_library_is_read_in_its_scheme() -> None:
    site = load(tiny(FACTS, "<< tables.features >>"))
    for question in ("Login library 8u282", "Login library focal"):
        with pytest.raises(UnclearError, match="is not a version of the library, whose scheme is 'semver'"):
            answer_question(site, date(2026, 4, 1), question, lambda _: None)


@pytest.mark.parametrize(
    ("scheme", "old", "new", "kind", "shrinks"),
    [
        (Scheme("java"), "8u282+", "8u300+", "raised", True),
        (Scheme("java"), "8u282+", "1.8.0_282+", "wording", False),
        (Scheme("maven"), ">=1.0-RC1,<2", ">=1.0-SNAPSHOT,<2", "narrowed", True),
        (Scheme("nuget"), ">=8.0.0-rc.2,<9", ">=8.0.0-preview.7,<9", "widened", False),
        (declared_order(("bionic", "focal", "jammy")), "focal", "focal-jammy", "widened", False),
    ],
)
def test_differences_have_the_order_of_the_scheme(scheme: Scheme, old: str, new: str, kind: str, shrinks: bool) -> None:
    before, after = (DatedValue(Versions(parse_versions(text, scheme)), date(2026, 1, 1)) for text in (old, new))
    assert change_between(before, after) == (kind, shrinks)


def test_a_change_of_the_scheme_is_a_change_if_there_is_no_common_order() -> None:
    order = parse_versions("R34+", ORDER)
    before, after = (DatedValue(Versions(versions), date(2026, 1, 1)) for versions in (parse_versions("34+"), order))
    assert change_between(before, after) == ("changed", True)


def test_the_search_compares_only_numbers_that_readers_type_alike() -> None:
    page_ = built(tiny(FACTS, "<< tables.runtimes >>\n\n<< tables.systems >>\n\n<< tables.releases >>"))
    text = page_.files["html/web/python/index.html"].text
    assert re.findall(r'data-versions="([^"]*)"', text) == ["0[2,)"]


def test_a_site_without_a_problem_has_no_finding() -> None:
    tables = "".join(f"<< tables.{name} >>\n\n" for name in ("runtimes", "tools", "systems", "features", "releases"))
    found = checked(tiny(FACTS, tables), date(2026, 4, 1), ("meaning",))
    assert [(f.code, f.message) for f in found if f.severity != "notice"] == []


def test_a_scheme_that_a_package_index_does_not_have_cannot_be_verified() -> None:
    found: list[str] = []
    settings_ = parse_yaml("pypi: {package: libraries.name, minimums: [runtimes.versions]}", "sitegen.yaml", refuse)
    assert isinstance(settings_, Mapping)
    read_declared(settings_, load(tiny(FACTS)).facts, lambda finding: found.append(finding.message))
    assert found == ["'minimums' cannot use 'runtimes.versions': pypi has no versions of the scheme 'java'"]


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("OpenJDK needs version 8u282 or later.", []),
        ("OpenJDK needs version 8u265 or later.", ["8u265"]),
        ("OpenJDK needs version 8u282+.", []),
        ("The tool of OpenJDK needs version 3.0.0-SNAPSHOT.", []),
        ("The tool of OpenJDK needs version 3.0.0-SP1.", ["3.0.0-SP1"]),
        ("The tool of OpenJDK needs version 3.0.0.", ["3.0.0"]),
        ("Ubuntu needs version focal.", []),
        ("OpenJDK needs version 8u265+.", ["8u265"]),
        ("OpenJDK needs at least 2 nodes.", []),
        ("OpenJDK 8u265 is 1.5 times faster.", []),
    ],
)
def test_versions_in_sentences_are_read_in_the_schemes_of_the_site(sentence: str, found: list[str]) -> None:
    texts = tiny(FACTS, f"{sentence}\n\n<< tables.runtimes >>\n\n<< tables.systems >>\n\n<< tables.tools >>")
    reported = [f.message for f in checked(texts, date(2026, 4, 1), ("meaning",)) if f.code == "typed-version"]
    assert [re.findall("'([^']+)'", message)[0] for message in reported] == found


@pytest.mark.parametrize(
    ("scheme", "first", "second", "since", "codes"),
    [
        ("maven", ">=1.0-M1,<2.0-M1", "2.0-M1+", "1.0-RC1", ["dead-minimum"]),
        ("maven", ">=1.0-RC1,<2.0-M1", "2.0-M1+", "1.0-M2", ["dead-minimum"]),
        ("maven", ">=1.0.0.Final,<2.0.0.Final", ">=2.0.0.Final", "2.1.SP1", []),
        ("java", "8u60-8u999", "11+", "11.0.2", []),
        ("java", "8", "9+", "8u282", ["dead-minimum"]),
        ("build", "6.x", "7.0-12+", "7.0-14", []),
        ("build", "6.x", "7.0-12+", "7.0-9", ["uncovered-versions"]),
        ("[bionic, focal, jammy]", "bionic-focal", "jammy+", "jammy", []),
        ("[bionic, focal, jammy]", "bionic-focal", "jammy+", "focal", ["dead-minimum"]),
        ("[bionic, focal, jammy]", "bionic", "jammy+", "focal", ["uncovered-versions"]),
    ],
)
def test_rules_about_branches_have_the_order_of_the_scheme(
    scheme: str, first: str, second: str, since: str, codes: list[str]
) -> None:
    facts = f"""\
releases:
  scheme: {scheme}
  fields: {{versions: versions, status: lifecycle}}
  records:
    v1: {{versions: "{first}", status: {{ga: 2024-01-01, eol: 2025-06-01}}}}
    v2: {{versions: "{second}", status: {{ga: 2025-01-01}}}}
features:
  fields: {{name: text, since: support of releases}}
  records: {{login: {{name: Login, since: {since}}}}}
"""
    tables = "tables:\n" + "".join(line + "\n" for line in FACTS.splitlines()[-2:])
    found = checked(tiny(facts + tables, "<< tables.features >>\n\n<< tables.releases >>"), date(2026, 4, 1))
    assert sorted({f.code for f in found} & {"dead-minimum", "uncovered-versions"}) == codes
