"""Values on pages without a product or a library: they must be the same for all of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from collections.abc import Mapping as ReadOnly
from datetime import date
from typing import TYPE_CHECKING

from sitegen.templates.template import MissingError

if TYPE_CHECKING:
    from sitegen.facts.datasets import Exports, Record


def require_common(
    record: Record,
    field: str,
    row: frozenset[str],
    day: date,
    roles: ReadOnly[str, Iterable[str]],
    exports: ReadOnly[str, Exports],
) -> None:
    """Raise MissingError if a value in a row differs for one of the roles: it is not certain which value applies.

    `roles` are `library` and `product` if the page has none, with the ids of all libraries or products.
    """
    varying = record.facts[field]
    common = varying.at(row, day)
    for names in (*((name,) for name in roles), *([(*roles,)] if len(roles) > 1 else [])):
        each = itertools.product(*(roles[name] for name in names)) if len(varying.alternatives) > 1 else ()
        differing = ["/".join(ids) for ids in each if varying.at(row.union(ids), day) is not common]
        of_library = "library" in names
        own_files = exports.items() if names == ("library",) else ()
        differing += [id_ for id_, own in own_files if field in own.fields.get(record.subject, ())]
        if differing:
            message = f"'{field}' of {record.dataset} '{record.id}' differs for {', '.join(dict.fromkeys(differing))}"
            message = f"{message}; this page has no {' and no '.join(names)}"
            hint = f"show it in a table with a row or a column for each {' and '.join(names)}"
            raise MissingError(message, "no-library" if of_library else "no-product", field, hint)
