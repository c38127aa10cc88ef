"""Jinja2 with the delimiters `<< >>`, `<% %>` and `<# #>`, and in plain words what is wrong with a template.

Jinja2 knows the lines of a fault only. Here it counts tokens where it would count lines,
and the number of a token leads to its line and column.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from functools import lru_cache, partial
from types import CodeType
from typing import Any, NamedTuple

from jinja2 import (
    FunctionLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
    UndefinedError,
    nodes,
    pass_context,
)
from jinja2.compiler import CodeGenerator
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as DEFAULT_FILTERS
from jinja2.lexer import TokenStream
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS as DEFAULT_TESTS
from jinja2.utils import Namespace

from sitegen.findings import Finding, Place, did_you_mean
from sitegen.frozen import frozen
from sitegen.templates.limits import (
    Limited,
    LimitedCode,
    LimitError,
    checked_filters,
    checked_tests,
    counted,
    size_of,
    spend,
)
from sitegen.templates.syntax_errors import explained


@frozen
class Source:
    """The text of a template. It begins at `place`, and each of its lines in the same column."""

    text: str
    place: Place

    def at(self, offset: int, length: int = 2) -> Place:
        """The place of an offset in the text."""
        line = self.place.line + self.text.count("\n", 0, offset)
        column = self.place.column + offset - (self.text.rfind("\n", 0, offset) + 1)
        return Place(self.place.file, line, column, length)

    def sign(self, token: int) -> Place:
        """The `<<` or `<%` that a token stands behind."""
        return self.at(self.spot(token)[1])

    def word(self, token: int, word: str, *, from_sign: bool = False) -> Place:
        """The first place of a word at or behind a token, or behind the sign before it."""
        offset, sign = self.spot(token)
        match = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)").search(self.text, sign if from_sign else offset)
        return self.at(match.start(), len(word)) if match else self.at(sign)

    def spot(self, token: int) -> tuple[int, int]:
        """The offset of a token, and of the sign before it."""
        spots = _spots(self.text)
        return spots[min(token, len(spots) - 1)]


class Use(NamedTuple):
    """Something that a template names, by the token where it does."""

    name: str
    token: int


@frozen
class Parsed:
    """A template that has been read: what it names, and what it sets itself.

    `paths` are as in `a.b['c']`. `barred` are statements that prose cannot use: they would
    change text with values in it, or have names that no schema knows. `printed` are names of
    which it prints fields, as in `<< a.b >>`, and that it uses for nothing else.
    """

    source: Source
    names: tuple[Use, ...]
    paths: tuple[tuple[tuple[str, ...], int], ...]
    filters: tuple[Use, ...]
    tests: tuple[Use, ...]
    includes: tuple[Use, ...]
    barred: tuple[Use, ...]
    sets: frozenset[str]
    printed: frozenset[str]


class Engine:
    """Templates by name, of a folder, and templates that have no name.

    `write` gets what a template prints and gives what stands in the text. With `filters`
    it also gets `values_`, which each run of a template brings along.
    """

    def __init__(
        self,
        read: Callable[[str], str | None],
        folder: str,
        write: Callable[..., str],
        filters: ReadOnly[str, Callable[..., object]] | None = None,
    ) -> None:
        self._environment = _environment()
        self._filters: _Filters = tuple((filters or {}).items())
        self._environment.filters.update(self._filters)
        self._environment.finalize = _plain(write) if filters is None else _with_values(write)
        self._environment.loader = FunctionLoader(lambda name: _named(read(name), folder + name))

    @property
    def filters(self) -> Iterable[str]:
        """The names of filters."""
        return self._environment.filters

    @property
    def tests(self) -> Iterable[str]:
        """The names of tests."""
        return self._environment.tests

    def template(self, name: str) -> Template:
        """The template of a name. Raises an error of Jinja2."""
        template = self._environment.get_template(name)
        if type(template.globals) is not dict:
            template.globals = dict(template.globals)  # as in `compile`
        return template

    def parse(self, source: Source) -> Parsed | Finding:
        """Read a template."""
        try:
            return Parsed(source, *_uses(source.text, source.place.file))
        except (TemplateSyntaxError, *_TOO_MUCH) as error:
            return _syntax_fault(error, source)

    def compile(self, parsed: Parsed) -> Template | Finding:
        """Make a template run."""
        file = parsed.source.place.file
        try:
            code = _code(parsed.source.text, file, self._filters)
        except (TemplateSyntaxError, *_TOO_MUCH) as error:
            return _syntax_fault(error, parsed.source)
        # A plain copy: each run of a template goes through its globals, which takes long in Jinja2's own mapping.
        return _Template.from_code(self._environment, code, dict(self._environment.globals))


_Filters = tuple[tuple[str, Callable[..., object]], ...]


class _Code(LimitedCode, CodeGenerator):
    pass


class _Environment(Limited, ImmutableSandboxedEnvironment):
    code_generator_class = _Code
    writers = (Macro, BlockReference, LoopContext)

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        tokens = self.lexer.tokeniter(source, name, filename, state)
        return TokenStream(self.lexer.wrap(_numbered(tokens), name, filename), name, filename)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The item of a mapping, else what Jinja2 finds. To look for an attribute first, as it does, takes long."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


class _Namespace(Namespace):
    """Values that a template sets. As a text it is no more than its name, since it may hold itself."""

    def __repr__(self) -> str:
        return "namespace"


class _Template(Template):
    """A template that runs within the limits. One that went beyond them is not run again."""

    _beyond: LimitError | None = None

    def render(self, *names: Any, **more: Any) -> str:
        if self._beyond is None:
            try:
                return counted(super().render, *names, **more)
            except LimitError as error:
                error.token, error.file = token_of(error, "")
                self._beyond = error.with_traceback(None)
        raise self._beyond


def _environment() -> _Environment:
    environment = _Environment(
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=_Undefined,
    )
    environment.template_class = _Template
    environment.filters, environment.tests = dict(_CHECKED_FILTERS), dict(_CHECKED_TESTS)
    del environment.globals["lipsum"]  # the same input gives the same output
    environment.globals["namespace"] = _Namespace
    return environment


_CHECKED_FILTERS, _CHECKED_TESTS = checked_filters(DEFAULT_FILTERS), checked_tests(DEFAULT_TESTS)


# What a text compiles to depends on nothing else, and a preview compiles the same ones again and again.
@lru_cache(maxsize=4096)
def _tree(text: str, file: str) -> nodes.Template:
    return _PROSE.parse(text, filename=file)


@lru_cache(maxsize=4096)
def _code(text: str, file: str, filters: _Filters) -> CodeType:
    return _compiling(filters).compile(_tree(text, file), file, file)


@lru_cache
def _compiling(filters: _Filters) -> _Environment:
    """An environment that compiles for these filters: the code depends on how each of them is to be called."""
    environment = _environment()
    environment.filters.update(filters)
    environment.finalize = _with_values(lambda value, _: value)
    return environment


def _named(text: str | None, file: str) -> tuple[str, str, None] | None:
    """A template with its file, so that an error in it can be placed."""
    return None if text is None else (text, file, None)


def _plain(write: Callable[..., str]) -> Callable[[object], str]:
    def finalize(value: object) -> str:
        if isinstance(value, Undefined):
            return str(value)  # which raises
        text = write(value)
        spend(0, len(text))
        return text

    return finalize


def _with_values(write: Callable[..., str]) -> Callable[[Context, object], str]:
    @pass_context
    def finalize(context: Context, value: object) -> str:
        if not isinstance(value, Undefined):
            spend(0, size_of(value))
            return write(value, context["values_"])
        return str(value)

    return finalize


class _UnknownError(UndefinedError):
    """A name that is not defined, and those that are."""

    def __init__(self, name: object, known: list[str], message: str) -> None:
        super().__init__(message)
        self.name = str(name)
        self.known = known


class _Undefined(StrictUndefined):
    """Says in plain words that a name is not defined."""

    __slots__ = ()

    def __init__(self, hint: str | None = None, obj: Any = None, name: Any = None, exc: Any = UndefinedError) -> None:
        known = [key for key in obj if isinstance(key, str)] if isinstance(obj, ReadOnly) else []
        raised: Any = partial(_UnknownError, name, known) if exc is UndefinedError else exc
        super().__init__(hint or f"'{name}' is not defined", obj, name, raised)


_PROSE = _environment()


# --- tokens --------------------------------------------------------------------------


def _numbered(tokens: Iterable[tuple[int, str, str]]) -> Iterator[tuple[int, str, str]]:
    """Tokens with their numbers in the place of their lines."""
    number = 0
    try:
        for number, (_, kind, text) in enumerate(tokens, 1):
            yield number, kind, text
    except TemplateSyntaxError as error:
        error.lineno = number
        raise


@lru_cache(maxsize=16)
def _spots(text: str) -> tuple[tuple[int, int], ...]:
    """Where each token of a template stands, and where the sign before it does."""
    spots = [(0, 0)]
    offset = sign = 0
    try:
        for _, kind, token in _PROSE.lexer.tokeniter(text, None):
            offset = max(offset, text.find(token, offset))  # Jinja2 leaves out some blanks before it
            sign = offset if kind.endswith("_begin") else sign
            spots.append((offset, sign))
            offset += len(token)
    except TemplateSyntaxError:
        pass  # it is known already; what is asked for is its place
    return tuple(spots)


_BARRED: dict[type[nodes.Node], str] = {
    nodes.FilterBlock: "filter",
    nodes.Extends: "extends",
    nodes.Import: "import",
    nodes.FromImport: "from",
}


@lru_cache(maxsize=4096)
def _uses(text: str, file: str) -> tuple[Any, ...]:
    """What a template names, as in `Parsed`."""
    found: list[nodes.Node] = [_tree(text, file)]
    for node in found:  # the list grows: a tree may be deeper than a function can call itself
        found.extend(node.iter_child_nodes())
    names = [node for node in found if isinstance(node, nodes.Name)]
    paths = [(path, node.lineno) for node in found if (path := _path(node))]
    return (
        tuple(Use(node.name, node.lineno) for node in names if node.ctx == "load"),
        tuple(paths),
        tuple(Use(node.name, node.lineno) for node in found if isinstance(node, nodes.Filter)),
        tuple(Use(node.name, node.lineno) for node in found if isinstance(node, nodes.Test)),
        tuple(
            Use(name, node.lineno)
            for node in found
            if isinstance(node, nodes.Include) and (name := _text(node.template))
        ),
        tuple(Use(_BARRED[type(node)], node.lineno) for node in found if type(node) in _BARRED),
        frozenset(
            [node.name for node in names if node.ctx != "load"]
            + [node.name for node in found if isinstance(node, nodes.Macro)]
        ),
        _printed(found),
    )


def _printed(found: list[nodes.Node]) -> frozenset[str]:
    """The names that stand in `<< name.field >>` only."""
    names = Counter(node.name for node in found if isinstance(node, nodes.Name))
    shown = [part for node in found if isinstance(node, nodes.Output) for part in node.nodes]
    printed = Counter(path[0] for part in shown if len(path := _path(part)) == 2)
    return frozenset(name for name, count in printed.items() if names[name] == count)


_DEEPEST = 20  # names in a path that are checked before a template runs


def _path(node: nodes.Node) -> tuple[str, ...]:
    """`a.b['c']` as names, or nothing where a part is not constant, or there are too many."""
    names: list[str] = []
    while len(names) < _DEEPEST and isinstance(node, (nodes.Getattr, nodes.Getitem)):
        name = node.attr if isinstance(node, nodes.Getattr) else _text(node.arg)
        if not name:
            return ()
        names.append(name)
        node = node.node
    return (node.name, *reversed(names)) if names and isinstance(node, nodes.Name) else ()


def _text(node: nodes.Node) -> str:
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else ""


# --- what is wrong -------------------------------------------------------------------

# What Jinja2 and Python raise for a template that is nested too deep or holds too long a number.
_TOO_MUCH = (RecursionError, MemoryError, SyntaxError, ValueError)


def token_of(error: BaseException, file: str) -> tuple[int, str]:
    """The innermost token of a template in a traceback, and the file it is of."""
    if isinstance(error, TemplateSyntaxError):
        return error.lineno, error.filename or file
    if isinstance(error, LimitError) and error.file:
        return error.token, error.file
    found = (0, file)
    trace = error.__traceback__
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:  # a frame that Jinja made for a template
            found = (trace.tb_lineno, trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    return found


def run_fault(error: Exception, source: Source, token: int, names: Iterable[str] = ()) -> Finding:
    """What went wrong while a template ran. `names` are the templates that it may include."""
    place = source.sign(token)
    if isinstance(error, TemplateSyntaxError):
        return _syntax_fault(error, source)
    if isinstance(error, _UnknownError):
        place = source.word(token, error.name, from_sign=True)
        return _finding(str(error), place, did_you_mean(error.name, error.known))
    if isinstance(error, TemplateNotFound):
        name = str(error.name)
        return _finding(f"there is no template '{name}'", source.word(token, name), did_you_mean(name, names))
    if isinstance(error, RecursionError):
        return _finding("the template includes itself without end, or is nested too deep", place)
    if isinstance(error, ZeroDivisionError):
        return _finding("a number cannot be divided by zero", place)
    if isinstance(error, TemplateError) and not isinstance(error, SecurityError):
        return _finding(str(error).split("\n")[0], place)
    if isinstance(error, OverflowError):
        return _finding("the number is too large", place)
    if isinstance(error, TypeError) and "argument" in str(error):
        return _finding("a filter or function has too few or too many arguments", place)
    return _finding("a value here is of the wrong kind", place)


def _finding(message: str, place: Place, hint: str = "") -> Finding:
    return Finding("template-error", message, place, hint)


def _syntax_fault(error: Exception, source: Source) -> Finding:
    """What is wrong with a template that cannot be read."""
    begin = "the template cannot be read: "
    if not isinstance(error, TemplateSyntaxError):
        # Nobody tells where; the expression with the most tokens is the one.
        place = source.at(Counter(sign for _, sign in _spots(source.text)).most_common(1)[0][0])
        too_long = isinstance(error, ValueError)
        return _finding(begin + ("it holds a number that is too large" if too_long else "it is nested too deep"), place)
    offset, sign = source.spot(error.lineno)
    slip = explained(error.message or "", source.text, offset, sign)
    return _finding(begin + slip.message, source.at(slip.offset, slip.length), slip.hint)
