"""The files of the new site: settings, datasets with their tables, pages."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import count, repeat, takewhile

from sitegen.findings import Finding
from sitegen.formats import FORMATS
from sitegen.formats.commonmark import block_tokens
from sitegen.frozen import frozen
from sitegen.importing.alternatives import PageClaim, choices_of
from sitegen.importing.cells import shape_of
from sitegen.importing.columns import ColumnPlan
from sitegen.importing.datasets import Grid, PlannedDataset, PlannedField, id_of, unique
from sitegen.importing.inference import SHORTCODE
from sitegen.importing.layouts import SiteLayout, formats_of, output_of
from sitegen.importing.model import Meta, MetaLeaf, SourcePage, SourceTable
from sitegen.importing.page_writer import SourcePageWriter
from sitegen.importing.yaml_text import Tree, Yaml, block, flow, scalar


@frozen
class NewSite:
    """The files of the new site by name, where the tables of each grid are shown, and what needs a review."""

    files: Mapping[str, str]
    outputs: Mapping[int, str]  # the path of the output of each page
    names: Mapping[str, int]  # the number of the page in each file
    findings: tuple[Finding, ...]
    shown: frozenset[int]  # the grids that are facts
    records: Mapping[tuple[str, str], Sequence[int]]  # the grids that show a record, by its file and id
    differs: bool  # values differ between pages that no product or library distinguishes
    formats: tuple[str, ...]
    relaxed: Collection[str]  # the rules that are warnings, since the pages break them


class NewSiteWriter:
    """Writes a site. `raw` are the problems of tables that stay as they are, by the number of their grid.

    `relaxed` are rules that the imported pages break.
    """

    def __init__(
        self,
        pages: Sequence[SourcePage],
        grids: Sequence[Grid],
        datasets: Sequence[PlannedDataset],
        raw: Mapping[int, str],
        layout: SiteLayout,
        relaxed: Collection[str] = (),
    ) -> None:
        self.grids, self.datasets, self.raw, self.layout = grids, datasets, raw, layout
        self.pages = [self._with_problems(number, page) for number, page in enumerate(pages)]
        self.relaxed = relaxed
        self.format_of = formats_of(pages)
        self.formats = tuple(name for name in FORMATS if name in self.format_of.values())
        self.findings: list[Finding] = []
        self.slots: dict[int, dict[int, str]] = defaultdict(dict)
        self.table_names: set[str] = set()
        self.known_tables: dict[str, str] = {}
        self.differs = False
        self.owners: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.ends = dict(_ends(pages))

    def site(self) -> NewSite:
        """All files."""
        files = {"sitegen.yaml": "\n".join(block(self._settings())) + "\n"}
        if self.layout.kind != "site":
            files["content/products.yaml"] = "\n".join(block(self._products())) + "\n"
        for dataset in self.datasets:
            files[f"content/facts/{dataset.name}.yaml"] = self._facts(dataset)
        outputs: dict[int, str] = {}
        names: dict[str, int] = {}
        for number, page in enumerate(self.pages):
            slots = self.slots[number]
            own = self._own_keys(page)
            since = f"-{page.source.since}" if page.source.since and self._has_editions(page) else ""
            name = _free(f"content/{page.source.page}{since}", files)
            format_ = self.format_of[page.kind]
            files[name] = SourcePageWriter(page, format_, self.formats).text(own, slots)
            outputs[number], names[name] = output_of(format_, page.source.page), number
        shown = frozenset(n for dataset in self.datasets for n in dataset.grids)
        return NewSite(
            files, outputs, names, tuple(self.findings), shown, self.owners, self.differs, self.formats, self.relaxed
        )

    def _with_problems(self, number: int, page: SourcePage) -> SourcePage:
        """A page whose tables that stay as they are have the problem."""
        problems = {
            grid.block: self.raw[at] for at, grid in enumerate(self.grids) if grid.page == number and at in self.raw
        }
        blocks = tuple(
            replace(each, problem=problems[at]) if at in problems and isinstance(each, SourceTable) else each
            for at, each in enumerate(page.blocks)
        )
        return replace(page, blocks=blocks)

    # Settings and pages.

    def _settings(self) -> dict[str, Tree]:
        path = {
            "product, library": f"{self.layout.prefix}<< product.id >>/<< library.id >>",
            "product": "<< product.path >>",
            "site": f"{self.layout.prefix}<< page.id | replace('.', '/') >>",
        }[self.layout.kind]
        settings: dict[str, Tree] = {"title": "Imported pages", "formats": self.formats}
        settings["pages"] = {name: output_of(name, path) for name in self.formats}
        codes = (cell.text.strip() for grid in self.grids for column in grid.columns for cell in column)
        yes = Counter(code for code in codes if SHORTCODE.fullmatch(code)).most_common(1)
        styles: dict[str, dict[str, Tree]] = {name: {} for name in self.formats}
        plans = [plan for dataset in self.datasets for field in dataset.fields for plan in field.plans.values()]
        has_lines = any(plan.more or "joiner" in dict(plan.options) for plan in plans)
        if has_lines:
            styles = {name: {"indent": ""} if "indent" in FORMATS[name].settings else {} for name in styles}
        if "hugo" in styles and (has_lines or self._has_html()):
            settings["# The pages contain HTML, so Hugo needs the setting markup.goldmark.renderer.unsafe."] = ""
            styles["hugo"]["unsafe"] = Yaml("true")
        styles |= {name: {**styles[name], "unsafe": Yaml("true")} for name in ("mdx", "mkdocs") if name in styles}
        if yes and "hugo" in styles:
            styles["hugo"]["words"] = {"yes": yes[0][0]}
        if any(styles.values()):
            settings["dialects"] = {name: style for name, style in styles.items() if style}
        if self.relaxed:
            settings["# The imported pages break these rules. Remove a line once they do not."] = ""
            settings["rules"] = dict.fromkeys(sorted(self.relaxed), "warning")
        return settings

    def _has_html(self) -> bool:
        """Whether prose or tables that stay as they are contain HTML."""
        for page in self.pages:
            for each in page.blocks:
                if isinstance(each, SourceTable) and not each.problem:
                    continue
                tokens = block_tokens(each.text)[0]
                pieces = [piece for token in tokens for piece in (token, *(token.children or ()))]
                html = "".join(piece.content for piece in pieces if piece.type in ("html_block", "html_inline"))
                if re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL).strip():
                    return True
        return False

    def _products(self) -> dict[str, Tree]:
        titles = {page.source.page: page.title for page in self.pages}
        if self.layout.kind == "product":
            records: dict[str, Tree] = {
                id_: {"name": titles[path], "path": path} for path, (id_,) in self.layout.pages.items()
            }
            return {"products": {"fields": {"name": "text", "path": "text"}, "records": records}}
        found: dict[str, Tree] = {}
        for at, name in enumerate(("products", "libraries")):
            ids = dict.fromkeys(each[at] for each in self.layout.pages.values())
            found[name] = {"fields": {"name": "text"}, "records": {id_: {"name": id_} for id_ in ids}}
        return found

    def _own_keys(self, page: SourcePage) -> dict[str, Meta]:
        """The front matter for sitegen: what the page is for, or its id, and its first day."""
        ids = [MetaLeaf(id_) for id_ in self.layout.pages[page.source.page]]
        since: dict[str, Meta] = {"from": MetaLeaf(page.source.since.isoformat())} if page.source.since else {}
        if self.layout.kind == "product, library":
            return {"for": {"product": ids[0], "library": ids[1]}, **since}
        if self.layout.kind == "product":
            return {"each": MetaLeaf("product"), "for": ids[0], **since}
        return {"each": MetaLeaf("site"), "page": ids[0], **since}

    def _has_editions(self, page: SourcePage) -> bool:
        return sum(other.source.page == page.source.page for other in self.pages) > 1

    # Facts.

    def _facts(self, dataset: PlannedDataset) -> str:
        """The file of a dataset, with its tables."""
        ids, claims = self._claims(dataset)
        records: dict[str, Tree] = {}
        for id_ in ids:
            tree: dict[str, Tree] = {}
            for field in dataset.fields:
                for name in (field.name, f"{field.name}_link", f"{field.name}_more"):
                    if found := claims.get((id_, name)):
                        tree |= self._fact(id_, name, found)
            records[id_] = tree
        declared: dict[str, Tree] = {}
        for field in dataset.fields:
            given = [claim.value for id_ in ids for claim in claims.get((id_, field.name), ())]
            has_all = all((id_, field.name) in claims for id_ in ids) and None not in given
            type_ = field.first.type if has_all else f"optional {field.first.type}"
            scheme = field.first.scheme
            declared[field.name] = {"type": type_, "scheme": scheme} if scheme else type_
            if any(plan.links for plan in field.plans.values()):
                declared[f"{field.name}_link"] = "optional link"
            if field.first.more:
                declared[f"{field.name}_more"] = f"optional {field.first.more_type}"
        tables = self._tables(dataset, list(ids))
        tree = {dataset.name: {"fields": declared, "records": records}}
        return "\n".join([*block(tree), "", *tables]).rstrip("\n") + "\n"

    def _claims(self, dataset: PlannedDataset) -> tuple[dict[str, str], dict[tuple[str, str], list[PageClaim]]]:
        """The ids of the records, and what pages state about each field of a record.

        A row is another record if it differs from one of the same page, or if nothing distinguishes the pages.
        """
        claims: dict[tuple[str, str], list[PageClaim]] = defaultdict(list)
        known: dict[tuple[str, int], str] = {}  # the name of a record and its number -> id
        self.rows: dict[int, list[str]] = {}
        taken: set[str] = set()
        captions: set[tuple[str, str]] = set()  # the id of a record, and the caption of a table that shows it
        for number in dataset.grids:
            grid = self.grids[number]
            self.rows[number] = []
            for row, ident in enumerate(grid.idents):
                values = dict(self._row(dataset, number, row))
                named = [*takewhile(known.__contains__, zip(repeat(ident.lower()), count(), strict=False))]
                free = [key for key in named if self._is_free(known[key], values, grid, claims, number)]
                free.sort(key=lambda key: (known[key], grid.table.caption) not in captions)
                key = free[0] if free else (ident.lower(), len(named))
                id_ = known.setdefault(key, "") or unique(id_of(ident) or f"row-{row + 1}", taken, "-")
                known[key] = id_
                captions.add((id_, grid.table.caption))
                if key[1] and all(
                    self.grids[n].page != grid.page for n in dataset.grids if n != number and n in self.rows
                ):
                    self.differs = True
                self.rows[number].append(id_)
                self.owners[f"content/facts/{dataset.name}.yaml", id_].append(number)
                page = self.pages[grid.page]
                for field, value in values.items():
                    start = page.source.since or date.min
                    place = grid.columns[0][row].place
                    claims[id_, field].append(PageClaim(self._scope(page), start, self.ends[grid.page], value, place))
        return dict.fromkeys((id_ for ids in self.rows.values() for id_ in ids), ""), claims

    def _scope(self, page: SourcePage) -> str:
        """What distinguishes a page from others, as the key `for`; empty if nothing does."""
        ids = self.layout.pages[page.source.page]
        if self.layout.kind == "site":
            return ""
        return ids[0] if len(ids) == 1 else f"{{product: {ids[0]}, library: {ids[1]}}}"

    def _is_free(
        self,
        id_: str,
        values: Mapping[str, object],
        grid: Grid,
        claims: Mapping[tuple[str, str], list[PageClaim]],
        number: int,
    ) -> bool:
        """Whether a row can be a record: what it states contradicts nothing that the same page or scope states."""
        if id_ in self.rows[number]:
            return False
        page = self.pages[grid.page]
        start, end, scope = page.source.since or date.min, self.ends[grid.page], self._scope(page)
        for field, value in values.items():
            for claim in claims.get((id_, field), ()):
                overlaps = claim.start < end and start < claim.end
                if claim.page == scope and overlaps and claim.value != value:
                    return False
        return True

    def _row(self, dataset: PlannedDataset, number: int, row: int) -> Iterator[tuple[str, object]]:
        for field in dataset.fields:
            for (grid, _), plan in field.plans.items():
                if grid == number:
                    yield field.name, plan.values[row]
                    if plan.links:
                        yield f"{field.name}_link", plan.links[row]
                    if plan.more:
                        yield f"{field.name}_more", plan.more[row] or None

    def _fact(self, id_: str, name: str, claims: list[PageClaim]) -> dict[str, Tree]:
        """A field of a record, with its alternatives. Those that need a review have a comment above."""
        choices = choices_of(claims)
        if len(choices) == 1:
            return {name: choices[0].value}
        tree = [_alternative(choice) for choice in choices]
        if not any(choice.page for choice in choices):
            return {name: tree}
        shown = "; ".join(f"{flow(choice.value)} at {choice.source}" for choice in choices)
        message = f"'{name}' of '{id_}' differs between pages: {shown}"
        hint = "review the alternatives in the new site: which value is right, and why does it differ?"
        self.findings.append(Finding("import-review", message, choices[-1].source, hint, severity="warning"))
        return {f"# Review {name}: pages differ.": "", name: tree}

    # Tables.

    def _tables(self, dataset: PlannedDataset, ids: list[str]) -> list[str]:
        lines: list[str] = []
        for number in dataset.grids:
            grid = self.grids[number]
            caption = grid.table.caption
            body: dict[str, Tree] = {"from": dataset.name}
            if self.rows[number] != ids:
                body["rows"] = tuple(self.rows[number])
            body |= {"layout": "transposed"} if grid.table.turned else {}
            body["columns"] = list(self._columns(dataset, number))
            text = "\n".join(block(body, "    "))
            if text not in self.known_tables:
                name = id_of(caption, "_") or dataset.name
                name = unique(f"table_{name}" if name[0].isdigit() else name, self.table_names)
                self.known_tables[text] = name
                lines += [f"  {name}:", f"    caption: {scalar(_escaped(caption))}", text]
            self.slots[grid.page][grid.block] = self.known_tables[text]
        return ["tables:", *lines] if lines else []

    def _columns(self, dataset: PlannedDataset, number: int) -> Iterator[dict[str, Tree]]:
        """The columns of a table, those below a common header together."""
        grid = self.grids[number]
        of: dict[int, tuple[PlannedField, ColumnPlan]] = {}
        for field in dataset.fields:
            of |= {column: (field, plan) for (owner, column), plan in field.plans.items() if owner == number}
        above = ("",) * grid.sections + (grid.table.above or ("",) * (len(grid.headers) - grid.sections))
        group: list[Tree] = []
        for at, header in enumerate(grid.headers):
            field, plan = of[at]
            shown = _column(header, field, plan)
            if at < grid.sections:
                shown = {"field": field.name, "group": "section"}
            elif at in grid.spans:
                shown["group"] = "span"
            if not above[at]:
                yield shown
                continue
            group.append(shown)
            if at + 1 == len(above) or above[at + 1] != above[at]:
                yield {"header": _escaped(shape_of(above[at]).text), "columns": tuple(group)}
                group = []


def _column(header: str, field: PlannedField, plan: ColumnPlan) -> dict[str, Tree]:
    column: dict[str, Tree] = {"header": _escaped(header)}
    column |= {"fields": (field.name, f"{field.name}_more")} if plan.more else {"field": field.name}
    if plan.links:
        column["link"] = f"{field.name}_link"
    spelled: dict[str, set[str]] = defaultdict(set)
    for each in field.plans.values():
        for state, text in each.words:
            spelled[state].add(text)
    is_same = all(len(texts) == 1 for texts in spelled.values())  # then equal tables are one
    words = {state: min(texts) for state, texts in spelled.items()} if is_same else dict(plan.words)
    if words := {state: text for state, text in words.items() if not SHORTCODE.fullmatch(text)}:
        column["words"] = words
    for key, value in plan.options:
        column[key] = Yaml(value)
    return column


def _escaped(text: str) -> str:
    """A text in which sitegen evaluates nothing."""
    return re.sub("<(?=[<%#])", "<% raw %><<% endraw %>", text)


def _alternative(choice: PageClaim) -> Tree:
    value: Tree = choice.value
    if not choice.page and choice.start == date.min:
        return value
    tree: dict[str, Tree] = dict(value) if isinstance(value, Mapping) else {"is": value}
    if choice.page:
        tree["for"] = Yaml(choice.page)
    if choice.start > date.min:
        tree["from"] = choice.start.isoformat()
    if choice.page:
        tree["reason"] = f"imported from {choice.source.file}; to be reviewed"
    return tree


def _free(path: str, taken: Collection[str]) -> str:
    """The name of the file of a page. Names that begin with `_`, such as those of Hugo's lists, are for snippets."""
    folder, _, name = path.rpartition("/")
    names = (f"{folder}/{name.lstrip('_') or 'page'}{'-page' * n}.md" for n in range(len(taken) + 1))
    return next(each for each in names if each not in taken)


def _ends(pages: Sequence[SourcePage]) -> Iterator[tuple[int, date]]:
    """The day on which the next edition of each page begins."""
    for number, page in enumerate(pages):
        start = page.source.since or date.min
        others = [other.source.since or date.min for other in pages if other.source.page == page.source.page]
        yield number, min((other for other in others if other > start), default=date.max)
