"""The limits of a template: how many steps a run takes, how much it writes, how large its values are.

A page or a theme may come from a stranger. Limits count steps and sizes, never seconds, so that a template stops at the
same place on every machine. `LimitedCode` adds the counting to the code that Jinja2 makes of a template, and `Limited`
to what this code calls. `jinja.py` puts both into Jinja2's classes.
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

# A step is a node of a template that runs; a call is worth ten.
MOST_STEPS = 1_000_000
MOST_TEXT = 50_000_000  # characters that a run writes
LONGEST = 1_000_000  # characters of a text that an expression makes
MOST_ITEMS = 100_000  # of a list that an expression makes, with all that is in it
_LARGEST = 10_000  # bits of a number
_CALL = 10
_PER_ITEM = 1000  # steps for each item of a list that a template of the theme gets
_WIDEST = 1000  # characters that a text is stripped of, or indented by
_LISTS = (list, tuple, dict, range, KeysView, ValuesView, ItemsView)
_LOOK = 100_000  # steps between two looks at whether to go on


class LimitError(Exception):
    """A template goes beyond a limit. `token` and `file` are where."""

    token, file = 0, ""


class AbandonedError(BaseException):
    """What is being made is not wanted any more. No template or rule may catch it, as it could an error."""


class _Run:
    """What a template that runs has used. It may take `most` steps; at `stop` there is something to check."""

    __slots__ = ("most", "steps", "stop", "text")

    def __init__(self, items: int = 0) -> None:
        self.steps = self.text = self.stop = 0
        self.most = MOST_STEPS + _PER_ITEM * items


class _Thread(threading.local):
    """The template that runs on this thread, and who is asked whether to go on."""

    def __init__(self) -> None:
        self.run = _Run()
        self.look: Callable[[], None] | None = None


_THREAD = _Thread()
_Result = TypeVar("_Result")


def counted(function: Callable[..., _Result], *arguments: Any, **named: Any) -> _Result:
    """Call a function and count from zero. What runs around it goes on with its own count.

    Lists among its names, such as all pages of a site, allow more steps: a large site is no attack.
    """
    thread = _THREAD
    items = sum(len(value) for names in arguments for value in names.values() if isinstance(value, list))
    before, thread.run = thread.run, _Run(items)
    try:
        return function(*arguments, **named)
    finally:
        thread.run = before


@contextmanager
def asking(look: Callable[[], None]) -> Iterator[None]:
    """Have `look` called often on this thread while templates run. It raises AbandonedError to stop."""
    _THREAD.look = look
    try:
        yield
    finally:
        _THREAD.look = None


def spend(steps: int, text: int = 0) -> None:
    """Count steps and written characters. Raises LimitError, and AbandonedError."""
    run = _THREAD.run
    run.steps += steps
    if run.steps > run.stop:
        _check_steps(run)
    if text:
        run.text += text
        if run.text > MOST_TEXT:
            raise LimitError(f"the template writes more than {MOST_TEXT:,} characters")


def _check_steps(run: _Run) -> None:
    if run.steps > run.most:
        raise LimitError(f"the template takes more than {run.most:,} steps")
    run.stop = min(run.steps + _LOOK, run.most)
    if _THREAD.look is not None:
        _THREAD.look()


def size_of(value: Any) -> int:
    """How many characters something that is printed has: a text, or an object of the site with a text."""
    try:
        return len(value if isinstance(value, str) else value.value.text)
    except (AttributeError, TypeError):
        return 10_000  # a table or a partial


# --- values --------------------------------------------------------------------------


def measured(value: Any) -> Any:
    """A value that an expression made. Raises LimitError."""
    if isinstance(value, str):
        if len(value) > LONGEST:
            raise LimitError(f"the text has more than {LONGEST:,} characters")
        spend(0, len(value))
    elif isinstance(value, (list, tuple, dict)):
        if len(value) > MOST_ITEMS:
            raise LimitError(f"the list has more than {MOST_ITEMS:,} items")
        spend(len(value))
    elif isinstance(value, int) and value.bit_length() > _LARGEST:
        raise LimitError("the number is too large")
    return value


def made(value: Any) -> Any:
    """A list or mapping that holds others. Each is counted as often as it is in there: to write it takes that long."""
    waiting, count = [value], 0
    while waiting:
        one = waiting.pop()
        inside = [*one, *one.values()] if isinstance(one, dict) else one if isinstance(one, (list, tuple)) else ()
        count += 1 + len(inside)
        if count > MOST_ITEMS:
            raise LimitError(f"the list has more than {MOST_ITEMS:,} items")
        waiting += [item for item in inside if isinstance(item, (list, tuple, dict))]
    spend(count)
    return value


def joined(parts: Iterable[object], between: str = "") -> str:
    """Texts as one. Raises LimitError."""
    texts = [part if isinstance(part, str) else str(part) for part in parts]
    _room(sum(map(len, texts)) + len(between) * len(texts))
    return cast("str", measured(between.join(texts)))


def _room(size: int) -> None:
    """Raise LimitError where a text of a size is too long, before it is made."""
    if size > LONGEST:
        raise LimitError(f"the text has more than {LONGEST:,} characters")


def _width(value: object, most: int) -> None:
    if isinstance(value, int) and abs(value) > most:
        raise LimitError(f"{value:,} is more than {most:,}" if abs(value) < 10**15 else "the number is too large")


def _longest(values: Iterable[object]) -> int:
    """The length of the longest of some values as texts."""
    return max((len(value) if isinstance(value, str) else len(str(value)) for value in values), default=0)


def _percent(text: str, values: object) -> None:
    """Check what `%` is to put into a text."""
    if re.search(r"%[^%a-zA-Z]*(\*|[0-9]{5})", text):
        raise LimitError("a width is too large")
    given = values.values() if isinstance(values, ReadOnly) else values if isinstance(values, tuple) else (values,)
    _room(len(text) + text.count("%") * (_longest(given) + 10_000 * bool(re.search(r"%[^%a-zA-Z]*[0-9]", text))))


def _braces(text: str, values: Iterable[object]) -> None:
    """Check what `format` is to put into a text."""
    fields = [spec or "" for _, name, spec, _ in string.Formatter().parse(text) if name is not None]
    if any(re.search(r"\{|[0-9]{5}", spec) for spec in fields):
        raise LimitError("a width is too large")
    wide = 10_000 if any(re.search("[0-9]", spec) for spec in fields) else 0
    _room(len(text) + len(fields) * (_longest(values) + wide))


# --- methods and filters -------------------------------------------------------------

BARRED = frozenset({"translate", "expandtabs", "encode", "maketrans", "format_map"})  # methods of texts
# Filters that take a time which grows faster than the text.
_WITHOUT = frozenset({"random", "urlize", "wordwrap", "pprint"})
_MOST_OF = {  # what the numbers that a method or filter is given, or the texts that it strips, may be at most
    **dict.fromkeys(("center", "ljust", "rjust", "zfill"), LONGEST),
    **dict.fromkeys(("batch", "slice"), MOST_ITEMS),
    **dict.fromkeys(("strip", "lstrip", "rstrip", "trim", "round", "tojson"), _WIDEST),
}


def _check(name: str, text: Any, args: Sequence[Any], named: ReadOnly[str, Any]) -> None:
    """Check what a method of a text or a filter is to do. Raises LimitError."""
    given = [*args, *named.values()]
    if name in _MOST_OF:
        most = _MOST_OF[name]
        for value in given:
            _width(len(value) if isinstance(value, str) and most == _WIDEST else value, most)
    elif name == "sum" and any(not isinstance(value, (int, float, str, type(None))) for value in given):
        raise LimitError("only numbers can be added up")
    elif name == "indent" and given:
        prefix = named.get("width", args[0] if args else 4)
        _width(prefix, _WIDEST)
        size = len(prefix) if isinstance(prefix, str) else int(prefix)
        _room(len(str(text)) + (str(text).count("\n") + 1) * size)
    elif name == "replace" and len(given) > 1:
        old, new = (str(value) for value in given[:2])
        _room(len(str(text)) + (str(text).count(old) if old else len(str(text)) + 1) * max(0, len(new) - len(old)))
    elif name == "striptags":  # which copies the text for each tag
        spend(str(text).count("<") * len(str(text)) >> 12)
    elif name == "format":
        _percent(str(text), named or tuple(args))


def _checked_filter(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    first = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def checked(*args: Any, **named: Any) -> Any:
        spend(_CALL + _read(args[first : first + 1]))
        if name == "join":
            between = named.get("d", args[first + 1] if len(args) > first + 1 else "")
            args = (*args[:first], _to_join(args[first], between), *args[first + 1 :])
        else:
            _check(name, args[first] if len(args) > first else "", args[first + 1 :], named)
        return measured(function(*args, **named))

    return checked


def _to_join(values: Any, between: object) -> Any:
    """What is to be joined, as a list, since it may be one that can be gone through only once. Raises LimitError."""
    values = values if isinstance(values, (str, list, tuple)) else [*values]
    _room(sum(len(str(item)) for item in values) + len(str(between)) * len(values))
    return values


def _read(values: Iterable[object]) -> int:
    """How many steps it takes to read some values."""
    return sum(
        len(value) >> 6 if isinstance(value, str) else len(value) if isinstance(value, _LISTS) else 0
        for value in values
    )


def checked_filters(filters: ReadOnly[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Filters within the limits, without those that cannot be limited."""
    return {name: _checked_filter(name, function) for name, function in filters.items() if name not in _WITHOUT}


def _call_method(text: str, name: str, args: tuple[Any, ...], named: ReadOnly[str, Any]) -> tuple[Any, ...]:
    """Check a call of a method of a text. Returns the arguments to call it with."""
    spend(_read((text, *args)))
    if name == "join" and args:
        return (_to_join(args[0], text), *args[1:])
    _check(name, text, args, named)
    return args


def checked_tests(tests: ReadOnly[str, Any]) -> dict[str, Callable[..., Any]]:
    """Tests, such as `in`, that count what they read."""
    return {name: _checked_test(function) for name, function in tests.items()}


def _checked_test(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def checked(*args: Any) -> Any:
        spend(1 + _read(args))
        return function(*args)

    return checked


# --- what Jinja2 calls ---------------------------------------------------------------


class Limited:
    """For an environment of Jinja2: each call, operator and value is within the limits."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})
    writers: tuple[type, ...] = ()  # types of what is called and writes text, which is counted as it is written

    spend = staticmethod(spend)
    made = staticmethod(made)
    measured = staticmethod(measured)
    joined = staticmethod(joined)

    @staticmethod
    def compared(value: Any) -> Any:
        """A side of a comparison."""
        spend(1 + _read((value,)))
        return value

    def call(__self, __context: Any, __called: Any, /, *args: Any, **named: Any) -> Any:  # noqa: N805 - names of templates differ
        """Call a function or a method."""
        spend(_CALL + _read(args))
        owner = getattr(__called, "__self__", None)
        if isinstance(owner, str):
            args = _call_method(owner, __called.__name__, args, named)
        elif len(args) + len(named) > 1 and getattr(__called, "catch_varargs", True):
            made([*args, *(value for name, value in named.items() if name not in _OF_JINJA)])  # they become a list
        elif named and getattr(__called, "catch_kwargs", True):
            made([value for name, value in named.items() if name not in _OF_JINJA])
        result = cast("Any", super()).call(__context, __called, *args, **named)
        if isinstance(__called, __self.writers):
            return result
        return made(result) if isinstance(result, dict) else measured(result)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Compute, but not without bound: a small mistake would fill the memory."""
        if operator == "*" and not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
            raise LimitError("only numbers can be multiplied")
        if isinstance(left, int) and isinstance(right, int):
            bits = left.bit_length() * abs(right) if operator == "**" else left.bit_length() + right.bit_length()
            if bits > _LARGEST:
                raise LimitError("the number is too large")
        elif operator == "+" and isinstance(left, str) and isinstance(right, str):
            _room(len(left) + len(right))
        elif operator == "+" and isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
            return made(cast("Any", super()).call_binop(context, operator, left, right))
        elif operator == "%" and isinstance(left, str):
            _percent(left, right)
        return measured(cast("Any", super()).call_binop(context, operator, left, right))

    def wrap_str_format(self, value: Any) -> Any:
        """The method `format` of a text."""
        function = cast("Any", super()).wrap_str_format(value)
        if function is None:
            return None

        def checked(*args: Any, **named: Any) -> Any:
            _braces(value.__self__, [*args, *named.values()])
            return function(*args, **named)

        return checked

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may use an attribute."""
        if isinstance(obj, str) and attr in BARRED:
            return False
        return bool(cast("Any", super()).is_safe_attribute(obj, attr, value))


_OF_JINJA = ("_loop_vars", "_block_vars")  # what its code hands on with each call
_OWNERS = ("For", "Macro", "CallBlock", "Block")  # statements of which the body runs more than once


class LimitedCode:
    """For the code generator of Jinja2: each body that may run often counts its nodes and its text when it runs."""

    def __init__(self, *given: Any, **named: Any) -> None:
        cast("Any", super()).__init__(*given, **named)
        self._bodies: dict[int, tuple[Any, int, int]] = {}
        self._compared: set[int] = set()

    def visit_Template(self, node: Any, frame: Any = None) -> None:  # noqa: N802 - here and below Jinja2's names
        """Write the code of a template."""
        self._bodies = _bodies(node)
        cast("Any", super()).visit_Template(node, frame)

    def blockvisit(self, nodes: Any, frame: Any) -> None:
        """Write the code of a body."""
        code: Any = self
        if id(nodes) in self._bodies:
            owner, steps, text = self._bodies[id(nodes)]
            code.writeline(f"environment.spend({steps}, {text})", owner)
        cast("Any", super()).blockvisit(nodes, frame)

    def visit(self, node: Any, *more: Any, **named: Any) -> None:
        """Write the code of a node: what it compares is counted, and what it makes is measured."""
        code: Any = self
        kind = type(node).__name__
        if kind == "Operand":  # the right side of a comparison
            self._compared.add(id(node.expr))
        elif kind == "For" and node.test is not None:  # where it is never true, the body does not run
            self._compared.add(id(node.test))
        within = ["compared"] if id(node) in self._compared else []
        self._compared.discard(id(node))
        if kind in ("List", "Dict") or (kind == "Tuple" and node.ctx == "load"):
            within.append("made")
        elif kind == "Getitem" and type(node.arg).__name__ == "Slice":
            within.append("measured")
        for function in within:
            code.write(f"environment.{function}(")
        cast("Any", super()).visit(node, *more, **named)
        code.write(")" * len(within))

    def visit_Concat(self, node: Any, frame: Any) -> None:  # noqa: N802
        """Write the code of `a ~ b`."""
        code: Any = self
        code.write("environment.joined((")
        for part in node.nodes:
            code.visit(part, frame)
            code.write(", ")
        code.write("))")


def _bodies(template: Any) -> dict[int, tuple[Any, int, int]]:
    """For each body that may run more than once, by its id: its statement, its nodes and the characters of its text."""
    owners: dict[int, Any] = {id(template.body): template}
    steps: dict[int, int] = defaultdict(lambda: 1)
    text: dict[int, int] = defaultdict(int)
    waiting = [(node, id(template.body)) for node in template.body]
    while waiting:
        node, body = waiting.pop()
        steps[body] += 1
        if type(node).__name__ == "TemplateData":
            text[body] += len(node.data)
        if type(node).__name__ in _OWNERS:
            owners[id(node.body)] = node
            waiting += [(below, id(node.body)) for below in node.body]
            waiting += [(below, body) for below in node.iter_child_nodes(exclude=("body",))]
        else:
            waiting += [(below, body) for below in node.iter_child_nodes()]
    return {body: (owner, steps[body], text[body]) for body, owner in owners.items()}
