"""Why a build compiled what it compiled: `--why` for a file, `--profile` for the whole."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sitegen.build.records import Reason
from sitegen.commands.outcome import USAGE, fail
from sitegen.findings import did_you_mean

if TYPE_CHECKING:
    from sitegen.build import Plan, Result
    from sitegen.commands.progress import Progress

_SHOWN = 3


def unknown(names: Collection[str], paths: Collection[str], folder: Path) -> list[str]:
    """The names that are no files of the output."""
    return [name for name in names if _below(name, folder, paths) not in paths]


def are_known(result: Result, folder: Path, options: argparse.Namespace) -> bool:
    """Whether all paths that `--why` names are files of the output. Prints those that are not."""
    paths = _paths(result)
    names = unknown(options.why, paths, folder)
    for name in names:
        hint = did_you_mean(_below(name, folder, paths), paths)
        fail(f"--why: {name} is no file of the output{'; ' if hint else ''}{hint}", USAGE)
    return not names


def _paths(result: Result) -> Collection[str]:
    """The files of the output, and those that a build has removed."""
    files = result.linked.files if result.linked is not None else {}
    return {*files, *(each.path for each in getattr(result.outcome, "differences", ())), *result.before.files}


def _below(name: str, folder: Path, paths: Collection[str]) -> str:
    """A path below the output folder, however it was written."""
    plain = os.path.normpath(name)
    names = [plain]
    for whole in (os.path.abspath, os.path.realpath):
        relative = os.path.relpath(whole(plain), whole(folder))
        names += [relative] if not relative.startswith(os.pardir) else []
    found = [each.replace(os.sep, "/") for each in names]
    return next((each for each in found if each in paths), found[-1])


# --- one file ------------------------------------------------------------------------

_DONE = {
    "missing": "was written.",
    "stale": "was written.",
    "edited": "was overwritten; it had been edited by hand.",
    "foreign": "was overwritten; sitegen had not written it.",
    "unchanged": "was rebuilt; the content is unchanged, so it was not written.",
    "left over": "was removed; it is not generated any more.",
    "edited left over": "was kept, since it was edited by hand; it is not generated any more.",
}


def print_reasons(result: Result, folder: Path, options: argparse.Namespace) -> None:
    """Print of each path that `--why` names whether it was rebuilt, and why."""
    kinds = {each.path: each.kind for each in getattr(result.outcome, "differences", ())}
    paths = _paths(result)
    stream = sys.stdout if options.format == "text" else sys.stderr
    for name in options.why:
        path = _below(name, folder, paths)
        first, *others = _about(path, result, kinds, all_names=options.verbose)
        print("\n".join([f"{folder / path} {first}", *(f"  {line}" for line in others)]), file=stream)


def _about(path: str, result: Result, kinds: Mapping[str, str], *, all_names: bool) -> Iterator[str]:
    """What was done with a file, why, and what it is compiled from."""
    plan, linked = result.plan, result.linked
    if linked is None:
        yield "is up to date; nothing was rebuilt."
        yield "Sources and output are unchanged since the last build."
        return
    if result.outcome is None or isinstance(result.outcome, list):
        yield "was not written: the build failed (see the errors above)."
        return
    unit = next((unit for unit in linked.units.values() if path in unit.files), None)
    reason = plan.everything or (plan.reasons.get(unit.library) if unit else None)
    is_compiled = reason is not None or path in kinds
    if path not in linked.files and path not in kinds:
        yield f"was left alone: this build is of {listed(sorted(linked.as_of))} only."
        return
    if not is_compiled or (reason is None and kinds.get(path) in (None, "unchanged")):
        yield "is up to date; it was not rebuilt."
    else:
        yield _DONE[kinds.get(path, "unchanged")]
        if kinds.get(path) == "missing" and path in result.before.files:
            yield "It had been removed since the last build."
    if plan.everything is not None:
        yield f"Full rebuild: {clause(plan.everything, plan, result)}."
    elif unit is not None and reason is not None:
        yield f"Rebuilt with the library '{unit.library}': {clause(reason, plan, result)}."
    elif unit is not None:
        yield f"The files of the library '{unit.library}' and the shared sources are unchanged."
    if path not in linked.files:  # which has been removed
        return
    shared = sorted(plan.inputs.keys() - {name for each in linked.units.values() for name in each.own_files})
    if unit is not None:
        names = ", ".join(unit.own_files) if all_names else listed(unit.own_files)
        what = f"the library '{unit.library}' ({names or 'no files of its own'})"
    else:
        what = "the pages of all libraries"
    yield f"Depends on {what} and {len(shared)} shared sources{':' if all_names else ' (-v lists them).'}"
    yield from (f"  {name}" for name in shared if all_names)


# --- the whole build -----------------------------------------------------------------


def print_profile(result: Result, progress: Progress, options: argparse.Namespace) -> None:
    """Print how long each phase took, what was rebuilt, and why."""
    progress.begin("")
    if options.format == "json":
        print(json.dumps(_as_data(result, progress)), file=sys.stderr)
    else:
        print(_as_table(result, progress), file=sys.stdout if options.format == "text" else sys.stderr)


def _rebuilt(result: Result) -> list[str]:
    """The libraries that were compiled."""
    if result.linked is None:
        return []
    return [*result.linked.units] if result.plan.everything else [*result.plan.reasons]


def _as_data(result: Result, progress: Progress) -> dict[str, object]:
    return {
        "version": 2,
        "build": {
            "reason": _headline(result),
            "full": result.plan.everything is not None,
            "rebuilt": _rebuilt(result),
            "interface": list(result.exported),
            "relinked": result.linked is not None and result.linked.site is not result.plan.site,
        },
        "seconds": round(sum(progress.seconds.values()), 4),
        "phases": [{"phase": name, "seconds": round(taken, 4)} for name, taken in progress.seconds.items()],
        "counts": _counts(result),
    }


def _counts(result: Result) -> dict[str, dict[str, int]]:
    read = len(result.linked.project.sources) if result.linked is not None else 0
    counts = {"sources": {"read": read, "unchanged": len(result.plan.inputs) - read}}
    if result.linked is not None:
        rebuilt = len(_rebuilt(result))
        counts["libraries"] = {"rebuilt": rebuilt, "up to date": len(result.linked.units) - rebuilt}
    done = result.outcome
    if done is not None and not isinstance(done, list):
        counts["files"] = {"written": done.written, "unchanged": done.unchanged, "removed": done.removed}
    elif result.linked is None:
        counts["files"] = {"written": 0, "unchanged": len(result.before.files), "removed": 0}
    return counts


def _as_table(result: Result, progress: Progress) -> str:
    total = sum(progress.seconds.values())
    rows = [*progress.seconds.items(), ("total", total)]
    lines = [_headline(result), f"{'phase':<10}  seconds  share"]
    lines += [f"{name:<10}  {taken:7.2f}  {taken / (total or 1):5.0%}" for name, taken in rows]
    for what, counts in _counts(result).items():
        lines.append(f"{what:<10}  " + ", ".join(f"{n:,} {how}" for how, n in counts.items()))
    return "\n".join(lines)


def _headline(result: Result) -> str:
    """What was rebuilt and why, in a sentence."""
    plan = result.plan
    if result.linked is None:
        return "Nothing to do: sources and output are unchanged since the last build."
    if plan.everything is not None:
        return f"Full rebuild: {clause(plan.everything, plan, result)}."
    if not plan.reasons:
        return "No library was rebuilt: only files of the whole site were modified or missing."
    names = [name for reason in plan.reasons.values() for name in reason.names]
    libraries = f"{len(plan.reasons):,} of {len(result.linked.units):,} libraries"
    kinds = {reason.kind for reason in plan.reasons.values()}
    first = next(iter(plan.reasons.values()))
    reason = Reason(first.kind if len(kinds) == 1 else "own", tuple(sorted(set(names))))
    return f"Rebuilt {libraries}: {clause(reason, plan, result)}."


def clause(reason: Reason, plan: Plan, result: Result) -> str:
    """Why units were compiled."""
    if reason.kind in ("own", "shared"):
        verbs = {plan.changes.get(name, "was modified or is missing") for name in reason.names}
        if len(reason.names) == 1 or len(verbs) > 1:
            return listed([f"{name} {plan.changes.get(name, 'was modified or is missing')}" for name in reason.names])
        return (
            f"{listed(reason.names)} {verbs.pop().replace('has', 'have').replace('is', 'are').replace('was', 'were')}"
        )
    if reason.kind == "output":
        verb = "was" if len(reason.names) == 1 else "were"
        return f"{listed(reason.names)} {verb} modified or removed since the last build"
    if reason.kind == "read":
        return f"it shows facts of {_quoted(reason.names)}"
    if reason.kind == "interface":
        return f"the records or files of {_quoted(reason.names)} changed, which any page may name"
    if reason.kind == "option":
        return f"{listed(reason.names)} asks for it"
    if reason.kind == "key":
        return ", and ".join(_entry(name, result) for name in reason.names)
    return _CLAUSES[reason.kind]


_CLAUSES = {
    "first": "this folder has no cache of an earlier build",
    "cache": "the cache of the last build is damaged",
    "meanwhile": "sources or the output changed while the build was at work",
}


def _entry(name: str, result: Result) -> str:
    before = result.before.key.get(name, "")
    if name == "day":
        day = next(iter(result.linked.as_of.values()), "") if result.linked is not None else ""
        return f"the date is {day} and was {before}"
    if name == "formats":
        return f"the last build was of {listed(before.split()) if before else 'all formats'}"
    if name == "command":
        return f"the last command that wrote here was 'sitegen {before}'"
    if name in ("root", "output"):
        return f"the folder of the {'site' if name == 'root' else 'output'} was {before}"
    return f"{'Python' if name == 'python' else 'sitegen, or a package that it uses,'} has another version"


def _quoted(names: Sequence[str]) -> str:
    return listed([f"'{name}'" for name in names])


def listed(names: Sequence[str]) -> str:
    """A few names, and how many more there are."""
    if len(names) > _SHOWN + 1:
        return f"{', '.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
