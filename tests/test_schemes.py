"""Version schemes: their order, compared with that of another implementation; their notations, and where they apply."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from sitegen.facts.schemes import Scheme

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
    return (one > other) - (one < other)


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
    versions = pytest.importorskip("univers.versions")

    @settings(max_examples=200, deadline=None)
    @given(texts, texts)
    def compare(one: str, other: str) -> None:
        mine = [_key(Scheme(name), text) for text in (one, other)]
        if None in mine:
            return
        theirs = [getattr(versions, oracle)(text) for text in (one, other)]
        assert _compare(*mine) == _compare(*theirs)

    compare()
