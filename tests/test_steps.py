"""From one value to another: the kind of step, and whether support shrinks by it."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.changes.support import DatedValue, change_between
from sitegen.facts.alternatives import Varying, read_value
from sitegen.facts.field_types import Type, parse_type
from sitegen.facts.values import Value
from sitegen.facts.versions import parse_versions
from sitegen.source.yaml_reader import parse_yaml
from tests.support.changes import MIRRORED, refuse

OLD, NEW = date(2026, 1, 1), date(2026, 6, 1)

# The type, the old and the new value, the kind of step there, and whether support shrinks there and back.
STEPS = [
    ("version", "1.8", "2.2", "raised", True, False),
    ("version", "1.9.0", "1.10.0", "raised", True, False),
    ("version", "1.8", "1.8.0", "wording", False, False),
    ("optional version", "none", "7.28", "added", False, True),
    ("versions", ">=2", ">=3", "raised", True, False),
    ("versions", "3.9+", ">=3.9", "wording", False, False),
    ("versions", ">=2,<5", ">=3,<5", "narrowed", True, False),
    ("versions", "2.7, 3.5 and higher", "2.7, 3.5-3.11", "narrowed", True, False),
    ("versions", "3.5-3.11", "3.8-3.14", "changed", True, True),
    ("versions", "any", ">=2", "narrowed", True, False),
    ("support", "1.9.0", "1.10.0", "raised", True, False),
    ("support", "1.9.0", ">=1.9.0", "wording", False, False),
    ("support", "1.9.0", "partial 1.9.0", "narrowed", True, False),
    ("support", "yes", "1.9.0", "narrowed", True, False),
    ("support", "yes", "partial", "narrowed", True, False),
    ("support", "yes", "no", "removed", True, False),
    ("support", "partial", "unknown", "removed", True, False),
    ("support", "no", "not tested", "level changed", False, False),
    ("support", "private beta", "preview >=2.21.0", "level changed", False, False),
    ("support", "preview >=2.21.0", "3.15.0", "level changed", False, True),
    ("support", "preview >=2.21.0", "preview >=2.22.0", "raised", False, False),
    ("support", "yes", "deprecated", "level changed", False, False),
    ("support", "yes", "deprecated >=2", "level changed", True, False),
    ("support", "partial", "2.0", "changed", True, True),
    ("support", "deprecated", "removed", "level changed", True, False),
    ("support", "{is: yes, on: 2026-01}", "{is: yes, on: 2026-02}", "date moved", False, False),
    ("support", "{is: yes, link: /a/}", "{is: yes, link: /b/}", "wording", False, False),
    ("support", "preview >=17,<26; 26+", "preview >=17,<26", "removed", True, False),
    ("support", "preview >=17,<26; 26+", "26+", "level changed", False, False),
    ("support", "preview >=17,<26; 26+", "preview >=17,<27; 27+", "narrowed", True, False),
    ("support", "partial >=4,<25; 25+", "4+", "widened", False, True),
    ("support", "no <2; 2+", "2+", "level changed", False, False),
    ("support", "17", "{all: [17, {is: 26, when: ARM}]}", "narrowed", True, False),
    ("support", "{all: [17, {is: 26, when: x}]}", "{all: [17, {is: 26, when: y}]}", "changed", True, True),
    ("support", "17", "{all: [17, {is: no, when: ARM}]}", "narrowed", True, False),
    ("support", "1.2", "{is: 1.2, when: Linux}", "narrowed", True, False),
    ("support", "{is: 1.2, when: Linux}", "{is: 1.2, when: Windows}", "changed", True, True),
    ("support", "{is: 1.2, when: Linux}", "{is: 1.4, when: Linux}", "narrowed", True, False),
    ("support", "{is: 1.2, when: Linux}", "{is: no, when: Linux}", "removed", True, False),
    ("support", "{all: [26, {is: 24, when: flag}]}", "26", "narrowed", True, False),
    ("support", "{all: [{is: 4, when: A}, {is: 5, when: B}]}", "4", "widened", False, True),
    ("support", "1.2", "{verbatim: 1.2 or so}", "changed", True, False),
    ("support", "{verbatim: 1.2 or so}", "{verbatim: 1.3 or so}", "changed", False, False),
    ("versions", "{all: [2, 3]}", "{all: [2, 3, {is: 4, when: Linux}]}", "widened", False, True),
    ("versions", "2, 3", "{all: [2, 3]}", "wording", False, False),
    ("list of support", "[26, 'preview >=17,<26']", "[26]", "level changed", False, False),
    ("list of text", "[a, b]", "{all: [a, {is: b, when: Linux}]}", "changed", True, True),
    ("stage", "ga", "eol", "level changed", True, False),
    ("stage", "beta", "preview", "level changed", False, False),
    ("date", "2026-05", "2026-06", "date moved", False, False),
    ("date", "2026-05", "~2026-05", "date moved", False, False),
    ("lifecycle", "{ga: 2025-01-01, eol: 2027-01-01}", "{ga: 2025-01-01, eol: 2026-09-01}", "date moved", False, False),
    ("lifecycle", "{ga: 2025-01-01}", "{ga: 2025-01-01, eol: 2026-09-01}", "date moved", False, False),
    ("lifecycle", "{ga: 2025-01-01}", "{eol: 2025-01-01}", "level changed", True, False),
    ("list of text", "[x86-64]", "[x86-64, AArch64]", "widened", False, True),
    ("list of text", "[x86-64, AArch64]", "[AArch64, x86-64]", "wording", False, False),
    ("list of text", "[x86-64]", "[Intel]", "changed", True, True),
    ("optional list of text", "none", "[x86-64]", "added", False, True),
    ("text", "ASM", "AAP", "wording", False, False),
    ("link", "/a/", "/b/", "wording", False, False),
    ("one of jit / aot", "jit", "aot", "wording", False, False),
    ("reference to releases", "v1", "v2", "changed", False, False),
]


def value(declared: str, text: str) -> Value:
    """Parse a value of a type."""
    from sitegen.facts.alternatives import read_varying  # noqa: PLC0415

    kind = parse_type(node(declared), refuse)
    assert isinstance(kind, Type)
    varying: Varying[Value] | None = read_varying(node(text), partial(read_value, kind), refuse)
    assert varying is not None
    return varying.alternatives[0].value


def node(text: str):  # type: ignore[no-untyped-def]
    quoted = f"'{text}'" if text[0] in ">*~" or " / " in text else text
    found = parse_yaml(quoted, "a.yaml", refuse)
    assert found is not None
    return found


@pytest.mark.parametrize(("declared", "old", "new", "kind", "there", "back"), STEPS)
def test_a_step_is_classified_there_and_back(
    declared: str, old: str, new: str, kind: str, there: bool, back: bool
) -> None:
    before, after = DatedValue(value(declared, old), OLD), DatedValue(value(declared, new), OLD)
    forward, backward = change_between(before, after), change_between(after, before)
    assert forward is not None
    assert backward is not None
    assert (forward.kind, forward.shrinks) == (kind, there)
    assert (backward.kind, backward.shrinks) == (MIRRORED[forward.kind], back)
    assert change_between(before, before) is None
    assert change_between(after, after) is None


def test_a_level_changes_with_the_date() -> None:
    lifecycle = value("lifecycle", "{ga: 2025-01-01, eol: 2026-06-01}")
    assert change_between(DatedValue(lifecycle, OLD), DatedValue(lifecycle, NEW)) == ("level changed", True)
    assert change_between(DatedValue(lifecycle, NEW), DatedValue(lifecycle, OLD)) == ("level changed", False)
    assert change_between(DatedValue(lifecycle, OLD), DatedValue(lifecycle, date(2026, 5, 31))) is None


def quoted(text: str) -> str:
    return f"'{text}'"


texts = st.sampled_from(
    ["1", "1.2", ">=1", ">=1,<3", "<2", ">1", "<=2", "1-3", "1.x", "2 || 4+", "1, 3", "any", "!=2", ">=1,!=1.5", "1.2+"]
)
states = st.sampled_from(["yes", "no", "partial", "unknown", "preview", "ga", "eol", "not tested"])
versions = st.one_of(
    states,
    texts,
    st.builds("{} {}".format, st.sampled_from(["partial", "preview", "ga", "no"]), texts),
    st.sampled_from(["preview >=1,<3; 3+", "no <2; partial 2.x; 3+", "preview 1.x; 3+", "partial 1-2; preview 3+"]),
)
several = st.one_of(
    versions.map(quoted),
    st.builds("{{is: {}, when: {}}}".format, versions.map(quoted), st.sampled_from("AB")),
    st.builds(
        "{{all: [{{is: {}, when: A}}, {{is: {}, when: B}}, {}]}}".format,
        versions.map(quoted),
        versions.map(quoted),
        st.sampled_from(["3+", "partial 1.2+", "{verbatim: odd}"]),
    ),
)


@settings(deadline=None)
@given(st.sampled_from(["support", "versions"]), versions, versions)
def test_every_step_has_its_mirror(declared: str, old: str, new: str) -> None:
    if declared == "versions" and not (old[0].isdigit() or old[0] in "<>!" or old == "any"):
        old = "1+"
    if declared == "versions" and not (new[0].isdigit() or new[0] in "<>!" or new == "any"):
        new = "1+"
    before, after = DatedValue(value(declared, quoted(old)), OLD), DatedValue(value(declared, quoted(new)), OLD)
    forward, backward = change_between(before, after), change_between(after, before)
    if forward is None or backward is None:
        assert forward is backward
    else:
        assert MIRRORED[forward.kind] == backward.kind
        assert not (forward.shrinks and backward.shrinks) or forward.kind in ("changed", "level changed")


@settings(deadline=None)
@given(several, several)
def test_every_step_between_statements_has_its_mirror(old: str, new: str) -> None:
    before, after = DatedValue(value("support", old), OLD), DatedValue(value("support", new), OLD)
    forward, backward = change_between(before, after), change_between(after, before)
    if forward is None or backward is None:
        assert forward is backward
    else:
        assert MIRRORED[forward.kind] == backward.kind
        assert forward.kind not in ("widened", "wording") or not forward.shrinks


@settings(deadline=None)
@given(texts, texts, st.integers(0, 6), st.integers(0, 9))
def test_a_set_covers_another_if_it_contains_all_its_versions(one: str, other: str, major: int, minor: int) -> None:
    outer, inner = parse_versions(one), parse_versions(other)
    if outer.covers(inner):
        assert f"{major}.{minor}" not in inner or f"{major}.{minor}" in outer
    assert outer.covers(outer)
    assert parse_versions("any").covers(inner)
