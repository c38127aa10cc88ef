"""The examples in docs/rules.md, each as a site."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from tests.support.sites import ROOT, tiny

DOCUMENT = ROOT / "docs/rules.md"


class Example(NamedTuple):
    """The wrong and the right text of a rule, in YAML or Markdown, and the output for the wrong one."""

    code: str
    language: str
    wrong: str
    output: str
    right: str


@cache
def examples() -> dict[str, Example]:
    """The examples by the codes of their rules."""
    text = DOCUMENT.read_text(encoding="utf-8")
    pattern = re.compile(
        r"^## `(?P<code>[\w-]+)`\n(?:(?!^## ).*\n)*?^```(?P<language>\w+) wrong\n(?P<wrong>(?:.*\n)*?)```\n\n"
        r"```text\n(?P<output>(?:.*\n)*?)```\n(?:.*\n)*?```\w+ right\n(?P<right>(?:.*\n)*?)```$",
        re.MULTILINE,
    )
    return {match["code"]: Example(**match.groupdict()) for match in pattern.finditer(text)}


def site_of(example: Example, text: str) -> dict[str, bytes]:
    """A site with the wrong or the right text of an example."""
    base = re.search(r"^```yaml base\n((?:.*\n)*?)```$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert base
    facts = text if example.language == "yaml" else base[1]
    datasets = re.findall(r"^(\w+):\n  fields: \{(.*)\}$", facts, re.MULTILINE)
    names = re.findall(r"^  (\w+):$", facts.partition("\ntables:")[2], re.MULTILINE) or [name for name, _ in datasets]
    tables = "tables:\n"
    for name, fields in datasets:
        columns = "".join(
            f"      - {{header: {field.title()}, field: {field}}}\n" for field in re.findall(r"(\w+): ", fields)
        )
        tables += f"  {name}:\n    caption: All\n    from: {name}\n    columns:\n{columns}"
    slots = "".join(f"<< tables.{name} >>\n\n" for name in names)
    texts = tiny(facts, slots)
    if "\ntables:" not in facts:
        texts["content/tables.yaml"] = tables.encode()
    if example.language == "markdown":
        texts["content/page.md"] = text.encode()
    return texts
