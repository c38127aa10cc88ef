"""Jinja2 with the delimiters `<< >>`, `<% %>` and `<# #>`, and its errors as findings with exact places.

Jinja2 reports the lines of errors only. Here it receives the numbers of tokens in place of line numbers; the number of
a token leads to its line and column.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from contextlib import suppress
from functools import lru_cache, partial
from types import CodeType
from typing import Any, NamedTuple, cast

from jinja2 import FunctionLoader, StrictUndefined, Template, Undefined, nodes, pass_context
from jinja2.compiler import CodeGenerator
from jinja2.exceptions import SecurityError, TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError
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
    counted,
    limited_filters,
    limited_tests,
    size_of,
    spend,
)
from sitegen.templates.loops import lost_sets
from sitegen.templates.syntax_errors import explain_syntax_error
from sitegen.templates.tokens import with_line_ends

_Filters = tuple[tuple[str, Callable[..., object]], ...] | None


@frozen
class Source:
    """The text of a template that begins at `place`. All of its lines begin in the same column."""

    text: str
    place: Place

    def at(self, offset: int, length: int = 2) -> Place:
        """The place of an offset in the text."""
        line = self.place.line + self.text.count("\n", 0, offset)
        column = self.place.column + offset - (self.text.rfind("\n", 0, offset) + 1)
        return Place(self.place.file, line, column, length)

    def sign(self, token: int) -> Place:
        """The place of the `<<` or `<%` before a token."""
        return self.at(self.offsets(token)[1])

    def word(self, token: int, word: str, *, from_sign: bool = False) -> Place:
        """The first place of a word from a token on, or from the sign before it."""
        offset, sign = self.offsets(token)
        match = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)").search(self.text, sign if from_sign else offset)
        return self.at(match.start(), len(word)) if match else self.at(sign)

    def offsets(self, token: int) -> tuple[int, int]:
        """The offsets of a token and of the sign before it."""
        offsets = _token_offsets(self.text)
        return offsets[min(token, len(offsets) - 1)]


class Use(NamedTuple):
    """A name that a template uses, and the number of its token."""

    name: str
    token: int


@frozen
class Parsed:
    """A parsed template: the names that it uses, and those that it sets.

    `paths` are attributes such as `a.b['c']`. `forbidden` are statements that change text with values, or define names
    that no schema has. `printed` are names used only to print fields, as in `<< a.b >>`. `lost` are set in vain.
    """

    source: Source
    names: tuple[Use, ...]
    paths: tuple[tuple[tuple[str, ...], int], ...]
    filters: tuple[Use, ...]
    tests: tuple[Use, ...]
    includes: tuple[Use, ...]
    forbidden: tuple[Use, ...]
    sets: frozenset[str]
    printed: frozenset[str]
    lost: tuple[Use, ...]


def parse_template(source: Source) -> Parsed | Finding:
    """Parse a template; a finding if it is invalid."""
    try:
        return Parsed(source, *_uses(source.text, source.place.file))
    except (TemplateSyntaxError, *_COMPILER_LIMITS) as error:
        return _syntax_finding(error, source)


class _UnknownNameError(UndefinedError):
    """A name is not defined; `known` are those that are."""

    def __init__(self, name: object, known: list[str], message: str) -> None:
        super().__init__(message)
        self.name, self.known = str(name), known


class _Undefined(StrictUndefined):
    """An undefined name; it raises an error that has the defined ones."""

    __slots__ = ()

    def __init__(self, hint: str | None = None, obj: Any = None, name: Any = None, exc: Any = UndefinedError) -> None:
        known = [key for key in obj if isinstance(key, str)] if isinstance(obj, ReadOnly) else []
        raised: Any = partial(_UnknownNameError, name, known) if exc is UndefinedError else exc
        super().__init__(hint or f"'{name}' is not defined", obj, name, raised)


class _Namespace(Namespace):
    """A namespace of a template. Its text does not include its values, since it may contain itself."""

    def __repr__(self) -> str:
        return "namespace"


class _LimitedCodeGenerator(LimitedCode, CodeGenerator):
    pass


class LimitedTemplate(Template):
    """A template that runs within the limits. After it exceeds one, it does not run again."""

    _exceeded: LimitError | None = None

    def render(self, names: ReadOnly[str, object], /, **more: object) -> str:
        if self._exceeded is None:
            try:
                return counted(super().render, names, **more)
            except LimitError as error:
                error.token, error.file = token_of(error, "")
                self._exceeded = error.with_traceback(None)
        raise self._exceeded


_FILTERS, _TESTS = limited_filters(DEFAULT_FILTERS), limited_tests(DEFAULT_TESTS)


class Engine(Limited, ImmutableSandboxedEnvironment):
    """Loads the named templates of a folder, and compiles unnamed ones. `read` returns the text of a named one.

    `write` converts each printed value to text. With `filters` it also receives `values_`, a variable of each run.
    """

    code_generator_class = _LimitedCodeGenerator
    template_class = LimitedTemplate
    writers = (Macro, BlockReference, LoopContext)

    def __init__(
        self,
        read: Callable[[str], str | None],
        folder: str,
        write: Callable[..., str],
        filters: ReadOnly[str, Callable[..., object]] | None = None,
    ) -> None:
        super().__init__(
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
            finalize=_plain(write) if filters is None else _with_values(write),
            loader=FunctionLoader(lambda name: None if (text := read(name)) is None else (text, folder + name, None)),
        )
        self.own_filters = None if filters is None else tuple(filters.items())
        self.filters, self.tests = {**_FILTERS, **(filters or {})}, dict(_TESTS)
        del self.globals["lipsum"]  # it is random
        self.globals["namespace"] = _Namespace

    def compile_parsed(self, parsed: Parsed) -> LimitedTemplate | Finding:
        """Compile a template; a finding if that exceeds a limit of Jinja2 or Python."""
        try:
            code = self.compile(parsed.source.text, parsed.source.place.file)
        except (TemplateSyntaxError, *_COMPILER_LIMITS) as error:
            return _syntax_finding(error, parsed.source)
        return cast("LimitedTemplate", LimitedTemplate.from_code(self, code, self.make_globals(None)))

    def compile(self, source: Any, name: str | None = None, filename: str | None = None, *_: object) -> Any:
        """The code of a template, which is cached: a preview compiles the same templates repeatedly."""
        return _code(source, filename or name or "", self.own_filters)

    def make_globals(self, d: Any) -> dict[str, Any]:
        """The globals of a template as a dict: each run copies them, which is slow with the ChainMap of Jinja2."""
        return {**self.globals, **(d or {})}

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        tokens = with_line_ends(_numbered(self.lexer.tokeniter(source, name, filename, state)), filename)
        return TokenStream(self.lexer.wrap(tokens, name, filename), name, filename)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The item of a mapping, else the attribute. Those of mappings and of named tuples need no check by Jinja2."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        is_field = attribute in getattr(type(obj), "_fields", ())
        return getattr(obj, attribute) if is_field else super().getattr(obj, attribute)


def _plain(write: Callable[..., str]) -> Callable[[object], str]:
    def finalize(value: object) -> str:
        text = str(value) if isinstance(value, Undefined) else write(value)  # the former raises
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


_PARSER = Engine(lambda _: None, "", str)


@lru_cache(maxsize=4096)
def _tree(text: str, file: str) -> nodes.Template:
    return _PARSER.parse(text, filename=file)


@lru_cache(maxsize=4096)
def _code(text: str, file: str, filters: _Filters) -> CodeType:
    return ImmutableSandboxedEnvironment.compile(_compiler(filters), _tree(text, file), file, file)


@lru_cache
def _compiler(filters: _Filters) -> Engine:
    """An engine for compilation. The code depends on the arguments that Jinja2 passes to each filter and to `write`."""
    return Engine(lambda _: None, "", str, None if filters is None else dict(filters))


def _numbered(tokens: Iterable[tuple[int, str, str]]) -> Iterator[tuple[int, str, str]]:
    """Tokens with their numbers in place of their lines."""
    number = 0
    try:
        for number, (_, kind, text) in enumerate(tokens, 1):
            yield number, kind, text
    except TemplateSyntaxError as error:
        error.lineno = number
        raise


@lru_cache(maxsize=16)
def _token_offsets(text: str) -> tuple[tuple[int, int], ...]:
    """The offsets of each token and of the sign before it, up to a syntax error."""
    offsets = [(0, 0)]
    offset = sign = 0
    with suppress(TemplateSyntaxError):
        for _, kind, token in _PARSER.lexer.tokeniter(text, None):
            offset = max(offset, text.find(token, offset))  # Jinja2 drops some blanks before it
            sign = offset if kind.endswith("_begin") else sign
            offsets.append((offset, sign))
            offset += len(token)
    return tuple(offsets)


_FORBIDDEN = {"FilterBlock": "filter", "Extends": "extends", "Import": "import", "FromImport": "from"}


@lru_cache(maxsize=4096)
def _uses(text: str, file: str) -> tuple[Any, ...]:
    """The fields of `Parsed` from `names` on."""
    tree: list[nodes.Node] = [_tree(text, file)]
    for node in tree:  # the list grows; recursion could exceed the limit of Python
        tree.extend(node.iter_child_nodes())
    names = [node for node in tree if isinstance(node, nodes.Name)]
    includes = [Use(_text(node.template), node.lineno) for node in tree if isinstance(node, nodes.Include)]
    return (
        tuple(Use(node.name, node.lineno) for node in names if node.ctx == "load"),
        tuple((path, node.lineno) for node in tree if (path := _path(node))),
        tuple(Use(node.name, node.lineno) for node in tree if isinstance(node, nodes.Filter)),
        tuple(Use(node.name, node.lineno) for node in tree if isinstance(node, nodes.Test)),
        tuple(use for use in includes if use.name),
        tuple(Use(name, node.lineno) for node in tree if (name := _FORBIDDEN.get(type(node).__name__))),
        frozenset(node.name for node in names if node.ctx != "load")
        | frozenset(node.name for node in tree if isinstance(node, nodes.Macro)),
        _printed(tree),
        tuple(Use(*lost) for lost in lost_sets(tree[0])),
    )


def _printed(tree: list[nodes.Node]) -> frozenset[str]:
    """The names that are used in `<< name.field >>` only."""
    names = Counter(node.name for node in tree if isinstance(node, nodes.Name))
    outputs = [part for node in tree if isinstance(node, nodes.Output) for part in node.nodes]
    printed = Counter(path[0] for part in outputs if len(path := _path(part)) == 2)
    return frozenset(name for name, count in printed.items() if names[name] == count)


_MAX_PATH = 20  # names in a path that are checked before a template runs


def _path(node: nodes.Node) -> tuple[str, ...]:
    """The names of a path such as `a.b['c']`; empty if a part is not constant, or the path is too long."""
    names: list[str] = []
    while len(names) < _MAX_PATH and isinstance(node, (nodes.Getattr, nodes.Getitem)):
        name = node.attr if isinstance(node, nodes.Getattr) else _text(node.arg)
        if not name:
            return ()
        names.append(name)
        node = node.node
    return (node.name, *reversed(names)) if names and isinstance(node, nodes.Name) else ()


def _text(node: nodes.Node) -> str:
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else ""


# --- errors --------------------------------------------------------------------------

# Raised for a template that is nested too deeply or contains too long a number.
_COMPILER_LIMITS = (RecursionError, MemoryError, SyntaxError, ValueError)


def token_of(error: BaseException, file: str) -> tuple[int, str]:
    """The innermost token of a template in a traceback, and its file."""
    if isinstance(error, TemplateSyntaxError):
        return error.lineno, error.filename or file
    if isinstance(error, LimitError) and error.file:
        return error.token, error.file
    innermost = (0, file)
    trace = error.__traceback__
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:  # a frame of compiled template code
            innermost = (trace.tb_lineno, trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    return innermost


_MESSAGES: dict[type[Exception], str] = {
    RecursionError: "the template includes itself, or is nested too deeply",
    ZeroDivisionError: "division by zero",
    OverflowError: "the number is too large",
}


def runtime_finding(error: Exception, source: Source, token: int, names: Iterable[str] = ()) -> Finding:
    """The finding for an exception at a token of a template. `names` are the templates that it may include."""
    place = source.sign(token)
    if isinstance(error, TemplateSyntaxError):
        return _syntax_finding(error, source)
    if isinstance(error, _UnknownNameError):
        place = source.word(token, error.name, from_sign=True)
        return _finding(str(error), place, did_you_mean(error.name, error.known))
    if isinstance(error, TemplateNotFound):
        name = str(error.name)
        return _finding(f"unknown template '{name}'", source.word(token, name), did_you_mean(name, names))
    if isinstance(error, TemplateError) and not isinstance(error, SecurityError):
        return _finding(str(error).split("\n")[0], place)
    if isinstance(error, TypeError) and "argument" in str(error):
        return _finding("wrong number of arguments for a filter or function", place)
    hint = "only numbers can be ordered" if "not supported between" in str(error) else ""
    return _finding(_MESSAGES.get(type(error), "a value here has the wrong type"), place, hint)


def _finding(message: str, place: Place, hint: str = "") -> Finding:
    return Finding("template-error", message, place, hint)


def _syntax_finding(error: Exception, source: Source) -> Finding:
    """The finding for an exception of the parser or the compiler."""
    if not isinstance(error, TemplateSyntaxError):
        # The exception has no place; most likely it is the expression with the most tokens.
        place = source.at(Counter(sign for _, sign in _token_offsets(source.text)).most_common(1)[0][0])
        message = "a number is too large" if isinstance(error, ValueError) else "it is nested too deeply"
        return _finding(f"invalid template: {message}", place)
    fault = explain_syntax_error(error.message or "", source.text, *source.offsets(error.lineno))
    return _finding(f"invalid template: {fault.message}", source.at(fault.offset, fault.length), fault.hint)
