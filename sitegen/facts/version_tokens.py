"""The lexer of version sets."""

from __future__ import annotations

import re
from typing import NamedTuple

_SUFFIX = r"[-._]?(?:alpha|beta|preview|post|rev|dev|rc|a|b|c|r)[-._]?[0-9]*(?![a-z])"
_NUMBER = rf"v?[0-9]+(?:\.[0-9]+)*(?:{_SUFFIX})*(?:\+[a-z0-9]+(?:[._-][a-z0-9]+)*)?"
_WILD = r"v?[0-9]+(?:\.[0-9]+)*\.[xX*](?:\.[xX*])?"
_TOKEN = re.compile(
    rf"""
    (?P<blank>\ +)
  | (?P<compare>>=|<=|==|!=|~=|>|<|=|~|\^|≥|≤)
  | (?P<wild>{_WILD})
  | (?P<number>{_NUMBER})
  | (?P<plus>\+)
  | (?P<open>(?:and|or)\ (?:upper|up|higher|later|newer|above)\b)
  | (?P<down>(?:and|or)\ (?:lower|earlier|older|below)\b)
  | (?P<except>,?\ ?except(?:\ for)?\b|,?\ ?excluding\b)
  | (?P<any>any|all|latest)\b
  | (?P<dash>-{{1,3}}|–|—|→|(?:to|through)\b)
  | (?P<join>,|\|\||/|(?:and|or)\b)
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Token(NamedTuple):
    """A token; `kind` is the name of its group in the regular expression above."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(text: str) -> tuple[list[Token], int]:
    """The tokens of a text, and the offset up to which it could be read."""
    tokens = []
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() > end:
            break
        if match.lastgroup != "blank":
            tokens.append(Token(match.lastgroup or "", match.group(), end, match.end()))
        end = match.end()
    return tokens, end
