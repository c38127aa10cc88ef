"""The data for machines: it states what the pages show, its formats are valid, and what is unknown is left out."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import feedparser
import icalendar
import jsonschema
import pytest
from univers.version_range import VersionRange
from univers.versions import PypiVersion

from sitegen.data.vers import vers_of
from sitegen.documents.documents import Document, Partial
from sitegen.evaluation.context import Context
from sitegen.facts.schemes import SCHEMES
from sitegen.facts.values import STAGES, STATES
from sitegen.facts.versions import parse_versions
from sitegen.files.sources import read_texts
from sitegen.formats.site_data import data_path
from sitegen.site.loading import Site
from sitegen.tables.grids import Cell, Table
from sitegen.tables.rows import columns_of
from tests.support.commands import Capture, do, edit
from tests.support.hostile_site import TARGETS, hostile
from tests.support.machine_data import Data, data_of
from tests.support.sites import DAYS, ROLES, ROOT, example_site, load, own_site, tiny, write_files

SCHEMA = json.loads((ROOT / "sitegen/formats/api_v1.schema.json").read_text(encoding="utf-8"))
OTHERS = sorted(
    path.parent
    for path in (ROOT / "tests").rglob("sitegen.yaml")
    if not {"bad_content", "as_published"} & {*path.parts}
)


def other_site(folder: Path) -> Site:
    """One of the sites below `tests/`."""
    return load(read_texts(folder, ROOT))


SITES: list[Any] = [
    *(pytest.param(own_site, day, id=day) for day in DAYS),
    pytest.param(example_site, "2026-04-01", id="tracers"),
    *(pytest.param(partial(other_site, folder), "2026-04-01", id=folder.name) for folder in OTHERS),
]


def validate(data: Any) -> None:
    """Check JSON against the published schema."""
    jsonschema.validate(data, SCHEMA, jsonschema.Draft202012Validator)


# --- the JSON of pages ---------------------------------------------------------------


def page_tables(document: Document) -> Iterator[Table]:
    for slot in document.slots.values():
        yield from slot.tables if isinstance(slot, Partial) else (slot,)


def label(state: str, level: str = "") -> str:
    return level.capitalize() or STATES.get(state) or STAGES[state][0]


def same_versions(written: str, cell: str) -> bool:
    """Whether versions are in a cell, as written or in another notation."""
    if written in cell:
        return True
    found = []
    for text in (*cell.split(" | "), re.sub(r"^.*\((.*)\)$", r"\1", cell)):
        with suppress(ValueError):
            found.append(parse_versions(text).as_minimum.ranges)
    return parse_versions(written).as_minimum.ranges in found


def is_shown(value: Mapping[str, Any], cell: str, states: set[str]) -> bool:
    """Whether a cell shows a value of the JSON. `states` are the states in the cell."""
    kind = value["type"]
    if kind == "list":
        return all(is_shown(item, cell, states) for item in value["items"])
    if kind == "none":
        return True
    if kind == "support":
        versions = value.get("versions")
        is_stated = value["state"] in states or (value["state"] == "yes" and versions is not None)
        return is_stated and (versions is None or same_versions(versions["text"], cell))
    if kind == "versions":
        return same_versions(value["text"], cell)
    if kind == "lifecycle":
        return value["current"] is None or value["current"]["state"] in states
    if kind == "date":  # each column has its own style
        day = value["first"][8:].lstrip("0") if value["first"] == value["last"] else ""
        return {value["last"][:4], *filter(None, [day])} <= {text.lstrip("0") for text in re.findall("[0-9]+", cell)}
    return value["text"] in cell


def cell_text(cell: Cell) -> str:
    return " | ".join("".join(span.text for span in line.spans) for line in cell.lines)


@pytest.mark.parametrize(("site", "day"), SITES)
def test_json_states_what_the_tables_of_the_pages_show(site: Any, day: str) -> None:
    loaded = site()
    found = data_of(loaded, day, ("api",))
    assert found.documents
    count = 0
    for path, document in found.documents.items():
        data = found.json(data_path(path))
        validate(data)
        tables = {table["id"]: table for table in data["tables"]}
        product, library = (data.get(role, {}).get("id", "") for role in ("product", "library"))
        context = Context(loaded.facts, date.fromisoformat(day), product, library)
        for table in page_tables(document):
            count += agree(table, tables[table.id], loaded, context)
    assert count > 5


def agree(table: Table, data: Mapping[str, Any], site: Site, context: Context) -> int:
    """Compare a table with its JSON. Returns the number of cells."""
    definition = site.tables[table.id]
    assert definition is not None
    columns = columns_of(definition, context)
    assert len(columns) == len(data["columns"])
    assert definition.layout_in(context) != "transposed"  # the rows of the JSON would be the columns of the page
    order = sorted(range(len(columns)), key=lambda index: columns[index].group == "section")
    rows = iter(data["rows"])
    count = 0
    for row in table.rows:
        if not row.records:  # a row above the others
            continue
        sources = [next(rows)]
        while sum(len(source["records"]) for source in sources) < len(row.records):
            sources.append(next(rows))
        records = [(record["dataset"], record["id"]) for source in sources for record in source["records"]]
        assert records == [*row.records]
        for source in sources if len(sources) == 1 else ():
            for index, cell in zip(order, row.cells, strict=False):
                states = {span.text for line in cell.lines for span in line.spans if span.kind == "state"}
                for value in source["cells"][index] or ():
                    assert is_shown(value, cell_text(cell), states), (table.id, records, value, cell_text(cell))
                    count += 1
    assert next(rows, None) is None
    return count


FACTS = """\
links:
  fields: {target: link}
  records: {blog: {target: /blog/}}
features:
  source: blog
  fields:
    name: text
    since: optional support
    works: optional versions
    names: {type: optional versions, scheme: java}
    day: optional date
    docs: optional link
    extra: optional list of text
    needs: optional reference to features
    latest: version
  records:
    one:
      name: One
      latest: "2.7"
      since: {all: [{is: preview >=1.2, when: on `Linux`}, {is: 2.0.0, when: else, note: Not on ARM.}]}
      works: "!=2.0rc1"
      names: 8u292+
      day: ~2026-Q3
      docs: /one/
      extra: [a, b]
      needs: none
    two:
      name: Two
      latest: "3.1"
      since:
        - {verbatim: see the *docs*}
        - {is: no, for: api, reason: later}
      works: {is: any, source: "https://example.com/two"}
      names: none
      day: 2026-03-01
      docs: none
      extra: none
      needs: one
      note: [All of two., And more.]
tables:
  features:
    caption: Features
    from: features
    columns:
      - {header: Name, field: name}
      - {header: Since, field: since}
      - {header: Works, field: works}
      - {header: Names, field: names}
      - {header: Day, field: day}
      - {header: Docs, field: docs}
      - {header: Extra, field: extra}
      - {header: Needs, field: needs}
      - {header: From, field: works.low}
      - {header: Latest, field: latest}
"""


def small(facts: str) -> Site:
    """A small site with some facts, and a page with the table `features`."""
    site = load(tiny(facts, "<< tables.features >>\n"))
    assert [finding for finding in site.findings if finding.severity == "error"] == []
    return site


def test_values_have_their_meaning_and_their_origin() -> None:
    data = data_of(small(FACTS), "2026-04-01", ("api",))
    page = data.json("api/v1/pages/web/python.json")
    validate(page)
    assert page["product"] == {"id": "web", "name": "Web"}
    assert page["library"] == {"id": "python", "name": "Python"}
    (table,) = page["tables"]
    one, two = table["rows"]
    assert two["notes"] == ["All of two.", "And more."]

    def only(row: Mapping[str, Any], column: int) -> dict[str, Any]:
        (value,) = row["cells"][column]
        return {key: value[key] for key in value if key not in ("field", "record", "origin", "source")}

    first, second = only(one, 1)["items"]
    assert first == {
        "type": "support",
        "state": "preview",
        "versions": {"text": ">=1.2", "vers": "vers:pypi/>=1.2"},
        "when": "on `Linux`",
    }
    assert second["note"] == "Not on ARM."
    assert second["versions"] == {"text": "2.0.0", "vers": "vers:pypi/>=2.0.0"}
    assert only(two, 1) == {"type": "verbatim", "text": "see the *docs*"}
    assert only(one, 2) == {"type": "versions", "text": "!=2.0rc1", "vers": "vers:pypi/!=2.0rc1"}
    assert only(one, 3) == {"type": "versions", "text": "8u292+"}
    day = {"text": "~2026-Q3", "first": "2026-07-01", "last": "2026-09-30", "expected": True}
    assert only(one, 4) == {"type": "date", **day}
    assert only(one, 5) == {"type": "link", "text": "/one/", "url": "https://docs.example.com/one/"}
    assert [item["text"] for item in only(one, 6)["items"]] == ["a", "b"]
    assert only(two, 7) == {"type": "reference", "text": "One", "dataset": "features", "id": "one"}
    assert only(two, 3) == {"type": "none"}
    assert only(one, 9) == {"type": "versions", "text": "2.7"}  # no minimum
    assert [row["cells"][8][0]["origin"] for row in (one, two)] == ["derived", "derived"]
    assert {value["origin"] for row in (one, two) for cell in row["cells"][:8] for value in cell} == {"authored"}
    sources = [row["cells"][2][0]["source"] for row in (one, two)]
    assert sources == ["https://docs.example.com/blog/", "https://example.com/two"]
    other = data.json("api/v1/pages/api/python.json")["tables"][0]["rows"][1]["cells"][1][0]
    assert (other["type"], other["state"]) == ("support", "no")
    assert {*data.notices} == {"'8u292+' of the scheme 'java' has no 'vers:' range in the JSON"}


def test_hostile_values_are_in_the_json_as_they_are() -> None:
    made = hostile(1, "html")
    data = data_of(made.site, "2026-04-01", ("api",))
    for product, texts in made.values.items():
        page = data.json(f"api/v1/pages/{product}/python.json")
        validate(page)
        grid = next(table for table in page["tables"] if table["id"] == "grid")
        assert [row["cells"][0][0]["text"] for row in grid["rows"]] == list(texts)
        links = {row["cells"][2][0]["text"] for row in grid["rows"]}
        assert links == set(texts)
    assert TARGETS


# --- ranges --------------------------------------------------------------------------

SCHEME = {scheme.name: scheme for scheme in SCHEMES}
WRITTEN = (
    "any", "1.9.0", ">=4.0,<5", "2.7, 3.5-3.11", "!=2.0rc1", ">=2,!=2.3.1", "<=3.9", "<2", "==2.0rc1", "^18 || ^20",
    "2.1.3+, 2.0.6+, 1.7.28+", "<2.0rc1 || >2.0rc1,<3", "!=2.3.1,!=2.5.1rc1", "3.x", ">=1.0,<=1.5.2",
)  # fmt: skip
NUMBERS = (
    "0.1",
    "1.0",
    "1.5.2",
    "1.7.28",
    "1.9.0",
    "2.0rc1",
    "2.0.0",
    "2.0.6",
    "2.3.1",
    "2.5.0",
    "2.7.3",
    "3.0",
    "3.9.1",
    "3.12",
    "4.9",
    "18.2",
    "19.0",
    "20.1",
)


@pytest.mark.parametrize("written", WRITTEN)
def test_ranges_contain_the_same_versions(written: str) -> None:
    versions = parse_versions(written)
    text = vers_of(versions)
    assert text is not None
    assert str(VersionRange.from_string(text)) == text  # valid, sorted, each version once
    found = VersionRange.from_string(text)
    for number in NUMBERS:
        if number != "2.0rc1" or "rc" in written:  # PEP 440 excludes the pre-releases of an upper end, too
            assert (number in versions) == (PypiVersion(number) in found), number


@pytest.mark.parametrize(
    ("scheme", "written", "expected"),
    [
        ("semver", "^18 || ^20.1", "vers:semver/>=18.0.0|<19.0.0|>=20.1.0|<21.0.0"),
        ("semver", "v1.2 to v1.3.1", "vers:semver/>=1.2.0|<1.3.2"),  # SemVer has no prefix
        ("semver", ">=1.2.3-beta.1", "vers:semver/>=1.2.3-beta.1"),
        ("semver", "1.2.3.4+", None),
        ("go", ">=1.22", "vers:golang/>=1.22.0"),
        ("go", "1.21rc2+", None),
        ("maven", "1.0.Final+", "vers:maven/>=1.0.Final"),
        ("nuget", ">=6,<8", "vers:nuget/>=6|<8"),
        ("gem", "~> 2.2", "vers:gem/>=2.2|<3"),
        ("java", "8u292+", None),
        ("calver", "2024-04+", None),
        ("build", "4.18.0-305+", None),
    ],
)
def test_each_scheme_has_its_ranges_or_none(scheme: str, written: str, expected: str | None) -> None:
    assert vers_of(parse_versions(written, SCHEME[scheme])) == expected
    if expected is not None and scheme != "semver":  # univers has no such scheme
        assert VersionRange.from_string(expected)


# --- releases ------------------------------------------------------------------------

RELEASES = """\
releases:
  fields: {name: text, versions: versions, support: lifecycle}
  records:
    v6: {name: Six, versions: ">=6.0,<7", support: {ga: 2027-01-01}}
    v5: {name: Five, versions: ">=5.2,<6", support: {beta: 2025-12-01, ga: 2026-02-01, eol: ~2027-02-01}}
    v4: {name: Four, versions: "4", support: {ga: 2025-01-15, lts: 2025-06-01, maintenance: 2026-06-01, extended: 2026-12-01, removed: 2028-12-01}}
    v3: {name: Three, versions: ">=3.0,<4", support: {ga: 2024-01-15, maintenance: 2025-03, eol: 2026-05}}
    v2: {name: Two, versions: ">=2.0,<3", support: {ga: by 2023-06-01, eol: 2024-06-01}}
    v1: {name: One, versions: ">=1.0,<2", support: {ga: 2022-01-01, eol: 2023-01-01}}
    v0: {name: Zero, versions: ">=0.1,<1", support: {ga: 2020-05, eol: after v1}}
tables:
  features:
    caption: Releases
    from: releases
    columns: [{header: Name, field: name}, {header: Versions, field: versions}, {header: Support, field: support}]
"""


@pytest.fixture(scope="module")
def releases() -> Data:
    return data_of(small(RELEASES), "2026-04-01")


def test_endoflife_v0(releases: Data) -> None:
    head, *others = releases.json("api/endoflife/python.json")
    assert head.pop("generated").startswith("Generated by sitegen")
    assert [head, *others] == [
        {"cycle": "v5", "releaseDate": "2026-02-01", "eol": False},
        {
            "cycle": "4",
            "releaseDate": "2025-01-15",
            "eol": "2026-12-01",
            "support": "2026-06-01",
            "lts": "2025-06-01",
            "extendedSupport": "2028-12-01",
        },
        {"cycle": "3", "releaseDate": "2024-01-15", "eol": False, "support": False},
        {"cycle": "1", "releaseDate": "2022-01-01", "eol": "2023-01-01"},
    ]


READ_RELEASES = """
import {{ readFileSync }} from "node:fs";
import {{ EndoflifeDateVersions }} from {schema};
console.log(JSON.stringify(EndoflifeDateVersions.parse(JSON.parse(readFileSync({file}, "utf8")))));
"""


def test_renovate_reads_the_releases(releases: Data, node: Path, renovate: Path, tmp_path: Path) -> None:
    file, script = tmp_path / "python.json", tmp_path / "read.mjs"
    file.write_text(releases.files["api/endoflife/python.json"], encoding="utf-8")
    schema = renovate / "modules/datasource/endoflife-date/schema.js"
    script.write_text(READ_RELEASES.format(schema=json.dumps(schema.as_uri()), file=json.dumps(str(file))), "utf-8")
    done = subprocess.run([node, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = {each["version"]: each for each in json.loads(done.stdout)}
    assert list(found) == ["v5", "4", "3", "1"]
    assert found["4"]["releaseTimestamp"].startswith("2025-01-15")
    assert found["1"]["isDeprecated"]
    assert not found["3"]["isDeprecated"]


def test_what_is_unknown_is_left_out_and_reported(releases: Data) -> None:
    lacks = "lacks a date in the files for endoflife.date: its"
    missing = "is not in the files for endoflife.date: its first day of support"
    assert sorted(releases.notices) == [
        f"the release 'v0' {missing}, 2020-05, is not an exact date",
        f"the release 'v2' {missing} is not known",
        f"the release 'v3' {lacks} end of support, 2026-05, is not an exact date",
        f"the release 'v5' {lacks} end of support, ~2027-02-01, is expected",
    ]


DAY: Mapping[str, Any] = {"type": ["string", "null"], "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
YES_OR_NO: Mapping[str, Any] = {"type": "boolean"}
ENDOFLIFE_V1 = {  # the keys that the OpenAPI description of endoflife.date requires, with their types
    "type": "object",
    "required": ["schema_version", "generated_at", "last_modified", "result"],
    "properties": {
        "schema_version": {"type": "string"},
        "last_modified": {"type": "string", "pattern": "^[0-9T:+-]{25}$"},
        "result": {
            "type": "object",
            "required": ["name", "label", "aliases", "category", "tags", "identifiers", "labels", "links", "releases"],
            "properties": {
                "category": {"type": "string"},
                "tags": {"type": "array", "minItems": 1},
                "labels": {"required": ["eol"], "properties": {"eol": {"type": "string"}}},
                "links": {"required": ["html"], "properties": {"html": {"type": "string", "pattern": "^https://"}}},
                "releases": {
                    "type": "array",
                    "items": {
                        "required": [
                            "name",
                            "codename",
                            "label",
                            "releaseDate",
                            "isLts",
                            "ltsFrom",
                            "isEol",
                            "eolFrom",
                            "isMaintained",
                            "latest",
                        ],
                        "properties": {
                            **dict.fromkeys(("isLts", "isEoas", "isEol", "isEoes", "isMaintained"), YES_OR_NO),
                            **dict.fromkeys(("ltsFrom", "eoasFrom", "eolFrom", "eoesFrom"), DAY),
                            "releaseDate": {**DAY, "type": "string"},
                            "latest": {"type": "null"},
                        },
                    },
                },
            },
        },
    },
}


def test_endoflife_v1(releases: Data) -> None:
    data = releases.json("api/endoflife/v1/products/python.json")
    jsonschema.validate(data, ENDOFLIFE_V1, jsonschema.Draft202012Validator)
    found = {each["name"]: each for each in data["result"]["releases"]}
    assert list(found) == ["v5", "4", "3", "1"]
    four = {
        key: found["4"][key]
        for key in ("isLts", "ltsFrom", "isEoas", "eoasFrom", "isEol", "eolFrom", "isEoes", "eoesFrom")
    }
    assert four == {
        "isLts": True,
        "ltsFrom": "2025-06-01",
        "isEoas": False,
        "eoasFrom": "2026-06-01",
        "isEol": False,
        "eolFrom": "2026-12-01",
        "isEoes": False,
        "eoesFrom": "2028-12-01",
    }
    assert (found["3"]["isEoas"], found["3"]["eoasFrom"], found["3"]["isMaintained"]) == (True, None, True)
    assert (found["1"]["isEol"], found["1"]["isMaintained"]) == (True, False)
    assert "api/endoflife/v1/products/python.json" not in data_of(small(RELEASES), "2026-04-01", url="").files


def test_a_release_for_some_products_is_not_one_of_the_library() -> None:
    facts = RELEASES.replace("    v1: {", "    v1: {for: api, ").replace("after v1", "2022-01-01")
    data = data_of(small(facts), "2026-04-01", ("endoflife",))
    assert [each["cycle"] for each in data.json("api/endoflife/python.json")] == ["v5", "4", "3"]
    assert [notice for notice in data.notices if "'v1'" in notice]


def test_each_release_has_a_cycle_of_its_own_once_its_record_exists() -> None:
    facts = RELEASES.replace("    v1: {", '    "4": {').replace("after v1", "after 4").replace('">=1.0,<2"', "3.x")
    data = data_of(small(facts), "2026-04-01", ("endoflife",))
    assert [each["cycle"] for each in data.json("api/endoflife/python.json")] == ["v5", "v4", "v3", "4"]
    data = data_of(small(facts.replace("v5: {", "v5: {from: 2026-05-01, ")), "2026-04-01", ("endoflife",))
    assert [each["cycle"] for each in data.json("api/endoflife/python.json")] == ["v4", "v3", "4"]
    assert not [notice for notice in data.notices if "'v5'" in notice]


def test_a_release_of_another_library_is_not_mentioned() -> None:
    facts = RELEASES.replace("    v1: {", "    v1: {for: java, ").replace("after v1", "2022-01-01")
    roles = ROLES + "    java: {name: Java}\n"
    site = load(tiny(facts, "<< tables.features >>\n", content__roles_yaml=roles))
    data = data_of(site, "2026-04-01", ("endoflife",))
    cycles = {name: [each["cycle"] for each in data.json(f"api/endoflife/{name}.json")] for name in ("java", "python")}
    assert cycles == {"java": ["v5", "4", "3", "1"], "python": ["v5", "4", "3"]}
    assert not [notice for notice in data.notices if "'v1'" in notice]


def test_calendar(releases: Data) -> None:
    text = releases.files["calendar/python.ics"]
    calendar = icalendar.Calendar.from_ical(text)
    events = {str(event["SUMMARY"]): event for event in calendar.walk("VEVENT")}
    assert events["Python 4: Maintenance"]["DTSTART"].dt == date(2026, 6, 1)
    assert events["Python >=6.0,<7: General Availability"]["DTSTART"].dt == date(2027, 1, 1)
    assert not [summary for summary in events if "<3" in summary and "General" in summary]  # `by` is not an event
    assert "Python >=5.2,<6: End of Life" not in events  # expected
    far = data_of(small(RELEASES.replace("~2027-02-01", "9999-12-31").replace("2020-05", "0999-12-31")), "2026-04-01")
    days = [event["DTSTART"].dt for event in icalendar.Calendar.from_ical(far.files["calendar/python.ics"]).events]
    assert (days[0], days[-1]) == (date(999, 12, 31), date.max)
    later = data_of(small(RELEASES.replace("maintenance: 2026-06-01", "maintenance: 2026-07-01")), "2026-05-01")
    moved = icalendar.Calendar.from_ical(later.files["calendar/python.ics"])
    assert {str(event["UID"]) for event in moved.walk("VEVENT")} == {str(event["UID"]) for event in events.values()}


def test_feed(releases: Data) -> None:
    found = feedparser.parse(releases.files["feed/python.xml"])
    assert not found.bozo
    assert found.version == "atom10"
    assert found.feed.title == "Python"
    assert found.feed.links[0].href == "https://example.com/site/feed/python.xml"
    assert found.feed.updated == found.entries[0].updated == "2026-02-01T00:00:00Z"
    titles = [entry.title for entry in found.entries]
    assert titles[:2] == ["Python >=5.2,<6: General Availability", "Python >=5.2,<6: Beta"]
    assert len({entry.id for entry in found.entries}) == len(titles)
    assert all(entry.content[0].value for entry in found.entries)
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(releases.files["feed/python.xml"])  # noqa: S314 - a file of our own
    for element in (feed, *feed.iter(f"{atom}entry")):  # each once, as RFC 4287 requires
        for name in ("id", "title", "updated"):
            assert len(element.findall(atom + name)) == 1
        assert (element.findtext(f"{atom}id") or "").startswith("urn:uuid:")
    assert feed.findtext(f"{atom}author/{atom}name")


def test_data_is_the_same_for_the_same_input() -> None:
    assert data_of(small(RELEASES), "2026-04-01").files == data_of(small(RELEASES), "2026-04-01").files


# --- ECMA-428 ------------------------------------------------------------------------

RANGES = {
    "type": "array",
    "minItems": 1,
    "items": {"required": ["range"], "properties": {"range": {"pattern": "^vers:"}}},
}
EVENT_KEYS = {  # the further keys that the specification requires for each type
    "released": {"version"},
    "endOfDevelopment": {"versions", "supportId"},
    "endOfSupport": {"versions", "supportId"},
    "endOfLife": {"versions"},
    "withdrawn": {"eventId"},
}
TIME = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T00:00:00Z$"}
CLE = {  # as the JSON Schema of the specification
    "type": "object",
    "required": ["$schema", "identifier", "updatedAt", "events"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string"},
        "identifier": {"type": "string", "pattern": "^pkg:"},
        "updatedAt": TIME,
        "definitions": {
            "additionalProperties": False,
            "properties": {"support": {"type": "array", "minItems": 1, "items": {"required": ["id", "description"]}}},
        },
        "events": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {
                "required": ["id", "type", "effective", "published"],
                "properties": {
                    "id": {"type": "integer", "minimum": 1},
                    "type": {"enum": [*EVENT_KEYS]},
                    "effective": TIME,
                    "published": TIME,
                    "versions": RANGES,
                },
            },
        },
    },
}


def check_cle(document: Any) -> None:
    jsonschema.validate(document, CLE, jsonschema.Draft202012Validator)
    ids = [event["id"] for event in document["events"]]
    assert ids == sorted({*ids}, reverse=True)
    policies = {policy["id"] for policy in document.get("definitions", {}).get("support", ())}
    for event in document["events"]:
        keys = event.keys() - {"id", "type", "effective", "published", "reason"}
        assert keys == EVENT_KEYS[event["type"]]
        assert event.get("supportId", "standard") in policies
        for each in event.get("versions", ()):
            assert VersionRange.from_string(each["range"])


def test_cle_adds_events_and_withdraws_those_that_changed(capsys: Capture, tmp_path: Path) -> None:
    root, file = site_of_libraries(tmp_path / "site"), tmp_path / "java.json"
    command = ["cle", file, "--root", root, "--name", "java", "-q", "--as-of"]
    facts = root / "content/java.yaml"
    edit(
        facts,
        "{ga: 2025-01-01}",
        "{ga: 2025-01-01, maintenance: 2026-01-01, eol: 2026-06-01, extended: 2026-06-01, removed: ~2028}",
    )
    for options in ((), ("--identifier", "a/b")):
        assert "needs a Package-URL" in do(capsys, *command, "2026-04-01", *options).err
    said = do(capsys, *command, "2026-04-01", "--identifier", "pkg:maven/a/b")
    assert said.code == 0
    assert "the event endOfLife of the release 'v1' is omitted: its date is not exact" in said.err
    first = json.loads(file.read_bytes())
    check_cle(first)
    assert [(event["type"], event["effective"][:10]) for event in reversed(first["events"])] == [
        ("released", "2025-01-01"),
        ("endOfDevelopment", "2026-01-01"),
        ("endOfSupport", "2026-06-01"),
    ]
    assert first["events"][-1]["version"] == "1.0"

    before = file.read_bytes()
    assert do(capsys, *command, "2026-05-01", "--check").code == 0
    assert do(capsys, *command, "2026-05-01").code == 0
    assert file.read_bytes() == before  # nothing has changed

    edit(facts, "eol: 2026-06-01, extended: 2026-06-01", "eol: 2026-09-01, extended: 2026-09-01")
    assert do(capsys, *command, "2026-05-02", "--check").code == 1
    assert file.read_bytes() == before
    assert do(capsys, *command, "2026-05-02").code == 0
    second = json.loads(file.read_bytes())
    check_cle(second)
    assert second["events"][2:] == first["events"]  # immutable
    newest, withdrawn = second["events"][:2]
    assert (newest["type"], newest["effective"], newest["published"]) == (
        "endOfSupport",
        "2026-09-01T00:00:00Z",
        "2026-05-02T00:00:00Z",
    )
    assert (withdrawn["type"], withdrawn["eventId"]) == ("withdrawn", 3)
    assert (first["updatedAt"], second["updatedAt"]) == ("2026-04-01T00:00:00Z", "2026-05-02T00:00:00Z")

    edit(facts, "eol: 2026-09-01, extended: 2026-09-01", "eol: 2026-06-01, extended: 2026-06-01")  # as at first
    assert do(capsys, *command, "2026-05-03").code == 0
    third = json.loads(file.read_bytes())
    check_cle(third)
    assert [event["id"] for event in third["events"]] == [7, 6, 5, 4, 3, 2, 1]

    edit(facts, "v1: {", "v1: {until: 2026-05-04, ")  # the pages no longer list the release; it was released
    assert do(capsys, *command, "2026-05-04", "--check").code == 0
    gold = {"id": "gold", "description": "By contract"}
    third["definitions"] = {"support": [gold, *third["definitions"]["support"]]}
    file.write_text(json.dumps(third), encoding="utf-8")
    edit(facts, "removed: ~2028", "removed: 2028-01-01")
    assert do(capsys, *command, "2026-05-05").code == 0
    fourth = json.loads(file.read_bytes())
    check_cle(fourth)
    assert [policy["id"] for policy in fourth["definitions"]["support"]] == ["gold", "standard", "extended"]
    assert "is about pkg:maven/a/b" in do(capsys, *command, "2026-05-05", "--identifier", "pkg:maven/a/c").err


def test_cle_refuses_other_files_and_unknown_names(capsys: Capture, tmp_path: Path) -> None:
    root, file = site_of_libraries(tmp_path / "site"), tmp_path / "cle.json"
    command = ["cle", file, "--root", root, "--as-of", "2026-04-01", "--identifier", "pkg:maven/a/b"]
    assert "--name: name one of the libraries" in do(capsys, *command).err
    assert "did you mean 'java'?" in do(capsys, *command, "--name", "jva").err
    for text in ("[]", "{", "{}", '{"events": [1]}'):
        file.write_text(text, encoding="utf-8")
        said = do(capsys, *command, "--name", "java")
        assert said.code == 2
        assert "is not a CLE document" in said.err


def test_cle_prints_only_findings_about_its_library(capsys: Capture, tmp_path: Path) -> None:
    root, file = site_of_libraries(tmp_path / "site"), tmp_path / "cle.json"
    go = (root / "content/go.yaml").read_text("utf-8").replace("ga: 2025-01-01", "ga: 2025-01")
    (root / "content/go.yaml").write_text(go, "utf-8")
    command = ["cle", file, "--root", root, "--as-of", "2026-04-01", "--check", "--identifier"]
    assert do(capsys, *command, "pkg:maven/a/b", "--name", "java").err == ""
    assert "'v1'" in do(capsys, *command, "pkg:golang/a/b", "--name", "go").err


# --- as files of a site --------------------------------------------------------------

LIBRARIES = """\
libraries:
  fields: {name: text}
  records: {java: {name: "Java [8]"}, go: {name: Go}}
features:
  fields: {name: text, since: version}
  records: {one: {name: One, since: 1.0}}
releases:
  fields: {versions: versions, support: lifecycle}
  records: {}
tables:
  features: {caption: Features, from: features, columns: [{header: Feature, field: name}, {header: Since, field: since}]}
"""
OWN = """\
library: LIBRARY
features:
  records:
    one: {since: 1.2}
releases:
  records:
    v1: {versions: ">=1.0,<2", support: {ga: 2025-01-01}}
"""


def site_of_libraries(root: Path) -> Path:
    """A site of two libraries, with all data."""
    settings = (
        "title: A & B\ndialects: {html: {url: 'https://example.com', data: [api, endoflife, calendar, feed, llms]}}\n"
    )
    texts = {
        "sitegen.yaml": settings,
        "content/facts.yaml": LIBRARIES,
        "content/java.yaml": OWN.replace("LIBRARY", "java"),
        "content/go.yaml": OWN.replace("LIBRARY", "go"),
        "content/page.md": "---\ntitle: Page\n---\n<< tables.features >>\n",
    }
    write_files(root, texts)
    return root


def outputs(root: Path) -> dict[str, bytes]:
    folder = root / "output/html"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def build(capsys: Capture, root: Path, *options: str) -> dict[str, bytes]:
    said = do(capsys, "build", "--root", root, "--as-of", "2026-04-01", "-q", *options)
    assert said.code == 0, said.err
    return outputs(root)


def test_a_site_with_data(capsys: Capture, tmp_path: Path) -> None:
    files = build(capsys, site_of_libraries(tmp_path))
    of = ("api/v1/pages/{}.json", "api/endoflife/{}.json", "calendar/{}.ics", "feed/{}.xml")
    expected = {form.format(library) for form in of for library in ("java", "go")}
    assert expected | {"api/v1/index.json", "api/v1/schema.json", "llms.txt"} <= files.keys()
    index = json.loads(files["api/v1/index.json"])
    validate(index)
    for page in index["pages"]:
        assert {page["path"], page["data"], page["markdown"]} <= files.keys()
    assert json.loads(files["api/v1/schema.json"])["$defs"] == SCHEMA["$defs"]
    assert do(capsys, "build", "--root", tmp_path, "--as-of", "2026-04-01", "--check", "-q").code == 0


def test_llms_txt_links_the_markdown_of_each_page(capsys: Capture, tmp_path: Path) -> None:
    files = build(capsys, site_of_libraries(tmp_path))
    text = files["llms.txt"].decode()
    title, _, summary, *_ = text.splitlines()
    assert (title, summary) == ("# A & B", "> As of April 1, 2026")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Java &#91;8&#93;", "Go", "Optional"]
    # The expression of the parser of llmstxt.org.
    links = re.findall(r"-\s*\[(?P<title>[^\]]+)\]\((?P<url>[^\)]+)\)(?::\s*(?P<desc>.*))?", text)
    urls = [url.removeprefix("https://example.com/") for _, url, _ in links]
    assert urls == ["java/index.md", "go/index.md", "api/v1/index.json"]
    assert set(urls) <= files.keys()


def test_a_change_of_a_library_rewrites_only_its_data(capsys: Capture, tmp_path: Path) -> None:
    before = build(capsys, site_of_libraries(tmp_path))
    edit(tmp_path / "content/java.yaml", "since: 1.2", "since: 1.3")
    edit(tmp_path / "content/java.yaml", "ga: 2025-01-01", "ga: 2025-01-02")
    after = build(capsys, tmp_path)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    data = {path for path in changed if path.startswith(("api/", "calendar/", "feed/", "llms"))}
    assert data == {
        "api/v1/pages/java.json",
        "api/endoflife/java.json",
        "api/endoflife/v1/products/java.json",
        "calendar/java.ics",
        "feed/java.xml",
    }


@pytest.mark.parametrize("keep_state", [True, False])
def test_a_removed_library_removes_its_data(keep_state: bool, capsys: Capture, tmp_path: Path) -> None:
    build(capsys, site_of_libraries(tmp_path))
    edit(tmp_path / "content/facts.yaml", 'java: {name: "Java [8]"}, ', "")
    (tmp_path / "content/java.yaml").unlink()
    if not keep_state:  # as in a fresh clone, where only the marks identify the files
        for path in (tmp_path / "output/.sitegen").rglob("*"):
            path.unlink()
    files = build(capsys, tmp_path)
    assert not [path for path in files if "java" in path]
    assert "api/v1/pages/go.json" in files


def test_data_is_off_by_default_and_only_for_html(capsys: Capture, tmp_path: Path) -> None:
    root = site_of_libraries(tmp_path)
    with_data = build(capsys, root)
    edit(root / "sitegen.yaml", "data: [api, endoflife, calendar, feed, llms]", "data: feed")
    assert {path for path in build(capsys, root) if path.startswith(("api", "feed", "llms"))} == {
        "feed/java.xml",
        "feed/go.xml",
    }
    edit(root / "sitegen.yaml", ", data: feed", "")
    without = build(capsys, root)
    assert {
        path
        for path in with_data.keys() - without.keys()
        if path.split("/")[0] not in ("api", "calendar", "feed", "llms.txt")
    } == set()
    edit(root / "sitegen.yaml", "dialects: {", "formats: [hugo]\ndialects: {")
    edit(root / "sitegen.yaml", "html: {", "html: {data: api, ")
    assert "but 'html' is not in 'formats'" in do(capsys, "check", "--root", root, "--as-of", "2026-04-01").err
    edit(root / "sitegen.yaml", "formats: [hugo]\n", "")
    edit(root / "sitegen.yaml", "data: api, ", "")
    edit(root / "sitegen.yaml", "dialects: {", "dialects: {hugo: {data: api}, ")
    said = do(capsys, "check", "--root", root, "--as-of", "2026-04-01")
    assert "unknown key 'data' in the format 'hugo'" in said.err
    edit(root / "sitegen.yaml", "hugo: {data: api}, ", "")
    edit(root / "sitegen.yaml", "html: {", "html: {data: [apis], ")
    assert "did you mean 'api'?" in do(capsys, "check", "--root", root, "--as-of", "2026-04-01").err
