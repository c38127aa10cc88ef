"""The client of Python package indexes, with a local server that gives valid and invalid answers."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from sitegen.cli import main
from sitegen.package_indexes import fetch, simple_api
from sitegen.package_indexes.interface import IndexProblem
from sitegen.package_indexes.releases import Published, read_lock, write_lock
from tests.support.commands import run_in_terminal
from tests.support.index_server import HTML, JSON, Response, Server
from tests.support.project_files import copy_project
from tests.support.requirements import need
from tests.support.sites import ROOT, write_files

SAID: dict[tuple[str, ...], dict[str, str]] = {}


def pip_settings(url: str, asked: Callable[[], dict[str, str]] = simple_api.pip_settings) -> dict[str, str]:
    """The settings of pip. Asked only once for settings that differ only in the address of the server."""
    configured = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    file = Path(configured["PIP_CONFIG_FILE"]).read_text("utf-8")
    key = tuple(text.replace(url, "URL") for text in (*configured, *configured.values(), file))
    if key not in SAID:
        SAID[key] = {name: value.replace(url, "URL") for name, value in asked().items()}
    return {name: value.replace("URL", url) for name, value in SAID[key].items()}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An index that pip is configured for."""
    found = Server()
    for name in [name for name in os.environ if name.startswith("PIP_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{found.url}/simple")
    monkeypatch.setattr(simple_api, "pip_settings", partial(pip_settings, found.url))
    yield found
    found.http.shutdown()
    found.http.server_close()


def page(*files: dict[str, object], version: str = "1.1") -> Response:
    """A page in JSON (PEP 691)."""
    complete = [{"url": f"/files/{f['filename']}", "hashes": {}, **f} for f in files]
    return Response(json.dumps({"meta": {"api-version": version}, "name": "pkg", "files": complete}).encode())


def html(*links: str) -> Response:
    """A page in HTML (PEP 503)."""
    return Response(f"<!DOCTYPE html><html><body>{'<br/>'.join(links)}</body></html>".encode(), kind=HTML)


def ask(package: str = "pkg", known: Published | None = None) -> Published | None:
    return fetch("pypi", package, known, lambda _done, _size: None)


def releases(published: Published | None) -> dict[str, tuple[str, str | None]]:
    assert published is not None
    return {release.version: (release.day, release.yanked) for release in published.releases}


def names(published: Published | None) -> set[tuple[str, str]]:
    assert published is not None
    return {found for release in published.releases for found in published.names(release)}


WHEEL = "pkg-1.0-cp39-cp39-win32.whl"


# --- valid answers --------------------------------------------------------------


def test_a_page_in_json_has_requirements_dates_and_yanked_files(server: Server) -> None:
    server.answers["/simple/pkg/"] = page(
        {"filename": WHEEL, "requires-python": ">=3.9", "upload-time": "2026-01-02T23:30:00.123456Z"},
        {"filename": "pkg-1.0.tar.gz", "requires-python": ">=3.9", "upload-time": "2026-01-03T00:10:00Z"},
        {"filename": "pkg-1.1.tar.gz", "yanked": "broken", "upload-time": "2026-02-01T00:00:00Z"},
        {"filename": "pkg-1.2.tar.gz", "yanked": True},
        {"filename": "pkg-1.2-py3-none-any.whl"},
        {"filename": "pkg-1.0-py3.9.egg"},
        {"filename": "pkg-1.0.win32.exe"},
        {"filename": "what is this"},
        {"filename": "pkg-0.1-dev-r12.tar.gz"},
    )
    found = ask("My.Pkg".lower().replace("my.", ""))
    assert releases(found) == {"1.0": ("2026-01-02", None), "1.1": ("2026-02-01", "broken"), "1.2": ("", None)}
    assert names(found) == {
        (">=3.9", WHEEL),
        (">=3.9", "pkg-1.0.tar.gz"),
        ("", "pkg-1.1.tar.gz"),
        ("", "pkg-1.2-py3-none-any.whl"),
    }
    (path, headers) = server.asked[0]
    assert path == "/simple/pkg/"
    assert headers["accept"].startswith(JSON)
    assert "sitegen" in headers["user-agent"]


def test_the_name_of_a_package_is_normalized(server: Server) -> None:
    server.answers["/simple/my-pkg/"] = page({"filename": "my_pkg-1.0.tar.gz"}, {"filename": "My.Pkg-1.1.tar.gz"})
    assert names(ask("My.Pkg")) == {("", "my_pkg-1.0.tar.gz"), ("", "My.Pkg-1.1.tar.gz")}


def test_a_page_in_html_has_the_same_content(server: Server) -> None:
    server.answers["/simple/pkg/"] = html(
        f'<a href="../../files/{WHEEL}#sha256=0" data-requires-python="&gt;=3.9" '
        f'data-upload-time="2026-01-02T12:00:00Z">{WHEEL}</a>',
        '<a href="/files/pkg-1.1.tar.gz" data-yanked="broken">pkg-1.1.tar.gz</a>',
        '<a href="/elsewhere">Index of packages</a>',
    )
    found = ask()
    assert names(found) == {(">=3.9", WHEEL), ("", "pkg-1.1.tar.gz")}
    assert releases(found) == {"1.0": ("2026-01-02", None), "1.1": ("", "broken")}


def test_missing_information_is_read_from_the_metadata_once_per_release(server: Server) -> None:
    metadata = b"Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\nRequires-Python: >=3.9,\n <3.15\n\nProse.\n"
    digest = hashlib.sha256(metadata).hexdigest()
    other = "pkg-1.0-cp39-cp39-win_amd64.whl"
    server.answers["/simple/pkg/"] = html(
        f'<a href="/files/{WHEEL}" data-core-metadata="sha256={digest}">{WHEEL}</a>',
        f'<a href="/files/{other}" data-core-metadata="true">{other}</a>',
    )
    server.answers[f"/files/{WHEEL}.metadata"] = Response(metadata, kind="text/plain")
    found = ask()
    assert names(found) == {(">=3.9, <3.15", WHEEL), (">=3.9, <3.15", other)}
    assert len(server.asked) == 2
    assert names(ask(known=found)) == names(found)
    assert len(server.asked) == 3, "a known file never changes"


def test_a_redirect_is_followed(server: Server) -> None:
    server.answers["/simple/pkg/"] = Response(code=301, headers={"Location": "/other/pkg/"})
    server.answers["/other/pkg/"] = page({"filename": WHEEL})
    assert names(ask()) == {("", WHEEL)}


def test_unchanged_pages_are_not_sent_again(server: Server) -> None:
    def answer(tag: str) -> Response:
        if tag == '"a1"':
            return Response(code=304, headers={"ETag": '"a1"'})
        return Response(**{**vars(page({"filename": WHEEL})), "headers": {"ETag": '"a1"'}})

    server.answers["/simple/pkg/"] = answer
    found = ask()
    assert found is not None
    assert found.validators["etag"] == '"a1"'
    assert server.url not in str(found.validators), "the lock does not contain the address of the index"
    assert ask(known=read_lock(write_lock(found))) is None
    assert server.asked[-1][1]["if-none-match"] == '"a1"'
    edited = read_lock(write_lock(found).replace(b"cp39", b"cp38"))
    assert names(ask(known=edited)) == names(found), "an edited lock is requested again"


def test_the_validators_of_one_index_are_not_sent_to_another(server: Server) -> None:
    server.answers["/simple/pkg/"] = page({"filename": WHEEL})
    known = Published("pypi", "pkg", (), {}, {"etag": '"a1"', "of": "another"})
    assert names(ask(known=known)) == {("", WHEEL)}
    assert "if-none-match" not in server.asked[-1][1]


# --- problems --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Response(code=404), "the index has no package 'pkg'"),
        (Response(code=500), "the index returned '500 Internal Server Error' for 'pkg'"),
        (Response(code=503), "the index returned '503 Service Unavailable' for 'pkg'"),
        (Response(code=304), "the index returned '304 Not Modified' for 'pkg'"),
        (Response(b'{"meta"', missing=500), "cannot fetch 'pkg' from the index: the response is incomplete"),
        (Response(b"{"), "cannot read the index's response for 'pkg': "),
        (Response(b"\xff\xfe"), "cannot read the index's response for 'pkg': "),
        (Response(b'{"files": 3}'), "cannot read the index's response for 'pkg': "),
        (page(version="2.0"), "cannot read the index's response for 'pkg': "),
        (
            Response(b"%PDF", kind="application/pdf"),
            "the index returned 'application/pdf', which is not an index page",
        ),
        (page(), "the index lists no files of 'pkg'"),
        (html("Please log in."), "the index lists no files of 'pkg'"),
        (html('<a href="/login">Log in</a>'), "the index lists no files of 'pkg'"),
        (
            page({"filename": "other-1.0.tar.gz"}, {"filename": "pkg-1.0-py3.9.egg"}),
            "the index lists no files of 'pkg'",
        ),
        (Response(b"[" * 100_000), "cannot read the index's response for 'pkg': it is nested too deeply"),
        (
            Response(b"{}", headers={"Content-Encoding": "gzip"}),
            "cannot fetch 'pkg' from the index: the response cannot",
        ),
        (
            Response(code=302, headers={"Location": "ftp://example.com/"}),
            "cannot fetch 'pkg' from the index: it redirects to an unsupported URL",
        ),
        (
            Response(code=302, headers={"Location": "/simple/pkg/"}),
            "cannot fetch 'pkg' from the index: too many redirects",
        ),
    ],
)
def test_an_unusable_answer_is_reported_in_one_line(answer: Response, said: str, server: Server) -> None:
    server.answers["/simple/pkg/"] = answer
    with pytest.raises(IndexProblem) as told:
        ask()
    assert str(told.value).startswith(said)
    assert "\n" not in str(told.value)
    assert server.url not in str(told.value)


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (b"Requires-Python: >=3", 200, "the metadata of"),
        (b"", 500, "cannot fetch 'pkg' from the index: it returned '500'"),
    ],
)
def test_unusable_metadata_is_reported_in_one_line(body: bytes, code: int, said: str, server: Server) -> None:
    server.answers["/simple/pkg/"] = page({"filename": WHEEL, "core-metadata": {"sha256": "0" * 64}})
    server.answers[f"/files/{WHEEL}.metadata"] = Response(body, code=code)
    with pytest.raises(IndexProblem, match=re.escape(said)):
        ask()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "PIP_INDEX_URL",
            "http://user:secret@127.0.0.1:9/simple",
            "cannot fetch 'pkg' from the index: no connection",
        ),
        ("PIP_INDEX_URL", "file:///srv/simple", "pip is configured for an index without an https or http URL"),
        ("PIP_NO_INDEX", "1", "pip is configured to use no index ('no-index')"),
        ("PIP_PROXY", "http://127.0.0.1:9", "cannot fetch 'pkg' from the index: the proxy does not respond"),
    ],
)
def test_an_invalid_configuration_is_reported_in_one_line(
    name: str, value: str, said: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(IndexProblem) as told:
        ask()
    assert str(told.value) == said


def test_the_files_of_pip_configure_the_index_and_the_environment_wins(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pip.conf"
    file.write_text(f"[global]\nindex-url = http://127.0.0.1:9/\n[install]\nindex-url = {server.url}/files\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    monkeypatch.delenv("PIP_INDEX_URL")
    server.answers["/files/pkg/"] = page({"filename": WHEEL})
    assert names(ask()) == {("", WHEEL)}
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/env/")
    server.answers["/env/pkg/"] = page({"filename": "pkg-2.tar.gz"})
    assert names(ask()) == {("", "pkg-2.tar.gz")}


# --- the command ---------------------------------------------------------------------


SITE = {
    "sitegen.yaml": "verify: {pypi: {package: libraries.package}}\n",
    "content/facts.yaml": """\
products: {fields: {name: text}, records: {web: {name: Web}}}
libraries:
  fields: {name: text, package: optional text}
  records:
    python: {name: Python, package: pkg}
    other: {name: Other, package: other-pkg}
    scala: {name: Scala, package: none}
""",
}
LOCKED = "content/locks/pypi/pkg.json"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_files(tmp_path / "site", SITE)


def update(site: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    code = main(["verify", "--update", "--root", str(site), *more])
    told = capsys.readouterr()
    return code, told.out.replace(str(site), "SITE"), told.err


def test_update_writes_a_lock_and_reports_new_releases(
    server: Server, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers["/simple/pkg/"] = page({"filename": WHEEL})
    server.answers["/simple/other-pkg/"] = page({"filename": "other_pkg-1.tar.gz"})
    code, out, err = update(site, capsys)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"pkg: 1 release; SITE/{LOCKED} written",
        "other-pkg: 1 release; SITE/content/locks/pypi/other-pkg.json written",
    ]
    before = (site / LOCKED).stat()
    assert update(site, capsys)[1].splitlines() == ["pkg: unchanged", "other-pkg: unchanged"]
    after = (site / LOCKED).stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino), "an unchanged lock is not touched"

    server.answers["/simple/pkg/"] = page({"filename": "pkg-1.1.tar.gz"})
    assert update(site, capsys)[1].splitlines()[0] == f"pkg: 1 release, 1 new, 1 removed; SITE/{LOCKED} written"
    server.answers["/simple/pkg/"] = page({"filename": "pkg-1.1.tar.gz", "requires-python": ">=3"})
    assert "files or dates changed" in update(site, capsys)[1]
    assert update(site, capsys, "-q") == (0, "", "")
    assert not list(site.rglob(".sitegen-new*"))


def test_a_package_that_fails_keeps_its_lock_and_does_not_affect_others(
    server: Server, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers["/simple/pkg/"] = page({"filename": WHEEL})
    server.answers["/simple/other-pkg/"] = page({"filename": "other_pkg-1.tar.gz"})
    update(site, capsys)
    before = (site / LOCKED).read_bytes()
    server.answers["/simple/pkg/"] = Response(code=500)
    server.answers["/simple/other-pkg/"] = page({"filename": "other_pkg-2.tar.gz"})
    code, out, err = update(site, capsys)
    assert code == 3
    assert err == "sitegen: the index returned '500 Internal Server Error' for 'pkg'\n"
    assert out.startswith("other-pkg: 1 release, 1 new")
    assert (site / LOCKED).read_bytes() == before


def test_an_unreadable_lock_is_replaced(server: Server, site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server.answers["/simple/pkg/"] = page({"filename": WHEEL})
    server.answers["/simple/other-pkg/"] = page({"filename": "other_pkg-1.tar.gz"})
    write_files(site, {LOCKED: "<<<<<<< ours\n"})
    assert update(site, capsys)[0] == 0
    assert read_lock((site / LOCKED).read_bytes()).package == "pkg"


def test_a_missing_client_is_reported_with_what_to_install(site: Path) -> None:
    script = "import sys; sys.modules['pypi_simple'] = None; from sitegen.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", script, "verify", "--update", "--root", str(site)]
    done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == 3
    assert (
        done.stderr.splitlines()[0] == "sitegen: 'pypi_simple' is not installed; run: pip install pypi-simple requests"
    )


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs a system with pseudo-terminals")
def test_a_terminal_shows_the_progress_of_a_download(server: Server, site: Path) -> None:
    files: list[dict[str, object]] = [{"filename": f"pkg-1.{n}.tar.gz"} for n in range(6_000)]
    server.answers["/simple/pkg/"] = replace(page(*files), seconds=2)
    server.answers["/simple/other-pkg/"] = page({"filename": "other_pkg-1.tar.gz"})
    env = {"PIP_INDEX_URL": f"{server.url}/simple", "CI": ""}
    shown = run_in_terminal("verify", "--update", "--root", site, env=env)
    assert re.search(r"\rdownloading pkg  \d+/\d+ kB  \d+%", shown), shown
    assert "pkg: 6000 releases" in shown


@pytest.mark.slow
def test_the_real_index_agrees_with_the_lock_of_this_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = copy_project(tmp_path / "site", below=("sitegen.yaml", "content/", "partials/", "themes/"))
    path = "content/locks/pypi/ddtrace.json"
    code = main(["verify", "--update", "--root", str(site)])
    told = capsys.readouterr()
    if code == 3 and re.search("cannot be asked|not asked over|no index", told.err):
        need(f"the package index that pip is configured for cannot be asked: {told.err}")
    assert (code, told.err) == (0, "")
    before, after = (read_lock((folder / path).read_bytes()) for folder in (ROOT, site))
    still = {release.version: set(after.names(release)) for release in after.releases if release.yanked is None}
    assert {release.version for release in before.releases} <= {release.version for release in after.releases}
    for release in before.releases:
        if release.version in still and release.yanked is None:
            assert set(before.names(release)) <= still[release.version]
