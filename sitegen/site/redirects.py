"""The former paths of a page: those of its settings, with former ids of its product and its library."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from sitegen.evaluation.views import FormerRecord, Names
from sitegen.facts.alternatives import ROLES
from sitegen.files.output_paths import path_problem
from sitegen.formats import FORMATS
from sitegen.tables.texts import fill_text

if TYPE_CHECKING:
    from sitegen.evaluation.context import Context
    from sitegen.findings import Place
    from sitegen.markdown.pages import Page
    from sitegen.site.loading import Site


def former_paths(site: Site, page: Page, context: Context, format_name: str, path: str) -> dict[str, Place]:
    """The former paths of a page that is at a `path` now, in a format with redirects.

    Each has the place that makes it one: that of a former id, or of a former path in the settings. A Hugo page
    that sets its own address has none, since that does not follow from its path.
    """
    templates = site.former_paths(page.kind, format_name)
    meta = {**page.meta, **page.own.get(format_name, {})}
    ids = {role: context.product if role == "product" else context.library for role in ROLES}
    records = {role: context.datasets[ROLES[role]].records[id_] for role, id_ in ids.items() if id_}
    is_moved = len(templates) > 1 or any(record.was for record in records.values())
    has_own_address = format_name == "hugo" and not {"url", "slug"}.isdisjoint(key.lower() for key in meta)
    if not FORMATS[format_name].redirects or has_own_address or not is_moved:
        return {}
    found: dict[str, Place] = {}
    for template in templates:
        for former in product(*((None, *record.was) for record in records.values())):
            renamed = [(role, was) for role, was in zip(records, former, strict=True) if was is not None]
            views = {role: FormerRecord(context, records[role], was.text) for role, was in renamed}
            names = Names(context.fresh(is_open=False), page={"id": page.kind.page}, **views)
            filled = fill_text(template, names, lambda _: None)  # the present path reports problems
            if filled is not None and filled.text != path and not path_problem(filled.text):
                place = renamed[0][1].place if renamed else template.place
                found.setdefault(filled.text, place)
    return found
