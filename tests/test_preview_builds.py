"""After many edits, a preview shows the same as a new preview and as a build."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from random import Random

import pytest

from sitegen.cli import main
from sitegen.commands.serve import CachedSources
from sitegen.explanation.facts import origins
from sitegen.files.sources import read_source
from sitegen.preview.responses import facts_at, status
from sitegen.preview.state import Preview, Snapshot
from sitegen.site.loading import Site
from tests.support.edited_site import COMMON_SITE, COMPARED_SITE, SITE
from tests.support.edits import DAYS, KINDS, OWN, SIMPLE, NothingToEdit, World
from tests.support.small_site import only_pages, tree

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
    """The same site; only the own files of libraries are edited."""

    def sources(self, ending: str = "") -> list[str]:
        """The names of these files."""
        return [name for name in super().sources(ending) if name.startswith(OWN)]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A site for edits, whose previews do not wait for browsers."""
    monkeypatch.setattr("sitegen.preview.state._PAUSE", 0)
    world = World(tmp_path, ())
    world.create()
    return world


def preview_of(world: World) -> Preview:
    """A preview of a site as of its day."""
    return Preview(CachedSources(world.root), lambda: date.fromisoformat(world.day))


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
    """Restore the sources."""
    for name in {*world.sources(), *sources}:
        if name not in sources:
            world.remove(name)
        elif name not in world.sources() or world.text(name) != sources[name]:
            world.write(name, sources[name])


def files_of(snapshot: Snapshot, formats: tuple[str, ...]) -> dict[str, bytes]:
    """The files of a snapshot in some formats."""
    outputs = snapshot.outputs
    return {path: outputs.files[path] for path, entry in outputs.entries.items() if entry.group in formats}


def answers(snapshot: Snapshot, path: str, places: list[str]) -> Mapping[str, object]:
    """The answers to the script of a page, without the numbers of builds."""
    root = Path("site")
    return {
        **status(snapshot, path, root, building=False),
        "id": "",
        "build": "",
        "facts": facts_at(snapshot, places, root),
    }


def assert_same(kept: Snapshot, fresh: Snapshot, choose: Random) -> None:
    """Check that two snapshots have the same files and answers."""
    assert kept.findings == fresh.findings
    assert kept.broken == fresh.broken
    if fresh.shows == "nothing":
        assert kept.shows in ("old", "nothing")
        return
    assert kept.shows == fresh.shows
    shown = ALL if fresh.others else ("html",)
    assert files_of(kept, shown) == files_of(fresh, shown)
    assert kept.days == fresh.days
    assert kept.outputs.root == fresh.outputs.root
    assert kept.good == fresh.good
    assert fresh.site is not None
    assert kept.site is not None
    assert origins(kept.site.facts).keys() == origins(fresh.site.facts).keys()
    if fresh.others:
        assert kept.outputs.pages == fresh.outputs.pages
        assert kept.outputs.fragments == fresh.outputs.fragments
        path = choose.choice([*fresh.outputs.pages, "html/none.html"])
        places = choose.sample([*map(str, origins(fresh.site.facts))], 1)
        assert answers(kept, path, places) == answers(fresh, path, places)


def compared(kept: Preview, world: World, log: list[str], choose: Random) -> bool:
    """Build in the preview and in a new one, and compare them. Returns whether the sources have errors."""
    anew = preview_of(world)
    fresh, snapshots = list(anew.refresh()), list(kept.refresh())
    try:
        for one, other in zip(snapshots, fresh, strict=True):
            assert_same(one, other, choose)
        if choose.random() < 0.1 and not fresh[-1].broken:
            day = date.fromisoformat(choose.choice(DAYS))
            assert files_of(kept.snapshot(day), ALL) == files_of(anew.snapshot(day), ALL)
    except AssertionError as error:
        raise AssertionError("after these edits:\n" + "\n".join(log)) from error
    return fresh[-1].broken


@pytest.mark.slow
def test_a_preview_after_many_edits_equals_a_new_one(world: World) -> None:
    choose = Random("preview 2")
    # A file of a library that affects the whole site, and another one that does not.
    world.write("content/older.yaml", OLDER)
    world.write(f"{OWN}more.yaml", MORE)
    kept = preview_of(world)
    list(kept.refresh())
    log, right = ["the first build"], {name: world.text(name) for name in world.sources()}
    for edit in edits(world, choose):
        log.append(edit)
        if not compared(kept, world, log, choose):
            right = {name: world.text(name) for name in world.sources()}
        elif choose.random() < 0.8:
            put_back(world, right)
            log.append("what is wrong is repaired")
            compared(kept, world, log, choose)


def test_a_preview_has_the_files_of_a_build_except_for_annotations(world: World, tmp_path: Path) -> None:
    assert main(["build", "-q", "--root", str(world.root), "-o", str(tmp_path / "output"), "--as-of", world.day]) == 0
    preview = preview_of(world)
    *_, snapshot = preview.refresh()
    built = only_pages(tree(tmp_path / "output"))
    assert snapshot.outputs.files.keys() == built.keys()
    for path, data in files_of(snapshot, ("hugo", "markdoc")).items():
        assert data == built[path], path


def html_of(snapshot: Snapshot) -> dict[str, str]:
    """The pages of the HTML site."""
    return {path: data.decode() for path, data in files_of(snapshot, ("html",)).items()}


def test_a_fact_of_a_library_with_two_files_follows_both(world: World) -> None:
    world.write("content/older.yaml", OLDER)
    preview = preview_of(world)
    list(preview.refresh())
    world.write(f"{OWN}python.yaml", world.text(f"{OWN}python.yaml").replace("since: 1.4.0", "since: 1.5.0"))
    list(preview.refresh())
    page = next(text for path, text in html_of(preview.snapshot()).items() if "/python/index.html" in path)
    assert "1.5.0" in page
    assert "2.7.0" in page


def test_a_file_for_an_unknown_library_stays_an_error_after_an_edit(world: World) -> None:
    world.write(f"{OWN}zig.yaml", "library: zig\nfeatures:\n  records:\n    sign-in: {since: 1.0.0}\n")
    preview = Preview(CachedSources(world.root), lambda: date(2026, 4, 1))
    for old, new in (("1.0.0", "1.1.0"), ("1.1.0", "1.2.0")):
        list(preview.refresh())
        world.write(f"{OWN}zig.yaml", world.text(f"{OWN}zig.yaml").replace(old, new))
    *_, snapshot = preview.refresh()
    assert [finding.message for finding in snapshot.findings] == ["unknown library 'zig'"]


def test_a_page_that_shows_every_library_follows_each_file(world: World) -> None:
    put_back(world, COMPARED_SITE)
    preview = preview_of(world)
    list(preview.refresh())
    world.write(f"{OWN}java.yaml", world.text(f"{OWN}java.yaml").replace("since: 2.3.0", "since: 2.3.7"))
    list(preview.refresh())
    pages = html_of(preview.snapshot())
    assert all("2.3.7" in pages[f"html/web/{library}/index.html"] for library in ("python", "java", "go", "ruby"))


@pytest.mark.slow
def test_pages_without_a_library_follow_each_file_and_list_its_facts(world: World) -> None:
    put_back(world, COMMON_SITE)
    preview = preview_of(world)
    list(preview.refresh())
    name = f"{OWN}java.yaml"
    world.write(name, world.text(name).replace("since: 2.3.0", "since: 2.3.7"))
    list(preview.refresh())
    snapshot = preview.snapshot()
    pages = html_of(snapshot)
    assert [path for path in ("html/web/index.html", "html/site/index.html") if "2.3.7" not in pages[path]] == []
    place = next(str(p) for p, o in origins(_site(snapshot).facts).items() if p.file == name and o.field == "since")
    (fact,) = facts_at(snapshot, [place], Path("site"))
    shown = fact["shown"]
    assert isinstance(shown, list)
    assert {"Web Guard", "API Guard", "*/*", "Web Guard · Java"} < {each["title"] for each in shown}
    fresh = preview_of(world)
    list(fresh.refresh())
    assert files_of(snapshot, ALL) == files_of(fresh.snapshot(), ALL)


def _site(snapshot: Snapshot) -> Site:
    assert snapshot.site is not None
    return snapshot.site


def test_a_source_is_read_again_only_if_it_may_have_changed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    root = world.root
    for name in SITE:
        os.utime(root / name, (0, 0))
    later = time.time_ns() + 10_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: later)
    read: list[str] = []

    def reading(path: str) -> bytes:
        read.append(Path(path).relative_to(root).as_posix() if Path(path).is_relative_to(root) else "")
        return read_source(path)

    monkeypatch.setattr("sitegen.build.scan.read_source", reading)
    sources = CachedSources(root)
    first = sources()
    assert {*read} >= {*SITE}
    read.clear()
    assert sources() == first
    assert not read
    name = f"{OWN}go.yaml"
    before = (root / name).stat()
    world.write(name, world.text(name).replace("2.5.0", "2.6.0"))
    os.utime(root / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert sources()[name] == world.text(name).encode()
    assert read == [name]
    world.remove(name)
    assert name not in sources()


def test_a_source_that_has_just_changed_is_read_again(world: World) -> None:
    sources, name = CachedSources(world.root), f"{OWN}go.yaml"
    for minor in range(9):
        world.write(name, world.text(name).replace("2.5.0", f"2.{minor}.1").replace(f"2.{minor - 1}.1", f"2.{minor}.1"))
        assert sources()[name] == world.text(name).encode()
