"""`sitegen build --why`: why a file of the output was made again, or was not."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from sitegen.commands.account import Account
from sitegen.commands.telling import OK, USAGE, Options, fail, results_stream
from sitegen.findings import did_you_mean
from sitegen.output import Kind
from sitegen.reasons import changed, clause, listed
from sitegen.remembering import Given, given


def tell_why(account: Account, folder: Path, options: Options) -> int:
    """Tell of each path that `--why` names why it was made again, or was not. Returns the exit code."""
    asker = _Asker(account)
    code = refuse_unknown(asker.paths, folder, options)
    for asked in options.why:
        path = _below(asked, folder, asker.paths)
        if path not in asker.paths:
            continue
        first, *others = asker.about(path, all_names=options.verbose)
        print("\n".join([f"{folder / path} {first}", *(f"  {line}" for line in others)]), file=results_stream(options))
    return code


def refuse_unknown(paths: Collection[str], folder: Path, options: Options) -> int:
    """Report each name of `--why` that is none of the paths, before anything is written. Returns the exit code."""
    code = OK
    for asked in options.why:
        path = _below(asked, folder, paths)
        if path not in paths:
            hint = did_you_mean(path, paths)
            code = fail(f"--why: {asked} is no file of the output{'; ' if hint else ''}{hint}", USAGE)
    return code


def _below(asked: str, folder: Path, paths: Collection[str]) -> str:
    """A path below the output folder, however it was written."""
    plain = os.path.normpath(asked)
    names = [plain]
    for whole in (os.path.abspath, os.path.realpath):
        name = os.path.relpath(whole(plain), whole(folder))
        names += [name] if not name.startswith(os.pardir) else []
    found = [name.replace(os.sep, "/") for name in names]
    return next((name for name in found if name in paths), found[-1])


class _Asker:
    """Answers for one build."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.kinds: dict[str, Kind] = {}
        for difference in account.written.differences if account.written else ():
            self.kinds[difference.path] = difference.kind
        self.given = given(account.sections)
        self.library = {path: library for library, gave in self.given.items() for path in gave.paths}
        self.files = {*account.made, *account.kept} if account.reason.way != "nothing" else {*self.library}
        self.paths = {*self.files, *self.kinds, *account.before.files}
        own = {name for gave in self.given.values() for name in gave.files}
        self.common = sorted(name for name in account.sources if name not in own)

    def about(self, path: str, *, all_names: bool) -> Iterator[str]:
        """What is told of a path: what was done with it, why, and what it is made of."""
        kind = self.kinds.get(path)
        if self.account.written is None and self.account.reason.way != "nothing":
            yield "was left alone, since the build stopped at what is told above."
            return
        elif path in self.account.kept or (self.account.reason.way == "nothing" and path in self.files):
            yield "was kept, and not made again."
            yield self._why_kept(path)
        elif kind is None:
            yield f"was left alone: it is of '{self.account.before.files[path].group}', and this build is of others."
            return
        else:
            yield _DONE[kind]
            yield from self._why_made(path, kind)
        if path in self.files:
            yield from self._made_of(path, all_names=all_names)

    def _why_kept(self, path: str) -> str:
        if self.account.reason.way == "nothing":
            return "All sources and all files of the output are as the last build left them."
        library = self.library.get(path)
        if library:
            return f"The files of its library '{library}' and the common sources are as they were."
        return "The common sources are as they were, and so is all that it may show of libraries."

    def _why_made(self, path: str, kind: Kind) -> Iterator[str]:
        reason = self.account.reason
        if kind in ("edited", "edited left over"):
            yield "Somebody edited it since it was written."
        elif kind == "foreign":
            yield "It stood there and was not written by sitegen; --force took it over."
        elif kind == "missing" and path in self.account.before.files:
            yield "Somebody removed it since it was written."
        elif kind == "missing" and reason.kind != "first":
            yield "No build has written it before."
        own = self._own(path)
        names = [name for name in own.files if name in self.account.reason.changes]
        if names and reason.kind != "many":
            yield f"Of the files of its library, {changed(names, self.account.reason.changes)}."
        if reason.way == "whole":
            yield f"The whole site was made again, since {clause(reason)}."
        elif not names and set(own.paths) & set(reason.paths) - {path}:
            yield "It was made with the other files of its library, of which some were not as they were left."

    def _own(self, path: str) -> Given:
        library = self.library.get(path)
        return self.given[library] if library else Given((), ())

    def _made_of(self, path: str, *, all_names: bool) -> Iterator[str]:
        library, own = self.library.get(path), self._own(path)
        if library is None:
            yield "It could not be told what it is made of."
            return
        if library:
            count = {0: "no files", 1: "1 file"}.get(len(own.files), f"{len(own.files)} files")
            names = f": {', '.join(own.files) if all_names else listed(own.files)}" if own.files else ""
            yield f"It is made of the library '{library}', which has {count} of its own{names};"
        else:
            yield "It stands beside the pages of all libraries, and is made of what these are;"
        yield f"and of {len(self.common)} common sources{':' if all_names else ', which -v names.'}"
        yield from (f"  {name}" for name in self.common if all_names)


_DONE: dict[Kind, str] = {
    "missing": "was written.",
    "stale": "was written.",
    "edited": "was written.",
    "foreign": "was written.",
    "unchanged": "was made again, came out the same, and was not written.",
    "left over": "was removed, since nothing is made for it any more.",
    "edited left over": "was kept, though nothing is made for it any more.",
}
