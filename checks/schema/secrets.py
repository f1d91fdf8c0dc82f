"""Texts that may hold a password: compared, never shown.

People write passwords into dblink calls, the options of foreign servers, comments and column
defaults. What is declared secret, and what looks like it, leaves the observation as a digest: two
digests tell that two texts differ, and nothing else. Whoever holds a digest can still try guesses
at a weak password; a baseline is to be kept as safe as a dump of the schema.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

SUSPICIOUS = re.compile(
    r"""
    (?: pass(?:word|wd|phrase|file)? | pwd | secret ) \w* ["']? \s*
        (?: => | := | = | : (?!:) | \s' )               # password=…, "password": …, PASSWORD '…'
    | (?: token | api_?key | access_?key ) ["']? \s* (?: => | := | = | : (?!:) ) \s* ["']
    | \w+ :// [^\s/@:'"]* : [^\s@'"]+ @                 # postgresql://user:password@host
    """,
    re.IGNORECASE | re.VERBOSE,
)

DIGEST = "held back, sha256 "
_HELD_BACK = re.compile(f"{DIGEST}[0-9a-f]{{32}}")


def held_back(value: str) -> str:
    """What stands for a secret: ``held back, sha256 …``. It stands for itself."""
    if _HELD_BACK.fullmatch(value):
        return value
    return DIGEST + hashlib.sha256(value.encode()).hexdigest()[:32]


@lru_cache(maxsize=4096)  # most values of a catalog are one of a few: types, "true", owners
def harmless(value: str) -> str:
    """The text itself, or its digest when it looks as if it held a password."""
    return held_back(value) if SUSPICIOUS.search(value) else value
