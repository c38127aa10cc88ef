"""Programs that some tests need, and how to install them."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest
from _pytest.mark import ParameterSet

CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the names of its program

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork, such as Linux or macOS")
needs_links = pytest.mark.skipif(os.name == "nt", reason="needs a system where anybody may make symbolic links")
needs_terminal = pytest.mark.skipif(os.name == "nt", reason="needs a system with pseudo-terminals")


def slow(*values: object) -> ParameterSet:
    """Parameters that make a test slow."""
    return pytest.param(*values, marks=pytest.mark.slow)


def need(reason: str) -> NoReturn:
    """Skip a test whose requirement is missing; `reason` states how to install it. If CI is set, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
