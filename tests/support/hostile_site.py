"""Sites with values that look like markup, templates or links."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from sitegen.findings import Finding
from sitegen.formats.style import Style
from sitegen.site.combine import Build
from sitegen.site.loading import Site
from tests.support.sites import build_site, load, own_texts

HUGO, MARKDOC, HTML, FRAGMENT = "hugo", "markdoc", "html", "fragment"
GITHUB, MDX, MKDOCS, RST = "github", "mdx", "mkdocs", "rst"
DAY = date(2026, 4, 1)
HOSTILE = (
    "{{ readFile `secret.txt` }}", '{{ readFile "secret.txt" }}', "{{ os.Getenv `HUGO_X` }}", "{{ 1 | safeHTML }}",
    "{{< X >}}", "{{< X", "X >}}", "{{% X %}}", "{{</* X */>}}", "{{%/* X */%}}", "{{/* x */}}", "{{- x -}}",
    "{{", "}}", "{", "}", "{%", "%}", "{{<", ">}}", "`{{< X >}}`",
    "{% if %}", "{% if $x %}", "{% /alert %}", "{% alert %}", "{% #id %}", "{% .cls %}", "{% $x %}", "{% f() %}",
    "{% comment %}", "{#id}", "{.cls}", "{# x #}", "{x=y}", "a{", "{b", "b}", "a {.cls}", "a {% #id %}",
    "<< x >>", "<<", ">>", "<% x %>", "<# x #>", "<%", "[[ x ]]",
    "a|b", "|", "||", "| a | b |", "|---|", ":-", ":-:", "-:", "\\|", "a\\|b",
    "`", "``", "```", "`a`", "a`b", "``a`b``", "`a", "a`", "~~~", "```go",
    "<script>alert(1)</script>", "</td></tr></table>", "<b>x</b>", "<br>", "<!-- x -->", "-->", "<!--", "<a",
    "<https://example.com>", "<a@b.de>", "<x", "x>", "a<b", "<?x?>", "<![CDATA[x]]>", "</main>", "\" onload=\"x",
    "---", "- - -", "***", "* * *", "___", "_ _ _", "===", "==", "=", "--", "---x", "+++", "...", "....", "..",
    "3.10", "1.20", "010", "1_000", "1:30", "no", "yes", "null", "~", "true", "1e3", "0x1F", ".inf", "2026-05-31",
    "1. x", "1.", "1)", "1) x", "123456789. x", "- x", "-", "-x", "* x", "*", "+ x", "+", "+x", "# x", "#", "#x",
    "###### x", "> x", ">", ">x", ": x", ":", ":x", "~ x", "= x", "[ ] x", "[x] y", "a #", "a ##", "C #", "C#", "F##",
    "*x*", "**x**", "*x", "x*", "_x_", "__x__", "x_y_z", "***x***", "a*b*c", "__init__", "*", "2*3*4",
    "[a](b)", "[a]", "[a][b]", "[a]: b", "[^1]", "[^1]: x", "![a](b)", "![a]", "[a](b \"c\")", "](b)", "[", "]", "](",
    "[feedback]", "[!NOTE]", "[x](javascript:alert(1))", "javascript:alert(1)",
    "https://example.com", "http://example.com/a_b_c?d=e&f=g", "www.example.com", "WWW.EXAMPLE.COM", "ftp://a.de",
    "mailto:a@b.de", "a@b.de", "@a", "xmpp:a@b.de", "//example.com", "x:y", "::",
    ":smile:", ":+1:", ":a:b:", ":e-mail:", "::smile::", ":b", "a:x", "x:", "a:",  # also one after the other
    "\"quoted\"", "it's", "'x'", "\"", "'", "(c)", "(tm)", "1/2", "<<x>>", "a -- b", "a --- b", "'90s", "5'10\"",
    "&amp;", "&#65;", "&#x41;", "&copy;", "&", "&&", "&x", "AT&T", "&amp", "&#", "&lt;b&gt;", "&nbsp;",
    "\\", "\\\\", "a\\", "\\*", "\\a", "C:\\x\\", "\\n", "\\{", "\\`",
    "$x$", "$$x$$", "$", "$x", "\\(x\\)", "\\[x\\]", "~~x~~", "~x~", "==x==", "^x^", "++(x)++", "H~2~O", "x^2^",
    "😀", "👩‍💻", "🇩🇪", "שלום עולם", "مرحبا", "e\u0301", "\u0301x", "a\u200db", "\u200d", "\u200b", "\u202ex\u202c",
    "中文", "ａ｜ｂ", "“x”", "‘x’", "–", "—", "…", "x\u00a0y", "x\u00ady", "\u2066x\u2069", "ﬁ", "𝒳", "İ", "ß", "\u00b7",
    "a\tb", "a  b", "C++17 ++", "x ++ y ++", "++", "a   b", "%s", "%(x)s", "{0}", "${x}", "$(x)", "#{x}", "%7B", "a%20b", "!x", "@x", "%x", "!", "?",
    "x86-64, AArch64", "Software Composition Analysis (SCA)", "http.client", "3.9+", ">=2.0,<3", "2.7, 3.5-3.11",
)  # fmt: skip
_ATOMS = (
    *"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", *"aZ09éß中😀", " ", " ", " ", "  ", "\t", "word", "x86", "3.10", "1.",
    "--", "---", "...", "{{", "}}", "{{<", ">}}", "{{%", "%}}", "{%", "%}", "<!--", "-->", "](", "![", "[^", "]:",
    "<<", ">>", "<%", "%>", "``", "```", "~~", "**", "__", "&amp;", "&#", ";", "http://", "https://", "www.",
    "a@b.de", ":a:", "$$", "||", "\\|", "<a href=x>", "</td>", "<script>", "javascript:", "\u0301", "\u200d",
    "\u200b", "\u202e", "\u00a0", "ש", "م", "“", "’", "—", "\u00ad",
)  # fmt: skip
PAGES, THINGS = (8, 3), 38  # the pages of each batch, the first of which has all of `HOSTILE`; the values of a page
BATCHES = len(PAGES)
WORDS = "words"


@cache
def hostile_values() -> list[str]:
    """As many different values as the pages can show: the known ones first, then combinations of their parts."""
    chance = random.Random(1)
    found = dict.fromkeys(HOSTILE)
    while len(found) < sum(PAGES) * THINGS:
        kind = chance.random()
        if kind < 0.2:
            text = chance.choice(("", " ")).join(chance.choices(HOSTILE, k=2))
        elif kind < 0.3:
            codes = (chance.choice((chance.randrange(32, 127), chance.randrange(160, 0x3000))) for _ in range(4))
            text = "".join(map(chr, codes))
        else:
            text = "".join(chance.choices(_ATOMS, k=chance.randrange(1, 7)))
        text = re.sub(r"[\u2028\u2029]", "", text).strip()
        if text and not re.search(r"\w\+\+(?![\w+])", text):  # C++ is unchanged, whatever the settings of Hugo
            found[text] = None
    return list(found)


TARGETS = (
    "/a/", "#b", "https://example.com/c", "mailto:a@b.de", "/a(b)", "/a(b", "/a)b", "/?a=1&b=2", "/?a&amp;b", "/?a&copy=1",
    "/?a&copy;b", "/*a*_b_~c~", "/a[b]", "/a]b", "/a$b$", "/a%20b", "/a%b", "/é", "/a:b:c", "/a--b", "/a...", "/a#b#c",
    "/a!b", "/a;b", "/a,b", "/x@y.de", "/==a==", "/a%7B%7B", "/a$",
)  # fmt: skip
STATES = (
    "yes", "no", "preview >=2", "1.2", "'preview >=1.2,<2; 2+'", "{verbatim: '`1|2` {{< X >}} *or* so'}",
    "{is: 1.2, when: '**Bold**, `a|b` and [a link](/a/)'}", "{all: [{is: yes, when: a}, {is: 2+, when: '`b`'}]}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Construct:
    """A piece of prose around values, and its expected blocks and links on the page."""

    source: str
    blocks: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...] = ()
    only: str = ""

    def in_page(self) -> str:
        """The piece as written in a page file."""
        source = re.sub("«(.)»", r"<< \1 >>", self.source)
        return f'<% if dialect == "{self.only}" %>\n{source}\n<% endif %>' if self.only else source


# «v» and «w» are values; in the source of a page `<< v >>` and `<< w >>`.
PROSE = (
    Construct("## «v»", (("h2", "«v»"),)),
    Construct("A paragraph with «v» in it.", (("p", "A paragraph with «v» in it."),)),
    Construct("«v»", (("p", "«v»"),)),
    Construct("«v»«w», then (x«v»x).", (("p", "«v»«w», then (x«v»x)."),)),
    Construct("Two lines, the second\n«v»\n«w»", (("p", "Two lines, the second «v» «w»"),)),
    Construct("- «v»\n- an item with «v»\n  «v»", (("li", "«v»"), ("li", "an item with «v» «v»"))),
    Construct("1. «v»\n2. «w» and more", (("li", "«v»"), ("li", "«w» and more"))),
    Construct("> Quoted «v»\n> «w»", (("p", "Quoted «v» «w»"),)),
    Construct("> [!NOTE]\n> «v»\n> «w»", (("p", "«v» «w»"),)),
    Construct("Code `«v»`, `pip install «v»==«w»`.", (("p", "Code «v», pip install «v»==«w»."),)),
    Construct("**«v»** and *«v»* and **about «v»**", (("p", "«v» and «v» and about «v»"),)),
    Construct("[«v»](/a/)", (("p", "«v»"),), (("«v»", "/a/"),)),
    Construct("[a «v» `«w»`](/a/)", (("p", "a «v» «w»"),), (("a «v» «w»", "/a/"),)),
    Construct("![«v»](/b.png)", (("p", "«v»"),), (("«v»", "/b.png"),), HUGO),
    Construct("[to](/c/«v»/d.html?e=«w»#f)", (("p", "to"),), (("to", "/c/«v»/d.html?e=«w»#f"),)),
    Construct("### About «v»", (("h3", "About «v»"),)),
)
TEMPLATES = {path: data for path, data in own_texts().items() if path.startswith(("partials/", "themes/"))}
FILE_OF_PAGES = """---
for: [{products}]
title: << product.name >>
description: << product.first >>
labels: [<< product.name >>, a << product.first >> b]
further:
  - text: << product.second >>
    link: /a/
---
<% for i in range({things}) %>
<% set v = things[product.id ~ "-" ~ i].plain %>
<% set w = things[product.id ~ "-" ~ i].other %>

{prose}
<% endfor %>

<< tables.grid >>

<< tables.items >>

<< tables.arranged >>

The same as a fragment:

<< partials.grid >>
"""
SETTINGS = """
partials:
  grid: {path: << product.id >>/<< library.id >>/grid, tables: [grid, items, arranged]}
dialects:
  hugo:
    unsafe: true
    alert: ['<div class="alert alert-{level}">', "</div>"]
    links: reference
    words: {yes: "{{< X >}}", no: ""}
    partial: '{{< partial name="{path}" >}}'
"""
WITH_HTML = """
    unsafe: true
    alert: ['<div class="alert alert-{level}">', "</div>"]
    links: reference
"""


def errors(made: Build) -> list[Finding]:
    """The findings of a site, except for warnings about invisible characters."""
    return [finding for finding in made.findings if finding.severity == "error"]


@dataclass(frozen=True, slots=True)
class Generated:
    """A site with generated values: its build, and the values by product."""

    made: Build
    site: Site
    values: Mapping[str, Sequence[str]]

    def style(self, format_name: str) -> Style:
        """The style of a format in the site."""
        return self.site.settings.styles[format_name]


def quoted(text: str) -> str:
    """A text as a YAML scalar in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def generate(values: Mapping[str, Sequence[str]], format_name: str, *, html: bool = True) -> Generated:
    """Build a site in one format. Its pages, one for each product, show values in every place that can show one.

    Without `html`, the pages of Hugo contain no HTML.
    """
    products, things, rows = [], [], []
    for product, texts in values.items():
        name, first, second = (quoted(text) for text in (texts[0], texts[1], texts[2]))
        products.append(f"    {product}: {{name: {name}, first: {first}, second: {second}}}")
        ids = [f"{product}-{i}" for i in range(len(texts))]
        rows.append(f"      - {{is: [{', '.join(ids)}], for: {product}}}")
        for i, (id_, text) in enumerate(zip(ids, texts, strict=True)):
            other = quoted(texts[i - 1])
            note = ", note: More below." if i % 10 == 0 else ""
            written = f"{{verbatim: {quoted(text)}}}" if i % 7 == 3 else quoted(text)
            things.append(
                f"    {id_}: {{plain: {written}, other: {other}, parts: [{other}, {quoted(text)}],"
                f" target: {quoted(TARGETS[i % len(TARGETS)])}, state: {STATES[i % len(STATES)]},"
                f' rich: "**Bold**, `a|b` and [a link](/a/)"{note}}}'
            )
    longest = max(len(texts) for texts in values.values())
    stacked = "{header: Stacked, fields: [plain, parts]}"
    facts = "\n".join(
        [
            "products:", "  fields: {name: text, first: text, second: text}", "  records:", *products,
            "libraries: {fields: {name: text}, records: {python: {name: Python}}}",
            "things:",
            "  fields: {plain: text, other: text, parts: list of text, target: link, state: support, rich: markdown}",
            "  records:", *things,
            "tables:",
            "  grid:", "    caption: << product.second >>", "    from: things",
            "    rows:", *rows,
            "    columns:",
            "      - {header: << product.first >>, field: plain}",
            "      - {header: << product.name >> and << product.second >>, field: plain, code: yes}",
            "      - {header: << product.second >>, field: plain, link: target}",
            f"      - {stacked}",
             '      - {header: Shown, field: plain, show: "<< record.other >><< value >>-", link: "/v/<< record.plain >>/"}',
             '      - {header: Coded, field: plain, code: yes, show: "`<< value >>` {{x}}"}',
            """      - {header: State, field: state, when: "<< value >> | *if << when >>*<b>", joiner: " | `and` "}""",
            "      - {header: Rich, field: rich}",
            "  items:", "    layout: list", "    from: things",
            "    rows:", *rows,
            "    columns: [{field: plain}, {field: other, code: yes}]",
            "  arranged:", "    caption: << product.first >>", "    from: things",
            "    rows:", *rows,
            "    columns:",
            "      - {field: plain, group: section}",
            "      - {header: << product.first >>, field: other, group: span}",
            "      - {header: State, field: state, group: span}",
            "      - header: << product.second >>",
            "        columns:",
            "          - {header: << product.first >>, field: plain}",
            "          - {header: << product.name >>, field: rich}",
        ]
    )  # fmt: skip
    prose = "\n\n".join(construct.in_page() for construct in PROSE)
    page = FILE_OF_PAGES.format(products=", ".join(values), things=longest, prose=prose)
    texts_of_site = {
        "sitegen.yaml": SETTINGS if html else SETTINGS.replace(WITH_HTML, "\n"),
        "content/facts.yaml": facts,
        "content/page.md": page,
    }
    site = load({**TEMPLATES, **{path: text.encode() for path, text in texts_of_site.items()}})
    made = build_site(site, DAY, (format_name,))
    assert errors(made) == []
    return Generated(made, site, values)


def hostile(batch: int, format_name: str, *, html: bool = True) -> Generated:
    """A site with a batch of hostile values, and one page with harmless ones."""
    first, count = sum(PAGES[:batch]) * THINGS, PAGES[batch]
    texts = hostile_values()[first : first + count * THINGS]
    pages = {f"p{i}": texts[i::count] for i in range(count)}
    return generate({**pages, WORDS: [f"word {i}" for i in range(THINGS)]}, format_name, html=html)
