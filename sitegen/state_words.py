"""What people write for a state of support in tables, and the word that stands for it in facts."""

from __future__ import annotations

import re

from sitegen.findings import did_you_mean

_STATES = {
    "yes": "\u2713 \u2714 \u2705 \u2611 \u221a \U0001f7e2 y true on supported available full",
    "no": "\u2717 \u2718 \u274c \u2715 \u2716 \u00d7 \u2612 \U0001f534 n false off unsupported",
    "partial": "limited partially \u26a0 \U0001f7e1",
    "unknown": "? ?? tbd tba",
    "not applicable": "n/a na",
    "experimental": "alpha",
    "ga": "stable",
}
_MEANT = {sign: state for state, signs in _STATES.items() for sign in signs.split()}


_PHRASES = {"not supported": "no", "not available": "no", "generally available": "ga"}
_VERSION = re.compile(r"v[0-9]|(?:any|all|latest)$", re.IGNORECASE)


def state_hint(text: str, states: tuple[str, ...]) -> str:
    """What to write for a text that is none of the `states`; an empty text where it may be versions."""
    plain = text.replace("\ufe0f", "").strip().lower()
    if plain and not plain.strip("-\u2013\u2014"):
        return "write 'no' or 'unknown', or 'none' for meant absence"
    state = _PHRASES.get(plain) or _MEANT.get(plain)
    if state is not None:
        return f"write '{state}'"
    if not text[:1].isalpha() or _VERSION.match(text):
        return ""
    return did_you_mean(plain, states) or "write a version, or one of: " + ", ".join(states)
