"""Page files: their front matter and body, read and compiled once and filled for many pages.

A filled page is a text with marks for values, tables and partials, which `blocks.py` parses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from collections.abc import Mapping as ReadOnly
from datetime import date

from sitegen.facts.alternatives import EVERYWHERE, ROLES, Scope, check_scope, in_period, period_of, scope_at
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.markdown.blocks import ALERT, FENCE_BREAK, LEVELS
from sitegen.markdown.kinds import BOTH, Kind, names_for, read_kind
from sitegen.markdown.scanner import with_fences
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence
from sitegen.source.yaml_reader import split_front_matter
from sitegen.templates.template import Compiler, Schema, Template

_OWN_KEYS = ("for", "from", "until", "each", "page")


@frozen
class Page:
    """A page file. `meta` is its front matter, `own` that for single formats; `names` are those that both refer to."""

    file: str
    place: Place
    kind: Kind
    scope: Scope
    since: date | None
    until: date | None
    meta: ReadOnly[str, MetaTemplate]
    own: ReadOnly[str, ReadOnly[str, MetaTemplate]]
    names: frozenset[str]
    body: Template

    def applies(self, ids: frozenset[str], day: date) -> bool:
        """Whether this page, or this edition of it, is published for a context on a day."""
        return in_period(self.since, self.until, day) and self.scope.applies(ids)


@frozen
class MetaText:
    """A text of the front matter; `typed` means that its output is a number, a boolean or null."""

    template: Template
    typed: bool


MetaTemplate = MetaText | tuple["MetaTemplate", ...] | dict[str, "MetaTemplate"]
_TYPED = re.compile(r"-?(?:0[0-7]*|[1-9][0-9]{0,14})|true|false|null|~?")


# --- reading -------------------------------------------------------------------------

_VALUES = re.compile(r"[ \t]+values(?=[ \t]|$)")


def protect_fences(text: str, begin: Place, report: Report) -> str:
    """Disable template delimiters inside fenced code, unless the info string has the word `values`.

    The text begins at `begin` and ends with a line break. Code that is not closed is reported if it certainly is code,
    or if it contains template delimiters.
    """
    lines = text.split("\n")
    for index, end, fence in [*with_fences(lines)]:
        if fence is None:
            continue
        if end == len(lines) and (_is_unclosed(text, lines[index]) or _PRINTS.search("\n".join(lines[index:]))):
            ticks = fence["fence"]
            place = Place(begin.file, begin.line + index, fence.start("fence") + 1, len(ticks))
            hint = f"close it with a line {ticks}"
            report(Finding("open-fence", "the code that begins here is not closed", place, hint))
            lines.insert(-1, ticks)
        if _VALUES.search(fence["info"]):
            lines[index] = _VALUES.sub("", lines[index], count=1)
        else:
            lines[index:end] = [re.sub("<(?=[<%#])", f"<{FENCE_BREAK}", line) for line in lines[index:end]]
    return "\n".join(lines)


_PRINTS = re.compile("<[<%]")
# Text in which a line that looks like a fence may not be one, or may close another block.
_AMBIGUOUS_FENCE = re.compile(
    r"^(?: {4}|[ ]*\t)[ \t>]*(?:`{3}|~{3})|<!--|<(?:pre|script|style|textarea)\b|<#|<%-?\s*raw\b", re.MULTILINE
)


def _is_unclosed(text: str, line: str) -> bool:
    """Whether CommonMark reads an unclosed fence on a line as code up to the end of the page."""
    return re.match(r" {0,3}(?:`{3}|~{3})", line) is not None and _AMBIGUOUS_FENCE.search(text) is None


_CODE = re.compile("<<.*?>>|<%.*?%>", re.DOTALL)
_CONDITION = re.compile(
    r"""\b(dialect|product\.id|library\.id)\s*(?:[=!]=|(?:\bnot\s+)?\bin\b)\s*(\[[^\]]*\]|\([^)]*\)|"[^"]*"|'[^']*')"""
)
_QUOTED = re.compile(r"""(["'])([^"']*)\1""")


def _unknown_names(
    body: Template, formats: tuple[str, ...], datasets: ReadOnly[str, Container[str]]
) -> Iterator[Finding]:
    """Alerts of unknown levels, which would become quotes, and conditions on unknown names, which are never true."""
    texts = (body.source, *body.includes.values())
    for level in (level for text in texts for level in ALERT.findall(text)):
        if level.lower() not in LEVELS:
            hint = did_you_mean(level, [known.upper() for known in LEVELS])
            yield Finding("unknown-alert", f"unknown alert '{level}'", body.find(f"[!{level}]"), hint)
    code = (piece for text in texts for piece in _CODE.findall(text))
    for condition in (match for piece in code for match in _CONDITION.finditer(piece)):
        place = body.find(condition[0])._replace(length=len(condition[0]))
        dataset = ROLES.get(condition[1].removesuffix(".id"), "")
        ids = tuple(sorted(id_ for id_, names in datasets.items() if dataset in names))
        for _, name in _QUOTED.findall(condition[2]):
            if not dataset and name not in formats:
                yield Finding("unknown-dialect", f"unknown format '{name}'", place, did_you_mean(name, formats))
            elif ids and name not in ids:
                yield Finding("unknown-id", f"{dataset} has no record '{name}'", place, did_you_mean(name, ids))


def load_page(
    file: str,
    text: str,
    compiler: Compiler,
    schema: Schema,
    datasets: ReadOnly[str, set[str]],
    formats: tuple[str, ...],
    report: Report,
) -> Page | None:
    """Read and compile a page file. Reports problems; returns None if the page cannot be used.

    `datasets` are those of each id.
    """
    front, body, first_line = split_front_matter(text, file, report)
    if front is None:
        return None
    since, until = period_of(front, report)
    scope = scope_at(front, report)
    check_scope(scope or EVERYWHERE, datasets, report)
    kind = read_kind(front, schema, report)
    schema = names_for(kind or BOTH, schema)
    _check_published(kind or BOTH, scope or EVERYWHERE, datasets, report)
    lines = text.split("\n")

    def compile_text(node: Scalar) -> MetaTemplate:
        compiled = compiler.compile(node.text, _begin_of(node, lines), schema, report, column=True)
        return MetaText(compiled, node.plain and _TYPED.fullmatch(node.text) is not None) if compiled else ()

    meta, own = _read_meta(front, formats, compile_text, report)
    has_title = _check_title(front, file, formats, report)
    begin = Place(file, first_line, 1)
    compiled = compiler.compile(protect_fences(body, begin, report), begin, schema, report)
    if compiled is None or scope is None or kind is None or not has_title:
        return None
    for finding in _unknown_names(compiled, formats, datasets):
        report(finding)
    names = frozenset(name for each in (meta, *own.values()) for found in templates_of(each) for name in found.names)
    return Page(file, front.place, kind, scope, since, until, meta, own, names, compiled)


def _check_published(kind: Kind, scope: Scope, datasets: ReadOnly[str, set[str]], report: Report) -> None:
    """Report a page whose scope requires a product or a library that pages of its kind do not have."""
    parts: dict[str, list[Scalar]] = {}
    for dataset, scalar in scope.written:
        parts.setdefault(dataset, []).append(scalar)
    for dataset, ids in parts.items():
        of = {dataset} if dataset else set[str]().union(*(datasets.get(scalar.text, ()) for scalar in ids))
        if of and not any(ROLES[role] in of for role in kind.each):
            message = f"this page is never published: it is for {kind.title}, and 'for' requires '{ids[0].text}'"
            report(Finding("never-applies", message, ids[0].place, "remove the id, or change 'each'"))


_Meta = dict[str, MetaTemplate]
_CompileText = Callable[[Scalar], MetaTemplate]


def _read_meta(
    front: Mapping, formats: tuple[str, ...], compile_text: _CompileText, report: Report
) -> tuple[_Meta, dict[str, _Meta]]:
    """The keys of front matter, and those for single formats."""
    meta: _Meta = {}
    own: dict[str, _Meta] = {}
    for key, value in front.entries:
        if key.text in _OWN_KEYS:
            continue
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", key.text):
            message = f"'{key.text}' is not a valid key of front matter"
            report(Finding("bad-front-matter", message, key.place, "use letters, digits, - and _"))
        elif key.text not in formats:
            meta[key.text] = _compile_meta(value, compile_text)
        elif isinstance(value, Mapping):
            own[key.text] = {key.text: _compile_meta(value, compile_text) for key, value in value.entries}
        else:
            message = f"'{key.text}' must be a mapping of keys for that format"
            report(Finding("bad-front-matter", message, value.place, "write a mapping"))
    return meta, own


def _compile_meta(node: Node, compile_text: _CompileText) -> MetaTemplate:
    if isinstance(node, Sequence):
        return tuple(_compile_meta(item, compile_text) for item in node.items)
    if isinstance(node, Mapping):
        return {key.text: _compile_meta(value, compile_text) for key, value in node.entries}
    return compile_text(node)


def _begin_of(node: Scalar, lines: list[str]) -> Place:
    """Where a text begins: for a block scalar, on the line after `|` or `>`, after its indentation."""
    place = node.place
    if node.plain or lines[place.line - 1][place.column - 1] not in "|>":
        return place
    below = lines[place.line]
    return Place(place.file, place.line + 1, len(below) - len(below.lstrip(" ")) + 1)


def _check_title(front: Mapping, file: str, formats: tuple[str, ...], report: Report) -> bool:
    """Whether a page has a title, and every title is a text that is not empty. Reports problems."""
    title = front.get("title")
    if title is None:
        report(Finding("bad-front-matter", "the page has no title", Place(file, 1, 1, 3), "add 'title:'"))
        return False
    own = [value.get("title") for key, value in front.entries if key.text in formats and isinstance(value, Mapping)]
    is_valid = True
    for node in (title, *own):
        if node is not None and not (isinstance(node, Scalar) and node.text.strip()):
            problem = "is empty" if isinstance(node, Scalar) else "must be a text"
            report(Finding("bad-front-matter", f"the title of the page {problem}", node.place))
            is_valid = False
    return is_valid


def templates_of(meta: MetaTemplate | ReadOnly[str, MetaTemplate]) -> Iterator[Template]:
    """The templates of front matter."""
    if isinstance(meta, MetaText):
        yield meta.template
    else:
        for item in meta.values() if isinstance(meta, ReadOnly) else meta:
            yield from templates_of(item)
