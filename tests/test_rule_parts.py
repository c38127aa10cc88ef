"""Rules check each library alone, and the site by the summaries of all: together they find what they find in the whole."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.codec import as_data, from_data
from sitegen.findings import Finding, Place, in_order
from sitegen.loading import Site, load_site
from sitegen.rules import ALL, MEANING, RULES, Group, UnitLint, judge, lint_site, lint_unit
from sitegen.rules.parts import Common, DayUse, Release, Summary, Use, library_part
from sitegen.rules.suppressions import Suppression
from sitegen.site import Build, build_site
from tests.sites import default_templates, large_site, own_texts
from tests.test_rules import examples, site_of

DAY = date(2026, 11, 20)
Texts = Mapping[str, bytes]


class Made(NamedTuple):
    """A site of which nothing is left out, loaded and built."""

    texts: Texts
    site: Site
    build: Build


def made(texts: Texts) -> Made:
    """Load and build a site."""
    site = load_site(texts)
    assert [finding for finding in site.findings if finding.severity == "error"] == []
    return Made(texts, site, build_site(site, DAY, (), text=False))


def whole(of: Made, groups: tuple[Group, ...]) -> list[Finding]:
    """What the rules find in a loaded site, all at once."""
    return in_order(judge(of.site, of.texts, DAY, of.build, groups).findings)


def by_parts(of: Made, groups: tuple[Group, ...]) -> list[Finding]:
    """The same where each library is loaded without the others, and the site without any; results go through JSON."""
    own = own_files(of.texts)
    shared = {name: data for name, data in of.texts.items() if not any(name in files for files in own.values())}
    common = Common(load_site(shared), shared, DAY)
    units = {}
    for library in common.libraries:
        if library in own:
            site = load_site({**shared, **own[library]})
            if library in site.facts.by_library:
                part = library_part(Common(site, shared, DAY), library, site.facts.by_library[library], own[library])
                unit = lint_unit(part, groups)
                units[library] = from_data(UnitLint, json.loads(json.dumps(as_data(unit))))
                assert units[library] == unit
    mixed = {library: units[library] for library in reversed(units)}  # the order of the libraries counts
    told = lint_site(common, mixed, groups, sound=True)
    return in_order(of.build.with_pages([*of.build.findings, *told], of.site.own_files))


def own_files(texts: Texts) -> dict[str, dict[str, bytes]]:
    """The files that are for one library, by library."""
    found: dict[str, dict[str, bytes]] = {}
    for name, data in texts.items():
        match = re.search(rb"^library: ([\w-]+)$", data, re.MULTILINE)
        if name.endswith(".yaml") and match:
            found.setdefault(match[1].decode(), {})[name] = data
    return found


def same(texts: Texts) -> list[Finding]:
    """What is found both ways."""
    of = made(texts)
    for groups in (MEANING, ALL):
        found = whole(of, groups)
        assert by_parts(of, groups) == found
    return found


# --- sites of several libraries ------------------------------------------------------

SHARED = """\
products:
  fields: {name: text}
  records:
    web: {name: Web}
    api: {name: API}
libraries:
  fields: {name: text, package: text}
  records:
    java: {name: Java, package: acme-java}
    python: {name: Python, package: acme-python}
    ruby: {name: Ruby, package: acme-ruby}
links:
  fields: {target: link}
  records:
    policy: {target: /policy/}
    guide: {target: /guide/}
features:
  fields: {name: text, since: support of releases, more: markdown?, base: reference to features?}
  records:
    login: {name: Login, since: 1.9.0}
    search: {name: Search, since: 2.3.0}
    share: {name: Share, since: 2.4.0}
releases:
  fields: {versions: versions, support: lifecycle, remark: text?}
  records:
    v2: {versions: ">=2,<3", support: {ga: by 2025-01-01}}
    v1: {versions: ">=1,<2", support: {ga: by 2024-01-01, eol: 2027-01-01}}
tables:
  features:
    caption: Features
    from: features
    rows: [login, search]
    columns:
      - {header: Feature, field: name}
      - {header: Since, field: since}
      - {header: More, field: more}
      - {header: Base, field: base}
  releases:
    caption: Releases
    from: releases
    columns: [{header: Release, field: versions}, {header: Support, field: support}, {header: Remark, field: remark}]
"""
PAGE = "---\ntitle: Page\n---\n<< tables.features >>\n\n<< tables.releases >>\n"


def several(page: str = PAGE, shared: str = SHARED, **own: str) -> dict[str, bytes]:
    """The texts of a site with a file for each library that is given."""
    files = {f"content/libraries/{id_}.yaml": f"library: {id_}\n{text}" for id_, text in own.items()}
    texts = {"sitegen.yaml": "base-url: https://docs.example.com\n", "content/facts.yaml": shared}
    texts |= {"content/page.md": page, **files}
    return {**default_templates(), **{name: text.encode() for name, text in texts.items()}}


def features(*records: str) -> str:
    """Own records of features."""
    return "features:\n  records:\n" + "".join(f"    {record}\n" for record in records)


WORDS = (
    "Compatibility",
    "Compatability",
    "Connector",
    "Conector",
    "Connectors",
    "Maintenence",
    "Collector",
    "Colector",
)
DAYS = ("2024-02-01", "2025-02-01", "2026-02-01", "2031-03-01", "2044-01-01", "2009-01-01", "1999-01-01")
VERSIONS = ("1.9.0", "2.3.0", "2.9.1", "3.1.0", "7.0.0", "yes", "'>=1.2'", "no")
SENTENCES = (
    "Login needs version 2.3.0 or later.",
    "Exporter needs version 2.9.1 or later.",
    "Version 3 is in Maintenance.",
    "acme-ruby 2 is now End of Life.",
    "Read [the policy][policy] until May 31, 2026.",
    "The Connector and the Conector of Compatability.",
    "Three features are listed:",
)
COMMENTS = (*RULES, "unknown")


def any_site(seed: int) -> dict[str, bytes]:
    """A site of several libraries in which words, days, links, versions and records meet in any way."""
    choose = random.Random(seed)
    page = PAGE + "".join(f"\n{line}\n" for line in choose.sample(SENTENCES, choose.randrange(4)))
    chosen = choose.sample(("java", "python", "ruby"), choose.choice((1, 2, 2, 3)))
    shared = SHARED
    if choose.random() < 0.5:
        shared = shared.replace("since: 2.4.0", f"since: {choose.choice(VERSIONS)}")
    return several(page, shared, **{library: _any_own(choose) for library in chosen})


def _any_own(choose: random.Random) -> str:
    lines = ["features:", "  records:"]
    for id_ in choose.sample(("login", "search", "share", "exporter", "scanner", "printer"), choose.randrange(1, 4)):
        lines += _comment(choose)
        values = [f"since: {_since(choose)}"]
        if id_ not in ("login", "search", "share") or choose.random() < 0.3:
            values.append(f"name: {choose.choice(('Exporter', 'Login', *WORDS))}")
        if choose.random() < 0.4:
            more = (*WORDS, "See [the guide][guide].", "Works until May 31, 2026.", "Support ends by 2031-01-01.")
            values.append(f'more: "{choose.choice(more)}"')
        if choose.random() < 0.3:
            values.append(f"base: {choose.choice(('share', 'login'))}")
        if choose.random() < 0.2:
            values.append("source: policy")
        if choose.random() < 0.2:
            values.append(f"until: {choose.choice(DAYS)}")
        lines.append(f"    {id_}: {{{', '.join(values)}}}")
    if choose.random() < 0.6:
        lines += ["releases:", "  records:", *_comment(choose)]
        low = choose.choice(("2.5", "3", "3", "3.5"))
        remark = choose.choice(("", ", remark: Maintenance", ", remark: so it is"))
        levels = f"{{ga: {choose.choice(('2025-03-01', '2024-06-01'))}{choose.choice(('', ', eol: 2026-01-01'))}}}"
        lines.append(f'    v3: {{versions: ">={low},<4", support: {levels}{remark}}}')
        if choose.random() < 0.3:
            lines.append("    v1: {support: {ga: by 2023-01-01, eol: 2024-01-01}}")
    return "\n".join(lines) + "\n"


def _since(choose: random.Random) -> str:
    value = choose.choice(VERSIONS)
    if choose.random() < 0.6:
        return value
    more = f"{{is: {choose.choice((value, *VERSIONS))}, from: {choose.choice(DAYS)}}}"
    if choose.random() < 0.4:
        more += f", {{is: {choose.choice((value, *VERSIONS))}, for: api, reason: it needs more}}"
    return f"[{value}, {more}]"


def _comment(choose: random.Random) -> list[str]:
    if choose.random() < 0.8:
        return []
    reason = choose.choice((": it is meant", ""))
    return [f"    # sitegen: allow {choose.choice(COMMENTS)}{reason}"]


def told(texts: Texts, code: str) -> list[tuple[str, str]]:
    """The places and messages of one code, found both ways."""
    return [(f"{f.place.file}:{f.place.line}", f.message) for f in same(texts) if f.code == code]


@pytest.mark.parametrize("part", range(4))
def test_parts_find_what_the_whole_does(part: int) -> None:
    codes = set()
    for seed in range(part * 30, part * 30 + 30):
        texts = any_site(seed)
        if not any(finding.severity == "error" for finding in load_site(texts).findings):
            codes |= {finding.code for finding in same(texts)}
    assert len(codes) > 12


@pytest.mark.parametrize("code", RULES)
def test_parts_find_what_the_examples_show(code: str) -> None:
    example = examples()[code]
    for text in (example.wrong, example.right):
        same(site_of(example, text))


def test_parts_find_the_same_in_this_site_and_in_a_large_one() -> None:
    same(own_texts())
    same(large_site(12))


COLLECTORS = features(*(f'more-{i}: {{name: Thing {i}, since: 2.3.0, more: "A Collector."}}' for i in range(3)))
SLIP = features('login: {more: "Another Colector."}')


def test_a_word_of_a_library_is_known_from_another() -> None:
    slip = ("content/libraries/java.yaml:4", "'Colector' is nearly 'collector'")
    assert told(several(java=SLIP, python=COLLECTORS), "near-word") == [slip]
    assert told(several(java=SLIP, python=COLLECTORS, ruby=COLLECTORS), "near-word") == [slip]
    assert told(several(java=SLIP), "near-word") == []
    assert told(several(java=SLIP, python=COLLECTORS, ruby=SLIP), "near-word") == []
    assert told(several(java=SLIP.replace("Another", "Such Colectors,")), "near-word") == []


def test_a_word_of_a_library_is_known_from_a_page_and_one_of_a_page_from_libraries() -> None:
    assert len(told(several(f"{PAGE}\nA collector, a collector, a collector.\n", java=SLIP), "near-word")) == 1
    assert told(several(f"{PAGE}\nThe Colector.\n", python=COLLECTORS), "near-word") == [
        ("content/page.md:8", "'Colector' is nearly 'collector'")
    ]


def test_a_level_that_is_misspelt_is_told_wherever_it_stands() -> None:
    texts = several(java=SLIP.replace("Colector", "Maintenence"), ruby=SLIP.replace("Colector", "Maintenence"))
    assert len(told(texts, "near-word")) == 2
    assert all(finding.fix for finding in same(texts) if finding.code == "near-word")


def test_a_day_is_far_from_those_of_all_libraries() -> None:
    def day(year: int) -> str:
        return features(f"login: {{since: [2.3.0, {{is: 2.4.0, from: {year}-02-01}}]}}")

    far = ("content/libraries/java.yaml:4", "the day 2062-02-01 lies years from every other")
    assert told(several(java=day(2062), python=day(2026)), "far-day") == [far]
    assert told(several(java=day(2062), python=day(2060)), "far-day") == []
    assert told(several(java=day(2062), python=day(2062)), "far-day") == []


def test_what_one_library_names_is_shown() -> None:
    def unshown(**own: str) -> set[str]:
        return {message for _, message in told(several(**own), "never-shown")}

    nothing = {"no table shows features 'share'", "nothing names the link 'guide'", "nothing names the link 'policy'"}
    assert unshown() == unshown(java=features("login: {since: 2.0.0}")) == nothing
    named = features('login: {more: "See [the guide][guide].", base: share}')
    assert unshown(java=features("login: {since: 2.0.0}"), ruby=named) == {"nothing names the link 'policy'"}
    assert unshown(python=features("login: {source: policy}")) == nothing  # it is that of the common record
    assert unshown(python=features("other: {name: O, since: 2.0.0, source: policy}")) == nothing - {
        "nothing names the link 'policy'"
    }


def test_a_version_is_that_of_the_records_of_all_libraries() -> None:
    page = f"{PAGE}\nThe Exporter needs version 2.9.9 or later.\n"
    own = {
        library: features(f"exporter: {{name: Exporter, since: {since}}}")
        for library, since in (("java", "2.4.0"), ("ruby", "2.5.0"))
    }
    place = "content/page.md:8"
    assert told(several(page, **own), "typed-version") == [
        (place, "'2.9.9' is typed, and the facts of 'Exporter' say 2.4.0 or 2.5.0")
    ]
    assert told(several(page, java=own["java"].replace("2.4.0", "2.9.9"), ruby=own["ruby"]), "typed-version") == []
    assert told(several(page), "typed-version") == []


def test_a_level_is_that_of_a_branch_of_any_library() -> None:
    branch = 'releases:\n  records:\n    v3: {versions: ">=3,<4", support: {ga: by 2025-06-01}}\n'
    page = f"{PAGE}\nVersion 3 is in Maintenance.\n"
    assert told(several(page, java=SLIP, ruby=branch), "typed-level") == [
        ("content/page.md:8", "'Maintenance' is typed, and 'v3' is General Availability")
    ]
    assert told(several(page, java=SLIP), "typed-level") == []


ENDED = "releases:\n  records:\n    v1: {support: {ga: by 2023-01-01, eol: 2024-01-01}}\n"
LOGIN = "    login: {name: Login, since: 1.9.0}\n"


def test_a_common_minimum_on_a_ladder_of_a_library_is_told_once() -> None:
    dead = "content/facts.yaml:20"
    for own in ({"ruby": ENDED}, {"java": ENDED, "ruby": ENDED.replace("2024-01-01", "2025-01-01")}):
        assert [place for place, _ in told(several(**own), "dead-minimum")] == [dead]


def test_whether_all_libraries_have_files_makes_no_difference() -> None:
    ended = {"python": SLIP, "ruby": ENDED}
    (one,) = told(several(**ended), "dead-minimum")
    assert one[1] == "1.9.0 is in '>=1,<2', which is End of Life since January 1, 2024, for Ruby"
    assert told(several(java=SLIP, **ended), "dead-minimum") == [one]
    hidden = features("login: {since: 2.0.0}") + ENDED  # nobody sees that ladder beside that record
    assert told(several(java=hidden, python=SLIP, ruby=SLIP), "dead-minimum") == []


def test_a_comment_in_a_common_file_allows_what_a_library_makes_of_it() -> None:
    allowed = SHARED.replace(LOGIN, f"    # sitegen: allow dead-minimum: it is asked for\n{LOGIN}")
    texts = several(shared=allowed, ruby=ENDED)
    assert told(texts, "dead-minimum") == told(texts, "unused-suppression") == []
    assert told(several(shared=allowed, java=SLIP), "unused-suppression") == [
        ("content/facts.yaml:20", "there is no 'dead-minimum' in line 21 to allow")
    ]


def test_a_comment_in_the_file_of_a_library_allows_what_others_show() -> None:
    slip = SLIP.replace("    login", "    # sitegen: allow near-word: so it is called\n    login")
    texts = several(java=slip, python=COLLECTORS)
    assert told(texts, "near-word") == told(texts, "unused-suppression") == []
    assert told(several(java=slip), "unused-suppression") == [
        ("content/libraries/java.yaml:4", "there is no 'near-word' in line 5 to allow")
    ]


def test_a_notice_that_is_a_warning_is_told_by_a_build_too() -> None:
    texts = several(ruby=ENDED)
    assert "unused-field" not in {finding.code for finding in whole(made(texts), MEANING)}
    texts["sitegen.yaml"] += b"rules: {unused-field: warning, never-shown: off}\n"
    of = made(texts)
    assert {finding.code for finding in by_parts(of, MEANING)} == {"unused-field"}
    assert by_parts(of, MEANING) == whole(of, MEANING)


# --- results as data -----------------------------------------------------------------

PLACES = st.builds(Place, st.sampled_from(("content/a.yaml", "content/b.yaml")), *3 * (st.integers(1, 999),))
TEXTS = st.text(max_size=9)
SUMMARIES = st.builds(
    Summary,
    words=st.dictionaries(TEXTS, st.integers(1)),
    uses=st.lists(st.builds(Use, TEXTS, PLACES, st.booleans())).map(tuple),
    years=st.lists(st.integers(1, 9999)).map(tuple),
    days=st.lists(st.builds(DayUse, st.dates(), PLACES, st.integers(0, 12))).map(tuple),
    versions=st.frozensets(st.tuples(TEXTS, TEXTS)),
    releases=st.lists(st.builds(Release, TEXTS, TEXTS, st.lists(TEXTS).map(tuple))).map(tuple),
    named=st.frozensets(st.tuples(TEXTS, TEXTS)),
    suppressions=st.lists(st.builds(Suppression, TEXTS, TEXTS, PLACES, st.integers(1))).map(tuple),
)


@given(SUMMARIES)
def test_a_summary_is_the_same_from_json(summary: Summary) -> None:
    assert from_data(Summary, json.loads(json.dumps(as_data(summary)))) == summary


def test_a_summary_has_what_rules_of_the_site_need_and_no_more() -> None:
    texts = several(java=features("login: {since: 1.9.1}", "scanner: {name: A Scanner, since: 2.0.0}"))
    site = load_site(texts)
    common = Common(site, texts, DAY)
    java = library_part(common, "java", site.facts.by_library["java"], {})
    unit = lint_unit(java, MEANING)
    assert unit.changed == {"features"}
    assert unit.summary == Summary(
        words={"scanner": 1},
        uses=(Use("Scanner", Place("content/libraries/java.yaml", 5, 23, 7), certain=True),),
    )
