"""What pages share is what each of them would have alone: tables, the text of a page file, and what products have in common."""

from __future__ import annotations

import gc
import random
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sitegen.build import causes
from sitegen.build.project import Layout, Project
from sitegen.documents.documents import Document
from sitegen.evaluation.context import Context
from sitegen.formats import FORMATS, html
from sitegen.site import pages
from sitegen.site.combine import Build
from sitegen.site.loading import Site
from sitegen.site.selection import product_contexts
from sitegen.tables.evaluate import Tables
from sitegen.tables.grids import plain_text
from tests.support.requirements import slow
from tests.support.sites import DAYS, build_site, built, large_site, load, own_build, own_site, tiny

VALUES = (
    "word", "C++", "a|b", "`tick`", "*x*", "a [b](c)", "<b>", "&amp;", "1. Go", "- a", "# a", "> q", "{{< X >}}",
    "{% x %}", "Über", "http://a.b", "/path/x", "100%", "a%41", "javascript:x", "x:y", "--", "é", "a\u00a0b", "'", '"', "\\", "a_b_c",
)  # fmt: skip
PROSE = """\
A << library.plain >> in text, `<< library.plain >>` in code, **<< library.plain >>** and << library.marked >>.

## Heading << library.plain >>

## Heading << library.plain >>

- << library.plain >>
- << library.marked >> and [a link](https://docs.example.com/<< library.plain >>/x) and [<< library.plain >>](/x "t << library.plain >>")

> [!NOTE]
> << library.plain >> in an alert
> and << library.marked >>

```text values
<< library.id >>
```

<% if dialect == "hugo" %>
{{< tag a="<< library.id >>" >}}
<% endif %>

<< tables.things >>

<< tables.things >>

### Thing << product.name >>

<< partials.things >>
"""
TABLE = """\
  things:
    caption: Things of << library.id >>
    from: things
    columns:
      - {header: Name, field: plain}
      - {header: << product.name >>, field: since}
      - {header: Marked, field: marked}
"""


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def site_of_values(seed: int) -> dict[str, bytes]:
    """Four libraries and two products with values that look like markup; some values are for one product only."""
    chance = random.Random(seed)

    def value(*choices: str) -> str:
        return quoted(chance.choice(choices))

    libraries = "".join(
        f"    l{number}: {{name: L{number}, plain: {value(*VALUES)}, marked: {value('*m*', 'a `b`', 'plain')}}}\n"
        for number in range(4)
    )
    roles = (
        "products:\n  fields: {name: text}\n  records:\n    web: {name: Web}\n    api: {name: API}\n"
        f"libraries:\n  fields: {{name: text, plain: text, marked: markdown}}\n  records:\n{libraries}"
    )
    rows = "".join(
        f"    r{number}: {{plain: {value(*VALUES)}, marked: {value('*m*', '[x](/y)')}, since: "
        + chance.choice(("1.2", "[{is: 1.2}, {is: 1.3, for: api, reason: later}]", "[{is: 1.2, note: a *note*}]"))
        + "}\n"
        for number in range(5)
    )
    facts = f"things:\n  fields: {{plain: text, marked: markdown, since: support}}\n  records:\n{rows}tables:\n{TABLE}"
    settings = (
        "base-url: https://docs.example.com\npartials:\n"
        "  things:\n    path: << product.id >>/<< library.id >>/t\n    tables: [things]\n"
    )
    return tiny(facts, PROSE, sitegen_yaml=settings, content__roles_yaml=roles)


def check(made: Build, site: Site) -> None:
    """Each page is what a writer of its own writes."""
    for path, document in made.documents.items():
        name = document.about.format
        writer: Any = FORMATS[name].writer(site.settings.styles[name], site.templates[name])
        written = writer.write(document)
        if not isinstance(written, str):
            assert written.twin == made.files[path.replace("index.html", "index.md")].text, path
            written = writer.page(written, document.about)
        assert written == made.files[path].text, path


@pytest.mark.parametrize("seed", range(12))
def test_a_page_is_what_it_is_alone(seed: int) -> None:
    site = load(site_of_values(seed))
    made = build_site(site, date(2026, 4, 1), tuple(FORMATS))
    wrong = {finding.code for finding in made.findings if finding.severity == "error"}
    assert wrong <= {"bad-link", "unsafe-value"}, made.findings
    assert len(made.documents) == 4 * 2 * len(FORMATS)
    check(made, site)


@pytest.mark.parametrize("day", DAYS)
def test_the_pages_of_this_site_are_what_they_are_alone(day: str) -> None:
    check(own_build(day), own_site())


@pytest.mark.parametrize("seed", range(6))
def test_a_table_that_products_share_is_what_each_of_them_would_have(seed: int) -> None:
    site = load(site_of_values(seed))
    report = list[object]().append
    for library in ("l0", "l1"):
        shared = Context(site.facts, date(2026, 4, 1), "", library)
        together = Tables(report)
        contexts = product_contexts(shared, report)
        made = [together.table(site.tables["things"], context) for context in [*contexts, *contexts]]  # type: ignore[arg-type]
        alone = [Tables(report).table(site.tables["things"], context) for context in [*contexts, *contexts]]  # type: ignore[arg-type]
        for one, other in zip(made, alone, strict=True):
            assert (one.caption, one.headers, one.rows, one.notes) == (
                other.caption,
                other.headers,
                other.rows,
                other.notes,
            )
            assert one.places == other.places
        assert len({id(table) for table in made}) == 2


def test_rows_are_shared_where_no_product_changes_them() -> None:
    facts = "things:\n  fields: {name: text, since: support}\n  records:\n    a: {name: A, since: SINCE}\ntables:\n  things:\n"
    facts += "    caption: Things\n    from: things\n    columns: [{header: << product.name >>, field: name}, {header: Since, field: since}]\n"
    for since, bodies in (("1.2", 1), ("[{is: 1.2}, {is: 1.3, for: web, reason: later}]", 2)):
        made = built(tiny(facts.replace("SINCE", since), "<< tables.things >>\n"))
        tables = [document.slots[0] for document in made.documents.values()]
        assert len({id(table.body) for table in tables}) == bodies  # type: ignore[union-attr]


def test_a_value_in_the_host_of_a_link_stands_there() -> None:
    page = (
        "[a](https://<< product.id >>.example.com/x) [b](https://x.<< library.id >>.com) "
        "[c](mailto:x@<< product.id >>.com) [e](https://a.b/<< product.id >>) [f]()\n"
    )
    made = built(tiny("", page))
    for product in ("web", "api"):
        text = made.files[f"html/{product}/python/index.html"].text
        hosts = (
            f"https://{product}.example.com/x",
            "https://x.python.com",
            f"mailto:x@{product}.com",
        )
        for target in (*hosts, f"https://a.b/{product}"):
            assert f'href="{target}"' in text


@pytest.mark.parametrize("mascots", [("cat", "none"), ("none", "cat"), ("cat", ""), ("", "cat")])
def test_what_a_later_product_cannot_print_is_a_finding(mascots: tuple[str, str]) -> None:
    records = "".join(
        f"    {id_}: {{name: {id_}{f', mascot: {mascot}' if mascot else ''}}}\n"
        for id_, mascot in zip(("web", "api"), mascots, strict=True)
    )
    roles = f"products:\n  fields: {{name: text, mascot: optional text}}\n  records:\n{records}"
    roles += "libraries:\n  fields: {name: text}\n  records:\n    python: {name: Python}\n"
    made = build_site(
        load(tiny("", "A << product.mascot >> b.\n", content__roles_yaml=roles)), date(2026, 4, 1), ("hugo",)
    )
    (finding,) = made.findings
    assert (finding.code, str(finding.place)) == ("missing-value", "content/page.md:4:3")
    assert finding.shown_on == (("web/python",) if mascots[0] in ("none", "") else ("api/python",))


# What a page may do with a value of its product, which stands for VALUE.
PLACES = (
    "# Title VALUE", "## VALUE", "## VALUE VALUE", "## Own {#x-VALUE}", "## Thing", "## `VALUE` and [VALUE](/x)",
    "Text VALUE in **VALUE**, `VALUE` and `fixed`.", "- VALUE", "1. VALUE", "> VALUE", "> [!NOTE]\n> VALUE",
    "[a](/x \"VALUE\")", "[policy]", "[VALUE][policy]", "```text values\nVALUE\n```", "<b title=\"VALUE\">x</b>",
    "<% if dialect == \"hugo\" %>{{< tag a=\"VALUE\" >}}<% endif %>",
    "<< tables.things >>", "<< partials.things >>", "<< library.plain >> VALUE", "## Thing\n\n## Thing\n\n## VALUE",
)  # fmt: skip
# Pages that do one of these are no family.
APART = (
    "[a](https://docs.example.com/VALUE)", "![VALUE](/VALUE.png)", "[VALUE]", "<https://docs.example.com/VALUE>",
    "[d] [e][d]\n\n[d]: https://docs.example.com/VALUE", "<% if product.id == 'web' %>Only web<% endif %>",
    "<< product.marked >>",
)  # fmt: skip


def site_of_places(seed: int) -> Site:
    """A page that does random things with random values of four products."""
    chance = random.Random(seed)
    places = [*PLACES, *(APART if seed % 4 == 0 else ())]
    body = "\n\n".join(
        chance.choice(places).replace("VALUE", f"<< product.{chance.choice(('name', 'plain', 'id'))} >>")
        for _ in range(8)
    )
    names = ["Thing", "thing 1", "Thing", *VALUES]
    products = "".join(
        f"    {id_}: {{name: {quoted(chance.choice(names))}, plain: {quoted(chance.choice(VALUES))}, "
        f"marked: {quoted(chance.choice(('*m*', '[x](/y)', '[policy]', 'plain')))}}}\n"
        for id_ in ("web", "api", "app", "job")
    )
    roles = (
        f"products:\n  fields: {{name: text, plain: text, marked: markdown}}\n  records:\n{products}"
        "libraries:\n  fields: {name: text, plain: text}\n  records:\n    l0: {name: L0, plain: a}\n    l1: {name: L1, plain: '*x*'}\n"
    )
    target = chance.choice(("/policy", "[{is: /policy}, {is: /other, for: api, reason: later}]"))
    facts = (
        "things:\n  fields: {plain: text, since: support, marked: text}\n  records:\n    a: {plain: x, since: 1.2, marked: y}\n"
        f"links:\n  fields: {{target: link}}\n  records:\n    policy: {{target: {target}}}\ntables:\n{TABLE}"
    )
    settings = "partials:\n  things:\n    path: << product.id >>/<< library.id >>/t\n    tables: [things]\n"
    return load(tiny(facts, body + "\n", sitegen_yaml=settings, content__roles_yaml=roles))


@pytest.mark.parametrize("annotate", [False, True])
@pytest.mark.parametrize("seed", [*range(24), *map(slow, range(24, 48))])
def test_a_page_by_a_render_plan_is_what_it_is_without_one(
    seed: int, annotate: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, day = site_of_places(seed), date(2026, 4, 1)
    styles = {name: replace(style, annotate=annotate) for name, style in site.settings.styles.items()}
    site = replace(site, settings=replace(site.settings, styles=styles))
    together = build_site(site, day, tuple(FORMATS))
    with monkeypatch.context() as patched:
        patched.setattr(pages.PageRenderer, "_new_plan", lambda *_: None)
        alone = build_site(site, day, tuple(FORMATS))
    assert set(together.findings) == set(alone.findings)
    assert together.files.keys() == alone.files.keys()
    for path, file in alone.files.items():
        assert together.files[path].text == file.text, path


@pytest.mark.parametrize("rest", ["[a](<< product.url >>)", "[a](https://<< product.id >>/)", "Text."])
def test_the_html_site_alone_is_that_of_all_formats(rest: str) -> None:
    roles = "products:\n  fields: {name: text, url: link}\n  records:\n    web: {name: Web, url: /w}\n    api: {name: API, url: /a}\n"
    roles += "libraries:\n  fields: {name: text}\n  records:\n    python: {name: Python}\n"
    facts = "things:\n  fields: {name: text}\n  records:\n    a: {name: A}\ntables:\n  things:\n    caption: Of << product.name >>\n"
    facts += "    from: things\n    columns: [{header: << product.name >>, field: name}]\n"
    settings = "partials:\n  things:\n    path: << product.id >>/<< library.id >>/t\n    tables: [things]\n"
    body = f"<< partials.things >>\n\n{rest}\n"
    site = load(tiny(facts, body, sitegen_yaml=settings, content__roles_yaml=roles))
    alone, together = (build_site(site, date(2026, 4, 1), formats) for formats in (("html",), tuple(FORMATS)))
    assert not together.findings
    for path, file in alone.files.items():
        assert file.text == together.files[path].text, path


def test_pages_that_differ_in_names_are_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[str] = []
    write = html.HtmlWriter.write

    def counted(writer: html.HtmlWriter, document: Document) -> html.Content:
        rendered.append(document.about.page)
        return write(writer, document)

    monkeypatch.setattr(html.HtmlWriter, "write", counted)
    built(tiny("", "## A << product.name >>\n\nText << library.name >> of << product.name >>.\n"))
    assert len(rendered) == 1


def test_what_a_front_matter_shares_names_no_product_of_another_page() -> None:
    texts = tiny("", "Text.\n")
    roles = texts.pop("content/roles.yaml").decode()
    start, end = roles.index("products:"), roles.index("libraries:")
    texts["content/roles.yaml"] = (roles[:start] + "products:\n  fields: {name: text}\n" + roles[end:]).encode()
    for id_ in ("web", "api"):
        texts[f"content/{id_}.yaml"] = f"products:\n  records:\n    {id_}: {{name: {id_}}}\n".encode()
    page = b"---\ntitle: << product.name >>\ndescription: << library.name >>\n---\nText.\n"
    made = build_site(load({**texts, "content/page.md": page}), date(2026, 4, 1), ("hugo",))
    assert not made.findings
    for document in made.documents.values():
        product = document.about.page.partition("/")[0]
        assert document.sources == tuple(sorted(("content/page.md", "content/roles.yaml", f"content/{product}.yaml")))


def test_a_header_that_one_product_cannot_print_is_no_header_of_others() -> None:
    facts = "things:\n  fields: {name: text}\n  records:\n    a: {name: A}\ntables:\n  things:\n    caption: Things\n"
    facts += (
        "    from: things\n    columns: [{header: Name, field: name}, {header: N << product.nick >>, field: name}]\n"
    )
    roles = "products:\n  fields: {name: text, nick: optional text}\n  records:\n    web: {name: Web, nick: none}\n    api: {name: API, nick: B}\n"
    roles += "libraries:\n  fields: {name: text}\n  records:\n    python: {name: Python}\n"
    made = build_site(
        load(tiny(facts, "<< tables.things >>\n", content__roles_yaml=roles)), date(2026, 4, 1), ("hugo",)
    )
    assert [finding.code for finding in made.findings] == ["missing-value"]
    headers = {document.about.page: document.slots[0].headers for document in made.documents.values()}  # type: ignore[union-attr]
    assert [plain_text(cell.lines[0].spans) for cell in headers["api/python"]] == ["Name", "N B"]


def test_a_product_of_one_library_without_a_page_is_told() -> None:
    texts = tiny("", "Text.\n")
    texts["content/page.md"] = texts["content/page.md"].replace(b"---\n", b"---\nfor: web\n", 1)
    texts["content/own.yaml"] = b"library: python\nproducts:\n  records:\n    extra: {name: Extra}\n"
    made = build_site(load(texts), date(2026, 4, 1), ("hugo",))
    (told,) = [finding for finding in made.findings if "extra" in finding.message]
    assert (told.code, told.place.file) == ("no-page", "content/own.yaml")


@pytest.mark.slow
def test_a_library_that_is_built_leaves_no_ring_of_references() -> None:
    """While a site is built nothing looks for such rings, and what they hold would stay."""

    def left(libraries: int) -> int:
        texts = large_site(libraries)
        gc.collect()
        gc.disable()
        try:
            made = causes.check(Project(texts, {}, date(2026, 4, 1), Layout(tuple(FORMATS)), ()))
            found = gc.collect()
        finally:
            gc.enable()
        assert len(made.units) == libraries
        return found

    left(2)
    assert left(12) <= left(2) + 5
