"""Package indexes: the releases they publish, to compare facts with.

A new kind is a module with an `Index` (`interface.py`), a client, and a line in `INDEXES`.

May import: frozen, source, facts.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping as ReadOnly
from types import MappingProxyType
from typing import TYPE_CHECKING

from sitegen.package_indexes.interface import Index, IndexProblem, Progress
from sitegen.package_indexes.npm import NPM
from sitegen.package_indexes.pypi import PYPI

if TYPE_CHECKING:
    from sitegen.package_indexes.releases import Published

INDEXES: ReadOnly[str, Index] = MappingProxyType({"pypi": PYPI, "npm": NPM})


def fetch(kind: str, package: str, known: Published | None, progress: Progress) -> Published | None:
    """Fetch the releases of a package from the index of its package manager; None if unchanged.

    Raises IndexProblem, also if a Python package that the client needs is not installed.
    """
    index = INDEXES[kind]
    try:
        client = importlib.import_module(f"sitegen.package_indexes.{index.client}")
    except ModuleNotFoundError as error:
        raise IndexProblem(f"'{error.name}' is not installed; run: pip install {index.client_needs}") from None
    found: Published | None = client.fetch(index.spelling(package), known, progress)
    return found
