"""Text in: YAML and front matter become nodes that know their place.

YAML is read so that text stays as it was written (`3.10`, `no`, `010`) and every key and
value keeps file, line and column. What a value means is decided later, by the declared
type of its field.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from importlib.machinery import PathFinder

from sitegen.findings import Finding, Place, Report
from sitegen.nodes import FORBIDDEN, Mapping, Node, Scalar, Sequence
from sitegen.simple_yaml import read_simple
from sitegen.sources import MAX_BYTES

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "decode", "parse_yaml", "parser_missing", "split_front_matter"]


def parser_missing() -> str:
    """Say what is wrong with the installed PyYAML, or nothing."""
    yaml = PathFinder.find_spec("yaml")
    if yaml is None or PathFinder.find_spec("yaml._yaml", yaml.submodule_search_locations) is None:
        return "PyYAML is installed without libyaml; install a wheel of PyYAML, or libyaml-dev before building it"
    return ""


def decode(data: bytes, file: str, report: Report) -> str | None:
    """Decode UTF-8 text, without byte order mark and with `\\n` at line ends."""
    if len(data) > MAX_BYTES:
        report(Finding("too-large", f"the file has more than {MAX_BYTES:,} bytes", Place(file, 1, 1)))
        return None
    data = data.removeprefix(BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        report(
            Finding(
                "not-utf-8",
                f"byte 0x{data[error.start]:02x} is not UTF-8",
                Place(file, line, column),
                "save the file as UTF-8",
            )
        )
        return None
    text = text.replace("\r\n", "\n")
    bad = FORBIDDEN.search(text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - text.rfind("\n", 0, bad.start())
        hint = "end lines with a line feed" if bad.group() == "\r" else "remove it"
        message = f"character U+{ord(bad.group()):04X} is not allowed in a text"
        report(Finding("bad-character", message, Place(file, line, column), hint))
        return None
    conflict = merge_conflict(text, file)
    if conflict is not None:
        report(conflict)
        return None
    return text


_MARKER = re.compile(r"^(?:<{7}|>{7}|={7}|\|{7})(?: .*)?$", re.MULTILINE)


def merge_conflict(text: str, file: str) -> Finding | None:
    """The first unresolved merge conflict of a text, or what a half-resolved one left, at its first marker.

    A line of `=` or `|` in Markdown is a marker only in front of one of `>`: alone it is a heading or a row.
    """
    alone = "<>=|" if file.endswith(".yaml") else "<>"
    if not any(sign * 7 in text for sign in alone):
        return None
    markers = list(_MARKER.finditer(text))
    ends = [marker for marker in markers if marker.group()[0] in "<>"]
    ends = ends or [marker for marker in markers if marker.group()[0] in alone]
    if not ends:
        return None
    first = ends[0]
    sides = [first.group()[8:]]
    if first.group()[0] == "<":
        sides += [marker.group()[8:] for marker in ends[1:2] if marker.group()[0] == ">"]
    else:
        middle = [marker for marker in markers if marker.start() < first.start()]
        separator = next((marker for marker in reversed(middle) if marker.group() == "======="), first)
        base = [marker for marker in middle if marker.group()[0] == "|" and marker.start() < separator.start()]
        first = base[-1] if base else separator
    named = " / ".join(filter(None, sides))
    place = Place(file, text.count("\n", 0, first.start()) + 1, 1, len(first.group()))
    hint = "keep the lines that are right, and remove the markers"
    return Finding("merge-conflict", "unresolved merge conflict" + (f" ({named})" if named else ""), place, hint)


def parse_yaml(text: str, file: str, report: Report, first_line: int = 1) -> Node | None:
    """Read one YAML document. Returns None for an empty one or after a syntax error."""
    if "\t" in text:
        offset = text.index("\t")
        line = text.count("\n", 0, offset) + first_line
        column = offset - text.rfind("\n", 0, offset)
        report(Finding("yaml-tab", "YAML does not mix with tabs", Place(file, line, column), "use spaces"))
        return None
    simple = read_simple(text, file, first_line)
    if simple is not None:
        return simple
    from sitegen.yaml_events import read_events  # noqa: PLC0415 - slow to load, and many sites are simple throughout

    return read_events(text, file, report, first_line)


def split_front_matter(text: str, file: str, report: Report) -> tuple[Mapping | None, str, int]:
    """Split a page into front matter, body and the line the body begins on."""
    if not text.startswith("---\n"):
        report(
            Finding(
                "no-front-matter", "a page begins with front matter", Place(file, 1, 1), "begin the file with '---'"
            )
        )
        return None, text, 1
    end = re.compile(r"^---[ ]*$", re.MULTILINE).search(text, 4)
    if end is None:
        report(
            Finding(
                "no-front-matter",
                "the front matter has no end",
                Place(file, 1, 1, 3),
                "close it with a line '---'",
            )
        )
        return None, "", 1
    told: list[Finding] = []
    node = parse_yaml(text[4 : end.start()], file, told.append, first_line=2)
    body = text[end.end() + 1 :]
    line = text.count("\n", 0, end.end()) + 2
    for finding in told:
        report(finding)
    if node is None:
        return (None if told else Mapping((), Place(file, 1, 1, 3))), body, line
    if not isinstance(node, Mapping):
        report(Finding("bad-front-matter", "front matter must be a mapping of keys to values", node.place))
        return None, body, line
    return node, body, line
