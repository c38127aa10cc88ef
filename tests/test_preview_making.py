"""A preview that makes only what has changed shows and says what a new one does, edit after edit."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from random import Random

import pytest
from sitegen.preview.making import Good, Work

from sitegen.commands.serve import Sources
from sitegen.explanation.facts import origins
from sitegen.loading import Texts
from sitegen.preview import making, state
from sitegen.preview.answers import facts_at, status
from sitegen.preview.state import Edition, Preview
from sitegen.sources import read_source
from tests.support.edited_site import COMPARED_SITE, SITE
from tests.support.edits import DAYS, KINDS, OWN, SIMPLE, NothingToEdit, World

OLDER = """\
library: python

features:
  records:
    profiles: {since: [2.7.0, {is: 2.8.0, from: 2026-06-15}], was: outlines}
"""
MORE = """\
library: python

features:
  records:
    samples: {since: 1.7.0}
"""
EDITS = 30
ALL = ("html", "hugo", "markdoc")


class OwnFiles(World):
    """The same site, of which only the own files of libraries are edited."""

    def sources(self, ending: str = "") -> list[str]:
        """The names of these files."""
        return [name for name in super().sources(ending) if name.startswith(OWN)]


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a part was loaded, and how often the whole."""
    counted: Counter[str] = Counter()

    def load(texts: Texts, day: date, last: Good | None) -> Work:
        work = making.load(texts, day, last)
        if last is not None:
            counted["part" if work.last is not None else "whole"] += 1
        return work

    monkeypatch.setattr(state, "load", load)
    monkeypatch.setattr(state, "_BREATH", 0)
    return counted


def edits(world: World, choose: Random) -> Iterator[str]:
    """Some edits of sources, most of them in own files."""
    own = OwnFiles(world.root, ())
    kinds = sorted({*SIMPLE, "several edits at once", "another day", "a touch", "an edit that keeps size and time"})
    for _ in range(EDITS):
        kind = choose.choice([*kinds, *["what makes the site wrong"] * 4])
        try:
            for said in KINDS[kind](own if choose.random() < 0.75 else world, choose):
                yield f"{kind}: {said}"
        except (NothingToEdit, IndexError):
            continue


def put_back(world: World, sources: Mapping[str, str]) -> None:
    """Make the sources what they were."""
    for name in {*world.sources(), *sources}:
        if name not in sources:
            world.remove(name)
        elif name not in world.sources() or world.text(name) != sources[name]:
            world.write(name, sources[name])


def text_of(edition: Edition, dialects: tuple[str, ...]) -> dict[str, str]:
    """The files of an edition in some dialects."""
    return {path: file.text for path, file in edition.build.files.items() if file.dialect in dialects}


def told(edition: Edition, path: str, places: list[str]) -> Mapping[str, object]:
    """What the script of a page is told, but for what numbers builds."""
    root = Path("site")
    return {**status(edition, edition.day, path, root), "id": "", "build": "", "facts": facts_at(edition, places, root)}


def same(kept: Edition, fresh: Edition, choose: Random) -> None:
    """What both show and say is the same."""
    assert kept.findings == fresh.findings
    assert kept.broken == fresh.broken
    if fresh.shows == "nothing":
        assert kept.shows in ("old", "nothing")
        return
    assert kept.shows == fresh.shows
    shown = ALL if fresh.others else ("html",)
    assert text_of(kept, shown) == text_of(fresh, shown)
    assert kept.days == fresh.days
    assert kept.root == fresh.root
    assert kept.good == fresh.good
    assert fresh.site is not None
    assert kept.site is not None
    assert origins(kept.site.facts).keys() == origins(fresh.site.facts).keys()
    if fresh.others:
        assert kept.build.pages == fresh.build.pages
        assert kept.build.partials.keys() == fresh.build.partials.keys()
        path = choose.choice([*fresh.build.pages, "html/none.html"])
        places = choose.sample([*map(str, origins(fresh.site.facts))], 1)
        assert told(kept, path, places) == told(fresh, path, places)


def compared(kept: Preview, anew: Preview, log: list[str], choose: Random) -> bool:
    """Build in both. Returns whether something is wrong with the sources."""
    fresh, editions = list(anew.refresh()), list(kept.refresh())
    try:
        assert len(editions) == len(fresh)
        for one, other in zip(editions, fresh, strict=True):
            same(one, other, choose)
        if choose.random() < 0.1 and not fresh[-1].broken:
            day = date.fromisoformat(choose.choice(DAYS))
            assert text_of(kept.edition(day), ALL) == text_of(anew.edition(day), ALL)
    except AssertionError as error:
        raise AssertionError("after these edits:\n" + "\n".join(log)) from error
    return fresh[-1].broken


@pytest.mark.parametrize("number", range(3))
def test_what_is_kept_is_as_what_is_made_anew(number: int, tmp_path: Path, ways: Counter[str]) -> None:
    choose = Random(f"preview {number}")
    world = World(tmp_path, ())
    world.create()
    if number == 2:  # a file of a library that concerns the whole site, and a second one that does not
        world.write("content/older.yaml", OLDER)
        world.write(f"{OWN}more.yaml", MORE)

    def today() -> date:
        return date.fromisoformat(world.day)

    kept = Preview(Sources(tmp_path), today)
    list(kept.refresh())
    log, right = ["the first build"], {name: world.text(name) for name in world.sources()}
    for said in edits(world, choose):
        log.append(said)
        if not compared(kept, Preview(Sources(tmp_path), today), log, choose):
            right = {name: world.text(name) for name in world.sources()}
        elif choose.random() < 0.8:
            put_back(world, right)
            log.append("what is wrong is mended")
            compared(kept, Preview(Sources(tmp_path), today), log, choose)
    assert min(ways["part"], ways["whole"]) > 0, ways


def test_own_files_of_libraries_are_loaded_alone(tmp_path: Path, ways: Counter[str]) -> None:
    world = World(tmp_path, ())
    world.create()
    preview = Preview(Sources(tmp_path), lambda: date(2026, 4, 1))
    list(preview.refresh())
    python, java, common = f"{OWN}python.yaml", f"{OWN}java.yaml", "content/facts.yaml"
    for names, way in (([python], "part"), ([python, java], "part"), ([], "part"), ([python, common], "whole")):
        for name in names:
            world.write(name, world.text(name).replace("ga: 2025-", "ga: 2024-") + "# edited\n")
        before = ways[way]
        list(preview.refresh())
        assert ways[way] == before + 1, names
    html = text_of(preview.edition(), ("html",))
    assert any("February 15, 2024" in text for path, text in html.items() if "/python/" in path)


def test_a_mistake_in_an_own_file_is_told_without_a_look_at_others(tmp_path: Path, ways: Counter[str]) -> None:
    world = World(tmp_path, ())
    world.create()
    preview = Preview(Sources(tmp_path), lambda: date(2026, 4, 1))
    list(preview.refresh())
    python = f"{OWN}python.yaml"
    world.write(python, world.text(python).replace("ga: 2025-", "ga: 2O25-"))
    list(preview.refresh())
    assert ways == {"part": 1}
    found = preview.edition().findings
    assert {(finding.severity, finding.place.file) for finding in found} == {("error", python)}


def test_a_library_that_other_files_speak_of_is_loaded_with_them(tmp_path: Path, ways: Counter[str]) -> None:
    world = World(tmp_path, ())
    world.create()
    world.write("content/older.yaml", OLDER)
    preview = Preview(Sources(tmp_path), lambda: date(2026, 4, 1))
    list(preview.refresh())
    world.write(f"{OWN}python.yaml", world.text(f"{OWN}python.yaml").replace("since: 1.4.0", "since: 1.5.0"))
    list(preview.refresh())
    assert ways == {"whole": 1}
    page = next(text for path, text in text_of(preview.edition(), ("html",)).items() if "/python/index.html" in path)
    assert "1.5.0" in page
    assert "2.7.0" in page


def test_a_page_that_shows_every_library_follows_the_file_of_each(tmp_path: Path, ways: Counter[str]) -> None:
    world = World(tmp_path, ())
    world.create(COMPARED_SITE)
    preview = Preview(Sources(tmp_path), lambda: date(2026, 4, 1))
    list(preview.refresh())
    world.write(f"{OWN}java.yaml", world.text(f"{OWN}java.yaml").replace("since: 2.3.0", "since: 2.3.7"))
    list(preview.refresh())
    assert ways == {"whole": 1}
    pages = text_of(preview.edition(), ("html",))
    assert all("2.3.7" in pages[f"html/web/{library}/index.html"] for library in ("python", "java", "go", "ruby"))


def test_a_source_is_read_again_only_where_it_may_have_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path, ())
    world.create()
    for name in SITE:
        os.utime(tmp_path / name, (0, 0))
    later = time.time_ns() + 10_000_000_000
    monkeypatch.setattr("sitegen.build_record.time.time_ns", lambda: later)
    read: list[str] = []

    def reading(path: str) -> bytes:
        read.append(Path(path).relative_to(tmp_path).as_posix() if Path(path).is_relative_to(tmp_path) else "")
        return read_source(path)

    monkeypatch.setattr("sitegen.commands.serve.read_source", reading)
    sources = Sources(tmp_path)
    first = sources()
    assert {*read} >= {*SITE}
    read.clear()
    assert sources() == first
    assert not read
    name = f"{OWN}go.yaml"
    before = (tmp_path / name).stat()
    world.write(name, world.text(name).replace("2.5.0", "2.6.0"))
    os.utime(tmp_path / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert sources()[name] == world.text(name).encode()
    assert read == [name]
    world.remove(name)
    assert name not in sources()


def test_a_source_that_has_just_changed_is_read_again(tmp_path: Path) -> None:
    world = World(tmp_path, ())
    world.create()
    sources, name = Sources(tmp_path), f"{OWN}go.yaml"
    for minor in range(9):
        world.write(name, world.text(name).replace("2.5.0", f"2.{minor}.1").replace(f"2.{minor - 1}.1", f"2.{minor}.1"))
        assert sources()[name] == world.text(name).encode()
