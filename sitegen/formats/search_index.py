"""The search index of the HTML site: the headings and rows of a library, as a script. Also the texts of its script.

Pages can load a script, but not JSON, when they are opened from the file system.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sitegen.frozen import frozen
from sitegen.languages.catalogue import Language


@frozen
class Findable:
    """What users can find on a page: headings as (level, id, text), and the rows of tables as (id, text, other names).

    `address` is relative to the root of the site.
    """

    product: str
    library: str
    title: str
    address: str
    headings: Sequence[tuple[int, str, str]]
    tables: Sequence[tuple[tuple[str, str, str], ...]]


_json = json.JSONEncoder().encode  # faster than `dumps`


def script_path(id_: str) -> str:
    """The path of the script of a library, relative to the root of the site."""
    return f"assets/find/{script_name(id_)}.js"


def script_name(id_: str) -> str:
    """The name of the script of a library; `_` for pages without a library, since no id is like this."""
    return id_ or "_"


def texts_script(language: Language) -> str:
    """A script with the texts of the script of the theme."""
    texts = {key.removeprefix("script."): text for key, text in language.texts.items() if key.startswith("script.")}
    return _script(f"window.siteTexts = {json.dumps(texts, ensure_ascii=False)};\n")


def libraries_script(ids: Iterable[str]) -> str:
    """A script with the ids of all libraries."""
    return _script(f"window.findLibraries = {json.dumps(list(ids))};\n")


def library_script(id_: str, pages: Sequence[Findable]) -> str:
    """The script of a library: its pages as [product, title, address], and entries for their headings and rows.

    An entry is [text, id, numbers of pages, other names]. Without numbers, or with 0, it is on every page.
    """
    found: dict[tuple[str, ...], list[int]] = {}
    for number, page in enumerate(pages):
        for _, anchor, text in page.headings:
            found.setdefault((text, anchor), []).append(number)
        for rows in page.tables:
            for anchor, text, names in rows:
                found.setdefault((text, anchor, names) if names else (text, anchor), []).append(number)
    lines = ",\n".join(_entry(*words, on=on if len(on) < len(pages) else None) for words, on in found.items())
    listed = json.dumps([[page.product, page.title, page.address] for page in pages])
    library = json.dumps(pages[0].library)
    return _script(
        f"(window.findIndex ??= {{}})[{json.dumps(id_)}] = "
        f"{{library: {library}, pages: {listed}, entries: [\n{lines}\n]}};\n"
    )


def _entry(text: str, anchor: str, names: str = "", *, on: list[int] | None) -> str:
    numbers = f", {on}" if on is not None else ", 0" if names else ""
    return f"[{_json(text)}, {_json(anchor)}{numbers}{f', {_json(names)}' if names else ''}]"


def _script(text: str) -> str:
    """A script in which no text can end the element that contains it."""
    return text.replace("<", "\\u003c")
