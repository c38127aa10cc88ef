"""Compiling many units: in this process, in worker processes, or with another executor.

Worker processes of this machine stage the files themselves. The workers of another executor may run anywhere, so they
return the bytes.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sitegen.build.project import NotLoadedError, Project, compile_unit
from sitegen.build.records import UnitObject
from sitegen.build.staging import MemoryStage, Stage
from sitegen.site.selection import COMMON, units_on

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from sitegen.build import Progress, Workers

_CHUNKS = 8  # for each worker, so that all of them end at about the same time
Chunk = tuple[list[UnitObject], Mapping[str, tuple[str, bytes]]]
_LARGE = 32 * 1024  # bytes of facts from which a second process saves more time than it takes to start


def compile_units(
    project: Project,
    libraries: Collection[str] | None,
    stage: Stage,
    workers: Workers,
    progress: Progress,
) -> dict[str, UnitObject]:
    """Compile some libraries, or all of them if None. Returns them in order. Raises NotLoadedError and OSError."""
    progress.begin("building")
    chosen = units_on(project.site, project.day, libraries)
    done: dict[str, UnitObject] = {}
    jobs = min(len(chosen), _jobs(project) if workers.jobs is None else workers.jobs)
    if workers.executor is not None:
        with workers.executor() as executor:  # the common pages read all libraries, so they are compiled here
            done |= _with_executor(executor, project, [unit for unit in chosen if unit != COMMON], stage, progress)
    elif jobs > 1:
        done |= _in_processes(jobs, project, chosen, stage, progress)
    for library in chosen:
        if library not in done:
            progress.tick(len(done), len(chosen))
            done[library] = compile_unit(project, library, stage)
    progress.tick(len(chosen), len(chosen))
    return {library: done[library] for library in chosen}


def _jobs(project: Project) -> int:
    """The default number of processes for a project."""
    facts = sum(len(data) for name, data in project.sources.items() if name.endswith((".yaml", ".yml")))
    return cores() if facts >= _LARGE and can_fork() else 1


def _in_processes(
    jobs: int, project: Project, libraries: Sequence[str], stage: Stage, progress: Progress
) -> Iterator[tuple[str, UnitObject]]:
    """Compile libraries in processes of this machine, which stage the files. Some are missing if one is killed."""
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor  # noqa: PLC0415 - takes 20 ms
    from multiprocessing import get_context  # noqa: PLC0415

    context = get_context("fork" if can_fork() else "spawn")
    shared = stage if stage.is_shared else None
    gc.freeze()  # so that forked processes do not touch, and so copy, shared memory
    try:
        with ProcessPoolExecutor(jobs, context, _initialize_worker, (project, shared)) as pool:
            yield from _receive(pool.map(_compile_in_worker, _chunks(libraries, jobs)), len(libraries), stage, progress)
    except (BrokenProcessPool, BlockingIOError):  # killed, or no process can be started
        return
    finally:
        gc.unfreeze()


def _with_executor(
    executor: Executor, project: Project, libraries: Sequence[str], stage: Stage, progress: Progress
) -> Iterator[tuple[str, UnitObject]]:
    """Compile libraries with an executor, whose workers share nothing with this process and return the files.

    Some are missing if they depend on others. Raises OSError if the executor fails.
    """
    chunks = _chunks(libraries, getattr(executor, "_max_workers", 0) or cores())
    try:
        futures = [executor.submit(compile_chunk, project.only(chunk), chunk) for chunk in chunks]
        yield from _receive((future.result() for future in futures), len(libraries), stage, progress)
    except NotLoadedError:  # a table compares libraries, so all of them have to be loaded
        return
    except OSError:
        raise
    except Exception as error:
        raise OSError(f"--executor failed: {type(error).__name__}: {error}") from error


def _receive(chunks: Iterable[Chunk], of: int, stage: Stage, progress: Progress) -> Iterator[tuple[str, UnitObject]]:
    """Stage the files of each chunk, and return its units."""
    count = 0
    for units, files in chunks:
        for path, (mark, data) in files.items():
            stage.put(path, mark, data)
        count += len(units)
        progress.tick(count, of)
        yield from ((unit.library, unit) for unit in units)


def compile_chunk(project: Project, libraries: Sequence[str], shared: Stage | None = None) -> Chunk:
    """Compile some libraries on any machine. Returns the units, and the files unless there is a shared stage."""
    stage = MemoryStage({})
    return [compile_unit(project, library, shared or stage) for library in libraries], stage.files


# --- in a worker process -------------------------------------------------------------

_worker: list[tuple[Project, Stage | None]] = []


def _initialize_worker(project: Project, shared: Stage | None) -> None:
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker[:] = [(project, shared)]


def _end_with_parent() -> None:
    from multiprocessing import parent_process  # noqa: PLC0415

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _compile_in_worker(libraries: Sequence[str]) -> Chunk:
    project, shared = _worker[0]
    return compile_chunk(project, libraries, shared)


def _chunks(libraries: Sequence[str], workers: int) -> list[Sequence[str]]:
    size = max(1, -(-len(libraries) // (workers * _CHUNKS)))
    return [libraries[start : start + size] for start in range(0, len(libraries), size)]


def can_fork() -> bool:
    """Whether this process can be forked: it has no other threads, and does not run on macOS, where a fork may hang."""
    return hasattr(os, "fork") and sys.platform != "darwin" and threading.active_count() == 1


def cores() -> int:
    """The number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
