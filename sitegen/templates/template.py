"""Templates of prose, headers, paths and fragments.

They are checked against a schema of known names before they run, so that every
misspelt name of a file is found at once and with its place. A value that a template
prints does not become text here: it becomes a mark (noncharacters around a number) and
is kept beside the text, so that the renderer of each dialect can escape it where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from functools import lru_cache
from typing import Any, Protocol

from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.templates.engine import Engine, Parsed, Source, Use, run_fault, token_of
from sitegen.templates.limits import LimitError

NONCHARACTER = re.compile("[\ufdd0-\ufdef]")  # sitegen marks places in text with these
_FRAME = re.compile("[\ufdd8-\ufdda]")  # what a template of the theme may not print
MARK = re.compile("\ufdd0([0-9]+)\ufdd1")


def mark(index: int) -> str:
    """The mark that stands for value number `index` in a text."""
    return f"\ufdd0{index}\ufdd1"


class Schema(Protocol):
    """The names a template may use: a name leads to the names below it, or to None for anything."""

    def __contains__(self, name: object, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __getitem__(self, name: str, /) -> Any: ...


class MissingError(Exception):
    """A value that a template or a table asks for and that cannot be shown; `code` is that of the finding.

    `word` is what a template has to change.
    """

    def __init__(self, message: str = "", code: str = "missing-value", word: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.word = word
        self.hint = hint


class BrokenError(MissingError):
    """A value or a table that could not be read; that is reported where it stands."""


class TemplateProblem(Exception):
    """A template that cannot be read or run."""

    def __init__(self, found: Finding) -> None:
        super().__init__(found.message)
        self._found = found

    def finding(self, *shown_on: str) -> Finding:
        """The problem as it is reported."""
        return replace(self._found, shown_on=shown_on)


class Runnable(Protocol):
    """A template that can run."""

    def render(self, names: ReadOnly[str, object], /, **more: object) -> str: ...


@frozen
class Template:
    """A checked template, and the texts of the files that it includes. Without anything to run, `compiled` is None.

    `names` are those that it or what it includes asks for, `printed` those that it prints fields of and no more.
    """

    source: str
    place: Place
    compiled: Runnable | None
    includes: ReadOnly[str, str]
    names: frozenset[str] = frozenset()
    printed: frozenset[str] = frozenset()

    def fill(self, names: ReadOnly[str, object]) -> tuple[str, tuple[Any, ...]]:
        """Run the template. Returns text with marks and the values they stand for.

        Raises TemplateProblem, and BrokenError for what is reported already.
        """
        if self.compiled is None:
            return self.source, ()
        values: list[object] = []
        try:
            text = self.compiled.render(self.asked(names), values_=values)
        except BrokenError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a template does wrong is a finding, never a traceback
            raise self._problem(error) from None
        return text, tuple(values)

    def place_of(self, index: int, names: ReadOnly[str, object]) -> Place:
        """The place that prints value number `index`, found by running the template again up to there."""
        try:
            if self.compiled is not None:
                self.compiled.render(self.asked(names), values_=_Until(index))
        except Exception as error:  # noqa: BLE001 - it stops with one
            return self._problem(error).finding().place
        return self.place

    def asked(self, names: ReadOnly[str, object]) -> dict[str, object]:
        """Those of the names that the template asks for."""
        return {name: names[name] for name in self.names if name in names}

    def _problem(self, error: Exception) -> TemplateProblem:
        token, file = token_of(error, self.place.file)
        included = file in self.includes
        return _problem(error, Source(self.includes[file], Place(file, 1, 1)) if included else self._source, token)

    @property
    def _source(self) -> Source:
        return Source(self.source, self.place)

    def find(self, text: str, guard: str = "(?!)") -> Place:
        """The first place where a text stands, in the template or what it includes; case and blanks do not count.

        What the expression `guard` matches comes last.
        """
        wanted = re.compile(r"\s+".join(re.escape(word) for word in text.split()), re.IGNORECASE)
        sources = [self._source, *(Source(text, Place(file, 1, 1)) for file, text in self.includes.items())]
        for guarded in (guard, "(?!)"):
            for source in sources:
                if match := wanted.search(_without(source.text, guarded)):
                    return source.at(match.start(), len(match.group()))
        return Place(self.place.file, self.place.line, self.place.column)


@lru_cache(maxsize=64)
def _without(text: str, guard: str) -> str:
    """A text with blanks in the place of what an expression matches."""
    return re.sub(guard, lambda match: " " * len(match.group()), text, flags=re.DOTALL)


# How a template is filled: by its own `fill`, or by what others have in common with it.
Fill = Callable[[Template, ReadOnly[str, object]], tuple[str, tuple[Any, ...]]]


class _Until(list[object]):
    """The values that a template prints, up to one."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self._index = index

    def append(self, value: object) -> None:
        if len(self) == self._index:
            raise MissingError
        super().append(value)


class Compiler:
    """Compiles templates. `snippets` are texts that templates may include, by file.

    `keep` turns what a template prints into the value that is kept for it, or raises MissingError.
    """

    def __init__(
        self,
        filters: ReadOnly[str, Callable[..., object]],
        snippets: ReadOnly[str, str],
        keep: Callable[[object], object],
    ) -> None:
        def write(value: object, values: list[object]) -> str:
            values.append(keep(value))
            return mark(len(values) - 1)

        self._snippets = snippets
        self._engine = Engine(lambda name: snippets.get("content/" + name), "content/", write, filters)
        self._parsed: dict[str, Parsed | Finding] = {}

    def compile(
        self, source: str, place: Place, schema: Schema, report: Report, *, column: bool = False
    ) -> Template | None:
        """Compile and check a template. It begins at `place`; `column` says that it is a value of YAML."""
        if not _SIGN.search(source):
            return Template(source, place, None, {})
        if column and place.length == len(source) + 2:  # in quotes
            place = place._replace(column=place.column + 1)
        main = self._engine.parse(Source(source, place))
        if isinstance(main, Finding):
            report(main)
            return None
        findings: list[Finding] = []
        included: dict[str, Parsed] = {}
        self._include(main, (), included, findings.append)
        every = [main, *included.values()]
        local = _BUILT_IN.union(*(one.sets for one in every))
        for one in every:
            for name, token in one.barred:
                message = f"the statement '{name}' cannot be used here"
                findings.append(Finding("template-error", message, one.source.sign(token)))
            findings.extend(_unknown_names(one, schema, local))
            findings.extend(_unknown("filter", one.filters, self._engine.filters, one.source))
            findings.extend(_unknown("test", one.tests, self._engine.tests, one.source))
        if not findings:
            compiled = self._engine.compile(main)
            if not isinstance(compiled, Finding):
                texts = {file: one.source.text for file, one in included.items()}
                names = frozenset(use.name for one in every for use in one.names)
                otherwise = {use.name for one in every for use in one.names if use.name not in one.printed}
                return Template(source, place, compiled, texts, names, names - otherwise - local)
            findings.append(compiled)
        for finding in findings:
            report(finding)
        return None

    def _include(self, parsed: Parsed, path: tuple[str, ...], found: dict[str, Parsed], report: Report) -> None:
        """Find what a template includes, and what that includes."""
        for name, token in parsed.includes:
            file = "content/" + name
            if file not in self._snippets:
                hint = did_you_mean(name, [known.removeprefix("content/") for known in self._snippets])
                place = parsed.source.word(token, name)
                report(Finding("unknown-include", f"there is no file '{file}' to include", place, hint))
            elif file in path:
                ring = " -> ".join([*path[path.index(file) :], file])
                report(Finding("cycle", f"files include each other: {ring}", parsed.source.word(token, name)))
            elif file not in found:
                if file not in self._parsed:
                    self._parsed[file] = self._engine.parse(Source(self._snippets[file], Place(file, 1, 1)))
                included = self._parsed[file]
                if isinstance(included, Finding):
                    report(included)
                else:
                    found[file] = included
                    self._include(included, (*path, file), found, report)


class FileTemplates:
    """The templates of a folder, read by name. What a template prints passes through `escape` unless it is `Raw`.

    `names` are those that there are.
    """

    def __init__(
        self, read: Callable[[str], str | None], folder: str, escape: Callable[[str], str], names: Iterable[str] = ()
    ) -> None:
        @lru_cache(maxsize=4096)
        def escaped(text: str) -> str:
            if _FRAME.search(text):
                raise MissingError("a template prints no noncharacters", "template-error")
            return escape(text)

        def write(value: object) -> str:
            if type(value) is str:
                return escaped(value)
            if type(value) is int:
                return str(value)
            if isinstance(value, Raw):
                return value.text
            if isinstance(value, (str, int)) and not isinstance(value, bool):
                return escaped(str(value))
            raise MissingError(f"a template prints text or numbers, not {kind_of(value)}", "template-error")

        self._read = read
        self._folder = folder
        self.names = tuple(names)
        self._engine = Engine(read, folder, write)

    def text(self, name: str) -> str:
        """A file of the folder as it is. Raises TemplateProblem."""
        text = self._read(name)
        if text is None:
            found = Finding("template-error", f"there is no file '{name}'", Place(self._folder + name, 1, 1))
            raise TemplateProblem(found)
        return text

    def render(self, name: str, variables: ReadOnly[str, object]) -> str:
        """Render a fragment by the template `name`. Raises TemplateProblem."""
        try:
            return self._engine.template(name).render(variables)
        except Exception as error:  # noqa: BLE001 - as above
            token, file = token_of(error, self._folder + name)
            text = self._read(file.removeprefix(self._folder)) or ""
            raise _problem(error, Source(text, Place(file, 1, 1)), token, self.names) from None


@frozen
class Raw:
    """Text that is already written in the language of the output."""

    text: str


_SIGN = re.compile("<[<%#]")


def kind_of(value: object) -> str:
    """What a value is that has no text, in a writer's words."""
    if callable(value):
        return "a function"
    kinds = {
        bool: "a truth value",
        int: "a number",
        float: "a fraction",
        list: "a list",
        tuple: "a list",
        dict: "a mapping",
    }
    return kinds.get(type(value), "this value")


def _problem(error: Exception, source: Source, token: int, names: Iterable[str] = ()) -> TemplateProblem:
    if isinstance(error, MissingError):
        place = source.word(token, error.word, from_sign=True) if error.word else source.sign(token)
        return TemplateProblem(Finding(error.code, str(error), place, error.hint))
    if isinstance(error, LimitError):
        hint = "let it do less, or put the result into the facts"
        return TemplateProblem(Finding("template-limit", str(error), source.sign(token), hint))
    return TemplateProblem(run_fault(error, source, token, names))


# --- names ---------------------------------------------------------------------------

_BUILT_IN = frozenset(
    ("range", "namespace", "dict", "loop", "cycler", "joiner", "caller", "varargs", "kwargs", "self", "super")
)


def _unknown_names(parsed: Parsed, schema: Schema, local: frozenset[str]) -> Iterator[Finding]:
    """Names and attributes that neither the schema knows nor a template sets."""
    for name, token in parsed.names:
        if name not in local and name not in schema:
            place = parsed.source.word(token, name)
            yield Finding("undefined-name", f"'{name}' is not defined", place, did_you_mean(name, schema))
    for path, token in parsed.paths:
        if path[0] in local or path[0] not in schema:
            continue
        below: Any = schema
        for name in path[:-1]:
            below = below[name] if below is not None and name in below else None
        if below is not None and path[-1] not in below:
            yield _unknown_attribute(parsed.source, token, path, below)


def _unknown_attribute(source: Source, token: int, path: tuple[str, ...], known: Schema) -> Finding:
    owner, name = ".".join(path[:-1]), path[-1]
    hyphens = re.compile(rf"\.\s*({re.escape(name)}-[\w-]+)").match(source.text, source.spot(token)[0])
    if hyphens and hyphens[1] in known:  # Jinja2 takes a hyphen for a minus sign
        hint = f'write {owner}["{hyphens[1]}"]'
    else:
        hint = did_you_mean(name, known)
    return Finding("undefined-name", f"'{owner}' has no '{name}'", source.word(token, name), hint)


def _unknown(what: str, uses: Iterable[Use], known: Iterable[str], source: Source) -> Iterator[Finding]:
    for name, token in uses:
        if name not in known:
            place = source.word(token, name)
            yield Finding("template-error", f"there is no {what} '{name}'", place, did_you_mean(name, known))
