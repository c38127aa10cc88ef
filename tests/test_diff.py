"""Changed facts between two states of a site: each is listed once, with its effect on support."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from sitegen.changes.changelog import Side, as_json, as_markdown, as_text
from sitegen.changes.comparison import COVERED, UNSTATED, Change, Comparison
from sitegen.changes.differences import SiteState, compare_sites
from sitegen.cli import main
from sitegen.facts.datasets import Record, records_of
from sitegen.site.loading import Site
from tests.support.changes import MIRRORED, refuse
from tests.support.mutations import mutations
from tests.support.requirements import slow
from tests.support.sites import DAYS, ROOT, large_site, load, own_site, own_texts, tiny

Capture = pytest.CaptureFixture[str]
DAY = "2026-04-01"


def said(site: Site, day: str) -> SiteState:
    assert [finding for finding in site.findings if finding.severity == "error"] == []
    return SiteState(site, date.fromisoformat(day))


@cache
def own(day: str) -> SiteState:
    return said(own_site(), day)


def compare(old: SiteState, new: SiteState) -> Comparison:
    return compare_sites(old, new, refuse, refuse)


def between(old: Mapping[str, bytes], new: Mapping[str, bytes], day: str = DAY) -> Comparison:
    """Compare two sites on a date, and check that the reverse comparison has the reverse changes."""
    before, after = said(load(old), day), said(load(new), day)
    assert mirrored(compare(after, before)) == told(compare(before, after))
    return compare(before, after)


def told(comparison: Comparison) -> set[tuple[object, ...]]:
    return {
        (c.kind, c.dataset, c.id, c.field, c.beside, c.old, c.new.replace(COVERED, UNSTATED), *sorted(c.pages))
        for c in comparison.changes
    }


def mirrored(comparison: Comparison) -> set[tuple[object, ...]]:
    return {
        (
            MIRRORED[c.kind],
            c.dataset,
            c.id,
            c.field,
            c.beside,
            c.new.replace(COVERED, UNSTATED),
            c.old,
            *sorted(c.pages),
        )
        for c in comparison.changes
    }


def short(change: Change) -> str:
    """A change in one line."""
    what = ".".join(filter(None, (change.id, change.field, change.beside)))
    return f"{change.kind} {what}: {change.old} -> {change.new} on {', '.join(change.pages)}"


# --- this site -----------------------------------------------------------------------


def test_the_changes_of_three_years_match_the_goldens() -> None:
    sides = (Side("2023-03-15", "2023-03-15"), Side("2026-04-01", "2026-04-01"))
    comparison = compare(own("2023-03-15"), own("2026-04-01"))
    for name, text in (("diff.txt", as_text(comparison, sides)), ("diff.md", as_markdown(comparison, sides))):
        golden = ROOT / "tests/goldens" / name
        if os.environ.get("UPDATE_GOLDENS"):
            golden.write_text(text + "\n", "utf-8")
        assert text + "\n" == golden.read_text("utf-8"), "UPDATE_GOLDENS=1 updates the goldens"


def test_alpine_changed_from_supported_to_unstated() -> None:
    comparison = compare(own("2023-03-15"), own("2023-09-20"))
    (alpine,) = [change for change in comparison.changes if change.id == "alpine"]
    assert (alpine.kind, alpine.old, alpine.new, alpine.pages) == ("removed", "supported", "unstated", ("asm/python",))
    assert alpine.breaking
    sides = (Side("2023-03-15", "2023-03-15"), Side("2023-09-20", "2023-09-20"))
    assert "Alpine Linux (musl) changed from supported to unstated" in as_text(comparison, sides)


@pytest.mark.parametrize("day", DAYS)
def test_a_date_has_no_changes_from_itself(day: str) -> None:
    comparison = compare(own(day), own(day))
    assert (comparison.page_changes, comparison.changes, comparison.breaking) == ((), (), 0)


@pytest.mark.parametrize(("old", "new"), list(itertools.combinations(DAYS, 2)))
def test_the_reverse_comparison_has_the_reverse_changes(old: str, new: str) -> None:
    there, back = compare(own(old), own(new)), compare(own(new), own(old))
    assert mirrored(back) == told(there)
    came, went = ([p for p in c.page_changes if not p.path] for c in (back, there))
    assert [(p.page, not p.added) for p in came] == [(p.page, p.added) for p in went]


def is_source(record: Record) -> bool:
    """Whether a record is a source of facts, which no page shows."""
    return record.dataset == "links" and record.id.endswith("-page")


OWN_RECORDS = [record for record in records_of(own_site().facts.datasets) if not is_source(record)]


@pytest.mark.parametrize(
    "record",
    [*OWN_RECORDS[::4], *map(slow, [record for i, record in enumerate(OWN_RECORDS) if i % 4])],
    ids=lambda record: f"{record.dataset}.{record.id}",
)
def test_every_changed_scalar_of_a_fact_is_listed(record: Record) -> None:
    for mutation in itertools.islice(mutations(record), 0, None, 3):
        site = load(mutation.apply())
        changes = (change for day in reversed(DAYS) for change in compare(own(day), said(site, day)).changes)
        about = ((change.dataset, change.id) == (record.dataset, record.id) for change in changes if not change.since)
        assert any(about), f"{mutation.scalar.text!r} at {mutation.scalar.place} is not listed"


# --- listed changes --------------------------------------------------------------------

FACTS = """\
features:
  fields: {name: text, since: support, area: optional text}
  records:
    login: {name: Login, since: 1.9.0, area: Access}
    audit: {name: Audit, since: [2.0.0, {is: 3.0.0, for: api, reason: it is another one}], area: none}
tables:
  features:
    caption: Features
    from: features
    columns: [{header: Feature, field: name}, {header: Since, field: since}]
"""
PAGE = "<< tables.features >>\n"


def changed(*edits: tuple[str, str], page: str = PAGE, **files: str) -> list[str]:
    """The changes of a small site after some edits of its facts."""
    facts = FACTS
    for old, new in edits:
        assert old in facts
        facts = facts.replace(old, new)
    return [short(change) for change in between(tiny(FACTS, page), tiny(facts, page, **files)).changes]


def test_a_change_that_is_the_same_for_all_products_is_listed_once() -> None:
    assert changed(("since: 1.9.0", "since: 1.10.0")) == [
        "raised login.since: 1.9.0 -> 1.10.0 on web/python, api/python"
    ]
    assert changed(("3.0.0", "2.5.0")) == ["lowered audit.since: 3.0.0 -> 2.5.0 on api/python"]


def test_records_have_the_names_in_the_facts() -> None:
    facts = FACTS.replace("header: Since", "header: << product.name >> since")
    changes = between(tiny(facts, PAGE), tiny(facts.replace("1.9.0", "1.10.0"), PAGE)).changes
    assert [(change.title, change.pages) for change in changes] == [("Since", ("web/python", "api/python"))]
    changes = between(tiny(facts, PAGE), tiny(facts.replace("3.0.0", "2.5.0"), PAGE)).changes
    assert [(change.title, change.pages) for change in changes] == [("API since", ("api/python",))]


def test_an_added_or_removed_record_is_listed_as_a_whole() -> None:
    assert changed(("    audit:", "    backup: {name: Backup, since: no, area: none}\n    audit:")) == [
        "added backup: unstated -> not supported on web/python, api/python"
    ]
    assert changed(("    login: {name", "    login: {until: 2026-01-01, name")) == [
        "removed login: supported -> unstated on web/python, api/python"
    ]


def test_the_layout_of_yaml_is_not_a_change() -> None:
    texts = dict(own_texts())
    lines = texts["content/facts.yaml"].decode().split("\n")
    spaced = [line.replace(": {", ":   {") + "  # a comment" if line.endswith("}") else line for line in lines]
    texts["content/facts.yaml"] = "\n\n".join(spaced).encode()
    for day in DAYS:
        assert compare(own(day), said(load(texts), day)).changes == ()


def test_facts_that_no_page_shows_are_not_compared() -> None:
    assert changed(("Access", "Entrance")) == []


def test_a_header_and_a_caption_are_listed() -> None:
    assert changed(
        ("columns: [{header: Feature,", "columns: [{header: What,"), ("caption: Features", "caption: All")
    ) == [
        "wording caption: Features -> All on web/python, api/python",
        "wording header: Feature -> What on web/python, api/python",
    ]
    assert changed(("{header: Since,", "{header: Since, show: << value >>+, link: /<< record.id >>/,")) == [
        "added show: unstated -> << value >>+ on web/python, api/python",
        "added link: unstated -> /<< record.id >>/ on web/python, api/python",
    ]
    assert changed(("caption: Features", "layout: list")) == [
        "wording layout: table -> list on web/python, api/python",
    ]
    assert changed(("{header: Since,", "{header: Since, note: By branch., words: {no: never},")) == [
        "added note: unstated -> By branch. on web/python, api/python",
        "added words: unstated -> no: never on web/python, api/python",
    ]


def test_how_values_are_shown_is_listed() -> None:
    keys = "notation: plus, ranges: –, joiner: ' or ', align: right, ends: no, code: yes, dates: MMM yyyy, group: span"
    found = changed(("{header: Feature,", f'{{header: Feature, when: "<< when >> - << value >>", {keys},'))
    assert [change.removesuffix(" on web/python, api/python") for change in found] == [
        "added code: unstated -> yes",
        "added notation: unstated -> plus",
        "added dates: unstated -> month: MMM yyyy, day: MMM yyyy",
        "added ends: unstated -> no",
        "added ranges: unstated -> –",
        "added when: unstated -> << when >> - << value >>",
        "added joiner: unstated ->  or ",
        "added align: unstated -> right",
        "added group: unstated -> span",
    ]


def test_columns_in_another_order_are_listed() -> None:
    one, two = "{header: Feature, field: name}", "{header: Since, field: since}"
    assert changed((f"[{one}, {two}]", f"[{two}, {one}]")) == [
        "order columns: Feature, Since -> Since, Feature on web/python, api/python"
    ]


def test_a_fact_that_only_prose_shows_is_compared() -> None:
    page = 'Logins belong to << features["login"].area >>.\n\n<< tables.features >>\n'
    assert changed(("Access", "Entrance"), page=page) == [
        "wording login.area: Access -> Entrance on web/python, api/python"
    ]


def test_a_removed_column_is_listed_if_a_sentence_still_reads_its_facts() -> None:
    page = 'All need << tables.features.highest("since") >>.\n\n<< tables.features >>\n'
    assert changed((", {header: Since, field: since}", ""), page=page) == [
        "removed column: Since -> unstated on web/python, api/python"
    ]


def test_a_new_column_states_what_was_not_stated() -> None:
    new = FACTS.replace("{header: Since,", "{header: Area, field: area}, {header: Since,")
    changes = between(tiny(FACTS, PAGE), tiny(new, PAGE)).changes
    assert [short(change) for change in changes] == ["added login.area: unstated -> Access on web/python, api/python"]


def test_a_record_removed_from_one_table_is_compared_in_others() -> None:
    more = "  areas:\n    caption: Areas\n    from: features\n    columns: [{header: What, field: name}, {header: Area, field: area}]\n"
    old = FACTS + more
    new = old.replace("name: Login", "name: Sign-in").replace(
        "    from: features\n", "    from: features\n    rows: [audit]\n", 1
    )
    page = "<< tables.features >>\n\n<< tables.areas >>\n"
    assert [short(change) for change in between(tiny(old, page), tiny(new, page)).changes] == [
        "removed login: supported -> unstated on web/python, api/python",
        "wording login.name: Login -> Sign-in on web/python, api/python",
    ]


def test_notes_are_compared() -> None:
    assert changed(("since: 1.9.0", "since: {is: 1.9.0, note: With a flag.}")) == [
        "added login.since note: unstated -> With a flag. on web/python, api/python"
    ]
    assert changed(("area: Access", "area: Access, note: Only for humans.")) == [
        "added login.note: unstated -> Only for humans. on web/python, api/python"
    ]


def test_a_new_page_lists_what_no_other_page_showed() -> None:
    roles = "products:\n  fields: {name: text}\n  records:\n    web: {name: Web}\n    api: {name: API}\n    cli: {name: CLI, from: 2026-03-01}\n"
    roles += "libraries:\n  fields: {name: text}\n  records:\n    python: {name: Python}\n"
    facts = FACTS.replace(
        "    from: features\n", "    from: features\n    rows: [[login], {is: [login, audit], for: cli}]\n"
    )
    site = load(tiny(facts, PAGE, content__roles_yaml=roles))
    comparison = compare(said(site, "2026-02-01"), said(site, "2026-04-01"))
    assert [(page.page, page.product, page.added) for page in comparison.page_changes] == [("cli/python", "CLI", True)]
    assert [short(change) for change in comparison.changes] == ["added audit: unstated -> supported on cli/python"]
    assert compare(said(site, "2026-04-01"), said(site, "2026-02-01")).breaking == 2, (
        "the page, and the facts that only this page showed"
    )


WORKS = """\
releases:
  fields: {name: text}
  records: {v3: {name: Three}, v2: {name: Two}, v1: {name: First}}
kinds:
  fields: {name: text}
  records: {db: {name: Database}, web: {name: Web}}
stores:
  fields: {name: text, kind: reference to kinds, rank: one of low / high, os: {type: versions, scheme: [a, b, c]},
    support: lifecycle, works: {type: support by releases, default: no}}
  records:
    one: {name: One, kind: db, rank: low, os: b+, support: {ga: 2020-01-01}, works: yes}
    two: {name: Two, kind: web, rank: high, os: c, support: {ga: 2020-01-01}, works: {v3: 1.2+}}
tables:
  stores:
    caption: Stores
    from: stores
    columns:
      - {header: Name, field: name}
      - {header: Kind, field: kind}
      - {header: OS, field: os}
      - {header: "<< releases.name >>", field: works, across: releases}
      - {header: Support, field: support}
"""


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("name: Database", "name: DBMS"), ["wording Name: Database -> DBMS"]),  # shown by a reference
        (("from: stores\n", "from: stores\n    where: {support: ga}\n    order: rank\n"), []),
        (("      - {header: Name, field: name}\n", ""), ["removed column: Name -> unstated"]),
        (("field: kind}\n", "field: kind}\n      - {header: Again, field: kind}\n"), []),
        (("works: yes", "works: {v3: yes, v2: yes, v1: yes}"), []),
        (("works: yes", "works: {v3: yes, v2: yes}"), ["removed First: supported -> not supported (breaking)"]),
        (("works: yes", "works: {v3: yes}"), ["removed Works except for Three: supported -> not supported (breaking)"]),
        ((", v2: {name: Two}", ""), ["removed : supported -> unstated (breaking)"]),
        (("[a, b, c]", "[x, a, b, y, c, z]"), []),
        (
            ("[a, b, c]", "[c, b, a]"),
            ["changed OS: b+ ([a, b, c]) -> b+ ([c, b, a])", "changed OS: c ([a, b, c]) -> c ([c, b, a]) (breaking)"],
        ),
        (
            ("field: support}", "field: support.current}"),
            ["added Support: unstated -> General Availability", "removed Support: General Availability -> unstated"],
        ),
    ],
)
def test_each_change_is_listed_once_and_nothing_else_is(edit: tuple[str, str], expected: list[str]) -> None:
    assert edit[0] in WORKS
    changes = between(*(tiny(facts, "<< tables.stores >>\n") for facts in (WORKS, WORKS.replace(*edit)))).changes
    found = {f"{c.kind} {c.title}: {c.old} -> {c.new}{' (breaking)' * c.breaking}" for c in changes}
    assert found == set(expected)


def test_another_scheme_is_listed_where_a_version_means_another_one() -> None:
    facts = FACTS.replace("1.9.0", "1.8.0").replace("since: support", "since: {type: support, scheme: java}")
    texts = [
        (c.kind, c.old, c.new) for c in between(tiny(FACTS.replace("1.9.0", "1.8.0"), PAGE), tiny(facts, PAGE)).changes
    ]
    assert texts == [("raised", "1.8.0 (pep440)", "1.8.0 (java)")]


def test_values_next_to_different_records_are_distinguished() -> None:
    facts = """\
systems:
  fields: {os: text, cpu: list of text}
  records:
    linux: {os: Linux, cpu: [[x86-64, i686], {is: [x86-64], for: jit}]}
runtimes:
  fields: {name: text}
  records:
    jit: {name: JIT}
    aot: {name: AOT}
tables:
  systems:
    caption: Systems
    from: [runtimes, systems]
    columns: [{header: Runtime, field: name}, {header: OS, field: os}, {header: CPU, field: cpu}]
"""
    page = "<< tables.systems >>\n"
    for edit, expected in (
        (("{is: [x86-64], for: jit}", "{is: [i686], for: jit}"), "changed linux.cpu.jit: x86-64 -> i686"),
        ((", {is: [x86-64], for: jit}", ""), "widened linux.cpu.jit: x86-64 -> x86-64, i686"),
        (("[x86-64, i686], {", "[x86-64], {"), "narrowed linux.cpu: x86-64, i686 -> x86-64"),
        (("[x86-64, i686], {", "{is: [x86-64, i686], for: aot}, {"), ""),
    ):
        new = facts.replace(*edit).replace("cpu: [[x86-64, i686]]", "cpu: [x86-64, i686]")
        changes = between(tiny(facts, page), tiny(new, page)).changes
        if not expected:
            assert not changes
            continue
        assert short(changes[0]).startswith(expected)
        assert len(changes) == 1


@pytest.mark.parametrize(
    ("declared", "old", "new", "expected"),
    [
        (
            "lifecycle",
            "{ga: by 2025-01-01, eol: 2027-01-01}",
            "{ga: by 2025-01-01, eol: 2027-06-01}",
            "date moved: End of Life from January 1, 2027 -> End of Life from June 1, 2027",
        ),
        (
            "lifecycle",
            "{ga: by 2025-01-01}",
            "{ga: by 2025-01-01, eol: 2027-06-01}",
            "date moved: no End of Life -> End of Life from June 1, 2027",
        ),
        ("lifecycle", "{beta: 2025-01-01}", "{ga: 2025-01-01}", "level changed: Beta -> General Availability"),
        (
            "support",
            "{is: yes, on: 2026-01}",
            "{is: yes, on: 2026-02}",
            "date moved: supported (2026-01) -> supported (2026-02)",
        ),
        ("support", "{is: yes, link: /a/}", "yes", "wording: yes (/a/) -> yes (no link)"),
        (
            "support",
            "{all: [2.0, {is: 1.0, when: Linux, note: Slow.}]}",
            "{all: [2.0, {is: 1.0, when: Linux, note: Fast.}]}",
            "wording: 2.0, 1.0 (Linux) (note: Slow.) -> 2.0, 1.0 (Linux) (note: Fast.)",
        ),
        (
            "support",
            "{all: [2.0, {is: 1.0, when: on Linux}]}",
            "{all: [2.0, {is: 1.0, when: on `Linux`}]}",
            "changed: 2.0, 1.0 (on Linux) -> 2.0, 1.0 (on `Linux`)",
        ),
        ("date", "2026-05-31", "2026-06-30", "date moved: May 31, 2026 -> June 30, 2026"),
        ("reference to products", "web", "api", "changed: Web -> API"),
        ("support", "no", "1.0", "added: not supported -> 1.0"),
    ],
)
def test_both_texts_show_the_difference(declared: str, old: str, new: str, expected: str) -> None:
    def site(value: str) -> dict[str, bytes]:
        facts = FACTS.replace("since: support", f"since: {declared}").replace(
            "[2.0.0, {is: 3.0.0, for: api, reason: it is another one}]", value
        )
        return tiny(facts.replace("1.9.0", value), PAGE)

    first, *_ = between(site(old), site(new)).changes
    assert f"{first.kind}: {first.old} -> {first.new}" == expected


# --- ids that changed ----------------------------------------------------------------


def test_a_record_with_another_id_is_the_same_record() -> None:
    assert changed(("    login: {name: Login", "    sign-in: {was: login, name: Login")) == []
    new = FACTS.replace("    login: {name: Login", "    sign-in: {was: [log-on, login], name: Sign-in")
    before, after = said(load(tiny(FACTS, PAGE)), DAY), said(load(tiny(new, PAGE)), DAY)
    (there,), (back,) = compare(before, after).changes, compare(after, before).changes
    assert short(there) == "wording sign-in.name: Login -> Sign-in on web/python, api/python"
    assert short(back) == "wording login.name: Sign-in -> Login on web/python, api/python"


def test_a_renamed_record_without_was_is_another_record() -> None:
    old, new = tiny(FACTS, PAGE), tiny(FACTS.replace("    login:", "    sign-in:"), PAGE)
    kinds = [(change.kind, change.id) for change in between(old, new).changes]
    assert sorted(kinds) == [("added", "sign-in"), ("removed", "login")]


def test_a_product_with_another_id_keeps_its_pages() -> None:
    roles = tiny(FACTS)["content/roles.yaml"].decode().replace("    web: {", "    site: {was: web, ")
    assert changed(page=PAGE, content__roles_yaml=roles) == []


# --- support that shrinks ------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("since: 1.9.0", "since: 1.10.0", 1),
        ("since: 1.9.0", "since: {is: 1.10.0, reason: the old ones leak}", 0),
        ("since: 1.9.0", "since: no", 1),
        ("since: 1.9.0", "since: 1.8.0", 0),
        ("login: {name", "login: {until: 2026-01-01, name", 1),
        ("login: {name", "login: {until: 2026-01-01, reason: nobody used it, name", 0),
        ("    from: features\n", "    from: features\n    rows: [audit]\n", 1),
        ("    from: features\n", "    from: features\n    rows: {is: [audit], reason: told elsewhere}\n", 0),
    ],
)
def test_support_that_shrinks_needs_a_reason(old: str, new: str, count: int) -> None:
    assert between(tiny(FACTS, PAGE), tiny(FACTS.replace(old, new), PAGE)).breaking == count


def test_the_end_of_a_release_may_have_its_reason() -> None:
    facts = """\
releases:
  fields: {versions: versions, support: lifecycle}
  records:
    v1: {versions: "<2", support: {ga: 2025-01-01, eol: 2026-05-01}}
    v2: {versions: ">=2", support: {is: {ga: 2025-01-01, eol: 2026-05-01}, reason: its runtime has ended}}
tables:
  releases:
    caption: Releases
    from: releases
    columns: [{header: Release, field: versions}, {header: Support, field: support}]
"""
    site = load(tiny(facts, "<< tables.releases >>\n"))
    changes = compare(said(site, "2026-04-30"), said(site, "2026-05-01")).changes
    assert [(change.kind, change.shrinks, change.breaking) for change in changes] == [
        ("level changed", True, True),
        ("level changed", True, False),
    ]


# --- the command ---------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a site in a folder, committed once and then changed."""
    site = tmp_path / "repository/site"
    for name, data in tiny(FACTS, PAGE).items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(data)
    git(site.parent, "init", "-q", "-b", "main")
    commit(site)
    edit(site, "since: 1.9.0", "since: 1.10.0")
    return site


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    who = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    git(folder, *who, "commit", "-q", "-m", "A change")


def edit(site: Path, old: str, new: str) -> None:
    path = site / "content/facts.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def diff(capsys: Capture, site: Path, *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["diff", "--root", str(site), "--as-of", DAY, *arguments])
    return code, *capsys.readouterr()


def test_a_revision_is_compared_with_the_working_tree(repository: Path, capsys: Capture) -> None:
    code, out, err = diff(capsys, repository, "main")
    assert (code, err) == (0, "")
    assert out == (
        "Changes from main to the working tree, as of 2026-04-01\n\nAll pages\n  Features\n"
        "    raised         Login – Since: 1.9.0 → 1.10.0\n"
    )


def test_two_revisions_or_a_revision_and_a_day(repository: Path, capsys: Capture) -> None:
    commit(repository)
    assert "1.9.0 → 1.10.0" in diff(capsys, repository, "HEAD~1", "HEAD")[1]
    assert "1.10.0 → 1.9.0" in diff(capsys, repository, "HEAD", "HEAD~1")[1]
    assert "Nothing changed." in diff(capsys, repository, "HEAD", "2026-05-01")[1]


def test_breaking_exits_with_1_and_lists_the_changes(repository: Path, capsys: Capture) -> None:
    code, out, err = diff(capsys, repository, "main", "--breaking", "-q")
    assert (code, out) == (1, "")
    assert (
        err
        == "support is reduced, and no new 'reason' explains it:\n  raised: Login – Since: 1.9.0 → 1.10.0 (All pages)\n"
    )
    edit(repository, "since: 1.10.0", "since: {is: 1.10.0, reason: the old ones leak}")
    assert diff(capsys, repository, "main", "--breaking", "-q") == (0, "", "")


def test_json_has_a_stable_schema(repository: Path, capsys: Capture) -> None:
    _, out, _ = diff(capsys, repository, "main", "--format", "json")
    assert json.loads(out) == {
        "version": 1,
        "from": {"name": "main", "as_of": DAY},
        "to": {"name": "the working tree", "as_of": DAY},
        "breaking": 1,
        "pages": [],
        "changes": [
            {
                "class": "raised",
                "dataset": "features",
                "record": "login",
                "field": "since",
                "for": "",
                "label": "Login",
                "title": "Since",
                "table": "features",
                "old": "1.9.0",
                "new": "1.10.0",
                "facts": [],
                "since": None,
                "shrinks": True,
                "shrinks_from": None,
                "breaking": True,
                "reason": "",
                "pages": ["web/python", "api/python"],
            }
        ],
    }


def test_values_cannot_break_the_markdown() -> None:
    hostile = tiny(FACTS.replace("{name: Login", "{name: '*a* | <b> [c](d) `e`'"), PAGE)
    text = as_markdown(between(tiny(FACTS, PAGE), hostile), (Side("a", DAY), Side("b", DAY)))
    assert r"\*a\* \| \<b\> \[c\](d) \`e\`" in text


def test_errors_of_a_side_are_reported(repository: Path, capsys: Capture) -> None:
    edit(repository, "since: 1.10.0", "since: soon")
    code, out, err = diff(capsys, repository, "main", "--format", "json")
    assert (code, out) == (1, "")
    assert err.startswith("sitegen: the working tree as of 2026-04-01:\nerror[unknown-state]: ")
    commit(repository)
    edit(repository, "since: soon", "since: 1.10.0")
    code, out, err = diff(capsys, repository, "HEAD")
    assert (code, out) == (1, "")
    assert err.startswith("sitegen: HEAD as of 2026-04-01:\nerror[unknown-state]: ")
    (repository / "content/page.md").write_text("---\ntitle: Page\n---\n<< features['nothing'].name >>\n", "utf-8")
    assert diff(capsys, repository, "2026-01-01", "2026-02-01")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such"], "unknown revision 'no-such'; expected a commit, a branch, a tag or a date"),
        ([""], "unknown revision ''; expected a commit, a branch, a tag or a date"),
        (["main", ""], "unknown revision ''; expected a commit, a branch, a tag or a date"),
        (["2026-02-30"], "the date 2026-02-30 does not exist"),
        (["main", "2026-13-01"], "the date 2026-13-01 does not exist"),
        (["main:site"], "unknown revision 'main:site'; expected a commit, a branch, a tag or a date"),
    ],
)
def test_an_unknown_date_or_revision_is_exit_code_2(
    arguments: list[str], message: str, repository: Path, capsys: Capture
) -> None:
    assert diff(capsys, repository, *arguments) == (2, "", f"sitegen diff: error: {message}\n")


def test_a_range_is_compared_as_git_does(repository: Path, capsys: Capture) -> None:
    git(repository, "checkout", "-q", "-b", "work")
    commit(repository)
    git(repository, "checkout", "-q", "main")
    edit(repository, "since: 1.9.0", "since: 1.8.0")
    commit(repository)
    for arguments in (["main...work"], ["main...", "work"], ["...work"]):
        code, out, err = diff(capsys, repository, *arguments, "--breaking")
        assert "raised         Login – Since: 1.9.0 → 1.10.0" in out, "from the merge base"
        assert (code, err.splitlines()[0]) == (1, "support is reduced, and no new 'reason' explains it:")
    assert re.match(
        r"Changes from the merge base of main and work \([0-9a-f]{10}\) to work, as", out.replace("HEAD", "main")
    )
    for arguments in (["main..work"], ["..work"], ["main..", "work"]):
        assert "raised         Login – Since: 1.8.0 → 1.10.0" in diff(capsys, repository, *arguments)[1]
    git(repository, "checkout", "-q", "work")
    edit(repository, "since: 1.10.0", "since: 1.11.0")
    code, out, _ = diff(capsys, repository, "main...", "--breaking")
    assert (code, "raised         Login – Since: 1.9.0 → 1.11.0" in out) == (1, True), "to the working tree"
    assert out.split(", as of")[0].endswith(" to the working tree")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["main...work", "main"], "'main...work' is already a range; remove 'main'"),
        (
            ["2026-01-01...main"],
            "'...' compares with a merge base of two revisions, and 2026-01-01 is a date; write '..'",
        ),
        (["main...no-such"], "unknown revision 'no-such'; expected a commit, a branch, a tag or a date"),
        (["main...other"], "'main' and 'other' have no common commit"),
    ],
)
def test_an_invalid_range_is_exit_code_2(arguments: list[str], message: str, repository: Path, capsys: Capture) -> None:
    git(repository, "branch", "work")
    git(repository, "checkout", "-q", "--orphan", "other")
    commit(repository)
    git(repository, "checkout", "-q", "main")
    assert diff(capsys, repository, *arguments) == (2, "", f"sitegen diff: error: {message}\n")


def test_two_dates_can_be_a_range(repository: Path, capsys: Capture) -> None:
    assert diff(capsys, repository, "2026-01-01..2026-02-01")[0] == 0


def test_a_shallow_clone_is_reported_with_what_to_fetch(repository: Path, tmp_path: Path, capsys: Capture) -> None:
    git(repository, "checkout", "-q", "-b", "work")
    commit(repository)
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository.parent}", "clone")
    advice = (
        "this clone is shallow and lacks older commits; fetch the rest with 'git fetch --unshallow', "
        "or check out with 'fetch-depth: 0' in a pipeline"
    )
    for asked in ("main...", "main", "HEAD~1"):
        code, out, err = diff(capsys, tmp_path / "clone/site", asked)
        revision = asked.removesuffix("...")
        assert (code, out, err) == (2, "", f"sitegen diff: error: unknown revision '{revision}', but {advice}\n")
    git(tmp_path / "clone", "fetch", "-q", "--depth", "1", "origin", "main:main")
    edit(repository, "since: 1.10.0", "since: 1.12.0")
    commit(repository)
    git(tmp_path / "clone", "fetch", "-q", "--depth", "1", "origin", "work:newer")
    code, _, err = diff(capsys, tmp_path / "clone/site", "main...newer")
    assert (code, err) == (2, f"sitegen diff: error: 'main' and 'newer' have no common commit, but {advice}\n")


def test_a_remote_branch_is_suggested(repository: Path, tmp_path: Path, capsys: Capture) -> None:
    git(repository, "branch", "work")
    git(tmp_path, "clone", "-q", f"file://{repository.parent}", "clone")
    code, _, err = diff(capsys, tmp_path / "clone/site", "work...")
    assert (code, err) == (2, "sitegen diff: error: unknown revision 'work'; did you mean 'origin/work'?\n")


def test_a_clone_without_the_contents_of_a_file_is_exit_code_2(repository: Path, capsys: Capture) -> None:
    asked = ["git", "rev-parse", "HEAD:./content/facts.yaml"]
    blob = subprocess.run(asked, cwd=repository, check=True, capture_output=True, text=True).stdout.strip()
    (repository.parent / ".git/objects" / blob[:2] / blob[2:]).unlink()
    message = (
        "sitegen diff: error: this clone lacks the contents of some files; fetch them with 'git fetch --refetch'\n"
    )
    assert diff(capsys, repository, "HEAD") == (2, "", message)


def test_dates_can_be_compared_without_a_repository(tmp_path: Path, capsys: Capture) -> None:
    for name, data in tiny(FACTS, PAGE).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert diff(capsys, tmp_path, "2026-01-01")[0] == 0
    code, _, err = diff(capsys, tmp_path, "HEAD")
    assert code == 2
    assert re.fullmatch(
        r"sitegen diff: error: .* is not in a git repository; compare dates instead, such as 2026-04-01\n", err
    )


def test_missing_git_is_reported_in_one_line(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    message = "sitegen diff: error: git is not installed; compare dates instead, such as 2026-04-01\n"
    assert diff(capsys, repository, "main") == (2, "", message)


def test_a_repository_of_another_user_is_exit_code_2(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    code, out, err = diff(capsys, repository, "main...")
    assert (code, out) == (2, "")
    assert err.endswith("which another user owns; add it to git's 'safe.directory'\n")


def test_a_revision_without_the_site_is_exit_code_2(repository: Path, capsys: Capture) -> None:
    git(repository, "checkout", "-q", "--orphan", "empty")
    git(repository, "rm", "-q", "-r", "-f", "--cached", ".")
    (repository.parent / "other").write_text("", "utf-8")
    git(repository.parent, "add", "other")
    git(repository, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-q", "-m", "Nothing")
    code, _, err = diff(capsys, repository, "empty")
    assert code == 2
    assert "has no sitegen.yaml" in err


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_links_of_sources_are_followed_in_a_revision(repository: Path, capsys: Capture) -> None:
    page = (repository / "content/page.md").read_text("utf-8")
    (repository / "content/page.md").write_text(page.replace("title: Page\n", "title: Page\nfor: web\n"), "utf-8")
    (repository / "content/_part.md").write_text("<< tables.features >>\n", "utf-8")
    (repository / "content/other.md").write_text('---\ntitle: B\nfor: api\n---\n<% include "_link.md" %>\n', "utf-8")
    (repository / "content/_link.md").symlink_to("_part.md")
    commit(repository)
    assert "Nothing changed." in diff(capsys, repository, "HEAD")[1]


@pytest.mark.slow
def test_a_change_of_all_libraries_is_listed_once() -> None:
    texts = large_site(50)
    new = {name: data.replace(b"name: Capability 3,", b"name: Capability C,") for name, data in texts.items()}
    changes = between(texts, new).changes
    assert [(change.kind, change.id, len(change.pages)) for change in changes] == [("wording", "cap-3", 100)]


OWN_EDITS = {
    "a value": (b"{since: 1.1.5}", b"{since: 1.2.5}"),
    "a later value": (b"from: 2026-02-01", b"from: 2026-09-01"),
    "a later end": (b"eol: 2026-02-15", b"eol: 2026-08-15"),
    "a removed value": (b"    cap-1: {since: 1.1.5}\n", b""),
    "a new record": (
        b"releases:\n  records:\n",
        b"releases:\n  records:\n    v0: {versions: '<0.5', support: {ga: 2024-01-01}}\n",
    ),
}


@pytest.mark.parametrize("edit", OWN_EDITS)
def test_only_changed_libraries_are_read_with_the_same_result(edit: str) -> None:
    page = b"---\ntitle: All\neach: site\n---\n<< capabilities['cap-3'].name >>\n"
    old = {**large_site(4), "content/all.md": page}
    own = "content/libraries/lib-1.yaml"
    new = {**old, own: old[own].replace(*OWN_EDITS[edit])}
    assert new != old
    whole = between(old, new)
    restricted = compare_sites(
        *(SiteState(load(texts), date.fromisoformat(DAY), texts) for texts in (old, new)), refuse, refuse
    )
    assert restricted == whole
    assert whole.changes
    assert len(whole.pages) == 9


def test_json_of_this_site_contains_only_existing_ids_and_pages() -> None:
    sides = (Side("2023-03-15", "2023-03-15"), Side("2026-04-01", "2026-04-01"))
    found = json.loads(as_json(compare(own("2023-03-15"), own("2026-04-01")), sides))
    datasets = own_site().facts.datasets
    for change in found["changes"]:
        assert change["dataset"] or change["field"] in ("header", "column")
        assert not change["dataset"] or change["record"] in datasets[change["dataset"]].records
        assert not change["table"] or change["table"] in own_site().tables
        assert set(change["pages"]) <= {"asm/python", "iast/python", "aap/python"}
