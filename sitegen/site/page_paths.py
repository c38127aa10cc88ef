"""The paths of each kind of page: as in the settings, or derived from the usual one."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from sitegen.facts.alternatives import ROLES
from sitegen.files.sources import FILE
from sitegen.findings import Place

if TYPE_CHECKING:
    from sitegen.markdown.kinds import Kind
    from sitegen.site.settings import Settings
    from sitegen.source.nodes import Scalar

DEFAULT = Place(FILE, 1, 1)  # the place of default paths


def paths_of(settings: Settings, kind: Kind, roles: Collection[str]) -> dict[str, list[Scalar]]:
    """The path of a kind of page in each format, and those before. `roles` are those that the site has."""
    stated, usual = settings.page_paths[kind.name], settings.page_paths[""]
    found: dict[str, list[Scalar]] = {}
    for name, path in settings.pages.items():
        own = stated.get(name, ())
        present = own[0] if own and kind.name else _derived(path, kind, roles)
        found[name] = [present, *own[1:], *(_derived(each, kind, roles) for each in usual.get(name, ())[1:])]
    return found


def _derived(path: Scalar, kind: Kind, roles: Collection[str]) -> Scalar:
    """The path without the parts that name missing roles, and with the id of a further page.

    If the settings contain the path, they know which roles the site has.
    """
    missing = {*(ROLES if path.place == DEFAULT else roles)} - {*kind.each}
    needs_id = bool(kind.page) and not _names(path.text, {"page"})
    if not needs_id and not _names(path.text, missing):
        return path
    folder, slash, file = path.text.rpartition("/")
    stem, dot, ending = file.rpartition(".") if "." in file else (file, "", "")
    parts = [*folder.split("/")] * bool(slash) + ([stem] if stem != "index" else [])
    kept = [part for part in parts if not _names(part, missing)]
    if needs_id:
        kept.append("<< page.id >>")
    elif not any("<<" in part for part in kept):
        kept.append("site")
    end = "/index" * (stem == "index") + dot + ending
    return path._replace(text="/".join(kept) + end)


def _names(text: str, names: Collection[str]) -> bool:
    """Whether a template uses one of some names."""
    return any(re.search(rf"<<[^<>]*\b{name}\b", text) for name in names)
