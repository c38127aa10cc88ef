"""Findings that a comment allows.

In YAML `# sitegen: allow CODE: reason`, in pages `<# sitegen: allow CODE: reason #>`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from sitegen.findings import Finding, Place, did_you_mean
from sitegen.frozen import frozen

_SIGN = "sitegen: allow"
SIGN = _SIGN.encode()  # a file without it has none
_COMMENT = rf"\s*{_SIGN}(?:\s+(?P<code>[\w-]+))?\s*(?::\s*(?P<reason>.*?))?\s*"
_YAML = re.compile(rf"(?:^|(?<=\s))#{_COMMENT}$")
_PAGE = re.compile(rf"<#-?{_COMMENT}-?#>")


@frozen
class Suppression:
    """A comment that allows the findings of one code on a line."""

    code: str
    reason: str
    place: Place
    line: int


def suppressions(file: str, lines: Sequence[str]) -> list[Suppression]:
    """Every such comment in a file. One that is alone on its line is for the next line that is not such a comment."""
    found = []
    for number, text in enumerate(lines, 1):
        match = _match(file, text)
        if match is not None:
            target = number
            while target <= len(lines) and _alone(file, lines[target - 1]):
                target += 1
            place = Place(file, number, match.start() + 1, match.end() - match.start())
            found.append(Suppression(match["code"] or "", (match["reason"] or "").strip(), place, target))
    return found


def _match(file: str, text: str) -> re.Match[str] | None:
    if _SIGN not in text:
        return None
    return (_PAGE.search(text) if file.endswith(".md") else None) or _YAML.search(text)


def _alone(file: str, text: str) -> bool:
    match = _match(file, text)
    return match is not None and not text[: match.start()].strip() and not text[match.end() :].strip()


def without_allowed(
    findings: Iterable[Finding], found: Sequence[Suppression], known: Collection[str], asked: Collection[str]
) -> list[Finding]:
    """The findings that no comment allows, and what is wrong with the comments.

    `known` are the codes of all rules, `asked` those of the rules that were called: a comment for another rule may be
    needed, though it allows nothing here.
    """
    found = tuple(dict.fromkeys(found))
    by_line = {(s.place.file, s.line, s.code): s for s in found}
    used: set[Suppression] = set()
    kept = []
    for finding in findings:
        allowed = by_line.get((finding.place.file, finding.place.line, finding.code))
        if allowed is None:
            kept.append(finding)
        else:
            used.add(allowed)
    for suppression in found:
        code, place = suppression.code, suppression.place
        if code not in known:
            hint = did_you_mean(code, known) or "see docs/rules.md"
            kept.append(Finding("unknown-rule", f"there is no rule '{code}' to allow", place, hint, severity="warning"))
            continue
        if not suppression.reason:
            hint = f"write '{_SIGN} {code}: why'"
            message = f"this allows '{code}' and does not say why"
            kept.append(Finding("no-suppression-reason", message, place, hint, severity="warning"))
        if code in asked and suppression not in used:
            message = f"there is no '{code}' in line {suppression.line} to allow"
            kept.append(Finding("unused-suppression", message, place, "remove it", severity="warning"))
    return kept
