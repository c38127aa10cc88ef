"""A site with two products and two libraries without findings, and the findings after an edit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sitegen.findings import Finding
from tests.support.sites import checked, default_templates

DAY = date(2026, 11, 20)
FACTS, PAGE, JAVA, SETTINGS = "content/facts.yaml", "content/page.md", "content/java.yaml", "sitegen.yaml"
TEXTS = {
    SETTINGS: "title: Tracers\nbase-url: https://docs.example.com\n",
    FACTS: """\
products:
  fields: {name: text}
  records:
    asm: {name: Threat Shield}
    iast: {name: Code Watch}
libraries:
  fields: {name: text}
  records:
    python: {name: Python}
    java: {name: Java}
links:
  fields: {target: link}
  records:
    policy: {target: /policy/}
    guide: {target: https://docs.example.com/guide/}
features:
  fields: {name: text, since: support of releases, remark: optional markdown, doc: optional link, out: optional date}
  records:
    login: {name: Login events, since: 2.3.0, remark: "See the [policy][policy].", doc: "https://docs.example.com/login/", out: 2026-03-01}
    search: {name: Search events, since: 2.4.0, remark: "Needs `jar` files, see [below](#setup).", doc: "https://docs.example.com/search/", out: ~2027-03}
    upload: {name: Upload scan, since: preview >=2.4, remark: none, doc: "https://docs.example.com/upload/", out: none}
    report: {name: Weekly report, since: no, remark: none, doc: "https://docs.example.com/report/", out: none}
    export: {name: Export of files, since: 2.1.0, remark: none, doc: "https://docs.example.com/export/", out: none}
releases:
  fields: {versions: versions, support: lifecycle, last: version of releases, day: date}
  records:
    v3: {versions: ">=3,<4", support: {ga: 2026-05-04}, last: 3.1.0, day: 2026-09-01}
    v2: {versions: ">=2,<3", support: {ga: 2024-02-01, maintenance: 2026-05-04, eol: 2027-05-04}, last: 2.9.1, day: 2026-08-02}
    v1: {versions: ">=1,<2", support: {ga: 2022-02-01, eol: 2026-01-10}, last: 1.8.3, day: 2025-12-20}
databases:
  fields: {name: text, version: version, since: support}
  records:
    pg-14: {name: PostgreSQL, version: 14, since: 2.1.0}
    pg-15: {name: PostgreSQL, version: 15, since: 2.4.0}
tables:
  features:
    caption: Features
    from: features
    columns:
      - {header: Feature, field: name, link: doc}
      - {header: Since, field: since}
      - {header: Remark, field: remark}
      - {header: Released, field: out}
  releases:
    caption: Releases
    from: releases
    columns:
      - {header: Release, field: versions}
      - {header: Level, field: support}
      - {header: Patch, field: last}
      - {header: Day, field: day}
  databases:
    caption: Databases
    from: databases
    columns: [{header: Database, field: name}, {header: Version, field: version}, {header: Since, field: since}]
""",
    JAVA: """\
library: java
features:
  records:
    jmx: {name: JMX metrics, since: 2.2.0, remark: "Set `jmx.enabled`.", doc: "https://docs.example.com/jmx/", out: none}
""",
    PAGE: """\
---
title: << product.name >> for << library.name >>
description: What works, and since when.
---
## Setup

Install the package, then read the [guide][guide]. The policy is [here][policy].

- It needs one setting.
- It runs in the process of the application.

## Features

The table lists what works.

<< tables.features >>

### Databases

<< tables.databases >>

## Releases

<< tables.releases >>
""",
}


def found(texts: Mapping[str, str], day: date = DAY) -> list[Finding]:
    """The findings of `check` for a site."""
    data = {**default_templates(), **{name: text.encode() for name, text in texts.items()}}
    return checked(data, day)
