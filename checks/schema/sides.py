"""The two sides of a comparison: a database that answers, and an observation of one that need not.

The catalogs are read in one snapshot, but the server's own ``pg_get_…def`` functions look at the
present: where DDL runs meanwhile, a reading can fail, or mix the two states. A comparison that
meets the traces of this says so (`checks.schema.compare`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Protocol, TypeVar

from checks.database import DRILL_SCHEMAS, RowCursor
from checks.schema import query
from checks.schema.catalog import CLUSTER_KINDS, DATABASE_KINDS, KINDS
from checks.schema.fingerprint import (
    UNKNOWN,
    Fingerprints,
    NotSeenWhole,
    ObjectRows,
    Snapshot,
    TwoUnderOneName,
    keeping,
    read_fingerprint,
    read_objects,
)
from checks.schema.kind import Kind
from checks.schema.observation import SchemaObservation
from checks.shared_snapshot import Unread

Result = TypeVar("Result")

ObservedRows = dict[str, dict[str, str | None]]

BY_NAME = {kind.name: kind for kind in (*DATABASE_KINDS, *CLUSTER_KINDS)}

COSTLY = frozenset({"columns", "constraints", "indexes"})
"""Kinds of which a database has more than of all others together."""


class SchemaSide(Protocol):
    """One side of a comparison."""

    @property
    def server_version(self) -> int: ...

    def fingerprints(self) -> Fingerprints:
        """Of every kind that this side knows, or why it could not be read."""

    def observe(self, kinds: Collection[str]) -> SchemaObservation:
        """The objects of these kinds."""


class LiveSchema:
    """A database in one snapshot; the kinds are read side by side as far as it has sessions."""

    def __init__(
        self,
        shared: Snapshot,
        *,
        kinds: Collection[Kind] = KINDS,
        left_out: Collection[str] = DRILL_SCHEMAS,
    ) -> None:
        self._shared = shared
        self._version = shared.server_version  # a connection that is lost would no longer tell
        self._kinds = tuple(kinds)
        self._left_out = tuple(left_out)

    @property
    def server_version(self) -> int:
        return self._version

    def fingerprints(self) -> Fingerprints:
        known, unread = self._read(self._kinds, read_fingerprint)
        return Fingerprints(known, *_told(unread))

    def observe(self, kinds: Collection[str]) -> SchemaObservation:
        wanted = [kind for kind in self._kinds if kind.name in kinds]
        return self._observation(*self._read(wanted, read_objects))

    def observe_all(self) -> SchemaObservation:
        """Every kind, each with the fingerprint of the same moment."""

        def both(
            cursor: RowCursor, kind: Kind, left_out: Collection[str]
        ) -> tuple[str, ObjectRows]:
            return (
                read_fingerprint(cursor, kind, left_out),
                read_objects(cursor, kind, left_out),
            )

        read, unread = self._read(self._kinds, both)
        return self._observation(
            {name: objects for name, (_, objects) in read.items()},
            unread,
            {name: fingerprint for name, (fingerprint, _) in read.items()},
        )

    def _read(
        self,
        kinds: Collection[Kind],
        reading: Callable[[RowCursor, Kind, Collection[str]], Result],
    ) -> tuple[dict[str, Result], dict[str, Unread]]:
        """Kind → what was read of it, and kind → why it was not; the costly kinds begin first."""

        def one(cursor: RowCursor, kind: Kind) -> Result | Unread:
            try:
                return reading(cursor, kind, self._left_out)
            except NotSeenWhole as missing:
                return Unread(str(missing), None)
            except TwoUnderOneName as broken:
                return Unread(str(broken), None, damage=True)

        read: dict[str, Result] = {}
        unread: dict[str, Unread] = {}
        kinds = sorted(kinds, key=lambda kind: kind.name not in COSTLY)
        for kind, told in zip(kinds, self._shared.each(kinds, one), strict=True):
            result = told if isinstance(told, Unread) else told.result
            if isinstance(result, Unread):
                unread[kind.name] = result
            else:
                read[kind.name] = result
        return read, unread

    def _observation(
        self,
        read: Mapping[str, ObjectRows],
        unread: Mapping[str, Unread],
        fingerprints: Mapping[str, str] | None = None,
    ) -> SchemaObservation:
        unreadable, damaged = _told(unread)
        seen = [kind for kind in self._kinds if kind.name in read]  # in the order of findings
        return SchemaObservation(
            server_version=self.server_version,
            kinds={kind.name: dict(sorted(read[kind.name].items())) for kind in seen},
            properties={
                kind.name: tuple(query.expressions(kind, self.server_version)) for kind in seen
            },
            fingerprints=dict(fingerprints or {}),
            unreadable=unreadable,
            damaged=damaged,
        )


class RecordedSchema:
    """What was observed once: a baseline.

    Its fingerprints are those that the server computed beside the rows. One that counts other than
    the rows that are there (a file that was cut or edited) is not used: then the rows decide.
    """

    def __init__(self, observation: SchemaObservation) -> None:
        self._observation = observation

    @property
    def server_version(self) -> int:
        return self._observation.server_version

    def fingerprints(self) -> Fingerprints:
        recorded = self._observation
        return Fingerprints(
            {
                kind: fingerprint
                if (fingerprint := recorded.fingerprints.get(kind, "")).split(":")[1:2]
                == [str(len(objects))]
                else UNKNOWN
                for kind, objects in recorded.kinds.items()
            },
            recorded.unreadable,
            recorded.damaged,
        )

    def observe(self, kinds: Collection[str]) -> SchemaObservation:
        recorded = self._observation
        return recorded.model_copy(
            update={
                "kinds": {
                    name: _kept(name, rows)
                    for name, rows in recorded.kinds.items()
                    if name in kinds
                }
            }
        )


def observe_schema(
    shared: Snapshot,
    *,
    kinds: Collection[Kind] = KINDS,
    left_out: Collection[str] = DRILL_SCHEMAS,
) -> SchemaObservation:
    """The whole of a database (or, with ``CLUSTER_KINDS``, of a cluster) for a baseline.

    A kind that the server refuses, or that the session does not see whole, is `unreadable`.
    """
    return LiveSchema(shared, kinds=kinds, left_out=left_out).observe_all()


def _kept(kind: str, objects: Mapping[str, Mapping[str, str | None]]) -> ObservedRows:
    """Objects as this harness keeps them: one that wrote literals down may have recorded them."""
    declared = BY_NAME.get(kind)
    return {
        name: {
            prop: value if value is None else keeping(declared, prop)(value)
            for prop, value in properties.items()
        }
        for name, properties in objects.items()
    }


def _told(unread: Mapping[str, Unread]) -> tuple[dict[str, str], dict[str, str]]:
    """Kind → why it was not read: what was refused, and what is damaged."""
    return (
        {name: one.why for name, one in unread.items() if not one.damage},
        {name: one.why for name, one in unread.items() if one.damage},
    )
