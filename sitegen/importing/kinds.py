"""Which format a file has, and its reader."""

from __future__ import annotations

import re

from sitegen.findings import Finding, Place, Report
from sitegen.importing.data_reader import read_data
from sitegen.importing.html_reader import read_html
from sitegen.importing.markdown_reader import read_markdown
from sitegen.importing.model import Kind, SourceFile, SourcePage

_BY_SUFFIX: dict[str, Kind] = {
    ".rst": "rst",
    **dict.fromkeys((".html", ".htm"), "html"),
    ".mdx": "mdx",
    ".mdoc": "markdoc",
    **dict.fromkeys((".csv", ".tsv", ".json", ".yaml", ".yml"), "data"),
}
SUFFIXES = (*_BY_SUFFIX, ".md", ".markdown", ".mdown", ".txt")
_RST = r"^\.\. (?:[\w:.-]+::|_[^:\n]+:)|^\+[-=+]{3,}\+$"
_SIGNS: tuple[tuple[Kind, str], ...] = (
    ("hugo", r"\{\{[<%]"),
    ("markdoc", r"\{%\s*/?(?:alert|callout|tab|tabs|partial|table|#[\w-]+)\b.*?%\}"),
    ("mkdocs", r"^(?:!!!|\?\?\?\+?) \w|^=== \"|^-+8<-+"),
    ("mdx", r"\A(?:---\n(?:.*\n)*?---\n)?\s*(?:import .+ from ['\"]|export (?:const|default))"),
    ("mdx", r"^(?:\{/\*|```mdx-code-block)|<\w+ className="),
    ("hugo", r"\A(?:\+\+\+|---\n(?:.*\n)*?(?:weight|linkTitle|draft|menu|code_lang|type|kind|url|aliases):)"),
)


def kind_of(source: SourceFile) -> Kind:
    """The format of a file, by its name and what only one format has."""
    suffix = "." + source.name.rpartition(".")[2].lower()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if suffix in (".txt", ".inc") and re.search(_RST, source.text, re.MULTILINE):
        return "rst"
    return next((kind for kind, sign in _SIGNS if re.search(sign, source.text, re.MULTILINE)), "github")


def read_page(source: SourceFile, report: Report) -> SourcePage | None:
    """Read a file. Reports one that cannot be read, and returns None."""
    kind = kind_of(source)
    if kind == "data":
        return read_data(source, report)
    if kind == "html":
        return read_html(source, report)
    if kind == "rst":
        from sitegen.importing.rst_reader import read_rst  # noqa: PLC0415 - needs an extra

        try:
            return read_rst(source, report)
        except Exception as error:  # noqa: BLE001 - docutils raises exceptions of any class for some pages
            place = Place(source.name, 1, 1)
            message = f"this file is not imported: docutils cannot read it ({error!r})"
            report(Finding("import-lost", message, place, severity="warning"))
            return None
    return read_markdown(source, kind, report)
