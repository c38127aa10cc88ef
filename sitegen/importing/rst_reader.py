"""reStructuredText, also with the directives and roles of Sphinx."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from typing import Any, ClassVar

from docutils import nodes
from docutils.core import publish_doctree, publish_from_doctree
from docutils.parsers.rst import Directive, directives, roles
from docutils.parsers.rst.directives.tables import CSVTable
from docutils.parsers.rst.languages import en
from docutils.statemachine import StringList
from docutils.utils import unescape

from sitegen.findings import Finding, Place, Report
from sitegen.importing.html_reader import read_html
from sitegen.importing.model import SourceFile, SourcePage

# Directives of Sphinx that only arrange their content, or select it.
_CONTAINERS = (
    "only", "tab-set", "tab-item", "tabs", "tab", "group-tab", "dropdown", "grid", "grid-item", "grid-item-card",
    "card", "hlist", "centered", "cssclass", "rst-class", "details", "toggle", "ifconfig", "content-tabs",
)  # fmt: skip
_TITLES = ("tab-item", "tab", "group-tab", "dropdown", "grid-item-card", "card")  # the argument is a title
_ADMONITIONS = {
    "seealso": "note",
    "versionadded": "note",
    "versionchanged": "note",
    "deprecated": "warning",
    "todo": "note",
}
_TEXTS = ("ref", "doc", "term", "numref", "any", "guilabel", "menuselection", "abbr", "download")  # roles of plain text
_SETTINGS = {
    "report_level": 5,
    "halt_level": 5,
    "file_insertion_enabled": False,
    "raw_enabled": True,
    "doctitle_xform": False,
    "initial_header_level": 1,
    "embed_stylesheet": False,
    "stylesheet_path": "",
    "syntax_highlight": "none",
    "math_output": "LaTeX",
    "table_style": "",
    "input_encoding": "unicode",
}


def read_rst(source: SourceFile, report: Report) -> SourcePage:
    """Read a page. Reports directives and roles that are not kept as they are."""

    def changed(message: str, line: int) -> None:
        report(Finding("import-changed", message, Place(source.name, max(line, 1), 1), severity="notice"))

    _register(source.text, changed)
    own = {"files": source.tables, "report": (changed,)}
    directives.register_directive("csv-table", type("OwnTable", (_CsvTable,), own))
    document = publish_doctree(
        _with_substitutions(source.text, changed), source_path=source.name, settings_overrides=_SETTINGS
    )
    for found in [*document.findall(nodes.system_message)]:
        if found["level"] > 2:
            message = re.sub(r"\s+", " ", found.astext()).partition(" System Message")[0]
            report(
                Finding(
                    "import-changed",
                    f"docutils: {message:.200}",
                    Place(source.name, found.get("line", 1), 1),
                    severity="warning",
                )
            )
        found.parent.replace(found, [*found.findall(nodes.literal_block)] if found["level"] > 2 else [])
    for role in [*document.findall(nodes.title_reference)]:  # the role of `text` without one
        role.parent.replace(role, nodes.emphasis("", "", *role.children))
    lines = [_line(table) for table in document.findall(nodes.table)]
    html = publish_from_doctree(document, writer="html5", settings_overrides=_SETTINGS).decode()
    page = read_html(replace(source, text=re.sub(r"<title>.*?</title>", "", html, flags=re.DOTALL)), report, lines)
    title = page.title or source.page.rpartition("/")[2]
    return SourcePage(source, "rst", title, {}, page.blocks, page.links)


def _with_substitutions(text: str, changed: Callable[[str, int], None]) -> str:
    """A text with definitions of the substitutions that only its site defines: a line, or their names."""
    used = dict.fromkeys(re.findall(r"(?<![\w|`:\\])\|([A-Za-z](?:[\w .+-]*\w)?)\|(?![\w|`])", text))
    known = {" ".join(name.lower().split()) for name in re.findall(r"^\s*\.\. \|([^|\n]+)\| ", text, re.MULTILINE)}
    missing = [name for name in used if name.lower() not in known]
    for name in missing:
        line = text.count("\n", 0, text.index(f"|{name}|")) + 1
        meaning = "a line break" if name == "br" else "written as text"
        changed(f"the substitution '{name}' is not defined in the page; it is {meaning}", line)
    values = {name: "raw:: html\n\n   <br>" if name == "br" else f"replace:: \\|{name}|" for name in missing}
    return text + "".join(f"\n\n.. |{name}| {value}" for name, value in values.items())


def _line(node: nodes.Node) -> int:
    return next((found.line for found in node.findall() if found.line), 1)


def _register(text: str, changed: Callable[[str, int], None]) -> None:
    """Let docutils accept the directives and roles of a text that it does not know."""
    for name in {"include", *re.findall(r"(?:^|\s)\.\.[ \t]+([\w:.+-]+?)::", text)}:
        if name == "include" or name not in en.directives:
            directives.register_directive(name, type("Kept", (_Kept,), {"kept_name": name, "report": (changed,)}))
    for name in {*re.findall(r"(?<!\w):([\w:.+-]+):`", text)}:
        if name not in en.roles:
            roles.register_local_role(name, _role(name, changed))


class _Kept(Directive):
    """A directive that docutils does not know: its content, or its source as code."""

    has_content = True
    optional_arguments = 1000
    final_argument_whitespace = True
    kept_name: ClassVar[str] = ""
    report: ClassVar[tuple[Callable[[str, int], None], ...]] = ()

    class _AnyOption(dict[str, Any]):
        def __getitem__(self, _key: str) -> Callable[[str | None], str]:
            return lambda argument: argument or ""

        def __contains__(self, _key: object) -> bool:
            return True

    option_spec = _AnyOption()

    def run(self) -> Sequence[nodes.Node]:
        """The nodes that the page contains."""
        name = self.kept_name
        if name in _CONTAINERS or name in _ADMONITIONS:
            self.report[0](f"the directive '{name}' is replaced by its content", self.lineno)
            inner: nodes.Element = nodes.Element()
            if name in _TITLES and self.arguments:
                title = " ".join(self.arguments)
                inner += nodes.paragraph("", "", nodes.strong(title, title))
            if name in _ADMONITIONS and self.arguments:
                inner += nodes.paragraph("", f"{name}: {' '.join(self.arguments)}")
            self.state.nested_parse(self.content, self.content_offset, inner)
            return list(self._wrapped(inner))
        target = " ".join(self.arguments)
        self.report[0](f"the directive '{name}' {f'({target}) ' * bool(target)}is kept as code", self.lineno)
        return [nodes.literal_block(self.block_text, self.block_text)]

    def _wrapped(self, inner: nodes.Element) -> Iterator[nodes.Node]:
        kind = _ADMONITIONS.get(self.kept_name)
        if kind is None:
            yield from inner.children
        else:
            yield (nodes.note if kind == "note" else nodes.warning)("", *inner.children)


class _CsvTable(CSVTable):
    """A table in CSV, also of a file."""

    files: ClassVar[ReadOnly[str, str]] = {}
    report: ClassVar[tuple[Callable[[str, int], None], ...]] = ()

    def run(self) -> Any:
        """The table, or its source as code if there is no file."""
        name = self.options.pop("file", None) or self.options.get("url")
        if name is not None and not self.content:
            if name not in self.files:
                self.report[0](
                    f"the table of the file '{name}' is kept as code, since the file is not read", self.lineno
                )
                return [nodes.literal_block(self.block_text, self.block_text)]
            self.content = StringList(self.files[name].splitlines(), source=name)
        return super().run()


def _role(name: str, changed: Callable[[str, int], None]) -> Any:
    def role(_name: str, rawtext: str, text: str, line: int, *_: Any, **__: Any) -> tuple[list[nodes.Node], list[Any]]:
        found = re.fullmatch(r"(.*?)\s*<[^<>]+>", text, re.DOTALL)
        shown = unescape(found[1] if found else text.removeprefix("~").removeprefix("!"))
        changed(f"the role '{name}' of '{shown}' is written as text", line)
        is_text = name.rpartition(":")[2] in _TEXTS
        return [nodes.inline(rawtext, shown) if is_text else nodes.literal(rawtext, shown)], []

    return role
