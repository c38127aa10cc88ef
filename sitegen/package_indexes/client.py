"""HTTP for package indexes: one conditional request (RFC 9110)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import Message
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import requests

from sitegen.package_indexes.interface import IndexProblem, Progress
from sitegen.package_indexes.releases import Published, write_lock

TIMEOUT = (15.0, 60.0)  # seconds to connect, and between two chunks of a response
_CHUNK = 1 << 16
_CONDITIONS = {"etag": "If-None-Match", "modified": "If-Modified-Since"}


class Response(NamedTuple):
    """A document of an index, and the validators of the next conditional request."""

    url: str
    kind: str
    charset: str | None
    data: bytes
    validators: dict[str, str]

    def validating(self, published: Published) -> Published:
        """The releases, with the validators of this response."""
        validators = {**self.validators, "content": _content(published)} if self.validators else {}
        return replace(published, validators=validators)


def open_session(certificates: str, client_certificate: str, proxy: str) -> requests.Session:
    """A session with the settings of a package manager; empty text means the default."""
    session = requests.Session()
    session.headers["User-Agent"] = f"sitegen {requests.utils.default_user_agent()}"
    if certificates:
        session.verify = certificates
    if client_certificate:
        session.cert = client_certificate
    if proxy:
        session.proxies = {"http": proxy, "https": proxy}
    return session


@contextmanager
def problems_of(package: str) -> Iterator[None]:
    """Raise an IndexProblem for a failed request inside the `with` block."""
    try:
        yield
    except requests.RequestException as error:
        raise IndexProblem(f"cannot fetch '{package}' from the index: {_reason(error)}") from None


def get_document(
    session: requests.Session, url: str, package: str, accept: str, known: Published | None, progress: Progress
) -> Response | None:
    """Fetch a document; None if unchanged since `known`. Raises IndexProblem and requests.RequestException."""
    identity = _digest(_without_password(url).encode())
    headers = {"Accept": accept}
    # Valid only for the same index, and if the lock file was not edited since.
    if known and known.validators.get("of") == identity and known.validators.get("content") == _content(known):
        headers |= {header: known.validators[key] for key, header in _CONDITIONS.items() if key in known.validators}
    with session.get(url, headers=headers, timeout=TIMEOUT, stream=True) as response:
        if response.status_code == requests.codes.not_modified and len(headers) > 1:
            return None
        if response.status_code == requests.codes.not_found:
            raise IndexProblem(f"the index has no package '{package}'")
        if response.status_code != requests.codes.ok:
            status = f"{response.status_code} {response.reason or ''}".strip()
            raise IndexProblem(f"the index returned '{status}' for '{package}'")
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
        return Response(response.url, kind.get_content_type(), kind.get_content_charset(), bytes(data), validators)


def _content(published: Published) -> str:
    return _digest(write_lock(replace(published, validators={})))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


# Why a request failed, without the URL, which may contain a password. The first match applies.
_REASONS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (requests.exceptions.SSLError, "its certificate is not trusted"),
    (requests.exceptions.ProxyError, "the proxy does not respond"),
    (requests.Timeout, "the request timed out"),
    (requests.exceptions.ChunkedEncodingError, "the response is incomplete"),
    (requests.ConnectionError, "no connection"),
    (requests.TooManyRedirects, "too many redirects"),
    (requests.exceptions.ContentDecodingError, "the response cannot be decompressed"),
    ((requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL), "it redirects to an unsupported URL"),
)


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"it returned '{error.response.status_code}'"
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), type(error).__name__)


def settings_in(environment: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The settings of a package manager in environment variables: `PIP_INDEX_URL` is `index-url`."""
    found = {name: value for name, value in environment.items() if name.startswith(prefix) and value}
    return {name.removeprefix(prefix).lower().replace("_", "-"): value for name, value in found.items()}


def day_of(time: str) -> date | None:
    """The date of an ISO 8601 time in UTC; None if it is invalid."""
    try:
        return datetime.fromisoformat(time).astimezone(UTC).date()
    except ValueError:
        return None
