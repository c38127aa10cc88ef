"""What commands read before they begin: the date, the sources, the loaded site."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sitegen.commands.exit_codes import Options, UsageError
from sitegen.commands.request import day_text, require_settings
from sitegen.files.sources import FILE, read_texts, templates_folder
from sitegen.findings import did_you_mean
from sitegen.formats import FORMATS
from sitegen.site.loading import Site, Texts, load_site, settings_of
from sitegen.source.nodes import parser_missing


def chosen_formats(only: Sequence[str] | None, texts: Texts) -> tuple[str, ...]:
    """The formats that `--only` names, or all that the site publishes. Raises UsageError."""
    published = settings_of(texts).formats
    for name in only or ():
        if name not in FORMATS:
            raise UsageError(f"--only: unknown format '{name}'; {did_you_mean(name, FORMATS)}")
        if name not in published:
            raise UsageError(f"--only: the site does not publish '{name}'; add it to 'formats' in {FILE}")
    return tuple(name for name in published if not only or name in only)


def day_of(as_of: str | None) -> date:
    """The date of a command: that of `--as-of`, of SOURCE_DATE_EPOCH, or today in UTC. Raises UsageError."""
    day = day_text(as_of)
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise UsageError(f"--as-of: the date {day} does not exist") from None


def load(options: Options) -> tuple[Site, Texts, date]:
    """Load the site at `--root`. Returns it with its sources and the date. Raises UsageError and OSError."""
    texts, day = read(options)
    return load_site(texts), texts, day


def read(options: Options) -> tuple[Texts, date]:
    """The sources of the site at `--root`, and the date. Raises UsageError and OSError."""
    require_site(options.root)
    day = day_of(options.as_of)
    return read_texts(options.root, templates_folder()), day


def require_site(root: Path) -> None:
    """Raise UsageError if a folder is not a site, or if the YAML parser is not installed."""
    missing = parser_missing()
    if missing:
        raise UsageError(missing)
    require_settings(root)


def documentation() -> dict[str, str]:
    """The documents whose descriptions are also in SARIF and in schemas, by file name. Raises OSError."""
    folder = templates_folder() / "docs"
    names = ("facts.md", "findings.md", "formats.md", "tables.md")
    return {name: (folder / name).read_text(encoding="utf-8") for name in names}
