"""Rules: what is wrong with content that can be built. They use the loaded site, which does not know them.

Each library is checked without the others; what its records mean for the whole site is in a small summary:

    Common + the records of a library -> Part -> lint_unit -> UnitLint: findings, Summary
    Common + the UnitLint of each library -> lint_site -> all findings

May import: dates, frozen, findings, files, source, templates, facts, markdown, tables, documents, site.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from types import MappingProxyType
from typing import Literal, cast

from sitegen.findings import Finding, Severity, did_you_mean
from sitegen.frozen import frozen
from sitegen.rules.days import days_of, far_days, impossible_days, past_dates
from sitegen.rules.ladders import (
    dead_minimums,
    disorder,
    gaps,
    outside_branches,
    overlapping,
    support_gaps,
    uncovered,
)
from sitegen.rules.markup import broken_links, empty_bullets, ragged_rows, same_links, skipped_levels
from sitegen.rules.parts import Common, Linked, Part, Summary, common_part, library_part, merged
from sitegen.rules.repeats import same_columns, same_records, same_values, two_cells, two_values
from sitegen.rules.suppressions import without_allowed
from sitegen.rules.typed import (
    levels_in_names,
    levels_in_texts,
    releases_of,
    typed_counts,
    typed_levels,
    typed_names,
    typed_versions,
    versions_in_names,
    versions_of,
)
from sitegen.rules.unused import disputed_rows, named_by, never_shown, unmatched_filters, unused_fields, unused_links
from sitegen.rules.wording import doubled_words, hidden_characters, mixed_scripts, open_code, placeholders
from sitegen.rules.words import near_words, words_of

Group = Literal["meaning", "time"]


@frozen
class Rule:
    """A rule: its code, its group, how bad its findings are, and the functions that find them.

    Rules of meaning depend on the sources alone; those of time on the day too.

    The functions in `each` are called for every part of the site: the common sources, and the files of each library. A
    part does not see the others. `site` is called once, with a summary of all parts.

    A rule for the `whole` reports what nothing uses: it is skipped where the site has an error. A rule that reports
    `once` reports a place for one library only.
    """

    code: str
    group: Group
    severity: Severity
    each: Sequence[Callable[[Part], Iterator[Finding]]] = ()
    site: Callable[[Linked], Iterator[Finding]] | None = None
    whole: bool = False
    once: bool = False


ALL: tuple[Group, ...] = ("meaning", "time")

RULES: ReadOnly[str, Rule] = MappingProxyType(
    {
        rule.code: rule
        for rule in (
            Rule("ladder-overlap", "meaning", "error", (overlapping,)),
            Rule("ladder-gap", "meaning", "warning", (gaps,)),
            Rule("ladder-order", "meaning", "warning", (disorder,)),
            Rule("uncovered-versions", "meaning", "error", (uncovered,), once=True),
            Rule("same-value", "meaning", "warning", (same_values,)),
            Rule("two-values", "meaning", "error", (two_values, two_cells)),
            Rule("same-record", "meaning", "warning", (same_records,)),
            Rule("same-column", "meaning", "warning", (same_columns,)),
            Rule("support-gap", "meaning", "warning", (support_gaps,)),
            Rule("outside-branch", "meaning", "warning", (outside_branches,)),
            Rule("same-link", "meaning", "warning", (same_links,)),
            Rule("broken-link", "meaning", "warning", (broken_links,)),
            Rule("impossible-day", "meaning", "warning", (impossible_days,)),
            Rule("far-day", "meaning", "warning", site=far_days),
            Rule("typed-count", "meaning", "warning", (typed_counts,)),
            Rule("typed-version", "meaning", "warning", (versions_in_names,), typed_versions),
            Rule("typed-level", "meaning", "warning", (levels_in_texts, levels_in_names), typed_levels),
            Rule("typed-name", "meaning", "warning", site=typed_names),
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
            Rule("row-mismatch", "meaning", "warning", (disputed_rows,)),
            Rule("unmatched-filter", "meaning", "warning", site=unmatched_filters),
            Rule("never-shown", "meaning", "warning", site=never_shown, whole=True),
            Rule("unused-field", "meaning", "notice", site=unused_fields, whole=True),
            Rule("past-date", "time", "warning", (past_dates,)),
            Rule("dead-minimum", "time", "notice", (dead_minimums,), once=True),
        )
    }
)
_OWN = ("unused-suppression", "no-suppression-reason")
SEVERITIES = ("off", "notice", "warning", "error")


@frozen
class UnitLint:
    """What the rules found in the files of a library, their summary, and the datasets that the files change.

    The findings include those that comments allow.
    """

    findings: tuple[Finding, ...] = ()
    summary: Summary = field(default_factory=Summary)
    changed: frozenset[str] = frozenset()


def with_rules(
    common: Common, findings: Sequence[Finding], known: ReadOnly[str, UnitLint], groups: Collection[Group]
) -> list[Finding]:
    """Findings, and those of some groups of rules unless facts cannot be read.

    Libraries whose results are `known` are not checked, nor need their files have been read.
    """
    if not are_facts_readable(common, findings):
        return [*findings]
    errors = any(finding.severity == "error" for finding in findings)
    units = {**known, **lint_units(common, groups, known)}
    sound = not errors and all(finding.code != "empty-file" for finding in findings)
    return [*findings, *lint_site(common, units, groups, sound=sound)]


def are_facts_readable(common: Common, findings: Iterable[Finding]) -> bool:
    """Whether there are facts, and no error outside of page files, so that rules apply to them."""
    errors = (finding for finding in findings if finding.severity == "error")
    return bool(common.shared) and all(error.place.file.endswith(".md") for error in errors)


def lint_units(common: Common, groups: Collection[Group], known: Collection[str]) -> dict[str, UnitLint]:
    """The results for each library of a loaded site that has own records, except for known ones."""
    views, texts = common.site.facts.by_library, dict[str, dict[str, bytes]]()
    for name, library in common.site.own_files.items():
        if library not in known:
            texts.setdefault(library, {})[name] = common.texts[name]
    return {
        library: lint_unit(library_part(common, library, views[library], texts.get(library, {})), groups)
        for library in common.libraries
        if library in views and library not in known
    }


def lint_unit(part: Part, groups: Collection[Group]) -> UnitLint:
    """What some groups of rules find in the files of a library, and what others need to know about them.

    With rules of meaning it is the same on every day, until the common sources or the library's own files change.
    """
    severities, _ = part.common.once(_severities)
    found = _in_part(part, _asked(groups, severities, sound=True))
    findings = tuple(replace(finding, library=part.library) for finding in found)
    return UnitLint(findings, _summary(part), frozenset(part.seen_by))


def lint_site(
    common: Common, units: ReadOnly[str, UnitLint], groups: Collection[Group], *, sound: bool
) -> tuple[Finding, ...]:
    """What some groups of rules find in the common sources and across libraries, and what was found in each library.

    Findings that comments allow are left out. `units` has the results for each library that has own records. `sound`
    means that there is no error so far.
    """
    severities, findings = common.once(_severities)
    asked = _asked(groups, severities, sound=sound)
    units = {id_: units[id_] for id_ in common.libraries if id_ in units}
    part = common_part(common, {id_: unit.changed for id_, unit in units.items()})
    linked = Linked(part, merged([_summary(part), *(unit.summary for unit in units.values())]))
    found = [*_in_part(part, asked), *_in_site(linked, asked)]
    known = {(finding.code, finding.place) for finding in found}
    for unit in units.values():
        found += (f for f in unit.findings if not RULES[f.code].once or (f.code, f.place) not in known)
        known.update((finding.code, finding.place) for finding in unit.findings)
    complete = asked if set(groups) == set(ALL) else ()
    findings = [*findings, *without_allowed(found, linked.summary.suppressions, RULES, complete)]
    return tuple(
        replace(finding, severity=cast("Severity", severities[finding.code])) if finding.code in _OWN else finding
        for finding in findings
        if severities.get(finding.code) != "off"
    )


def _summary(part: Part) -> Summary:
    words, uses = words_of(part)
    years, days = days_of(part)
    return Summary(
        words, uses, years, days, versions_of(part), releases_of(part), named_by(part), tuple(part.suppressions)
    )


def _asked(groups: Collection[Group], severities: ReadOnly[str, str], *, sound: bool) -> dict[str, Severity]:
    """The rules to call, with how bad their findings are."""
    quiet = ("off",) if "time" in groups else ("off", "notice")  # notices are for `check` alone
    return {
        code: cast("Severity", severities[code])
        for code, rule in RULES.items()
        if rule.group in groups and severities[code] not in quiet and (sound or not rule.whole)
    }


def _in_part(part: Part, asked: ReadOnly[str, Severity]) -> Iterator[Finding]:
    for code, severity in asked.items():
        for find in RULES[code].each:
            yield from (replace(finding, severity=severity) for finding in find(part))


def _in_site(linked: Linked, asked: ReadOnly[str, Severity]) -> Iterator[Finding]:
    for code, severity in asked.items():
        find = RULES[code].site
        yield from (replace(finding, severity=severity) for finding in find(linked)) if find else ()


def _severities(common: Common) -> tuple[dict[str, str], list[Finding]]:
    """How bad the findings of each rule are, by default or by the settings, and what is wrong with these."""
    found: dict[str, str] = {**{code: rule.severity for code, rule in RULES.items()}, **dict.fromkeys(_OWN, "warning")}
    findings: list[Finding] = []
    for code, severity in common.site.settings.rules:
        rule = RULES.get(code.text)
        if rule is None and code.text not in _OWN:
            hint = did_you_mean(code.text, (*RULES, *_OWN)) or "see docs/rules.md"
            findings.append(Finding("unknown-rule", f"there is no rule '{code.text}'", code.place, hint))
        elif severity.text not in SEVERITIES:
            hint = did_you_mean(severity.text, SEVERITIES)
            findings.append(Finding("unknown-choice", f"'{severity.text}' is no severity", severity.place, hint))
        elif rule is not None and rule.group == "time" and severity.text == "error":
            message = f"'{code.text}' cannot be an error: days pass, and no build fails by itself"
            findings.append(Finding("unknown-choice", message, severity.place, "write off, notice or warning"))
        else:
            found[code.text] = severity.text
    return found, findings
