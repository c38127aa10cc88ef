"""States of support and stages: how their texts are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

from sitegen.facts.bad_values import BadValueError
from sitegen.facts.schemes import PEP440, Scheme
from sitegen.facts.values import STAGES, STATES, List, Support
from sitegen.facts.version_ranges import VersionError
from sitegen.facts.versions import VersionSet, parse_minimum
from sitegen.findings import did_you_mean


def parse_set(text: str, skip: int, read: Callable[[str], VersionSet]) -> VersionSet:
    """The versions after the first `skip` characters of a text. Raises BadValueError."""
    try:
        return read(text[skip:])
    except VersionError as error:
        raise BadValueError("bad-versions", str(error), error.hint, error.offset, skip) from None


def read_support(text: str, scheme: Scheme = PEP440) -> Support | List:
    """A state of support, optionally with versions, or several states in different versions. Raises BadValueError."""
    parts = text.split(";")
    if len(parts) == 1 and (match := _NEXT_STATE.fullmatch(text)) and match["word"] != "yes":
        parts = [match["before"], match["after"]]
    if len(parts) == 1:
        return _read_state(text, scheme)
    states = []
    offset = 0
    for part in parts:
        skip = offset + len(part) - len(part.lstrip())
        offset += len(part) + 1
        if not part.strip():
            raise BadValueError("bad-versions", "a state is missing next to ';'", "remove the ';'")
        try:
            states.append(_read_state(part.strip(), scheme))
        except BadValueError as error:
            raise BadValueError(error.code, str(error), error.hint, error.offset or 0, skip + error.skip) from None
    return List(tuple(states))


# `preview >=17.4,<26, 26+`: the last part begins where the one before it ends, so it is the next state.
_NEXT_STATE = re.compile(
    r"(?P<before>(?P<word>[a-z][a-z ]*?) .*<(?P<end>[^\s,;<>=]+)) ?, ?(?P<after>(?P=end)\+|>= ?(?P=end))"
)


def _read_state(text: str, scheme: Scheme) -> Support:
    read = partial(parse_minimum, scheme=scheme)
    words = (*STATES, *STAGES)
    if text in words:
        return Support(text)
    for word in sorted(words, key=len, reverse=True):
        if text.startswith(f"{word} "):
            versions = parse_set(text, len(word) + 1, read)
            if word != "yes":
                _refuse_two_readings(text, word, versions)
            return Support(word, versions)
    hint = _state_hint(text, words)
    if hint and not (scheme.names and not hint.startswith("did you mean")) and not _is_named(text, scheme):
        raise BadValueError("unknown-state", f"'{text}' is not a state of support", hint)
    return Support("yes", parse_set(text, 0, read))


def _is_named(text: str, scheme: Scheme) -> bool:
    """Whether a text begins with a version whose first character is a letter."""
    return re.match(scheme.number, text, re.IGNORECASE) is not None


def _refuse_two_readings(text: str, word: str, versions: VersionSet) -> None:
    """Refuse `preview 1.x, 3+`: preview in both, or supported from 3 on. Raises BadValueError."""
    *before, last = versions.parts
    if before and last.open_end == "up" and last.separator.strip() == "," and not any(p.open_end for p in before):
        first = text[len(word) + 1 :].removesuffix(last.separator + last.text)
        message = f"'{text}' is ambiguous: {word} in all of these versions, or supported from '{last.text}' on"
        hint = f"write '{word} {first} || {last.text}', or '{word} {first}; {last.text}'"
        raise BadValueError("bad-versions", message, hint, 0, len(word) + 1)


# Common notations for states of support in tables.
_SYNONYMS = {
    "yes": "\u2713 \u2714 \u2705 \u2611 \u221a \U0001f7e2 y true on supported available full",
    "no": "\u2717 \u2718 \u274c \u2715 \u2716 \u00d7 \u2612 \U0001f534 n false off unsupported",
    "partial": "limited partially \u26a0 \U0001f7e1",
    "unknown": "? ?? tbd tba",
    "not applicable": "n/a na",
    "experimental": "alpha",
    "ga": "stable",
}
_STATE_OF = {sign: state for state, signs in _SYNONYMS.items() for sign in signs.split()}
_STATE_OF |= {"not supported": "no", "not available": "no", "generally available": "ga"}
_VERSION_WORD = re.compile(r"v[0-9]|(?:any|all|latest)$", re.IGNORECASE)


def _state_hint(text: str, states: tuple[str, ...]) -> str:
    """The hint for a text that is not one of the `states`; empty if it may be a set of versions."""
    plain = text.replace("\ufe0f", "").strip().lower()
    if plain and not plain.strip("-\u2013\u2014"):
        return "write 'no', 'unknown', or 'none' if there is no value"
    if plain in _STATE_OF:
        return f"write '{_STATE_OF[plain]}'"
    if not text[:1].isalpha() or _VERSION_WORD.match(text):
        return ""
    return did_you_mean(plain, states) or "write a version, or one of: " + ", ".join(states)


def read_stage(text: str) -> Support:
    """A stage. Raises BadValueError."""
    if text not in STAGES:
        raise unknown_stage(text)
    return Support(text)


def unknown_stage(text: str, own: Iterable[str] = ()) -> BadValueError:
    """The error for a text that is neither a stage nor one of a field's `own` levels."""
    return BadValueError("unknown-stage", f"'{text}' is not a stage", did_you_mean(text, (*STAGES, *own)))
