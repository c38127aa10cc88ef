"""Parse output with the tools that publish it: Hugo, Markdoc, the parser of GitHub, Python-Markdown, an HTML parser.

Their results are converted to the same kind of tree. The functions here find tables, lists, blocks and links in it.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cmarkgfm
import html5lib
import markdown
import yaml
from cmarkgfm.cmark import Options
from docutils.core import publish_parts

from tests.support.sites import ROOT

Grid = list[list[str]]


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a page. A child is an element or a text."""

    name: str
    attributes: Mapping[str, str]
    children: tuple[Element | str, ...]

    def all(self, *names: str) -> Iterator[Element]:
        """The elements with one of these names, in order; without names, all elements."""
        ahead = list(reversed(self.children))
        while ahead:
            child = ahead.pop()
            if isinstance(child, Element):
                if not names or child.name in names:
                    yield child
                ahead += reversed(child.children)


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table as shown to readers."""

    caption: str
    rows: Grid


# --- reading a tree --------------------------------------------------------------------

BLOCKS = ("h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "pre", "dt", "dd")


def one_space(text: str) -> str:
    """A text with one space for each run of HTML white space."""
    return re.sub(r"[ \t\n\r\f]+", " ", text).strip(" ")


def text_of(element: Element) -> str:
    """The visible text, with the alternative texts of images."""
    return one_space(_raw_text(element))


def _raw_text(element: Element) -> str:
    if element.name == "br":
        return " "
    if element.name == "img":
        return element.attributes.get("alt", "")
    if element.attributes.get("role") == "img":
        return element.attributes.get("aria-label", "")
    if _stands_beside(element):
        return ""
    return "".join(child if isinstance(child, str) else _raw_text(child) for child in element.children)


def _stands_beside(element: Element) -> bool:
    """Whether an element is a sign next to its word, or a link to a heading, a row or a note."""
    own_label = element.name == "a" and "aria-label" in element.attributes
    footnote = element.attributes.get("role") in ("doc-noteref", "doc-backlink")
    footnote |= not {"data-footnote-ref", "data-footnote-backref", "dataFootnoteRef", "dataFootnoteBackref"}.isdisjoint(
        element.attributes
    )
    return own_label or footnote or element.attributes.get("aria-hidden") == "true"


def tables(root: Element) -> list[ReadTable]:
    """The tables of a page, without the marks of notes that are links."""
    return [
        ReadTable(
            caption=" ".join(text_of(caption) for caption in table.all("caption")),
            rows=_grid(table),
        )
        for table in root.all("table")
    ]


def _grid(table: Element) -> Grid:
    """The cells of a table by row and column, with a blank for each further row and column that a cell spans.

    Two rows of headers become one: `Outer: Inner`.
    """
    grid: dict[int, dict[int, str]] = {}
    above: dict[int, str] = {}
    rows = list(table.all("tr"))
    for number, row in enumerate(rows):
        column = 0
        for cell in row.all("th", "td"):
            while column in grid.setdefault(number, {}):
                column += 1
            wide, high = (int(cell.attributes.get(name, "1")) for name in ("colspan", "rowspan"))
            is_above = cell.attributes.get("scope") == "colgroup"
            for i in range(number, number + high):
                for k in range(column, column + wide):
                    is_first = (i, k) == (number, column)
                    grid.setdefault(i, {})[k] = text_of(cell) if is_first and not is_above else ""
                    above |= {k: text_of(cell)} if is_above else {}
    found = [[cells[column] for column in sorted(cells)] for _, cells in sorted(grid.items())]
    if not above:
        return found
    first, second, *others = found
    names = [one or two for one, two in zip(first, second, strict=True)]
    return [[": ".join(filter(None, (above.get(i), name))) for i, name in enumerate(names)], *others]


def lists(root: Element) -> list[list[str]]:
    """The lists of a page, each with the texts of its items."""
    return [[text_of(item) for item in found.all("li")] for found in root.all("ul", "ol")]


def blocks(root: Element) -> Iterator[tuple[str, str]]:
    """The names and texts of innermost blocks, such as headings, paragraphs and items, in order."""
    for element in root.all(*BLOCKS):
        if next(element.all(*BLOCKS), None) is None:
            yield element.name, text_of(element)


def links(root: Element) -> list[tuple[str, str]]:
    """The texts and targets of the links and images of a page."""
    found = (link for link in root.all("a", "img") if not (_stands_beside(link) or link.attributes.keys() == {"id"}))
    return [(text_of(link), link.attributes.get("href") or link.attributes.get("src", "")) for link in found]


# --- HTML ------------------------------------------------------------------------------


def read_html(text: str, *, fragment: bool = False) -> Element:
    """Parse HTML as a browser does."""
    parse = html5lib.parseFragment if fragment else html5lib.parse
    return _from_etree(parse(text, namespaceHTMLElements=False))


def _from_etree(node: Any) -> Element:
    children: list[Element | str] = [node.text] if node.text else []
    for child in node:
        if isinstance(child.tag, str):  # comments have none
            children.append(_from_etree(child))
        if child.tail:
            children.append(child.tail)
    return Element(str(node.tag), dict(node.attrib), tuple(children))


# --- front matter and Markdown ---------------------------------------------------------


def front_matter(text: str) -> dict[str, Any]:
    """The front matter of a page, parsed as YAML."""
    found = re.match(r"---\n(.*?)^---$", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return yaml.safe_load(found[1]) or {}


def pipe_tables(text: str) -> list[list[int]]:
    """The number of cells in each line of each pipe table of a Markdown text."""
    found = re.findall(r"(?:^\|.*\n)+", text + "\n", re.MULTILINE)
    return [[len(re.findall(r"(?<!\\)\|", line)) - 1 for line in table.splitlines()] for table in found]


def without_front_matter(text: str) -> str:
    """The text of a page below its front matter, which programs read on their own."""
    return re.sub(r"\A---\n.*?^---\n", "", text, flags=re.DOTALL | re.MULTILINE)


def read_as_github(text: str) -> Element:
    """Parse GitHub Markdown with cmark-gfm, the parser of GitHub."""
    options = Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_UNSAFE
    html = cmarkgfm.github_flavored_markdown_to_html(text, options)
    html = re.sub(r"(?<=<blockquote>\n<p>)\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\n", "", html)  # as GitHub does
    return read_html(f"<main>{html}</main>", fragment=True)


def read_as_mkdocs(text: str) -> Element:
    """Parse Markdown as MkDocs does: with Python-Markdown and the extensions that it enables."""
    html = markdown.markdown(without_front_matter(text), extensions=["toc", "tables", "fenced_code"])
    return read_html(f"<main>{html}</main>", fragment=True)


def read_as_rst(text: str) -> Element:
    """Parse reStructuredText with docutils. Anything worth a warning fails."""
    messages = io.StringIO()
    settings = {"report_level": 2, "halt_level": 2, "warning_stream": messages, "embed_stylesheet": False}
    parts = publish_parts(
        text,
        writer="html5",
        settings_overrides={**settings, "initial_header_level": 1, "syntax_highlight": "none", "doctitle_xform": False},
    )
    assert messages.getvalue() == ""
    body = re.sub(r"(<t[dh]\b[^>]*>)<p>(.*?)</p>\n?(?=</t[dh]>)", r"\1\2", parts["body"], flags=re.DOTALL)
    return read_html(f"<main>{body}</main>", fragment=True)


# --- Hugo ------------------------------------------------------------------------------

_LAYOUTS = {
    "_default/single.html": (
        "<!doctype html><title>{{ .Title }}</title>"
        '<div id="front">{{ dict "title" .Title "params" .Params | jsonify }}</div><main>{{ .Content }}</main>'
    ),
    "_default/list.html": "<!doctype html><main>{{ range .RegularPages }}{{ .Title }}{{ end }}</main>",
    "shortcodes/X.html": '<span role="img" aria-label="yes">✓</span>',
    "shortcodes/partial.html": '{{ partial (.Get "name") . }}',
    "_default/_markup/render-blockquote.html": "<blockquote>{{ .Text }}</blockquote>",
    "shortcodes/say.html": "<q>{{ .Get 0 }}</q>",
}
# All extensions of the Markdown of Hugo, so that no character of a value is safe by accident.
_EVERYTHING = {
    "enableEmoji": True,
    "markup": {
        "goldmark": {
            "renderer": {"unsafe": True},
            "parser": {"attribute": {"block": True, "title": True}, "wrapStandAloneImageWithinParagraph": True},
            "extensions": {
                "extras": {name: {"enable": True} for name in ("delete", "insert", "mark", "subscript", "superscript")},
                "passthrough": {"enable": True, "delimiters": {"inline": [["$", "$"]], "block": [["$$", "$$"]]}},
                "strikethrough": False,
            },
        }
    },
}
CONFIGURATIONS: Mapping[str, dict[str, Any]] = {
    "html": {"markup": {"goldmark": {"renderer": {"unsafe": True}}}},
    "no html": {"markup": {"goldmark": {"renderer": {"unsafe": False}}}},
    "everything": _EVERYTHING,
}
PLANTED = "what no page may read"


@dataclass(frozen=True, slots=True)
class HugoPage:
    """A page that Hugo built: its content, and its front matter as parsed by Hugo."""

    main: Element
    title: str
    params: Mapping[str, Any]
    html: str


def read_with_hugo(
    hugo: Path, folder: Path, files: Mapping[str, str], configuration: str, *, warnings: bool = False
) -> dict[str, HugoPage]:
    """Build a Hugo site from output files, `content/...` and `layouts/...`. Returns its pages by path in `content`.

    A warning of Hugo fails, unless `warnings` are expected.
    """
    only_pages = ["home", "section", "taxonomy", "term", "RSS", "sitemap", "robotsTXT", "404"]
    config = {"baseURL": "https://pages.test/", "disableKinds": only_pages, **CONFIGURATIONS[configuration]}
    given = {f"layouts/{name}": text for name, text in _LAYOUTS.items()}
    for path, text in {**given, **files, "hugo.json": json.dumps(config), "secret.txt": PLANTED}.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    command = [str(hugo), "--source", str(folder), "--printPathWarnings"]
    if not warnings:
        command.append("--panicOnWarning")
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr + result.stdout
    public = folder / "public"
    return {
        f"{path.parent.relative_to(public).as_posix()}.md": _hugo_page(path.read_text("utf-8"))
        for path in sorted(public.rglob("*.html"))
    }


def _hugo_page(text: str) -> HugoPage:
    tree = read_html(text)
    front = json.loads(next(_raw_text(e) for e in tree.all("div") if e.attributes.get("id") == "front"))
    return HugoPage(next(tree.all("main")), front["title"], front["params"], text)


# --- Markdoc ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MarkdocPage:
    """A page parsed by Markdoc: its errors, its front matter as text, its tree."""

    problems: list[str]
    front: dict[str, Any]
    tree: Element


def read_with_markdoc(node: Path, markdoc: Path, texts: Mapping[str, str]) -> dict[str, MarkdocPage]:
    """Parse and validate texts with Markdoc."""
    command: list[str | Path] = [node, ROOT / "tests/npm/read_markdoc.mjs", markdoc]
    result = subprocess.run(command, input=json.dumps(texts).encode(), capture_output=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr.decode()
    return {
        name: MarkdocPage(answer["problems"], yaml.safe_load(answer["front"]) or {}, _from_tree(answer["tree"]))
        for name, answer in json.loads(result.stdout).items()
    }


def read_with_mdx(node: Path, npm: Path, texts: Mapping[str, str]) -> dict[str, Element]:
    """Compile and run MDX texts, with the plugins of Docusaurus. A problem fails."""
    command: list[str | Path] = [node, ROOT / "tests/npm/read_mdx.mjs", npm]
    result = subprocess.run(command, input=json.dumps(texts).encode(), capture_output=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr.decode()
    answers = json.loads(result.stdout)
    assert {name: answer["problems"] for name, answer in answers.items() if answer["problems"]} == {}
    return {name: _from_tree(answer["tree"]) for name, answer in answers.items()}


def _from_tree(node: Any) -> Element:
    children = tuple(
        _from_tree(child) if isinstance(child, dict) else str(child) for child in node["children"] if child is not None
    )
    return Element(node["name"], {name: str(value) for name, value in node["attributes"].items()}, children)
