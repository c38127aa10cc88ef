"""Rules: what is wrong with content that can be built. They stand on the loaded site, which does not know them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import cast

from sitegen.findings import Finding, Severity, did_you_mean
from sitegen.loading import Site, Texts
from sitegen.rules.ladders import dead_minimums, disorder, gaps, overlapping, uncovered
from sitegen.rules.material import Group, Material, Rule
from sitegen.rules.prose import impossible_days, past_dates, typed_counts, typed_levels, typed_versions
from sitegen.rules.repeats import far_days, same_columns, same_records, same_values, two_values
from sitegen.rules.suppressions import suppressions, without_allowed
from sitegen.rules.unused import empty_bullets, never_shown, ragged_rows, unused_fields, unused_links
from sitegen.rules.words import near_words
from sitegen.site import Build

MEANING: tuple[Group, ...] = ("meaning",)
ALL: tuple[Group, ...] = ("meaning", "time")

RULES: ReadOnly[str, Rule] = MappingProxyType(
    {
        rule.code: rule
        for rule in (
            Rule("ladder-overlap", "meaning", "error", overlapping),
            Rule("ladder-gap", "meaning", "warning", gaps),
            Rule("ladder-order", "meaning", "warning", disorder),
            Rule("uncovered-versions", "meaning", "error", uncovered),
            Rule("same-value", "meaning", "warning", same_values),
            Rule("two-values", "meaning", "error", two_values),
            Rule("same-record", "meaning", "warning", same_records),
            Rule("same-column", "meaning", "warning", same_columns),
            Rule("impossible-day", "meaning", "warning", impossible_days),
            Rule("far-day", "meaning", "warning", far_days),
            Rule("typed-count", "meaning", "warning", typed_counts),
            Rule("typed-version", "meaning", "warning", typed_versions),
            Rule("typed-level", "meaning", "warning", typed_levels),
            Rule("near-word", "meaning", "warning", near_words),
            Rule("unused-link", "meaning", "warning", unused_links),
            Rule("empty-bullet", "meaning", "warning", empty_bullets),
            Rule("ragged-row", "meaning", "warning", ragged_rows),
            Rule("never-shown", "meaning", "warning", never_shown, whole=True),
            Rule("unused-field", "meaning", "notice", unused_fields, whole=True),
            Rule("past-date", "time", "warning", past_dates),
            Rule("dead-minimum", "time", "notice", dead_minimums),
        )
    }
)
_OWN = ("unused-suppression", "no-suppression-reason")
SEVERITIES = ("off", "notice", "warning", "error")


def judged(site: Site, texts: Texts, day: date, result: Build, groups: Collection[Group]) -> list[Finding]:
    """What a build found, and what the rules of some groups find in facts that can be read."""
    errors = [finding for finding in result.findings if finding.severity == "error"]
    if not site.facts.datasets or any(not error.place.file.endswith(".md") for error in errors):
        return list(result.findings)
    found = check_rules(site, texts, day, groups, sound=not errors)
    return result.with_pages([*result.findings, *found])


def check_rules(site: Site, texts: Texts, day: date, groups: Collection[Group], *, sound: bool) -> list[Finding]:
    """What the rules of some groups find in a site whose facts can be read, but for what its comments allow.

    `sound` says that nothing is an error so far.
    """
    told: list[Finding] = []
    severities = dict(_severities(site, told))
    material = Material(site, texts, day)
    found: list[Finding] = []
    quiet = ("off",) if "time" in groups else ("off", "notice")  # notices are for those who ask
    asked = {
        code
        for code, rule in RULES.items()
        if rule.group in groups and severities[code] not in quiet and (sound or not rule.whole)
    }
    for code in RULES:
        if code in asked:
            severity = cast("Severity", severities[code])
            found += [replace(finding, severity=severity) for finding in RULES[code].find(material)]
    judged = asked if set(groups) == set(ALL) else ()
    told += without_allowed(found, suppressions(material.lines), RULES, judged)
    return [
        replace(finding, severity=cast("Severity", severities[finding.code])) if finding.code in _OWN else finding
        for finding in told
        if severities.get(finding.code) != "off"
    ]


def _severities(site: Site, told: list[Finding]) -> Iterator[tuple[str, str]]:
    """How bad the findings of each rule are: by default, or as the settings say."""
    yield from ((code, rule.severity) for code, rule in RULES.items())
    yield from ((code, "warning") for code in _OWN)
    for code, severity in site.settings.rules:
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
            yield code.text, severity.text
