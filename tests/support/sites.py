"""Sites for tests: this repository's own, and small ones made of texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path

from sitegen.build.causes import check
from sitegen.build.project import Layout, Project
from sitegen.documents.documents import Document
from sitegen.files.sources import read_texts
from sitegen.findings import Finding
from sitegen.formats import USUAL
from sitegen.package_indexes.releases import Published, read_lock
from sitegen.rules import ALL, Group
from sitegen.site import combine as sites
from sitegen.site.combine import Build, writers_of
from sitegen.site.loading import Site, load_site

ROOT = Path(__file__).resolve().parents[2]
OWN_LOCK = ROOT / "content/locks/pypi/ddtrace.json"

# The dates of the published pages that this site reproduces, and a later one.
DAYS = ("2023-03-15", "2023-09-20", "2025-07-01", "2026-04-01", "2026-11-20")


@cache
def own_texts() -> Mapping[str, bytes]:
    """The sources of this repository's site."""
    return read_texts(ROOT, ROOT)


@cache
def own_site() -> Site:
    """This repository's site, loaded once."""
    return load(own_texts())


def own_lock() -> Published:
    """The lock of the site of this repository."""
    return read_lock(OWN_LOCK.read_bytes())


@cache
def own_build(day: str) -> Build:
    """The site of this repository as of a date, in every format."""
    return build(own_site(), day)


@cache
def example_texts() -> Mapping[str, bytes]:
    """The sources of the site in `examples/tracers`."""
    return read_texts(ROOT / "examples/tracers", ROOT)


@cache
def example_site() -> Site:
    """The site in `examples/tracers`, loaded once."""
    return load(example_texts())


@cache
def example_build(day: str) -> Build:
    """The site in `examples/tracers` as of a date, in every format."""
    return build(example_site(), day)


def load(texts: Mapping[str, bytes]) -> Site:
    """Load a site."""
    return load_site(texts)


def build(site: Site, day: str) -> Build:
    """Build a loaded site in every format."""
    return build_site(site, date.fromisoformat(day), USUAL)


def build_site(site: Site, day: date, formats: tuple[str, ...]) -> Build:
    """Build a loaded site in some formats: documents, partials and files."""
    made = sites.build_site(site, day, formats, writers_of(site, formats))
    return replace(made, documents=_Documents(lambda: sites.build_site(site, day, formats).documents))


class _Documents(Mapping[str, Document]):
    """Documents that are made when a test first reads them."""

    def __init__(self, make: Callable[[], Mapping[str, Document]]) -> None:
        self._make = make

    @cached_property
    def _documents(self) -> Mapping[str, Document]:
        return self._make()

    def __getitem__(self, path: str) -> Document:
        return self._documents[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)


def checked(
    texts: Mapping[str, bytes],
    day: date,
    groups: tuple[Group, ...] = ALL,
    formats: tuple[str, ...] = ("hugo", "markdoc"),
) -> list[Finding]:
    """The findings of a site, with some groups of rules."""
    return list(check(Project(texts, {}, day, Layout(formats), groups)).findings)


SETTINGS = """\
base-url: https://docs.example.com
"""

ROLES = """\
products:
  fields: {name: text}
  records:
    web: {name: Web}
    api: {name: API}
libraries:
  fields: {name: text}
  records:
    python: {name: Python}
"""


def tiny(facts: str, page: str = "", **files: str) -> dict[str, bytes]:
    """The texts of a small site: two products, one library, a page for each product.

    `page` is the body of the page. Without `facts` there is no file of facts. `files` adds or replaces files; in their names,
    `__` stands for `/` and the last `_` for a dot.
    """
    texts = {
        "sitegen.yaml": SETTINGS,
        "content/roles.yaml": ROLES,
        "content/facts.yaml": facts,
        "content/page.md": f"---\ntitle: Page\n---\n{page}",
    }
    for name, text in files.items():
        stem, _, ending = name.replace("__", "/").rpartition("_")
        texts[f"{stem}.{ending}"] = text
    if not facts:
        del texts["content/facts.yaml"]
    return {**default_templates(), **{name: text.encode() for name, text in texts.items()}}


@cache
def default_templates() -> Mapping[str, bytes]:
    """The default templates."""
    paths = [path for folder in ("partials", "themes") for path in sorted((ROOT / folder).rglob("*.*"))]
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}


def built(texts: Mapping[str, bytes], day: str = "2026-04-01") -> Build:
    """Build a site without errors."""
    made = build(load(texts), day)
    assert [f"{finding.place}: {finding.message}" for finding in made.findings] == []
    return made


def body(texts: Mapping[str, bytes], day: str = "2026-04-01", path: str = "markdoc/web/python.md") -> str:
    """The text of one page below its front matter and title."""
    text = built(texts, day).files[path].text
    return text.split("---\n", 2)[2].removeprefix("\n# Page\n").strip("\n")


def large_site(libraries: int) -> dict[str, bytes]:
    """The texts of a site with many libraries, each with its own file, and two products."""
    records = "".join(f"    lib-{i}: {{name: Library {i}}}\n" for i in range(libraries))
    capabilities = "".join(f"    cap-{i}: {{name: Capability {i}, since: 1.{i}.0}}\n" for i in range(8))
    facts = f"""\
products:
  fields: {{name: text}}
  records:
    asm: {{name: ASM}}
    aap: {{name: App Protection}}
libraries:
  fields: {{name: text}}
  records:
{records}\
capabilities:
  fields: {{name: text, since: support}}
  records:
{capabilities}\
releases:
  fields: {{versions: versions, support: lifecycle}}
  records:
    v3: {{versions: ">=3,<4", support: {{ga: by 2026-01-01, eol: 2027-06-01}}}}
tables:
  capabilities:
    caption: Capabilities
    from: capabilities
    columns: [{{header: Capability, field: name}}, {{header: Since, field: since}}]
  releases:
    caption: Releases
    from: releases
    columns: [{{header: Release, field: versions}}, {{header: Support, field: support}}]
"""
    page = """\
---
title: << library.name >> for << product.name >>
---
<< partials.capabilities >>

With << tables.capabilities.highest("since") >> you have all.

<< tables.releases.supported("support") | count("release is", "releases are") | capitalized >> supported:

<< tables.releases >>
"""
    path = "partials: {capabilities: {path: << product.id >>/<< library.id >>, tables: [capabilities]}}\n"
    texts = {"sitegen.yaml": path, "content/facts.yaml": facts, "content/page.md": page}
    for i in range(libraries):
        month = 1 + i % 9
        texts[f"content/libraries/lib-{i}.yaml"] = f"""\
library: lib-{i}
capabilities:
  records:
    cap-1: {{since: 1.{i % 7}.5}}
    cap-2: {{since: [2.{i % 5}.0, {{is: 2.9.0, from: 2026-0{month}-01}}]}}
releases:
  records:
    v1: {{versions: "<2", support: {{ga: by 2024-01-01, eol: 2026-0{month}-15}}}}
    v2: {{versions: ">=2,<3", support: {{ga: 2025-0{month}-15}}}}
"""
    return {**default_templates(), **{name: text.encode() for name, text in texts.items()}}


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write texts below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder
