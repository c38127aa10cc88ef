"""Wording: phrases that are not plain technical English are not used in documents, the engine and tests.

Checked are the prose of the documents, the `--help` of each command, the docstrings, comments and strings of the engine,
and the docstrings and comments of tests and benchmarks. Code in documents is ignored: most of it is output of the engine.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import cast

import pytest

from sitegen import cli
from tests.support.sites import ROOT

DOCUMENTS = (
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md"),
    *sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/**/*.md")),
)
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "sitegen").rglob("*.py"))
TESTS = sorted(p.relative_to(ROOT).as_posix() for name in ("tests", "benchmarks") for p in (ROOT / name).rglob("*.py"))

# A phrase as a regular expression, and what to write instead.
PHRASES: Mapping[str, str] = {
    r"(?:is|are|be|was|were|not|has|have) told": "is reported, is listed",
    r"told (?:above|alone|apart|by|of|once)": "reported",
    r"tells? (?:apart|how|of|that|what|which|why)": "reports, shows, distinguishes",
    r"(?:it|nothing|they|that|what|where|which) stands?(?! for\b)": "is, appears",
    r"stands? (?:above|alone|already|as|at|before|behind|below|beside|between|in|near|on|there)": "is, appears",
    r"holds? (?:against|for|from|good|on(?! to\b)|so|until)": "applies, is valid",
    r"no other holds": "by default",
    r"(?:is|are|be|was|were) said": "is defined, is stated",
    r"said (?:of|once|to be|twice)": "defined, stated",
    r"says? (?:as much|less|no more|nothing|otherwise|so|where|which)": "states, defines",
    r"(?:speaks?|spoken|speaking) (?:for|of)": "is about, as of",
    r"ma(?:de|ke|kes|king) (?:it |them )?(?:again|anew)": "rebuilt, built again",
    r"beside (?:a|all|an|any|each|it|its|one|that|the|them|these|this|those|what)": "next to, in addition to",
    r"otherwise than": "different from",
    r"(?:call|called|name|named|read|say|says|shown|written) (?:it )?otherwise": "differently",
    r"mend(?:ed|ing|s)?": "fix",
    r"asked for|(?:it|pages?|prose|projects?|templates?|they) asks? for": "requests, needs, uses",
    r"a slip|one slip|slips? of": "a typing error",
    r"what is wrong|all that is wrong": "the problem, problems",
    r"what there (?:is|are)": "what exists",
    r"(?<!so )that there (?:are|is|was|were)(?=[.,;:)]|$)": "omit it",
    r"(?:are|is|was|were) (?:already |not )there(?=[.,;:)]|$)": "exists, does not exist",
    r"ha(?:s|ve) to be there": "must exist",
    r"likely meant|may be meant": "did you mean",
    r"(?:nothing|no [a-z]+) is said": "is not stated",
    r"(?<![Tt]here )(?<!such )is (?-i:no) (?!longer\b|less\b|more\b|need\b|other\b|way\b)[a-z]+": "is not a",
    r"as nearly all are|as most are": "omit it",
    r"in the stead of|in its stead": "instead of",
    r"(?:go|goes|went) its way": "omit it",
    r"comes? to be": "is",
    r"(?:are|be|is|was|were) left alone": "is unchanged, is not reported",
    r"papers": "hides",
    r"who(?:so)?ever": "users who, if you",
    r"of one's own": "custom, own",
    r"(?:comes?|came) back": "is read back, is equal",
    r"hand-kept": "written by hand",
    r"(?:what|would|will) becomes? of": "result, report",
    r"who (?:asks|reads|runs|wants|writes) (?:for|it|one|that|them)": "readers, users",
}
_ANY = "|".join(rf"(?P<p{n}>(?:{phrase})(?!\w))" for n, phrase in enumerate(PHRASES))
BANNED = re.compile(rf"\b(?:{_ANY})", re.IGNORECASE)


def banned_phrases(text: str, start: int = 1) -> Iterator[str]:
    """The banned phrases of a text that begins in line `start`, each with its line and what to write instead."""
    for match in BANNED.finditer(re.sub(r"\s", " ", text)):
        advice = [*PHRASES.values()][int(cast("str", match.lastgroup)[1:])]
        yield f"line {start + text[: match.start()].count(chr(10))}: '{match[0]}'; write: {advice}"


def comments(source: str) -> Iterator[tuple[int, str]]:
    """The comments of a module with their first lines. Consecutive lines are one comment."""
    block: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if block and token.start[0] != last + 1:
                yield last - len(block) + 1, "\n".join(block)
                block = []
            block.append(token.string.lstrip("#"))
            last = token.start[0]
    if block:
        yield last - len(block) + 1, "\n".join(block)


def strings(source: str) -> Iterator[tuple[int, str]]:
    """The docstrings and other strings of a module, with their first lines. A value in an f-string reads `x`."""
    tree = ast.parse(source)
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(str(p.value) if isinstance(p, ast.Constant) else "x" for p in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.lineno, node.value


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """The docstrings of a module, with their first lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            text = ast.get_docstring(node, clean=False)
            if text is not None:
                yield node.body[0].lineno, text


def prose(document: str) -> str:
    """The text of a document without code."""
    text = re.sub(r"^(`{3,}).*?^\1$", lambda m: "\n" * m[0].count("\n"), document, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]+`", "x", text)


def _sources(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((name, (ROOT / name).read_text(encoding="utf-8")) for name in names)


def test_documents_use_plain_words() -> None:
    problems = [f"{name}, {phrase}" for name, text in _sources(DOCUMENTS) for phrase in banned_phrases(prose(text))]
    assert not problems, "\n".join(problems)


def test_the_help_of_commands_uses_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    parser = cli._parser()
    (commands,) = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    texts = {"sitegen": parser, **commands}
    problems = [f"{name}: {phrase}" for name, each in texts.items() for phrase in banned_phrases(each.format_help())]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(("names", "texts_of"), [(MODULES, strings), (TESTS, docstrings)], ids=["engine", "tests"])
def test_code_uses_plain_words(names: Sequence[str], texts_of: Callable[[str], Iterator[tuple[int, str]]]) -> None:
    problems = [
        f"{name}, {phrase}"
        for name, source in _sources(names)
        for line, text in (*comments(source), *texts_of(source))
        for phrase in banned_phrases(text, line)
    ]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    "text",
    [
        "The error is told once.",
        "the key 'x' is said\ntwice",
        "a file that stands there already",
        "'x' is no stage",
        "the options that there are, and others",
        "sitegen.yaml is not there",
        "pages are made again",
        "the file beside the facts",
    ],
)
def test_banned_phrases_are_found(text: str) -> None:
    assert [*banned_phrases(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Readers cannot tell whether it is supported.",
        "It is no longer generated, so that there are no links to it.",
        "If there is no lock file, stand by until the process that holds the lock ends.",
        "GA stands for General Availability.",
        "The worst answer is No or Not stated.",
        "Build the site again, and recommend the next step.",
    ],
)
def test_plain_sentences_are_not_reported(text: str) -> None:
    assert [*banned_phrases(text)] == []
