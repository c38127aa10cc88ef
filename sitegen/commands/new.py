"""`sitegen new`."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from sitegen.commands.exit_codes import FINDINGS, OK, Options, UsageError
from sitegen.commands.inputs import day_of
from sitegen.commands.reporting import report
from sitegen.files.sources import FILE
from sitegen.findings import number_of, sorted_findings

_STARTER = Path(__file__).parents[1] / "starter"
_GITIGNORE = "gitignore"  # its name in the package, where the one with a dot would apply
_TITLE = "title: NAME"


def run(options: Options) -> int:
    """Create a site in a new or empty folder, by default a small one, and print what to do next."""
    folder: Path = options.name
    code = OK
    if folder.exists() and (not folder.is_dir() or any(path.name != ".git" for path in folder.iterdir())):
        problem = "is not empty" if folder.is_dir() else "is a file"
        raise UsageError(f"{folder} {problem}; name a new folder")
    if options.source is None:
        names = sorted(path.relative_to(_STARTER).as_posix() for path in _STARTER.rglob("*") if path.is_file())
        created = f"with {number_of(len(names), 'file')}"
    else:
        from sitegen.commands.import_ import import_folder  # noqa: PLC0415 - needs an extra

        imported, findings = import_folder(options.source, folder, day_of(None))
        code = report(sorted_findings(findings), {}, options)
        if not (folder / FILE).exists():
            return FINDINGS
        names = [_GITIGNORE]
        created = f"from {options.source}, with {number_of(len(imported.files) + 1, 'file')}"
    for name in names:
        text = (_STARTER / name).read_text(encoding="utf-8")
        if name == FILE:
            text = text.replace(_TITLE, f"title: {json.dumps(folder.resolve().name, ensure_ascii=False)}")
        path = folder / (f".{name}" if name == _GITIGNORE else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    if not options.quiet:
        print(f"Created {folder}/ {created}. Next:\n\n{_next_steps(folder)}")
    return code


def _next_steps(folder: Path) -> str:
    enter = "" if folder.resolve() == Path.cwd() else f"  cd {shlex.quote(str(folder))}\n"
    return f"""{enter}\
  sitegen build         write the pages to output/
  sitegen serve --open  preview them while you edit content/
  sitegen check         report all problems"""
