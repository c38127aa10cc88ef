"""A row of a table shows the values of the library and the product that it names, whichever page shows it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.changes.published import published_facts
from sitegen.changes.shown_tables import FactKey
from sitegen.cli import main
from sitegen.formats import USUAL
from sitegen.tables.grids import Table
from tests.support.compared_site import FEATURES, JAVA, PYTHON, ROLES, compared, rows
from tests.support.sites import body, build, build_site, built, checked, load, tiny, write_files

DAY = date(2026, 4, 1)
OF_APM = [
    ["Retries", "Java", "1.4.0"],
    ["Retries", "Python", "2.0.0"],
    ["Retries", "Ruby", "no"],
    ["Failover", "Java", "no"],
    ["Failover", "Python", "2.1.0"],
    ["Failover", "Ruby", "no"],
    ["Pooling", "Java", "1.5.0"],
]


@pytest.mark.parametrize("library", ["java", "python", "ruby"])
def test_the_library_of_the_row_decides_on_every_page(library: str) -> None:
    made = built(compared())
    table = made.documents[f"markdoc/apm/{library}.md"].slots[0]
    assert isinstance(table, Table)
    assert rows(table) == OF_APM
    assert [row.cells[1].lines[0].spans[0].text for row in table.rows if row.cells[0].notes] == ["Java"]


def test_values_for_the_product_of_the_page_apply_in_rows_without_a_product() -> None:
    table = built(compared()).documents["markdoc/sec/ruby.md"].slots[0]
    assert isinstance(table, Table)
    assert rows(table) == [
        ["Retries", "Java", "1.4.0"],
        ["Retries", "Python", "2.0.0"],
        ["Retries", "Ruby", "9.0.0"],
        ["Failover", "Java", "no"],
        ["Failover", "Python", "3.0.0"],
        ["Failover", "Ruby", "no"],
        ["Pooling", "Java", "1.5.0"],
    ]


def test_prose_computes_over_the_values_of_each_row() -> None:
    page = '<< tables.compared.highest("since") >> / << tables.compared.unsupported("since") >> / '
    page += '<< tables.compared.supported("since") >> / << tables.compared.names() >>\n'
    made = built(compared(page))
    texts = {name: made.files[f"markdoc/apm/{name}.md"].text.strip().split("\n")[-1] for name in ("java", "ruby")}
    wanted = "2.1.0 / Retries (Ruby), Failover (Java), Failover (Ruby) / 4 / Retries, Failover, Pooling"
    assert texts == {"java": wanted, "ruby": wanted}


def test_prose_that_names_a_library_or_product_shows_its_values() -> None:
    facts = FEATURES.replace(
        "since: no}\ntables",
        "since: no}\nplans:\n  fields: {library: reference to libraries, product: reference to products, from_version: text}\n  records:\n    one: {library: java, product: sec, from_version: [all, {is: of java, for: java}, {is: of python, for: python}, {is: of sec, for: sec, reason: r}, {is: of apm, for: apm, reason: r}]}\ntables",
    )
    roles = ROLES.replace("python: {name: Python}", "python: {name: [Python, {is: Wrong, for: java}]}")
    page = "<< libraries.python.name >>, << plans.one.from_version >>, << plans.one.library.name >>\n"
    text = body({**compared(page, facts), "content/roles.yaml": roles.encode()}, path="markdoc/apm/java.md")
    assert text == "Python, of sec, Java"


def test_a_row_that_refers_to_a_library_takes_its_values() -> None:
    facts = """\
features: {fields: {name: text, since: support}, records: {retries: {name: Retries, since: no}}}
plans:
  fields: {name: text, feature: reference to features, library: reference to libraries, product: optional reference to products, day: text}
  records:
    a: {name: A, feature: retries, library: java, product: none, day: [all, {is: apm, for: apm, reason: r}, {is: java, for: java}]}
    b: {name: B, feature: retries, library: python, product: sec, day: [all, {is: sec, for: sec, reason: r}, {is: apm, for: apm, reason: r}, {is: java, for: java}]}
tables:
  plans:
    caption: Plans
    from: plans
    where: {day: [java, sec]}
    columns: [{header: Plan, field: name}, {header: Library, field: library}, {header: Since, field: feature.since}, {header: Day, field: day}]
"""
    own = {
        name: text.split("    pooling")[0].split("    failover")[0]
        for name, text in (("java", JAVA), ("python", PYTHON))
    }
    texts = compared(
        "<< tables.plans >>\n", facts, **{f"content__libraries__{name}_yaml": text for name, text in own.items()}
    )
    for library in ("java", "python", "ruby"):
        table = built(texts).documents[f"markdoc/apm/{library}.md"].slots[0]
        assert isinstance(table, Table)
        assert rows(table) == [["A", "Java", "1.4.0", "java"], ["B", "Python", "2.0.0", "sec"]]


def test_a_row_of_a_product_takes_its_values_on_the_page_of_another() -> None:
    facts = """\
features: {fields: {name: text, since: version}, records: {retries: {name: Retries, since: [1.0, {is: 2.0, for: apm, reason: r}, {is: 3.0, for: sec, reason: r}]}}}
tables:
  products:
    caption: Products
    from: [products, features]
    columns: [{header: Product, field: products.name}, {header: Since, field: since}]
"""
    texts = tiny(facts, "<< tables.products >>\n", content__roles_yaml=ROLES)
    for product in ("apm", "sec"):
        table = built(texts).documents[f"markdoc/{product}/java.md"].slots[0]
        assert isinstance(table, Table)
        assert rows(table) == [["APM", "2.0"], ["SEC", "3.0"]]


def test_the_period_the_link_and_the_timeline_of_a_row_are_those_of_its_library() -> None:
    facts = """\
links: {fields: {target: link}, records: {guide: {target: /all/}}}
branches:
  fields: {name: text, text: markdown, page: link, support: lifecycle}
  records:
    one: {name: One, text: "[guide]", page: /one/, support: {ga: by 2024-01-01}}
tables:
  branches:
    caption: Branches
    from: [libraries, branches]
    columns: [{header: Library, field: libraries.name}, {header: Name, field: branches.name, link: page}, {header: Text, field: text}, {header: Support, field: support}]
"""
    java = "library: java\nlinks: {records: {guide: {target: /java/}}}\nbranches: {records: {one: {page: /of-java/, support: {ga: by 2024-01-01, eol: 2025-01-01}}}}\n"
    python = "library: python\nbranches: {records: {one: {until: 2026-01-01}}}\n"
    texts = compared(
        "<< tables.branches >>\n", facts, content__libraries__java_yaml=java, content__libraries__python_yaml=python
    )
    for library in ("java", "python", "ruby"):
        made = built(texts)
        assert [line for line in made.files[f"markdoc/apm/{library}.md"].text.split("\n") if line.startswith("| ")][
            2:
        ] == [
            "| Java    | [One](https://docs.example.com/of-java.md) | [guide](https://docs.example.com/java.md) | End of Life          |",
            "| Ruby    | [One](https://docs.example.com/one.md)     | [guide](https://docs.example.com/all.md)  | General Availability |",
        ]
        table = made.documents[f"markdoc/apm/{library}.md"].slots[0]
        assert isinstance(table, Table)
        assert table.timeline is not None
        assert [(label, len(cycle.levels)) for _, label, cycle in table.timeline.rows] == [("Java", 2), ("Ruby", 1)]


def test_a_missing_value_of_a_row_is_reported_with_its_library() -> None:
    facts = FEATURES.replace("since: no}\ntables", "since: [{is: no, for: java}, {is: no, for: python}]}\ntables")
    made = build(load(compared(facts=facts)), "2026-04-01")
    told = [(finding.code, finding.message, finding.shown_on) for finding in made.findings]
    pages = tuple(
        sorted(f"{product}/{library}" for product in ("apm", "sec") for library in ("java", "python", "ruby"))
    )
    assert told == [("missing-value", "features 'failover' has no 'since' on 2026-04-01 for ruby", pages)]


def test_a_finding_in_a_file_of_a_library_lists_every_page_that_shows_its_values() -> None:
    links = "links: {fields: {target: link}, records: {guide: {target: /a/}}}\n"
    texts = compared(
        content__libraries__java_yaml=JAVA.replace("Java only.", "See [gide][]."), content__links_yaml=links
    )
    found = [finding for finding in build(load(texts), "2026-04-01").findings if finding.code == "unknown-link"]
    assert {page for finding in found for page in finding.shown_on} == {
        f"{product}/{library}" for product in ("apm", "sec") for library in ("java", "python", "ruby")
    }


def test_published_tables_have_the_value_of_each_row() -> None:
    page = published_facts(load(compared()), DAY, print)["apm/ruby"]
    key = FactKey("features", "retries", "since")
    assert {beside: page.text(page.facts[key._replace(beside=beside)].value) for beside in ("", "java", "python")} == {
        "": "not supported",
        "java": "1.4.0",
        "python": "2.0.0",
    }
    assert page.label(("features", "pooling")) == "Pooling"


@pytest.mark.parametrize(("question", "since"), [("Java, Retries", "1.4.0"), ("Python, Retries", "2.0.0")])
def test_a_question_about_a_library_is_answered_by_its_own_row(
    question: str, since: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(tmp_path, {name: data.decode() for name, data in compared().items()})
    main(["explain", f"{question}, APM", "--root", str(tmp_path), "--as-of", str(DAY)])
    assert re.findall("Since: (.*?) ", capsys.readouterr().out) == [since]


# --- generated tables ------------------------------------------------------------------

LIBRARIES, PRODUCTS, RECORDS = ("java", "python", "ruby"), ("apm", "sec"), ("r1", "r2", "r3")
SOURCES = (
    ("things", "libraries"),
    ("libraries", "things"),
    ("things", "products"),
    ("products", "things", "libraries"),
    ("things", "libraries", "products"),
    ("things",),
)


class Value(NamedTuple):
    """An alternative of a generated fact: the library whose file has it, and the id that it is for; each may be empty."""

    file: str
    scope: str
    number: int

    @property
    def text(self) -> str:
        """The text of the value, which identifies it."""
        return f"v.{self.file or 'all'}.{self.scope or 'all'}.{self.number}"

    @property
    def yaml(self) -> str:
        """The YAML of the alternative."""
        return f"{{is: {self.text}{f', for: {self.scope}, reason: r' if self.scope else ''}}}"


class Things(NamedTuple):
    """A generated dataset: alternatives by (library or '', record, field), references of records, and the table."""

    values: dict[tuple[str, str, str], list[Value]]
    owners: dict[str, tuple[str, str]]
    sources: tuple[str, ...]
    refers: bool
    chosen: tuple[str, ...]

    def home(self, record: str) -> str:
        """The library whose file defines a record; empty for a shared record."""
        return next(file for file, id_, _ in self.values if id_ == record)

    def expected(self, product: str, library: str) -> list[list[str]]:
        """The expected rows on the page of a product and a library."""
        order = self.chosen or sorted(RECORDS, key=lambda record: ("", *LIBRARIES).index(self.home(record)))
        choices = {"things": order, "libraries": LIBRARIES, "products": PRODUCTS}
        found = []
        for ids in itertools.product(*(choices[source] for source in self.sources)):
            named = dict(zip(self.sources, ids, strict=True))
            record, owner = named["things"], self.owners[named["things"]] if self.refers else ("", "")
            of = named.get("libraries") or owner[0] or library
            mine = named.get("products") or owner[1] or product
            if self.home(record) in ("", named.get("libraries", library)):
                cells = [self._value(record, field, of, mine) for field in ("one", "two")]
                found.append([*cells, *(named[role] for role in self.sources if role != "things")])
        return found

    def _value(self, record: str, field: str, library: str, product: str) -> str:
        """The last value that applies to a library and a product."""
        every = [*self.values.get(("", record, field), ()), *self.values.get((library, record, field), ())]
        return [value.text for value in every if value.scope in ("", library, product)][-1]

    def texts(self) -> dict[str, str]:
        """The shared facts, and those of each library with a file."""
        texts = {}
        for file in ("", *LIBRARIES):
            records = dict.fromkeys(id_ for of, id_, _ in self.values if of == file)
            lines = [f"    {record}: {{{', '.join(self._facts_of(file, record))}}}\n" for record in records]
            if not file:
                roles = (
                    ", library: optional reference to libraries, product: optional reference to products"
                    if self.refers
                    else ""
                )
                lines = [f"  fields: {{one: text, two: text{roles}}}\n", "  records:\n", *lines]
                texts[file] = "".join(["things:\n", *lines])
            elif lines:
                texts[file] = "".join([f"library: {file}\n", "things:\n", "  records:\n", *lines])
        return texts

    def _facts_of(self, file: str, record: str) -> Iterator[str]:
        for field in ("one", "two"):
            if (file, record, field) in self.values:
                yield f"{field}: [{', '.join(value.yaml for value in self.values[file, record, field])}]"
        if self.refers and self.home(record) == file:
            for role, id_ in zip(("library", "product"), self.owners[record], strict=True):
                yield f"{role}: {id_ or 'none'}"

    def site(self) -> dict[str, bytes]:
        """A site with the table on every page."""
        columns = ["{header: One, field: one}", "{header: Two, field: two}"]
        columns += [f"{{header: {role.title()}, field: {role}.key}}" for role in self.sources if role != "things"]
        order = f"    rows: {{things: [{', '.join(self.chosen)}]}}\n" if self.chosen else ""
        table = f"tables:\n  made:\n    caption: Made\n    from: [{', '.join(self.sources)}]\n{order}"
        table += f"    columns: [{', '.join(columns)}]\n"
        texts = self.texts()
        roles = "".join(
            f"{role}:\n  fields: {{name: text, key: text}}\n  records:\n"
            + "".join(f"    {id_}: {{name: {id_}, key: {id_}}}\n" for id_ in ids)
            for role, ids in (("products", PRODUCTS), ("libraries", LIBRARIES))
        )
        own = {f"content__libraries__{library}_yaml": texts[library] for library in LIBRARIES if library in texts}
        return tiny(texts[""] + table, "<< tables.made >>\n", content__roles_yaml=roles, **own)


@st.composite
def things(draw: st.DrawFn) -> Things:
    """A dataset with values in different files and scopes, and a table."""
    numbers = itertools.count()
    scopes = {  # a file of a library has no values for other libraries
        of: st.lists(st.sampled_from((*((of,) if of else LIBRARIES), *PRODUCTS)), max_size=3, unique=True)
        for of in ("", *LIBRARIES)
    }
    values: dict[tuple[str, str, str], list[Value]] = {}
    owners: dict[str, tuple[str, str]] = {}
    for record in RECORDS:
        home = draw(st.sampled_from(("", "", *LIBRARIES))) if record != RECORDS[0] else ""
        owners[record] = home or draw(st.sampled_from(("", *LIBRARIES))), draw(st.sampled_from(("", *PRODUCTS)))
        for field in ("one", "two"):
            values[home, record, field] = [Value(home, scope, next(numbers)) for scope in ("", *draw(scopes[home]))]
            for library in LIBRARIES if not home else ():
                if draw(st.booleans()):
                    more = draw(scopes[library]) or [""]
                    values[library, record, field] = [Value(library, scope, next(numbers)) for scope in more]
    sources = draw(st.sampled_from(SOURCES))
    chosen = draw(st.permutations(RECORDS)) if draw(st.booleans()) else ()
    return Things(values, owners, sources, draw(st.booleans()), tuple(chosen))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(things())
def test_every_cell_shows_a_fact_of_its_row_or_a_shared_fact(made: Things) -> None:
    site = load(made.site())
    assert [finding.message for finding in site.findings if finding.severity == "error"] == []
    result = build_site(site, DAY, ("markdoc",))
    for path, document in result.documents.items():
        product, library = path.removeprefix("markdoc/").removesuffix(".md").split("/")
        table = document.slots[0]
        assert isinstance(table, Table)
        found = rows(table)
        assert found == made.expected(product, library)
        for row, cells in zip(table.rows, found, strict=True):
            ids = dict(row.records)
            owner = made.owners[ids["things"]] if made.refers else ("", "")
            of = {"all", ids.get("libraries") or owner[0] or library, ids.get("products") or owner[1] or product}
            assert {word for cell in cells[:2] for word in cell.split(".")[1:3]} <= of


# --- which records a table has ---------------------------------------------------------

FRAMEWORKS = """\
vendors: {fields: {name: text}, records: {acme: {name: Acme}}}
frameworks:
  fields: {name: text, area: text, tags: optional list of text, vendor: optional reference to vendors, state: support}
  records:
    gin: {name: Gin, area: web, tags: [fast, small], vendor: acme, state: yes 1.2+}
    echo: {name: Echo, area: web, tags: [small], vendor: none, state: preview}
    sql: {name: SQL, area: data, tags: none, vendor: none, state: no}
tables:
  frameworks:
    caption: Frameworks
    from: frameworks
WHERE    columns: [{header: Name, field: name}, {header: Area, field: area}]
"""


def frameworks(where: str, **files: str) -> dict[str, bytes]:
    """A site with a table of some frameworks."""
    return tiny(
        FRAMEWORKS.replace("WHERE", "".join(f"    {line}\n" for line in where.split("\n"))),
        "<< tables.frameworks >>\n<< vendors.acme.name >>\n",
        **files,
    )


def judged(texts: dict[str, bytes]) -> list[tuple[str, str, str]]:
    """The findings of a check: severity, code and message."""
    found = checked(texts, DAY, ("meaning",), USUAL)
    return [(finding.severity, finding.code, finding.message) for finding in found if finding.code != "unused-field"]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("{tags: small}", ["Gin", "Echo"]),
        ("{tags: [fast, big]}", ["Gin"]),
        ("{tags: none}", ["SQL"]),
        ("{vendor: none}", ["Echo", "SQL"]),
        ("{vendor: acme}", ["Gin"]),
        ("{state: yes}", ["Gin"]),
        ("{state: [no, preview]}", ["Echo", "SQL"]),
        ("{area: web, tags: small, vendor: none}", ["Echo"]),
    ],
)
def test_where_filters_by_values_and_lists_must_contain_one(where: str, names: list[str]) -> None:
    table = build(load(frameworks(f"where: {where}")), str(DAY)).documents["markdoc/web/python.md"].slots[0]
    assert isinstance(table, Table)
    assert [row[0] for row in rows(table)] == names


def test_a_record_without_a_value_for_where_does_not_match_if_the_field_is_optional() -> None:
    texts = frameworks("where: {tags: small}")
    texts["content/facts.yaml"] = texts["content/facts.yaml"].replace(b" tags: [small],", b"")
    assert judged(texts) == []
    later = frameworks("where: {area: web}")
    later["content/facts.yaml"] = later["content/facts.yaml"].replace(
        b"name: Echo, area: web", b"name: Echo, area: [{is: web, from: 2027-01-01}]"
    )
    assert judged(later) == [("error", "missing-value", "frameworks 'echo' has no 'area' on 2026-04-01")]


LEFT_OUT = "frameworks 'echo' matches the 'where' of the table 'frameworks', but is not in its 'rows'"


def test_a_matching_record_that_is_not_in_rows_is_reported() -> None:
    where = "where: {area: web}\nrows: [gin]"
    assert judged(frameworks(where)) == [("warning", "row-mismatch", LEFT_OUT)]
    assert (
        judged(frameworks("where: {area: web}\n# sitegen: allow row-mismatch: it is of no interest\nrows: [gin]")) == []
    )
    listed = "where: {area: web}\nrows: [{is: [gin], for: web}, {is: [echo], for: api}]"
    assert judged(frameworks(listed)) == []
    ended = frameworks(where)
    ended["content/facts.yaml"] = ended["content/facts.yaml"].replace(b"echo: {", b"echo: {until: 2026-01-01, ")
    assert judged(ended) == []


def test_a_matching_record_of_a_library_that_is_not_in_rows_is_reported() -> None:
    own = "library: python\nframeworks: {records: {echo: {area: web}}}\n"
    texts = frameworks("where: {area: web}\nrows: [gin]", content__libraries__python_yaml=own)
    texts["content/facts.yaml"] = texts["content/facts.yaml"].replace(
        b"name: Echo, area: web", b"name: Echo, area: data"
    )
    assert judged(texts) == [("warning", "row-mismatch", LEFT_OUT)]


def test_rows_of_other_libraries_do_not_leave_out_a_record() -> None:
    texts = frameworks("where: {area: web}\nrows: [{is: [gin], for: python}, {is: [gin], for: java}]")
    texts["content/roles.yaml"] = ROLES.encode()
    own = b"library: ruby\nframeworks: {records: {rails: {name: Rails, area: web, tags: none, vendor: none, state: yes}}}\n"
    left_out = ("warning", "row-mismatch", LEFT_OUT.replace("echo", "rails"))
    assert left_out not in judged({**texts, "content/libraries/ruby.yaml": own})
    assert left_out in judged({**texts, "content/libraries/ruby.yaml": own.replace(b"ruby", b"java")})


def test_a_listed_record_that_cannot_match_is_reported() -> None:
    texts = frameworks("where: {area: web}\nrows: [gin, sql, echo]")
    message = "the table 'frameworks' lists frameworks 'sql', which does not match its 'where'"
    assert judged(texts) == [("warning", "row-mismatch", message)]
    own = "library: python\nframeworks: {records: {sql: {area: web}}}\n"
    assert judged({**texts, "content/libraries/python.yaml": own.encode()}) == []


def test_a_value_in_where_that_no_record_has_is_reported() -> None:
    message = "no record of frameworks has the tags 'fats'"
    assert judged(frameworks("where: {tags: [fats, small]}")) == [("warning", "unmatched-filter", message)]
    own = "library: python\nframeworks: {records: {gin: {tags: [fats]}}}\n"
    assert judged(frameworks("where: {tags: [fats, small]}", content__libraries__python_yaml=own)) == []
    assert "unknown-choice" in {code for _, code, _ in judged(frameworks("where: {vendor: acne}"))}
