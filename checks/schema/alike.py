"""Texts that differ and mean the same: what PostgreSQL itself writes in two ways.

Each rule is narrow on purpose: it rewrites what one known cause changes, and nothing else. Tried on
14 to 18; what a rule does not know is a finding, never silence.
"""

from __future__ import annotations

import re

from checks.schema.observation import SchemaObservation

_LITERAL = r"(?:E?'(?:[^']|'')*'|NULL)::character varying"
_CAST_AS_A_WHOLE = re.compile(rf"\(ARRAY\[({_LITERAL}(?:, {_LITERAL})*)\]\)::text\[\]")
_MAINTAIN = re.compile(r"(=[A-Za-z*]*)m\*?(?=/)")
_NAME = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_QUALIFIER = re.compile(rf'(?<![\w$".])({_NAME})\.(?={_NAME})')

UNQUALIFIED = 160000
"""Since then a view of one relation names its columns without it: ``id``, not ``granules.id``."""
MAINTAINABLE = 170000
"""Since then tables know the privilege MAINTAIN, which their owner has by default."""

KEYWORDS = (
    *("json", "json_array", "json_arrayagg", "json_exists", "json_object", "json_objectagg"),
    *("json_query", "json_scalar", "json_serialize", "json_table", "json_value"),
    *("merge_action", "system_user"),
)
"""What came with 16 and 17: since then a server quotes these as names, and did not before."""
_QUOTED_KEYWORD = re.compile(rf'(?<!")"({"|".join(KEYWORDS)})"(?!")')
_PROSE = frozenset({"body", "comment"})
"""Properties that people wrote, and that every server gives back as it was written."""


def in_one_spelling(
    one: SchemaObservation, other: SchemaObservation
) -> tuple[SchemaObservation, SchemaObservation]:
    """Both as they are, or, of two majors, both without the quotes that only a keyword needs."""
    if one.server_version // 10000 == other.server_version // 10000:
        return one, other
    return _unquoted(one), _unquoted(other)


def _unquoted(observation: SchemaObservation) -> SchemaObservation:
    kinds = {
        kind: {
            _bare(name): {
                prop: value if value is None or prop in _PROSE else _bare(value)
                for prop, value in properties.items()
            }
            for name, properties in objects.items()
        }
        for kind, objects in observation.kinds.items()
    }
    return observation.model_copy(update={"kinds": kinds})


def _bare(text: str) -> str:
    return _QUOTED_KEYWORD.sub(r"\1", text)


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
