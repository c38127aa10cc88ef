"""Kinds of package indexes: what they publish, to compare facts with it.

A new kind is a module that is an `Index` (`interface.py`), and a line in `INDEXES`.
"""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from types import MappingProxyType

from sitegen.indexes import npm, pypi
from sitegen.indexes.interface import Index

INDEXES: ReadOnly[str, Index] = MappingProxyType({"pypi": pypi, "npm": npm})
