"""Kinds of pages: what they are about, and whether there are further pages of the same product and library."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sitegen.facts.alternatives import ROLES
from sitegen.facts.record_reader import bad_id
from sitegen.facts.values import ID
from sitegen.findings import Finding, Report, did_you_mean
from sitegen.source.mappings import scalar_at
from sitegen.source.nodes import Mapping, Scalar, items_at
from sitegen.templates.template import Schema

_SITE = "site"
KIND_NAMES = (*ROLES, _SITE)


class Kind(NamedTuple):
    """What pages are about: the roles of which each combination has a page, and the id of a further page of these."""

    each: tuple[str, ...]
    page: str = ""

    @property
    def name(self) -> str:
        """The name of the roles in settings: `product`, `library`, or `site` for none; empty for both."""
        return "" if len(self.each) == len(ROLES) else "".join(self.each) or _SITE

    @property
    def title(self) -> str:
        """The roles in a message."""
        return f"each {' and '.join(self.each)}" if self.each else "the whole site"

    def may_show(self, partial: Kind) -> bool:
        """Whether pages of this kind can show partials of another one."""
        return {*partial.each} <= {*self.each} and ("library" in partial.each) == ("library" in self.each)

    def of(self, roles: Collection[str]) -> Kind:
        """The kind in a site with only some roles."""
        return self._replace(each=tuple(role for role in self.each if role in roles))


BOTH = Kind(tuple(ROLES))


def read_each(node: Mapping, report: Report) -> Kind | None:
    """The kind of pages or partials under the key `each`; both roles if it is missing, None if it is invalid."""
    value = node.get("each")
    if value is None:
        return BOTH
    words = [item.text if isinstance(item, Scalar) else "" for item in items_at(value)]
    if words == [_SITE] or (words and {*words} <= ROLES.keys()):
        return Kind(tuple(role for role in ROLES if role in words))
    message = f"'each' must be [product, library], {', '.join(ROLES)} or {_SITE}"
    hint = did_you_mean(words[0], KIND_NAMES) if len(words) == 1 else ""
    report(Finding("unknown-choice", message, value.place, hint))
    return None


def read_kind(front: Mapping, schema: Schema, report: Report) -> Kind | None:
    """The kind of a page with some front matter; None if it is invalid. `schema` has the roles of the site."""
    kind, page = read_each(front, report), scalar_at(front, "page", report)
    if page is not None and not ID.fullmatch(page.text):
        report(bad_id(page))
    if kind is None or (front.get("page") is not None and (page is None or not ID.fullmatch(page.text))):
        return None
    return kind._replace(page=page.text if page else "").of(
        [role for role in ROLES if not isinstance(schema[role], str)]
    )


def names_for(kind: Kind, schema: Schema) -> dict[str, object]:
    """The names that the templates of a kind of page can use: those of a schema, without the missing roles."""
    names: dict[str, object] = dict(schema)
    for role in (role for role in ROLES if role not in kind.each and not isinstance(names[role], str)):
        names[role] = f"pages for {kind.title} have no {role}"
    names["page"] = {"id": {}} if kind.page else "write 'page: NAME' in the front matter"
    return names
