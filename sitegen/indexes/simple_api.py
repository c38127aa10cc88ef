"""Asking a Python package index: the simple repository API, with the settings of pip.

JSON (PEP 691, with days by PEP 700) where the index speaks it, else HTML (PEP 503). Where a page does not say what a
release requires (Requires-Python), its metadata is asked (PEP 658). An answer that did not change is not sent again.
"""

from __future__ import annotations

import ast
import email.parser
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import Message
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import pypi_simple
import requests
from pypi_simple import DistributionPackage, PyPISimple

from sitegen.indexes.interface import IndexProblem, Progress
from sitegen.indexes.releases import Item, Published, gather, write_lock
from sitegen.version_ranges import VersionError, parse_version

_CHUNK = 1 << 16
_TIMEOUT = (15.0, 60.0)  # seconds to connect, and between two pieces of an answer
_JSON, _HTML = "application/vnd.pypi.simple.v1+json", ("application/vnd.pypi.simple.v1+html", "text/html")
_ACCEPT = f"{_JSON}, {_HTML[0]};q=0.2, {_HTML[1]};q=0.01"
_NAME = re.compile(r"[A-Za-z0-9._+!~-]+")


def ask(package: str, known: Published | None, progress: Progress) -> Published | None:
    """Ask what is published of a package; None where nothing changed since `known`. Raises IndexProblem."""
    settings = pip_settings()
    client = _client(settings)
    url = client.get_project_url(package)
    try:
        with client:
            answer = _get(client.s, url, package, known, progress)
            if answer is None:
                return None
            listed = list(_listed(answer, package))
            if not listed:
                raise IndexProblem(f"the index lists no file of '{package}'")
            items = list(_items(listed, known, client))
    except requests.RequestException as error:
        raise IndexProblem(f"the index cannot be asked for '{package}': {_reason(error)}") from None
    published = gather("pypi", package, items)
    validators = {**answer.validators, "content": _content(published)} if answer.validators else {}
    return replace(published, validators=validators)


# --- pip -----------------------------------------------------------------------------


def pip_settings() -> dict[str, str]:
    """The settings of pip that say how it asks its index: `index-url`, `cert`, `proxy` and so on."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    lines = listed.stdout.splitlines() if listed.returncode == 0 else []
    found = {":env:": _pip_environment()}
    for line in lines:
        match = re.fullmatch(r"(?P<section>[^.=]+)\.(?P<key>[^=]+)=(?P<value>'.*'|\".*\")", line)
        if match:
            found.setdefault(match["section"], {})[match["key"]] = str(ast.literal_eval(match["value"]))
    return {**found.get("global", {}), **found.get("install", {}), **found[":env:"]}


def _pip_environment() -> dict[str, str]:
    names = {name: value for name, value in os.environ.items() if name.startswith("PIP_") and value}
    return {name.removeprefix("PIP_").lower().replace("_", "-"): value for name, value in names.items()}


def _client(settings: dict[str, str]) -> PyPISimple:
    """A client with the settings of pip. Raises IndexProblem where pip is told to ask no index."""
    url = settings.get("index-url", pypi_simple.PYPI_SIMPLE_ENDPOINT)
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        raise IndexProblem("pip is configured to ask no index ('no-index')")
    if not url.startswith(("https://", "http://")):
        raise IndexProblem("pip is configured for an index that is not asked over https or http")
    session = requests.Session()
    session.headers["User-Agent"] = f"sitegen {requests.utils.default_user_agent()}"
    if settings.get("cert"):
        session.verify = settings["cert"]
    if settings.get("client-cert"):
        session.cert = settings["client-cert"]
    if settings.get("proxy"):
        session.proxies = {"http": settings["proxy"], "https": settings["proxy"]}
    return PyPISimple(url, session=session)


# --- the answer ----------------------------------------------------------------------


class _Answer(NamedTuple):
    """A page of the index, and what to ask for it again with."""

    url: str
    kind: str
    charset: str | None
    data: bytes
    validators: dict[str, str]


def _get(
    session: requests.Session, url: str, package: str, known: Published | None, progress: Progress
) -> _Answer | None:
    identity = _digest(_without_password(url).encode())
    headers = {"Accept": _ACCEPT}
    # Of use for the same index only, and where nobody edited the lock since.
    if known and known.validators.get("of") == identity and known.validators.get("content") == _content(known):
        names = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
        headers |= {header: known.validators[key] for key, header in names.items() if key in known.validators}
    with session.get(url, headers=headers, timeout=_TIMEOUT, stream=True) as response:
        if response.status_code == requests.codes.not_modified and len(headers) > 1:
            return None
        if response.status_code == requests.codes.not_found:
            raise IndexProblem(f"the index has no package '{package}'")
        if response.status_code != requests.codes.ok:
            said = f"{response.status_code} {response.reason or ''}".strip()
            raise IndexProblem(f"the index answered '{said}' when it was asked for '{package}'")
        size = response.headers.get("Content-Length", "")
        data = bytearray()
        for piece in response.iter_content(_CHUNK):
            data += piece
            progress(len(data), int(size) if size.isdigit() else 0)
        kind = Message()
        kind["Content-Type"] = response.headers.get("Content-Type", "text/html")
        sent = {"etag": response.headers.get("ETag"), "modified": response.headers.get("Last-Modified")}
        validators = {key: value for key, value in sent.items() if value}
        if validators:
            validators["of"] = identity
        return _Answer(response.url, kind.get_content_type(), kind.get_content_charset(), bytes(data), validators)


def _content(published: Published) -> str:
    return _digest(write_lock(replace(published, validators={})))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


class _Listed(NamedTuple):
    """A file of the page, and its day where the page gives it."""

    package: DistributionPackage
    day: date | None


def _listed(answer: _Answer, package: str) -> Iterator[_Listed]:
    """The files of a page. Raises IndexProblem where it is no page of an index."""
    try:
        if answer.kind == _JSON:
            page = pypi_simple.ProjectPage.from_json_data(json.loads(answer.data), answer.url)
            for file in page.packages:
                yield _Listed(file, file.upload_time.astimezone(UTC).date() if file.upload_time else None)
        elif answer.kind in _HTML:
            links = pypi_simple.RepositoryPage.from_html(answer.data, answer.url, answer.charset).links
            for link in links:
                day = _day(link.get_str_attrib("data-upload-time") or "")
                yield _Listed(DistributionPackage.from_link(link, package), day)
        else:
            raise IndexProblem(f"the index answered with '{answer.kind}', which is no page of an index")
    except (ValueError, pypi_simple.UnsupportedRepoVersionError) as error:
        first = str(error).partition("\n")[0]
        raise IndexProblem(f"the answer of the index for '{package}' cannot be read: {first}") from None


def _day(written: str) -> date | None:
    try:
        return datetime.fromisoformat(written).astimezone(UTC).date()
    except ValueError:
        return None


def _items(listed: Iterable[_Listed], known: Published | None, client: PyPISimple) -> Iterator[Item]:
    """The wheels and source distributions; what a page does not say of a release is asked of its metadata."""
    told = _requirements(known)
    asked: dict[str, str] = {}
    for file, day in listed:
        version = _version(file)
        if version is None or not _NAME.fullmatch(file.filename):
            continue
        requirement = file.requires_python
        if requirement is None:
            requirement = told.get(file.filename) or asked.get(version)
        if requirement is None and file.has_metadata:
            requirement = asked[version] = _requirement(client, file)
        yanked = (file.yanked_reason or "") if file.is_yanked else None
        yield Item(version, file.filename, " ".join((requirement or "").split()), day, yanked)


def _version(file: DistributionPackage) -> str | None:
    if file.version is None or file.package_type not in ("wheel", "sdist"):
        return None
    try:
        return str(parse_version(file.version))
    except VersionError:  # of the days before PEP 440; installers pass over these too
        return None


def _requirements(known: Published | None) -> dict[str, str]:
    """What is known already; a file that is published never changes."""
    if known is None:
        return {}
    return {name: req for release in known.releases for req, name in known.names(release) if req}


def _requirement(client: PyPISimple, file: DistributionPackage) -> str:
    try:
        metadata = client.get_package_metadata(file, timeout=_TIMEOUT)
    except pypi_simple.NoMetadataError:
        return ""
    except pypi_simple.DigestMismatchError:
        raise IndexProblem(f"the metadata of {file.filename} is not what the index says it is") from None
    return str(email.parser.HeaderParser().parsestr(metadata).get("Requires-Python") or "")


def _reason(error: requests.RequestException) -> str:
    """Why a request failed, in a few words and without the address, which may hold a password."""
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not answer"
    if isinstance(error, requests.Timeout):
        return "it does not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "its answer broke off"
    if isinstance(error, requests.ConnectionError):
        return "there is no connection to it"
    if isinstance(error, requests.TooManyRedirects):
        return "it sends us from page to page"
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"it answered '{error.response.status_code}'"
    return type(error).__name__
