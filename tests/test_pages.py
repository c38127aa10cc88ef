"""Pages: prose is unchanged; headings, links, alerts, slots and values are written in the notation of each format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from sitegen.files.sources import source_files
from tests.support.sites import ROLES, SETTINGS, body, build, built, load, tiny

FACTS = """
links:
  fields: {target: link}
  records:
    guide: {target: /guide/#start}
    form: {target: "https://forms.example.com/x"}
things:
  fields: {name: text, since: version, site: link, tags: list of text, text: markdown}
  records:
    a:
      name: "A|B *c*"
      since: 1.10
      site: https://example.com/a
      tags: [one, two, three]
      text: See **the** [guide].
tables:
  t: {caption: Things, from: things, columns: [{header: Name, field: name}]}
"""


UNSAFE = "base-url: https://docs.example.com\ndialects: {hugo: {unsafe: true}, markdoc: {unsafe: true}}\n"


def both(page: str, **files: str) -> tuple[str, str]:
    """The body of a page in Hugo and in Markdoc."""
    texts = tiny(FACTS, page, **files)
    return body(texts, path="hugo/content/web/python.md"), body(texts)


def test_prose_is_unchanged() -> None:
    prose = 'A *b* _c_ **d** `e|f` &amp; <kbd>K</kbd> 1 < 2 \\* "q" -- ...\n\n1. x\n   - y\n\n| a | b |\n|---|---|\n| 1 | 2 |'
    assert both(prose, sitegen_yaml=UNSAFE) == (prose, prose)


def test_a_value_is_printed_unchanged() -> None:
    hugo, markdoc = both("Name: << things.a.name >>, from << things.a.since >> on.")
    assert hugo == markdoc == "Name: A&#124;B &#42;c&#42;, from 1.10 on."


def test_a_value_is_in_a_code_span_if_possible() -> None:
    hugo, _ = both("`>=<< things.a.since >>` and `<< things.a.name >>`")
    assert hugo == "`>=1.10` and A&#124;B &#42;c&#42;"


def test_a_markdown_value_is_not_escaped() -> None:
    hugo, markdoc = both("<< things.a.text >>")
    assert hugo == "See **the** [guide](/guide/#start)."
    assert markdoc == "See **the** [guide](https://docs.example.com/guide.md#start)."


@pytest.mark.parametrize(
    ("written", "hugo", "markdoc"),
    [
        ("[the guide][guide]", "[the guide](/guide/#start)", "[the guide](https://docs.example.com/guide.md#start)"),
        ("[guide][]", "[guide](/guide/#start)", "[guide](https://docs.example.com/guide.md#start)"),
        ("[guide]", "[guide](/guide/#start)", "[guide](https://docs.example.com/guide.md#start)"),
        ("[x](/a/b/)", "[x](/a/b/)", "[x](https://docs.example.com/a/b.md)"),
        ("[x](/a/b/?q=1#c)", "[x](/a/b/?q=1#c)", "[x](https://docs.example.com/a/b.md?q=1#c)"),
        ("[x](/a.pdf)", "[x](/a.pdf)", "[x](https://docs.example.com/a.pdf)"),
        ('[x](/a/ "T")', '[x](/a/ "T")', '[x](https://docs.example.com/a.md "T")'),
        ("![x](/i.png)", "![x](/i.png)", "![x](https://docs.example.com/i.png)"),
        ("[`code` *x*](https://y.example)", "[`code` *x*](https://y.example)", "[`code` *x*](https://y.example)"),
        ("[x](#top)", "[x](#top)", "[x](#top)"),
        ("[a](<< things.a.site >>)", "[a](https://example.com/a)", "[a](https://example.com/a)"),
        ("`[guide]` \\[guide\\]", "`[guide]` \\[guide\\]", "`[guide]` \\[guide\\]"),
        ("[no link]", "[no link]", "[no link]"),
    ],
)
def test_links(written: str, hugo: str, markdoc: str) -> None:
    assert both(written) == (hugo, markdoc)


def test_a_link_to_an_unknown_anchor_is_reported() -> None:
    page = """\
## Install << product.name >>

[a](#instal-web), [b](#install-web), [c][own]

[own]: #install-api
"""
    found = build(load(tiny(FACTS, page)), "2026-04-01").findings
    assert {f.code for f in found} == {"unknown-anchor"}
    assert [(f.severity, f.message, f.place[1:4], f.hint) for f in found] == [
        ("warning", "nothing on this page has the id 'instal-web'", (6, 5, 11), "did you mean 'install-web'?"),
        ("warning", "nothing on this page has the id 'install-web'", (6, 23, 12), "did you mean 'install-api'?"),
    ]


@pytest.mark.parametrize(
    "page",
    [
        "## A *b*\n\n[x](#a-b)",
        "## Title {#own}\n\n[x](#own)",
        "## Title {#own}\n\n[x](#%6Fwn)",
        "A title\n-------\n\n[x](#a-title)",
        "> ## A title\n\n[x](#a-title)",
        "[x](#) [y](#top)",
        '<a id="here"></a> [x](#here)',
        "<div id=here>\n\n[x](#here)",
        "<< tables.t >>\n\n[x](#table-t-a)",
        '<% if dialect == "hugo" %>\n{{< tabs >}}\n<% endif %>\n\n<% if dialect == "hugo" %>[x](#tab)<% endif %>',
        "## Things\n\n## Things\n\n[x](#things-1)",
    ],
)
def test_a_link_to_a_possible_anchor_is_not_reported(page: str) -> None:
    built(tiny(FACTS, page, sitegen_yaml=UNSAFE))


def test_a_page_can_define_its_own_links() -> None:
    hugo, markdoc = both("[x][1] and [own]\n\n[1]: /one/\n[own]: https://own.example")
    assert hugo == "[x](/one/) and [own](https://own.example)"
    assert markdoc == "[x](https://docs.example.com/one.md) and [own](https://own.example)"


def test_the_links_of_a_page_can_have_titles() -> None:
    page = "[x][1], ![y][1] and [own]\n\n[1]: /one/ 'First'\n[own]: https://own.example\n  \"My << product.id >>\"\n[1]: /two/"
    hugo, markdoc = both(page)
    assert hugo == '[x](/one/ "First"), ![y](/one/ "First") and [own](https://own.example "My web")'
    assert markdoc.startswith('[x](https://docs.example.com/one.md "First"), ')


def test_links_can_be_references_at_the_end() -> None:
    settings = "base-url: https://docs.example.com\ndialects: {hugo: {links: reference}}\n"
    hugo, _ = both("[a][form] [b][guide] [c][form]", sitegen_yaml=settings)
    assert hugo == "[a][1] [b][2] [c][1]\n\n[1]: https://forms.example.com/x\n[2]: /guide/#start"


def test_each_page_has_the_references_of_its_tables() -> None:
    settings = "base-url: https://docs.example.com\ndialects: {hugo: {links: reference}}\n"
    facts = "notes:\n  fields: {text: markdown}\n  records:\n    a: {text: '[a](/a)'}\n    b: {text: '[b](/b)'}\n"
    facts += "tables:\n  notes:\n    caption: Notes\n    from: notes\n    columns: [{header: Text, field: text}]\n"
    page = "<% if product.id == 'api' %>[c](/c)<% endif %>\n\n<< tables.notes >>\n"
    texts = tiny(facts, page, sitegen_yaml=settings)
    web, api = (body(texts, path=f"hugo/content/{product}/python.md") for product in ("web", "api"))
    assert web.endswith("| [a][1] |\n| [b][2] |\n\n[1]: /a\n[2]: /b")
    assert api.endswith("| [a][2] |\n| [b][3] |\n\n[1]: /c\n[2]: /a\n[3]: /b")


def test_an_alert_is_written_in_the_notation_of_the_format() -> None:
    settings = "base-url: https://docs.example.com\ndialects: {hugo: {unsafe: true, alert: ['<div class=\"alert alert-{level}\">', </div>]}}\n"
    text = "> [!WARNING]\n> Mind the [form][form].\n>\n> - << things.a.since >>\n\n> A quotation."
    hugo, markdoc = both(text, sitegen_yaml=settings)
    assert hugo == (
        '<div class="alert alert-warning">\n\nMind the [form](https://forms.example.com/x).\n\n- 1.10\n\n</div>\n\n> A quotation.'
    )
    assert markdoc == (
        '{% alert level="warning" %}\nMind the [form](https://forms.example.com/x).\n\n- 1.10\n{% /alert %}\n\n> A quotation.'
    )


def test_an_alert_is_a_block_quote_by_default() -> None:
    hugo, _ = both("> [!NOTE]\n> One.\n>\n> Two.")
    assert hugo == "> [!NOTE]\n> One.\n>\n> Two."
    settings = "base-url: https://docs.example.com\ndialects: {hugo: {levels: {note: info}}}\n"
    assert both("> [!NOTE]\n> One.", sitegen_yaml=settings)[0] == "> [!info]\n> One."


def test_headings_have_unique_ids() -> None:
    hugo, markdoc = both(
        "## Über `x` << things.a.since >>!\n\n### Notes\n\n### Notes\n\n#### Own {#my-id}\n\n### Notes #"
    )
    assert hugo == "## Über `x` 1.10!\n\n### Notes\n\n### Notes\n\n#### Own {#my-id}\n\n### Notes"
    assert [line.partition("{% ")[2] for line in markdoc.split("\n") if line] == [
        'id="Section-über-x-110" %}',
        "#notes %}",
        "#notes-1 %}",
        "#my-id %}",
        "#notes-2 %}",
    ]


def test_fenced_code_is_unchanged_unless_it_has_values() -> None:
    fence = '```python\nx = "<< things.a.since >>"  # [guide] {% x %}\n\n# no heading\n```'
    hugo, markdoc = both(f"Before.\n\n{fence}\n\nAfter.")
    assert hugo == f"Before.\n\n{fence}\n\nAfter."
    assert markdoc == hugo.replace("```python", "```python {% process=false %}")  # else Markdoc reads tags in code
    hugo, _ = both("~~~sh values\npip install a==<< things.a.since >>\n~~~")
    assert hugo == "~~~sh\npip install a==1.10\n~~~"


def test_fenced_code_in_a_list_or_an_alert_keeps_its_position() -> None:
    text = "- item\n\n  ```sh\n  << x >>\n  ```\n\n> [!NOTE]\n> ```sh\n> << y >>\n> ```"
    hugo, markdoc = both(text)
    assert hugo.startswith("- item\n\n  ```sh\n  << x >>\n  ```\n\n> [!NOTE]\n> ```sh")
    assert "<< y >>" in markdoc


def test_tags_of_one_format_are_in_a_condition() -> None:
    page = '<% if dialect == "hugo" %>\n{{< img src="/x.png" >}}\n<% elif dialect == "markdoc" %>\n{% callout %}\nx\n{% /callout %}\n<% endif %>'
    assert both(page) == ('{{< img src="/x.png" >}}', "{% callout %}\nx\n{% /callout %}")


def test_an_included_file_can_use_variables_of_the_page() -> None:
    page = '<% set who = things.a.since %>\n<% include "_shared.md" %>\n\nEnd.'
    assert both(page, content___shared_md="For << who >>.\n")[0] == "For 1.10.\n\nEnd."


def test_loops_and_conditions_over_values() -> None:
    page = (
        '<< things.a.tags | sentence >>; << things.a.tags | sentence("or") >>\n'
        "<% for tag in things.a.tags %>\n- << tag >>\n<% endfor %>\n"
        '<% if things.a.since == "1.10" %>\nten\n<% endif %>\n<% if product.id == "web" %>\nweb\n<% endif %>'
    )
    assert both(page)[0] == "one, two, and three; one, two, or three\n- one\n- two\n- three\nten\nweb"


def test_a_statement_at_the_end_of_a_line_keeps_the_line_break() -> None:
    page = """\
<% for thing in things %>
## << thing.id | upper >><# the id #>

Since << thing.since >><% if thing.tags %>, tagged<% endif %>
<% if thing.site %>
See << thing.id >>.
<% endif %>
<% endfor %>
## End
"""
    assert both(page)[0].splitlines() == [
        "## A", "", "Since 1.10, tagged", "See a.", "## End"
    ]  # fmt: skip


def test_a_line_that_prints_nothing_is_omitted() -> None:
    page = """\
| A |
|---|
<% for thing in things %>
<% if thing.site %>| << thing.id >> |<% endif %>
<% endfor %>
| end |
"""
    assert both(page)[0].splitlines() == ["| A |", "|---|", "| a |", "| end |"]


def test_the_edition_with_the_latest_day_is_used() -> None:
    new = "---\nfrom: 2026-01-01\ntitle: Page\n---\nNew."
    texts = tiny(FACTS, "Old.", content__new_md=new)
    assert body(texts, "2025-12-31") == "Old."
    assert body(texts, "2026-01-01") == "New."


def test_a_page_can_be_for_one_product() -> None:
    texts = tiny(FACTS, "All.", content__api_md="---\nfor: api\nfrom: 2020-01-01\ntitle: Page\n---\nAPI.")
    assert body(texts) == "All."
    assert body(texts, path="markdoc/api/python.md") == "API."


def test_front_matter_keeps_its_keys_and_types() -> None:
    page = (
        "---\ntitle: 3.10\nweight: 50\ndraft: false\nver: << things.a.since >>\nname: << things.a.name >>\n"
        'tags: [a, "b: c"]\nnested: {x: [1, {y: "no"}]}\nempty:\nhugo: {layout: wide}\nmarkdoc: {description: D}\n---\nx'
    )
    files = built(tiny(FACTS, content__page_md=page)).files
    common = (
        'title: "3.10"\nweight: 50\ndraft: false\nver: "1.10"\nname: "A|B *c*"\ntags:\n  - a\n  - "b: c"\n'
        'nested:\n  x:\n    - 1\n    - "y": "no"\nempty: null\n'
    )
    comment = "---\n# Generated by sitegen from content/facts.yaml, content/page.md; do not edit.\n"
    assert files["hugo/content/web/python.md"].text == comment + common + "layout: wide\n---\n\nx\n"
    assert files["markdoc/web/python.md"].text == comment + common + "description: D\n---\n\n# 3.10\n\nx\n"


def test_a_partial_is_a_reference_in_hugo_and_inlined_in_markdoc() -> None:
    settings = (
        "base-url: https://docs.example.com\n"
        "partials: {things: {path: << product.id >>/things, tables: [t]}, all: {path: all/<< library.id >>, tables: [t], each: library}}\n"
    )
    texts = tiny(FACTS, "<< partials.things >>\n\n<< partials.all >>", sitegen_yaml=settings)
    assert body(texts, path="hugo/content/web/python.md") == (
        '{{< partial name="web/things.html" >}}\n\n{{< partial name="all/python.html" >}}'
    )
    table = "| Name                 |\n| -------------------- |\n| A&#124;B &#42;c&#42; |"
    assert body(texts) == f"{table}\n\n{table}"
    assert sorted(path for path, file in built(texts).files.items() if file.fragment) == [
        "hugo/layouts/partials/all/python.html",
        "hugo/layouts/partials/api/things.html",
        "hugo/layouts/partials/web/things.html",
        "markdoc/partials/all/python.md",
        "markdoc/partials/api/things.md",
        "markdoc/partials/web/things.md",
    ]


def test_a_site_can_override_one_template_of_partials() -> None:
    settings = "base-url: https://docs.example.com\npartials: {things: {path: << product.id >>/things, tables: [t]}}\n"
    own = "<p>{{ .Title }} << table.caption >> << table.rows[0][0] >></p>\n"
    files = built(tiny(FACTS, "x", sitegen_yaml=settings, partials__table_html=own)).files
    text = files["hugo/layouts/partials/web/things.html"].text
    assert text.split("\n")[1] == "<p>{{ .Title }} Things A|B *c*</p>"


def test_text_next_to_a_table_does_not_become_a_row() -> None:
    _, markdoc = both("Before:\n<< tables.t >>\nAfter.")
    assert markdoc.split("\n")[:2] == ["Before:", ""]
    assert markdoc.split("\n")[-2:] == ["", "After."]


# --- missing pages ----------------------------------------------------------

NO_PAGE = ("no-page", "no product has a page on 2026-11-20", "warning")


def _told(texts: Mapping[str, bytes]) -> list[tuple[str, str, str]]:
    made = build(load({name: data for name, data in texts.items() if name != "content/page.md"}), "2026-11-20")
    return [(finding.code, finding.message, finding.severity) for finding in made.findings]


def test_a_missing_page_is_reported_if_one_is_intended_or_nothing_else_is_built() -> None:
    partials = SETTINGS + "partials: {t: {path: << product.id >>/t, tables: [t]}}\n"
    assert _told(tiny(FACTS)) == [NO_PAGE]
    assert _told(tiny(FACTS, sitegen_yaml=partials)) == []
    pages = "pages: {hugo: << product.id >>.md}\n"
    assert _told(tiny(FACTS, sitegen_yaml=partials + pages)) == [NO_PAGE]
    assert _told(tiny(FACTS, sitegen_yaml=pages + partials)) == [NO_PAGE]


def test_a_product_that_no_library_has_is_reported() -> None:
    roles = ROLES.replace("python: {name: Python}", "python: {name: Python, products: web}")
    roles = roles.replace("libraries:\n  fields: {", "libraries:\n  fields: {products: list of reference to products, ")
    (found,) = build(load(tiny(FACTS, "Text.", content__roles_yaml=roles)), "2026-11-20").findings
    assert (found.code, found.message) == ("no-page", "the product 'api' has no page on 2026-11-20")


def test_a_comparison_in_text_is_no_condition() -> None:
    assert both("`product.id == 'x'`") == ("`product.id == 'x'`",) * 2


@pytest.mark.parametrize("name", ["content/page.markdown", "content/more/facts.YAML"])
def test_a_file_that_looks_like_a_source_is_reported(name: str) -> None:
    texts = {**tiny(FACTS, "Text."), name: b"Text."}
    (finding,) = load(texts).findings
    assert (finding.code, finding.place.file, finding.severity) == ("unread-file", name, "warning")


def test_such_files_are_sources(tmp_path: Path) -> None:
    names = ["page.markdown", "facts.YML", "page.mdx", "notes.txt"]
    (tmp_path / "content").mkdir()
    for name in names:
        (tmp_path / "content" / name).touch()
    assert sorted(dict(source_files(tmp_path))) == [*(f"content/{name}" for name in sorted(names[:3])), "sitegen.yaml"]


def test_a_file_with_the_name_of_a_library_must_declare_it() -> None:
    two = ROLES.replace("python: {name: Python}", "python: {name: Python}\n    java: {name: Java}")
    own = "things: {records: {b: {name: B, since: 1.1, site: /b/, tags: [x], text: T}}}\n"
    for name, roles, text, told in (
        ("java", two, own, ["missing-library"]),
        ("java", two, f"library: java\n{own}", []),
        ("more", two, own, []),
        ("python", ROLES, own, []),
    ):
        texts = {**tiny(FACTS, "Text.", content__roles_yaml=roles), f"content/{name}.yaml": text.encode()}
        assert [finding.code for finding in load(texts).findings] == told


@pytest.mark.parametrize(
    "prose",
    [
        "```\na\n    ```\nb\n```\n\ntext",
        "~~~md\n    ~~~\n~~~",
        "a\n\n    ```sh\n    x\n\ntext",
        "- a\n\n      ```\n\ntext",
        "<!--\n```\n-->\n\ntext",
        "<pre>\n```\n</pre>\n\ntext",
        "<#\n```\nx #>\n\ntext",
    ],
)
def test_apparent_code_spans_are_reported_if_they_contain_values(prose: str) -> None:
    assert [finding.code for finding in load(tiny(FACTS, prose)).findings] == []
    taken = load(tiny(FACTS, f"{prose}\n\n<< things.a.name >>")).findings
    assert {finding.code for finding in taken} == {"open-fence"}


@pytest.mark.parametrize(
    "prose",
    [
        "<a id='i-<< library.id >>'></a>\n\n[x](#i-<< library.id >>)",
        "## What's new?\n\n[x](#whats-new)",
        "## 1. Intro\n\n[x](#1-intro)",
        "## A & b\n\n[x](#a--b)",
        "## The `foo_bar` option\n\n[x](#the-foo_bar-option)",
    ],
)
def test_an_id_that_some_format_may_create_is_known(prose: str) -> None:
    assert built(tiny(FACTS, prose, sitegen_yaml=UNSAFE))
