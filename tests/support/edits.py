"""Edits of the small site, of its output and of the stored state: one function for each kind.

A kind is a generator. After each change it yields a description, and the site is built. A kind that finds
nothing to edit raises `NothingToEdit`.
"""

from __future__ import annotations

import binascii
import hashlib
import os
import pickle
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.support.edited_site import SITE

FIRST_DAY = "2026-04-01"
DAYS = ("2025-12-01", "2026-01-20", "2026-03-20", FIRST_DAY, "2026-04-20", "2026-05-20", "2026-07-10", "2026-09-01")
STATE = ".sitegen"
OWN = "content/libraries/"
RECORD = r"^    [a-z][\w-]*: \{.*\}$"


class NothingToEdit(Exception):
    """A kind of edit finds nothing in this site that it can change."""


@dataclass(slots=True)
class World:
    """A site in a folder, its output folders, and how they are built."""

    root: Path
    outputs: tuple[Path, ...]
    day: str = FIRST_DAY
    arguments: tuple[str, ...] = ()  # only for the next build
    tampered: set[str] = field(default_factory=set)  # output files that were changed since a build
    foreign: set[str] = field(default_factory=set)  # files of others in the output
    former: dict[str, list[tuple[str, int]]] = field(
        default_factory=dict
    )  # former contents of sources, and their times

    def create(self, site: Mapping[str, str] = SITE) -> None:
        """Write the initial site."""
        for name, text in site.items():
            self.write(name, text)

    def sources(self, ending: str = "") -> list[str]:
        """The names of the sources, in order."""
        found = (path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file())
        return sorted(name for name in found if name.endswith(ending) and not re.search(r"(^|/)\.", name))

    def text(self, name: str) -> str:
        """The text of a source."""
        return (self.root / name).read_text("utf-8")

    def write(self, name: str, text: str) -> None:
        """Change the text of a source."""
        path = self.root / name
        if path.exists():
            assert self.text(name) != text, f"an edit of {name} changes nothing"
            self.former.setdefault(name, []).append((self.text(name), path.stat().st_mtime_ns))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")

    def remove(self, name: str) -> None:
        """Remove a source."""
        (self.root / name).unlink()

    def replace(
        self, choose: Random, names: Sequence[str], pattern: str, new: str | Callable[[re.Match[str]], str]
    ) -> str:
        """Replace one of the matches in some of the sources. Returns its location and the new text."""
        places = [
            (name, match) for name in names if (self.root / name).exists() for match in self.matches(name, pattern)
        ]
        choose.shuffle(places)
        for name, match in places:
            put = new(match) if callable(new) else match.expand(new)
            if put != match[0]:
                text = self.text(name)
                self.write(name, text[: match.start()] + put + text[match.end() :])
                return f"{name}: {match[0]!r} becomes {put!r}"
        raise NothingToEdit

    def matches(self, name: str, pattern: str) -> list[re.Match[str]]:
        """The matches in a source."""
        return list(re.finditer(pattern, self.text(name), re.MULTILINE))

    def records(self, dataset: str) -> list[str]:
        """The ids of a dataset's shared records."""
        for name in self.sources(".yaml"):
            text = self.text(name)
            found = re.search(rf"^{dataset}:\n(?:  .*\n)*?  records:\n((?:    .*\n)+)", text, re.MULTILINE)
            if found and "library:" not in text.partition("\n")[0]:
                return re.findall(r"^    ([a-z][\w-]*):", found[1], re.MULTILINE)
        raise NothingToEdit

    def pages_there(self) -> list[str]:
        """The existing output files, in order."""
        output = self.outputs[0]
        found = (path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file())
        return sorted(name for name in found if not name.startswith(STATE) and name not in self.foreign)


Edit = Callable[[World, Random], Iterator[str]]
KINDS: dict[str, Edit] = {}
SIMPLE: list[str] = []  # the kinds that edit sources and are followed by one build


def _simple(edit: Callable[[World, Random], str]) -> Callable[[World, Random], str]:
    """Add a kind that edits sources and is followed by one build."""

    def kind(world: World, choose: Random) -> Iterator[str]:
        yield edit(world, choose)

    name = edit.__name__.replace("_", " ")
    KINDS[name] = kind
    SIMPLE.append(name)
    return edit


def _kind(edit: Edit) -> Edit:
    KINDS[edit.__name__.replace("_", " ")] = edit
    return edit


def _one(choose: Random, among: Sequence[str]) -> str:
    if not among:
        raise NothingToEdit
    return choose.choice(among)


def _other_minor(choose: Random) -> Callable[[re.Match[str]], str]:
    return lambda match: f"{match[1]}{choose.choice([n for n in (1, 7, 10, 12, 25) if str(n) != match[2]])}{match[3]}"


def _other_digit(choose: Random) -> Callable[[re.Match[str]], str]:
    return lambda match: f"{match[1]}{choose.choice([n for n in '123456789' if n != match[2]])}{match[3]}"


# --- facts ---------------------------------------------------------------------------


@_simple
def a_fact_of_a_library(world: World, choose: Random) -> str:
    names = [name for name in world.sources(".yaml") if name.startswith(OWN)]
    return world.replace(choose, names, r"(since: \[?\d\.)(\d+)(\.0)", _other_minor(choose))


@_simple
def a_fact_of_the_same_size(world: World, choose: Random) -> str:
    return world.replace(choose, world.sources(".yaml"), r"(since: \[?\d\.)(\d)(\.0)", _other_digit(choose))


@_simple
def a_shared_fact(world: World, choose: Random) -> str:
    names = [name for name in world.sources(".yaml") if not name.startswith(OWN)]
    return world.replace(choose, names, r"((?:since: |is: |>=)\d\.)(\d+)(\.0)", _other_minor(choose))


@_simple
def a_value_for_a_product(world: World, choose: Random) -> str:
    product = choose.choice(world.records("products"))
    other = f"[\\2, {{is: {choose.choice((1, 2, 3))}.9.0, for: {product}, reason: it was counted by itself}}]"
    return world.replace(choose, world.sources(".yaml"), r"(since: )(\d\.\d+\.0)(?=[,}])", rf"\1{other}")


@_simple
def a_value_for_a_product_and_a_library(world: World, choose: Random) -> str:
    scope = (
        f"{{product: {choose.choice(world.records('products'))}, library: {choose.choice(world.records('libraries'))}}}"
    )
    other = f"[\\2, {{is: {choose.choice((1, 2, 3))}.9.0, for: {scope}, reason: it was counted by itself}}]"
    return world.replace(choose, world.sources(".yaml"), r"(since: )(\d\.\d+\.0)(?=[,}])", rf"\1{other}")


@_simple
def a_record_exists_for_some(world: World, choose: Random) -> str:
    product, library = choose.choice(world.records("products")), choose.choice(world.records("libraries"))
    scope = choose.choice((product, library, f"{{product: {product}, library: {library}}}", f"[{product}, {library}]"))
    if choose.random() < 0.3:
        return world.replace(choose, world.sources(".yaml"), r", for: (?:\{[^}]*\}|\[[^\]]*\]|[\w-]+)(?=\}$)", "")
    return world.replace(choose, world.sources(".yaml"), r"(since: [^{}\n]+)\}$", rf"\1, for: {scope}}}")


@_simple
def a_page_is_for_others(world: World, choose: Random) -> str:
    return world.replace(
        choose, world.sources(".md"), r"^each: \w+", f"each: {choose.choice(('product', 'library', 'site'))}"
    )


@_simple
def a_further_page_has_another_id(world: World, choose: Random) -> str:
    return world.replace(choose, world.sources(".md"), r"^page: .*", f"page: p{choose.randrange(99)}")


@_simple
def a_partial_is_for_others(world: World, choose: Random) -> str:
    each = choose.choice(("product", "library", "site"))
    return world.replace(choose, ["sitegen.yaml"], r"each: \w+(?=\})", f"each: {each}")


@_simple
def a_value_from_a_day(world: World, choose: Random) -> str:
    other = f"[\\2, {{is: {choose.choice((1, 2, 3))}.8.0, from: {choose.choice(DAYS[1:])}}}]"
    return world.replace(choose, world.sources(".yaml"), r"(since: )(\d\.\d+\.0)(?=[,}])", rf"\1{other}")


@_simple
def a_first_day(world: World, choose: Random) -> str:
    return world.replace(choose, world.sources(".yaml"), r"from: 202\d-\d\d-\d\d", f"from: {choose.choice(DAYS[1:])}")


@_simple
def a_reason(world: World, choose: Random) -> str:
    return world.replace(choose, world.sources(".yaml"), r"reason: [\w ]+", f"reason: so it was {choose.randrange(99)}")


@_simple
def a_day_of_a_lifecycle(world: World, choose: Random) -> str:
    return world.replace(
        choose,
        world.sources(".yaml"),
        r"(ga: |maintenance: |eol: )202\d-\d\d-\d\d",
        rf"\g<1>202{choose.choice('567')}-0{choose.choice('123456789')}-15",
    )


@_simple
def a_form_of_a_date_of_a_lifecycle(world: World, choose: Random) -> str:
    form = choose.choice(("~2026-10", "2026-06", "2027-Q1", "expected 2026-05-09", "after v4", "by 2026-05-09"))
    dates = r"(?:~|by |expected )?202\d(?:-\d\d|-Q\d){0,2}|after v\d"
    return world.replace(choose, world.sources(".yaml"), rf"(ga: |maintenance: |eol: )(?:{dates})", rf"\g<1>{form}")


@_simple
def a_note(world: World, choose: Random) -> str:
    note = choose.choice(("See the [guide].", "See the [policy].", "Nothing more.")).replace(
        ".", f" {choose.randrange(99)}."
    )
    return world.replace(choose, world.sources(".yaml"), r'note: [^\n}\[",]+|note: "[^"]*"', f'note: "{note}"')


@_simple
def a_shared_note(world: World, choose: Random) -> str:
    """Another text, or another mention."""
    if choose.random() < 0.5:
        text = f"Tested by others {choose.randrange(99)}."
        return world.replace(choose, world.sources(".yaml"), r"Tested by others(?: \d+)?\.", text)
    return world.replace(choose, world.sources(".yaml"), r"(since: [^{}\n]+)\}$", r"\1, note: [watched, Its own.]}")


@_simple
def a_note_comes_or_goes(world: World, choose: Random) -> str:
    if choose.random() < 0.5:
        return world.replace(choose, world.sources(".yaml"), r', note: (?:"[^"]*"|[\w .]+)(?=\})', "")
    return world.replace(
        choose, world.sources(".yaml"), r"(since: [^{}\n]+)\}$", rf"\1, note: New {choose.randrange(99)}.}}"
    )


@_simple
def a_name(world: World, choose: Random) -> str:
    names = ("Releases", "Agents", "Sign in", f"Name {choose.randrange(99)}", "Runtimes")  # some are headings too
    return world.replace(choose, world.sources(".yaml"), r"(?<=[{ ]name: )[A-Z][\w ]+(?=[,}])", choose.choice(names))


@_simple
def a_link(world: World, choose: Random) -> str:
    return world.replace(
        choose, world.sources(".yaml"), r"(target|site): \S+(?=\})", rf"\1: https://example.com/{choose.randrange(99)}"
    )


@_simple
def a_reference(world: World, choose: Random) -> str:
    vendor = choose.choice([*world.records("vendors"), "none"])
    return world.replace(choose, world.sources(".yaml"), r"vendor: (?!reference)\w+", f"vendor: {vendor}")


@_simple
def an_id(world: World, choose: Random) -> str:
    """An id changes everywhere."""
    dataset = choose.choice(("features", "releases", "runtimes", "vendors", "products", "libraries", "hosts"))
    old = choose.choice(world.records(dataset))
    new = f"{re.sub(r'-x[0-9]+$', '', old)}-x{choose.randrange(999)}"
    for name in world.sources():
        text = (
            re.sub(rf"(?<![\w./-]){re.escape(old)}(?![\w/-])", new, world.text(name))
            if name.startswith("content")
            else ""
        )
        if text and text != world.text(name):
            world.write(name, text)
    return f"{old!r} of {dataset} becomes {new!r} everywhere"


@_simple
def a_record_comes(world: World, choose: Random) -> str:
    number = choose.randrange(999)
    kinds = {
        "features": f"    new-{number}: {{name: New {number}, since: 3.{number}.0, stage: beta}}\n",
        "hosts": f"    new-{number}: {{os: OS {number}, cpu: [x86-64]}}\n",
        "releases": f'    new-{number}: {{versions: ">={number + 5},<{number + 6}", support: {{ga: 2026-03-{number % 28 + 1:02}}}}}\n',
    }
    dataset = choose.choice(list(kinds))
    return world.replace(
        choose,
        world.sources(".yaml"),
        rf"^{dataset}:\n(?:  .*\n)*?  records:\n",
        lambda match: match[0] + kinds[dataset],
    )


@_simple
def a_record_goes(world: World, choose: Random) -> str:
    return world.replace(choose, world.sources(".yaml"), RECORD.removesuffix("$") + r"\n", "")


@_simple
def two_records_change_places(world: World, choose: Random) -> str:
    return world.replace(choose, world.sources(".yaml"), rf"({RECORD})\n({RECORD})", r"\2\n\1")


@_simple
def a_field_comes(world: World, choose: Random) -> str:
    """All records of a dataset get another field, and a table may show it."""
    name = f"extra{choose.randrange(999)}"
    for file in world.sources(".yaml"):
        text = world.text(file)
        if "\nagents:\n" in text:
            start = text.index("\nagents:\n")
            agents = re.sub(
                r"^(    a\d.*)\}$",
                rf"\1, {name}: {choose.choice(('much', 'little'))}}}",
                text[start:],
                flags=re.MULTILINE,
            )
            world.write(file, text[:start] + agents.replace("fields: {", f"fields: {{{name}: text, ", 1))
            break
    else:
        raise NothingToEdit
    if choose.random() < 0.7:
        column = f"      - {{header: Level, field: level}}\n      - {{header: Extra, field: {name}}}\n"
        world.replace(choose, world.sources(".yaml"), r"^      - \{header: Level, field: level\}\n", column)
    return f"{file}: agents have a field {name!r}"


@_simple
def a_default(world: World, choose: Random) -> str:
    """The default of a field changes."""
    day = f"2026-01-{choose.randrange(10, 29)}"
    return world.replace(choose, world.sources(".yaml"), r"(?<=default: )2026-01-\d+", day)


@_simple
def a_value_in_place_of_a_default(world: World, choose: Random) -> str:
    """A record with a default gets a value, or a record with a value loses it."""
    pattern = r"^(    [a-z]+: \{name: \w+, vendor: \w+, versions: [^{}]*?)(, tested: [\w-]+)?(?=, note|, until|\})"
    return world.replace(
        choose, world.sources(".yaml"), pattern, lambda m: m[1] + ("" if m[2] else ", tested: 2026-02-03")
    )


@_simple
def a_scheme(world: World, choose: Random) -> str:
    """The version scheme of a field changes."""
    return world.replace(
        choose, world.sources(".yaml"), r"(?<=scheme: )\w+", _one(choose, ("semver", "maven", "java", "gem"))
    )


@_simple
def how_a_field_is_shown(world: World, choose: Random) -> str:
    """A field gets another notation, which columns inherit."""
    notation = _one(choose, ("bare", "plus", "specifier"))
    pattern = r"(?<=type: versions, )(?:notation: \w+, )?"
    return world.replace(choose, world.sources(".yaml"), pattern, f"notation: {notation}, ")


@_simple
def a_product_comes(world: World, choose: Random) -> str:
    number = choose.randrange(999)
    return world.replace(
        choose,
        world.sources(".yaml"),
        r"^products:\n(?:  .*\n)*?  records:\n",
        rf"\g<0>    p{number}: {{name: Product {number}}}\n",
    )


@_simple
def a_product_goes(world: World, choose: Random) -> str:
    product = choose.choice(world.records("products"))
    return _forget(world, product)


@_simple
def a_library_has_other_products(world: World, choose: Random) -> str:
    if choose.random() < 0.5:
        return world.replace(choose, world.sources(".yaml"), r", products: \[.*\](?=\})", "")
    product = choose.choice(world.records("products"))
    return world.replace(choose, world.sources(".yaml"), r"(package: [\w-]+)\}", rf"\1, products: [{product}]}}")


@_simple
def a_library_comes(world: World, choose: Random) -> str:
    """A library without its own facts is added."""
    number = choose.randrange(999)
    return world.replace(
        choose,
        world.sources(".yaml"),
        r"^libraries:\n(?:  .*\n)*?  records:\n",
        rf"\g<0>    l{number}: {{name: Library {number}, package: guard-{number}}}\n",
    )


@_simple
def a_library_comes_with_a_file(world: World, choose: Random) -> str:
    number = choose.randrange(999)
    world.replace(
        choose,
        world.sources(".yaml"),
        r"^libraries:\n(?:  .*\n)*?  records:\n",
        rf"\g<0>    m{number}: {{name: Library {number}, package: guard-{number}}}\n",
    )
    own = f"library: m{number}\n\nfeatures:\n  records:\n    own{number}: {{name: Own, since: 3.{number}.0, stage: beta}}\n"
    world.write(f"{OWN}m{number}.yaml", own)
    return f"a library m{number} with a file"


@_simple
def a_library_goes(world: World, choose: Random) -> str:
    library = choose.choice(world.records("libraries"))
    return _forget(world, library)


@_simple
def a_file_of_a_library_comes_or_goes(world: World, choose: Random) -> str:
    """The file of a library is added or removed; the library stays."""
    without = [id_ for id_ in world.records("libraries") if not (world.root / f"{OWN}{id_}.yaml").exists()]
    if without and choose.random() < 0.5:
        name = f"{OWN}{without[0]}.yaml"
        world.write(
            name,
            f"library: {without[0]}\n\nfeatures:\n  records:\n    {world.records('features')[0]}: {{since: 3.25.0}}\n",
        )
        return f"{name} comes"
    name = _one(choose, [name for name in world.sources(".yaml") if name.startswith(OWN)])
    world.remove(name)
    return f"{name} goes"


def _forget(world: World, id_: str) -> str:
    """Remove a product or library with its file, its page and its alternatives."""
    for name in world.sources():
        if not name.startswith("content/"):
            continue
        text = world.text(name)
        if re.search(rf"^(?:library|for): {re.escape(id_)}$", text, re.MULTILINE):
            world.remove(name)
            continue
        one = re.escape(id_)
        new = re.sub(rf"^    {one}: .*\n", "", text, flags=re.MULTILINE)
        new = re.sub(rf", \{{is: [^{{}}]*?for: {one}\b[^{{}}]*\}}", "", new)
        new = re.sub(rf"(products: \[[^\]]*?)(?:, {one}\b|\b{one}, )", r"\1", new)
        new = re.sub(rf", products: \[{one}\]", "", new)
        new = re.sub(r"(since|stage): \[([^\[\]{},]+)\]", r"\1: \2", new)  # one value is not a list of alternatives
        if new != text:
            world.write(name, new)
    return f"{id_!r} goes"


# --- findings of rules ------------------------------------------------------------


@_simple
def a_misspelt_word(world: World, choose: Random) -> str:
    """A rule knows the right word: a support level, or a word that occurs elsewhere."""
    word = choose.choice(("Maintenence", "previuw and Mainteance", "prevyew of the beta", "deprecatd", "experimenal"))
    where = choose.choice((r"(note: [\w ]+)(?=\.)", r"^(Guards cost|Browsers send|> Guards)"))
    return world.replace(choose, world.sources(), where, lambda match: f"{match[0]} {word}")


@_simple
def a_word_that_is_rare_here_and_frequent_elsewhere(world: World, choose: Random) -> str:
    """The word occurs in the files of other libraries."""
    names = [name for name in world.sources(".yaml") if name.startswith(OWN)]
    word = choose.choice(("alloator", "allokator", "allcoator"))
    return world.replace(choose, names, r"(since: [^{}\n]+)\}$", rf'\1, note: "{word} {choose.randrange(99)}."}}')


@_simple
def a_frequent_word_elsewhere(world: World, choose: Random) -> str:
    """A word that makes another one look misspelt becomes more or less frequent."""
    word = choose.choice(("allocators", "memory", "[policy]", "allocator allocator"))
    return world.replace(choose, world.sources(".yaml"), r"\ballocator\b", word)


@_simple
def a_far_day(world: World, choose: Random) -> str:
    return world.replace(
        choose, world.sources(".yaml"), r"(eol: |ga: |from: )202\d", rf"\g<1>20{choose.choice((10, 38, 62))}"
    )


@_simple
def what_is_said_twice(world: World, choose: Random) -> str:
    return world.replace(
        choose, world.sources(".yaml"), r"since: (\d\.\d+\.0)(?=[,}])", r"since: [\1, {is: \1, from: 2026-03-01}]"
    )


@_simple
def a_ladder_has_a_gap(world: World, choose: Random) -> str:
    return world.replace(
        choose,
        world.sources(".yaml"),
        r'"(>=\d),<(\d+)"',
        lambda match: f'"{match[1]}.{choose.choice((1, 2))},<{match[2]}"',
    )


@_simple
def a_typed_count(world: World, choose: Random) -> str:
    number = choose.choice(("Three", "Seven", "Two"))
    return world.replace(
        choose,
        world.sources(".md"),
        r"^## (Agents|Levels|Releases)\n",
        rf"\g<0>\n{number} agents are supported, and {number.lower()} releases are supported:\n",
    )


@_simple
def an_unused_link(world: World, choose: Random) -> str:
    return world.replace(choose, world.sources(".md"), r"\Z", f"\n[{choose.randrange(99)}]: /nowhere/\n")


@_simple
def a_record_that_nothing_shows(world: World, choose: Random) -> str:
    number = choose.randrange(999)
    return world.replace(
        choose,
        world.sources(".yaml"),
        r"^links:\n(?:  .*\n)*?  records:\n",
        rf"\g<0>    other-{number}: {{target: /other/{number}/}}\n",
    )


@_simple
def what_is_allowed(world: World, choose: Random) -> str:
    rule = choose.choice(("never-shown", "far-day", "near-word", "ladder-gap"))
    return world.replace(
        choose, world.sources(".yaml"), RECORD, lambda match: f"    # sitegen: allow {rule}: it is meant\n{match[0]}"
    )


@_simple
def a_comment(world: World, choose: Random) -> str:
    """Only lines move."""
    return world.replace(
        choose, world.sources(".yaml"), r"^(?=\S)", f"# {choose.randrange(999)}\n" * choose.randrange(1, 4)
    )


# --- pages ---------------------------------------------------------------------------


@_simple
def prose(world: World, choose: Random) -> str:
    sentence = f"Sentence {choose.randrange(999)} of << library.name >> ends here."
    return world.replace(choose, world.sources(".md"), r"(?<=\n\n)(?=[A-Z][^\n]+\.\n)", sentence + "\n")


@_simple
def prose_for_some(world: World, choose: Random) -> str:
    test = choose.choice(
        (
            f'dialect == "{choose.choice(("hugo", "markdoc", "html"))}"',
            f'product.id == "{choose.choice(world.records("products"))}"',
            f'library.id == "{choose.choice(world.records("libraries"))}"',
        )
    )
    return world.replace(
        choose, world.sources(".md"), r"<% if (dialect|product\.id|library\.id) == .* %>", f"<% if {test} %>"
    )


@_simple
def a_computed_sentence(world: World, choose: Random) -> str:
    sentence = choose.choice(
        (
            '<< tables.features.names() | sentence("or") >>: one of these.',
            'At most << tables.features.highest("since") >> is asked for.',
            "<% for feature in features %><< feature.id >> <% endfor %>stand in the facts.",
            '<< tables.agents.supported("level") | count("agent", "agents") >> and << hosts | length >> hosts.',
        )
    )
    return world.replace(choose, world.sources(".md"), r"\n\n(?=## )", lambda _: f"\n\n{sentence}\n\n")


@_simple
def a_heading(world: World, choose: Random) -> str:
    heading = choose.choice(("Releases", "Agents", "<< library.name >>", "<< product.name >>", "Runtimes {#agents}"))
    return world.replace(choose, world.sources(".md"), r"^## .*", f"## {heading}")


@_simple
def front_matter(world: World, choose: Random) -> str:
    new = choose.choice(
        (f"weight: {choose.randrange(999)}", f"weight: 5\nsummary: << library.name >> {choose.randrange(99)}")
    )
    return world.replace(choose, world.sources(".md"), r"^weight: \d+", new)


@_simple
def a_title(world: World, choose: Random) -> str:
    return world.replace(
        choose,
        world.sources(".md"),
        r"^title: .*",
        f"title: << product.name >> {choose.randrange(99)} << library.name >>",
    )


@_simple
def the_first_day_of_a_page(world: World, choose: Random) -> str:
    return world.replace(choose, world.sources(".md"), r"^from: .*", f"from: {choose.choice(DAYS[1:])}")


@_simple
def a_page_comes(world: World, choose: Random) -> str:
    """An edition for a product or a library is added."""
    who = choose.choice((*world.records("products"), *world.records("libraries")))
    name = f"content/new-{choose.randrange(999)}.md"
    first = f"2026-0{choose.randrange(1, 6)}-{choose.randrange(1, 28):02}"
    world.write(
        name,
        f"---\ntitle: << product.name >>, << library.name >>\nfor: {who}\nfrom: {first}\nweight: 1\n---\n<< tables.features >>\n\n## Hosts\n\n<< tables.hosts >>\n",
    )
    return f"{name} for {who} from {first} comes"


@_simple
def a_page_goes(world: World, choose: Random) -> str:
    name = _one(choose, [name for name in world.sources(".md") if not name.startswith(("content/_", "content/page"))])
    world.remove(name)
    return f"{name} goes"


@_simple
def an_include(world: World, choose: Random) -> str:
    return world.replace(
        choose,
        ["content/_feedback.md"],
        r"^Is .*|^What .*",
        f"What is missing for << library.name >> {choose.randrange(999)}?",
    )


@_simple
def an_include_comes(world: World, choose: Random) -> str:
    name = f"_new-{choose.randrange(999)}.md"
    world.write(f"content/{name}", "It was said in << product.name >>.\n")
    world.replace(choose, world.sources(".md"), r"\Z", f'\n<% include "{name}" %>\n')
    return f"content/{name} comes"


@_simple
def a_source_has_another_name(world: World, choose: Random) -> str:
    """A source is renamed, which changes the sources in pages and their order."""
    old = _one(
        choose, [name for name in world.sources() if name.startswith("content/") and not name.startswith("content/_")]
    )
    folder, _, name = old.rpartition("/")
    new = f"{folder}/{choose.choice('anz')}{choose.randrange(99)}-{name}"
    (world.root / old).rename(world.root / new)
    return f"{old} becomes {new}"


# --- tables, templates, settings -----------------------------------------------------


@_simple
def a_header(world: World, choose: Random) -> str:
    header = choose.choice(("Since", "Level", "<< library.name >>", f"Header {choose.randrange(99)}"))
    return world.replace(choose, world.sources(".yaml"), r"header: [^,]+", f"header: {header}")


@_simple
def a_caption(world: World, choose: Random) -> str:
    return world.replace(
        choose, world.sources(".yaml"), r"caption: .*", f"caption: << library.name >> {choose.randrange(99)}"
    )


@_simple
def a_column_goes(world: World, choose: Random) -> str:
    return world.replace(choose, world.sources(".yaml"), r"^      - \{header: .*\}\n", "")


@_simple
def rows(world: World, choose: Random) -> str:
    some = {
        "hosts": f"rows: [{', '.join(choose.sample(world.records('hosts'), 1))}]",
        "features": f"rows: [{', '.join(choose.sample(world.records('features'), 2))}]",
        "runtimes": f"where: {{vendor: {choose.choice(world.records('vendors'))}}}",
    }
    table = choose.choice(list(some))
    return world.replace(
        choose,
        world.sources(".yaml"),
        rf"^    from: (?:\[?{table}.*)\n(?:    rows: .*\n|    where: .*\n)?",
        lambda match: f"{match[0].splitlines()[0]}\n    {some[table]}\n",
    )


@_simple
def a_template(world: World, choose: Random) -> str:
    names = [name for name in world.sources(".html") if name.startswith(("themes", "partials"))]
    return world.replace(choose, names, r"\Z|<ul\b", lambda match: f"<!-- {choose.randrange(999)} -->{match[0]}")


@_simple
def an_override_comes_or_goes(world: World, choose: Random) -> str:
    """A site overrides a default template, or stops doing so."""
    own = {
        "partials/notes.html": f"<% for note in table.notes %><p>{choose.randrange(99)}</p><% endfor %>\n",
        "themes/default/assets/site.css": f"main {{ width: {choose.randrange(99)}em }}\n",
        "themes/default/page.html": f"<!doctype html>\n<title><< title >></title>\n<main>{choose.randrange(99)}<< content >></main>\n",
        "themes/default/assets/more.js": f"// {choose.randrange(999)}\n",
        "partials/list.html": "<ul>\n<% for row in table.rows %><li><< row[0] >></li><% endfor %>\n</ul>\n",
    }
    name = choose.choice(list(own))
    if (world.root / name).exists():
        world.remove(name)
        return f"{name} goes"
    world.write(name, own[name])
    return f"{name} comes"


@_simple
def the_title_of_the_site(world: World, choose: Random) -> str:
    return world.replace(choose, ["sitegen.yaml"], r"^title: .*", f"title: Title {choose.randrange(999)}")


@_simple
def an_address(world: World, choose: Random) -> str:
    return world.replace(
        choose, ["sitegen.yaml"], r"(base-url|url): .*", rf"\1: https://{choose.randrange(999)}.example.com"
    )


@_simple
def a_path(world: World, choose: Random) -> str:
    kind = choose.choice(
        (r"^(  hugo: hugo/).*", r"^(  markdoc: markdoc/).*", r"(path: )<< product.id >>/\S* ?<< library.id >>")
    )
    folder = choose.choice(("a", "b", "c"))
    paths = f"{folder}/<< product.id >>/<< library.id >>"
    return world.replace(
        choose,
        ["sitegen.yaml"],
        kind,
        lambda match: match[1] + paths + (".md" if match[0].startswith("  h") or match[0].startswith("  m") else ""),
    )


@_simple
def words(world: World, choose: Random) -> str:
    if choose.random() < 0.5:
        return world.replace(
            choose, ["sitegen.yaml"], r"words: \{.*\}", f"words: {{yes: y{choose.randrange(99)}, no: n}}"
        )
    return world.replace(
        choose, world.sources(".yaml"), r"words: \{(no|none): [\w ]+\}", rf"words: {{\1: word {choose.randrange(99)}}}"
    )


@_simple
def the_severity_of_a_rule(world: World, choose: Random) -> str:
    rule = choose.choice(("far-day", "near-word", "never-shown", "typed-count", "same-value", "ladder-gap"))
    severity = choose.choice(("off", "notice", "warning", "error"))
    return world.replace(choose, ["sitegen.yaml"], r"^(rules:\n)(?:  .*\n)*", rf"\1  {rule}: {severity}\n")


@_simple
def the_tables_of_a_partial(world: World, choose: Random) -> str:
    tables = choose.sample(("features", "agents", "hosts", "releases"), 2)
    return world.replace(choose, ["sitegen.yaml"], r"tables: \[.*\]", f"tables: [{', '.join(tables)}]")


# --- errors -------------------------------------------------------------------


@_kind
def what_makes_the_site_wrong(world: World, choose: Random) -> Iterator[str]:
    """The site gets an error, which the harness repairs later."""
    yield _wrong(world, choose)


def _wrong(world: World, choose: Random) -> str:
    way = choose.randrange(7)
    if way == 0:
        return world.replace(choose, world.sources(".yaml"), r"\bsince: ", "sinse: ")
    if way == 1:
        return world.replace(choose, world.sources(".yaml"), r"\}$", "")
    if way == 2:
        return world.replace(choose, world.sources(".md"), r"(product|library)\.name", r"\1.nmae")
    if way == 3:
        return world.replace(choose, ["sitegen.yaml"], r"^  (hugo|markdoc): .*", r"  \1: \1/one.md")
    if way == 4:
        return world.replace(choose, world.sources(".html"), r"<% endfor %>", "")
    if way == 5:
        return world.replace(choose, world.sources(".md"), r"<% endif %>", "")
    return world.replace(choose, world.sources(".yaml"), r"since: \[?\d\.", lambda match: f"{match[0][:-2]}99.")


@_kind
def a_wrong_edit_that_is_undone(world: World, choose: Random) -> Iterator[str]:
    """An edit with an error is undone, so nothing must be written."""
    before = {name: world.text(name) for name in world.sources()}
    yield _wrong(world, choose)
    _restore(world, before)
    yield "that is undone"


def _restore(world: World, sources: dict[str, str]) -> None:
    for name in world.sources():
        if name not in sources:
            world.remove(name)
    for name, text in sources.items():
        if not (world.root / name).exists() or world.text(name) != text:
            world.write(name, text)


# --- the output ----------------------------------------------------------------------


@_kind
def output_tampered_with(world: World, choose: Random) -> Iterator[str]:
    name = _one(choose, world.pages_there())
    for output in world.outputs:
        (output / name).write_bytes((output / name).read_bytes() + b"More.\n")
    world.tampered.add(name)
    yield f"the output {name} has another line"


@_kind
def output_tampered_with_unseen(world: World, choose: Random) -> Iterator[str]:
    """An output file changes, but its size and modification time do not. A second change would undo the first."""
    name = _one(choose, [page for page in world.pages_there() if page not in world.tampered])
    for output in world.outputs:
        path = output / name
        data, status = path.read_bytes(), path.stat()
        path.write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    world.tampered.add(name)
    yield f"the output {name} has another letter, and its old time"


@_kind
def output_tampered_with_and_its_page_edited(world: World, choose: Random) -> Iterator[str]:
    for _ in range(choose.randrange(1, 4)):
        next(output_tampered_with_unseen(world, choose))
    yield f"outputs {', '.join(sorted(world.tampered))} are tampered with, and " + prose(world, choose)


@_kind
def output_removed(world: World, choose: Random) -> Iterator[str]:
    name = _one(choose, world.pages_there())
    for output in world.outputs:
        (output / name).unlink()
    world.tampered.discard(name)
    yield f"the output {name} goes"


@_kind
def output_folder_removed(world: World, choose: Random) -> Iterator[str]:
    name = _one(choose, sorted({path.rpartition("/")[0] for path in world.pages_there()} - {""}))
    for output in world.outputs:
        shutil.rmtree(output / name)
    world.tampered = {path for path in world.tampered if not path.startswith(f"{name}/")}
    world.foreign = {path for path in world.foreign if not path.startswith(f"{name}/")}
    yield f"the folder {name} of the output goes"


@_kind
def all_output_removed(world: World, choose: Random) -> Iterator[str]:
    state = choose.random() < 0.5
    for output in world.outputs:
        for path in output.iterdir() if output.exists() else ():
            if path.name == STATE and not state:
                continue
            shutil.rmtree(path)
    world.tampered, world.foreign = set(), set()
    yield "all output goes" + (", with what builds remember" if state else "")


@_kind
def a_file_of_others(world: World, choose: Random) -> Iterator[str]:
    """A file of others is added, and stays."""
    name = f"{choose.choice(('hugo', 'html', 'hugo/content/web', 'markdoc/api'))}/theirs-{choose.randrange(99)}.txt"
    for output in world.outputs:
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        (output / name).write_bytes(b"theirs")
    world.foreign.add(name)
    yield f"others put {name} into the output"


# --- stored state ------------------------------------------------------------


def _remembered(output: Path) -> dict[str, bytes]:
    folder = output / STATE
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in ("lock", ".gitignore"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


_DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[: len(data) // 2],
    "cut at its end": lambda data: data[:-7],
    "emptied": lambda _: b"",
    "garbage": lambda _: b"\xff\xfe\x00garbage" * 9,
    "a pickle of something else": lambda _: _packed({"files": [], "pages": 3}),
    "a pickle of nothing": lambda _: _packed(None),
    "with other letters": lambda data: data[: len(data) // 2] + b"00000000" + data[len(data) // 2 + 8 :],
    "with other digits": lambda data: re.sub(rb"(?<=[0-9a-f])[0-4](?=[0-9a-f]{8})", b"9", data),
}


def _packed(value: object) -> bytes:
    data = binascii.b2a_base64(pickle.dumps(value))
    return hashlib.sha256(data).hexdigest().encode() + b"\n" + data


def _damage(world: World, choose: Random) -> str:
    name = _one(choose, list(_remembered(world.outputs[0])))
    how = choose.choice([*_DAMAGES, "removed"])
    for output in world.outputs:
        path = output / STATE / name
        if path.exists():
            path.write_bytes(_DAMAGES[how](path.read_bytes())) if how in _DAMAGES else path.unlink()
    return f"{STATE}/{name} is {how}"


@_kind
def what_builds_remember_is_damaged(world: World, choose: Random) -> Iterator[str]:
    yield _damage(world, choose)


@_kind
def what_builds_remember_is_damaged_and_a_source_edited(world: World, choose: Random) -> Iterator[str]:
    said = _damage(world, choose)
    yield f"{said}, and {a_fact_of_a_library(world, choose)}"


@_kind
def what_builds_remember_is_older(world: World, choose: Random) -> Iterator[str]:
    """The state from before an edit is restored after the edit was built."""
    before = {output: _remembered(output) for output in world.outputs}
    sources = {name: world.text(name) for name in world.sources()}
    name = choose.choice(["", *before[world.outputs[0]]])
    yield a_fact_of_a_library(world, choose) if choose.random() < 0.5 else prose(world, choose)
    for output, files in before.items():
        for path, data in files.items():
            if name in ("", path):
                (output / STATE).mkdir(exist_ok=True)
                (output / STATE / path).write_bytes(data)
    said = f"{STATE}/{name} is as it was before"
    if choose.random() < 0.5:
        _restore(world, sources)
        said += ", and so are the sources"
    yield said


# --- days, files, options ------------------------------------------------------------


@_kind
def another_day(world: World, choose: Random) -> Iterator[str]:
    world.day = choose.choice([day for day in DAYS[1:] if day != world.day])
    yield f"it is {world.day}"


@_kind
def another_day_and_back(world: World, choose: Random) -> Iterator[str]:
    before = world.day
    world.day = choose.choice([day for day in DAYS if day != before])
    yield f"it is {world.day}"
    world.day = before
    yield f"it is {world.day} again"


@_kind
def an_older_source_comes_back(world: World, choose: Random) -> Iterator[str]:
    """A source is restored with its old size and time."""
    name = _one(choose, [name for name in world.sources(".yaml") if re.search(r"since: \d\.\d\.0", world.text(name))])
    text, status = world.text(name), (world.root / name).stat()
    yield world.replace(choose, [name], r"(since: \d\.)(\d)(\.0)", _other_digit(choose))
    world.write(name, text)
    os.utime(world.root / name, ns=(status.st_atime_ns, status.st_mtime_ns))
    yield f"{name} is as it was, with its old time"


@_kind
def an_older_edition_of_a_file_comes_back(world: World, choose: Random) -> Iterator[str]:
    """A file is restored to an earlier version, with its time."""
    name = _one(
        choose,
        [name for name in world.sources() if any(text != world.text(name) for text, _ in world.former.get(name, ()))],
    )
    text, since = choose.choice([(text, since) for text, since in world.former[name] if text != world.text(name)])
    world.write(name, text)
    os.utime(world.root / name, ns=(since, since))
    yield f"{name} is as it was before, with the time of then"


@_kind
def an_edit_that_keeps_size_and_time(world: World, choose: Random) -> Iterator[str]:
    times = {name: (world.root / name).stat().st_mtime_ns for name in world.sources()}
    said = a_fact_of_the_same_size(world, choose)
    for name, since in times.items():
        os.utime(world.root / name, ns=(since, since))
    yield f"{said}, and no file has another size or time"


@_kind
def a_file_is_replaced(world: World, choose: Random) -> Iterator[str]:
    """A file is replaced by one of the same size and time."""
    name = _one(choose, [name for name in world.sources(".yaml") if re.search(r"since: \d\.\d\.0", world.text(name))])
    path = world.root / name
    status, old = path.stat(), world.text(name)
    said = world.replace(choose, [name], r"(since: \d\.)(\d)(\.0)", _other_digit(choose))
    aside = path.with_name(".aside")
    aside.write_text(world.text(name), "utf-8", newline="\n")
    path.write_text(old, "utf-8", newline="\n")
    os.utime(aside, ns=(status.st_atime_ns, status.st_mtime_ns))
    aside.replace(path)
    yield f"{said}, by a rename"


@_kind
def a_touch(world: World, choose: Random) -> Iterator[str]:
    name = choose.choice(world.sources())
    later = (world.root / name).stat().st_mtime_ns + choose.choice((-1, 1)) * 3_000_000_000
    os.utime(world.root / name, ns=(later, later))
    yield f"{name} is touched"


@_kind
def one_format_only(world: World, choose: Random) -> Iterator[str]:
    format_name = choose.choice(("html", "hugo", "markdoc"))
    said = _any_simple(world, choose)
    world.arguments = ("--only", format_name)
    yield f"{said}, and only {format_name} is built"
    yield "and then all"


@_kind
def a_check(world: World, choose: Random) -> Iterator[str]:
    """`--check` writes nothing."""
    said = _any_simple(world, choose) if choose.random() < 0.7 else "nothing"
    world.arguments = ("--check",)
    yield f"{said}, and --check"


@_kind
def strictly(world: World, choose: Random) -> Iterator[str]:
    """With `--strict`, warnings are errors."""
    said = _any_simple(world, choose) if choose.random() < 0.7 else "nothing"
    world.arguments = ("--strict",)
    yield f"{said}, and --strict"


@_kind
def several_edits_at_once(world: World, choose: Random) -> Iterator[str]:
    yield "; ".join(_any_simple(world, choose) for _ in range(choose.randrange(2, 5)))


@_kind
def nothing(world: World, choose: Random) -> Iterator[str]:
    yield "nothing"


def _any_simple(world: World, choose: Random) -> str:
    """Make a random edit of the sources."""
    while True:
        try:
            return next(KINDS[choose.choice(SIMPLE)](world, choose))
        except NothingToEdit:
            continue
