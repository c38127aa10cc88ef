"""Rules: what is wrong with content that can be built. They stand on the loaded site, which does not know them.

What they find in the records of a library they find without the others; what they find across libraries, from the
evidence of each of them:

    common sources -> Common
    Common + the records of a library -> library_part -> judge_library, gather -> findings, Evidence
    Common + these of each library -> judge_site -> all findings
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import NamedTuple, cast

from sitegen.findings import Finding, Severity, did_you_mean
from sitegen.loading import Site, Texts
from sitegen.rules.characters import (
    hidden_in_common_files,
    hidden_in_own_files,
    mixed_in_common_files,
    mixed_in_own_files,
)
from sitegen.rules.days import far_days, impossible_days, past_dates, past_dates_of_pages
from sitegen.rules.evidence import Evidence
from sitegen.rules.filters import disputed_rows, unmatched_filters
from sitegen.rules.gathering import gather
from sitegen.rules.ladders import dead_minimums, gaps, overlapping, uncovered
from sitegen.rules.lifecycles import disorder, outside_branches, support_gaps
from sitegen.rules.links import broken_links_in_records, broken_links_of_pages, same_links
from sitegen.rules.material import Common, Group, Overview, Part, Rule, common_part, library_part
from sitegen.rules.names import levels_in_names, typed_names, versions_in_names
from sitegen.rules.prose import levels_in_texts, typed_counts, typed_levels, typed_versions
from sitegen.rules.repeats import same_columns, same_headers, same_records, same_values, two_cells, two_values
from sitegen.rules.suppressions import SIGN, suppressions, without_allowed
from sitegen.rules.unused import empty_bullets, never_shown, ragged_rows, skipped_levels, unused_fields, unused_links
from sitegen.rules.wording import (
    doubled_in_pages,
    doubled_in_records,
    open_code_in_pages,
    open_code_in_records,
    placeholders_in_pages,
    placeholders_in_records,
)
from sitegen.rules.words import near_words
from sitegen.site import Build, with_pages


def typed_levels_in_records(part: Part) -> Iterator[Finding]:
    """Levels of support in the texts of releases and in names."""
    yield from levels_in_texts(part)
    yield from levels_in_names(part)


MEANING: tuple[Group, ...] = ("meaning",)
ALL: tuple[Group, ...] = ("meaning", "time")

RULES: ReadOnly[str, Rule] = MappingProxyType(
    {
        rule.code: rule
        for rule in (
            Rule("ladder-overlap", "meaning", "error", each=overlapping),
            Rule("ladder-gap", "meaning", "warning", each=gaps),
            Rule("ladder-order", "meaning", "warning", each=disorder),
            Rule("uncovered-versions", "meaning", "error", each=uncovered, once=True),
            Rule("same-value", "meaning", "warning", each=same_values, site=same_headers),
            Rule("two-values", "meaning", "error", each=two_values, site=two_cells),
            Rule("same-record", "meaning", "warning", each=same_records),
            Rule("same-column", "meaning", "warning", site=same_columns),
            Rule("support-gap", "meaning", "warning", each=support_gaps),
            Rule("outside-branch", "meaning", "warning", each=outside_branches),
            Rule("same-link", "meaning", "warning", each=same_links),
            Rule("broken-link", "meaning", "warning", each=broken_links_in_records, site=broken_links_of_pages),
            Rule("impossible-day", "meaning", "warning", site=impossible_days),
            Rule("far-day", "meaning", "warning", site=far_days),
            Rule("typed-count", "meaning", "warning", site=typed_counts),
            Rule("typed-version", "meaning", "warning", each=versions_in_names, site=typed_versions),
            Rule("typed-level", "meaning", "warning", each=typed_levels_in_records, site=typed_levels),
            Rule("typed-name", "meaning", "warning", site=typed_names),
            Rule("placeholder-text", "meaning", "warning", each=placeholders_in_records, site=placeholders_in_pages),
            Rule("doubled-word", "meaning", "warning", each=doubled_in_records, site=doubled_in_pages),
            Rule("near-word", "meaning", "warning", site=near_words),
            Rule("unused-link", "meaning", "warning", site=unused_links),
            Rule("empty-bullet", "meaning", "warning", site=empty_bullets),
            Rule("skipped-level", "meaning", "warning", site=skipped_levels),
            Rule("open-code", "meaning", "warning", each=open_code_in_records, site=open_code_in_pages),
            Rule("hidden-character", "meaning", "warning", each=hidden_in_own_files, site=hidden_in_common_files),
            Rule("mixed-script", "meaning", "warning", each=mixed_in_own_files, site=mixed_in_common_files),
            Rule("ragged-row", "meaning", "warning", site=ragged_rows),
            Rule("row-mismatch", "meaning", "warning", each=disputed_rows),
            Rule("unmatched-filter", "meaning", "warning", site=unmatched_filters),
            Rule("never-shown", "meaning", "warning", site=never_shown, whole=True),
            Rule("unused-field", "meaning", "notice", site=unused_fields, whole=True),
            Rule("past-date", "time", "warning", each=past_dates, site=past_dates_of_pages),
            Rule("dead-minimum", "time", "notice", each=dead_minimums, once=True),
        )
    }
)
_OWN = ("unused-suppression", "no-suppression-reason")
SEVERITIES = ("off", "notice", "warning", "error")


class Judged(NamedTuple):
    """What was found; and for each library that has own records the evidence, and what rules found in them."""

    findings: Sequence[Finding] = ()
    evidence: ReadOnly[str, Evidence] = MappingProxyType({})
    found: ReadOnly[str, Sequence[Finding]] = MappingProxyType({})


class UnitLint(NamedTuple):
    """What rules find in the records of a library, and the evidence for what compares libraries."""

    evidence: Evidence
    found: Sequence[Finding]


def lint_unit(part: Part, groups: Collection[Group]) -> UnitLint:
    """What the rules of some groups find in the records of a library."""
    return UnitLint(gather(part), judge_library(part, groups))


def judge_units(
    common: Common, units: ReadOnly[str, UnitLint], groups: Collection[Group], *, sound: bool
) -> list[Finding]:
    """What rules find in the common sources and across libraries, and what was found in each of them."""
    evidence = {id_: unit.evidence for id_, unit in units.items()}
    return judge_site(common, evidence, {id_: unit.found for id_, unit in units.items()}, groups, sound=sound)


_NOTHING = Judged()


def judge(
    site: Site, texts: Texts, day: date, result: Build, groups: Collection[Group], known: Judged = _NOTHING
) -> Judged:
    """What a build found, and what the rules of some groups find in facts that can be read.

    Libraries that are `known` already are not looked at, nor need they have been read.
    """
    errors = [finding for finding in result.findings if finding.severity == "error"]
    if not site.facts.datasets or any(not error.place.file.endswith(".md") for error in errors):
        return known._replace(findings=with_pages(result.findings, result.shown, site.own_files))
    common = Common(site, texts, day)
    own = judge_libraries(common, groups, known.evidence)
    evidence, found = {**known.evidence, **own.evidence}, {**known.found, **own.found}
    sound = not errors and all(finding.code != "empty-file" for finding in result.findings)
    told = judge_site(common, evidence, found, groups, sound=sound)
    return Judged(with_pages([*result.findings, *told], result.shown, site.own_files), evidence, found)


def judge_libraries(common: Common, groups: Collection[Group], known: Container[str] = ()) -> Judged:
    """What is found in the records of each library, but for those that are known, and the evidence of it."""
    evidence, found = {}, {}
    views = common.site.facts.by_library
    texts: dict[str, dict[str, bytes]] = {}
    for name, library in common.site.own_files.items():
        if library not in known:
            texts.setdefault(library, {})[name] = common.texts[name]
    for library in common.libraries:
        if library in views and library not in known:
            part = library_part(common, library, views[library], texts.get(library, {}))
            evidence[library] = gather(part)
            found[library] = judge_library(part, groups)
    return Judged((), evidence, found)


def judge_library(part: Part, groups: Collection[Group]) -> list[Finding]:
    """What the rules of some groups find in the records of a library, whatever comments allow.

    Those of meaning find the same on every day, until the common sources or the library's own files change.
    """
    severities, _ = part.common.once(_severities)
    found = _each(part, _asked(groups, severities, sound=True))
    return [replace(finding, library=part.library) for finding in found]


def judge_site(
    common: Common,
    evidence: ReadOnly[str, Evidence],
    found: ReadOnly[str, Sequence[Finding]],
    groups: Collection[Group],
    *,
    sound: bool,
) -> list[Finding]:
    """What the rules of some groups find in the common sources and across libraries, and what was found in each.

    What comments allow is left out. `evidence` and `found` have what `gather` and `judge_library` gave for each
    library that has own records. `sound` says that nothing is an error so far.
    """
    severities, told = common.once(_severities)
    asked = _asked(groups, severities, sound=sound)
    overview = Overview(common, {id_: evidence[id_] for id_ in common.libraries if id_ in evidence})
    findings = [*_each(common_part(overview), asked), *_of_site(overview, asked)]
    findings += _once(findings, (found[id_] for id_ in common.libraries if id_ in found))
    own = common.site.own_files  # the evidence has what comments in these allow
    files = [file for file, data in common.texts.items() if SIGN in data and own.get(file) not in overview.evidence]
    comments = [
        *suppressions(files, common.lines_of),
        *(s for one in overview.evidence.values() for s in one.suppressions),
    ]
    told = [*told, *without_allowed(findings, comments, RULES, asked if set(groups) == set(ALL) else ())]
    return [
        replace(finding, severity=cast("Severity", severities[finding.code])) if finding.code in _OWN else finding
        for finding in told
        if severities.get(finding.code) != "off"
    ]


def _asked(groups: Collection[Group], severities: ReadOnly[str, str], *, sound: bool) -> dict[str, Severity]:
    """The rules that are asked, with how bad their findings are."""
    quiet = ("off",) if "time" in groups else ("off", "notice")  # notices are for those who ask
    return {
        code: cast("Severity", severities[code])
        for code, rule in RULES.items()
        if rule.group in groups and severities[code] not in quiet and (sound or not rule.whole)
    }


def _each(part: Part, asked: ReadOnly[str, Severity]) -> Iterator[Finding]:
    for code, severity in asked.items():
        find = RULES[code].each
        yield from (replace(finding, severity=severity) for finding in find(part)) if find else ()


def _of_site(overview: Overview, asked: ReadOnly[str, Severity]) -> Iterator[Finding]:
    for code, severity in asked.items():
        find = RULES[code].site
        yield from (replace(finding, severity=severity) for finding in find(overview)) if find else ()


def _once(before: Iterable[Finding], found: Iterable[Sequence[Finding]]) -> Iterator[Finding]:
    """What was found in libraries, but for what is told once of a place and was told before."""
    told = {(finding.code, finding.place) for finding in before}
    for findings in found:
        yield from (f for f in findings if not (RULES[f.code].once and (f.code, f.place) in told))
        told |= {(finding.code, finding.place) for finding in findings}


def _severities(common: Common) -> tuple[dict[str, str], list[Finding]]:
    """How bad the findings of each rule are: by default, or as the settings say; and what is wrong with these."""
    found: dict[str, str] = {**{code: rule.severity for code, rule in RULES.items()}, **dict.fromkeys(_OWN, "warning")}
    told: list[Finding] = []
    for code, severity in common.site.settings.rules:
        rule = RULES.get(code.text)
        if rule is None and code.text not in _OWN:
            hint = did_you_mean(code.text, (*RULES, *_OWN)) or "see docs/rules.md"
            told.append(Finding("unknown-rule", f"there is no rule '{code.text}'", code.place, hint))
        elif severity.text not in SEVERITIES:
            hint = did_you_mean(severity.text, SEVERITIES)
            told.append(Finding("unknown-choice", f"'{severity.text}' is no severity", severity.place, hint))
        elif rule is not None and rule.group == "time" and severity.text == "error":
            message = f"'{code.text}' cannot be an error: days pass, and no build fails by itself"
            told.append(Finding("unknown-choice", message, severity.place, "write off, notice or warning"))
        else:
            found[code.text] = severity.text
    return found, told
