"""The client of an npm registry: the document of a package, with the settings of npm."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from sitegen.facts.version_ranges import VersionError, parse_version
from sitegen.package_indexes.client import day_of, get_document, open_session, problems_of, settings_in
from sitegen.package_indexes.interface import IndexProblem, Progress
from sitegen.package_indexes.releases import Published, PublishedFile, gather

DEFAULT = "https://registry.npmjs.org"


def fetch(package: str, known: Published | None, progress: Progress) -> Published | None:
    """Ask what is published of a package; None where nothing changed since `known`. Raises IndexProblem."""
    settings = npm_settings()
    scope = package.partition("/")[0] if package.startswith("@") else ""
    registry = settings.get(f"{scope}:registry") or settings.get("registry") or DEFAULT
    if not registry.startswith(("https://", "http://")):
        raise IndexProblem("npm is configured for a registry without an https or http URL")
    url = f"{registry.rstrip('/')}/{quote(package, safe='@')}"
    proxy = settings.get("https-proxy") or settings.get("proxy") or ""
    with problems_of(package), open_session(settings.get("cafile", ""), "", proxy) as session:
        answer = get_document(session, url, package, "application/json", known, progress)
    if answer is None:
        return None
    try:
        document = json.loads(answer.data)
        items = list(_items(document))
        latest = _version(str(document.get("dist-tags", {}).get("latest", "")))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        raise IndexProblem(f"cannot read the index's response for '{package}'") from None
    if not items:
        raise IndexProblem(f"the index lists no versions of '{package}'")
    return answer.validating(gather("npm", package, items, latest or ""))


def npm_settings() -> dict[str, str]:
    """The settings of npm for its registry; without npm, those in environment variables."""
    npm = shutil.which("npm")
    if npm is None:
        return settings_in({name.lower(): value for name, value in os.environ.items()}, "npm_config_")
    command = [npm, "config", "list", "--json"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - npm itself
    try:
        found = json.loads(listed.stdout)
    except ValueError:
        found = None
    return {key: value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def _items(document: Mapping[str, Any]) -> Iterator[PublishedFile]:
    """The versions of a package, each with one entry for what it states."""
    days = document.get("time") or {}
    for written, fields in document["versions"].items():
        version = _version(written)
        if version is not None:
            deprecated = fields.get("deprecated")
            yield PublishedFile(
                version,
                _entry(fields),
                _requirement(fields.get("engines")),
                day_of(str(days.get(written))),
                None if deprecated is None or deprecated is False or deprecated == "" else str(deprecated),
            )


def _version(written: str) -> str | None:
    """A version in the order of `parse_version`; None for pre-releases that have no place in it."""
    try:
        version = parse_version(written)
    except VersionError:
        return None
    return None if "-" in written and not version.is_prerelease else str(version)


def _requirement(engines: object) -> str:
    """What `engines` states of Node.js, as it is written; a form that npm no longer reads is kept, too."""
    node = engines.get("node") if isinstance(engines, dict) else engines
    if node is None:
        return ""
    text = " ".join((node if isinstance(node, str) else json.dumps(node)).split())
    return text or "*"


def _entry(fields: Mapping[str, Any]) -> str:
    """`tarball`, and the systems and CPUs that a version is restricted to."""
    stated = {key: fields.get(key) for key in ("os", "cpu", "libc")}
    lists = {key: [value] if isinstance(value, str) else value for key, value in stated.items() if value}
    words = {key: ",".join(re.sub(r"[^\w!-]", "", str(word)) for word in value) for key, value in lists.items()}
    return " ".join(("tarball", *(f"{key}={value}" for key, value in words.items() if value != "any")))
