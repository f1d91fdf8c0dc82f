"""Texts that differ and mean the same: what PostgreSQL itself writes in two ways."""

from __future__ import annotations

import re

_LITERAL = r"(?:E?'(?:[^']|'')*'|NULL)::character varying"
_CAST_AS_A_WHOLE = re.compile(rf"\(ARRAY\[({_LITERAL}(?:, {_LITERAL})*)\]\)::text\[\]")


def same(
    kind: str, name: str, one: str | None, other: str | None, versions: tuple[int, int]
) -> bool:
    """Whether two values of a property mean the same, on servers of these versions."""
    if one is None or other is None:
        return one == other
    return _cast_one_by_one(one) == _cast_one_by_one(other)


def _cast_one_by_one(text: str) -> str:
    """``varchar_column in ('a', 'b')`` as it is written after a dump, whatever it was before.

    The parser casts the list as a whole, ``(ARRAY['a'::character varying])::text[]``. Read again
    from a dump, that becomes ``ARRAY[('a'::character varying)::text]``, and stays so [ran: 14–18].
    """
    return _CAST_AS_A_WHOLE.sub(
        lambda whole: "ARRAY[" + re.sub(_LITERAL, r"(\g<0>)::text", whole[1]) + "]", text
    )
