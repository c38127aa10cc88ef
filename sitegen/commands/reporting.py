"""Reporting findings: in a format, to a stream, with an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from sitegen import __version__
from sitegen.commands.exit_codes import FINDINGS, OK, USAGE, Options
from sitegen.files.sources import FILE, source_lines
from sitegen.findings import Finding, as_github, as_json, as_sarif, as_text, number_of


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
        print(as_sarif(findings, __version__, more))
    elif options.format == "github":
        for finding in findings:
            print(as_github(finding))
    elif findings:
        lines = source_lines(texts)
        color = use_color(options, sys.stderr)
        print("\n\n".join(as_text(f, lines, color=color) for f in findings), file=sys.stderr)
        files = len({finding.place.file for finding in findings})
        print(f"\n{', '.join(severity_counts(findings))} in {number_of(files, 'file')}", file=sys.stderr)
    return exit_code(findings, options)


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
