"""`sitegen.yaml`: the settings of a site, typed and frozen."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, replace
from types import MappingProxyType

from sitegen.alternatives import known_keys, text_at
from sitegen.dialects import DIALECTS
from sitegen.dialects.style import Style
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.source import Mapping, Node, Scalar, Sequence
from sitegen.values import ID, STATES

FILE = "sitegen.yaml"
_KEYS = ("title", "base-url", "pages", "fragments", "partials", "dialects")
_PARTIAL_KEYS = ("path", "tables", "each")
_STYLE_KEYS = ("words", "levels", "alert", "links", "partial", "indent", "url")


@dataclass(frozen=True, slots=True)
class PartialSettings:
    """A partial: its path below the folder of fragments, its tables, and what it is made for each of."""

    id: str
    place: Place
    path: Scalar
    tables: tuple[Scalar, ...]
    each_product: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a site. `pages` and `fragments` are paths below the output folder, by dialect."""

    title: str
    pages: ReadOnly[str, Scalar]
    fragments: ReadOnly[str, str]
    partials: ReadOnly[str, PartialSettings]
    styles: ReadOnly[str, Style]


def load_settings(node: Node | None, report: Report) -> Settings:
    """Read the settings of a site from its YAML; an empty file leaves all as it is by default."""
    start = Place(FILE, 1, 1)
    if node is not None and not isinstance(node, Mapping):
        report(Finding("wrong-shape", "the settings must be a mapping", node.place))
    if not isinstance(node, Mapping):
        node = Mapping((), start)
    known_keys(node, _KEYS, "the settings", report)
    base_url = text_at(node, "base-url", report)
    if base_url and not base_url.startswith(("https://", "http://")):
        at = node.get("base-url") or node
        report(Finding("bad-link", f"'{base_url}' is not a URL", at.place, "write https://..."))
    pages = {name: Scalar(path, start) for name, path in ((n, d.pages) for n, d in DIALECTS.items())}
    pages |= _by_dialect(node, "pages", report)
    fragments = {name: dialect.fragments for name, dialect in DIALECTS.items() if dialect.fragment}
    fragments |= {name: scalar.text for name, scalar in _by_dialect(node, "fragments", report).items()}
    return Settings(
        text_at(node, "title", report),
        MappingProxyType(pages),
        MappingProxyType(fragments),
        MappingProxyType(_partials(node, report)),
        MappingProxyType(_styles(node, base_url, report)),
    )


def _mapping_at(node: Mapping, key: str, report: Report) -> Mapping:
    value = node.get(key)
    if isinstance(value, Mapping):
        return value
    if value is not None:
        report(Finding("wrong-shape", f"'{key}' is a mapping", value.place))
    return Mapping((), node.place)


def _by_dialect(node: Mapping, key: str, report: Report) -> dict[str, Scalar]:
    below = _mapping_at(node, key, report)
    known_keys(below, DIALECTS, f"'{key}'", report)
    found = {}
    for name, value in below.entries:
        if isinstance(value, Scalar) and value.text:
            found[name.text] = value
        else:
            report(Finding("wrong-shape", f"'{name.text}' takes a path", value.place))
    return found


def _partials(node: Mapping, report: Report) -> dict[str, PartialSettings]:
    found = {}
    for key, value in _mapping_at(node, "partials", report).entries:
        if not ID.fullmatch(key.text):
            report(
                Finding("bad-id", f"'{key.text}' is not an id", key.place, "use a-z, 0-9 and single - . _ between them")
            )
            continue
        if not isinstance(value, Mapping):
            report(Finding("wrong-shape", f"the partial '{key.text}' is a mapping", value.place))
            continue
        known_keys(value, _PARTIAL_KEYS, f"partial '{key.text}'", report)
        path, tables = value.get("path"), value.get("tables")
        each = text_at(value, "each", report) or "product"
        if each not in ("product", "library"):
            at = value.get("each") or value
            report(Finding("unknown-choice", f"'each' is product or library, not '{each}'", at.place))
        if not isinstance(path, Scalar) or not path.text:
            report(Finding("no-path", f"the partial '{key.text}' has no path", key.place, "add 'path:'"))
            continue
        if not isinstance(tables, Sequence) or not tables.items:
            report(Finding("no-tables", f"the partial '{key.text}' names no tables", key.place, "add 'tables:'"))
            continue
        names = tuple(item for item in tables.items if isinstance(item, Scalar))
        found[key.text] = PartialSettings(key.text, key.place, path, names, each == "product")
    return found


def _styles(node: Mapping, base_url: str, report: Report) -> dict[str, Style]:
    dialects = _mapping_at(node, "dialects", report)
    known_keys(dialects, DIALECTS, "'dialects'", report)
    styles = {}
    for name, dialect in DIALECTS.items():
        own = dialects.get(name)
        style = replace(dialect.defaults, base_url=base_url)
        if isinstance(own, Mapping):
            style = _style(own, name, style, report)
        elif own is not None:
            report(Finding("wrong-shape", f"the settings of '{name}' are a mapping", own.place))
        styles[name] = style
    return styles


def _style(node: Mapping, dialect: str, style: Style, report: Report) -> Style:
    known_keys(node, _STYLE_KEYS, f"the dialect '{dialect}'", report)
    words = _texts(node, "words", STATES, report)
    levels = _texts(node, "levels", style.levels, report)
    alert = style.alert
    alert_node = node.get("alert")
    if isinstance(alert_node, Sequence) and len(alert_node.items) == 2:
        opening, closing = alert_node.items
        if isinstance(opening, Scalar) and isinstance(closing, Scalar):
            alert = (opening.text, closing.text)
    elif alert_node is not None:
        report(Finding("wrong-shape", "'alert' is a list: what opens it, what closes it", alert_node.place))
    links = text_at(node, "links", report) or style.links
    if links not in ("inline", "reference"):
        at = node.get("links") or node
        report(Finding("unknown-choice", f"'links' is inline or reference, not '{links}'", at.place))
    return replace(
        style,
        words=MappingProxyType({**style.words, **words}),
        levels=MappingProxyType({**style.levels, **levels}),
        alert=alert,
        links=links,
        partial=text_at(node, "partial", report) or style.partial,
        url=text_at(node, "url", report) or style.url,
        indent=_raw_text(node.get("indent"), style.indent),
    )


def _raw_text(node: Node | None, default: str) -> str:
    return node.text if isinstance(node, Scalar) else default


def _texts(node: Mapping, key: str, known: ReadOnly[str, str], report: Report) -> dict[str, str]:
    found = {}
    for name, value in _mapping_at(node, key, report).entries:
        if name.text not in known:
            hint = did_you_mean(name.text, known)
            report(Finding("unknown-key", f"unknown key '{name.text}' in '{key}'", name.place, hint))
        elif isinstance(value, Scalar):
            found[name.text] = value.text
    return found
