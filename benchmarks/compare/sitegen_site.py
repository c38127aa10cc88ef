"""The workload as a sitegen site: a file of facts for each library, shared tables, one page file for all."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.compare.peer import Command
from benchmarks.compare.prose import TITLE
from benchmarks.compare.workload import (
    FIELDS,
    LEVELS,
    TABLES,
    Column,
    Library,
    Product,
    Table,
    Workload,
    markdown,
    noted,
)
from sitegen import __version__

ROOT = Path(__file__).resolve().parents[2]
DAY = "2026-11-20"
NOTATION = {
    "library": "<< library.name >>",
    "product": "<< product.name >>",
    "package": "<< library.package >>",
}
TYPES = {
    "guide": "link",
    "site": "link",
    "since": "version",
    "agent": "version",
    "accepts": "versions",
    "branch": "versions",
    "level": "stage",
}
# These tables are also partials, in formats that have partials.
PARTIALS = {"capabilities": "<< product.id >>/<< library.id >>", "runtimes": "<< library.id >>"}
STAGES = {label: stage for stage, label in LEVELS.items()}


class Sitegen:
    """sitegen from this repository, with all checks of a build."""

    contents = True
    same_as = ""

    def __init__(self, formats: tuple[str, ...]) -> None:
        self.formats = formats
        self.name = "sitegen" if formats else "sitegen-all"
        self.label = "sitegen" if formats else "sitegen, all formats"

    def version(self) -> str:
        """The versions of sitegen and Python."""
        return f"{__version__}, Python {sys.version.split()[0]}"

    def facts(self, load: Workload, library: Library) -> tuple[str, str]:
        """The file with the facts of a library."""
        lines = [f"library: {library.id}"]
        for table in TABLES:
            lines += ["", f"{table.id}:", "  records:"]
            for record in load.records(library, table):
                fields = ", ".join(f"{name}: {_scalar(name, value)}" for name, value in record.items())
                lines.append(f"    {_record_id(record)}: {{{fields}}}")
        return f"content/libraries/{library.id}.yaml", "\n".join(lines) + "\n"

    def page(self, load: Workload) -> tuple[str, str]:
        """The page file."""
        slots = {t.id: f"<< {'partials' if t.id in PARTIALS else 'tables'}.{t.id} >>" for t in TABLES}
        body = markdown({**NOTATION, "sentence": load.sentence}, slots)
        return "content/page.md", f"---\ntitle: {noted(TITLE, NOTATION)}\n---\n{body}"

    def others(self, load: Workload) -> Mapping[str, str]:
        """The settings, the products and libraries, the fields of all datasets, the tables."""
        libraries = "".join(
            f'    {library.id}: {{name: "{library.name}", package: {library.package}}}\n' for library in load.libraries
        )
        products = "".join(f"    {product.id}: {{name: {product.name}}}\n" for product in load.products)
        roles = (
            f"products:\n  fields: {{name: text}}\n  records:\n{products}\n"
            f"libraries:\n  fields: {{name: text, package: text}}\n  records:\n{libraries}"
        )
        return {
            "sitegen.yaml": SETTINGS,
            "content/roles.yaml": roles,
            "content/datasets.yaml": "\n".join(map(_dataset, TABLES)),
            "content/tables.yaml": "tables:\n" + "\n".join(map(_table, TABLES)),
        }

    def command(self, site: Path, output: Path) -> Command:
        """The command `sitegen build`, which prints one line."""
        arguments = [sys.executable, "-m", "sitegen", "build", "--root", str(site), "-o", str(output), "--as-of", DAY]
        for format_name in self.formats:
            arguments += ["--only", format_name]
        # With this variable, Python would compile all modules in each build; an installation contains compiled modules.
        environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
        return Command((*arguments, "-q", "--strict"), environment)

    def published(self, library: Library, product: Product) -> str:
        """The path of a page of the HTML site."""
        return f"html/{library.id}/{product.id}/index.html"


SETTINGS = """\
title: Compatibility
base-url: https://docs.example.com
pages:
  html: html/<< library.id >>/<< product.id >>/index.html
partials:
""" + "".join(
    f"  {id_}: {{path: {path}/{id_}, tables: [{id_}]{'' if 'product' in path else ', each: library'}}}\n"
    for id_, path in PARTIALS.items()
)


def _record_id(record: Mapping[str, str]) -> str:
    name = record["name"] if "name" in record else f"v{record['branch'][2:].partition(',')[0]}"
    return re.sub("[^a-z0-9]+", "-", name.lower())


def _scalar(field: str, value: str) -> str:
    text = STAGES[value] if field == "level" else value
    return f'"{text}"' if re.search("[,>:{}]", text) else text


def _dataset(table: Table) -> str:
    fields = ", ".join(f"{name}: {TYPES.get(name, 'text')}" for name in FIELDS[table.id])
    return f"{table.id}:\n  fields: {{{fields}}}\n"


def _table(table: Table) -> str:
    columns = "".join(f"      - {{{_column(column)}}}\n" for column in table.columns)
    return (
        f"  {table.id}:\n    caption: {noted(table.caption, NOTATION)}\n    from: {table.id}\n    columns:\n{columns}"
    )


def _column(column: Column) -> str:
    keys = {"header": noted(column.header, NOTATION), "field": column.field}
    if column.kind == "code":
        keys["code"] = "yes"
    if column.target:
        keys["link"] = column.target
    return ", ".join(f"{key}: {value}" for key, value in keys.items())
