"""Rules: problems in content that can be built. They use the loaded site, which does not depend on them.

Each library is checked alone; a small summary has what rules for the whole site need to know about its records:

    LintContext + the records of a library -> LintUnit -> lint_unit -> UnitLint: findings, UnitSummary
    LintContext + the UnitLint of each library -> lint_site -> all findings

May import: dates, frozen, findings, files, source, languages, templates, facts, markdown, tables, documents, site.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from types import MappingProxyType
from typing import Literal, NamedTuple, cast

from sitegen.findings import Finding, Severity, did_you_mean
from sitegen.rules.bounds import reversed_bounds
from sitegen.rules.branch_rules import branch_gaps, branch_order, outside_branches, overlapping_branches, support_gaps
from sitegen.rules.context import LintContext, LintUnit, UnitSummary, cached, library_unit, merged, shared_unit
from sitegen.rules.days import (
    days_of,
    ended_references,
    far_days,
    impossible_days,
    passed_expectations,
    past_dates,
)
from sitegen.rules.deprecated import deprecated_types
from sitegen.rules.hardcoded import (
    hardcoded_counts,
    hardcoded_levels,
    hardcoded_versions,
    levels_in_fields,
    stated_branches_of,
    stated_versions_of,
)
from sitegen.rules.hardcoded_names import hardcoded_names, levels_in_names, versions_in_names
from sitegen.rules.markup import broken_links, empty_bullets, ragged_rows, skipped_levels
from sitegen.rules.repeats import same_columns, same_links, same_records, same_values, two_cells, two_values
from sitegen.rules.spelling import near_words, words_of
from sitegen.rules.suppressions import without_suppressed
from sitegen.rules.unused import (
    named_by,
    never_shown,
    row_mismatches,
    unmatched_filters,
    unused_defaults,
    unused_fields,
    unused_links,
)
from sitegen.rules.version_rules import dead_minimums, uncovered_versions
from sitegen.rules.wording import doubled_words, hidden_characters, mixed_scripts, open_code, placeholders

Group = Literal["meaning", "time"]


class Rule(NamedTuple):
    """A rule: its code, its group, the severity of its findings, and the functions that find them.

    Rules of meaning depend only on the sources, rules of time also on the day.

    The functions in `each` are called for every unit: the shared sources, and the files of each library. A unit does
    not see the others. `site` is called once, with a summary of all units.

    A rule for the `whole` site reports unused content: it is skipped if the site has an error. A rule that reports
    `once` reports a place for one library only.
    """

    code: str
    group: Group
    severity: Severity
    each: Sequence[Callable[[LintUnit], Iterator[Finding]]] = ()
    site: Callable[[LintContext, UnitSummary], Iterator[Finding]] | None = None
    whole: bool = False
    once: bool = False


ALL: tuple[Group, ...] = ("meaning", "time")

RULES: ReadOnly[str, Rule] = MappingProxyType(
    {
        rule.code: rule
        for rule in (
            Rule("ladder-overlap", "meaning", "error", (overlapping_branches,)),
            Rule("ladder-gap", "meaning", "warning", (branch_gaps,)),
            Rule("ladder-order", "meaning", "warning", (branch_order,)),
            Rule("uncovered-versions", "meaning", "error", (uncovered_versions,), once=True),
            Rule("same-value", "meaning", "warning", (same_values,)),
            Rule("two-values", "meaning", "error", (two_values, two_cells)),
            Rule("same-record", "meaning", "warning", (same_records,)),
            Rule("same-column", "meaning", "warning", (same_columns,)),
            Rule("support-gap", "meaning", "warning", (support_gaps,)),
            Rule("outside-branch", "meaning", "warning", (outside_branches,)),
            Rule("reversed-bounds", "meaning", "warning", (reversed_bounds,)),
            Rule("same-link", "meaning", "warning", (same_links,)),
            Rule("broken-link", "meaning", "warning", (broken_links,)),
            Rule("impossible-day", "meaning", "warning", (impossible_days,)),
            Rule("far-day", "meaning", "warning", site=far_days),
            Rule("typed-count", "meaning", "warning", (hardcoded_counts,)),
            Rule("typed-version", "meaning", "warning", (versions_in_names,), hardcoded_versions),
            Rule("typed-level", "meaning", "warning", (levels_in_fields, levels_in_names), hardcoded_levels),
            Rule("typed-name", "meaning", "warning", site=hardcoded_names),
            Rule("placeholder-text", "meaning", "warning", (placeholders,)),
            Rule("doubled-word", "meaning", "warning", (doubled_words,)),
            Rule("near-word", "meaning", "warning", site=near_words),
            Rule("unused-link", "meaning", "warning", (unused_links,)),
            Rule("empty-bullet", "meaning", "warning", (empty_bullets,)),
            Rule("skipped-level", "meaning", "warning", (skipped_levels,)),
            Rule("open-code", "meaning", "warning", (open_code,)),
            Rule("hidden-character", "meaning", "warning", (hidden_characters,)),
            Rule("mixed-script", "meaning", "warning", (mixed_scripts,)),
            Rule("ragged-row", "meaning", "warning", (ragged_rows,)),
            Rule("row-mismatch", "meaning", "warning", (row_mismatches,)),
            Rule("unmatched-filter", "meaning", "warning", site=unmatched_filters),
            Rule("never-shown", "meaning", "warning", site=never_shown, whole=True),
            Rule("unused-field", "meaning", "notice", site=unused_fields, whole=True),
            Rule("unused-default", "meaning", "warning", site=unused_defaults, whole=True),
            Rule("deprecated-notation", "meaning", "notice", site=deprecated_types),
            Rule("past-date", "time", "warning", (past_dates,)),
            Rule("expected-date-passed", "time", "warning", (passed_expectations,)),
            Rule("ended-reference", "time", "warning", (ended_references,)),
            Rule("dead-minimum", "time", "notice", (dead_minimums,), once=True),
        )
    }
)
_SUPPRESSION_CODES = ("unused-suppression", "no-suppression-reason")
SEVERITIES = ("off", "notice", "warning", "error")


class UnitLint(NamedTuple):
    """The findings of the rules in the files of a library, their summary, and the datasets that the files change.

    The findings include suppressed ones.
    """

    findings: tuple[Finding, ...]
    summary: UnitSummary
    changed: frozenset[str]


def with_rules(
    context: LintContext, findings: Sequence[Finding], results: ReadOnly[str, UnitLint], groups: Collection[Group]
) -> list[Finding]:
    """Some findings, and those of some groups of rules unless facts could not be read.

    Libraries with `results` are not checked again, and their files need not have been read.
    """
    if not are_facts_readable(context, findings):
        return [*findings]
    units = {**results, **_lint_units(context, groups, results)}
    is_complete = all(finding.severity != "error" and finding.code != "empty-file" for finding in findings)
    return [*findings, *_lint_site(context, units, groups, is_complete=is_complete)]


def are_facts_readable(context: LintContext, findings: Iterable[Finding]) -> bool:
    """Whether there are facts, and no error outside of page files, so that rules apply to them."""
    errors = (finding for finding in findings if finding.severity == "error")
    return bool(context.shared) and all(error.place.file.endswith(".md") for error in errors)


def _lint_units(context: LintContext, groups: Collection[Group], done: Collection[str]) -> dict[str, UnitLint]:
    """The results for each library with own records that is not `done`."""
    views, texts = context.site.facts.by_library, dict[str, dict[str, bytes]]()
    for name, library in context.site.own_files.items():
        if library not in done:
            texts.setdefault(library, {})[name] = context.texts[name]
    return {
        library: lint_unit(library_unit(context, library, views[library], texts.get(library, {})), groups)
        for library in context.libraries
        if library in views and library not in done
    }


def lint_unit(unit: LintUnit, groups: Collection[Group]) -> UnitLint:
    """The findings of some groups of rules in the files of a library, and their summary.

    With rules of meaning alone, the result is the same on every day until the sources change.
    """
    severities, _ = _severities(unit.context)
    found = _in_unit(unit, _rules_to_run(groups, severities, is_complete=True))
    findings = tuple(replace(finding, library=unit.library) for finding in found)
    return UnitLint(findings, _summary(unit), frozenset(unit.checked))


def _lint_site(
    context: LintContext, units: ReadOnly[str, UnitLint], groups: Collection[Group], *, is_complete: bool
) -> Iterator[Finding]:
    """The findings of some groups of rules in the shared sources, across libraries, and in each library.

    Suppressed findings are left out. `units` has the results for each library with own records. Rules for the whole
    site run only if the site `is_complete`: without errors.
    """
    severities, findings = _severities(context)
    rules = _rules_to_run(groups, severities, is_complete=is_complete)
    units = {id_: units[id_] for id_ in context.libraries if id_ in units}
    shared = shared_unit(context, {id_: unit.changed for id_, unit in units.items()})
    summary = merged([_summary(shared), *(unit.summary for unit in units.values())])
    found = [*_in_unit(shared, rules), *_in_site(context, summary, rules)]
    seen = {(finding.code, finding.place) for finding in found}
    for unit in units.values():
        found += (f for f in unit.findings if not RULES[f.code].once or (f.code, f.place) not in seen)
        seen.update((finding.code, finding.place) for finding in unit.findings)
    applied = rules if set(groups) == set(ALL) else ()
    for finding in (*findings, *without_suppressed(found, summary.suppressions, RULES, applied)):
        severity = severities.get(finding.code)
        if severity != "off":
            is_own = finding.code in _SUPPRESSION_CODES
            yield replace(finding, severity=cast("Severity", severity)) if is_own else finding


def _summary(unit: LintUnit) -> UnitSummary:
    words, days = words_of(unit), days_of(unit)
    stated = stated_versions_of(unit), stated_branches_of(unit)
    return UnitSummary(*words, *days, *stated, named_by(unit), tuple(unit.suppressions))


def _rules_to_run(
    groups: Collection[Group], severities: ReadOnly[str, str], *, is_complete: bool
) -> dict[str, Severity]:
    """The codes of the rules to run, with the severities of their findings."""
    skipped = ("off",) if "time" in groups else ("off", "notice")  # only `check` shows notices
    return {
        code: cast("Severity", severities[code])
        for code, rule in RULES.items()
        if rule.group in groups and severities[code] not in skipped and (is_complete or not rule.whole)
    }


def _in_unit(unit: LintUnit, rules: ReadOnly[str, Severity]) -> Iterator[Finding]:
    for code, severity in rules.items():
        for find in RULES[code].each:
            yield from (replace(finding, severity=severity) for finding in find(unit))


def _in_site(context: LintContext, summary: UnitSummary, rules: ReadOnly[str, Severity]) -> Iterator[Finding]:
    for code, severity in rules.items():
        find = RULES[code].site
        if find:
            yield from (replace(finding, severity=severity) for finding in find(context, summary))


@cached
def _severities(context: LintContext) -> tuple[dict[str, str], list[Finding]]:
    """The severity of each rule, by default or from the settings, and findings about these settings."""
    found: dict[str, str] = {code: rule.severity for code, rule in RULES.items()}
    found |= dict.fromkeys(_SUPPRESSION_CODES, "warning")
    findings: list[Finding] = []
    for code, severity in context.site.settings.rules:
        if code.text not in found:
            hint = did_you_mean(code.text, tuple(found)) or "see docs/rules.md"
            findings.append(Finding("unknown-rule", f"unknown rule '{code.text}'", code.place, hint))
        elif severity.text not in SEVERITIES:
            hint = did_you_mean(severity.text, SEVERITIES)
            findings.append(Finding("unknown-choice", f"unknown severity '{severity.text}'", severity.place, hint))
        elif severity.text == "error" and code.text in RULES and RULES[code.text].group == "time":
            message = f"'{code.text}' cannot be an error, since an unchanged site must not start to fail"
            findings.append(Finding("unknown-choice", message, severity.place, "write off, notice or warning"))
        else:
            found[code.text] = severity.text
    return found, findings
