"""Recording a baseline: everything of one database under one snapshot, and what is cluster-wide.

Read-only throughout, and within the budget of `Reading` and `Limits`. What cannot be read is in the
baseline as such, so that whoever verifies against it years later learns what was never seen.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Connection

from checks.baseline.closing import observe_closed
from checks.baseline.frozen import Frozen, record_frozen
from checks.baseline.model import Baseline, DatabaseBaseline
from checks.baseline.quiet import read_moment, why_not_quiet
from checks.baseline.sequences import read_sequences
from checks.content.plan import Reading
from checks.content.scan import observe_content, observe_content_on
from checks.database import CheckError, Limits, reason, snapshot
from checks.finding import Scalar
from checks.identity import observe_identity
from checks.schema.catalog import DATABASE_KINDS, SHARED_KINDS
from checks.schema.fingerprint import OneSession
from checks.schema.observation import SchemaObservation
from checks.schema.sides import observe_schema
from checks.settings import SettingsObservation, observe_settings
from checks.shared_snapshot import Connect, SharedSnapshot


class NothingRecorded(CheckError):
    """No database could be read: there is no baseline. One line that says why, of each."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is recorded besides schema and rows, and as what.

    like    a baseline to compare with later: rows are divided as in it. None: as they lie
    frozen  the operator's frozen ranges
    t       the recovery target's time, where it is known already
    """

    like: Baseline | None = None
    frozen: Sequence[Frozen] = ()
    t: datetime | None = None

    def of(self, database: str) -> DatabaseBaseline | None:
        """The database in the baseline to compare with."""
        return None if self.like is None else self.like.databases.get(database)


def record(
    connects: Mapping[str, Connect],
    reading: Reading,
    *,
    wanted: Wanted | None = None,
    sessions: int = 1,
    limits: Limits | None = None,
    then: Callable[[SharedSnapshot], None] | None = None,
) -> Baseline:
    """Record the databases, one after the other, each with `sessions` readings at once.

    connects  database → opens an autocommit connection to it
    then      called with each database's moment when it was recorded, and while it is still held

    A database that cannot be read, or is lost on the way, is `unreached` with the reason, and the
    others are recorded all the same. Raises NothingRecorded when that is all of them.
    """
    wanted = wanted or Wanted()
    recorded = _Recorded()
    for name, connect in connects.items():
        try:
            with SharedSnapshot(connect, sessions=sessions, limits=limits) as shared:
                one = record_database(shared, reading, wanted=wanted, name=name)
                recorded.databases[name] = one
                if recorded.cluster is None:
                    recorded.cluster = record_cluster(shared)
                    with shared.attempt() as cursor:
                        recorded.settings = observe_settings(cursor)
                if then is not None:
                    then(shared)
        except psycopg.Error as error:
            recorded.unreached[name] = reason(error)
        except CheckError as error:
            recorded.unreached[name] = str(error)
    if not recorded.databases or recorded.cluster is None or recorded.settings is None:
        told = "; ".join(f"{name}: {why}" for name, why in recorded.unreached.items())
        raise NothingRecorded(f"no database could be recorded ({told or 'none was named'})")
    first = next(iter(recorded.databases))
    moments = [one.moment for one in recorded.databases.values()]
    not_quiet = why_not_quiet(connects[first], moments)
    return Baseline(
        recorded_at=min(moment.taken_at for moment in moments),
        harness=harness_version(),
        reading=told_reading(reading),
        quiet=not_quiet is None,
        not_quiet=not_quiet,
        cluster=recorded.cluster,
        settings=recorded.settings,
        databases=recorded.databases,
        unreached=recorded.unreached,
    )


def record_database(
    shared: SharedSnapshot, reading: Reading, *, wanted: Wanted | None = None, name: str
) -> DatabaseBaseline:
    """One database, on the sessions of a shared snapshot.

    Raises psycopg.Error or SnapshotLost where the catalog cannot be read.
    """
    wanted = wanted or Wanted()
    like = wanted.of(name)
    with shared.attempt() as cursor:
        moment = read_moment(cursor)
        identity = observe_identity(cursor)
    if like is None:
        content = observe_closed(shared, reading)
    else:
        content = observe_content(shared, reading, like=like.content)
    return DatabaseBaseline(
        identity=identity,
        moment=moment,
        catalog=observe_schema(shared, kinds=DATABASE_KINDS),
        sequences=read_sequences(shared),
        content=content,
        frozen=record_frozen(shared, wanted.frozen, wanted.t),
    )


def record_database_on(
    connection: Connection[Any],
    reading: Reading,
    *,
    like: DatabaseBaseline | None = None,
    limits: Limits | None = None,
) -> DatabaseBaseline:
    """One database on one connection: idle, or within a read-only snapshot, which is the moment.

    For whoever holds a snapshot already: a rehearsal at its quiet moment, a base backup's. A lost
    connection raises psycopg.OperationalError.
    """
    with snapshot(connection, limits) as cursor:
        moment = read_moment(cursor)
        session = OneSession(cursor, limits)
        content = observe_content_on(
            connection, reading, like=None if like is None else like.content, limits=limits
        )
        return DatabaseBaseline(
            identity=observe_identity(cursor),
            moment=moment,
            catalog=observe_schema(session, kinds=DATABASE_KINDS),
            sequences=read_sequences(session),
            content=content,
        )


def record_cluster(shared: SharedSnapshot) -> SchemaObservation:
    """What belongs to no single database; the same from any of them."""
    return observe_schema(shared, kinds=SHARED_KINDS)


def quiet_baseline(
    databases: Mapping[str, DatabaseBaseline],
    cluster: SchemaObservation,
    settings: SettingsObservation,
    reading: Reading,
) -> Baseline:
    """A baseline of databases that their caller recorded at one moment without writers."""
    return Baseline(
        recorded_at=min(one.moment.taken_at for one in databases.values()),
        harness=harness_version(),
        reading=told_reading(reading),
        quiet=True,
        cluster=cluster,
        settings=settings,
        databases=dict(databases),
    )


def harness_version() -> str:
    """Of this harness, as it was installed."""
    try:
        return importlib.metadata.version("restore-drills")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def told_reading(reading: Reading) -> dict[str, Scalar]:
    """The settings of reading as the file keeps them; times in seconds."""
    budget = reading.time_budget
    return {
        "mode": reading.mode,
        "seed": reading.seed,
        "time_budget": None if budget is None else budget.total_seconds(),
        "max_bytes": reading.max_bytes,
    }


@dataclass
class _Recorded:
    databases: dict[str, DatabaseBaseline] = field(default_factory=dict)
    unreached: dict[str, str] = field(default_factory=dict)
    cluster: SchemaObservation | None = None
    settings: SettingsObservation | None = None
