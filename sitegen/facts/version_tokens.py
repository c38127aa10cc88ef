"""The lexer of version sets."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from sitegen.facts.schemes import Scheme

_WILD = r"v?[0-9]+(?:\.[0-9]+)*\.[xX*](?:\.[xX*])?"
_TOKEN = rf"""
    (?P<blank>\ +|\ ?\(inclusive\))
  | (?P<compare>PESSIMISTIC>=|<=|==|!=|~=|>|<|=|~|\^|≥|≤)
  | (?P<below>(?:NUMBER)\ ?\(exclusive\))
  | (?P<wild>{_WILD})
  | (?P<number>NUMBER)
  | (?P<plus>\+)
  | (?P<open>(?:and|or)\ (?:upper|up|higher|greater|later|newer|above|after|beyond)\b
      |(?:(?:and|or)\ )?(?:onwards?|upwards?)\b)
  | (?P<down>(?:and|or)\ (?:lower|earlier|older|below)\b)
  | (?P<except>,?\ ?except(?:\ for)?\b|,?\ ?excluding\b)
  | (?P<any>any|all|latest|newest|current)\b
  | (?P<dash>-{{1,3}}|–|—|→|(?:to|through)\b)
  | (?P<join>(?:,\ ?)?(?:and|or)\b|,|\|\||/|&{{1,2}})
"""


@lru_cache(maxsize=256)
def _token(scheme: Scheme) -> re.Pattern[str]:
    """A regular expression for the tokens of a scheme. Only gems have the comparator `~>`."""
    text = _TOKEN.replace("PESSIMISTIC", "~>|" if scheme.name == "gem" else "")
    return re.compile(text.replace("NUMBER", scheme.number), re.VERBOSE | re.IGNORECASE)


class Token(NamedTuple):
    """A token; `kind` is the name of its group in the regular expression above."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def prefix(self) -> str:
        """The number without wildcards and `(exclusive)`."""
        return re.sub(r"(?:(?:\.[xX*])+| ?\(\w+\))$", "", self.text)


def tokenize(text: str, scheme: Scheme) -> tuple[list[Token], int]:
    """The tokens of a text in a scheme, and the offset up to which it could be read."""
    tokens = []
    end = 0
    for match in _token(scheme).finditer(text):
        if match.start() > end:
            break
        if match.lastgroup != "blank":
            tokens.append(Token(match.lastgroup or "", match.group(), end, match.end()))
        end = match.end()
    return tokens, end


# Comparators with a typing error, or of other systems, and what they may mean.
TYPOS = {"=>": ">=", "=<": "<=", "=≥": ">=", "=≤": "<=", ">==": ">=", "<==": "<=", "===": "==", "=!": "!="}
TYPOS |= {"<>": "!=", "!==": "!=", "~>": "~= ^", "=~": "~=", ">>": ">", "<<": "<"}

_LOWEST, _LIMIT, _END = ("{}+", ">={}"), ("{} and lower", "<{}"), ("<{}",)
_BOUNDS = {
    "since": _LOWEST,
    "from": _LOWEST,
    "starting with": _LOWEST,
    "at least": _LOWEST,
    "before": _END,
    "below": _END,
}
_BOUNDS |= {"until": _LIMIT, "up to": _LIMIT}
_BOUND = re.compile(rf"({'|'.join(_BOUNDS)}) +([^ ,]+)", re.IGNORECASE)


def without_words(text: str) -> list[str]:
    """What a version after a word for a bound may mean, as in `since 1.2`; empty for any other text."""
    match = _BOUND.fullmatch(text)
    return [form.format(match[2]) for form in _BOUNDS[match[1].lower()]] if match else []
