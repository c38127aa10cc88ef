"""Reports of a run: Markdown tables, docs/performance.md, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.compare.chart import chart
from benchmarks.compare.figures import Figure, Key, figures
from benchmarks.compare.runner import SCENARIOS, Sample, Scenario

COMPARED = "hugo-once"
TITLES: Mapping[Scenario, str] = {
    "cold": "Cold",
    "nothing": "Nothing changed",
    "fact": "One fact changed",
    "page": "Page template changed",
}
PICTURE = "performance.svg"


@dataclass(frozen=True, slots=True)
class Run:
    """A run: its machine and day, the versions, the sizes of pages, and all samples."""

    day: str
    machine: str
    loads: Mapping[str, float]
    versions: Mapping[str, str]
    labels: Mapping[str, str]
    page_bytes: Mapping[str, float]
    samples: tuple[Sample, ...]

    def as_json(self) -> str:
        """The run as JSON."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @staticmethod
    def from_json(text: str) -> Run:
        """Read a run from JSON."""
        data: dict[str, Any] = json.loads(text)
        return Run(**{**data, "samples": tuple(Sample(**sample) for sample in data["samples"])})


def tables(run: Run) -> str:
    """The medians, and the ratios to the most similar peer, as Markdown."""
    found = figures(run.samples, COMPARED)
    out: list[str] = []
    for place in dict.fromkeys(key.place for key in found):
        out += [f"Seconds, in folders on a {'memory disk' if place == 'memory' else 'real disk'}:", ""]
        out += [
            *_seconds(run, found, place),
            "",
            f"The same as a multiple of {run.labels.get(COMPARED, COMPARED)}:",
            "",
        ]
        out += [*_ratios(run, found, place), ""]
    return "\n".join(out)


def _rows(found: Mapping[Key, Mapping[str, Figure]], place: str) -> Iterator[tuple[int, str, dict[Scenario, Figure]]]:
    """The figures by scenario, for each number of pages and each peer."""
    for pages in sorted({key.pages for key in found if key.place == place}):
        of_scenario = {scenario: found.get(Key(place, pages, scenario), {}) for scenario in SCENARIOS}
        for peer in dict.fromkeys(peer for peers in of_scenario.values() for peer in peers):
            yield pages, peer, {name: peers[peer] for name, peers in of_scenario.items() if peer in peers}


def _seconds(run: Run, found: Mapping[Key, Mapping[str, Figure]], place: str) -> Iterator[str]:
    names = " | ".join(TITLES[scenario].lower() for scenario in SCENARIOS)
    yield f"| pages | | {names} | processor, cold | memory | rounds |"
    yield "|--:|---|" + "--:|" * (len(SCENARIOS) + 3)
    for pages, peer, row in _rows(found, place):
        walls = " | ".join(number(row[name].wall) if name in row else "" for name in SCENARIOS)
        cpu = number(row["cold"].cpu) if "cold" in row else ""
        memory = max(figure.memory for figure in row.values()) / 1e6
        rounds = max(figure.rounds for figure in row.values())
        yield f"| {pages:,} | {run.labels[peer]} | {walls} | {cpu} | {memory:,.0f} MB | {rounds} |"


def _ratios(run: Run, found: Mapping[Key, Mapping[str, Figure]], place: str) -> Iterator[str]:
    yield "| pages | | " + " | ".join(TITLES[scenario].lower() for scenario in SCENARIOS) + " | processor, cold |"
    yield "|--:|---|" + "--:|" * (len(SCENARIOS) + 1)
    for pages, peer, row in _rows(found, place):
        ratios = {name: figure.ratio for name, figure in row.items()}
        if peer != COMPARED and any(ratio is not None for ratio in ratios.values()):
            shown = [number(ratio) if (ratio := ratios.get(name)) is not None else "" for name in SCENARIOS]
            cpu = row["cold"].cpu_ratio if "cold" in row else None
            shown.append("" if cpu is None else number(cpu))
            yield f"| {pages:,} | {run.labels[peer]} | {' | '.join(shown)} |"


def number(value: float) -> str:
    """A number with two or three significant digits."""
    if value >= 9.95:
        return f"{value:,.0f}" if value >= 99.5 else f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.095 else f"{value:.3f}"


def picture(run: Run) -> str:
    """The chart of a run, for the builds on the memory disk."""
    found = figures(run.samples, COMPARED)
    panels: dict[str, dict[str, list[tuple[int, float]]]] = {TITLES[scenario]: {} for scenario in SCENARIOS}
    place = next(iter(found)).place
    for pages, peer, row in _rows(found, place):
        if not peer.endswith("-all"):
            for scenario, figure in row.items():
                panels[TITLES[scenario]].setdefault(run.labels[peer], []).append((pages, figure.wall))
    return chart("Seconds that a build takes", panels)


def document(run: Run) -> str:
    """The text of docs/performance.md."""
    peers = "; ".join(f"{run.labels[peer]} {version}" for peer, version in run.versions.items())
    sizes = ", ".join(
        f"{run.labels[peer]} {size / 1000:.1f} KB" for peer, size in run.page_bytes.items() if not peer.endswith("-all")
    )
    loads = ", ".join(f"{load:.1f} at {name}" for name, load in run.loads.items())
    return DOCUMENT.format(
        picture=PICTURE,
        tables=tables(run).strip(),
        day=run.day,
        machine=run.machine,
        loads=loads,
        peers=peers,
        sizes=sizes,
    )


DOCUMENT = """\
# Performance

How long does a build take, compared with Hugo and Eleventy? All of them publish the same site here. The Hugo site is
built in two ways. The usual way renders the prose of each page. The other way renders it once for all pages, as sitegen
does; the ratios compare sitegen with that. All figures are from one run. `python -m benchmarks.compare --document`
measures again and updates this page; it needs the programs that the tests need.

![Four charts of seconds by pages: for a cold build, and for builds after which nothing, one fact or the page template
has changed.](images/{picture})

{tables}

## What sitegen rebuilds

- **Nothing changed.** The build compares the times and sizes of its sources and its output with the state of the last
  build, and ends. It imports neither the engine nor the packages that the engine uses.
- **The own files of some libraries changed.** Only these libraries are read and compiled again. The compiled units of
  all others contain what the site needs to know about them: ids, findings, paths, words.
- **Anything else changed.** All libraries are compiled; on a large site, in one process for each processor. A table is
  evaluated once for all products for which it is the same. The text of a page file is rendered once for all its pages,
  and content that the pages of a library share once for these pages.

In each case, the files are the same as after a clean build. A test makes random edits of a site and compares both after
each edit: `python -m tests.support.edit_sequences`. [`--why`](commands.md#what-is-rebuilt) and `--profile` print what
was rebuilt, and why.

## Method

**The site** has 1, 10, 100 or 1,000 libraries, and a page for each library and each of 10 products; the smallest site
has 5 products. A page has six tables with 42 to 46 rows, 15 headings, and 19 paragraphs and lists. The names of the
library, its package and the product are in sentences, in headings and in code. Each page links to the other products of
its library. In sitegen and Hugo it has a table of contents; in Eleventy it has none.

**The programs.** Each uses the form of site that it is made for.

- sitegen: a YAML file of facts for each library, shared tables, one page file. It builds the format `html`, and, in one
  cold build, all formats. All checks of `build` are on. The modules are compiled beforehand, as pip does.
- Hugo: a YAML data file for each library, a content adapter that adds the pages, and a shortcode that calls
  `partialCached`. The binary is started directly, without its Python wrapper.
- Hugo, prose rendered once: the same data files, and a page of prose that is not published, with a placeholder for each
  name and each table. The layout of the pages replaces the placeholders in the HTML of that page; a cached partial
  replaces those that all pages of a library share. This is less usual, and written for a site whose pages share their
  prose. Both Hugo sites publish the same files, byte for byte.
- Eleventy: a JSON data file for each library, one page with pagination, Nunjucks in Markdown.

**The builds.** *Cold* is a build into a new folder. *Nothing changed* is the same build again. *One fact changed*
follows an edit of one version in the file of one library, which all pages of that library show. *Page template changed*
follows an edit of one sentence that is on all pages.

**The figures** are for whole processes, from start to end. All programs take turns in each round, and every round
begins with new folders. Seconds are medians. A ratio is computed within each round; the table shows the median of these
ratios. "Processor" is the time of all cores together. Memory is the peak of one process.

**The check.** After each build, three pages are parsed as a browser parses them. They must contain every cell, heading,
sentence and link, and the last edit. In the first and the last round, 30 pages are parsed, and all others must exist;
the files of the two Hugo sites are compared with each other. A difference stops the run.

**The run.**

- Date: {day}. {peers}.
- Average size of a page: {sizes}.
- Machine: {machine}.
- Load: {loads}. Without other work it is at most 2.

## What the figures do not show

- How fast your site builds. Its pages differ, and so does your machine.
- Everything else that a build does. sitegen writes a Markdown version of each page and a search index, gives every row
  an address, and checks facts. Hugo and Eleventy do none of that here, but both can do much that sitegen cannot.
- How these programs perform if pages share only a layout. This site has one text for all pages.
- How fast Hugo and Eleventy would be with a plugin, a cache, or carefully optimized templates.
- How long a preview takes to show an edit.
- Small differences. Other work on the machine changes the time of a single build by a third, and by more if the load is
  high. If there was one round, each figure is from a single build; the processor time is more stable then.
"""
