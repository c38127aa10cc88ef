"""Evidence: what the rules of the site have to know of the records of a library, gathered in one pass over them."""

from __future__ import annotations

from sitegen.rules.collecting import collected
from sitegen.rules.days import years_of
from sitegen.rules.evidence import Evidence
from sitegen.rules.material import Part
from sitegen.rules.prose import releases_of
from sitegen.rules.suppressions import SIGN, suppressions
from sitegen.rules.unused import missed
from sitegen.rules.words import words_of


def gather(part: Part) -> Evidence:
    """The evidence of the records of a library: the same until the common sources or the library's own files change."""
    found = collected(part.common, part.records)
    words, uses = words_of(found.texts, part)
    years, days = years_of(found.days)
    return Evidence(
        frozenset(part.seen_by),
        words,
        tuple(uses),
        years,
        tuple(days),
        {name: frozenset(versions) for name, versions in found.versions.items()},
        releases_of(part),
        missed(part.common, found.named),
        tuple(suppressions([file for file, data in part.texts.items() if SIGN in data], part.lines_of)),
    )
