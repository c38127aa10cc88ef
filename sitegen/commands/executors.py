"""`--executor`: compile units on machines elsewhere.

`dask:ADDRESS` is the scheduler of a Dask cluster. Anything else is MODULE:FUNCTION, which returns a
`concurrent.futures.Executor`; its workers need sitegen installed and nothing else.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from sitegen.commands.outcome import UsageError


@contextmanager
def executor_of(name: str) -> Iterator[Executor]:
    """The executor of a name, until the build is done. Raises UsageError."""
    module, _, rest = name.partition(":")
    if not module or not rest:
        raise UsageError(f"--executor takes dask:ADDRESS or MODULE:FUNCTION, not '{name}'")
    if module == "dask":
        with _dask(rest) as executor:
            yield executor
        return
    try:
        made = getattr(importlib.import_module(module), rest)()
    except (ImportError, AttributeError, TypeError) as error:
        raise UsageError(f"--executor {name}: {error}") from None
    if not isinstance(made, Executor):
        raise UsageError(f"--executor {name}: this returns a {type(made).__name__}, not an executor")
    with made:
        yield made


@contextmanager
def _dask(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError("--executor dask: needs Dask; install it with: pip install 'sitegen[dask]'") from None
    try:
        client: Any = Client(address, timeout=5)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(f"--executor dask: no scheduler answers at {address} ({error})") from None
    with client, client.get_executor(pure=False) as executor:
        yield executor
