"""The parser of questions: it splits a text into terms, each a name, versions, or a name with versions."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Container, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from typing import NamedTuple

from sitegen.explanation.names import GENERIC, key, word_set
from sitegen.facts.schemes import PEP440, Scheme
from sitegen.facts.version_ranges import VersionError
from sitegen.facts.versions import VersionSet, parse_versions
from sitegen.frozen import frozen


class UnclearError(ValueError):
    """A question that cannot be answered. The message suggests another one."""


class NoQuestionError(UnclearError):
    """A text that names only a product or a library."""


@frozen
class Term:
    """A name in a question, or versions, or both.

    `known` is false if no record has this name. `library` means that the versions are those of the library. `loose`
    versions are separated from the name by other words. `whole` is the name in the question that is read as a name
    with versions.
    """

    name: str
    versions: VersionSet | None = None
    known: bool = True
    library: bool = False
    loose: bool = False
    whole: str = ""

    @property
    def asked(self) -> str:
        """The name in the question in normal form."""
        return key(self.whole or self.name)

    @property
    def split(self) -> Term | None:
        """A name such as `Ubuntu 24.04` as a name with versions; None if it does not end in a version."""
        name, _, number = self.name.rpartition(" ")
        if not name or self.versions is not None:
            return None
        with contextlib.suppress(VersionError):
            return Term(name, parse_versions(number), whole=self.name)
        return None

    @property
    def key(self) -> str:
        """The name in normal form."""
        return key(self.name)

    @property
    def text(self) -> str:
        """The term as text."""
        return " ".join(part for part in (self.name, self.versions.text if self.versions else "") if part)


_FILLERS = word_set(
    "a an and any app application are at available be by can compatible could do does enabled feature for from get "
    "have has i if in is it its its me my of on our please run running runs safe should support supported supporting "
    "supports that the their there this to use used uses using we when will with work working works would you your "
    "am still officially hi hello thanks thank also both currently together already possible version versions release "
    "releases ? & +"
)
UNNAMED = _FILLERS & GENERIC
"""Fillers that are never names, even if a row has such a text, as in a column `Status`."""
_RELEASE = word_set("version versions release of")
"""Fillers that may separate a name from its versions."""
_OF_LIBRARY = word_set("library package tracer driver sdk client module agent")
"""Words for the library of a page, unless something else has such a name."""
_SUGGESTIONS = {
    "not": "rephrase the question without 'not'",
    "no": "rephrase the question without 'no'",
    "without": "rephrase the question without 'without'",
    "except": "rephrase the question without 'except'",
    "or": "ask one question at a time, without 'or'",
    "either": "ask one question at a time",
}
_OPEN = "what which when how why who where whose until since"
_SUGGESTIONS |= dict.fromkeys(_OPEN.split(), "ask a yes-or-no question, such as 'Python 3.12, Linux'")
_NEGATED = re.compile(r"n['’]t$|^cannot$")

_ATOM = r"(?:(?:>=|<=|==|!=|~=|~>|>|<|=|~|\^|≥|≤|=>|=<)\s?)?v?\d+(?:[.+-]?[a-z0-9]+|\.[x*])*\+?"
_MORE = r"(?:\s*(?:\|\||\bto\b|\bthrough\b|\s-\s|–)\s*|\s*,\s*(?=[<>=!~^≥≤])|\s+(?=[<>!≥≤]))"
_VERSIONS = re.compile(
    rf"{_ATOM}(?:{_MORE}{_ATOM})*(?:\s+(?:and|or)\s+(?:later|higher|newer|upper|up|above|lower|older|earlier|below)\b)?",
    re.IGNORECASE,
)
_COMPOUND = re.compile(r"([^\W\d](?:[\w.-]*[^\W\d_])?)(?:@|(?=[<>=!~^≥≤])|(?=\d+\.\d))(v?[\d<>=!~^≥≤].*)", re.DOTALL)


class _QuestionWord(NamedTuple):
    kind: str  # name, versions, filler, library, unknown, break
    text: str
    versions: VersionSet | None = None


def parse_question(
    question: str, known: ReadOnly[str, str], taken: Container[str], schemes: Sequence[Scheme] = (PEP440,)
) -> list[Term]:
    """Parse a question. `known` has all names by key; words in `taken` never mean the library. Raises UnclearError.

    Versions can be of any of the `schemes`; the first one that reads more of the text is used.
    """
    longest = max((len(text.replace("-", " ").split()) for text in known.values()), default=1) + 2
    library = [word for word in _OF_LIBRARY if word not in taken]
    tokens: list[_QuestionWord] = []
    for token in _tokens(question, known, longest, library, schemes):
        for end in (end for part in (token.versions.ranges if token.versions else ()) for end in part if end):
            if end.version.is_prerelease:
                raise UnclearError(f"'{end.text}' is a pre-release; use a release, such as {end.version.base_version}")
        joins = tokens and token.kind == tokens[-1].kind == "unknown"
        tokens.append(_QuestionWord("unknown", f"{tokens.pop().text} {token.text}") if joins else token)
    terms = list(_terms(tokens))
    if not terms:
        raise UnclearError("the question has no name or version; ask, for example, 'Python 3.12, Linux'")
    return terms


def _tokens(
    question: str, known: Container[str], longest: int, library: Container[str], schemes: Sequence[Scheme]
) -> Iterator[_QuestionWord]:
    rest = " ".join(question.split())
    while rest:
        if rest[0] in " ,;":
            if rest[0] != " ":
                yield _QuestionWord("break", rest[0])
            rest = rest[1:]
            continue
        written, name = _longest_name(rest, known, longest)
        if name:
            yield _QuestionWord("name", name)
            rest = rest[len(written.rstrip(",;")) :]
            continue
        if found := _versions_at(rest, schemes):
            yield _QuestionWord("versions", found.text, found)
            rest = rest[len(found.text) :].lstrip("?!.:)")
            continue
        word = re.split(r"[ ,;]", rest, maxsplit=1)[0]
        left = rest[len(word) :]
        if compound := _parts(word, left, known, schemes):
            rest = compound
            continue
        bare = word.casefold().strip(_PUNCTUATION)
        if bare in _SUGGESTIONS or _NEGATED.search(bare):
            raise UnclearError(_SUGGESTIONS.get(bare, "rephrase the question without 'not'"))
        kind = "library" if bare in library else "filler" if bare in _FILLERS or not bare else "unknown"
        yield _QuestionWord(kind, word.strip(_PUNCTUATION) if kind == "unknown" else bare)
        rest = left


def _parts(word: str, rest: str, known: Container[str], schemes: Sequence[Scheme]) -> str:
    """The rest of a question with a word such as `ddtrace>=2.6` or `Linux/i686` split; empty for other words."""
    match = _COMPOUND.fullmatch(word.rstrip(_PUNCTUATION))
    if match and _versions_at(match[2], schemes):
        return f"{match[1]} {match[2]}{rest}"
    pieces = word.split("/")
    if len(pieces) > 1 and all(pieces) and any(key(piece) in known for piece in pieces):
        return " ".join(pieces) + rest
    return ""


_PUNCTUATION = ",;?!.:()\"'`“”"
_NUMBER = re.compile(r"v?[0-9][0-9.x*+]*|[<>=~^!≥≤].*")
_END = re.compile(r"[.:?!)\"'”]*(?:[ ,;]|$)")


def _longest_name(rest: str, known: Container[str], longest: int) -> tuple[str, str]:
    """The longest known name at the start of a text, with and without punctuation. A version is not a name."""
    ends = [match.start() for match in re.finditer(r"[ ,;]|(?=[<>~^≥≤]|!=|(?<![!<>=~])=)|$", rest)][: longest + 1]
    for end in reversed(ends):
        bare = re.sub(r"['’]s$", "", rest[:end].strip(_PUNCTUATION))
        bare += ")" * (bare.count("(") - bare.count(")"))
        if key(bare) in known and bare.casefold() not in UNNAMED and not _NUMBER.fullmatch(bare):
            return rest[:end], bare
    return "", ""


def _versions_at(rest: str, schemes: Sequence[Scheme]) -> VersionSet | None:
    """The versions at the start of a text, up to the longest part that is valid in one of the schemes."""
    numbers = [f"(?:{scheme.number})" for scheme in schemes if scheme != PEP440]
    patterns = [rf"{number}(?:\+|(?: ?[-–] ?| to ){number})?" for number in numbers]
    matches = [_VERSIONS.match(rest), *(re.match(pattern, rest, re.IGNORECASE) for pattern in patterns)]
    for end in range(max((match.end() for match in matches if match), default=0), 0, -1):
        if rest[end - 1] not in " ,.;" and _END.match(rest, end):
            for scheme in schemes:
                with contextlib.suppress(VersionError):
                    return parse_versions(rest[:end], scheme)
    return None


def _terms(tokens: list[_QuestionWord]) -> Iterator[Term]:
    """Terms from tokens: versions belong to the name before them, else to the one directly after them."""
    taken: set[int] = set()
    for index, token in enumerate(tokens):
        if token.kind == "versions" and (owner := _owner(tokens, index, taken)) is not None:
            taken |= {index, owner}
            name = tokens[owner]
            between = tokens[min(index, owner) + 1 : max(index, owner)]
            library = any(other.kind == "library" for other in (*between, *tokens[owner + 1 : owner + 2]))
            apart = [other for other in between if other.text not in _RELEASE]
            loose = any(other.kind in ("filler", "break") for other in apart)
            if name.kind == "library":
                yield Term("", token.versions, library=True)
            else:
                yield Term(name.text, token.versions, name.kind == "name", library, loose)
    for index, token in enumerate(tokens):
        if index in taken:
            continue
        if token.kind == "versions":
            yield Term("", token.versions)
        elif token.kind in ("name", "unknown"):
            yield Term(token.text, known=token.kind == "name")


def _owner(tokens: list[_QuestionWord], index: int, taken: set[int]) -> int | None:
    """The index of the token that versions belong to, or None."""

    def free(at: int) -> int | None:
        fits = 0 <= at < len(tokens) and tokens[at].kind in ("name", "unknown", "library")
        return at if fits and at not in taken else None

    before = index - 1
    while before >= 0 and tokens[before].kind == "filler" and tokens[before].text in (*_RELEASE, "is"):
        before -= 1
    if (owner := free(before)) is not None:
        whole = free(owner - 1) if tokens[owner].kind == "library" else None  # `Python library 2.6`
        return whole if whole is not None and tokens[whole].kind == "name" else owner
    after = index + 1
    if tokens[after : after + 1] == [_QuestionWord("filler", "of")]:
        while after < len(tokens) and tokens[after].kind == "filler":
            after += 1
    return free(after)
