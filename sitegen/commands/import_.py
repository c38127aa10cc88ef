"""`sitegen import`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sitegen.build import Progress
from sitegen.commands.exit_codes import Options, UsageError
from sitegen.commands.inputs import day_of
from sitegen.commands.progress import ProgressBar
from sitegen.commands.reporting import report
from sitegen.files.atomic import replace_file
from sitegen.files.sources import FILE, MAX_BYTES, all_files, read_source, templates_folder
from sitegen.findings import Finding, Place, number_of, sorted_findings
from sitegen.source.nodes import FORBIDDEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sitegen.importing import Imported
    from sitegen.importing.model import SourceFile

_EXTRAS = ("docutils", "html5lib", "markdownify")  # for reStructuredText and HTML
_PACKAGES = ("node_modules", "venv")
_OUTPUTS = ("public", "site", "build", "dist")  # what other programs write, if there is an index.html


def run(options: Options) -> int:
    """Import files into a new site, and report what became of them."""
    day, folder = day_of(options.as_of), options.output
    if options.base and not re.fullmatch(r"(?:https?://[^/\s]+)?/(?:\S*/)?", options.base):
        raise UsageError(f"--base: '{options.base}' is not an address of a folder, such as /docs/")
    findings: list[Finding] = []
    with ProgressBar(options) as progress:
        sources, imported = _imported(options.files, day, progress, findings, options.base)
    if not options.dry_run:
        _check_free(folder, imported, force=options.force)
    more = {"import": {**imported.numbers._asdict(), "fields": [*_fields(imported)]}}
    code = report(sorted_findings(findings), sources, options, more)
    is_written = not options.dry_run and _is_site(imported, findings)
    if is_written:
        _write(folder, imported)
    if options.format == "text" and not options.quiet:
        print(_summary(imported, folder, written=is_written))
    return code


def import_folder(source: Path, site: Path, day: date) -> tuple[Imported, list[Finding]]:
    """Import a folder into a new site, and write it unless there are errors. Raises UsageError and OSError."""
    findings: list[Finding] = []
    _, imported = _imported([str(source)], day, Progress(), findings)
    _check_free(site, imported, force=False)
    if _is_site(imported, findings):
        _write(site, imported)
    return imported, findings


def _imported(
    arguments: Sequence[str], day: date, progress: Progress, findings: list[Finding], base: str = ""
) -> tuple[Mapping[str, bytes], Imported]:
    """The sources of an import, and what became of them. Raises UsageError and OSError."""
    from sitegen.importing import import_site  # noqa: PLC0415 - slow to import

    sources = [*_sources(arguments, findings)]
    if not sources and not findings:
        raise UsageError(f"no files to import; known formats: {', '.join(_suffixes())}")
    try:
        imported = import_site(sources, day, _templates(), progress, base)
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        message = f"missing packages: {error.name}; run: pip install 'sitegen-facts[import]'"
        raise UsageError(message) from error
    findings += imported.findings
    if not imported.files:
        findings[:] = [replace(found, severity="error") for found in findings]
    return {source.name: source.text.encode() for source in sources}, imported


def _is_site(imported: Imported, findings: Sequence[Finding]) -> bool:
    """Whether there are no errors but those of single files, without which the others are a site."""
    errors = (finding.code for finding in findings if finding.severity == "error")
    return bool(imported.files) and all(code == "import-lost" for code in errors)


def _write(folder: Path, imported: Imported) -> None:
    for name, text in imported.files.items():
        replace_file(folder / name, text.encode())


def _suffixes() -> tuple[str, ...]:
    from sitegen.importing.kinds import SUFFIXES  # noqa: PLC0415 - slow to import

    return SUFFIXES


def _templates() -> dict[str, bytes]:
    """The templates that a site without any of its own uses."""
    folder = templates_folder()
    return {name: read_source(path) for name, path in all_files(folder / "partials", folder).items() if "/" in name}


# --- sources -------------------------------------------------------------------------


def _sources(arguments: Sequence[str], findings: list[Finding]) -> Iterator[SourceFile]:
    """The files that arguments name: FILE, FOLDER, FILE@DATE, PAGE=FILE@DATE. Raises UsageError and OSError."""
    from sitegen.importing.model import SourceFile  # noqa: PLC0415 - slow to import

    named: list[tuple[str, Path, date | None]] = []
    for argument in arguments:
        page, path, since = _parsed(argument)
        if path.is_dir():
            named += [(_page_of(file.relative_to(path)), file, since) for file in _files_below(path, findings)]
        else:
            named.append((page, path, since))
    taken: set[tuple[str, date | None]] = set()
    for page, path, since in named:
        text = _read(path, findings)
        name = _portable(page or _page_of_file(path, since, named), path, findings)
        name += f"-{path.suffix[1:].lower()}" if (name, since) in taken else ""
        if (name, since) in taken:
            raise UsageError(
                f"{path}: the page {name} has another source; write PAGE=FILE, or name the folder above both"
            )
        taken.add((name, since))
        if text is not None:
            yield SourceFile(path.as_posix(), text, name, since, _tables_of(path, text, findings))


def _tables_of(path: Path, text: str, findings: list[Finding]) -> dict[str, str]:
    """The CSV files that a page in reStructuredText names and that exist, by these names."""
    names = re.findall(r"^\s+:file:\s*(\S+)\s*$", text, re.MULTILINE) if path.suffix == ".rst" else []
    texts = {name: _read(path.parent / name, findings) for name in names if (path.parent / name).is_file()}
    return {name: text for name, text in texts.items() if text is not None}


def _parsed(argument: str) -> tuple[str, Path, date | None]:
    page, path, since = "", argument, None
    if not Path(path).exists() and (found := re.fullmatch(r"(.+)@(\d{4}-\d\d-\d\d)", path)):
        path, since = found[1], day_of(found[2])
    if not Path(path).exists() and "=" in path:
        page, _, path = path.partition("=")
        if re.fullmatch(r"(?:[\w.-]+/)*[\w.-]+", page) is None or ".." in page.split("/"):
            raise UsageError(f"'{page}' is not the path of a page, such as aap/python")
    if not Path(path).exists():
        raise UsageError(f"{path} does not exist; write FILE, FOLDER, FILE@DATE or PAGE=FILE@DATE")
    return page, Path(path), since


def _portable(page: str, path: Path, findings: list[Finding]) -> str:
    """The path of a page with names that all systems and servers accept. Reports one that changes."""
    parts = [re.sub(r"[^A-Za-z0-9._-]+", "-", part).strip("-") or "page" for part in page.split("/")]
    if parts != page.split("/"):
        message = f"the path of the page, '{page}', is now '{'/'.join(parts)}'"
        findings.append(Finding("import-changed", message, Place(path.as_posix(), 1, 1), severity="notice"))
    return "/".join(parts)


def _files_below(folder: Path, findings: list[Finding]) -> Iterator[Path]:
    """The files of known formats in a folder, in order. Reports folders that other programs write."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink() or path.name in _PACKAGES:
            continue
        is_site = (path / FILE).exists()
        if is_site or (path.is_dir() and path.name in _OUTPUTS and (path / "index.html").exists()):
            what = "a site of sitegen" if is_site else "the output of a program"
            message = f"the folder '{path.as_posix()}' is not imported, since it is {what}"
            place = Place(path.as_posix(), 1, 1)
            findings.append(Finding("import-lost", message, place, "to import it, name it", severity="notice"))
        elif path.is_dir():
            yield from _files_below(path, findings)
        elif path.is_file() and path.suffix.lower() in _suffixes() and path.suffix != ".txt":
            yield path


def _page_of(path: Path) -> str:
    """The path of the page of a file in a folder."""
    parts = path.with_suffix("").parts
    return "/".join(parts[1:] if parts[0] == "content" and len(parts) > 1 else parts)


def _page_of_file(path: Path, since: date | None, named: list[tuple[str, Path, date | None]]) -> str:
    """The path of the page of a file: its name, with the folders that distinguish it from others of the same day."""
    same = [other.with_suffix("").parts for page, other, day in named if not page and day == since and other != path]
    parts = path.with_suffix("").parts
    lengths = (n for n in range(1, len(parts)) if all(other[-n:] != parts[-n:] or other == parts for other in same))
    return "/".join(parts[-next(lengths, 1) :])


def _read(path: Path, findings: list[Finding]) -> str | None:
    """The text of a file. Reports one that is not a text, and returns None."""
    data = path.read_bytes()
    problem = f"it has more than {MAX_BYTES:,} bytes" if len(data) > MAX_BYTES else ""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        text, problem = "", "it is not UTF-8"
    if problem:
        place = Place(path.as_posix(), 1, 1)
        findings.append(Finding("import-lost", f"this file is not imported: {problem}", place, severity="warning"))
        return None
    if (found := FORBIDDEN.search(text)) is not None:
        line = text.count("\n", 0, found.start()) + 1
        place = Place(path.as_posix(), line, found.start() - text.rfind("\n", 0, found.start()))
        message = "control characters are omitted, which no document can contain"
        findings.append(Finding("import-changed", message, place, severity="notice"))
    return FORBIDDEN.sub("", text)


def _check_free(folder: Path, imported: Imported, *, force: bool) -> None:
    """Raise UsageError if files of the new site exist."""
    if force:
        return
    if (folder / FILE).exists():
        raise UsageError(f"{folder} is a site already; name another folder, or add --force to overwrite its files")
    taken = [name for name in imported.files if (folder / name).exists()]
    if taken:
        raise UsageError(f"{folder / taken[0]} exists already; name another folder, or add --force to overwrite it")


# --- the report ----------------------------------------------------------------------


def _fields(imported: Imported) -> Iterator[dict[str, object]]:
    for dataset in imported.datasets:
        for field in dataset.fields:
            yield {"dataset": dataset.name, "field": field.name, "header": field.header, "type": field.first.type,
                   "tables": len(field.plans), "verbatim": sum(p.verbatim for p in field.plans.values())}  # fmt: skip


def _summary(imported: Imported, folder: Path, *, written: bool) -> str:
    lines = []
    for dataset in imported.datasets:
        lines.append(f"{dataset.name} ({number_of(len(dataset.grids), 'table')})")
        width = max(len(field.name) for field in dataset.fields)
        for field in dataset.fields:
            odd = sum(plan.verbatim for plan in field.plans.values())
            more = f", {number_of(odd, 'cell')} verbatim" if odd else ""
            scheme = f", scheme {field.first.scheme}" if field.first.scheme else ""
            lines.append(f"  {field.name:{width}}  {field.first.type}{scheme}{more}")
    pages, tables, raw, cells, proven, typed = imported.numbers
    lines.append(
        f"{number_of(pages, 'page')}, {number_of(tables, 'table')}: {tables - raw} as facts, {raw} kept as they are."
    )
    lines.append(f"{proven} of {number_of(cells, 'cell')} match the original; {typed} are typed.")
    lines.append(f"{number_of(len(imported.files), 'file')} {'written to' if written else 'for'} {folder}.")
    return "\n".join(lines)
