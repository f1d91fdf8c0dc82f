"""Everything that isolation looks at, once for the cluster and once for each database."""

from __future__ import annotations

from dataclasses import dataclass

from checks.asking import Asking, Unseen
from checks.database import RowCursor
from checks.isolation.archiving import Archiving, observe_archiving
from checks.isolation.bodies import Bodies, observe_bodies
from checks.isolation.event_triggers import EventTriggers, observe_event_triggers
from checks.isolation.following import Following, observe_following
from checks.isolation.foreign import Foreign, observe_foreign
from checks.isolation.parameters import Parameters, observe_parameters
from checks.isolation.replication import (
    Slot,
    Subscription,
    observe_slots,
    observe_subscriptions,
)
from checks.isolation.schedulers import Jobs, observe_jobs, observe_workers
from checks.isolation.sessions import Strangers, observe_strangers


@dataclass(frozen=True, slots=True)
class ClusterIsolation:
    """What the server shows, whichever database one is connected to."""

    database: str
    parameters: Parameters
    archiving: Archiving
    following: Following
    subscriptions: tuple[Subscription, ...]
    slots: tuple[Slot, ...]
    workers: tuple[str, ...]
    unseen: tuple[Unseen, ...]


@dataclass(frozen=True, slots=True)
class DatabaseIsolation:
    """What one database shows."""

    database: str
    parameters: Parameters
    subscriptions: tuple[Subscription, ...]
    foreign: Foreign
    bodies: Bodies
    jobs: tuple[Jobs, ...]
    event_triggers: EventTriggers
    strangers: tuple[Strangers, ...]
    unseen: tuple[Unseen, ...]


@dataclass(frozen=True, slots=True)
class IsolationObservation:
    """A running copy, seen from one of its databases. No secret is shown by its repr."""

    cluster: ClusterIsolation
    database: DatabaseIsolation


def observe_isolation(cursor: RowCursor) -> IsolationObservation:
    """What a running copy shows, cluster-wide and of the database that one is connected to.

    `cursor` is of a read-only transaction of the caller's: `checks.database.snapshot` or the keeper
    of a `SharedSnapshot`. Every question has a savepoint of its own, so that a refusal ends
    nothing. Raises psycopg.OperationalError when the connection is lost.
    """
    return IsolationObservation(observe_cluster(cursor), observe_database(cursor))


def observe_cluster(cursor: RowCursor) -> ClusterIsolation:
    """The server alone: enough to ask once where a copy has several databases."""
    ask = Asking(cursor)
    parameters = observe_parameters(ask)
    if parameters.is_hidden("shared_preload_libraries"):
        ask.hidden("isolation.workers", "shared_preload_libraries", "pg_read_all_settings")
    return ClusterIsolation(
        database=cursor.connection.info.dbname,
        parameters=parameters,
        archiving=observe_archiving(ask, parameters),
        following=observe_following(ask, parameters),
        subscriptions=observe_subscriptions(ask),
        slots=observe_slots(ask),
        workers=observe_workers(ask),
        unseen=tuple(ask.unseen),
    )


def observe_database(cursor: RowCursor) -> DatabaseIsolation:
    """The current database alone."""
    ask = Asking(cursor)
    parameters = observe_parameters(ask)
    return DatabaseIsolation(
        database=cursor.connection.info.dbname,
        parameters=parameters,
        subscriptions=observe_subscriptions(ask),
        foreign=observe_foreign(ask),
        bodies=observe_bodies(ask),
        jobs=observe_jobs(ask),
        event_triggers=observe_event_triggers(ask),
        strangers=observe_strangers(ask),
        unseen=tuple(ask.unseen),
    )
