"""Checks a site, and finds misspelt names: a key that occurs once, while several errors are about a similar name.

The other spelling is tried: the name is misspelt if this solves several errors and causes no new one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as ReadOnlySequence
from dataclasses import replace

from sitegen.build import Progress, Workers
from sitegen.build.link import Linked, is_failed, link
from sitegen.build.pool import compile_units
from sitegen.build.project import Project
from sitegen.build.staging import NoStage
from sitegen.facts.datasets import LINKS
from sitegen.files.sources import FILE
from sitegen.findings import Edit, Finding, as_details, nearest, number_of
from sitegen.rules.fixes import edited
from sitegen.site.loading import Texts, ignore
from sitegen.site.regions import RegionFile
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence, decode
from sitegen.source.yaml_reader import parse_yaml

_MAX_TRIALS = 5  # each loads the whole site, and may check it
_SIMILARITY = 0.75
_QUOTED = re.compile(r"'([^' ]{3,})'")


def check(project: Project, regions: ReadOnlySequence[RegionFile] = ()) -> Linked:
    """Compile and link a whole site without keeping its files, for the findings. Raises OSError."""
    linked = _linked(project, regions)
    return with_causes(linked, project.sources, regions) if is_failed(linked.findings, strict=False) else linked


def _linked(project: Project, regions: ReadOnlySequence[RegionFile]) -> Linked:
    stage = NoStage()
    return link(project, compile_units(project, None, stage, Workers(), Progress()), None, stage, regions)


def with_causes(linked: Linked, texts: Texts, regions: ReadOnlySequence[RegionFile]) -> Linked:
    """A linked site with errors, in which a finding about each misspelt name replaces those that the name causes.

    `texts` are all sources. Raises OSError.
    """
    found, causes, project = list(linked.findings), list[Finding](), linked.project
    rejected: set[tuple[Scalar, str]] = set()
    for _ in range(_MAX_TRIALS):
        untried = ((key, word) for key, word in _candidates(found, texts) if (key, word) not in rejected)
        key, word = next(untried, (None, ""))
        if key is None:
            break
        changed = {**texts, **_renamed(texts, key, word)}
        other = replace(project, sources=changed, exports={})
        solved: list[Finding] = []
        # If loading finds the same problems, the pages need not be built; unknown links are found there.
        if word == LINKS or _missing(project.site.findings, other.site.findings, key, word):
            now = _linked(other, regions).findings
            solved = [] if is_failed(_missing(now, found, key, word), strict=False) else _missing(found, now, key, word)
        # A single error does not show which of two spellings is right, unless one of them is predefined.
        if sum(len(finding.details) or 1 for finding in solved if finding.severity == "error") > (word != LINKS):
            found = [finding for finding in found if finding not in solved]
            causes.append(_cause(key, word, solved))
            texts, project = changed, other
        else:
            rejected.add((key, word))
    return replace(linked, findings=sorted([*found, *causes], key=lambda finding: finding.place))


def _candidates(findings: Iterable[Finding], texts: Texts) -> Iterator[tuple[Scalar, str]]:
    """Keys that occur once, each with a similar name that several errors are about; most errors first."""
    errors = [finding for finding in findings if finding.severity == "error"]
    texts_of = (text for finding in errors for text in (finding.message, *finding.details))
    words = Counter(word for text in texts_of for word in {*_QUOTED.findall(text)})
    unread = (finding for finding in errors if finding.code == "no-fields")  # one for all records of a dataset
    words.update(word for finding in unread for word in _QUOTED.findall(finding.message))
    words[LINKS] += 2 * sum(finding.code in ("unknown-link", "unknown-source") for finding in errors)
    several = [word for word, number in words.most_common() if number > 1]
    keys = list(_unique_keys(texts)) if several else []
    for word in several:
        names = {key.text for key in keys} - {word}
        for _ in range(2):  # a field is often named as the dataset that it refers to
            near = nearest(word, names, _SIMILARITY)[:1]
            yield from ((key, word) for key in keys if key.text in near)
            names.difference_update(near)


def _unique_keys(texts: Texts) -> Iterator[Scalar]:
    """The keys in the settings and facts that occur once at their depth."""
    names = [name for name in texts if name == FILE or name.endswith((".yaml", ".yml"))]
    decoded = ((name, decode(texts[name], name, ignore)) for name in names)
    documents = [parse_yaml(text, name, ignore) for name, text in decoded if text is not None]
    keys = [each for document in documents for each in _keys(document)]
    numbers = Counter((depth, key.text) for depth, key in keys)
    return (key for depth, key in keys if numbers[depth, key.text] == 1)


def _keys(node: Node | None, depth: int = 0) -> Iterator[tuple[int, Scalar]]:
    """All keys in a document with their depth."""
    if isinstance(node, Mapping):
        for key, value in node.entries:
            yield depth, key
            yield from _keys(value, depth + 1)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _keys(item, depth)


def _renamed(texts: Texts, key: Scalar, word: str) -> dict[str, bytes]:
    """The text of the file in which a key has another spelling."""
    file, line, column = key.place[:3]
    return {file: edited(texts[file], [Edit(file, (line, column), (line, column + key.place.length), word)])}


def _missing(findings: Iterable[Finding], others: Iterable[Finding], key: Scalar, word: str) -> list[Finding]:
    """The findings that are not among others, which are about sources with another spelling of a key."""

    def identity(finding: Finding) -> tuple[str, str, str, int]:
        message = finding.message.replace(f"'{key.text}'", f"'{word}'")
        return finding.code, message, finding.place.file, finding.place.line

    present = {identity(finding) for finding in others}
    return [finding for finding in findings if identity(finding) not in present]


def _cause(key: Scalar, word: str, solved: list[Finding]) -> Finding:
    """The finding for a misspelt name that causes others."""
    shown_on = tuple(sorted({page for finding in solved for page in finding.shown_on}))
    problems = number_of(len(solved), "problem")
    message = f"'{key.text}' seems to be misspelt; the spelling '{word}' would solve {problems}"
    hint = f"did you mean '{word}'? If not, correct the other places"
    return Finding("misspelt-name", message, key.place, hint, shown_on=shown_on, details=as_details(solved))
