"""Regions: parts of files written by hand that show a partial, between two comments.

    <!-- sitegen begin web/java/features [1f0c2a9b:5d41402abc4b2a76b9719d91] -->

    | Feature | Since |
    ...

    <!-- sitegen end -->

The mark in the first comment is like that of generated files (`ownership`): its tag identifies the site, and its digest
shows whether somebody has edited the region. The rest of the file is kept byte by byte.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from posixpath import normpath
from typing import NamedTuple

from sitegen.files.ownership import Mark, digest_of, tag_of
from sitegen.files.sources import MAX_BYTES, RegionPath, is_source
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.formats import FORMATS
from sitegen.frozen import frozen
from sitegen.markdown.scanner import with_fences
from sitegen.site.settings import Settings
from sitegen.source.nodes import decode

Texts = ReadOnly[tuple[str, str], str]
"""What regions show, by format and name of the partial."""

_ANY = re.compile(rb"sitegen\s+(?:begin|end)\b", re.IGNORECASE)
_BEGIN = re.compile(r"(\S+?)(?:\s+\[([0-9a-f]{8}):([0-9a-f]{24})\])?")
_RST_CODE = re.compile(r"\.\. +(?:code|code-block|sourcecode|parsed-literal|highlight)::.*|(?!\.\. ).*::")


class Region(NamedTuple):
    """A region: the name of its partial, the lines of its comments, from 0, its mark, and what it contains."""

    name: str
    first: int
    last: int
    mark: Mark | None
    content: str


@frozen
class RegionFile:
    """A file with its regions, and the problems of their comments."""

    path: RegionPath
    data: bytes
    regions: tuple[Region, ...]
    findings: tuple[Finding, ...]


class Refreshed(NamedTuple):
    """A file with its new content. `line` is the first that differs; a region that was edited is `overwritten`."""

    path: RegionPath
    before: bytes
    after: bytes
    line: int = 1
    is_overwritten: bool = False


# --- reading -------------------------------------------------------------------------


def read_regions(path: RegionPath, data: bytes) -> RegionFile:
    """The regions of a file. A file without comments of regions may contain any bytes; a large one is not searched."""
    findings: list[Finding] = []
    has_comment = bool(_ANY.search(data))
    text = decode(data, path.name, findings.append) if has_comment or len(data) > MAX_BYTES else None
    if not has_comment:
        hint = "if it has regions, move them to another file"
        findings = [replace(finding, severity="warning", hint=hint) for finding in findings]
    regions = () if text is None else tuple(_regions(path, text.split("\n"), findings.append))
    return RegionFile(path, data, regions, tuple(findings))


def _regions(path: RegionPath, lines: list[str], report: Report) -> Iterator[Region]:
    def problem(line: int, message: str, hint: str) -> None:
        place = Place(path.name, line + 1, len(lines[line]) - len(lines[line].lstrip()) + 1, len(lines[line].strip()))
        report(Finding("bad-region", message, place, hint))

    opening, closing = FORMATS[path.format].comment
    hint = f"write {opening}sitegen begin PARTIAL{closing}"
    begin: tuple[int, re.Match[str] | None] | None = None
    for line, is_begin, text in [*_comments(path.format, lines, problem), (len(lines), True, None)]:
        if begin is not None and is_begin:
            problem(begin[0], "this region has no end", f"write {opening}sitegen end{closing} below it")
        if is_begin:
            begin = (line, _BEGIN.fullmatch(text or ""))
            if begin[1] is None and text is not None:
                problem(line, "a region must name one partial", hint)
            continue
        if begin is None:
            problem(line, "no region begins above", f"{hint} above, or remove this end")
        elif (found := begin[1]) is not None:
            mark = Mark(found[2], found[3]) if found[2] else None
            yield Region(found[1], begin[0], line, mark, "\n".join(lines[begin[0] + 1 : line]).strip())
        begin = None


def _comments(
    format_name: str, lines: list[str], problem: Callable[[int, str, str], None]
) -> Iterator[tuple[int, bool, str | None]]:
    """The comments of regions: the line, whether one begins there, and what follows, unless there is a problem.

    Comments in code are text.
    """
    opening, closing = (part.strip() for part in FORMATS[format_name].comment)
    start, space = ("[^`]*?", r"\s*") if closing else (r"[\s*+-]*", r"\s+")
    comment = re.compile(rf"({start}){re.escape(opening)}{space}sitegen\s+(begin|end)\b(.*)", re.IGNORECASE)
    found = {line: match for line, text in enumerate(lines) if (match := comment.fullmatch(text))}
    code = _in_fences(lines) if found and closing else {line for line in found if _is_rst_code(lines, line)}
    for line in sorted(found.keys() - code):
        before, word, text = found[line].groups()
        text, ending, after = text.partition(closing) if closing else (text, "", "")
        found_problem: tuple[str, str] | None = None
        if before:
            found_problem = "this comment must be at the start of a line", "to show it as text, write it as code"
        elif ending != closing or after.strip():
            how = f"end it with {closing}" if ending != closing else "write the rest on another line"
            found_problem = "this comment must be alone on its line", how
        elif opening[0] not in "<{" and line and lines[line - 1].strip():
            found_problem = "the line above is not empty, so this is not a comment", "add an empty line above"
        elif not closing:
            found_problem = _below(lines[line + 1 :])
        if found_problem is not None:
            problem(line, *found_problem)
        yield line, word.lower() == "begin", None if found_problem else text.strip()


def _below(lines: Sequence[str]) -> tuple[str, str] | None:
    """The problem of the lines below a comment in reStructuredText, with a hint."""
    if lines and lines[0].strip():
        return "the line below is not empty, so it belongs to this comment", "add an empty line below"
    if next(filter(str.strip, lines), "")[:1].isspace():
        return "the indented lines below belong to this comment", "add the line '..' and an empty line below"
    return None


def _in_fences(lines: Sequence[str]) -> set[int]:
    """The lines between fences. Code that is not closed may end with a list, so it does not count."""
    blocks = [(start, end) for start, end, fence in with_fences([*lines, ""]) if fence and end <= len(lines)]
    return {number for start, end in blocks for number in range(start, end)}


def _is_rst_code(lines: Sequence[str], number: int) -> bool:
    """Whether a line is below `::` or in a directive for code."""
    indent = len(lines[number]) - len(lines[number].lstrip())
    for line in reversed(lines[:number]):
        own = len(line) - len(line.lstrip())
        if line.strip() and own < indent:
            if _RST_CODE.fullmatch(line.strip()):
                return True
            indent = own
    return False


def setting_problems(settings: Settings, formats: Collection[str], files: Sequence[RegionFile]) -> list[Finding]:
    """The problems of the setting `regions`, in some formats: paths without regions, and files of two formats."""
    problems: list[Finding] = []
    format_of: dict[str, str] = {}
    for name, setting in settings.regions:
        found = [file for file in files if (file.path.format, file.path.setting) == (name, setting.text)]
        opening, closing = FORMATS[name].comment
        message, hint = "", f"write {opening}sitegen begin PARTIAL{closing} and, below, {opening}sitegen end{closing}"
        if is_source(normpath(setting.text)):
            message, hint = f"'{setting.text}' is a source of the site", "show the partial on the page"
        elif not found:
            message = f"there is no file '{setting.text}'"
            hint = "write a path relative to the folder of the site; generated files cannot have regions"
        elif not any(file.regions or file.findings for file in found):
            message = f"'{setting.text}' has no region in the format '{name}'"
        if message and name in formats:
            problems.append(Finding("no-region", message, setting.place, hint))
        for file in found:
            if file.regions and format_of.setdefault(file.path.name, name) != name:
                message = f"'{file.path.name}' has two formats: '{format_of[file.path.name]}' and '{name}'"
                problems.append(Finding("bad-region", message, setting.place, "list it under one format only"))
    return problems


# --- writing -------------------------------------------------------------------------


def refresh(
    file: RegionFile, texts: Texts, names: Callable[[], Collection[str]], title: str, report: Report, *, force: bool
) -> Refreshed:
    """A file whose regions show `texts`. Reports regions that cannot be refreshed; with `force`, edits are overwritten.

    `names` returns those of all partials, and `title` is that of the site. The regions of other sites are kept.
    """
    for finding in file.findings:
        report(finding)
    tag = tag_of(title, "regions")
    lines = file.data.split(b"\n")
    shown: dict[str, int] = {}
    changed: list[int] = []
    is_overwritten, moved = False, 0
    for region in file.regions:
        place, text = Place(file.path.name, region.first + 1, 1), texts.get((file.path.format, region.name))
        if text is None:
            if region.mark is None or region.mark.tag == tag:
                hint = did_you_mean(region.name, names())
                report(Finding("unknown-partial", f"there is no partial '{region.name}'", place, hint))
            continue
        if not text:
            message, hint = f"the partial '{region.name}' has no rows, so this region is empty", "remove the region"
            report(Finding("empty-region", message, place, hint, severity="warning"))
        if region.name in shown and re.search(r"^\.\. [\[|]", text, re.MULTILINE):
            message = f"this region and the one in line {shown[region.name]} would define the same footnotes or links"
            report(Finding("bad-region", message, place, "remove one of them"))
        if problem := _edit(region, text, tag):
            is_overwritten = True
            if not force:
                report(Finding("edited-region", problem[0], place, problem[1]))
        shown.setdefault(region.name, place.line)
        first, last = region.first + moved, region.last + moved
        new = _lines(region.name, text, tag, file.path.format, lines[first])
        if new != lines[first:last]:
            lines[first:last] = new
            moved += len(new) - (last - first)
            changed.append(place.line)
    return Refreshed(file.path, file.data, b"\n".join(lines), min(changed, default=1), is_overwritten)


def _edit(region: Region, text: str, tag: str) -> tuple[str, str] | None:
    """Why a region must not be overwritten, if it must not, with a hint."""
    hint = "move the edit into the facts, then empty the region, or overwrite it with --force"
    is_other = region.mark is not None and region.mark.tag != tag
    if not region.content or (region.content == text and not is_other):
        return None
    if is_other:
        hint = "rename the partial; if you changed the title of the site, build with --force"
        return "another site has written this region", hint
    if region.mark is None:
        return "this region contains text that sitegen did not write", hint
    edited = region.mark.digest != digest_of(region.content.encode())
    return ("this region was edited by hand since sitegen wrote it", hint) if edited else None


def _lines(name: str, text: str, tag: str, format_name: str, before: bytes) -> list[bytes]:
    """The lines of a region without its end, with the byte order mark and the line ending of its first line."""
    opening, closing = FORMATS[format_name].comment
    begin = f"{opening}sitegen begin {name} [{Mark(tag, digest_of(text.encode()))}]{closing}"
    ending = b"\r" * before.endswith(b"\r")
    lines = [line.encode() + ending for line in (begin, "", *((*text.split("\n"), "") if text else ()))]
    return [BOM_UTF8 * before.startswith(BOM_UTF8) + lines[0], *lines[1:]]
