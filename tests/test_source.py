"""The YAML reader returns the nodes of the events of PyYAML."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.findings import Finding, Place
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence
from sitegen.source.yaml_reader import parse_yaml
from tests.support.sites import large_site, own_texts

FILE = "content/a.yaml"


def by_events(text: str, first_line: int = 1) -> Node | None:
    """The nodes of a valid text, by a simple and slow reader."""

    def place(event: yaml.Event) -> Place:
        start, end = event.start_mark, event.end_mark
        length = max(1, end.column - start.column) if start.line == end.line else 1
        return Place(FILE, start.line + first_line, start.column + 1, length)

    def node(event: yaml.Event) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, place(event), not event.style)
        children = []
        while not isinstance(child := next(events), yaml.CollectionEndEvent):
            children.append(node(child))
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(tuple(children), place(event))
        keys = [key for key in children[::2] if isinstance(key, Scalar)]
        return Mapping(tuple(zip(keys, children[1::2], strict=True)), place(event))

    events = iter(
        [
            e
            for e in yaml.parse(text, Loader=yaml.CSafeLoader)
            if isinstance(e, (yaml.NodeEvent, yaml.CollectionEndEvent))
        ]
    )
    return node(next(events))


def read(text: str, first_line: int = 1) -> tuple[Node | None, list[Finding]]:
    """The nodes of a text, and its findings."""
    found: list[Finding] = []
    return parse_yaml(text, FILE, found.append, first_line), found


# --- texts that are mostly YAML ------------------------------------------------------

SIGNS = "ab01 :#,[]{}&*!|>'\"%@`?-=<~.\\/+^$()_;éß–…\n\u00a0\u200b\u0301"
KEYS = st.sampled_from(("a", "b", "c.d", "e f", "3.10", "no", "g-h", "long" * 20))
WORDS = st.sampled_from(
    ("x", "1.2.3", "v1", "<3", "2.x", "~1", "a b", "C# 12", "a:b", "https://x.y/z#w", "(a) é – b", "text?", "1+")
)
QUOTED = st.sampled_from(('">=2,<3"', "'a: b'", '"it\'s"', "'it''s'", '"\\n"', '""', "''", "'é #'", '"{a: b}"'))
WRITTEN = WORDS | QUOTED


def in_brackets(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    mappings = st.dictionaries(KEYS, inner, max_size=3).map(
        lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
    )
    return mappings | st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")


Tree = dict[str, "str | Tree"] | list["str | Tree"]
VALUES = st.recursive(WRITTEN, in_brackets, max_leaves=5)


def below(inner: st.SearchStrategy[str | Tree]) -> st.SearchStrategy[Tree]:
    """Keys or items on separate lines."""
    return st.dictionaries(KEYS, inner, min_size=1, max_size=3) | st.lists(inner, min_size=1, max_size=3)


TREES: st.SearchStrategy[Tree] = st.recursive(below(VALUES), lambda inner: below(VALUES | inner), max_leaves=6)


def as_yaml(tree: Tree, indent: str = "") -> str:
    """The YAML of a tree. Items may be indented like their key, and keys may follow the `-` of an item."""
    if isinstance(tree, dict):
        return "".join(
            f"{indent}{key}: {value}\n" if isinstance(value, str) else f"{indent}{key}:\n{as_yaml(value, deeper)}"
            for key, value in tree.items()
            for deeper in [indent if isinstance(value, list) and len(value) == 1 else f"{indent}  "]
        )
    lines = (f"{indent}  {value}\n" if isinstance(value, str) else as_yaml(value, f"{indent}  ") for value in tree)
    return "".join(f"{indent}- {line[len(indent) + 2 :]}" for line in lines)


@settings(max_examples=200, deadline=None)
@given(TREES, st.integers(1, 3))
def test_nodes_match_the_events(tree: Tree, first_line: int) -> None:
    text = "# A comment: é – …\n\n" + as_yaml(tree)
    assert read(text, first_line) == (by_events(text, first_line), [])


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(
    TREES,
    st.integers(0, 200),
    st.integers(0, 2),
    st.text(SIGNS, max_size=2) | st.sampled_from(("\n  ", ": ", " #", "- ")),
)
def test_invalid_yaml_matches_the_events_or_is_a_finding(tree: Tree, at: int, gone: int, slip: str) -> None:
    text = as_yaml(tree)
    at %= len(text)
    text = text[:at] + slip + text[at + gone :]
    node, found = read(text)
    assert found or node is None or node == by_events(text)


@settings(max_examples=200, deadline=None)
@given(*(WRITTEN | st.text(SIGNS, max_size=5),) * 2)
def test_texts_in_each_context_match_the_events_or_are_findings(one: str, two: str) -> None:
    for text in (f"k: {one}", f"k: {{a: {one}, b: {two}}}", f"k: [{one}, {two}]", f"k:\n  - {one}", f"{one}: {two}"):
        node, found = read(text + "\n")
        assert found or node is None or node == by_events(text + "\n")


def test_files_of_facts_match_the_events() -> None:
    for name, data in {**own_texts(), **large_site(20)}.items():
        if name.endswith(".yaml"):
            assert read(data.decode()) == (by_events(data.decode()), []), name


@pytest.mark.parametrize("text", ["", "\n# a comment\n"])
def test_an_empty_text_has_no_nodes(text: str) -> None:
    assert read(text) == (None, [])


def test_an_anchor_is_a_finding() -> None:
    assert [finding.code for finding in read("a: &b\n")[1]] == ["yaml-anchor"]
