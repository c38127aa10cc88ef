"""Watching: every kind of change causes a build, other files do not, and no edit is lost."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sitegen.files.sources import read_texts, source_files
from sitegen.preview import watching
from sitegen.preview.watching import FileStat, Fingerprint, changes, fingerprint
from tests.support.requirements import needs_links

FACTS = "content/facts.yaml"
Texts = dict[str, bytes]


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Poll every few milliseconds."""
    monkeypatch.setattr(watching, "PAUSE", 0.004)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The sources of a site, next to a folder for other files."""
    files = {
        "sitegen.yaml": "title: one",
        FACTS: "fact: one",
        "content/deep/er/page.md": "page one",
        "partials/table.html": "<table>",
        "themes/mine/page.html": "<p>",
        "output/html/index.html": "built",
    }
    (tmp_path / "elsewhere").mkdir()
    for name, text in files.items():
        write(tmp_path / "site" / name, text)
    return tmp_path / "site"


def write(path: Path, text: str) -> None:
    """Write a file in place, and create its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def on_disk(site: Path) -> Texts | None:
    """The sources that a build reads; None if they cannot be read."""
    try:
        return read_texts(site, site / "no defaults")
    except OSError:
        return None


class Watched:
    """A site that is watched on a thread: the sources of each build, and the number of polls."""

    def __init__(self, site: Path, building: Callable[[], object] = lambda: None) -> None:
        self.site = site
        self.builds: list[Texts | None] = []
        self.looks = 0
        self.stop = threading.Event()
        self._building = building
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _look(self) -> object:
        self.looks += 1
        return fingerprint(source_files(self.site))

    def _run(self) -> None:
        for _ in changes(self._look, self.stop):
            self.builds.append(on_disk(self.site))
            self._building()

    def until(self, what: Callable[[], bool]) -> None:
        """Wait until a condition is true."""
        deadline = time.monotonic() + 10
        while not what():
            assert self.thread.is_alive()
            assert time.monotonic() < deadline, self.builds[-2:]
            time.sleep(0.001)

    def until_built(self) -> None:
        """Wait until the last build has read the current sources."""
        self.until(lambda: bool(self.builds) and self.builds[-1] == on_disk(self.site))

    def until_looked(self, times: int = 3) -> None:
        """Wait for some more polls, so that all changes have been detected."""
        seen = self.looks
        self.until(lambda: self.looks >= seen + times)


@contextmanager
def watched(site: Path, building: Callable[[], object] = lambda: None) -> Iterator[Watched]:
    """Watch a site. Yields after the first build."""
    watch = Watched(site, building)
    watch.thread.start()
    try:
        watch.until(lambda: bool(watch.builds))
        watch.until_looked(1)
        yield watch
    finally:
        watch.stop.set()
        watch.thread.join(10)
    assert not watch.thread.is_alive()


# --- one change of each kind ---------------------------------------------------------


def _edit(site: Path) -> None:
    write(site / FACTS, "fact: longer")


def _edit_to_the_same_size(site: Path) -> None:
    write(site / FACTS, "fact: two")


def _save_through_a_file_beside(site: Path) -> None:
    write(site / "content/facts.yaml.tmp", "fact: two")
    (site / "content/facts.yaml.tmp").replace(site / FACTS)


def _save_through_a_file_elsewhere(site: Path) -> None:
    write(site.parent / "elsewhere/new", "fact: two")
    (site.parent / "elsewhere/new").replace(site / FACTS)


def _save_as_vim_does(site: Path) -> None:
    write(site / "content/4913", "")
    (site / "content/4913").unlink()
    (site / FACTS).rename(site / "content/facts.yaml~")
    write(site / FACTS, "fact: two")
    (site / "content/facts.yaml~").unlink()


def _save_as_emacs_does(site: Path) -> None:
    (site / "content/.#facts.yaml").symlink_to("me@here.123:456")
    write(site / "content/#facts.yaml#", "fact: t")
    write(site / FACTS, "fact: two")
    (site / "content/#facts.yaml#").unlink()
    (site / "content/.#facts.yaml").unlink()


def _truncate(site: Path) -> None:
    os.truncate(site / FACTS, 0)


def _append(site: Path) -> None:
    with (site / FACTS).open("a") as file:
        file.write("\nmore: 1")


def _delete(site: Path) -> None:
    (site / FACTS).unlink()


def _rename(site: Path) -> None:
    (site / FACTS).rename(site / "content/other.yaml")


def _hide(site: Path) -> None:
    (site / FACTS).rename(site / "content/.facts.yaml")


def _swap_two(site: Path) -> None:
    (site / FACTS).rename(site / "content/aside")
    (site / "content/deep/er/page.md").rename(site / FACTS)
    (site / "content/aside").rename(site / "content/deep/er/page.md")


def _move_in_an_old_file(site: Path) -> None:
    old = site.parent / "elsewhere/old.md"
    write(old, "old")
    os.utime(old, (1, 1))
    old.rename(site / "content/old.md")


def _replace_by_an_older_file(site: Path) -> None:
    old = site.parent / "elsewhere/old.yaml"
    write(old, "fact: old")
    os.utime(old, (1, 1))
    old.replace(site / FACTS)


def _restore_the_time(site: Path) -> None:
    before = (site / FACTS).stat()
    write(site / FACTS, "fact: two")
    os.utime(site / FACTS, ns=(before.st_atime_ns, before.st_mtime_ns))


def _put_another_file_of_the_same_size_and_time(site: Path) -> None:
    before = (site / FACTS).stat()
    other = site.parent / "elsewhere/same"
    write(other, "fact: two")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(site / FACTS)


def _edit_through_another_name(site: Path) -> None:
    write(site.parent / "elsewhere/hard.md", "one")
    (site / "content/hard.md").hardlink_to(site.parent / "elsewhere/hard.md")
    write(site.parent / "elsewhere/hard.md", "two")


def _new_file_in_new_folders(site: Path) -> None:
    write(site / "content/new/newer/newest/page.md", "new")


def _rename_a_folder(site: Path) -> None:
    (site / "content/deep").rename(site / "content/deeper")


def _delete_a_folder(site: Path) -> None:
    shutil.rmtree(site / "content/deep")


def _empty_folder_becomes_a_file(site: Path) -> None:
    shutil.rmtree(site / "content/deep")
    write(site / "content/deep.md", "flat")


def _replace_the_content(site: Path) -> None:
    shutil.copytree(site / "content", site.parent / "elsewhere/content")
    (site / "content").rename(site.parent / "elsewhere/before")
    write(site.parent / "elsewhere/content/facts.yaml", "fact: two")
    (site.parent / "elsewhere/content").rename(site / "content")


def _replace_the_site(site: Path) -> None:
    shutil.copytree(site, site.parent / "elsewhere/site")
    write(site.parent / "elsewhere/site" / FACTS, "fact: two")
    site.rename(site.parent / "before")
    (site.parent / "elsewhere/site").rename(site)


def _take_the_site_away(site: Path) -> None:
    site.rename(site.parent / "before")


def _edit_the_settings(site: Path) -> None:
    write(site / "sitegen.yaml", "title: two")


def _delete_the_settings(site: Path) -> None:
    (site / "sitegen.yaml").unlink()


def _edit_a_partial(site: Path) -> None:
    write(site / "partials/table.html", "<table class>")


def _new_style(site: Path) -> None:
    write(site / "themes/mine/assets/site.css", "p {}")


def _new_folder_of_sources(site: Path) -> None:
    shutil.rmtree(site / "partials")
    write(site / "partials/table.html", "<table id>")


def _name_that_is_not_utf_8(site: Path) -> None:
    with open(os.fsencode(site / "content") + b"/\xff\xfe.md", "wb") as file:  # noqa: PTH123 - a name of bytes
        file.write(b"odd")


def _name_with_a_line_end(site: Path) -> None:
    write(site / "content/two\nlines.md", "odd")


def _edit_what_a_link_leads_to(site: Path) -> None:
    write(site / "elsewhere/target.md", "one")
    (site / "content/link.md").symlink_to(site / "elsewhere/target.md")
    write(site / "elsewhere/target.md", "two")


def _lead_a_link_elsewhere(site: Path) -> None:
    for name in ("one", "two"):
        write(site / f"elsewhere/{name}", name)
    (site / "content/link.md").symlink_to(site / "elsewhere/one")
    (site / "content/new").symlink_to(site / "elsewhere/two")
    (site / "content/new").replace(site / "content/link.md")


def _break_a_link(site: Path) -> None:
    write(site / "elsewhere/one", "one")
    (site / "content/link.md").symlink_to(site / "elsewhere/one")
    (site / "elsewhere/one").unlink()
    write(site / FACTS, "fact: two")


def _link_to_nowhere(site: Path) -> None:
    (site / "content/nowhere.md").symlink_to("nothing")


def _links_in_a_circle(site: Path) -> None:
    for name in ("a", "b", "a.md"):
        (site / "content" / name).symlink_to(".", target_is_directory=True)
    (site / "content/up").symlink_to("..", target_is_directory=True)


def _pipe(site: Path) -> None:
    os.mkfifo(site / "content/pipe.md")
    (site / "content/link.md").symlink_to("pipe.md")


SEEN: dict[str, Callable[[Path], None]] = {
    "an edit": _edit,
    "an edit that keeps the size": _edit_to_the_same_size,
    "a save through a file beside it": _save_through_a_file_beside,
    "a save through a file elsewhere": _save_through_a_file_elsewhere,
    "a file cut to nothing": _truncate,
    "a line more": _append,
    "a save as vim does it": _save_as_vim_does,
    "a deleted file": _delete,
    "a renamed file": _rename,
    "a hidden file": _hide,
    "two files that swap names": _swap_two,
    "a new file with an old time": _move_in_an_old_file,
    "an older file in its place": _replace_by_an_older_file,
    "an edit with its time restored": _restore_the_time,
    "another file of the same size and time": _put_another_file_of_the_same_size_and_time,
    "a new file in new folders": _new_file_in_new_folders,
    "a renamed folder": _rename_a_folder,
    "a deleted folder": _delete_a_folder,
    "a file for a folder": _empty_folder_becomes_a_file,
    "new content in the place of the old": _replace_the_content,
    "a new site in the place of the old": _replace_the_site,
    "a site that is gone": _take_the_site_away,
    "other settings": _edit_the_settings,
    "no settings": _delete_the_settings,
    "another partial": _edit_a_partial,
    "a new style": _new_style,
    "a folder of sources made anew": _new_folder_of_sources,
}
SEEN_ON_UNIX: dict[str, Callable[[Path], None]] = {
    "a save as emacs does it": _save_as_emacs_does,
    "an edit by another name": _edit_through_another_name,
    "a name that is not UTF-8": _name_that_is_not_utf_8,
    "a name with a line end": _name_with_a_line_end,
    "another text where a link leads": _edit_what_a_link_leads_to,
    "a link that leads elsewhere": _lead_a_link_elsewhere,
    "a link that leads nowhere": _link_to_nowhere,
    "a link that leads nowhere any more": _break_a_link,
    "links in a circle": _links_in_a_circle,
    "a pipe": _pipe,
}
if os.name != "nt":
    SEEN |= SEEN_ON_UNIX


@pytest.mark.parametrize("name", SEEN)
def test_each_kind_of_change_causes_a_build(name: str, site: Path) -> None:
    with watched(site) as watch:
        before = watch.builds[-1]
        SEEN[name](site)
        assert on_disk(site) != before
        watch.until_built()
        watch.until_looked()
        assert watch.builds[-1] == on_disk(site)
        assert len(watch.builds) <= 3


@pytest.mark.parametrize("name", SEEN)
def test_a_poll_detects_each_kind_of_change(name: str, site: Path) -> None:
    before = fingerprint(source_files(site))
    time.sleep(0.02)  # a tick of the file system clock
    SEEN[name](site)
    assert fingerprint(source_files(site)) != before


@pytest.mark.parametrize("what", ["content", "site"])
def test_a_restored_source_causes_a_build(what: str, site: Path) -> None:
    folder = site / what if what == "content" else site
    with watched(site) as watch:
        whole = on_disk(site)
        folder.rename(site.parent / "away")
        watch.until(lambda: watch.builds[-1] != whole)
        (site.parent / "away").rename(folder)
        watch.until(lambda: watch.builds[-1] == whole)


# --- changes without builds -------------------------------------------------------------


def _output(site: Path) -> None:
    write(site / "output/html/index.html", "built anew")
    write(site / "output/html/new/index.html", "new")
    write(site / "output/content/facts.yaml", "no fact")


def _editors(site: Path) -> None:
    for name in (".facts.yaml.swp", "facts.yaml~", "#facts.yaml#", "4913", "facts.yaml.bak", ".goutputstream-X"):
        write(site / "content" / name, "of an editor")


def _hidden(site: Path) -> None:
    write(site / "content/.git/index.md", "no page")
    write(site / ".git/config.yaml", "no facts")
    write(site / "content/.hidden.md", "no page")


def _other_files(site: Path) -> None:
    write(site / "README.md", "not in content")
    write(site / "content/picture.png", "no source")
    write(site / "content/page.html", "no source there")
    (site / "content/empty").mkdir()
    (site / "content/folder.md").mkdir()


def _read(site: Path) -> None:
    for path in site.rglob("*.*"):
        path.read_bytes()


def _links_to_nowhere(site: Path) -> None:
    (site / "content/.#facts.yaml").symlink_to("me@here.123:456")
    (site / "content/nowhere.png").symlink_to("nothing")


UNSEEN: dict[str, Callable[[Path], None]] = {
    "the output": _output,
    "files of editors": _editors,
    "hidden files": _hidden,
    "other files": _other_files,
    "reading": _read,
}
if os.name != "nt":
    UNSEEN |= {"links to nowhere": _links_to_nowhere}


@pytest.mark.parametrize("name", UNSEEN)
def test_other_files_cause_no_build_and_do_no_harm(name: str, site: Path) -> None:
    with watched(site) as watch:
        UNSEEN[name](site)
        watch.until_looked(5)
        assert len(watch.builds) == 1
        write(site / FACTS, "fact: two")
        watch.until_built()


@needs_links
def test_a_link_to_itself_is_harmless_after_its_removal(site: Path) -> None:
    with watched(site) as watch:
        (site / "content/self.md").symlink_to("self.md")
        write(site / FACTS, "fact: two")
        watch.until_looked()
        (site / "content/self.md").unlink()
        write(site / FACTS, "fact: three")
        watch.until_built()


def test_an_unreadable_folder_is_built_when_it_becomes_readable(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched(site) as watch:
        with monkeypatch.context() as closed:
            scandir = os.scandir

            def refuse(path: str) -> object:
                if path.endswith("deep"):
                    raise PermissionError(13, "Permission denied", path)
                return scandir(path)

            closed.setattr(os, "scandir", refuse)
            watch.until(lambda: watch.builds[-1] is None)
        watch.until_built()


# --- many changes --------------------------------------------------------------------


def test_a_thousand_simultaneous_changes_cause_at_most_two_builds(site: Path) -> None:
    with watched(site) as watch:
        for number in range(1000):
            write(site / f"content/many/{number}.md", "new")
        watch.until_built()
        watch.until_looked()
        assert len(watch.builds) <= 3
        before = len(watch.builds)
        for number in range(1000):
            write(site / f"content/many/{number}.md", "newer")
        watch.until_built()
        watch.until_looked()
        assert len(watch.builds) <= before + 2


def test_a_stream_of_edits_is_built_during_and_after_it(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SETTLE_AT_MOST", 0.1)
    with watched(site) as watch:
        number = 0
        while len(watch.builds) < 5:
            number += 1
            assert number < 10_000
            write(site / FACTS, f"fact: {number:05}")
            time.sleep(0.003)
        watch.until_built()


def test_an_edit_during_a_build_is_built_after_it(site: Path) -> None:
    at_work, go_on = threading.Event(), threading.Event()

    def building() -> None:
        at_work.set()
        assert go_on.wait(10)

    watch = Watched(site, building)
    watch.thread.start()
    for text in ("fact: two", "fact: 3", "fact: two"):
        assert at_work.wait(10)
        at_work.clear()
        write(site / FACTS, text)
        go_on.set()
        watch.until(lambda: watch.builds[-1] == on_disk(site))
        assert at_work.wait(10)
        go_on.clear()
    assert len(watch.builds) == 4
    watch.stop.set()
    go_on.set()
    watch.thread.join(10)
    assert not watch.thread.is_alive()


class Hand:
    """Makes random changes to the files of a site."""

    NAMES = tuple(f"content/{folder}{file}" for folder in ("", "x/", "x/y/") for file in ("a.md", "b.md", "c.yaml"))

    def __init__(self, site: Path, seed: int) -> None:
        self.site = site
        self.random = random.Random(seed)

    def change(self) -> None:
        """Make a random change."""
        to_one = (self.edit, self.edit, self.edit_and_touch_back, self.save_elsewhere, self.rename, Path.unlink)
        found = [path for path in sorted((self.site / "content").rglob("*.*")) if path.is_file()]
        chosen = self.random.randrange(8)
        if not found or chosen == 0:
            self.edit(self.site / self.random.choice(self.NAMES))
        elif chosen == 1:
            shutil.rmtree(self.site / "content" / self.random.choice(("x", "x/y")), ignore_errors=True)
        else:
            to_one[chosen - 2](self.random.choice(found))

    def edit(self, path: Path) -> None:
        write(path, f"{self.random.randrange(10)}")

    def edit_and_touch_back(self, path: Path) -> None:
        before = path.stat()
        self.edit(path)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def save_elsewhere(self, path: Path) -> None:
        self.edit(self.site.parent / "elsewhere/new")
        (self.site.parent / "elsewhere/new").replace(path)

    def rename(self, path: Path) -> None:
        target = self.site / self.random.choice(self.NAMES)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


@pytest.mark.parametrize("seed", range(8))
def test_after_any_sequence_of_changes_the_last_build_is_current(seed: int, site: Path) -> None:
    hand = Hand(site, seed)
    slow = hand.random.random() * 0.01
    with watched(site, lambda: time.sleep(slow)) as watch:
        for _ in range(4):
            for _ in range(15):
                hand.change()
                if hand.random.random() < 0.5:
                    time.sleep(hand.random.random() * 0.04)
            watch.until_built()
            watch.until_looked()
            assert watch.builds[-1] == on_disk(site)


# --- polls, pauses and the end -------------------------------------------------------


class Clockwork(threading.Event):
    """An event that records the timeouts of its waits, and is set after some of them."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self.left = waits
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0)
        self.left -= 1
        if self.left < 0:
            self.set()
        return self.is_set()


def builds_after(looks: list[object]) -> list[int]:
    """The numbers of polls after which builds start, for the given results of polls; the last result is repeated."""
    counted: list[int] = []
    seen = 0

    def look() -> Fingerprint:
        nonlocal seen
        seen += 1
        shown = looks[min(seen, len(looks)) - 1]
        return {"shown": shown}

    counted.extend(seen for _ in changes(look, Clockwork(len(looks) + 5)))
    return counted


def test_builds_start_when_changes_have_stopped() -> None:
    assert builds_after([1]) == [1]
    assert builds_after([1, 1, 1, 2]) == [1, 5]
    assert builds_after([1, 2, 3, 4]) == [1, 5]
    assert builds_after([1, 2, 1, 2, 2, 2]) == [1, 5]
    assert builds_after([1, 2, 2, 1, 1]) == [1, 3, 5]


def test_a_build_waits_for_an_emptied_file_to_be_written() -> None:
    full, empty, written = FileStat(1, 1, 9, 1), FileStat(2, 2, 0, 1), FileStat(3, 3, 9, 1)
    assert builds_after([full, empty, empty, empty, written, written]) == [1, 6]
    assert builds_after([empty, FileStat(2, 2, 0, 2), FileStat(2, 2, 0, 2)]) == [1, 3]


def test_a_file_that_stays_empty_is_built_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SETTLE_AT_MOST", 0)
    assert builds_after([FileStat(1, 1, 9, 1), FileStat(2, 2, 0, 1)]) == [1, 2]


def test_a_failed_poll_and_the_next_successful_one_are_changes() -> None:
    def closed_folder() -> Iterator[tuple[str, str]]:
        yield "facts.yaml", "content/facts.yaml"
        raise PermissionError(13, "Permission denied", "content")

    closed = fingerprint(closed_folder())
    assert closed == {"error": (13, "content")}
    assert builds_after([1, closed, closed, closed, 1, 1]) == [1, 3, 6]
    assert builds_after([closed, closed, 1, 1]) == [1, 4]


def test_no_build_starts_within_a_tick_of_the_last_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SETTLE_AT_MOST", 0)
    never_at_rest = iter(range(100))
    stop = Clockwork(20)
    builds = 0
    for _ in changes(lambda: {"shown": next(never_at_rest)}, stop):
        builds += 1
        assert stop.waited[-1] >= watching.SETTLE
    assert builds >= 10


def test_nothing_is_built_after_the_end(site: Path) -> None:
    with watched(site) as watch:
        watch.stop.set()
        watch.thread.join(1)
        assert not watch.thread.is_alive()
        write(site / FACTS, "fact: two")
        assert len(watch.builds) == 1


def test_the_pause_between_polls_is_twenty_times_a_poll(site: Path) -> None:
    for folder in range(100):
        (site / f"content/{folder}").mkdir()
        for file in range(100):
            (site / f"content/{folder}/{file}.md").touch()
    took: list[float] = []

    def look() -> object:
        started = time.perf_counter()
        seen = fingerprint(source_files(site))
        took.append(time.perf_counter() - started)
        return len(seen)

    stop = Clockwork(4)
    assert sum(1 for _ in changes(look, stop)) == 1
    assert len(fingerprint(source_files(site))) > 10_000
    pauses = stop.waited[1:]  # the first wait is for the tick
    assert len(pauses) == len(took) == 4
    for pause, seconds in zip(pauses, took, strict=True):
        assert 20 * seconds <= pause <= 25 * seconds + 0.5


def test_a_fast_poll_is_not_repeated_within_the_minimum_pause() -> None:
    stop = Clockwork(5)
    assert sum(1 for _ in changes(lambda: {"shown": 1}, stop)) == 1
    assert set(stop.waited[1:]) == {watching.PAUSE}


def test_a_poll_detects_existing_and_missing_files(site: Path) -> None:
    seen = fingerprint([("a", str(site / FACTS)), ("b", str(site / "content/nothing.md"))])
    assert set(seen) == {str(site / FACTS), str(site / "content/nothing.md")}
    assert seen[str(site / "content/nothing.md")] is None
    assert seen[str(site / FACTS)] is not None
