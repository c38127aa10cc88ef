"""Where findings and problems go, and the exit code that they call for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from sitegen import __version__
from sitegen.commands.outcome import FINDINGS, OK, USAGE, Options
from sitegen.files.sources import FILE, source_lines
from sitegen.findings import Finding, as_github, as_json, as_sarif, as_text, number_of


def report(
    findings: Sequence[Finding],
    texts: Mapping[str, bytes],
    options: Options,
    more: Mapping[str, object] | None = None,
) -> int:
    """Show findings in the requested format; JSON and SARIF contain `more`, too. Returns the exit code."""
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
        print(f"\n{_summary(findings)}", file=sys.stderr)
    return verdict(findings, options)


def verdict(findings: Sequence[Finding], options: Options) -> int:
    """The exit code that findings call for."""
    wrong = [f for f in findings if f.severity == "error" or (options.strict and f.severity == "warning")]
    if not wrong:
        return OK
    return USAGE if any(f.place.file == FILE for f in wrong) else FINDINGS


def report_beside(findings: Sequence[Finding], texts: Mapping[str, bytes], options: Options) -> int:
    """The same where findings are not the result: they are text, whatever the format of that is."""
    return report(findings, texts, argparse.Namespace(**{**vars(options), "format": "text"}))


def _summary(findings: Sequence[Finding]) -> str:
    counts = {kind: sum(f.severity == kind for f in findings) for kind in ("error", "warning", "notice")}
    words = [number_of(number, kind) for kind, number in counts.items() if number]
    files = len({f.place.file for f in findings})
    return f"{', '.join(words)} in {number_of(files, 'file')}"


def use_color(options: Options, stream: object) -> bool:
    """Whether to write colour to a stream."""
    if options.color != "auto":
        return bool(options.color == "always")
    return not os.environ.get("NO_COLOR") and getattr(stream, "isatty", bool)()


def results_stream(options: Options) -> TextIO:
    """Where text goes that tells a result: out of the way of what other programs read."""
    return sys.stdout if options.format == "text" else sys.stderr
