"""Loads a site: from the bytes of its sources to settings, facts, tables and compiled pages.

Problems are findings. Valid parts are loaded anyway, so that one run reports all problems.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from functools import cached_property
from types import MappingProxyType

from sitegen.evaluation.views import filters_of, printed
from sitegen.facts.alternatives import ROLES
from sitegen.facts.datasets import LIBRARIES, Exports, Facts
from sitegen.facts.fact_files import load_facts, load_own_facts, misspelt_library, own_library
from sitegen.facts.parts import names_of
from sitegen.facts.references import check_references, check_scopes
from sitegen.files.sources import BINARY, FILE, MISNAMED, Unread
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.formats import FORMATS
from sitegen.formats.escapes import escape_html
from sitegen.frozen import WithCachedProperties, frozen
from sitegen.markdown.kinds import BOTH, Kind, names_for
from sitegen.markdown.pages import Page, load_page, protect_fences
from sitegen.site.page_paths import paths_of
from sitegen.site.settings import Settings, load_settings
from sitegen.source.nodes import Mapping, Node, Scalar, decode
from sitegen.source.yaml_reader import parse_yaml
from sitegen.tables.definitions import Definition, load_tables
from sitegen.tables.derived import TABLE_ATTRIBUTES
from sitegen.templates.template import Compiler, FileTemplates, Template

Texts = ReadOnly[str, bytes]


@frozen
class Site(WithCachedProperties):
    """A loaded site with its findings.

    A value in `tables` is None if the definition is invalid. `page_paths` are the paths of each kind of page by format:
    the present one, and those before, each None if it is invalid. `own_files` maps own files to their library.
    """

    settings: Settings
    facts: Facts
    tables: ReadOnly[str, Definition | None]
    pages: tuple[Page, ...]
    page_paths: ReadOnly[Kind, ReadOnly[str, tuple[Template | None, ...]]]
    partial_paths: ReadOnly[str, Template]
    templates: ReadOnly[str, FileTemplates]
    findings: tuple[Finding, ...]
    own_files: ReadOnly[str, str] = field(default_factory=dict)

    @property
    def formats(self) -> tuple[str, ...]:
        """The published formats whose pages have valid paths."""
        return tuple(n for n in self.settings.formats if any(n in self.paths(kind) for kind in self.page_paths))

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of pages: the usual one, those of page files, and those of partials on no such page."""
        kinds = dict.fromkeys(
            [self.kind_of(BOTH), *sorted((page.kind for page in self.pages), key=lambda kind: bool(kind.page))]
        )
        for kind in (self.kind_of(partial.kind) for partial in self.settings.partials.values()):
            if not any(page.may_show(kind) for page in kinds):
                kinds[kind] = None
        return tuple(kinds)

    @property
    def has_common(self) -> bool:
        """Whether there are pages or partials without a library."""
        return any("library" not in kind.each for kind in self.kinds)

    def paths(self, kind: Kind) -> ReadOnly[str, Template]:
        """The valid paths of a kind of page by format."""
        paths = self.page_paths.get(_in_general(kind), {})
        return {name: present for name, (present, *_) in paths.items() if present}

    def former_paths(self, kind: Kind, format_name: str) -> tuple[Template, ...]:
        """The valid path of a kind of page in a format, if any, and those that it had before."""
        return tuple(filter(None, self.page_paths.get(_in_general(kind), {}).get(format_name, ())))

    def kind_of(self, kind: Kind) -> Kind:
        """A kind without the roles for which the site has no dataset."""
        return kind.of([role for role, dataset in ROLES.items() if dataset in self.facts.datasets])

    @property
    def compares_libraries(self) -> bool:
        """Whether pages may use own files of other libraries, so that libraries cannot be compiled separately."""
        tables = [table for table in self.tables.values() if table is not None]
        kinds = [kind.item or kind for dataset in self.facts.datasets.values() for kind in dataset.fields.values()]
        names = (LIBRARIES in page.names or LIBRARIES in page.body.names for page in self.pages)
        return (
            any(LIBRARIES in table.all_datasets for table in tables)
            or any(kind.name == "reference" and kind.of[0] == LIBRARIES for kind in kinds)
            or any(names)
            or any(LIBRARIES in template.names for table in tables for template in table.templates)
        )


def _in_general(kind: Kind) -> Kind:
    """A kind of page as settings see it: all further pages have one path."""
    return kind._replace(page="page" if kind.page else "")


def load_site(texts: Texts, exports: ReadOnly[str, Exports] = MappingProxyType({})) -> Site:
    """Load a site from the bytes of its sources. Problems are in `findings`.

    `exports` are those of libraries whose own files are not in `texts`. If a file of facts or settings is not valid
    YAML, the site is empty, and only such problems are reported.
    """
    findings: list[Finding] = []
    report = findings.append
    decoded = _decoded(texts, report)
    templates = {name: _templates(format_.templates, decoded) for name, format_ in FORMATS.items()}
    content = {name: text for name, text in decoded.items() if name.startswith("content/")}
    yaml = {name: text for name, text in content.items() if name.endswith((".yaml", ".yml"))}
    nodes = {name: node for name, text in yaml.items() if (node := _parse_facts(name, text, report)) is not None}
    settings_node = parse_yaml(decoded.get(FILE, ""), FILE, report)
    _check_content(texts, report)
    if any(finding.severity == "error" for finding in findings):
        # Other files may use the facts in the invalid file, which would cause misleading findings.
        return Site(load_settings(None, report), Facts({}, {}, ()), {}, (), {}, {}, templates, tuple(findings))
    settings = load_settings(settings_node, report)
    own_files = {name: library for name, node in nodes.items() if (library := own_library(node))}
    facts = replace(_load_facts(nodes, own_files, exports, report), language=settings.language)
    pages = {name: text for name, text in content.items() if name.endswith(".md")}
    snippets = _snippets(pages, report)
    compiler = Compiler(filters_of(settings.language), snippets, printed)
    row_names = _schema(facts)
    tables: dict[str, Definition | None] = {key.text: None for key, _ in facts.tables}
    tables |= load_tables(facts, compiler, row_names, report)
    page_names = row_names | {"dialect": None, "tables": dict.fromkeys(tables, TABLE_ATTRIBUTES)}
    page_names["partials"] = {id_: {} for id_ in settings.partials}
    formats = tuple(FORMATS)
    page_files = (item for item in pages.items() if item[0] not in snippets)
    found = [load_page(*item, compiler, page_names, facts.datasets_by_id, formats, report) for item in page_files]
    loaded = tuple(page for page in found if page is not None)
    _check_partials(settings, tables, report)
    partial_paths = _partial_paths(settings, compiler, row_names, report)
    return Site(
        settings,
        facts,
        tables,
        loaded,
        _page_paths(settings, loaded, compiler, row_names, report),
        partial_paths,
        templates,
        tuple(dict.fromkeys(findings)),
        own_files,
    )


def settings_of(texts: Texts) -> Settings:
    """The settings in the sources of a site. Problems are ignored: `load_site` reports them."""
    text = decode(texts.get(FILE, b""), FILE, ignore)
    return load_settings(parse_yaml(text or "", FILE, ignore), ignore)


def ignore(_: object) -> None:
    """Report a finding to no one."""


def _load_facts(
    nodes: dict[str, Node], own_files: ReadOnly[str, str], exports: ReadOnly[str, Exports], report: Report
) -> Facts:
    """The facts of all files, with their references checked. Removes the own files from `nodes`."""
    shared = [node for name, node in nodes.items() if name not in own_files]
    own = (nodes.pop(name) for name in own_files)  # a generator frees the nodes one by one
    facts = load_facts(shared, own, report, exports)
    check_references(facts, report)
    check_scopes(facts, report)
    _check_names(nodes, facts, report)
    return facts


def with_own_files(site: Site, texts: Texts, all_exports: Exports) -> Site | None:
    """The site after a change of own files. `texts` are all own files of the changed libraries.

    `all_exports` are the merged exports of all libraries. Returns None if the whole site must be loaded: if the exports
    of a library have changed, or a file is not valid YAML or not an own file of the same library.
    """
    findings: list[Finding] = []
    report = findings.append
    nodes = {name: parse_yaml(text, name, report) for name, text in _decoded(texts, report).items()}
    valid = {name: node for name, node in nodes.items() if node is not None}
    if {name: own_library(node) for name, node in valid.items()} != {name: site.own_files[name] for name in texts}:
        return None
    own_facts = load_own_facts(site.facts, valid.values(), report)
    if own_facts is None:
        return None
    with_all_exports = replace(own_facts, exports={"": all_exports})
    check_references(with_all_exports, report)
    check_scopes(with_all_exports, report)
    libraries, known = {site.own_files[name] for name in texts}, site.facts.ids.get(LIBRARIES, ())
    if any(id_ not in known or own_facts.exports.get(id_) != site.facts.exports.get(id_) for id_ in libraries):
        return None
    findings = [*(finding for finding in site.findings if finding.place.file not in texts), *findings]
    facts = replace(site.facts, by_library={**site.facts.by_library, **own_facts.by_library})
    return replace(site, facts=facts, findings=tuple(dict.fromkeys(findings)))


def _decoded(texts: Texts, report: Report) -> dict[str, str]:
    """The sources that are texts. Reports the others."""
    return {
        name: text.rstrip("\n") + "\n"  # the last line break is optional
        for name, data in texts.items()
        if _is_text(name, data, report) and (text := decode(data, name, report)) is not None
    }


def _parse_facts(name: str, text: str, report: Report) -> Node | None:
    """Parse a file of facts. Reports an empty one."""
    empty = Scalar("", Place(name, 1, 1))
    node = parse_yaml(text, name, report, empty=empty)
    if node is not empty:
        return node
    report(Finding("empty-file", "this file is empty", empty.place, "add facts, or remove it", severity="warning"))
    return None


def _check_names(nodes: ReadOnly[str, Node], facts: Facts, report: Report) -> None:
    """Report files that have the name of a library but apply to all of several libraries."""
    libraries = facts.ids.get(LIBRARIES, ())
    for name, node in nodes.items():
        stem = name.rpartition("/")[2].rpartition(".")[0]
        if stem in libraries and len(libraries) > 1 and isinstance(node, Mapping) and node.get("library") is None:
            if misspelt_library(node):
                continue
            message = f"this file has the name of the library '{stem}', but applies to all libraries"
            hint = f"write 'library: {stem}' above the facts, or rename it"
            report(Finding("missing-library", message, Place(name, 1, 1), hint, severity="warning"))


def _check_content(texts: Texts, report: Report) -> None:
    if "content" not in texts and not any(name.startswith("content/") for name in texts):
        message = "missing folder content/ with facts and pages"
        report(Finding("no-dataset", message, Place("content", 1, 1)))


def _snippets(pages: ReadOnly[str, str], report: Report) -> dict[str, str]:
    """The page files that other pages can include: their names begin with `_`."""
    return {
        name: protect_fences(text, Place(name, 1, 1), report)
        for name, text in pages.items()
        if name.rpartition("/")[2].startswith("_")
    }


def _page_paths(
    settings: Settings, pages: Iterable[Page], compiler: Compiler, names: ReadOnly[str, object], report: Report
) -> dict[Kind, dict[str, tuple[Template | None, ...]]]:
    """The compiled paths of each kind of page by format; of a further page, if there are none."""
    roles = [role for role in ROLES if not isinstance(names[role], str)]
    found: dict[Kind, dict[str, tuple[Template | None, ...]]] = {}
    for kind in dict.fromkeys([_in_general(page.kind) for page in pages] or [BOTH.of(roles)._replace(page="page")]):
        known = names_for(kind, names)
        found[kind] = {
            name: tuple(compiler.compile(path.text, path.place, known, report, column=True) for path in paths)
            for name, paths in paths_of(settings, kind, roles).items()
        }
    return found


def _refused(message: str, hint: str) -> Finding:
    return Finding("refused-link", message, Place("", 1, 1), hint)


# The findings for sources that are not read, by reason.
_UNREAD: ReadOnly[bytes, Finding] = {
    b"outside": _refused("this link leads out of the site", "copy its target into the site"),
    b"hidden": _refused("this link leads to a hidden file or folder", "rename the target without a leading dot"),
    b"nowhere": _refused("the target of this link does not exist", "correct or remove it"),
    b"around": _refused("this link leads to a folder that contains it", "link to another folder"),
    b"repeated": Finding(
        "repeated-link", "the target of this link is already a source", Place("", 1, 1), "remove the link", "warning"
    ),
    b"special": Finding(
        "unread-file", "this is not a regular file", Place("", 1, 1), "remove it, or replace it with a file", "warning"
    ),
}


def _is_text(name: str, data: bytes, report: Report) -> bool:
    """Whether a source is read as text. Reports one that is not."""
    if isinstance(data, Unread):
        report(replace(_UNREAD[data], place=Place(name, 1, 1)))
        return False
    if name.endswith(BINARY):
        hint = "themes can contain .css, .js and .svg; embed the image in an .svg, or publish it elsewhere"
        report(Finding("unknown-asset", "this file is not copied", Place(name, 1, 1), hint, severity="warning"))
    elif name.endswith(MISNAMED):
        hint = "use the extension .md for pages, and .yaml for facts"
        report(Finding("unread-file", "this file is not read", Place(name, 1, 1), hint, severity="warning"))
    return not name.endswith((*BINARY, *MISNAMED))


def _templates(folder: str, texts: ReadOnly[str, str]) -> FileTemplates:
    """The templates in a folder. In partials, braces are escaped, too, since Hugo or Markdoc reads the output."""
    escape = escape_html if folder == "partials/" else html.escape
    in_folder = {name.removeprefix(folder): text for name, text in texts.items() if name.startswith(folder)}
    return FileTemplates(in_folder, folder, escape)


def _schema(facts: Facts) -> dict[str, object]:
    """The names that headers, paths and prose can use, with those of their attributes."""
    missing = {role: f"the facts have no dataset '{dataset}'" for role, dataset in ROLES.items()}
    names: dict[str, object] = {"as_of": None, **missing}
    for name, ids in facts.ids.items():
        dataset = facts.datasets[name]
        fields = names_of(dataset.fields) if dataset.fields or not dataset.broken else None
        names[name] = dict.fromkeys(ids, fields)
        names |= dict.fromkeys((role for role, of in ROLES.items() if of == name), fields)
    return names


def _check_partials(settings: Settings, tables: ReadOnly[str, object], report: Report) -> None:
    for partial in settings.partials.values():
        for name in partial.tables:
            if name.text not in tables:
                message = f"unknown table '{name.text}' in the partial '{partial.id}'"
                report(Finding("unknown-table", message, name.place, did_you_mean(name.text, tables)))


def _partial_paths(
    settings: Settings, compiler: Compiler, names: ReadOnly[str, object], report: Report
) -> dict[str, Template]:
    """The compiled paths of partials. Reports those that contain a product or a library, but are not created for it."""
    paths: dict[str, Template] = {}
    for partial in settings.partials.values():
        text, place, title = partial.path.text, partial.path.place, partial.kind.title
        template = compiler.compile(text, place, names, report, column=True) if text else None
        role = next((r for r in ROLES if template and r in template.names and r not in partial.kind.each), None)
        if template is not None and role is None:
            paths[partial.id] = template
        elif role is not None:
            message = f"the partial '{partial.id}' is created for {title}, so its path cannot contain a {role}"
            ids = " and ".join(f"<< {other}.id >>" for other in partial.kind.each)
            hint = (
                f"write {ids}, or remove 'each: {partial.kind.name}'" if ids else f"remove 'each: {partial.kind.name}'"
            )
            report(Finding("undefined-name", message, place, hint))
    return paths
