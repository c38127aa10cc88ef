"""What a build tells of itself where it is asked: which way it went and why, and what took how long.

This module imports little, since a build that has nothing to do needs no more.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from sitegen.commands.phases import Phases
from sitegen.frozen import frozen
from sitegen.manifest import Manifest
from sitegen.reasons import Reason, clause

if TYPE_CHECKING:
    from sitegen.output import Written


_NONE = Manifest()


@frozen
class Account:
    """What a build has done, and why.

    `unread` are sources that it knew without reading. `sections` are those of the record, `built` the libraries that it
    made. `before` is the manifest that it found; `made` and `kept` are the paths that it gave. `written` is missing
    where nothing was written, and `unchanged` counts the files of a build that had nothing to do.
    """

    reason: Reason
    sources: Collection[str]
    sections: Mapping[str, str]
    before: Manifest = _NONE
    unread: Collection[str] = ()
    built: Collection[str] = ()
    made: Collection[str] = ()
    kept: Collection[str] = ()
    written: Written | None = None
    unchanged: int = 0

    @property
    def libraries(self) -> int:
        """How many libraries there are."""
        return len(self.sections.keys() - {""})


def tell_profile(account: Account, phases: Phases, options: argparse.Namespace) -> None:
    """Tell what took how long, and which way the build went."""
    phases.begin("")
    if options.format == "json":
        print(json.dumps(_as_data(account, phases)), file=sys.stderr)
    else:
        print(_as_table(account, phases), file=sys.stdout if options.format == "text" else sys.stderr)


def _counts(account: Account) -> dict[str, dict[str, int]]:
    known, built, done = len(account.unread), len(account.built), account.written
    counts = {
        "sources": {"read": len(account.sources) - known, "known from the last build": known},
        "libraries": {"built": built, "kept": account.libraries - built},
    }
    if done is not None:
        counts["files"] = {"written": done.written, "unchanged": done.unchanged, "removed": done.removed}
    elif account.reason.way == "nothing":
        counts["files"] = {"written": 0, "unchanged": account.unchanged, "removed": 0}
    return counts


def _as_data(account: Account, phases: Phases) -> dict[str, object]:
    return {
        "version": 1,
        "way": account.reason.way,
        "since": clause(account.reason),
        "seconds": round(sum(phases.seconds.values()), 4),
        "phases": [{"phase": name, "seconds": round(taken, 4)} for name, taken in phases.seconds.items()],
        "counts": {what: {k.split()[0]: n for k, n in counts.items()} for what, counts in _counts(account).items()},
    }


def _as_table(account: Account, phases: Phases) -> str:
    all_ = sum(phases.seconds.values())
    rows = [*phases.seconds.items(), ("all", all_)]
    lines = [_way(account), f"{'phase':<10}  seconds  share"]
    lines += [f"{name:<10}  {taken:7.2f}  {taken / (all_ or 1):5.0%}" for name, taken in rows]
    for what, counts in _counts(account).items():
        lines.append(f"{what:<10}  " + ", ".join(f"{n:,} {how}" for how, n in counts.items()))
    return "\n".join(lines)


def _way(account: Account) -> str:
    """Which way a build went and why, in a sentence."""
    why = clause(account.reason)
    if account.reason.way == "nothing":
        return f"Nothing was built, since {why}."
    if account.reason.way == "libraries":
        verb = "was" if len(account.built) == 1 else "were"
        return f"{len(account.built):,} of {account.libraries:,} libraries {verb} built, since {why}."
    return f"The whole site was built, since {why}."
