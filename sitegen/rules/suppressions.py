"""Comments that suppress findings.

In YAML `# sitegen: allow CODE: reason`, in pages `<# sitegen: allow CODE: reason #>`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from sitegen.findings import Finding, Place, did_you_mean
from sitegen.frozen import frozen

_ALLOW = "sitegen: allow"
MARKER = _ALLOW.encode()  # every file with such a comment contains it
_COMMENT = rf"\s*{_ALLOW}(?:\s+(?P<code>[\w-]+))?\s*(?::\s*(?P<reason>.*?))?\s*"
_YAML = re.compile(rf"(?:^|(?<=\s))#{_COMMENT}$")
_PAGE = re.compile(rf"<#-?{_COMMENT}-?#>")


@frozen
class Suppression:
    """A comment that suppresses the findings of one code on a line."""

    code: str
    reason: str
    place: Place
    line: int


def suppressions(file: str, lines: Sequence[str]) -> list[Suppression]:
    """The suppressions in a file. A comment alone on its line applies to the next line that is not such a comment."""
    found = []
    for number, text in enumerate(lines, 1):
        match = _match(file, text)
        if match is not None:
            target = number
            while target <= len(lines) and _is_alone(file, lines[target - 1]):
                target += 1
            place = Place(file, number, match.start() + 1, match.end() - match.start())
            found.append(Suppression(match["code"] or "", (match["reason"] or "").strip(), place, target))
    return found


def _match(file: str, text: str) -> re.Match[str] | None:
    if _ALLOW not in text:
        return None
    return (_PAGE.search(text) if file.endswith(".md") else None) or _YAML.search(text)


def _is_alone(file: str, text: str) -> bool:
    match = _match(file, text)
    return match is not None and not text[: match.start()].strip() and not text[match.end() :].strip()


def without_suppressed(
    findings: Iterable[Finding], comments: Sequence[Suppression], codes: Collection[str], applied: Collection[str]
) -> list[Finding]:
    """The findings that no comment suppresses, and findings about the comments.

    `codes` are those of all rules, `applied` those of the rules that have run: a comment for another rule may be
    needed although it suppresses nothing here.
    """
    comments = tuple(dict.fromkeys(comments))
    by_line = {(comment.place.file, comment.line, comment.code): comment for comment in comments}
    used: set[Suppression] = set()
    kept = []
    for finding in findings:
        comment = by_line.get((finding.place.file, finding.place.line, finding.code))
        if comment is None:
            kept.append(finding)
        else:
            used.add(comment)
    for comment in comments:
        code, place = comment.code, comment.place
        if code not in codes:
            hint = did_you_mean(code, codes) or "see docs/rules.md"
            message = f"unknown rule '{code}'" if code else "the suppression names no rule"
            kept.append(Finding("unknown-rule", message, place, hint, severity="warning"))
            continue
        if not comment.reason:
            message, hint = f"the suppression of '{code}' has no reason", f"write '{_ALLOW} {code}: reason'"
            kept.append(Finding("no-suppression-reason", message, place, hint, severity="warning"))
        if code in applied and comment not in used:
            message = f"unused suppression: line {comment.line} has no '{code}' finding"
            kept.append(Finding("unused-suppression", message, place, "remove it", severity="warning"))
    return kept
