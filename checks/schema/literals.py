"""Definitions without the values that stand in them, so that they can be kept and shown.

A literal of a view, a default, a CHECK or a partition's bound may be a password, and often is a
value that rows have. Before a definition leaves `checks.schema.fingerprint`, each literal becomes a
digest, by which two of them are compared; before it enters a finding, the digest becomes a number::

    CHECK ((state <> 'lost'::text))  →  CHECK ((state <> '… 1f0c…'::text))  in a baseline
                                     →  CHECK ((state <> '…1'::text))       in a finding

Equal numbers within a finding mean equal texts. What stays: names (also those in literals of the
``reg…`` types, which PostgreSQL has looked up), and numbers of up to `DIGITS` digits.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from itertools import count

from checks.schema.secrets import DIGEST, harmless

DIGITS = 8
"""Of a number that is shown. Longer ones are keys, telephone numbers, cards."""

_HIDDEN = re.compile(r"'… [0-9a-f]{20}'")
_HELD_BACK = re.compile(rf"{DIGEST}[0-9a-f]{{32}}")
_NAMES_AN_OBJECT = re.compile(
    r"::(?:pg_catalog\.)?reg(?:class|collation|config|dictionary|namespace|oper|operator|proc"
    r"|procedure|role|type)\b"
)
_EMPTY_OR_SHORT = re.compile(rf"'(?:-?\d{{1,{DIGITS}}}(?:\.\d{{1,{DIGITS}}})?)?'")
_PARTS = re.compile(
    rf"""
    (?P<identifier> "(?:[^"]|"")*" )
    | (?P<literal>
        (?<![\w$]) E' (?: [^'\\] | '' | \\. )* (?: ' | \Z )
        | (?: (?<![\w$]) (?: [BXN] | U& ) )? ' (?: [^'] | '' )* (?: ' | \Z )
        | (?<![\w$]) \$ (?P<tag> (?: [^\W\d]\w* )? ) \$ .*? (?: \$ (?P=tag) \$ | \Z )
      )
    | (?P<number> (?<![\w$]) (?: \d{{{DIGITS + 1},}} (?: \.\d+ )? | \d+\.\d{{{DIGITS + 1},}} ) )
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


@lru_cache(maxsize=4096)  # most values of a catalog are one of a few: types, "true", owners
def without_literals(text: str) -> str:
    """The text with a digest for each literal; a digest of the whole where what is left still looks
    as if it held a password. What went through it once comes out as it went in.
    """
    return harmless(_PARTS.sub(lambda part: _hidden(part, text), text))


def told_apart(*sides: str | None) -> tuple[str | None, ...]:
    """The sides of one finding, without any digest: a number for each text that is left out."""
    numbers = count(1)
    told: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        if found[0] not in told:
            told[found[0]] = str(next(numbers))
        return f"'…{told[found[0]]}'" if found[0][0] == "'" else f"held back, text {told[found[0]]}"

    return tuple(
        None if side is None else _HELD_BACK.sub(number, _HIDDEN.sub(number, side))
        for side in sides
    )


def leaves_out(side: str | None) -> bool:
    """Whether a text of the source or the copy is not shown as it is."""
    return side is not None and bool(_HELD_BACK.search(side) or _HIDDEN.search(side))


def _hidden(part: re.Match[str], text: str) -> str:
    if part["identifier"] is not None or _HIDDEN.fullmatch(part[0]):
        return part[0]
    if part["literal"] is not None and (
        _EMPTY_OR_SHORT.fullmatch(part[0]) or _NAMES_AN_OBJECT.match(text, part.end())
    ):
        return part[0]
    return f"'… {hashlib.sha256(part[0].encode()).hexdigest()[:20]}'"
