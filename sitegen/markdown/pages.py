"""Page files: front matter, prose, slots; read and compiled once, filled for many pages.

Filling a page gives text with marks for values, tables and fenced code. That text is
parsed into blocks; pages that differ only in their values share one parse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from datetime import date
from functools import cached_property, lru_cache

from sitegen.facts.alternatives import check_scope, in_period, period_of, scalars_at
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import WithCachedProperties, frozen, frozen_without_eq
from sitegen.markdown.inline import (
    Anchor,
    Inline,
    Parts,
    Tag,
    normalized,
    numbers,
    parse_inline,
    pieces_of,
    plain_parts,
    split_marks,
)
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence
from sitegen.source.yaml_reader import split_front_matter
from sitegen.templates.template import MARK, Compiler, Schema, Template

LEVELS = ("note", "tip", "important", "warning", "caution")
_OWN_KEYS = ("for", "from", "until")


@frozen
class Page:
    """A page file. `meta` are the keys of its front matter, which asks for `names`, and `own` those for one dialect."""

    file: str
    place: Place
    scope: frozenset[str]
    since: date | None
    until: date | None
    meta: ReadOnly[str, MetaTemplate]
    own: ReadOnly[str, ReadOnly[str, MetaTemplate]]
    names: frozenset[str]
    body: Template

    def holds(self, ids: frozenset[str], day: date) -> bool:
        """Whether this page, or this edition of it, stands for a context on a day."""
        if self.scope and self.scope.isdisjoint(ids):
            return False
        return in_period(self.since, self.until, day)


@frozen
class MetaText:
    """A text of the front matter; `typed` keeps a number or a truth value what it is."""

    template: Template
    typed: bool


MetaTemplate = MetaText | tuple["MetaTemplate", ...] | dict[str, "MetaTemplate"]


# --- blocks --------------------------------------------------------------------------


@frozen
class Prose:
    """A paragraph, list or anything else that passes through; its lines stay lines."""

    inline: Inline


@frozen
class Heading(WithCachedProperties):
    """A heading, and the id that its author gave it."""

    level: int
    inline: Inline
    anchor: str

    @cached_property
    def plain(self) -> Parts:
        """What a reader sees of it, without markup."""
        return plain_parts(self.inline)

    @cached_property
    def named(self) -> Parts:
        """What its id is made of: that of its author, or its text."""
        return split_marks(self.anchor) or self.plain


@frozen
class Alert:
    """`> [!NOTE]` and its lines."""

    level: str
    blocks: tuple[Block, ...]


@frozen
class Slot:
    """A table or a partial, by number."""

    index: int


@frozen
class Fence:
    """Fenced code with its fences; it is left alone but for values that it asks for."""

    parts: Parts


@frozen
class Blank:
    """An empty line."""


Block = Prose | Heading | Alert | Slot | Fence | Blank


@frozen_without_eq
class Body(WithCachedProperties):
    """A parsed page: its blocks, and the links that it defines itself.

    One body is shared by all pages that differ in their values only, and equal to itself alone.
    """

    blocks: tuple[Block, ...]
    definitions: ReadOnly[str, str]

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """The headings in order."""
        return tuple(block for block in every(self.blocks) if isinstance(block, Heading))

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """The level of each heading as a site publishes it: none is left out for those who go from one to the next."""
        levels: list[int] = []
        before = 1
        for heading in self.headings:
            if heading.level > 1:
                before = min(heading.level, before + 1)
            levels.append(before if heading.level > 1 else 1)
        return tuple(levels)

    @cached_property
    def fences(self) -> tuple[Fence, ...]:
        """Fenced code in order."""
        return tuple(block for block in every(self.blocks) if isinstance(block, Fence))

    @cached_property
    def slots(self) -> frozenset[int]:
        """The numbers of the tables and partials that stand alone on their lines."""
        return frozenset(block.index for block in every(self.blocks) if isinstance(block, Slot))

    @cached_property
    def slots_in_alerts(self) -> bool:
        """Whether a table or a partial stands in an alert."""
        return bool(self.slots - {block.index for block in self.blocks if isinstance(block, Slot)})

    @cached_property
    def pieces(self) -> tuple[Anchor | Tag, ...]:
        """The links and tags in headings and paragraphs."""
        found = (piece for inline in inlines(self.blocks) for piece in pieces_of(inline))
        return tuple(piece for piece in found if isinstance(piece, (Anchor, Tag)))

    @cached_property
    def anchors(self) -> tuple[Anchor, ...]:
        """The links among these."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Anchor))

    @cached_property
    def link_names(self) -> frozenset[str]:
        """The names of the links that it uses."""
        return frozenset(anchor.name for anchor in self.anchors if anchor.name)

    @cached_property
    def own_targets(self) -> tuple[Anchor, ...]:
        """The links that may lead to a place on the page itself."""
        return tuple(anchor for anchor in self.anchors if anchor.target and str(anchor.target[0]).startswith("#"))

    @cached_property
    def filled_targets(self) -> tuple[Anchor, ...]:
        """The links whose targets hold values."""
        return tuple(anchor for anchor in self.anchors if [*numbers(anchor.target)])


SLOT = re.compile("\ufdd2([0-9]+)\ufdd3")
_BREAK = "\ufdd4"
_OPEN_FENCE = re.compile(r"[ \t>]*(?:[-*+][ \t]+|[0-9]+[.)][ \t]+)?(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_EXPLICIT = re.compile("\\{#([A-Za-z](?:[A-Za-z0-9_-]|\ufdd0[0-9]+\ufdd1)*)\\}$")
_ALERT = re.compile(r" {0,3}>[ \t]*\[!([A-Za-z]+)\][ \t]*")
_QUOTED = re.compile(r" {0,3}> ?")
_MAX_DEPTH = 8  # of alerts in alerts
_DEFINITION = re.compile(r" {0,3}\[([^\[\]^]+)\]:[ \t]*<?(\S+?)>?[ \t]*")


def slot_mark(index: int) -> str:
    """The mark that stands for table or partial number `index`."""
    return f"\ufdd2{index}\ufdd3"


@lru_cache(maxsize=1024)
def parse_body(text: str, names: frozenset[str], slots: frozenset[int] = frozenset()) -> Body:
    """Parse a filled page. `names` are the links that a bare `[name]` may mean, `slots` the values that are tables."""
    if slots:
        text = MARK.sub(lambda match: slot_mark(int(match[1])) if int(match[1]) in slots else match[0], text)
    lines = text.replace(_BREAK, "").split("\n")
    definitions = {}
    kept: list[str] = []
    for index, end, _ in _with_fences(lines):
        if definition := _DEFINITION.fullmatch(lines[index]):
            definitions[normalized(definition[1])] = definition[2]
        else:
            kept.extend(lines[index:end])
    known = names | definitions.keys()
    blocks = _blocks(kept, known)
    return Body(blocks, definitions)


def every(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """The blocks in order, those in alerts too."""
    for block in blocks:
        yield block
        if isinstance(block, Alert):
            yield from every(block.blocks)


def inlines(blocks: tuple[Block, ...]) -> Iterator[Inline]:
    """The insides of headings and paragraphs."""
    return (block.inline for block in every(blocks) if isinstance(block, (Prose, Heading)))


def _blocks(lines: list[str], names: frozenset[str], depth: int = 0) -> tuple[Block, ...]:
    blocks: list[Block] = []
    prose: list[str] = []
    index = 0
    while index <= len(lines):
        block, end = _block(lines, index, names, depth) if index < len(lines) else (None, index + 1)
        if block is None and index < len(lines):
            prose.append(lines[index])
        elif prose:
            blocks.append(Prose(parse_inline("\n".join(prose), names.__contains__)))
            prose.clear()
        if block is not None:
            blocks.append(block)
        index = end
    return tuple(blocks)


def _block(lines: list[str], index: int, names: frozenset[str], depth: int) -> tuple[Block | None, int]:
    """The block that begins on a line, None for prose, and the line after it."""
    line, after = lines[index], index + 1
    if not line.strip():
        return Blank(), after
    if slot := SLOT.fullmatch(line.strip()):
        return Slot(int(slot[1])), after
    if fence := _open_fence(line):
        end = _end_of_fence(lines, index, fence)
        return Fence(split_marks("\n".join(lines[index:end]))), end
    if heading := _HEADING.fullmatch(line):
        text = _heading_text(heading[2])
        explicit = _EXPLICIT.search(text)
        if explicit:
            text = text[: explicit.start()].rstrip()
        inline = parse_inline(text, names.__contains__)
        return Heading(len(heading[1]), inline, explicit[1] if explicit else ""), after
    alert = _ALERT.fullmatch(line) if depth < _MAX_DEPTH else None
    if alert and alert[1].lower() in LEVELS:
        while after < len(lines) and _QUOTED.match(lines[after]):
            after += 1
        inner = [_QUOTED.sub("", quoted, count=1) for quoted in lines[index + 1 : after]]
        return Alert(alert[1].lower(), _blocks(inner, names, depth + 1)), after
    return None, after


def _heading_text(text: str) -> str:
    """The text of a heading without the blanks and the number signs at its end."""
    text = text.rstrip(" \t")
    opened = text.rstrip("#")
    return opened.rstrip(" \t") if opened.endswith((" ", "\t")) or not opened else text


def _with_fences(lines: list[str]) -> Iterator[tuple[int, int, re.Match[str] | None]]:
    """Each line alone, and fenced code as a whole: its first line, the line after it, and what opens it."""
    index = 0
    while index < len(lines):
        fence = _open_fence(lines[index])
        end = _end_of_fence(lines, index, fence) if fence else index + 1
        yield index, end, fence
        index = end


def _open_fence(line: str) -> re.Match[str] | None:
    return _OPEN_FENCE.fullmatch(line) if "```" in line or "~~~" in line else None


def _end_of_fence(lines: list[str], index: int, opening: re.Match[str]) -> int:
    """The line after fenced code that opens on a line; code in a quote ends with the quote at the latest."""
    sign, count = opening["fence"][0], len(opening["fence"])
    quoted = ">" in lines[index][: opening.start("fence")]
    close = re.compile(rf"[ \t{'>' if quoted else ''}]*{sign}{{{count},}}[ \t]*")
    for end in range(index + 1, len(lines)):
        if quoted and not lines[end].lstrip(" ").startswith(">"):
            return end
        if close.fullmatch(lines[end]):
            return end + 1
    return len(lines)


# --- reading -------------------------------------------------------------------------

_VALUES = re.compile(r"[ \t]+values(?=[ \t]|$)")


def protect_fences(text: str, begin: Place, report: Report) -> str:
    """Break the delimiters of templates inside fenced code, unless its info string says `values`.

    The text begins at a place, and its last line has an end. Code that goes on to the end is reported where that is
    certain, or would take values in.
    """
    lines = text.split("\n")
    for index, end, fence in [*_with_fences(lines)]:
        if fence is None:
            continue
        if end == len(lines) and (_surely_open(text, lines[index]) or _PRINTS.search("\n".join(lines[index:]))):
            sign = fence["fence"]
            place = Place(begin.file, begin.line + index, fence.start("fence") + 1, len(sign))
            hint = f"close it with a line {sign}"
            report(Finding("open-fence", "the code that begins here is not closed", place, hint))
            lines.insert(-1, sign)
        if _VALUES.search(fence["info"]):
            lines[index] = _VALUES.sub("", lines[index], count=1)
        else:
            lines[index:end] = [re.sub("<(?=[<%#])", f"<{_BREAK}", line) for line in lines[index:end]]
    return "\n".join(lines)


_PRINTS = re.compile("<[<%]")
# Where a line that looks like a fence may be none, or may close another block than one thinks.
_MAYBE_NO_FENCE = re.compile(
    r"^(?: {4}|[ ]*\t)[ \t>]*(?:`{3}|~{3})|<!--|<(?:pre|script|style|textarea)\b|<#|<%-?\s*raw\b", re.MULTILINE
)


def _surely_open(text: str, line: str) -> bool:
    """Whether a line without a closing one begins code that goes on to the end, as CommonMark reads it."""
    return re.match(r" {0,3}(?:`{3}|~{3})", line) is not None and _MAYBE_NO_FENCE.search(text) is None


_OPENED_ALERT = re.compile(r"^ {0,3}>[ \t]*\[!([A-Za-z]+)\][ \t]*$", re.MULTILINE)
_ASKED_DIALECT = re.compile(r"""\bdialect\s*[=!]=\s*(["'])([^"']*)\1""")


def _unknown_names(body: Template, dialects: tuple[str, ...]) -> Iterator[Finding]:
    """Alerts of an unknown level would be published as quotations, and text for an unknown dialect would be dropped."""
    texts = (body.source, *body.includes.values())
    for level in (level for text in texts for level in _OPENED_ALERT.findall(text)):
        if level.lower() not in LEVELS:
            hint = did_you_mean(level, [known.upper() for known in LEVELS])
            yield Finding("unknown-alert", f"there is no alert '{level}'", body.find(f"[!{level}]"), hint)
    for asked in (asked for text in texts for asked in _ASKED_DIALECT.finditer(text)):
        if asked[2] not in dialects:
            place = body.find(asked[0])._replace(length=len(asked[0]))
            hint = did_you_mean(asked[2], dialects)
            yield Finding("unknown-dialect", f"there is no dialect '{asked[2]}'", place, hint)


def load_page(
    file: str,
    text: str,
    compiler: Compiler,
    schema: Schema,
    kinds: ReadOnly[str, set[str]],
    dialects: tuple[str, ...],
    report: Report,
) -> Page | None:
    """Read and compile a page file. Reports what is wrong and returns None then."""
    front, body, first_line = split_front_matter(text, file, report)
    if front is None:
        return None
    since, until = period_of(front, report)
    scope = scalars_at(front, "for", report)
    check_scope(scope or (), kinds, report)
    compile_meta = _MetaCompiler(compiler, schema, text.split("\n"), report)
    meta: dict[str, MetaTemplate] = {}
    own: dict[str, dict[str, MetaTemplate]] = {}
    for key, value in front.entries:
        if key.text in _OWN_KEYS:
            continue
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", key.text):
            message = f"'{key.text}' is no key of front matter"
            report(Finding("bad-front-matter", message, key.place, "use letters, digits, - and _"))
        elif key.text in dialects:
            if isinstance(value, Mapping):
                own[key.text] = compile_meta.entries(value)
            else:
                message = f"'{key.text}' holds the keys for that dialect only"
                report(Finding("bad-front-matter", message, value.place, "write a mapping"))
        else:
            meta[key.text] = compile_meta.node(value)
    titled = _check_title(front, file, dialects, report)
    begin = Place(file, first_line, 1)
    compiled = compiler.compile(protect_fences(body, begin, report), begin, schema, report)
    if compiled is None or scope is None or not titled:
        return None
    for finding in _unknown_names(compiled, dialects):
        report(finding)
    scope_ids = frozenset(scalar.text for scalar in scope)
    names = frozenset(compile_meta.names)
    return Page(file, front.place, scope_ids, since, until, meta, own, names, compiled)


def _check_title(front: Mapping, file: str, dialects: tuple[str, ...], report: Report) -> bool:
    """Whether a page has a title, and a text wherever it has one."""
    title = front.get("title")
    if title is None:
        report(Finding("bad-front-matter", "the page has no title", Place(file, 1, 1, 3), "add 'title:'"))
        return False
    own = [value.get("title") for key, value in front.entries if key.text in dialects and isinstance(value, Mapping)]
    fine = True
    for node in (title, *own):
        problem = ""
        if isinstance(node, (Sequence, Mapping)):
            problem = "must be a text"
        elif node is not None and not node.text.strip():
            problem = "is empty"
        if node is not None and problem:
            report(Finding("bad-front-matter", f"the title of the page {problem}", node.place))
            fine = False
    return fine


_TYPED = re.compile(r"-?(?:0|[1-9][0-9]{0,14})|true|false|null|~?")


class _MetaCompiler:
    """Compiles the templates of front matter. `lines` are those of the file."""

    def __init__(self, compiler: Compiler, schema: Schema, lines: list[str], report: Report) -> None:
        self.compiler = compiler
        self.schema = schema
        self.lines = lines
        self.report = report
        self.names: set[str] = set()

    def entries(self, node: Mapping) -> dict[str, MetaTemplate]:
        return {key.text: self.node(value) for key, value in node.entries}

    def node(self, node: Node) -> MetaTemplate:
        if isinstance(node, Sequence):
            return tuple(self.node(item) for item in node.items)
        if isinstance(node, Mapping):
            return self.entries(node)
        place = self._place(node)
        compiled = self.compiler.compile(node.text, place, self.schema, self.report, column=True)
        if compiled is None:
            return ()
        self.names |= compiled.names
        return MetaText(compiled, node.plain and _TYPED.fullmatch(node.text) is not None)

    def _place(self, node: Scalar) -> Place:
        """Where a text begins: below `|` or `>`, behind the blanks that the block is set in by."""
        place = node.place
        if node.plain or self.lines[place.line - 1][place.column - 1] not in "|>":
            return place
        below = self.lines[place.line]
        return Place(place.file, place.line + 1, len(below) - len(below.lstrip(" ")) + 1)


def templates_of(meta: MetaTemplate | ReadOnly[str, MetaTemplate]) -> Iterator[Template]:
    """The templates of front matter."""
    if isinstance(meta, MetaText):
        yield meta.template
    else:
        for item in meta.values() if isinstance(meta, ReadOnly) else meta:
            yield from templates_of(item)
