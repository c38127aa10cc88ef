"""The settings of a site, from `sitegen.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from types import MappingProxyType

from sitegen.facts.presentation import one_of
from sitegen.facts.record_reader import bad_id
from sitegen.facts.values import ID, STATES
from sitegen.files.output_paths import path_hint, path_problem
from sitegen.findings import Finding, Place, Report, did_you_mean, nearest
from sitegen.formats import FORMATS, USUAL, add_format
from sitegen.formats.style import DATA, Style
from sitegen.frozen import frozen
from sitegen.languages.catalogue import Language
from sitegen.markdown.kinds import BOTH, KIND_NAMES, Kind, read_each
from sitegen.site.language import read_language
from sitegen.site.page_paths import DEFAULT
from sitegen.source.mappings import known_keys, mapping_at, place_at, scalars_at, text_at, with_corrected_keys
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence, items_at
from sitegen.tables.definitions import read_table_style
from sitegen.tables.grids import NONE

SETTINGS_KEYS = (
    "title", "lang", "texts", "dates", "base-url", "formats", "pages", "fragments", "partials", "regions",
    "dialects", "preview", "rules", "verify",
)  # fmt: skip
EDITORS: ReadOnly[str, str] = MappingProxyType(
    {
        "vscode": "vscode://file{path}:{line}:{column}",
        "idea": "idea://open?file={path}&line={line}&column={column}",
    }
)
PARTIAL_KEYS = ("path", "tables", "each")


@frozen
class PartialSettings:
    """A partial: its path below the folder of fragments, its tables, and the roles for which it is created.

    If the settings are invalid, the path is empty; pages can still use the name.
    """

    id: str
    place: Place
    path: Scalar
    tables: tuple[Scalar, ...]
    kind: Kind


@frozen
class Settings:
    """The settings of a site.

    `formats` are those that it publishes. `pages` and `fragments` are paths below the output folder, by format.
    `page_paths` are the paths that it states for pages, by the name of their kind (empty for the usual one) and format:
    the present one, and those before. `regions` are the paths and patterns of files with regions, each with its format.
    `editor` is the URL that opens a place in an editor, with `{path}`, `{line}` and `{column}`. `rules` are codes of
    rules with their severities. They and `verify` are checked by the packages that use them.
    """

    title: str
    language: Language
    formats: tuple[str, ...]
    pages: ReadOnly[str, Scalar]
    page_paths: ReadOnly[str, ReadOnly[str, tuple[Scalar, ...]]]
    fragments: ReadOnly[str, str]
    partials: ReadOnly[str, PartialSettings]
    regions: tuple[tuple[str, Scalar], ...]
    styles: ReadOnly[str, Style]
    editor: str
    verify: Mapping | None
    rules: tuple[tuple[Scalar, Scalar], ...]


def load_settings(node: Node | None, report: Report) -> Settings:
    """Read and check the settings of a site. An empty file means the default settings."""
    if node is not None and not isinstance(node, Mapping):
        report(Finding("wrong-shape", "the settings must be a mapping", node.place))
    if not isinstance(node, Mapping):
        node = Mapping((), DEFAULT)
    if not known_keys(node, SETTINGS_KEYS, "the settings", report):
        node = with_corrected_keys(node, SETTINGS_KEYS)
    formats = _formats(node, report)
    language = read_language(node, report)
    base_url = _url_at(node, "base-url", r"https?://[^\s/?#][^\s?#]*", report, "without '?' and '#'")
    pages = {name: Scalar(format_.pages, DEFAULT) for name, format_ in FORMATS.items()}
    page_paths = _page_paths(node, report)
    pages |= {name: path for name, (path, *_) in page_paths[""].items()}
    for kind, paths in page_paths.items():
        _check_site_paths(kind, {name: path for name, (path, *_) in paths.items()}, pages, report)
    fragments = {name: format_.fragments for name, format_ in FORMATS.items() if format_.fragments}
    for name, (folder,) in _by_format(node, "fragments", report, most=1).items():
        if problem := path_problem(folder.text):
            message = f"invalid path '{folder.text}': {problem}"
            report(Finding("bad-path", message, folder.place, path_hint(folder.text)))
        else:
            fragments[name] = folder.text
    styles = _styles(node, base_url, language, report)
    if styles["html"].data and "html" not in formats:
        message, hint = "'data' adds files to the HTML site, but 'html' is not in 'formats'", "add 'html' to 'formats'"
        report(Finding("omitted-data", message, place_at(node, "formats"), hint, severity="warning"))
    return Settings(
        text_at(node, "title", report),
        language,
        formats,
        MappingProxyType(pages),
        MappingProxyType(page_paths),
        MappingProxyType(fragments),
        MappingProxyType(_partials(node, report)),
        tuple(_regions(node, report)),
        MappingProxyType(styles),
        _editor(mapping_at(node, "preview", report), report),
        mapping_at(node, "verify", report) if node.get("verify") is not None else None,
        tuple(_scalars(mapping_at(node, "rules", report), "the rule '{}' must be a single word", report)),
    )


def _formats(node: Mapping, report: Report) -> tuple[str, ...]:
    """The formats that the site publishes, in the order of `FORMATS`."""
    value = node.get("formats")
    if value is None:
        return USUAL
    items = items_at(value)
    for item in items:
        if not isinstance(item, Scalar):
            report(Finding("wrong-shape", "'formats' must be a list of formats", item.place))
        elif item.text not in FORMATS and (problem := add_format(item.text)):
            hint = did_you_mean(item.text, FORMATS)
            report(Finding("unknown-choice", f"unknown format '{item.text}': {problem}", item.place, hint))
    chosen = {item.text for item in items if isinstance(item, Scalar)}
    if not items and node.get("regions") is None:
        report(Finding("wrong-shape", "'formats' is empty", value.place, "remove it, or name a format"))
    return tuple(name for name in FORMATS if name in chosen) or USUAL * bool(items)


def _page_paths(node: Mapping, report: Report) -> dict[str, dict[str, tuple[Scalar, ...]]]:
    """The paths of pages by kind and format, where the usual kind is empty."""
    mapping = mapping_at(node, "pages", report)
    known_keys(mapping, (*FORMATS, *KIND_NAMES), "'pages'", report)
    usual = mapping._replace(entries=tuple(entry for entry in mapping.entries if entry[0].text in FORMATS))
    return {"": dict(_paths(usual, report)), **{kind: _by_format(mapping, kind, report) for kind in KIND_NAMES}}


def _check_site_paths(kind: str, paths: ReadOnly[str, Scalar], usual: ReadOnly[str, Scalar], report: Report) -> None:
    """Check, for formats whose pages form a site, that each page of a kind is an index.html below a common folder.

    The Markdown version of a page is written to the same folder.
    """
    for name in (name for name, format_ in FORMATS.items() if format_.site and name in paths):
        path, folder = paths[name], usual[name].text.partition("/")[0]
        first, slash, _ = path.text.partition("/")
        if not slash or "<<" in first or first != folder or not path.text.endswith("/index.html"):
            message = f"each page of '{name}' must be an index.html below a common folder"
            example = f"{folder}/.../index.html" if kind else FORMATS[name].pages
            report(Finding("bad-path", message, path.place, f"write {example}"))


def _editor(node: Mapping, report: Report) -> str:
    """The URL of the editor in the settings of the preview."""
    known_keys(node, ("editor",), "'preview'", report)
    editor = text_at(node, "editor", report) or "vscode"
    url = EDITORS.get(editor, editor)
    if not re.match(r"(?!javascript|data)[a-z][a-z0-9+.-]*:", url) or "{path}" not in url:
        hint = f"write {', '.join(EDITORS)}, or a URL with {{path}}, {{line}} and {{column}}"
        report(Finding("bad-link", f"'{editor}' is not the URL of an editor", place_at(node, "editor"), hint))
    return url


def _scalars(node: Mapping, problem: str, report: Report) -> Iterator[tuple[Scalar, Scalar]]:
    """The keys of a mapping with their texts. Reports other values: `problem` is the message, with `{}` for the key."""
    for key, value in node.entries:
        if isinstance(value, Scalar):
            yield key, value
        else:
            report(Finding("wrong-shape", problem.format(key.text), value.place))


def _url_at(node: Mapping, key: str, pattern: str, report: Report, limit: str = "") -> str:
    """The text at a key. Reports one that does not match the pattern for URLs; the hint has the `limit` of these."""
    url = text_at(node, key, report)
    if url and not re.fullmatch(pattern, url, re.ASCII):
        hint = f"write https://... {limit}".strip()
        report(Finding("bad-link", f"'{url}' is not a URL", place_at(node, key), hint))
    return url


def _by_format(node: Mapping, key: str, report: Report, most: int | None = None) -> dict[str, tuple[Scalar, ...]]:
    """The paths at a key, by format. See `_paths`."""
    mapping = mapping_at(node, key, report)
    known_keys(mapping, FORMATS, f"'{key}'", report)
    return dict(_paths(mapping, report, most))


def _paths(mapping: Mapping, report: Report, most: int | None = None) -> Iterator[tuple[str, tuple[Scalar, ...]]]:
    """The paths of each format, at `most` so many."""
    for name, value in mapping.entries:
        paths = tuple(each for each in items_at(value)[:most] if isinstance(each, Scalar) and each.text)
        if paths and len(paths) == len(items_at(value)):
            yield name.text, paths
        else:
            report(Finding("wrong-shape", f"'{name.text}' must be a path", value.place))


def _regions(node: Mapping, report: Report) -> Iterator[tuple[str, Scalar]]:
    """The paths and patterns of files with regions, each with its format."""
    mapping = mapping_at(node, "regions", report)
    known_keys(mapping, [name for name in FORMATS if FORMATS[name].fragments], "'regions'", report)
    for name, value in mapping.entries:
        for item in items_at(value):
            if not isinstance(item, Scalar) or not item.text:
                report(Finding("wrong-shape", f"'{name.text}' must be a path or a list of paths", item.place))
            elif name.text in FORMATS and FORMATS[name.text].fragments:
                yield name.text, item


def _partials(node: Mapping, report: Report) -> dict[str, PartialSettings]:
    partials = {}
    for key, value in mapping_at(node, "partials", report).entries:
        if not ID.fullmatch(key.text):
            report(bad_id(key))
        elif isinstance(value, Mapping):
            partials[key.text] = _partial(key, value, report)
        else:
            partials[key.text] = PartialSettings(key.text, key.place, Scalar("", key.place), (), BOTH)
            report(Finding("wrong-shape", f"the partial '{key.text}' must be a mapping", value.place))
    return partials


def _partial(key: Scalar, node: Mapping, report: Report) -> PartialSettings:
    """Read the settings of a partial. A missing key is not reported if it is probably misspelt."""
    known_keys(node, PARTIAL_KEYS, f"partial '{key.text}'", report)
    unknown = [name.text for name, _ in node.entries if name.text not in PARTIAL_KEYS]
    misspelt = {near for name in unknown for near in nearest(name, PARTIAL_KEYS)}
    findings: list[Finding] = []
    path, tables = node.get("path"), node.get("tables")
    if not isinstance(path, Scalar) or not path.text:
        path = Scalar("", key.place)
        if "path" not in misspelt:
            findings.append(Finding("no-path", f"the partial '{key.text}' has no path", key.place, "add 'path:'"))
    items = items_at(tables)
    names = tuple(item for item in items if isinstance(item, Scalar) and item is not tables)
    findings += [Finding("wrong-shape", "'tables' must be a list of names", i.place) for i in items if i not in names]
    if not items and "tables" not in misspelt:
        findings.append(Finding("no-tables", f"the partial '{key.text}' has no tables", key.place, "add 'tables:'"))
    kind = read_each(node, report)
    for finding in findings:
        report(finding)
    if findings or not names or kind is None:
        path = Scalar("", path.place)
    return PartialSettings(key.text, key.place, path, names, kind or BOTH)


def _styles(node: Mapping, base_url: str, language: Language, report: Report) -> dict[str, Style]:
    """The style of each format: the default one, changed by the settings."""
    formats = mapping_at(node, "dialects", report)
    known_keys(formats, FORMATS, "'dialects'", report)
    styles = {}
    for name, format_ in FORMATS.items():
        style_node = formats.get(name)
        style = replace(format_.defaults, base_url=base_url, language=language)
        if isinstance(style_node, Mapping):
            style = _style(style_node, name, style, report)
        elif style_node is not None:
            report(Finding("wrong-shape", f"the settings of '{name}' must be a mapping", style_node.place))
        styles[name] = style
    return styles


def _style(node: Mapping, format_name: str, style: Style, report: Report) -> Style:
    known_keys(node, FORMATS[format_name].settings, f"the format '{format_name}'", report)
    words = _texts(node, "words", {**STATES, NONE: ""}, report)
    levels = _texts(node, "levels", style.levels, report)
    alert = style.alert
    match node.get("alert"):
        case None:
            pass
        case Sequence((Scalar(opening), Scalar(closing))):
            alert = (opening, closing)
        case other:
            message = "'alert' must be a list of two texts: before and after the content"
            report(Finding("wrong-shape", message, other.place))
    unsafe = one_of(node, "unsafe", ("true", "false"), report) == "true"
    if format_name == "hugo" and not unsafe and "<" in "".join(alert):
        hint = "write 'alert: [\"> [!{level}]\", \"\"]', or 'unsafe: true' if Hugo allows HTML in Markdown"
        message, place = "Hugo omits the HTML of an alert", place_at(node, "alert")
        report(Finding("omitted-html", message, place, hint, severity="warning"))
    links = one_of(node, "links", ("inline", "reference"), report) or style.links
    url = _url_at(node, "url", r"https?://[\w.~:/?#\[\]@!$&'()*+,;=%-]+", report)
    data = _data(node, report)
    if "endoflife" in data and not url:
        message, hint = "without 'url', the files for the API v1 of endoflife.date are not written", "add 'url'"
        report(Finding("omitted-data", message, place_at(node, "data"), hint, severity="notice"))
    indent = node.get("indent")  # not stripped, unlike `text_at`
    return replace(
        style,
        words=MappingProxyType({**style.words, **words}),
        levels=MappingProxyType({**style.levels, **levels}),
        alert=alert,
        links=links,
        partial=text_at(node, "partial", report) or style.partial,
        url=url or style.url,
        data=data,
        indent=indent.text if isinstance(indent, Scalar) else style.indent,
        unsafe=unsafe,
        tables=read_table_style(node, "tables", report),
    )


def _data(node: Mapping, report: Report) -> tuple[str, ...]:
    """The files for machines that the site has, in a fixed order. Reports unknown ones."""
    names = scalars_at(node, "data", report) or ()
    for name in names:
        if name.text not in DATA:
            message = f"'{name.text}' is not a kind of data"
            report(Finding("unknown-choice", message, name.place, did_you_mean(name.text, DATA)))
    return tuple(name for name in DATA if any(name == each.text for each in names))


def _texts(node: Mapping, key: str, known: ReadOnly[str, str], report: Report) -> dict[str, str]:
    """The texts in the mapping at a key, by their keys, which must be among the known ones."""
    mapping = mapping_at(node, key, report)
    known_keys(mapping, tuple(known), f"'{key}'", report)
    entries = tuple(entry for entry in mapping.entries if entry[0].text in known)
    texts = _scalars(mapping._replace(entries=entries), "'{}' must be a text", report)
    return {name.text: value.text for name, value in texts}
