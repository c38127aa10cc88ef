"""Jinja2 with the delimiters `<< >>`, `<% %>` and `<# #>`: prose, headers, paths and fragments.

Templates are checked against a schema of known names before they run, so that every
misspelt name of a file is found at once and with its place. A value that a template
prints does not become text here: it becomes a mark (noncharacters around a number) and
is kept beside the text, so that the renderer of each dialect can escape it where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass
from typing import Any, Protocol

from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
    nodes,
    pass_context,
)
from jinja2 import Template as JinjaTemplate
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context as JinjaContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sitegen.findings import Finding, Place, Report, did_you_mean

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
    """A value that a template or a table asks for and that cannot be shown; `code` is that of the finding."""

    def __init__(self, message: str = "", code: str = "missing-value") -> None:
        super().__init__(message)
        self.code = code


class BrokenError(MissingError):
    """A value or a table that could not be read; that is reported where it stands."""


class TemplateProblem(Exception):
    """A template that cannot be run; `line` counts from 1 within the file `name`."""

    def __init__(self, message: str, line: int, name: str = "", code: str = "template-error") -> None:
        super().__init__(message)
        self.line = line
        self.name = name
        self.code = code


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template of a file; `first_line` is where it begins there.

    `includes` are the files that it includes, with their texts. Without anything to run,
    `compiled` is None.
    """

    file: str
    first_line: int
    source: str
    compiled: JinjaTemplate | None
    includes: ReadOnly[str, str]

    def fill(self, names: ReadOnly[str, object]) -> tuple[str, tuple[Any, ...]]:
        """Run the template. Returns text with marks and the values they stand for.

        Raises TemplateProblem, and BrokenError for what is reported already.
        """
        if self.compiled is None:
            return self.source, ()
        values: list[object] = []
        try:
            text = self.compiled.render(names, values_=values)
        except BrokenError:
            raise
        except MissingError as error:
            raise TemplateProblem(str(error), *_line_of(error, self.file), error.code) from None
        except Exception as error:  # noqa: BLE001 - whatever a template does wrong is a finding, never a traceback
            raise TemplateProblem(_explain(error), *_line_of(error, self.file)) from None
        return text, tuple(values)

    def place(self, line: int, file: str = "") -> Place:
        """The place of a line of the template, or of a file that it includes."""
        included = file in self.includes
        source = (self.includes[file] if included else self.source).split("\n")
        text = source[line - 1] if 0 < line <= len(source) else ""
        column = max(text.find("<<"), 0) if "<<" in text else max(text.find("<%"), 0)
        if included:
            return Place(file, line, column + 1, 2)
        return Place(self.file, line + self.first_line - 1, column + 1, 2)

    def find(self, text: str) -> Place:
        """The first place where a text stands, in the template or what it includes."""
        for file, source, first_line in [
            (self.file, self.source, self.first_line),
            *((name, included, 1) for name, included in self.includes.items()),
        ]:
            offset = source.lower().find(text.lower())
            if offset >= 0:
                line = source.count("\n", 0, offset) + first_line
                return Place(file, line, offset - source.rfind("\n", 0, offset), len(text))
        return Place(self.file, self.first_line, 1)


@dataclass(frozen=True, slots=True)
class _Source:
    """A parsed template and where it stands; `shift` is the column before it on its first line."""

    tree: nodes.Template
    text: str
    place: Place
    shift: int


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
        self._snippets = snippets
        self._environment = _environment()
        self._environment.filters.update(filters)
        self._environment.finalize = _keeper(keep)
        self._environment.loader = _loader(lambda name: snippets.get("content/" + name), "content/")

    def compile(
        self, source: str, place: Place, schema: Schema, report: Report, *, column: bool = False
    ) -> Template | None:
        """Compile and check a template. `place` is where it begins; `column` says that it is a part of that line."""
        if "<<" not in source and "<%" not in source and "<#" not in source:
            return Template(place.file, place.line, source, None, {})
        findings: list[Finding] = []
        main = self._parse(source, place, place.column - 1 if column else 0, findings.append)
        if main is None:
            report(findings[0])
            return None
        sources = [main, *self._included(main, (), findings.append)]
        local = {name.name for one in sources for name in one.tree.find_all(nodes.Name) if name.ctx == "store"}
        for one in sources:
            findings.extend(_unknown_names(one, schema, local))
        try:
            code = self._environment.compile(source, place.file, place.file)
        except TemplateSyntaxError as error:
            findings.append(_syntax_finding(error, source, place, main.shift))
        for finding in findings:
            report(finding)
        if findings:
            return None
        compiled = JinjaTemplate.from_code(self._environment, code, self._environment.make_globals(None))
        return Template(place.file, place.line, source, compiled, {one.place.file: one.text for one in sources[1:]})

    def _parse(self, source: str, place: Place, shift: int, report: Report) -> _Source | None:
        try:
            return _Source(self._environment.parse(source, filename=place.file), source, place, shift)
        except TemplateSyntaxError as error:
            report(_syntax_finding(error, source, place, shift))
            return None

    def _included(self, source: _Source, path: tuple[str, ...], report: Report) -> Iterator[_Source]:
        """What a template includes, and what that includes."""
        for node in source.tree.find_all(nodes.Include):
            name = node.template.value if isinstance(node.template, nodes.Const) else None
            if not isinstance(name, str):
                continue
            file = "content/" + name
            place = _find(source, node.lineno, name)
            if file not in self._snippets:
                hint = did_you_mean(name, [known.removeprefix("content/") for known in self._snippets])
                report(Finding("unknown-include", f"there is no file '{file}' to include", place, hint))
            elif file in path:
                ring = " -> ".join([*path[path.index(file) :], file])
                report(Finding("cycle", f"files include each other: {ring}", place))
            elif (parsed := self._parse(self._snippets[file], Place(file, 1, 1), 0, report)) is not None:
                yield parsed
                yield from self._included(parsed, (*path, file), report)


class FileTemplates:
    """The templates of a folder, read by name. What a template prints passes through `escape` unless it is `Raw`."""

    def __init__(self, read: Callable[[str], str | None], folder: str, escape: Callable[[str], str]) -> None:
        self._read = read
        self._folder = folder
        self._environment = _environment()
        self._environment.loader = _loader(read, folder)

        def finalize(value: object) -> object:
            if isinstance(value, Raw):
                return value.text
            if isinstance(value, (str, int)) and not isinstance(value, bool):
                return escape(str(value))
            if isinstance(value, Undefined):
                return value
            raise TypeError(f"a template prints text or numbers, not {type(value).__name__}")

        self._environment.finalize = finalize

    def text(self, name: str) -> str:
        """A file of the folder as it is. Raises TemplateProblem."""
        text = self._read(name)
        if text is None:
            raise TemplateProblem(f"there is no file '{name}'", 1, self._folder + name)
        return text

    def render(self, name: str, variables: ReadOnly[str, object]) -> str:
        """Render a fragment by the template `name`. Raises TemplateProblem."""
        try:
            return self._environment.get_template(name).render(variables)
        except TemplateNotFound as error:
            raise TemplateProblem(f"there is no template '{error.name}'", 1, self._folder + name) from None
        except TemplateSyntaxError as error:
            raise TemplateProblem(
                error.message or "cannot be read", error.lineno, f"{self._folder}{error.name}"
            ) from None
        except Exception as error:  # noqa: BLE001 - as above
            raise TemplateProblem(_explain(error), *_line_of(error, self._folder + name)) from None


@dataclass(frozen=True, slots=True)
class Raw:
    """Text that is already written in the language of the output."""

    text: str


def _loader(read: Callable[[str], str | None], folder: str) -> FunctionLoader:
    """Templates by name; their code knows the file, so that an error can be placed."""

    def load(name: str) -> tuple[str, str, None] | None:
        source = read(name)
        return None if source is None else (source, folder + name, None)

    return FunctionLoader(load)


def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )


def _keeper(keep: Callable[[object], object]) -> Callable[[JinjaContext, object], str]:
    @pass_context
    def finalize(context: JinjaContext, value: object) -> str:
        if isinstance(value, Undefined):
            str(value)  # a strict undefined raises with its name
        values = context["values_"]
        values.append(keep(value))
        return mark(len(values) - 1)

    return finalize


def _explain(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "the template includes itself without end"
    if isinstance(error, TemplateNotFound):
        return f"there is no file '{error.name}' to include"
    text = str(error).split("\n")[0] or type(error).__name__
    if isinstance(error, (TemplateError, LookupError)) and not isinstance(error, KeyError):
        return text
    return f"{type(error).__name__}: {text}"


def _line_of(error: BaseException, file: str) -> tuple[int, str]:
    """The innermost line of a template in a traceback, and the file it is of."""
    if isinstance(error, TemplateSyntaxError):
        return error.lineno, error.filename or file
    found = (1, file)
    trace = error.__traceback__
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:  # a frame that Jinja made for a template
            found = (trace.tb_lineno, trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    return found


def _syntax_finding(error: TemplateSyntaxError, source: str, place: Place, shift: int) -> Finding:
    line = error.lineno
    text = [*source.split("\n"), ""][line - 1] if line else ""
    column = next((text.find(sign) for sign in ("<%", "<<", "<#") if sign in text), 0) + 1 + shift
    where = Place(place.file, place.line + line - 1, column, 2)
    return Finding("template-error", f"the template cannot be read: {error.message}", where)


def _find(source: _Source, line: int, word: str) -> Place:
    """The place of a word on a line of a template."""
    lines = source.text.split("\n")
    match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", lines[line - 1]) if line <= len(lines) else None
    column = (match.start() if match else 0) + 1 + (source.shift if line == 1 else 0)
    return Place(source.place.file, source.place.line + line - 1, column, len(word))


_BUILT_IN = {"range", "namespace", "dict", "loop", "cycler", "joiner"}


def _unknown_names(source: _Source, schema: Schema, local: set[str]) -> Iterator[Finding]:
    """Names and attributes that neither the schema knows nor a template sets."""
    undeclared = find_undeclared_variables(source.tree) - local - _BUILT_IN

    def finding(name: str, line: int, message: str, known: Schema) -> Finding:
        return Finding("undefined-name", message, _find(source, line, name), did_you_mean(name, list(known)))

    for node in source.tree.find_all(nodes.Name):
        if node.ctx == "load" and node.name in undeclared and node.name not in schema:
            yield finding(node.name, node.lineno, f"'{node.name}' is not defined", schema)
    for access in source.tree.find_all((nodes.Getattr, nodes.Getitem)):
        path = _path(access)
        if path is None or path[0] not in undeclared or path[0] not in schema:
            continue
        below: Any = schema[path[0]]
        for name in path[1:-1]:
            below = below[name] if below is not None and name in below else None
        if below is not None and path[-1] not in below:
            yield finding(path[-1], access.lineno, f"'{'.'.join(path[:-1])}' has no '{path[-1]}'", below)


def _path(node: nodes.Node) -> list[str] | None:
    """`a.b['c']` as a list of names, or None where a part is not constant."""
    if isinstance(node, nodes.Name):
        return [node.name]
    if isinstance(node, nodes.Getattr):
        before = _path(node.node)
        return None if before is None else [*before, node.attr]
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        before = _path(node.node)
        return None if before is None else [*before, node.arg.value]
    return None
