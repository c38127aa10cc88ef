"""YAML is read the same by the reader of simple texts and by the parser, and both read what PyYAML's events say."""

from __future__ import annotations

import re
from unittest import mock

import pytest
import yaml
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from sitegen import source
from sitegen.findings import Finding, Place
from sitegen.nodes import FORBIDDEN, Mapping, Node, Scalar, Sequence
from sitegen.simple_yaml import read_simple
from sitegen.source import parse_yaml
from tests.support.sites import large_site, own_texts

FILE = "content/a.yaml"


def by_events(text: str, first_line: int = 1) -> Node | None:
    """The nodes of a text in which nothing is wrong, read slowly."""

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


def by_parser(text: str, first_line: int = 1) -> tuple[Node | None, list[Finding]]:
    """What the parser of all of YAML makes of a text, and what it reports."""
    told: list[Finding] = []
    with mock.patch.object(source, "read_simple", return_value=None):
        return parse_yaml(text, FILE, told.append, first_line), told


def assert_same(text: str, first_line: int = 1) -> bool:
    """Whether a text is simple; then both read it the same, and nothing is wrong with it."""
    found = read_simple(text, FILE, first_line)
    if found is not None:
        assert by_parser(text, first_line) == (found, [])
        assert by_events(text, first_line) == found
    return found is not None


# --- texts that are mostly YAML ------------------------------------------------------

SIGNS = "ab01 :#,[]{}&*!|>'\"%@`?-=<~.\\/+^$()_;éß–…\n\u00a0\u200b\u0301\ufeff\u2028"
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
    """Keys or items below each other."""
    return st.dictionaries(KEYS, inner, min_size=1, max_size=3) | st.lists(inner, min_size=1, max_size=3)


TREES: st.SearchStrategy[Tree] = st.recursive(below(VALUES), lambda inner: below(VALUES | inner), max_leaves=6)


def as_yaml(tree: Tree, indent: str = "") -> str:
    """A tree, in which items may stand below the first sign of their key, and keys behind the sign of an item."""
    if isinstance(tree, dict):
        return "".join(
            f"{indent}{key}: {value}\n" if isinstance(value, str) else f"{indent}{key}:\n{as_yaml(value, deeper)}"
            for key, value in tree.items()
            for deeper in [indent if isinstance(value, list) and len(value) == 1 else f"{indent}  "]
        )
    lines = (f"{indent}  {value}\n" if isinstance(value, str) else as_yaml(value, f"{indent}  ") for value in tree)
    return "".join(f"{indent}- {line[len(indent) + 2 :]}" for line in lines)


@settings(max_examples=400, deadline=None)
@given(TREES, st.integers(1, 3))
def test_a_reader_without_a_parser_reads_what_the_parser_reads(tree: Tree, first_line: int) -> None:
    text = "# A comment: é – …\n\n" + as_yaml(tree)
    assert by_parser(text, first_line) == (by_events(text, first_line), [])
    event(str(assert_same(text, first_line)))


@settings(max_examples=800, deadline=None)
@given(
    TREES,
    st.integers(0, 200),
    st.integers(0, 2),
    st.text(SIGNS, max_size=2) | st.sampled_from(("\n  ", ": ", " #", "- ")),
)
def test_after_a_slip_it_reads_what_the_parser_reads_or_nothing(tree: Tree, at: int, gone: int, slip: str) -> None:
    text = as_yaml(tree)
    at %= len(text)
    assert_same(text[:at] + slip + text[at + gone :])


@settings(max_examples=400, deadline=None)
@given(*(WRITTEN | st.text(SIGNS, max_size=5),) * 2)
@example("a?", "b")
@example("a", "b ?c")
@example("a::b", "a:]")
def test_texts_in_each_context_are_read_as_the_parser_reads_them(one: str, two: str) -> None:
    for text in (f"k: {one}", f"k: {{a: {one}, b: {two}}}", f"k: [{one}, {two}]", f"k:\n  - {one}", f"{one}: {two}"):
        assert_same(text + "\n")


@pytest.mark.parametrize("sign", sorted(SIGNS))
def test_each_sign_at_each_place_of_a_text_is_read_as_the_parser_reads_it(sign: str) -> None:
    for text in (sign, f"{sign}a", f"a{sign}", f"a{sign}b", f"a {sign}", f"a {sign} b", f"a {sign}b", f"a{sign} b"):
        for quote in ("", "'", '"'):
            value = quote + text + quote
            for line in (
                f"k: {value}",
                f"k: {{a: {value}, b: c}}",
                f"k: {{a: {value}}}",
                f"k: [{value}]",
                f"{value}: k",
            ):
                assert_same(line + "\n")


def test_what_files_of_facts_are_written_in_is_simple() -> None:
    texts = large_site(20)
    files = [data.decode() for name, data in texts.items() if name.startswith("content/libraries/")]
    assert files
    assert all(assert_same(text) for text in files)
    for name, data in own_texts().items():
        if name.endswith(".yaml"):
            assert_same(data.decode())


def test_no_sign_of_a_word_is_forbidden() -> None:
    words = "".join(sign for sign in map(chr, range(0x110000)) if re.match(r"\w", sign))
    assert not FORBIDDEN.search(words)


@pytest.mark.parametrize(
    "text",
    [
        "a: b\na: c\n",  # said twice
        "a: {b: c, b: d}\n",
        "a:\n",  # no value
        "a:\nb: c\n",
        "a: b\n  c: d\n",
        "a:\n    b: c\n  d: e\n",
        "a: b",  # no end of the line
        "a: {b: c\n",
        "a: {b: c]\n",
        "a: [b: c]\n",
        "a: - b\n",
        "a:\n  b: - c\n",
        "- - a\n",
        "-\n  a\n",
        "-   a\n",
        "- a\n  b\n",
        "- a: b\n - c\n",
        "- a: b\n  - c\n",
        "- a:\n",
        "a:\n  - b\n  c: d\n",
        "a:\n    - b\n  - c\n",
        "a: b\n- c\n",
        "a: {b}\n",
        "a: " + "[" * 30 + "b" + "]" * 30 + "\n",
        "",
        "\n# a comment\n",
    ],
)
def test_what_is_wrong_or_seldom_is_left_to_the_parser(text: str) -> None:
    assert read_simple(text, FILE, 1) is None


def test_a_text_that_is_not_simple_is_read_by_its_events() -> None:
    text = "a: &b\n"
    assert [finding.code for finding in by_parser(text)[1]] == ["yaml-anchor"]
    for name, data in own_texts().items():
        if name.endswith(".yaml"):
            assert by_parser(data.decode())[0] == by_events(data.decode()), name


@pytest.mark.parametrize("text", ["k: [ap:?  .x]\n", "k: [a:?]\n", "k: {a: b:? c}\n"])
def test_a_question_mark_behind_a_colon_is_left_to_the_parser(text: str) -> None:
    assert read_simple(text, "content/x.yaml", 1) is None
