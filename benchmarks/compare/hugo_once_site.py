"""The workload as a Hugo site that renders its prose once, with placeholders, which layouts replace in the HTML.

The prose is a page that is not published; Hugo stores its HTML and its table of contents. A cached partial replaces the
placeholders that have the same value on all pages of a library.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.compare.hugo_site import FILES, Hugo
from benchmarks.compare.prose import TITLE
from benchmarks.compare.workload import TABLES, Workload, markdown, noted

# Hugo derives the id of a heading from its text, in lowercase, so each form needs a placeholder.
PLACEHOLDERS = {"library": "LIBRARYNAME", "product": "PRODUCTNAME", "package": "PACKAGENAME"}


class HugoOnce(Hugo):
    """Hugo, with the prose rendered once for all pages."""

    name = "hugo-once"
    label = "Hugo, prose rendered once"
    same_as = Hugo.name

    def page(self, load: Workload) -> tuple[str, str]:
        """The prose of all pages, with a comment for each table."""
        slots = {table.id: f"<!-- {table.id} -->" for table in TABLES}
        prose = markdown({**PLACEHOLDERS, "sentence": load.sentence}, slots)
        return "content/prose.md", f"---\nbuild: {{render: never, list: never}}\n---\n{prose}"

    def others(self, load: Workload) -> Mapping[str, str]:
        """The files of the usual site, with other layouts and another content adapter."""
        return {path: text for path, text in super().others(load).items() if "shortcodes" not in path} | LAYOUTS


LAYOUTS = {
    "content/_content.gotmpl": f"""\
{{{{ range $id, $library := hugo.Data.libraries }}}}
  {{{{ range hugo.Data.products }}}}
    {{{{ $title := replace (replace "{noted(TITLE, PLACEHOLDERS)}" "LIBRARYNAME" $library.name) "PRODUCTNAME" .name }}}}
    {{{{ $.AddPage (dict
      "path" (printf "%s/%s" $id .id)
      "title" $title
      "params" (dict "library" $id "product" .id "product_name" .name)
    ) }}}}
  {{{{ end }}}}
{{{{ end }}}}
""",
    "layouts/_partials/named.html": """\
{{- $text := replace .text .placeholder (htmlEscape .name) -}}
{{- return replace $text (lower .placeholder) (anchorize .name) -}}
""",
    "layouts/_partials/filled.html": """\
{{- $html := .html -}}
{{- range $id, $table := hugo.Data.tables -}}
{{- if eq $table.own $.own -}}
{{- $context := dict "params" $.params "table" $table -}}
{{- $product := cond $.own $.params.product "" -}}
{{- $filled := partialCached "table.html" $context $id $.params.library $product -}}
{{- $html = replace $html (printf "<!-- %s -->" $id) $filled -}}
{{- end -}}
{{- end -}}
{{- return $html -}}
""",
    "layouts/_partials/library.html": """\
{{- $prose := site.GetPage "/prose" -}}
{{- $library := index hugo.Data.libraries .library -}}
{{- $parts := slice -}}
{{- range slice $prose.Content $prose.TableOfContents -}}
{{- $text := partial "named.html" (dict "text" . "placeholder" "LIBRARYNAME" "name" $library.name) -}}
{{- $text = partial "named.html" (dict "text" $text "placeholder" "PACKAGENAME" "name" $library.package) -}}
{{- $parts = $parts | append $text -}}
{{- end -}}
{{- $html := partial "filled.html" (dict "html" (index $parts 0) "own" false "params" .) -}}
{{- return dict "html" $html "contents" (index $parts 1) -}}
""",
    "layouts/page.html": FILES["layouts/page.html"]
    .replace(
        "<!doctype html>",
        """\
{{- $library := partialCached "library.html" .Params .Params.library -}}
{{- $product := dict "placeholder" "PRODUCTNAME" "name" .Params.product_name -}}
{{- $contents := partial "named.html" (merge $product (dict "text" $library.contents)) -}}
{{- $html := partial "named.html" (merge $product (dict "text" $library.html)) -}}
{{- $html = partial "filled.html" (dict "html" $html "own" true "params" .Params) -}}
<!doctype html>""",
    )
    .replace("{{ .TableOfContents }}", "{{ safeHTML $contents }}")
    .replace("{{ .Content }}", "{{ safeHTML $html }}"),
}
