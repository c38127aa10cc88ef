"""`--executor`: compile units on other machines.

`dask:ADDRESS` is the scheduler of a Dask cluster. Anything else is MODULE:FUNCTION, a function that returns a
`concurrent.futures.Executor`. Its workers need only sitegen installed.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sitegen.commands.exit_codes import UsageError

if TYPE_CHECKING:
    from concurrent.futures import Executor


@contextmanager
def executor_of(name: str) -> Iterator[Executor]:
    """Start the executor of a name, and shut it down after the build. Raises UsageError."""
    from concurrent.futures import Executor  # noqa: PLC0415 - takes 10 ms

    module, _, rest = name.partition(":")
    if not module or not rest:
        raise UsageError(f"--executor: expected dask:ADDRESS or MODULE:FUNCTION, not '{name}'")
    if module == "dask":
        with _dask(rest) as executor:
            yield executor
        return
    try:
        executor = getattr(importlib.import_module(module), rest)()
    except (ImportError, AttributeError, TypeError) as error:
        raise UsageError(f"--executor {name}: {error}") from None
    if not isinstance(executor, Executor):
        raise UsageError(f"--executor {name}: this returns a {type(executor).__name__}, not an executor")
    with executor:
        yield executor


@contextmanager
def _dask(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError("--executor dask: Dask is not installed; run: pip install 'sitegen-facts[dask]'") from None
    try:
        client: Any = Client(address, timeout=5)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(f"--executor dask: no scheduler answers at {address} ({error})") from None
    with client, client.get_executor(pure=False) as executor:
        yield executor
