"""Schema parity: every object of a database rendered by name, and what a comparison of two tells
(R34).

What is rendered stands in `checks.schema.catalog`, one query a kind of object. Names, never object
identifiers: a copy restored from a dump has other ones. Grants, comments and the rarer kinds are
not compared yet; two servers of different major versions may write one definition in two ways.

The catalogs are read in one snapshot, but the server's own ``pg_get_…def`` functions look at the
present: on a source where DDL runs meanwhile, an observation can fail, or mix the two states.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import psycopg
from psycopg import Connection
from pydantic import BaseModel, ConfigDict, Field

from checks.database import DRILL_SCHEMAS, SYSTEM_SCHEMAS, Limits, RowCursor, reason, snapshot
from checks.finding import Finding
from checks.schema.catalog import KINDS, PARENT, SPACES, Kind

Properties = Mapping[str, str | None]
Objects = Mapping[str, Properties]

CHECK = "schema"
HOLDERS = ("tables", "views")
"""Kinds whose objects hold others: those name their holder in the property `PARENT`."""

BAD_STATES: Mapping[tuple[str, str, str], str] = {
    ("indexes", "valid", "false"): "Rebuild it with REINDEX INDEX: no query uses an invalid index.",
    ("indexes", "ready", "false"): "Rebuild it with REINDEX INDEX: writes do not maintain it.",
    ("indexes", "live", "false"): "Drop it and create it again: it was left half dropped.",
    ("constraints", "validated", "false"): (
        "Run ALTER TABLE … VALIDATE CONSTRAINT: rows already there were never checked."
    ),
    ("constraints", "triggers", "disabled"): (
        "Run ALTER TABLE … ENABLE TRIGGER ALL on both tables: nothing enforces this foreign key."
    ),
    ("constraints", "triggers", "disabled, enabled"): (
        "Run ALTER TABLE … ENABLE TRIGGER ALL: only one of the two tables keeps this foreign key."
    ),
    ("triggers", "enabled", "disabled"): "Run ALTER TABLE … ENABLE TRIGGER: it does not fire.",
    ("views", "populated", "false"): "Run REFRESH MATERIALIZED VIEW: it cannot be read.",
    ("tables", "persistence", "unlogged"): (
        "Run ALTER TABLE … SET LOGGED: a crash or a physical restore empties it."
    ),
}
"""(kind, property, value in the copy) → what to do about a state that can be mended in place."""


class SchemaObservation(BaseModel):
    """Every object of one database: kind → object → property → value.

    server_version  as ``server_version_num`` has it: 150020
    kinds           an empty kind is there too; a kind that is not there was not looked at
    unreadable      kind → why it could not be observed: SQLSTATE and the server's words
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    server_version: int
    kinds: dict[str, dict[str, dict[str, str | None]]]
    unreadable: dict[str, str] = Field(default_factory=dict)


def observe_schema(
    conn: Connection[Any],
    *,
    kinds: Collection[Kind] = KINDS,
    left_out: Collection[str] = DRILL_SCHEMAS,
    limits: Limits | None = None,
) -> SchemaObservation:
    """Render the objects of the connection's database in one read-only snapshot.

    Needs no privilege: everything asked for is in catalogs that everybody may read. A kind that the
    server refuses all the same becomes `unreadable`; a lost connection raises OperationalError.
    `left_out` names schemas besides the server's own.
    """
    observed: dict[str, dict[str, dict[str, str | None]]] = {}
    unreadable: dict[str, str] = {}
    with snapshot(conn, limits) as cursor:
        for kind in kinds:
            try:
                with conn.transaction():
                    observed[kind.name] = _observe_kind(cursor, kind, left_out)
            except psycopg.Error as error:
                if conn.broken:
                    raise
                unreadable[kind.name] = reason(error)
        return SchemaObservation(
            server_version=conn.info.server_version, kinds=observed, unreadable=unreadable
        )


def compare_schema(expected: SchemaObservation, actual: SchemaObservation) -> list[Finding]:
    """Every object that is missing, additional or different, kind by kind; an empty list proves
    R34.

    The check of a finding is ``schema.<kind>`` for an object that is only on one side and
    ``schema.<kind>.<property>`` for a property; its subject is the object.
    """
    order = {kind.name: place for place, kind in enumerate(KINDS)}
    names = {*expected.kinds, *expected.unreadable, *actual.kinds, *actual.unreadable}
    return [
        finding
        for kind in sorted(names, key=lambda name: (order.get(name, len(order)), name))
        for finding in _compare_kind(kind, expected, actual)
    ]


def _compare_kind(
    kind: str, expected: SchemaObservation, actual: SchemaObservation
) -> Iterator[Finding]:
    if kind not in expected.kinds or kind not in actual.kinds:
        yield Finding(
            f"{CHECK}.{kind}",
            f"all {kind}",
            _observed(kind, expected),
            _observed(kind, actual),
            "Observe both sides with the same version of this harness and the rights it asks for.",
        )
        return
    before, after = expected.kinds[kind], actual.kinds[kind]
    lost, added = _Difference(expected, actual), _Difference(actual, expected)
    for name in sorted({*before, *after}):
        if name not in after:
            if not lost.told_with_holder(kind, name):
                yield Finding(
                    f"{CHECK}.{kind}",
                    name,
                    lost.told(kind, name),
                    None,
                    "Restore again: it is not in the copy; compare the point reached with T.",
                )
        elif name not in before:
            if not added.told_with_holder(kind, name):
                yield Finding(
                    f"{CHECK}.{kind}",
                    name,
                    None,
                    added.told(kind, name),
                    "Find where it came from: the copy is of another point, or was altered since.",
                )
        else:
            yield from _compare_object(kind, name, before[name], after[name])


def _compare_object(
    kind: str, name: str, before: Properties, after: Properties
) -> Iterator[Finding]:
    for prop in sorted({*before, *after}):
        one = before.get(prop, "not observed")
        other = after.get(prop, "not observed")
        if one != other:
            yield Finding(
                f"{CHECK}.{kind}.{prop.replace(' ', '_')}",
                name,
                one,
                other,
                BAD_STATES.get(
                    (kind, prop, other or ""),
                    "Find what changed it: the copy is of another point, or was altered since.",
                ),
            )


class _Difference:
    """The objects that one observation has and the other lacks."""

    def __init__(self, having: SchemaObservation, lacking: SchemaObservation) -> None:
        self.having = having
        self.holders = {
            name
            for kind in HOLDERS
            for name in having.kinds.get(kind, {})
            if name not in lacking.kinds.get(kind, {})
        }
        self.held: dict[str, Counter[str]] = {name: Counter() for name in self.holders}
        for kind, objects in having.kinds.items():
            for name, properties in objects.items():
                holder = properties.get(PARENT)
                if holder in self.held and name not in lacking.kinds.get(kind, {}):
                    self.held[holder][kind] += 1

    def told_with_holder(self, kind: str, name: str) -> bool:
        """Whether the object goes with a table that is itself reported: one fault, one finding."""
        return self.having.kinds[kind][name].get(PARENT) in self.holders

    def told(self, kind: str, name: str) -> str:
        properties = self.having.kinds[kind][name]
        words = properties.get("definition") or properties.get("kind")
        if kind == "columns":
            words = properties.get("type")
        held = self.held.get(name) if kind in HOLDERS else None
        if held:
            words = f"{properties.get('kind')} with " + ", ".join(
                f"{number} {what if number > 1 else _singular(what)}"
                for what, number in held.items()
            )
        return words or _singular(kind)


def _singular(kind: str) -> str:
    return "index" if kind == "indexes" else kind.removesuffix("s")


def _observed(kind: str, side: SchemaObservation) -> str:
    if kind in side.kinds:
        return f"{len(side.kinds[kind])} observed"
    return f"not observed ({side.unreadable.get(kind, 'not asked for')})"


def _observe_kind(
    cursor: RowCursor, kind: Kind, left_out: Collection[str]
) -> dict[str, dict[str, str | None]]:
    cursor.execute(SPACES + kind.sql, {"system": SYSTEM_SCHEMAS, "left_out": list(left_out)})
    objects: dict[str, dict[str, str | None]] = {}
    for name, prop, value in cursor:
        properties = objects.setdefault(name, {})
        if prop in properties:
            # Two objects under one name would hide one another's differences.
            raise AssertionError(f"{kind.name}: the query gives {name}, {prop} more than once")
        properties[prop] = value
    return dict(sorted(objects.items()))
