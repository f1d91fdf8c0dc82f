"""Texts that differ and mean the same: what PostgreSQL itself writes in two ways.

Each rule is narrow on purpose: it rewrites what one known cause changes, and nothing else. Tried on
14 to 18; what a rule does not know is a finding, never silence.
"""

from __future__ import annotations

import re

_LITERAL = r"(?:E?'(?:[^']|'')*'|NULL)::character varying"
_CAST_AS_A_WHOLE = re.compile(rf"\(ARRAY\[({_LITERAL}(?:, {_LITERAL})*)\]\)::text\[\]")
_MAINTAIN = re.compile(r"(=[A-Za-z*]*)m\*?(?=/)")
_NAME = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_QUALIFIER = re.compile(rf'(?<![\w$".])({_NAME})\.(?={_NAME})')

UNQUALIFIED = 160000
"""Since then a view of one relation names its columns without it: ``id``, not ``granules.id``."""
MAINTAINABLE = 170000
"""Since then tables know the privilege MAINTAIN, which their owner has by default."""


def same(
    kind: str, name: str, one: str | None, other: str | None, versions: tuple[int, int]
) -> bool:
    """Whether two values of a property mean the same, on servers of these versions."""
    if one is None or other is None:
        return one == other
    one, other = _cast_one_by_one(one), _cast_one_by_one(other)
    if name == "acl" and _between(versions, MAINTAINABLE):
        one, other = _MAINTAIN.sub(r"\1", one), _MAINTAIN.sub(r"\1", other)
    if (kind, name) == ("views", "definition") and _between(versions, UNQUALIFIED):
        older, newer = (one, other) if versions[0] < versions[1] else (other, one)
        return older == newer or _unqualified(older, newer)
    return one == other


def _cast_one_by_one(text: str) -> str:
    """``varchar_column in ('a', 'b')`` as it is written after a dump, whatever it was before.

    The parser casts the list as a whole, ``(ARRAY['a'::character varying])::text[]``. Read again
    from a dump, that becomes ``ARRAY[('a'::character varying)::text]``, and stays so.
    """
    return _CAST_AS_A_WHOLE.sub(
        lambda whole: "ARRAY[" + re.sub(_LITERAL, r"(\g<0>)::text", whole[1]) + "]", text
    )


def _unqualified(older: str, newer: str) -> bool:
    """Whether the newer text is the older one without the name of its one relation."""
    for relation in set(_QUALIFIER.findall(older)):
        qualifier = re.compile(rf'(?<![\w$".]){re.escape(relation)}\.(?={_NAME})')
        # The name of the schema, which stays, may be the same one.
        texts = re.split(r"((?:FROM|JOIN) (?:ONLY )?[^\s;]+)", older)
        texts[::2] = [qualifier.sub("", text) for text in texts[::2]]
        if "".join(texts) == newer:
            return True
    return False


def _between(versions: tuple[int, int], boundary: int) -> bool:
    """Whether one server is older than the boundary, and the other is not."""
    return min(versions) < boundary <= max(versions)
