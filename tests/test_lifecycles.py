"""Lifecycles: dates of any precision, expected dates, levels after the release of another record, paid support."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.changes.agenda import as_calendar
from sitegen.changes.differences import SiteState, compare_sites
from sitegen.changes.forecast import forecast
from sitegen.evaluation.context import begin_in_words, end_in_words
from sitegen.explanation.answers import answer_question
from sitegen.explanation.facts import explain, facts_named
from sitegen.facts.lifecycles import read_lifecycle
from sitegen.facts.values import Lifecycle
from sitegen.findings import Finding
from sitegen.formats import FORMATS
from sitegen.source.nodes import Mapping
from sitegen.source.yaml_reader import parse_yaml
from tests.support.changes import refuse
from tests.support.sites import body, build, built, checked, load, tiny

RELEASES = """\
releases:
  fields: {versions: versions, support: lifecycle}
  records:
    r121: {versions: "1.21", support: {ga: 2021-04-08, eol: 2022-04}}
    r122: {versions: "1.22", support: {ga: 2021-08, eol: ~2022-10}}
    r123: {versions: "1.23", support: {ga: 2021-12-07, eol: expected 2023-02-28}}
    r124: {versions: "1.24", support: {ga: 2022-05-03, eol: after r126}}
    r125: {versions: "1.25", support: {ga: 2022-08-23, maintenance: 2022-Q4, eol: 2024}}
    r126: {versions: "1.26", support: {ga: R126, eol: by 2024-02-28}}
tables:
  releases:
    caption: Releases
    from: releases
    columns: [{header: Release, field: versions}, {header: Support, field: support}]
  dates:
    caption: Dates
    from: releases
    columns: [{header: Release, field: versions}, {header: Released, field: support.ga}, {header: End, field: support.eol}]
"""
PAGE = '<< tables.releases.supported("support") >> supported.\n\n<< tables.releases >>\n\n<< tables.dates >>\n'


def site(r126: str = "~2022-12", facts: str = RELEASES, page: str = PAGE) -> dict[str, bytes]:
    return tiny(facts.replace("R126", r126), page)
