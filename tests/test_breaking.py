"""`diff --breaking` fails if and only if support is reduced without a new reason."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.changes.changelog import Side, as_text, breaking_lines
from sitegen.changes.differences import Comparison, SiteState, compare_sites
from sitegen.facts.versions import parse_versions
from sitegen.site.loading import Site
from tests.support.changes import refuse
from tests.support.sites import load, tiny

DAY = date(2026, 4, 1)

# A vendor of an app for two platforms: releases, features with minimums, systems by runtime and CPU.
ROLES = """\
products:
  fields: {name: text, unavailable_sites: optional list of text}
  records:
    sync: {name: Sync, unavailable_sites: none}
    vault: {name: Vault, unavailable_sites: [eu.example.com]}
libraries:
  fields: {name: text, package: text}
  records:
    swift: {name: Swift, package: larch-swift}
    kotlin: {name: Kotlin, package: larch-kotlin}
"""
FACTS = """\
releases:
  fields: {versions: versions, support: lifecycle}
  records:
    r3: {versions: ">=3,<4", support: {ga: 2026-01-10}}
    r2: {versions: ">=2,<3", support: {ga: 2025-01-10, maintenance: 2026-01-10, eol: 2027-01-10}}
    r1: {versions: "<2", support: {ga: by 2024-01-01, eol: by 2026-09-01}}
features:
  fields: {name: text, since: support of releases, area: optional text, kind: one of core / extra}
  records:
    login: {name: Login, since: 1.4.0, area: Access, kind: core}
    audit: {name: Audit, since: [2.0.0, {is: 2.2.0, for: vault, reason: it signs its entries}], area: none, kind: core}
    backup: {name: Backup, since: preview >=3.1, area: none, kind: extra}
    merge: {name: Merge, since: no, area: none, kind: extra}
engines:
  fields: {name: text, flavour: text, versions: versions, sync: support, vault: support, remark: optional markdown}
  records:
    core-a: {name: Core, flavour: Alpha, versions: "8-17", sync: yes, vault: yes, remark: none}
    core-b: {name: Core, flavour: Beta, versions: 11+, sync: yes, vault: partial, remark: none}
    nano: {name: Nano, flavour: Alpha, versions: ">=1", sync: partial, vault: no, remark: Only *with* the module.}
systems:
  fields: {os: text, cpu: list of text, floor: optional version}
  records:
    linux: {os: Linux, cpu: [x86-64, ARM64], floor: 2.17}
    macos: {os: macOS, cpu: [ARM64], floor: none}
runners:
  fields: {name: text, release: reference to releases}
  records:
    jit: {name: JIT, release: r3}
    aot: {name: AOT, release: r3}
links:
  fields: {target: link}
  records:
    policy: {target: /policy/}
tables:
  releases:
    caption: Releases
    from: releases
    columns: [{header: Release, field: versions}, {header: Support, field: support}]
  features:
    caption: Features
    from: features
    where: {kind: [core, extra]}
    columns: [{header: Feature, field: name}, {header: Area, field: area}, {header: Since, field: since}]
  engines:
    caption: Engines
    from: engines
    columns:
      - {header: Engine, field: name}
      - {header: Flavour, field: flavour}
      - {header: Versions, field: versions}
      - {header: Sync, field: sync, for: sync}
      - {header: Vault, field: vault, for: vault}
      - {header: Remark, field: remark}
  systems:
    caption: Systems
    from: systems
    columns: [{header: System, field: os}, {header: CPU, field: cpu}, {header: Kernel, field: floor}]
  runners:
    caption: Runners
    from: [runners, systems]
    columns: [{header: Runner, field: name}, {header: Release, field: release.versions}, {header: System, field: os}, {header: CPU, field: cpu}]
"""
PAGE = """\
<% if product.unavailable_sites %>
Not on << product.unavailable_sites >>.
<% endif %>
<< tables.releases >>

<< tables.features >>

<< tables.engines >>

<< tables.systems >>

<< tables.runners >>
"""
SETTINGS = "partials: {features: {path: << product.id >>/<< library.id >>/features, tables: [features]}}\n"
KOTLIN = "library: kotlin\nfeatures:\n  records:\n    login: {since: 1.6.0}\n"

# A vendor of collectors with one product: drivers by server, and a plain list of platforms.
FLEET = """\
products:
  fields: {name: text}
  records:
    fleet: {name: Fleet}
libraries:
  fields: {name: text, products: list of reference to products}
  records:
    go: {name: Go, products: [fleet]}
    rust: {name: Rust, products: [fleet]}
servers:
  fields: {name: text, versions: versions, drivers: versions, minimum: version}
  records:
    tern-8: {name: Tern, versions: 8.0+, drivers: ">=2.5,<4", minimum: 1.20}
    tern-7: {name: Tern, versions: 7.0-7.6, drivers: ">=1,<4", minimum: 1.18}
    gull: {name: Gull, versions: "5, 7, 9", drivers: 2.x, minimum: 1.18}
platforms:
  fields: {name: text, ends: optional date, last_patch: optional version}
  records:
    deb: {name: Debian, ends: 2028-06, last_patch: 12.4}
    alp: {name: Alpine, ends: none, last_patch: none}
tables:
  servers:
    caption: Servers
    from: servers
    columns: [{header: Server, field: name}, {header: Versions, field: versions}, {header: Drivers, field: drivers}, {header: Go, field: minimum}]
  platforms:
    caption: Platforms
    from: platforms
    columns: [{header: Platform, field: name}, {header: Ends, field: ends}, {header: Last patch, field: last_patch}]
  more:
    caption: More platforms
    from: platforms
    rows: [alp]
    columns: [{header: Platform, field: name}, {header: Ends, field: ends}, {header: Last patch, field: last_patch}]
"""
FLEET_PAGE = "<< tables.servers >>\n\n<< tables.platforms >>\n"

Texts = Mapping[str, str]
FIRST: Texts = {
    "sitegen.yaml": SETTINGS,
    "content/roles.yaml": ROLES,
    "content/facts.yaml": FACTS,
    "content/page.md": f"---\ntitle: Page\n---\n{PAGE}",
    "content/kotlin.yaml": KOTLIN,
}
SECOND: Texts = {
    "content/facts.yaml": FLEET,
    "content/page.md": f"---\ntitle: Page\n---\n{FLEET_PAGE}",
    "content/roles.yaml": "",
}


def site(texts: Texts) -> Site:
    files = {**tiny("features: {fields: {name: text}, records: {}}\n"), **{n: t.encode() for n, t in texts.items()}}
    if not texts["content/roles.yaml"]:
        del files["content/roles.yaml"]
    made = load(files)
    assert [finding for finding in made.findings if finding.severity == "error"] == []
    return made


@cache
def unedited(first: bool) -> Site:
    return site(FIRST if first else SECOND)


def edited(texts: Texts, *edits: tuple[str, str]) -> Texts:
    """The texts after some edits, each of which applies to one place in one file."""
    found = dict(texts)
    for old, new in edits:
        (name,) = (name for name, text in found.items() if text.count(old) == 1)
        found[name] = found[name].replace(old, new)
    return found


def compared(old: Site, new: Site, day: date = DAY) -> Comparison:
    return compare_sites(SiteState(old, day), SiteState(new, day), refuse, refuse)


def lines(comparison: Comparison) -> list[str]:
    return list(breaking_lines(comparison))


Edit = tuple[tuple[str, str], ...]
R1, R2, R3 = (
    'r1: {versions: "<2", support: {ga: by 2024-01-01, eol: by 2026-09-01}}',
    'r2: {versions: ">=2,<3", support: {ga: 2025-01-10, maintenance: 2026-01-10, eol: 2027-01-10}}',
    'r3: {versions: ">=3,<4", support: {ga: 2026-01-10}}',
)
CORE_A = 'core-a: {name: Core, flavour: Alpha, versions: "8-17", sync: yes, vault: yes, remark: none}'
AUDIT = "since: [2.0.0, {is: 2.2.0, for: vault, reason: it signs its entries}]"

BREAKING: dict[str, Edit] = {
    # Changes that take effect now.
    "a minimum is raised": (("since: 1.4.0", "since: 1.5.0"),),
    "a minimum is raised in the file of a library": (("since: 1.6.0", "since: 1.7.0"),),
    "a value of its own takes the place of the shared one": (("library: kotlin\n", "library: kotlin\nengines:\n  records:\n    nano: {sync: no}\n"),),
    "yes becomes no": (("sync: yes, vault: yes", "sync: yes, vault: no"),),
    "yes becomes partial": (("sync: yes, vault: yes", "sync: partial, vault: yes"),),
    "yes becomes a preview": (("sync: yes, vault: yes", "sync: preview, vault: yes"),),
    "yes becomes planned": (("sync: yes, vault: yes", "sync: planned, vault: yes"),),
    "yes becomes unknown": (("sync: yes, vault: yes", "sync: unknown, vault: yes"),),
    "yes becomes not tested": (("sync: yes, vault: yes", "sync: not tested, vault: yes"),),
    "yes becomes yes in some versions": (("sync: yes, vault: yes", 'sync: ">=12", vault: yes'),),
    "yes becomes deprecated in some versions": (("sync: yes, vault: yes", "sync: deprecated >=12, vault: yes"),),
    "partial becomes unknown": (("vault: partial", "vault: unknown"),),
    "a range ends earlier": (('"8-17"', '"8-16"'),),
    "a range gets a hole": (('"8-17"', '"8-11, 13-17"'),),
    "an open range is closed": (("versions: 11+", "versions: 11-25"),),
    "a row is removed": ((f"    {CORE_A}\n", ""),),
    "a row ends": (("core-a: {name", "core-a: {until: 2026-03-01, name"),),
    "a row is left out by 'rows'": (("    from: engines\n", "    from: engines\n    rows: [core-a, nano]\n"),),
    "a row is left out by 'where'": (("[core, extra]", "[extra]"),),
    "a row no longer matches 'where'": (("{kind: [core, extra]}", "{kind: [core]}"), ("since: preview >=3.1, area: none, kind: extra", "since: 3.1, area: none, kind: core"), ("area: Access, kind: core", "area: Access, kind: extra")),
    "a column is removed": (("      - {header: Sync, field: sync, for: sync}\n", ""),),
    "a column of versions is removed": (("      - {header: Versions, field: versions}\n      - {header: Sync", "      - {header: Sync"),),
    "a table is removed from a page": (("<< tables.engines >>", ""),),
    "a CPU is removed": (("cpu: [x86-64, ARM64]", "cpu: [x86-64]"),),
    "a CPU is replaced": (("cpu: [ARM64]", "cpu: [x86-64]"),),
    "a CPU is removed for one runner": (("cpu: [x86-64, ARM64]", "cpu: [[x86-64, ARM64], {is: [x86-64], for: aot}]"),),
    "a site is added to those without the product": (("[eu.example.com]", "[eu.example.com, us.example.com]"),),
    "a product becomes unavailable somewhere": (("unavailable_sites: none", "unavailable_sites: [us.example.com]"),),
    "a minimum is raised for one library": (("since: 1.4.0", "since: [1.4.0, {is: 1.5.0, for: swift}]"),),
    "a state is narrowed for one library": (("sync: yes, vault: yes", "sync: [yes, {is: partial, for: swift}], vault: yes"),),
    "a branch of releases covers less": (('">=3,<4"', '">=3.1,<4"'),),
    "a split leaves a gap": ((CORE_A, 'core-a: {name: Core, flavour: Alpha, versions: "8-11", sync: yes, vault: yes, remark: none}\n    core-c: {name: Core, flavour: Alpha, versions: "13-17", sync: yes, vault: yes, remark: none}'),),
    "half of a split is not supported": ((CORE_A, 'core-a: {name: Core, flavour: Alpha, versions: "8-11", sync: yes, vault: yes, remark: none}\n    core-c: {name: Core, flavour: Alpha, versions: "12-17", sync: no, vault: yes, remark: none}'),),
    "half of a split is another flavour": ((CORE_A, 'core-a: {name: Core, flavour: Alpha, versions: "8-11", sync: yes, vault: yes, remark: none}\n    core-c: {name: Core, flavour: Gamma, versions: "12-17", sync: yes, vault: yes, remark: none}'),),
    "a branch ends today": (("eol: 2027-01-10", "eol: 2026-04-01"),),
    "a branch has ended, as is known since": (("eol: by 2026-09-01", "eol: 2026-03-01"),),
    # Changes that take effect on a later day.
    "a minimum will be raised": (("since: 1.4.0", "since: [1.4.0, {is: 1.5.0, from: 2027-02-01}]"),),
    "a state will be no": (("sync: yes, vault: yes", "sync: [yes, {is: no, from: 2027-02-01}], vault: yes"),),
    "a row will end": (("core-a: {name", "core-a: {until: 2027-02-01, name"),),
    "a column will end": (("field: sync, for: sync", "field: sync, for: sync, until: 2027-02-01"),),
    "a row will be left out": (("    from: engines\n", "    from: engines\n    rows: [[core-a, core-b, nano], {is: [core-a, nano], from: 2027-02-01}]\n"),),
    "a product will end": (("sync: {name", "sync: {until: 2027-02-01, name"),),
    "a library will end": (("swift: {name", "swift: {until: 2027-02-01, name"),),
    "an end is announced where there was none": (("{ga: 2026-01-10}", "{ga: 2026-01-10, eol: 2028-01-01}"),),
    "a branch ends earlier": (("eol: 2027-01-10", "eol: 2026-12-10"),),
    "a later start of a supported level": (("ga: 2026-01-10}", "preview: 2026-01-10, ga: 2026-05-01}"),),
    # Reasons of other changes.
    "a new value has an old reason": (("is: 2.2.0, for: vault", "is: 2.4.0, for: vault"),),
    "the day of a value with its old reason is earlier": (),
    "one of two changes has a reason": (("since: 1.4.0", "since: 1.5.0"), (AUDIT, "since: [2.0.0, {is: 2.4.0, for: vault, reason: it signs all}]")),
    # Paths.
    "a product has another id": (("    sync: {name", "    syncing: {was: sync, name"), ("header: Sync, field: sync, for: sync", "header: Sync, field: sync, for: syncing")),
    "a library has another id": (("    swift: {name", "    swift-sdk: {was: swift, name"),),
    "a product is gone": (("    sync: {name: Sync, unavailable_sites: none}\n", ""), ("      - {header: Sync, field: sync, for: sync}\n", "")),
    "a library is gone": (("    swift: {name: Swift, package: larch-swift}\n", ""),),
    "a partial has another path": (("<< library.id >>/features", "<< library.id >>/all-features"),),
    "the folder of partials is another": ((SETTINGS, f"{SETTINGS}fragments: {{hugo: hugo/partials}}\n"),),
    "a row is for another release": (("jit: {name: JIT, release: r3}", "jit: {name: JIT, release: r2}"),),
    "a partial is gone": ((SETTINGS, "title: A\n"),),
    "the page of a product is gone": (("---\ntitle: Page\n", "---\ntitle: Page\nfor: vault\n"),),
}  # fmt: skip

HARMLESS: dict[str, Edit] = {
    "nothing": (),
    "another row is for the former release": (("    jit: {name: JIT, release: r3}", "    jit: {name: JIT, release: r2}\n    jit3: {name: JIT, release: r3}"),),
    "a minimum is lowered": (("since: 1.4.0", "since: 1.3.0"),),
    "a raise with a reason": (("since: 1.4.0", "since: {is: 1.5.0, reason: older ones lose sessions}"),),
    "a raise to come with a reason": (("since: 1.4.0", "since: [1.4.0, {is: 1.5.0, from: 2027-02-01, reason: older ones lose sessions}]"),),
    "a value of a product changes together with its reason": (("{is: 2.2.0, for: vault, reason: it signs its entries}", "{is: 2.4.0, for: vault, reason: it signs all}"),),
    "the value of a product is lowered under its reason": (("is: 2.2.0, for: vault", "is: 2.1.0, for: vault"),),
    "an end with a reason": (("support: {ga: 2026-01-10}", "support: {is: {ga: 2026-01-10, eol: 2028-01-01}, reason: its runtime ends}"),),
    "a row ends with a reason": (("core-a: {name", "core-a: {until: 2027-02-01, reason: nobody uses it, name"),),
    "a product has another id, with a reason": (("    sync: {name", "    syncing: {was: sync, reason: old pages redirect, name"), ("header: Sync, field: sync, for: sync", "header: Sync, field: sync, for: syncing")),
    "a range is split into two": ((CORE_A, 'core-a: {name: Core, flavour: Alpha, versions: "8-11", sync: yes, vault: yes, remark: none}\n    core-c: {name: Core, flavour: Alpha, versions: "12-17", sync: yes, vault: yes, remark: new}'),),
    "a range is split into two of other ids": ((CORE_A, 'c8: {name: Core, flavour: Alpha, versions: "8-11", sync: yes, vault: yes, remark: none}\n    c12: {name: Core, flavour: Alpha, versions: "12-17", sync: yes, vault: yes, remark: none}'),),
    "a range is split by state": ((CORE_A, 'core-a: {name: Core, flavour: Alpha, versions: "8-11", sync: yes, vault: yes, remark: none}\n    core-c: {name: Core, flavour: Alpha, versions: "11+", sync: yes, vault: yes, remark: none}'),),
    "a branch is split into two": ((R2, 'r22: {versions: ">=2.2,<3", support: {ga: 2025-01-10, eol: 2027-01-10}}\n    r20: {versions: ">=2,<2.2", support: {ga: 2025-01-10, eol: 2027-03-10}}'),),
    "a system is split by CPU": (("linux: {os: Linux, cpu: [x86-64, ARM64], floor: 2.17}", "linux: {os: Linux, cpu: [x86-64], floor: 2.17}\n    linux-arm: {os: Linux, cpu: [ARM64], floor: 2.17}"),),
    "rows in another order": ((f"    {CORE_A}\n", ""), ("    nano: {name", f"    {CORE_A}\n    nano: {{name")),
    "columns in another order": (("{header: Feature, field: name}, {header: Area, field: area}", "{header: Area, field: area}, {header: Feature, field: name}"),),
    "a record has another id": (("    login: {name", "    sign-in: {was: login, name"), ("    login: {since: 1.6.0}", "    sign-in: {since: 1.6.0}")),
    "a record that others refer to has another id": ((f"    {R3}", f"    three: {{was: r3, {R3[5:]}"), ("    jit: {name: JIT, release: r3}\n    aot: {name: AOT, release: r3}", "    jit: {name: JIT, release: three}\n    aot: {name: AOT, release: three}")),
    "a record has another name": (("name: Login", "name: Sign-in"),),
    "an engine has another name": (("nano: {name: Nano", "nano: {name: Nanite"),),
    "a range in another notation": (("versions: 11+", 'versions: ">=11"'),),
    "a minimum in another notation": (("since: 1.4.0", 'since: ">=1.4.0"'),),
    "a minimum with another number of digits": (("since: 1.4.0", "since: 1.4"),),
    "a range is wider": (('"8-17"', '"8-21"'),),
    "a row is new": (("    nano: {name", "    pico: {name: Pico, flavour: Alpha, versions: 1+, sync: no, vault: no, remark: none}\n    nano: {name"),),
    "a column is new": (("columns: [{header: System, field: os}, {header: CPU, field: cpu}, {header: Kernel, field: floor}]", "columns: [{header: System, field: os}, {header: CPU, field: cpu}, {header: Kernel, field: floor}, {header: Again, field: os}]"),),
    "a header and a caption": (("caption: Engines", "caption: All engines"), ("header: Flavour", "header: Kind")),
    "a note": (("remark: none}\n    core-b", "remark: none, note: 'See the [policy][policy].'}\n    core-b"),),
    "a remark": (("Only *with* the module.", "With the module only."),),
    "a link": (("target: /policy/", "target: /the-policy/"),),
    "maintenance is announced": (("{ga: 2026-01-10}", "{ga: 2026-01-10, maintenance: 2027-01-01}"),),
    "a branch is deprecated": (("{ga: 2026-01-10}", "{ga: 2026-01-10, deprecated: 2026-03-01}"),),
    "a branch ends later": (("eol: 2027-01-10", "eol: 2027-06-10"),),
    "a branch does not end": ((", eol: 2027-01-10", ""),),
    "a day that was known by": (("ga: by 2024-01-01", "ga: 2023-06-01"),),
    "an end that was known by is exact and not after it": (("eol: by 2026-09-01", "eol: 2026-08-01"),),
    "an end that was known by is exact on the day": (("eol: by 2026-09-01", "eol: 2026-09-01"),),
    "a CPU is new, in another order": (("cpu: [x86-64, ARM64]", "cpu: [RISC-V, ARM64, x86-64]"),),
    "a site has the product again": (("[eu.example.com]", "none"),),
    "no becomes planned": (("since: no", "since: planned"),),
    "a preview becomes supported": (("since: preview >=3.1", "since: 3.2"),),
    "what was not supported is removed": (("    merge: {name: Merge, since: no, area: none, kind: extra}\n", ""),),
    "the versions of what is not supported": (("since: preview >=3.1", "since: preview >=3.2"),),
    "partial becomes yes": (("vault: partial", "vault: yes"),),
    "yes becomes deprecated": (("sync: yes, vault: yes", "sync: deprecated, vault: yes"),),
    "a table moves on the page": (("<< tables.releases >>\n\n", ""), ("<< tables.runners >>\n", "<< tables.runners >>\n\n<< tables.releases >>\n")),
    "a fact moves to another file": (("    backup: {name: Backup, since: preview >=3.1, area: none, kind: extra}\n", ""), ("library: kotlin\n", "library: kotlin\n# no more\n")),
    "a product is new": (("    vault: {name", "    draw: {name: Draw, unavailable_sites: none}\n    vault: {name"),),
    "the area is no longer shown": (("{header: Area, field: area}, ", ""),),
}  # fmt: skip
del BREAKING["the day of a value with its old reason is earlier"], HARMLESS["a fact moves to another file"]

SECOND_BREAKING: dict[str, Edit] = {
    "a hole in a list of versions": (('"5, 7, 9"', '"5, 9"'),),
    "another single version": (("versions: 8.0+", "versions: 8.0"),),
    "drivers are fewer": (("tern-8: {name: Tern, versions: 8.0+, drivers: \">=2.5,<4\"", "tern-8: {name: Tern, versions: 8.0+, drivers: \">=3,<4\""),),
    "a version that is a minimum is raised": (("minimum: 1.20", "minimum: 1.21"),),
    "a last patch is lower": (("last_patch: 12.4", "last_patch: 12.3"),),
    "a row of a list without states is removed": (("    deb: {name: Debian, ends: 2028-06, last_patch: 12.4}\n", ""),),
    "a library loses the product": (("products: list of", "products: optional list of"), ("rust: {name: Rust, products: [fleet]}", "rust: {name: Rust, products: none}")),
    "rows cross over": (("tern-8: {name: Tern, versions: 8.0+, drivers: \">=2.5,<4\"", "tern-8: {name: Tern, versions: 8.0+, drivers: \">=2.5,<3\""), ("drivers: \">=1,<4\"", "drivers: \">=1,<5\"")),
}  # fmt: skip
SECOND_HARMLESS: dict[str, Edit] = {
    "two rows are one": (("    tern-7: {name: Tern, versions: 7.0-7.6, drivers: \">=1,<4\", minimum: 1.18}\n", ""), ("tern-8: {name: Tern, versions: 8.0+, drivers: \">=2.5,<4\", minimum: 1.20}", "tern-8: {name: Tern, versions: 7.0+, drivers: \">=1,<4\", minimum: 1.18}")),
    "a row moves to another table of the page": (("    from: platforms\n    columns", "    from: platforms\n    rows: [deb]\n    columns"), ("<< tables.platforms >>\n", "<< tables.platforms >>\n\n<< tables.more >>\n")),
    "a last patch": (("last_patch: 12.4", "last_patch: 12.5"),),
    "a date of a platform": (("2028-06", "2028-07"),),
    "a version that is a minimum is lowered": (("minimum: 1.20", "minimum: 1.19"),),
    "a list of versions as a range": (('"5, 7, 9"', '"5-9"'),),
    "a server is split by versions and drivers": (("tern-7: {name: Tern, versions: 7.0-7.6, drivers: \">=1,<4\", minimum: 1.18}", "t7a: {name: Tern, versions: 7.0-7.6, drivers: \">=1,<3\", minimum: 1.18}\n    t7b: {name: Tern, versions: 7.0-7.2, drivers: \">=3,<4\", minimum: 1.18}\n    t7c: {name: Tern, versions: 7.3-7.8, drivers: \">=2.9,<4\", minimum: 1.17}"),),
}  # fmt: skip
CASES = [
    *(pytest.param(FIRST, edits, True, id=name) for name, edits in BREAKING.items()),
    *(pytest.param(FIRST, edits, False, id=name) for name, edits in HARMLESS.items()),
    *(pytest.param(SECOND, edits, True, id=name) for name, edits in SECOND_BREAKING.items()),
    *(pytest.param(SECOND, edits, False, id=name) for name, edits in SECOND_HARMLESS.items()),
]


@pytest.mark.parametrize(("texts", "edits", "breaking"), CASES)
def test_an_edit_is_breaking_if_support_shrinks_without_a_new_reason(texts: Texts, edits: Edit, breaking: bool) -> None:
    comparison = compared(unedited(texts is FIRST), site(edited(texts, *edits)))
    assert bool(comparison.breaking) == breaking, lines(comparison)
    assert bool(lines(comparison)) == breaking


# Rows that contain the same versions, and tables for one record each.
OVERLAPS = """\
databases: {fields: {name: text}, records: {p14: {name: PG 14}, p15: {name: PG 15}}}
releases:
  fields: {versions: versions, works: support by databases, deprecated: support, removed: optional version}
  records:
    r2: {versions: 2.2+, works: yes, deprecated: no, removed: none}
    r1: {versions: 2.1+, works: yes, deprecated: yes, removed: 5.2}
lines: {fields: {name: text}, records: {four: {name: Four}, five: {name: Five}}}
systems:
  fields: {line: reference to lines, name: text, versions: versions}
  records:
    four-rhel: {line: four, name: RHEL, versions: 7}
    five-rhel: {line: five, name: RHEL, versions: 7-8}
tags:
  fields: {tag: {type: versions, scheme: semver}}
  records:
    stable: {tag: 3.2.2}
    debug: {tag: 3.2.3-debug}
tables:
  tags: {caption: Tags, from: tags, columns: [{header: Tag, field: tag}]}
  releases:
    caption: Releases
    from: releases
    columns:
      - {header: Release, field: versions}
      - {across: databases, field: works}
      - {header: Deprecated, field: deprecated}
      - {header: Removed in, field: removed}
  four: {caption: Four, from: systems, where: {line: four}, columns: [{header: System, field: name}, {header: Version, field: versions}]}
  five: {like: four, caption: Five, where: {line: five}}
"""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("works: yes, deprecated: no", "works: {p14: no, p15: yes}, deprecated: no", "removed: 2.2+ – PG 14: supported → not supported"),
        ("versions: 2.2+, works: yes, deprecated: no", "versions: 2.3+, works: yes, deprecated: no", ""),
        ("versions: 7-8", "versions: 8", "narrowed: RHEL – Version: 7-8 → 8"),
        ("    debug: {tag: 3.2.3-debug}\n", "", "removed: 3.2.3-debug changed from supported to unstated"),
        ("deprecated: no", "deprecated: yes", ""),
        ("removed: none", "removed: 6.0", "added: 2.2+ – Removed in: none → 6.0"),
        ("removed: 5.2", "removed: 5.4", ""),
        ("removed: 5.2", "removed: 5.1", "lowered: 2.1+ – Removed in: 5.2 → 5.1"),
    ],
)  # fmt: skip
def test_other_rows_excuse_a_change_only_if_they_promise_the_same(old: str, new: str, line: str) -> None:
    page = (
        "---\ntitle: Page\n---\n<< tables.releases >>\n\n<< tables.four >>\n\n<< tables.five >>\n\n<< tables.tags >>\n"
    )
    texts = {"content/facts.yaml": OVERLAPS, "content/page.md": page, "content/roles.yaml": ROLES}
    found = lines(compared(site(texts), site(edited(texts, (old, new)))))
    assert [each.strip() for each in found] == ([f"{line} (All pages)"] if line else [])


def test_a_page_may_have_many_rows() -> None:
    rows = [f"    r{index}: {{name: Row {index}, versions: '{index}'}}\n" for index in range(1100)]
    start = "things:\n  fields: {name: text, versions: versions}\n  records:\n"
    table = (
        "tables: {t: {caption: T, from: things, columns: [{header: A, field: name}, {header: V, field: versions}]}}\n"
    )
    page = "---\ntitle: Page\n---\n<< tables.t >>\n"
    old, new = (
        site(
            {
                "content/facts.yaml": f"{start}{''.join(each)}{table}",
                "content/page.md": page,
                "content/roles.yaml": ROLES,
            }
        )
        for each in (rows, rows[:-1])
    )
    assert lines(compared(old, new)) == ["removed: Row 1099 changed from supported to unstated (V: 1099) (All pages)"]


# --- messages --------------------------------------------------------------------


def printed(*edits: tuple[str, str]) -> str:
    comparison = compared(unedited(True), site(edited(FIRST, *edits)))
    return as_text(comparison, (Side("main", str(DAY)), Side("the working tree", str(DAY))))


def breaking(*edits: tuple[str, str]) -> list[str]:
    return lines(compared(unedited(True), site(edited(FIRST, *edits))))


def test_a_change_with_a_later_effect_is_listed_with_its_day() -> None:
    edit = ("since: 1.4.0", "since: [1.4.0, {is: 1.5.0, from: 2027-02-01}]")
    assert breaking(edit) == ["from 2027-02-01: raised: Login – Since: 1.4.0 → 1.5.0 (Sync and Vault for Swift)"]
    assert "From 2027-02-01: Sync and Vault for Swift\n  Features\n    raised" in printed(edit)
    end = ("{ga: 2026-01-10}", "{ga: 2026-01-10, eol: 2028-01-01}")
    assert breaking(end) == [
        "from 2028-01-01: date moved: >=3,<4 – Support: no End of Life → End of Life from January 1, 2028 (All pages)"
    ]
    assert "From 2028" not in printed(end)


def test_an_old_reason_is_mentioned() -> None:
    (line,) = breaking(("is: 2.2.0, for: vault", "is: 2.4.0, for: vault"))
    assert line.endswith("2.2.0 → 2.4.0 (Vault for Swift and Kotlin); its reason is not new: it signs its entries")


def test_a_reason_of_a_later_value_does_not_cover_an_earlier_day() -> None:
    later = "since: [1.4.0, {is: 1.5.0, from: 2027-02-01, reason: older ones lose sessions}]"
    planned = site(edited(FIRST, ("since: 1.4.0", later)))
    sooner = site(edited(FIRST, ("since: 1.4.0", later.replace("2027-02-01", "2026-03-01"))))
    assert compared(planned, sooner).breaking
    assert not compared(planned, planned, date(2027, 3, 1)).breaking
    passed = compare_sites(SiteState(planned, DAY), SiteState(planned, date(2027, 3, 1)), refuse, refuse)
    assert [(change.id, change.reason) for change in passed.changes if change.shrinks and change.excused] == [
        ("login", "older ones lose sessions")
    ]


def test_removed_paths_are_listed_with_their_replacement() -> None:
    edits = BREAKING["a library has another id"]
    found = breaking(*edits)
    assert "removed: the path markdoc/sync/swift.md, moved to markdoc/sync/swift-sdk.md" in found
    partial = "hugo/layouts/partials/sync/{}/features.html"
    assert f"removed: the path {partial.format('swift')}, moved to {partial.format('swift-sdk')}" in found
    assert "Removed paths\n" in printed(*edits)


def test_a_new_library_is_listed_with_its_facts() -> None:
    text = printed(("    kotlin: {name", "    dart: {name: Dart, package: larch-dart}\n    kotlin: {name"))
    assert "New pages\n  Sync for Dart\n  Vault for Dart\n" in text
    assert "added          Login – Area: Access; Since: 1.4.0" in text
    assert "added          Linux – CPU: x86-64, ARM64; Kernel: 2.17" in text


@pytest.mark.parametrize(
    ("kind", "column"), [("markdown", "name"), ("link", "name"), ("date", "name"), ("markdown", "")]
)
def test_rows_are_distinguished_by_all_of_their_names(kind: str, column: str) -> None:
    values = {"markdown": ("*One*", "*Two*"), "link": ("/one/", "/two/"), "date": ("2026-01", "2026-02")}[kind]
    shown = f"{{header: Name, field: {column}}}, " * bool(column)
    rows = [f"    {id_}: {{name: '{value}', works: yes}}\n" for id_, value in zip(("one", "two"), values, strict=True)]
    table = f"    {{caption: Things, from: things, columns: [{shown}{{header: Works, field: works}}]}}\n"
    fields = f"things:\n  fields: {{name: {kind}, works: support}}\n  records:\n"
    before, after = (
        load(tiny(f"{fields}{found}tables:\n  things:\n{table}", "<< tables.things >>\n"))
        for found in ("".join(rows), rows[0])
    )
    assert compared(before, after).breaking
    assert not compared(after, before).breaking


def test_a_row_that_others_cover_is_not_unstated() -> None:
    text = printed(*HARMLESS["a range is split into two of other ids"])
    assert "removed        Core (8-17) changed from supported to covered by other rows (" in text
    assert "unstated" not in text


def test_a_change_of_complete_is_listed() -> None:
    assert "added          complete: unstated → yes" in printed(
        ("    from: releases\n", "    from: releases\n    complete: true\n")
    )


def test_rows_in_another_order_are_listed() -> None:
    text = printed(*HARMLESS["rows in another order"])
    assert "order          order of rows: Core (8-17), Core (11+) → Core (11+), Core (8-17)" in text


def test_a_renamed_library_is_not_removed_on_a_later_day() -> None:
    dated = edited(FIRST, ("login: {since: 1.6.0}", "login: {since: [1.6.0, {is: 1.5.0, from: 2027-05-01}]}"))
    renamed = edited(dated, ("    kotlin: {name", "    kt: {was: kotlin, name"), ("library: kotlin", "library: kt"))
    found = compared(site(dated), site(renamed))
    assert [page.page for page in found.page_changes if not page.path] == []
    assert [change for change in found.changes if change.since] == []


# --- any edit ------------------------------------------------------------------------

IDS = {"a1": "Alpha", "a2": "Alpha", "a3": "Alpha", "b1": "Beta", "b2": "Beta"}
LATER = (date(2026, 7, 1), date(2027, 1, 1))
number = st.integers(0, 5)
sets = st.one_of(
    st.builds("{}".format, number),
    st.builds("{}+".format, number),
    st.builds(">={}".format, number),
    st.builds("<{}".format, st.integers(1, 5)),
    st.builds(lambda low, more: f"{low}-{low + more}", number, st.integers(1, 3)),
    st.builds(lambda low, more: f"{low}, {low + more}", number, st.integers(2, 3)),
    st.builds(lambda low, more: f">={low},<{low + more}", number, st.integers(1, 4)),
)
plain_states = st.sampled_from(["yes", "yes", "no", "partial", "preview", "deprecated", "2", ">=1,<4", "partial 3+"])
states = st.one_of(
    plain_states.map(lambda state: [(None, state)]),
    st.tuples(plain_states, plain_states, st.sampled_from(LATER)).map(lambda s: [(None, s[0]), (s[2], s[1])]),
)
cpus = st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=3, unique=True)
Row = tuple[str, str, list[str], list[tuple[date | None, str]], date | None]
tables_of_rows = st.dictionaries(
    st.sampled_from(sorted(IDS)),
    st.tuples(sets, sets, cpus, states, st.sampled_from([None, None, None, *LATER])),
    min_size=1,
    max_size=3,
)


def as_facts(rows: Mapping[str, Row]) -> dict[str, bytes]:
    written = []
    for id_, (versions, drivers, cpu, state, until) in rows.items():
        alternatives = ", ".join(f"{{is: '{text}', from: {since}}}" if since else f"'{text}'" for since, text in state)
        ends = f"until: {until}, " if until else ""
        written.append(
            f"    {id_}: {{{ends}name: {IDS[id_]}, versions: '{versions}', drivers: '{drivers}', "
            f"cpu: [{', '.join(cpu)}], state: [{alternatives}]}}\n".replace(
                f"[{alternatives}]", f"[{alternatives}]" if len(state) > 1 else alternatives
            )
        )
    columns = ", ".join(
        f"{{header: {name}, field: {name}}}" for name in ("name", "versions", "drivers", "cpu", "state")
    )
    return tiny(
        "lines:\n  fields: {name: text, versions: versions, drivers: versions, cpu: list of text, state: support}\n"
        f"  records:\n{''.join(written)}tables:\n  lines: {{caption: Lines, from: lines, columns: [{columns}]}}\n",
        "<< tables.lines >>\n",
    )


POINTS = [f"{major}.{minor}" for major in range(9) for minor in (0, 5)]


@cache
def points(text: str) -> frozenset[str]:
    versions = parse_versions(text)
    return frozenset(point for point in POINTS if point in versions)


def degree(state: str) -> tuple[int, frozenset[str]]:
    """The degree of support that a state promises, and for which releases."""
    word, _, text = state.partition(" ")
    if word[0].isdigit() or word[0] == ">":
        word, text = "yes", f">={word}" if word[0].isdigit() else word
    degrees = {"yes": 2, "deprecated": 2, "partial": 1}
    return degrees.get(word, 0), points(text) if text else frozenset(POINTS)


def promised(rows: Mapping[str, Row], day: date) -> dict[tuple[str, ...], int]:
    """The promised support on a day, by name, version, driver, CPU and release."""
    found: dict[tuple[str, ...], int] = {}
    for id_, (versions, drivers, cpu, state, until) in rows.items():
        text = [text for since, text in state if since is None or since <= day][-1]
        much, releases = degree(text)
        if much and (until is None or day < until):
            for point in itertools.product([IDS[id_]], points(versions), points(drivers), cpu, releases):
                found[point] = max(much, found.get(point, 0))
    return found


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(tables_of_rows, tables_of_rows, st.booleans())
def test_any_edit_is_breaking_if_and_only_if_less_is_promised_on_some_day(
    old: dict[str, Row], new: dict[str, Row], mostly_kept: bool
) -> None:
    rows = {**old, **dict(itertools.islice(new.items(), 1))} if mostly_kept else new
    less = any(
        much > after.get(point, 0)
        for day in (DAY, *LATER)
        for after in [promised(rows, day)]
        for point, much in promised(old, day).items()
    )
    assert bool(compared(load(as_facts(old)), load(as_facts(rows))).breaking) == less


# --- tables that compare libraries ---------------------------------------------------

COMPARED = """\
features:
  fields: {name: text, since: support}
  records:
    login: {name: Login, since: 1.0.0}
tables:
  features:
    caption: Features
    from: [features, libraries]
    columns: [{header: Feature, field: features.name}, {header: Library, field: libraries.name}, {header: Since, field: since}]
"""
LIBRARIES = """\
products:
  fields: {name: text}
  records: {web: {name: Web}}
libraries:
  fields: {name: text}
  records: {go: {name: Go}, rust: {name: Rust}}
"""


@pytest.mark.parametrize("since", ["1.3.0", "[1.2.0, {is: 1.3.0, from: 2027-02-01}]"])
def test_an_edit_in_the_file_of_a_library_is_listed_for_the_pages_of_all(since: str) -> None:
    def with_value(value: str) -> Site:
        own = f"library: rust\nfeatures:\n  records:\n    login: {{since: {value}}}\n"
        page = "<< tables.features >>\n"
        return load(tiny(COMPARED, page, content__roles_yaml=LIBRARIES, content__rust_yaml=own))

    comparison = compared(with_value("1.2.0"), with_value(since))
    found = {(change.kind, change.old, change.new, page) for change in comparison.changes for page in change.pages}
    assert found == {("raised", "1.2.0", "1.3.0", "web/go"), ("raised", "1.2.0", "1.3.0", "web/rust")}
    assert comparison.breaking == len(comparison.changes)
    excused = compared(with_value("1.2.0"), with_value("{is: 1.3.0, reason: older ones leak}"))
    assert (len(excused.changes), excused.breaking) == (len(comparison.changes), 0)
    old_reason = compared(
        with_value("{is: 1.2.0, reason: older ones leak}"), with_value("{is: 1.3.0, reason: older ones leak}")
    )
    assert old_reason.breaking == len(old_reason.changes) > 0


def test_a_record_that_moves_from_the_file_of_a_library_is_not_that_of_others() -> None:
    shared = COMPARED.replace("[features, libraries]", "features").replace(
        "{header: Library, field: libraries.name}, ", ""
    )
    shared = shared.replace("field: features.name", "field: name").replace(
        "field: since", "field: since, across: libraries"
    )
    shared = shared.replace("header: Since", 'header: "<< libraries.name >>"')

    def site_of(facts: str, own: str) -> Site:
        texts = tiny(facts, "", content__roles_yaml=LIBRARIES, content__rust_yaml=f"library: rust\n{own}")
        texts["content/page.md"] = b"---\ntitle: All\neach: product\n---\n<< tables.features >>\n"
        return load(texts)

    def own(value: str) -> Site:
        return site_of(shared, f"features:\n  records:\n    macros: {{name: Macros, since: {value}}}\n")

    moved = site_of(shared.replace("tables:", "    macros: {name: Macros, for: rust, since: 1.5.0}\ntables:"), "")
    assert compared(own("1.5.0"), moved).changes == ()
    changed = compared(own("1.4.0"), moved)
    text = as_text(changed, (Side("a", "a"), Side("b", "b")))
    assert "\nWeb\n  Features\n    raised         Macros – Rust: 1.4.0 → 1.5.0" in text
