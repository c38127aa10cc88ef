"""What some tests need of the system, and how to get it."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest
from _pytest.mark import ParameterSet

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")  # the names of its program

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork, such as Linux or macOS")
needs_links = pytest.mark.skipif(os.name == "nt", reason="needs a system where anybody may make symbolic links")
needs_terminal = pytest.mark.skipif(os.name == "nt", reason="needs a system with pseudo-terminals")


def slow(*values: object) -> ParameterSet:
    """Parameters of a test that is slow with them."""
    return pytest.param(*values, marks=pytest.mark.slow)


def need(reason: str) -> NoReturn:
    """Skip a test for want of something that `reason` tells how to get. Where CI is set, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
