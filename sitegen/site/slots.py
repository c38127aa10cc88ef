"""The tables and partials of a library, evaluated on demand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sitegen.documents.documents import Partial
from sitegen.documents.fillings import PartialView
from sitegen.evaluation.views import Lookup, Names
from sitegen.files.output_paths import path_problem
from sitegen.tables.derived import TableView
from sitegen.tables.evaluate import Tables
from sitegen.tables.texts import fill_text
from sitegen.templates.placeholders import placeholder
from sitegen.templates.template import BrokenError, MissingError

if TYPE_CHECKING:
    from sitegen.evaluation.context import Context
    from sitegen.findings import Place, Report
    from sitegen.markdown.kinds import Kind
    from sitegen.site.loading import Site
    from sitegen.site.pages import Requested
    from sitegen.site.settings import PartialSettings
    from sitegen.tables.definitions import Definition
    from sitegen.tables.grids import Table, TableBody


class PartialPath(NamedTuple):
    """The path of a partial, its owner, and the place to report for the path."""

    path: str
    owner: str
    place: Place
    partial: Partial | None


class Slots:
    """The tables and partials of a library.

    `partials` are those with rows, with their paths. `shown` are the tables, each with the names of the
    pages and partials that show it.
    """

    def __init__(self, site: Site, shared: Context, report: Report) -> None:
        self.partials: list[PartialPath] = []
        self.shown: dict[TableBody, dict[str, None]] = {}
        self._site = site
        self._shared = shared
        self._report = report
        self._tables = Tables(report)
        self._partials: dict[tuple[str, str], Partial | None] = {}

    def add_shown(self, tables: Iterable[Table], page: str) -> None:
        """Add tables that a page or a partial shows."""
        for table in tables:
            self.shown.setdefault(table.body, {})[page] = None

    def names(self, context: Context, format_name: str, requested: Requested, kind: Kind) -> Names:
        """The names that the prose of a page can use. The tables and partials it uses are added to `requested`."""

        def table(id_: str) -> TableView:
            return TableView(self._definition(id_), context, lambda: self.table(id_, context, requested))

        def partial(id_: str) -> PartialView:
            if not self.has_partial(id_, kind):
                of = self._site.kind_of(self._site.settings.partials[id_].kind)
                message = f"the partial '{id_}' is created for {of.title}, and this page is for {kind.title}"
                raise MissingError(message, "no-library", id_, "show its tables instead")
            return PartialView(id_, lambda: self.partial(id_, context, requested))

        tables = Lookup("tables", self._site.tables, table)
        partials = Lookup("partials", self._site.settings.partials, partial)
        return Names(context, dialect=format_name, tables=tables, partials=partials, page={"id": kind.page})

    def has_partial(self, id_: str, kind: Kind) -> bool:
        """Whether there is a partial that pages of a kind can show."""
        settings = self._site.settings.partials.get(id_)
        return settings is not None and kind.may_show(self._site.kind_of(settings.kind))

    def _definition(self, id_: str) -> Definition:
        definition = self._site.tables[id_]
        if definition is None:
            raise BrokenError
        return definition

    def table(self, id_: str, context: Context, requested: Requested) -> Table:
        """A table in a context, which is added to `requested`. Raises BrokenError if its definition is invalid."""
        table = self._tables.table(self._definition(id_), context)
        requested.tables[table] = None
        return table

    def partial(self, id_: str, context: Context, requested: Requested) -> Partial:
        """A partial in a context. In an open context, its path is a placeholder.

        Raises BrokenError if its settings or its tables are invalid.
        """
        settings = self._site.settings.partials[id_]
        if "product" not in self._site.kind_of(settings.kind).each:
            context = self._shared
        if any(name.text not in self._site.tables for name in settings.tables):
            raise BrokenError
        tables = tuple(self.table(name.text, context, requested) for name in settings.tables)
        key = (id_, context.product)
        if key not in self._partials:
            self._partials[key] = self._new_partial(settings, context, tables)
        partial = self._partials[key]
        if partial is None:
            raise BrokenError
        if not context.is_open:
            return replace(partial, tables=tables)  # the first one may have been requested in an open context
        requested.partials[id_] = None
        return replace(partial, path=placeholder(_path_name(id_)), tables=tables)

    def _new_partial(self, settings: PartialSettings, context: Context, tables: tuple[Table, ...]) -> Partial | None:
        template = self._site.partial_paths.get(settings.id)
        names = Names(context.fresh(is_open=False))
        path = None if template is None else fill_text(template, names, self._report)
        if path is None:
            return None
        if not any(table.rows for table in tables):
            return Partial(settings.id, path.text, tables, frozenset())
        name = context.name if context.library else context.page_name()
        partial = Partial(settings.id, path.text, tables, frozenset(path.places), name, context.day.isoformat())
        # A value that is not a valid part of the path is reported at its place.
        place = next((f.places[0] for f in path.facts if f.places and path_problem(str(f))), settings.path.place)
        self.partials.append(PartialPath(path.text, settings.id, place, partial))
        return partial

    def path_values(self, partials: Iterable[str], product: str) -> dict[str, str] | None:
        """The values of the placeholders for paths of partials; None if the product lacks one of the partials."""
        paths = {}
        for id_ in partials:
            partial = self._partials.get((id_, product))
            if partial is None:
                return None
            paths[_path_name(id_)] = partial.path
        return paths


def _path_name(partial: str) -> str:
    """The name of the placeholder for the path of a partial."""
    return f"{partial} path"
