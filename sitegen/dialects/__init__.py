"""The dialects: how a document is written down. A new one is a module and a line in `DIALECTS`."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass
from types import MappingProxyType

from sitegen.dialects import hugo, markdoc
from sitegen.dialects.style import Style
from sitegen.documents import Document, Partial
from sitegen.templates import FragmentTemplates


@dataclass(frozen=True, slots=True)
class Dialect:
    """Writes documents and fragments as text, and cannot see facts."""

    page: Callable[[Document, Style], str]
    fragment: Callable[[Partial, Style, FragmentTemplates], str]
    fragment_suffix: str
    defaults: Style


DIALECTS: ReadOnly[str, Dialect] = MappingProxyType(
    {
        "hugo": Dialect(hugo.page, hugo.fragment, ".html", hugo.DEFAULTS),
        "markdoc": Dialect(markdoc.page, markdoc.fragment, ".md", markdoc.DEFAULTS),
    }
)
