"""The end of a test run: which tests were skipped, and what has to be installed to run them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from _pytest.terminal import TerminalReporter


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """List the reasons for skipped tests, each once and with the number of its tests, and name the slow tests."""
    reasons = Counter(map(_reason, terminalreporter.stats.get("skipped", [])))
    if reasons:
        terminalreporter.section(f"{reasons.total()} skipped")
        for line in _lines(reasons):
            terminalreporter.write_line(line)
    if terminalreporter.config.option.markexpr == "not slow":
        terminalreporter.write_line("Slow tests were left out; run: python3 run.py test-slow")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why a test was skipped; a skip has the file, the line and the reason."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _lines(reasons: Counter[str]) -> Iterator[str]:
    width = len(str(max(reasons.values())))
    for reason, count in reasons.most_common():
        first, *others = reason.splitlines()
        yield f"{count:{width}}  {first}"
        yield from (f"{'':{width}}  {line}" for line in others)
