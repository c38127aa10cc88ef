"""The client of a Python package index: the simple repository API, with the settings of pip.

JSON (PEP 691, with days by PEP 700) where the index supports it, else HTML (PEP 503). If a page lacks the
Requires-Python of a release, its metadata is fetched (PEP 658). Requests are conditional.
"""

from __future__ import annotations

import ast
import email.parser
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date
from importlib.util import find_spec

import pypi_simple
from pypi_simple import DistributionPackage, PyPISimple

from sitegen.facts.version_ranges import VersionError, parse_version
from sitegen.package_indexes.client import (
    TIMEOUT,
    Response,
    day_of,
    get_document,
    open_session,
    problems_of,
    settings_in,
)
from sitegen.package_indexes.interface import IndexProblem, Progress
from sitegen.package_indexes.pypi import spelling
from sitegen.package_indexes.releases import Published, PublishedFile, gather

_JSON, _HTML = "application/vnd.pypi.simple.v1+json", ("application/vnd.pypi.simple.v1+html", "text/html")
_ACCEPT = f"{_JSON}, {_HTML[0]};q=0.2, {_HTML[1]};q=0.01"
_NAME = re.compile(r"[A-Za-z0-9._+!~-]+")


def fetch(package: str, known: Published | None, progress: Progress) -> Published | None:
    """Fetch the releases of a package; None if unchanged since `known`. Raises IndexProblem."""
    client = _client(pip_settings())
    with problems_of(package), client:
        answer = get_document(client.s, client.get_project_url(package), package, _ACCEPT, known, progress)
        if answer is None:
            return None
        listed = [(file, day) for file, day in _listed(answer, package) if _is_of(file, package)]
        if not listed:
            raise IndexProblem(f"the index lists no files of '{package}'")
        items = list(_items(listed, known, client))
    return answer.validating(gather("pypi", package, items))


# --- pip -----------------------------------------------------------------------------


def pip_settings() -> dict[str, str]:
    """The settings of pip for its index: `index-url`, `cert`, `proxy` and so on.

    An environment of uv has no pip; then it is the `pip` on the path.
    """
    pip = shutil.which("pip") if find_spec("pip") is None else None
    listed = subprocess.run(  # noqa: S603 - the pip of the user
        [*([pip] if pip else [sys.executable, "-m", "pip"]), "config", "list"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    lines = listed.stdout.splitlines() if listed.returncode == 0 else []
    found = {":env:": settings_in(os.environ, "PIP_")}
    for line in lines:
        match = re.fullmatch(r"(?P<section>[^.=]+)\.(?P<key>[^=]+)=(?P<value>'.*'|\".*\")", line)
        if match:
            found.setdefault(match["section"], {})[match["key"]] = str(ast.literal_eval(match["value"]))
    return {**found.get("global", {}), **found.get("install", {}), **found[":env:"]}


def _client(settings: dict[str, str]) -> PyPISimple:
    """A client with the settings of pip. Raises IndexProblem if pip is configured to use no index."""
    url = settings.get("index-url", pypi_simple.PYPI_SIMPLE_ENDPOINT)
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        raise IndexProblem("pip is configured to use no index ('no-index')")
    if not url.startswith(("https://", "http://")):
        raise IndexProblem("pip is configured for an index without an https or http URL")
    session = open_session(settings.get("cert", ""), settings.get("client-cert", ""), settings.get("proxy", ""))
    return PyPISimple(url, session=session)


# --- the response ----------------------------------------------------------------------


# A file of the page, and its date if the page states it.
_Listed = tuple[DistributionPackage, date | None]


def _listed(answer: Response, package: str) -> Iterator[_Listed]:
    """The files of a page. Raises IndexProblem if it is not an index page."""
    try:
        if answer.kind == _JSON:
            page = pypi_simple.ProjectPage.from_json_data(json.loads(answer.data), answer.url)
            for file in page.packages:
                yield file, file.upload_time.astimezone(UTC).date() if file.upload_time else None
        elif answer.kind in _HTML:
            links = pypi_simple.RepositoryPage.from_html(answer.data, answer.url, answer.charset).links
            for link in links:
                day = day_of(link.get_str_attrib("data-upload-time") or "")
                yield DistributionPackage.from_link(link, package), day
        else:
            raise IndexProblem(f"the index returned '{answer.kind}', which is not an index page")
    except RecursionError:
        raise IndexProblem(f"cannot read the index's response for '{package}': it is nested too deeply") from None
    except (ValueError, pypi_simple.UnsupportedRepoVersionError) as error:
        first = str(error).partition("\n")[0]
        raise IndexProblem(f"cannot read the index's response for '{package}': {first}") from None


def _items(listed: Iterable[_Listed], known: Published | None, client: PyPISimple) -> Iterator[PublishedFile]:
    """The wheels and source distributions. A requirement missing on the page is read from the metadata."""
    stated: dict[str, str] = {}
    if known is not None:  # published files never change
        stated = {name: req for release in known.releases for req, name in known.names(release) if req}
    asked: dict[str, str] = {}
    for file, day in listed:
        version = str(parse_version(file.version or ""))
        requirement = file.requires_python
        if requirement is None:
            requirement = stated.get(file.filename) or asked.get(version)
        if requirement is None and file.has_metadata:
            requirement = asked[version] = _requirement(client, file)
        yanked = (file.yanked_reason or "") if file.is_yanked else None
        yield PublishedFile(version, file.filename, " ".join((requirement or "").split()), day, yanked)


def _is_of(file: DistributionPackage, package: str) -> bool:
    """Whether a link is a wheel or a source distribution of a package, as for an installer."""
    if file.package_type not in ("wheel", "sdist") or not _NAME.fullmatch(file.filename):
        return False
    try:
        parse_version(file.version or "")
    except VersionError:  # older than PEP 440
        return False
    return spelling(file.project or "") == spelling(package)


def _requirement(client: PyPISimple, file: DistributionPackage) -> str:
    try:
        metadata = client.get_package_metadata(file, timeout=TIMEOUT)
    except pypi_simple.NoMetadataError:
        return ""
    except pypi_simple.DigestMismatchError:
        raise IndexProblem(f"the metadata of {file.filename} does not match its hash in the index") from None
    return str(email.parser.HeaderParser().parsestr(metadata).get("Requires-Python") or "")
