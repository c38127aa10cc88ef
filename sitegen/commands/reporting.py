"""Reporting findings: in a format, to a stream, with an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from sitegen.commands.exit_codes import FINDINGS, OK, USAGE, Options
from sitegen.files.sources import FILE, source_lines
from sitegen.findings import Finding, as_github, as_json, as_text, number_of


def report(
    findings: Sequence[Finding],
    texts: Mapping[str, bytes],
    options: Options,
    more: Mapping[str, object] | None = None,
) -> int:
    """Print findings in the format of the options; JSON and SARIF include `more`. Returns the exit code."""
    if options.format == "json":
        print(as_json(findings, more))
    elif options.format == "sarif":
        from sitegen.commands.sarif import as_sarif  # noqa: PLC0415 - only pipelines need it

        lines = {_from_here(name, options): of_file for name, of_file in source_lines(texts).items()}
        print(as_sarif([_seen_from_here(finding, texts, options) for finding in findings], lines, more))
    elif options.format == "github":
        for finding in findings:
            print(as_github(_seen_from_here(finding, texts, options)))
    elif findings:
        lines = source_lines(texts)
        color = use_color(options, sys.stderr)
        print("\n\n".join(as_text(f, lines, color=color) for f in findings), file=sys.stderr)
        files = len({finding.place.file for finding in findings})
        print(f"\n{', '.join(severity_counts(findings))} in {number_of(files, 'file')}", file=sys.stderr)
    return exit_code(findings, options)


def _seen_from_here(finding: Finding, texts: Mapping[str, bytes], options: Options) -> Finding:
    """A finding in a source with the path of this source in the current folder: GitHub looks for files there."""
    name = finding.place.file
    if name not in texts:
        return finding
    return replace(finding, place=finding.place._replace(file=_from_here(name, options)))


def _from_here(name: str, options: Options) -> str:
    """The path of a source below the current folder; its name if it is elsewhere."""
    path = Path(os.path.relpath(options.root / name))
    return name if ".." in path.parts or path.is_absolute() else path.as_posix()


def report_as_text(findings: Sequence[Finding], texts: Mapping[str, bytes], options: Options) -> int:
    """Print findings as text, because the format of the options is that of another result. Returns the exit code."""
    return report(findings, texts, argparse.Namespace(**{**vars(options), "format": "text"}))


def exit_code(findings: Sequence[Finding], options: Options) -> int:
    """The exit code that findings mean."""
    errors = [f for f in findings if f.severity == "error" or (options.strict and f.severity == "warning")]
    if not errors:
        return OK
    return USAGE if any(f.place.file == FILE for f in errors) else FINDINGS


def severity_counts(findings: Sequence[Finding]) -> list[str]:
    """The number of findings of each severity that occurs, such as `2 warnings`, the worst first."""
    counts = {kind: sum(f.severity == kind for f in findings) for kind in ("error", "warning", "notice")}
    return [number_of(number, kind) for kind, number in counts.items() if number]


def use_color(options: Options, stream: object) -> bool:
    """Whether to write colors to a stream."""
    if options.color != "auto":
        return bool(options.color == "always")
    return not os.environ.get("NO_COLOR") and getattr(stream, "isatty", bool)()


def text_stream(options: Options) -> TextIO:
    """The stream for text: standard output, unless that is for the findings in another format."""
    return sys.stdout if options.format == "text" else sys.stderr
