"""Limits of templates: the steps of a run, the length of its output, the size of its values.

Pages and themes may come from untrusted authors. Limits count steps and sizes, never seconds, so that a template fails
at the same place on every machine. `LimitedCode` adds the counting to the code that Jinja2 compiles from a template,
and `Limited` to the functions that this code calls; `engine.py` combines both with the classes of Jinja2.
"""

from __future__ import annotations

import re
import string
import threading
from collections import defaultdict
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Sequence, ValuesView
from collections.abc import Mapping as ReadOnly
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

# A step is a node of a template that is executed; a call counts as ten.
MAX_STEPS = 1_000_000
MAX_OUTPUT = 50_000_000  # characters that a run writes
MAX_TEXT = 1_000_000  # characters of a text that an expression creates
MAX_ITEMS = 100_000  # of a list that an expression creates, including nested lists
_MAX_BITS = 10_000  # of a number
_CALL = 10
_STEPS_PER_ITEM = 1000  # more steps for each item of the lists that a template of the theme receives
_MAX_STRIPPED = 1000  # characters that a text is stripped of, or indented by
_COLLECTIONS = (list, tuple, dict, range, KeysView, ValuesView, ItemsView)
_TOO_LARGE = "the number is too large"
_INTERVAL = 100_000  # steps between two checks for an interruption


class LimitError(Exception):
    """A template exceeds a limit at the place given by `token` and `file`."""

    token, file = 0, ""


class AbandonedError(BaseException):
    """The result of a build is no longer needed. Not an Exception, so that no template or rule catches it."""


class _RunCount:
    """The steps and characters of one run. It may take `limit` steps; `next_check` is when to check them."""

    def __init__(self, items: int = 0) -> None:
        self.steps = self.text = self.next_check = 0
        self.limit = MAX_STEPS + _STEPS_PER_ITEM * items


class _Thread(threading.local):
    """The count of the template that runs on a thread, and the check for an interruption."""

    def __init__(self) -> None:
        self.run = _RunCount()
        self.check: Callable[[], None] | None = None


_THREAD = _Thread()
T = TypeVar("T")


def counted(function: Callable[..., T], names: ReadOnly[str, object], **more: Any) -> T:
    """Call a function with a count of its own.

    Lists among the names, such as all pages of a site, allow more steps, so that large sites can be built.
    """
    items = sum(len(value) for value in names.values() if isinstance(value, list))
    outer, _THREAD.run = _THREAD.run, _RunCount(items)
    try:
        return function(names, **more)
    finally:
        _THREAD.run = outer


@contextmanager
def interruptible(check: Callable[[], None]) -> Iterator[None]:
    """Call `check` regularly while templates run on this thread. It may raise AbandonedError to stop them."""
    _THREAD.check = check
    try:
        yield
    finally:
        _THREAD.check = None


def spend(steps: int, text: int = 0) -> None:
    """Count steps and written characters. Raises LimitError and AbandonedError."""
    run = _THREAD.run
    run.steps += steps
    if run.steps > run.next_check:
        if run.steps > run.limit:
            raise LimitError(f"the template takes more than {run.limit:,} steps")
        run.next_check = min(run.steps + _INTERVAL, run.limit)
        if _THREAD.check is not None:
            _THREAD.check()
    if text:
        run.text += text
        if run.text > MAX_OUTPUT:
            raise LimitError(f"the template writes more than {MAX_OUTPUT:,} characters")


def size_of(value: Any) -> int:
    """The length of a printed value: of a text, or of an object with a text."""
    try:
        return len(value if isinstance(value, str) else value.value.text)
    except (AttributeError, TypeError):
        return 10_000  # a table or a partial


def checked(value: T) -> T:
    """Return the value of an expression. Raises LimitError if it is too large; nested lists are not counted."""
    if isinstance(value, str):
        _check_length(len(value))
        spend(0, len(value))
    elif isinstance(value, (list, tuple, dict)):
        _check_items(len(value))
        spend(len(value))
    elif isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise LimitError(_TOO_LARGE)
    return value


def checked_deep(value: T) -> T:
    """Return a list or mapping. Raises LimitError if it is too large with all nested ones, which count repeatedly."""
    pending: list[Any] = [value]
    count = 0
    for item in pending:  # the list grows
        children = (
            [*item, *item.values()] if isinstance(item, dict) else item if isinstance(item, (list, tuple)) else ()
        )
        count += 1 + len(children)
        _check_items(count)
        pending += [child for child in children if isinstance(child, (list, tuple, dict))]
    spend(count)
    return value


def concatenated(parts: Iterable[object]) -> str:
    """The parts as one text. Raises LimitError."""
    texts = [str(part) for part in parts]
    _check_length(sum(map(len, texts)))
    return checked("".join(texts))


def _check_length(size: int) -> None:
    if size > MAX_TEXT:
        raise LimitError(f"the text has more than {MAX_TEXT:,} characters")


def _check_items(count: int) -> None:
    if count > MAX_ITEMS:
        raise LimitError(f"the list has more than {MAX_ITEMS:,} items")


def _check_number(value: object, limit: int) -> None:
    if isinstance(value, int) and abs(value) > limit:
        raise LimitError(f"{value:,} is more than {limit:,}" if abs(value) < 10**15 else _TOO_LARGE)


def _check_percent(text: str, values: object) -> None:
    """Check the result of `text % values`."""
    parts = values.values() if isinstance(values, ReadOnly) else values if isinstance(values, tuple) else (values,)
    _check_fields(text, re.findall(r"%[^%a-zA-Z]*", text), parts, "*")


def _check_format(text: str, values: Iterable[object]) -> None:
    """Check the result of `text.format(*values)`."""
    specs = [spec or "" for _, name, spec, _ in string.Formatter().parse(text) if name is not None]
    _check_fields(text, specs, values, "{")


def _check_fields(text: str, specs: Sequence[str], values: Iterable[object], variable: str) -> None:
    """Check a text whose fields are replaced by values. A width that is a value itself contains the sign `variable`."""
    if any(variable in spec or re.search("[0-9]{5}", spec) for spec in specs):
        raise LimitError("a width is too large")
    width = 10_000 * any(re.search("[0-9]", spec) for spec in specs)
    _check_length(len(text) + len(specs) * (max((len(str(value)) for value in values), default=0) + width))


# --- methods and filters -------------------------------------------------------------

FORBIDDEN_METHODS = frozenset({"translate", "expandtabs", "encode", "maketrans", "format_map"})  # of texts
_FORBIDDEN_FILTERS = frozenset({"random", "urlize", "wordwrap", "pprint"})  # random, or slower than linear
_MAX_ARGUMENT = {  # of methods and filters: the largest number, or the longest text to strip
    **dict.fromkeys(("center", "ljust", "rjust", "zfill"), MAX_TEXT),
    **dict.fromkeys(("batch", "slice"), MAX_ITEMS),
    **dict.fromkeys(("strip", "lstrip", "rstrip", "trim", "round", "tojson"), _MAX_STRIPPED),
}


def _check_call(name: str, text: Any, args: Sequence[Any], named: ReadOnly[str, Any]) -> None:
    """Check the arguments of a method of a text, or of a filter. Raises LimitError."""
    values = [*args, *named.values()]
    if name in _MAX_ARGUMENT:
        limit = _MAX_ARGUMENT[name]
        for value in values:
            _check_number(len(value) if isinstance(value, str) and limit == _MAX_STRIPPED else value, limit)
    elif name == "sum" and any(not isinstance(value, (int, float, str, type(None))) for value in values):
        raise LimitError("only numbers can be added up")
    elif name == "indent" and values:
        prefix = named.get("width", args[0] if args else 4)
        _check_number(prefix, _MAX_STRIPPED)
        size = len(prefix) if isinstance(prefix, str) else int(prefix)
        _check_length(len(str(text)) + (str(text).count("\n") + 1) * size)
    elif name == "replace" and len(values) > 1:
        old, new = (str(value) for value in values[:2])
        count = str(text).count(old) if old else len(str(text)) + 1
        _check_length(len(str(text)) + count * max(0, len(new) - len(old)))
    elif name == "striptags":  # it copies the text for each tag
        spend(str(text).count("<") * len(str(text)) >> 12)
    elif name == "format":
        _check_percent(str(text), named or tuple(args))


def _limited_filter(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    first = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def limited(*args: Any, **named: Any) -> Any:
        spend(_CALL + _steps_to_read(args[first : first + 1]))
        if name == "join":
            separator = named.get("d", args[first + 1] if len(args) > first + 1 else "")
            args = (*args[:first], _check_join(args[first], separator), *args[first + 1 :])
        else:
            _check_call(name, args[first] if len(args) > first else "", args[first + 1 :], named)
        return checked(function(*args, **named))

    return limited


def _check_join(values: Any, separator: object) -> Any:
    """Check the result of joining values. Returns them, an iterator as a list. Raises LimitError."""
    values = values if isinstance(values, (str, list, tuple)) else [*values]
    _check_length(sum(len(str(item)) for item in values) + len(str(separator)) * len(values))
    return values


def _steps_to_read(values: Iterable[object]) -> int:
    return sum(
        len(value) >> 6 if isinstance(value, str) else len(value) if isinstance(value, _COLLECTIONS) else 0
        for value in values
    )


def limited_filters(filters: ReadOnly[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Filters that check their limits, without those that cannot be limited."""
    return {name: _limited_filter(name, f) for name, f in filters.items() if name not in _FORBIDDEN_FILTERS}


def limited_tests(tests: ReadOnly[str, Any]) -> dict[str, Callable[..., Any]]:
    """Tests, such as `in`, that count steps for the values they read."""

    def limited(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def test(*args: Any) -> Any:
            spend(1 + _steps_to_read(args))
            return function(*args)

        return test

    return {name: limited(function) for name, function in tests.items()}


# --- calls from compiled templates ---------------------------------------------------


class Limited:
    """Mixin for an environment of Jinja2: limits calls, operators and values."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})
    writers: tuple[type, ...] = ()  # types of callables whose text is counted while they write it

    spend = staticmethod(spend)
    checked = staticmethod(checked)
    checked_deep = staticmethod(checked_deep)
    concatenated = staticmethod(concatenated)

    @staticmethod
    def compared(value: Any) -> Any:
        """Return an operand of a comparison, and count the steps to read it."""
        spend(1 + _steps_to_read((value,)))
        return value

    def call(__self, __context: Any, __called: Any, /, *args: Any, **named: Any) -> Any:  # noqa: N805 - names of templates differ
        """Call a function or a method."""
        spend(_CALL + _steps_to_read(args))
        owner = getattr(__called, "__self__", None)
        values = [value for name, value in named.items() if name not in _JINJA_ARGUMENTS]
        if isinstance(owner, str):
            spend(_steps_to_read((owner, *args)))
            if __called.__name__ == "join" and args:
                args = (_check_join(args[0], owner), *args[1:])
            else:
                _check_call(__called.__name__, owner, args, named)
        elif len(args) + len(named) > 1 and getattr(__called, "catch_varargs", True):
            checked_deep([*args, *values])  # they become a list
        elif named and getattr(__called, "catch_kwargs", True):
            checked_deep(values)
        result = cast("Any", super()).call(__context, __called, *args, **named)
        if isinstance(__called, __self.writers):
            return result
        return checked_deep(result) if isinstance(result, dict) else checked(result)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Evaluate `left operator right`."""
        check = checked
        if operator == "*" and not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
            raise LimitError("only numbers can be multiplied")
        if isinstance(left, int) and isinstance(right, int):
            bits = left.bit_length() * abs(right) if operator == "**" else left.bit_length() + right.bit_length()
            if bits > _MAX_BITS:
                raise LimitError(_TOO_LARGE)
        elif operator == "+" and isinstance(left, str) and isinstance(right, str):
            _check_length(len(left) + len(right))
        elif operator == "+" and isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
            check = checked_deep
        elif operator == "%" and isinstance(left, str):
            _check_percent(left, right)
        return check(cast("Any", super()).call_binop(context, operator, left, right))

    def wrap_str_format(self, value: Any) -> Any:
        """The method `format` of a text, or None for another value."""
        function = cast("Any", super()).wrap_str_format(value)

        def limited(*args: Any, **named: Any) -> Any:
            _check_format(value.__self__, [*args, *named.values()])
            return function(*args, **named)

        return limited if function else None

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may use an attribute."""
        allowed = not (isinstance(obj, str) and attr in FORBIDDEN_METHODS)
        return allowed and bool(cast("Any", super()).is_safe_attribute(obj, attr, value))


_JINJA_ARGUMENTS = ("_loop_vars", "_block_vars")  # that compiled code passes with each call
_REPEATED = ("For", "Macro", "CallBlock", "Block")  # statements whose body may run more than once


class LimitedCode:
    """Mixin for the code generator of Jinja2: the code of each repeated body counts its nodes and its text."""

    def blockvisit(self, nodes: Any, frame: Any) -> None:
        """Write the code of a body."""
        if id(nodes) in self._bodies:
            owner, steps, text = self._bodies[id(nodes)]
            cast("Any", self).writeline(f"environment.spend({steps}, {text})", owner)
        cast("Any", super()).blockvisit(nodes, frame)

    def visit(self, node: Any, *more: Any, **named: Any) -> None:
        """Write the code of a node, with checks of what it compares and creates."""
        code: Any = self
        kind = type(node).__name__
        if kind == "Template":
            self._bodies, self._compared = _bodies(node), set[int]()
        if kind == "Operand":  # the right side of a comparison
            self._compared.add(id(node.expr))
        elif kind == "For" and node.test is not None:  # if it is never true, the body does not run
            self._compared.add(id(node.test))
        checks = ["compared"] if id(node) in self._compared else []
        self._compared.discard(id(node))
        if kind in ("List", "Dict") or (kind == "Tuple" and node.ctx == "load"):
            checks.append("checked_deep")
        elif kind == "Getitem" and type(node.arg).__name__ == "Slice":
            checks.append("checked")
        for function in checks:
            code.write(f"environment.{function}(")
        cast("Any", super()).visit(node, *more, **named)
        code.write(")" * len(checks))

    def visit_Concat(self, node: Any, frame: Any) -> None:  # noqa: N802 - a name of Jinja2
        """Write the code of `a ~ b`."""
        code: Any = self
        code.write("environment.concatenated((")
        for part in node.nodes:
            code.visit(part, frame)
            code.write(", ")
        code.write("))")


def _bodies(template: Any) -> dict[int, tuple[Any, int, int]]:
    """By the id of each repeated body: its statement, its number of nodes and the characters of its text."""
    owners: dict[int, Any] = {id(template.body): template}
    steps: dict[int, int] = defaultdict(lambda: 1)
    text: dict[int, int] = defaultdict(int)
    pending = [(node, id(template.body)) for node in template.body]
    for node, body in pending:  # the list grows
        steps[body] += 1
        if type(node).__name__ == "TemplateData":
            text[body] += len(node.data)
        if type(node).__name__ in _REPEATED:
            owners[id(node.body)] = node
            pending += [(child, id(node.body)) for child in node.body]
            pending += [(child, body) for child in node.iter_child_nodes(exclude=("body",))]
        else:
            pending += [(child, body) for child in node.iter_child_nodes()]
    return {body: (owner, steps[body], text[body]) for body, owner in owners.items()}
