"""Findings as a SARIF 2.1.0 log (OASIS standard), with what code scanning on GitHub requires.

The descriptions of the findings are those in `docs/findings.md`, which the wheel contains.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from sitegen import HOMEPAGE, __version__
from sitegen.commands.inputs import documentation
from sitegen.findings import Finding, message_with_hint
from sitegen.schema.documentation import rows_of

_LEVELS = {"error": "error", "warning": "warning", "notice": "note"}


def as_sarif(
    findings: Sequence[Finding], lines: Mapping[str, Sequence[str]], more: Mapping[str, object] | None = None
) -> str:
    """A log of findings, with other results of a command as properties. `lines` are those of each source."""
    counts: Counter[str] = Counter()
    driver = {"name": "sitegen", "version": __version__, "informationUri": HOMEPAGE, "rules": _rules(findings)}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, lines, counts) for finding in findings],
        **({"properties": dict(more)} if more else {}),
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2)


def _rules(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """The descriptions of the codes of findings."""
    rows = {codes[0]: (meaning, todo) for codes, meaning, todo in rows_of(documentation()["findings.md"])}
    return [_rule(code, *rows[code]) for code in sorted({finding.code for finding in findings})]


def _rule(code: str, meaning: str, todo: str) -> dict[str, object]:
    help_ = {"text": f"{meaning} {todo}".replace("`", ""), "markdown": f"{meaning}\n\n{todo}"}
    return {
        "id": code,
        "shortDescription": {"text": re.split(r"(?<=\.) ", meaning.replace("`", ""))[0]},
        "fullDescription": {"text": meaning.replace("`", "")},
        "help": help_,
    }


def _result(finding: Finding, lines: Mapping[str, Sequence[str]], counts: Counter[str]) -> dict[str, object]:
    place = finding.place
    source = lines.get(place.file, ())
    line = source[place.line - 1] if place.line <= len(source) else ""
    end = max(min(place.column + place.length, len(line) + 1), place.column + 1)  # values may have several lines
    region = {"startLine": place.line, "startColumn": place.column, "endLine": place.line, "endColumn": end}
    # Of the line and not of its number, so that it does not change if lines are added above.
    digest = hashlib.sha256("\0".join((finding.code, place.file, line.strip())).encode()).hexdigest()[:16]
    counts[digest] += 1
    path = Path(place.file)  # that of an output file may be absolute
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    location = {"artifactLocation": {"uri": uri}, "region": region}
    return {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": {"text": message_with_hint(finding)},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"primaryLocationLineHash": f"{digest}:{counts[digest]}"},
    }
