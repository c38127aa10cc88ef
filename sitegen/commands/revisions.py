"""The sources of a site at a revision, read with git. Nothing is checked out."""

from __future__ import annotations

import posixpath
import subprocess
from pathlib import Path

from sitegen.commands.edge import UsageError
from sitegen.sources import FILE, SOURCES

_LINK = "120000"  # the mode of a symbolic link


def texts_at(root: Path, revision: str) -> dict[str, bytes]:
    """The settings and the content of a site at a revision, by their names below `root`.

    Raises UsageError where git is not there, `root` lies in no repository, or the revision or its site is not there.
    """
    commit = _commit(root, revision)
    listing = _git(root, "ls-tree", "-r", "-z", commit, FILE, "content").decode("utf-8", "surrogateescape")
    blobs, links = _sources(listing)
    if FILE not in blobs:
        raise UsageError(f"at the revision '{revision}' there is no {FILE} in {root}")
    batch = _git(root, "cat-file", "--batch", read="".join(f"{blob}\n" for blob in blobs.values()).encode())
    texts = dict(zip(blobs, _contents(batch, len(blobs)), strict=True))
    for name in links:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), texts.pop(name).decode("utf-8", "replace")))
        if target in texts:
            texts[name] = texts[target]
    return dict(sorted(texts.items()))


def merge_base(root: Path, one: str, other: str) -> str:
    """The commit at which two revisions parted. Raises UsageError where there is none, or the clone lacks it."""
    commits = [_commit(root, revision) for revision in (one, other)]
    found = _git(root, "merge-base", *commits).decode().strip()
    if not found:
        raise UsageError(f"'{one}' and '{other}' have no common commit{_shallow(root)}")
    return found


def _commit(root: Path, revision: str) -> str:
    """The commit that a revision names. Raises UsageError."""
    if _git(root, "rev-parse", "--is-inside-work-tree").strip() != b"true":
        raise UsageError(f"{root} is in no git repository; compare days instead, such as 2026-04-01")
    commit = _parsed(root, revision)
    if not commit:
        remote = f"; did you mean 'origin/{revision}'?" if _parsed(root, f"origin/{revision}") else ""
        hint = remote or _shallow(root) or "; name a commit, a branch or a tag, or a day"
        raise UsageError(f"git knows no revision '{revision}'{hint}")
    return commit


def _parsed(root: Path, revision: str) -> str:
    name = f"{revision}^{{commit}}"
    return _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", name).decode().strip()


def _shallow(root: Path) -> str:
    """What to do if the clone does not have the whole history; nothing if it has."""
    if _git(root, "rev-parse", "--is-shallow-repository").strip() != b"true":
        return ""
    advice = "fetch the rest with 'git fetch --unshallow', or check out with 'fetch-depth: 0' in a pipeline"
    return f", but this clone is shallow and lacks older commits; {advice}"


def _sources(listing: str) -> tuple[dict[str, str], list[str]]:
    """The blob of each source by its name, and the names of those that are links to another."""
    blobs: dict[str, str] = {}
    links: list[str] = []
    for entry in listing.split("\0")[:-1]:
        meta, _, name = entry.partition("\t")
        mode, _, blob = meta.split(" ")
        hidden = any(part.startswith(".") for part in name.split("/"))
        if name == FILE or (name.endswith(SOURCES["content"]) and not hidden):
            blobs[name] = blob
            links += [name] if mode == _LINK else []
    return blobs, links


def _contents(batch: bytes, count: int) -> list[bytes]:
    """The contents in what `git cat-file --batch` writes: a line with the size, then the bytes and a line end.

    Raises UsageError where the clone lacks one of them.
    """
    contents, position = [], 0
    for _ in range(count):
        end = batch.find(b"\n", position)
        size = batch[position:end].rsplit(b" ", 1)[-1]
        if not size.isdigit():  # git writes 'missing', or has failed
            raise UsageError("this clone lacks the contents of some files; fetch them with 'git fetch --refetch'")
        contents.append(batch[end + 1 : end + 1 + int(size)])
        position = end + int(size) + 2
    return contents


def _git(root: Path, *arguments: str, read: bytes = b"") -> bytes:
    """What a git command prints; nothing if it fails. Raises UsageError if there is no git, or it refuses to read."""
    try:
        done = subprocess.run(["git", "-C", root, *arguments], input=read, capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise UsageError("git is not installed; compare days instead, such as 2026-04-01") from None
    if b"dubious ownership" in done.stderr:
        raise UsageError(f"git does not read {root}, which another user owns; add it to 'safe.directory' of git")
    return done.stdout if done.returncode == 0 else b""
