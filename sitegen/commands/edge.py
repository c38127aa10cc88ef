"""What every command needs of the world: its options, the day and the sources."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sitegen.commands.building import day_by_clock, require_settings
from sitegen.commands.outcome import Options, UsageError
from sitegen.facts.values import exact_day, looks_like_day
from sitegen.files.sources import read_texts, templates_folder
from sitegen.findings import did_you_mean
from sitegen.formats import DIALECTS
from sitegen.site.loading import Site, Texts, load_site
from sitegen.source.nodes import parser_missing

# --- loading -------------------------------------------------------------------------


def dialects(only: Sequence[str] | None) -> tuple[str, ...]:
    """The dialects that `--only` names, or all of them. Raises UsageError."""
    for name in only or ():
        if name not in DIALECTS:
            raise UsageError(f"there is no dialect '{name}'; {did_you_mean(name, DIALECTS)}")
    return tuple(name for name in DIALECTS if not only or name in only)


def day_of(as_of: str | None) -> date:
    """The day to speak of: `--as-of`, else `SOURCE_DATE_EPOCH`, else today in UTC. Raises UsageError."""
    if as_of is not None:
        day = exact_day(as_of)
        if day is None and looks_like_day(as_of):
            raise UsageError(f"--as-of: the day {as_of} does not exist")
        if day is None:
            raise UsageError(f"--as-of takes a day such as 2026-04-01, not '{as_of}'")
        return day
    try:
        return date.fromisoformat(day_by_clock())
    except (ValueError, OverflowError, OSError):
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        raise UsageError(f"SOURCE_DATE_EPOCH is a number of seconds, not '{epoch}'") from None


def load(options: Options) -> tuple[Site, Texts, date]:
    """Load the site at `--root`. Raises UsageError and OSError."""
    texts, day = read(options)
    return load_site(texts), texts, day


def read(options: Options) -> tuple[Texts, date]:
    """The sources of the site at `--root`, and the day. Raises UsageError and OSError."""
    require_site(options.root)
    day = day_of(options.as_of)
    return read_texts(options.root, templates_folder()), day


def require_site(root: Path) -> None:
    """Raise UsageError where there is no site, or nothing to read it with."""
    missing = parser_missing()
    if missing:
        raise UsageError(missing)
    require_settings(root)
