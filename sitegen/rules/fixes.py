"""Writing what certainly mends findings into the sources."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from sitegen.findings import Edit, Finding


def mended(texts: Mapping[str, bytes], findings: Iterable[Finding]) -> tuple[dict[str, bytes], list[Finding]]:
    """The files that fixes change, as they are then, and the findings that this mends.

    Fixes that touch the same text are made one at a time: the rest is for the next run.
    """
    taken: dict[str, list[Edit]] = {}
    done = []
    for finding in findings:
        edits = finding.fix.edits if finding.fix else ()
        if edits and not any(_touch(edit, other) for edit in edits for other in taken.get(edit.file, ())):
            done.append(finding)
            for edit in edits:
                taken.setdefault(edit.file, []).append(edit)
    return {file: _edited(texts[file], edits) for file, edits in taken.items()}, done


def _touch(one: Edit, other: Edit) -> bool:
    return one.start < other.end and other.start < one.end


def _edited(data: bytes, edits: list[Edit]) -> bytes:
    text = data.decode("utf-8")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    lines = text.removeprefix(mark).split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    body = text.removeprefix(mark)
    ending = "\r\n" if "\r\n" in body else "\n"
    for edit in sorted(edits, reverse=True):
        start = min(starts[edit.start[0] - 1] + edit.start[1] - 1, len(body))
        end = min(starts[edit.end[0] - 1] + edit.end[1] - 1, len(body))
        if ending == "\r\n" and body[end - 1 : end + 1] == "\r\n" and edit.end[1] > 1:
            end -= 1
        body = body[:start] + edit.text.replace("\n", ending) + body[end:]
    return (mark + body).encode()


def write(root: Path, files: Mapping[str, bytes]) -> None:
    """Replace files below a folder, each as a whole. Raises OSError."""
    for name, data in files.items():
        path = (root / name).resolve()
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(beside).chmod(path.stat().st_mode & 0o777)
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
