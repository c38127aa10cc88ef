"""Why a build compiled what it compiled: `--why` for a file, `--profile` for the whole site."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from sitegen.build import Plan, Result
from sitegen.build.records import Reason, ReasonKind
from sitegen.commands.exit_codes import Options, UsageError
from sitegen.commands.progress import ProgressBar
from sitegen.findings import did_you_mean, joined

_LISTED = 4


def require_outputs(names: Collection[str], paths: Collection[str], folder: Path) -> None:
    """Raise UsageError if a name is not that of an output file, one of `paths`."""
    unknown = []
    for name in names:
        path = _below(name, folder, paths)
        if path not in paths:
            hint = did_you_mean(path, paths)
            unknown.append(f"'{name}'{f' ({hint})' if hint else ''}")
    if unknown:
        raise UsageError(f"--why: not an output file: {', '.join(unknown)}")


def _below(name: str, folder: Path, paths: Collection[str]) -> str:
    """A path below the output folder, which may be written with that folder or without it."""
    plain = os.path.normpath(name)
    names = [plain]
    for whole in (os.path.abspath, os.path.realpath):
        relative = os.path.relpath(whole(plain), whole(folder))
        names += [relative] if not relative.startswith(os.pardir) else []
    candidates = [each.replace(os.sep, "/") for each in names]
    return next((each for each in candidates if each in paths), candidates[-1])


# --- one file ------------------------------------------------------------------------

_COMMON = "the pages without a library"


def unit_name(unit: str) -> str:
    """A unit in a message."""
    return f"the library '{unit}'" if unit else _COMMON


_WRITTEN = {
    "missing": "was written.",
    "outdated": "was written.",
    "other title": "was overwritten; it was generated for a site with another title.",
    "edited": "was overwritten; it had been edited by hand.",
    "foreign": "was overwritten; it was not written by sitegen.",
    "unchanged": "was rebuilt; the content is unchanged, so it was not written.",
    "orphaned": "was removed; it is no longer generated.",
    "orphaned (edited)": "was kept because it was edited by hand; it is no longer generated.",
}


def print_reasons(result: Result, folder: Path, options: Options) -> None:
    """Print for each path of `--why` whether it was rebuilt, and why."""
    kinds = {difference.path: difference.kind for difference in result.differences or ()}
    paths = {*(result.linked.files if result.linked is not None else ()), *result.before.files, *kinds}
    stream = sys.stdout if options.format == "text" else sys.stderr
    for name in options.why:
        path = _below(name, folder, paths)
        first, *others = _explain(path, result, kinds, all_sources=options.verbose)
        print("\n".join([f"{folder / path} {first}", *(f"  {line}" for line in others)]), file=stream)


def _explain(path: str, result: Result, kinds: Mapping[str, str], *, all_sources: bool) -> Iterator[str]:
    """What the build did with a file, why, and what the file depends on."""
    plan, linked = result.plan, result.linked
    if linked is None:
        yield "was not rebuilt: up to date."
        yield "Sources and output are unchanged since the last build."
        return
    if result.summary is None:
        yield "was not written: the build failed (see the errors above)."
        return
    unit = next((unit for unit in linked.units.values() if path in unit.files), None)
    reason = plan.everything or (plan.reasons.get(unit.library) if unit else None)
    if path not in linked.files and path not in kinds:
        yield f"was not rebuilt: this build is of {joined(sorted(linked.as_of), _LISTED)} only."
        return
    if reason is None and kinds.get(path) in (None, "unchanged"):
        yield "was not rebuilt: up to date."
    else:
        yield _WRITTEN[kinds.get(path, "unchanged")]
        if kinds.get(path) == "missing" and path in result.before.files:
            yield "It had been removed since the last build."
    if plan.everything is not None:
        yield f"Full rebuild: {clause(plan.everything, plan, result)}."
    elif unit is not None and reason is not None:
        yield f"Rebuilt with {unit_name(unit.library)}: {clause(reason, plan, result)}."
    elif unit is not None:
        yield f"The files of {unit_name(unit.library)} and the shared sources are unchanged."
    if path not in linked.files:  # it has been removed
        return
    shared = sorted(plan.inputs.keys() - {name for each in linked.units.values() for name in each.own_files})
    if unit is not None:
        names = ", ".join(unit.own_files) if all_sources else joined(unit.own_files, _LISTED)
        own = f" ({names or 'no files of its own'})" if unit.library else ""
        inputs = unit_name(unit.library) + own
    else:
        inputs = "the pages of all libraries"
    yield f"Depends on {inputs} and {len(shared)} shared sources{':' if all_sources else ' (-v lists them).'}"
    yield from (f"  {name}" for name in shared if all_sources)


# --- the whole build -----------------------------------------------------------------


def print_profile(result: Result, progress: ProgressBar, options: Options) -> None:
    """Print how long each phase took, what was rebuilt, and why."""
    progress.begin("")
    if options.format == "json":
        print(json.dumps(_as_data(result, progress)), file=sys.stderr)
    else:
        print(_as_table(result, progress), file=sys.stdout if options.format == "text" else sys.stderr)


def _rebuilt(result: Result) -> list[str]:
    """The libraries that were compiled; `*` for the pages without a library."""
    if result.linked is None:
        return []
    units = result.linked.units if result.plan.everything else result.plan.reasons
    return [unit or "*" for unit in units]


def _as_data(result: Result, progress: ProgressBar) -> dict[str, object]:
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
        rebuilt = len({*_rebuilt(result)} - {"*"})
        counts["libraries"] = {"rebuilt": rebuilt, "up to date": len({*result.linked.units} - {""}) - rebuilt}
    summary = result.summary
    if summary is not None:
        counts["files"] = {"written": summary.written, "unchanged": summary.unchanged, "removed": summary.removed}
    elif result.linked is None:
        counts["files"] = {"written": 0, "unchanged": len(result.before.files), "removed": 0}
    return counts


def _as_table(result: Result, progress: ProgressBar) -> str:
    total = sum(progress.seconds.values())
    rows = [*progress.seconds.items(), ("total", total)]
    lines = [_headline(result), f"{'phase':<10}  seconds  share"]
    lines += [f"{name:<10}  {taken:7.2f}  {taken / (total or 1):5.0%}" for name, taken in rows]
    for kind, counts in _counts(result).items():
        lines.append(f"{kind:<10}  " + ", ".join(f"{number:,} {label}" for label, number in counts.items()))
    return "\n".join(lines)


def _headline(result: Result) -> str:
    """What was rebuilt and why, in a sentence."""
    plan = result.plan
    if result.linked is None:
        return "Nothing to do: sources and output are unchanged since the last build."
    if plan.everything is not None:
        return f"Full rebuild: {clause(plan.everything, plan, result)}."
    if not plan.reasons:
        return "No library was rebuilt: only files of the whole site were modified or removed."
    names: dict[ReasonKind, set[str]] = {}
    for reason in plan.reasons.values():
        names.setdefault(reason.kind, set()).update(reason.names)
    clauses = [clause(Reason(kind, tuple(sorted(some))), plan, result) for kind, some in names.items()]
    rebuilt, all_libraries = (len({*units} - {""}) for units in (plan.reasons, result.linked.units))
    units = [f"{rebuilt:,} of {all_libraries:,} libraries"] * bool(all_libraries) + [_COMMON] * ("" in plan.reasons)
    return f"Rebuilt {' and '.join(units)}: {'; '.join(clauses)}."


def clause(reason: Reason, plan: Plan, result: Result) -> str:
    """Why units were compiled, as a clause."""
    if reason.kind in ("own", "shared"):
        return _changed(reason, plan.changes)
    if reason.kind == "output":
        verb = "was" if len(reason.names) == 1 else "were"
        return f"{joined(reason.names, _LISTED)} {verb} modified or removed since the last build"
    if reason.kind == "key":
        return ", and ".join(_changed_entry(name, result) for name in reason.names)
    return _CLAUSES[reason.kind].format(
        names=joined(reason.names, _LISTED), quoted=joined([f"'{n}'" for n in reason.names], _LISTED)
    )


_CLAUSES = {
    "first": "this folder has no cache of an earlier build",
    "cache": "the cache of the last build is damaged",
    "meanwhile": "sources or output files changed during the build",
    "option": "{names} requires it",
    "read": "shown facts of {quoted} changed",
    "interface": "the records or files of {quoted} changed, and any page may refer to them",
}


def _changed(reason: Reason, changes: Mapping[str, str]) -> str:
    """What happened to sources."""
    events = [changes[name] for name in reason.names]
    noun = "" if reason.kind == "own" else "shared source " if len(events) == 1 else "shared sources "
    if len({*events}) > 1 or len(events) == 1:
        return noun + joined([f"{name} {event}" for name, event in zip(reason.names, events, strict=True)], _LISTED)
    return f"{noun}{joined(reason.names, _LISTED)} {events[0].replace('was', 'were')}"


def _changed_entry(name: str, result: Result) -> str:
    before = result.before.key.get(name, "")
    if name == "day":
        day = next(iter(result.linked.as_of.values()), "") if result.linked is not None else ""
        return f"the date changed from {before} to {day}"
    if name == "formats":
        return f"the last build was of {joined(before.split(), _LISTED) if before else 'all formats'}"
    if name == "command":
        return f"the last build was by 'sitegen {before}'"
    if name in ("root", "output"):
        return f"the folder of the {'site' if name == 'root' else 'output'} was {before}"
    return f"the version of {'Python' if name == 'python' else 'sitegen, or of a package that it uses,'} changed"
