"""The end of a test run: the skipped tests, and what to install for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from _pytest.terminal import TerminalReporter


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """List each reason for skipped tests with its number of tests, and the command of the slow tests."""
    reasons = Counter(map(_reason, terminalreporter.stats.get("skipped", [])))
    if reasons:
        terminalreporter.section(f"{reasons.total()} skipped")
        for line in _lines(reasons):
            terminalreporter.write_line(line)
    if terminalreporter.config.option.markexpr == "not slow":
        terminalreporter.write_line("Slow tests were left out; run: python3 run.py test-slow")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The reason of a skipped test; a skip consists of a file, a line and a reason."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _lines(reasons: Counter[str]) -> Iterator[str]:
    width = len(str(max(reasons.values())))
    for reason, count in reasons.most_common():
        first, *others = reason.splitlines()
        yield f"{count:{width}}  {first}"
        yield from (f"{'':{width}}  {line}" for line in others)
