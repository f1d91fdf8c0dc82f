"""All judges at once, as the harness asks them: one seam, so that it follows what drills do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import psycopg

from checks.baseline.model import Sequences
from checks.baseline.sequences import judge_sequences, read_sequences
from checks.content.judge import judge_content
from checks.content.locate import LiveLocator
from checks.content.observation import ContentObservation
from checks.content.plan import Reading
from checks.content.scan import observe_content
from checks.database import compare_databases, connectable_databases
from checks.identity import Identity, is_same_server, judge_identity, observe_identity
from checks.integrity.all import judge_integrity
from checks.integrity.heaps import check_heaps
from checks.isolation import archive_of, judge_isolation, observe_cluster, observe_isolation
from checks.judgement import Gap, Judgement
from checks.markers import judge_markers, observe_markers
from checks.schema.catalog import CLUSTER_KINDS, DATABASE_KINDS, SHARED_KINDS
from checks.schema.compare import judge_schema
from checks.schema.kind import Kind
from checks.schema.observation import SchemaObservation
from checks.schema.sides import LiveSchema, RecordedSchema
from checks.settings import SettingsObservation, judge_settings, observe_settings
from checks.shared_snapshot import Connect, SharedSnapshot
from fixtures.postgres.server import Server
from tests.sabotage.faults.cluster import DATABASE
from tests.sabotage.faults.markers import LEDGER

EVERY_KIND = (*DATABASE_KINDS, *CLUSTER_KINDS)
WITHOUT_NEIGHBOURS = (*DATABASE_KINDS, *SHARED_KINDS)
"""For a copy that holds one of the source's databases alone."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a source holds, observed once; the source stays at hand to locate differences."""

    source: Server
    database: str
    identity: Identity
    schema: SchemaObservation
    content: ContentObservation
    archive: str | None
    settings: SettingsObservation
    sequences: Sequences
    kinds: tuple[Kind, ...]

    @classmethod
    def of(
        cls, source: Server, database: str = DATABASE, kinds: tuple[Kind, ...] = EVERY_KIND
    ) -> Truth:
        with SharedSnapshot(partial(source.connect, database)) as shared:
            return cls(
                source,
                database,
                observe_identity(shared.keeper),
                LiveSchema(shared, kinds=kinds).observe_all(),
                observe_content(shared, Reading()),
                archive_of(observe_cluster(shared.keeper)),
                observe_settings(shared.keeper),
                read_sequences(shared),
                kinds,
            )


def judge(
    truth: Truth, copy: Server, database: str | None = None, *, physical: bool | None = None
) -> Judgement:
    """Everything that the harness can say of a copy, its source at hand.

    Of a database that admits nobody, what can be said from beside it.
    """
    connect = partial(copy.connect, database or truth.database)
    try:
        connect().close()
    except psycopg.OperationalError:
        return judge_from_beside(truth, copy)
    with SharedSnapshot(connect) as actual:
        # amcheck survives what crashes the server when anything else reads it.
        heaps = check_heaps(actual)
    try:
        return heaps + _judge(truth, connect, physical)
    except psycopg.OperationalError as lost:
        # As in a drill: what could not be looked at any more is not proven.
        return heaps + Judgement(gaps=(Gap("copy", truth.database, type(lost).__name__),))


def _judge(truth: Truth, connect: Connect, physical: bool | None) -> Judgement:
    with (
        SharedSnapshot(partial(truth.source.connect, truth.database)) as expected,
        SharedSnapshot(connect) as actual,
    ):
        identity = observe_identity(actual.keeper)
        locator = LiveLocator(expected, actual, secret=b"a secret of this run")
        judged = [
            judge_identity(truth.identity, identity, physical=physical),
            judge_schema(RecordedSchema(truth.schema), LiveSchema(actual, kinds=truth.kinds)),
            judge_content(truth.content, actual, Reading(), locator),
            judge_sequences(truth.sequences, read_sequences(actual)),
            judge_integrity(actual),
            judge_isolation(
                observe_isolation(actual.keeper),
                source_archive=truth.archive,
                same_server=is_same_server(truth.identity, identity),
            ),
        ]
        if physical:  # a dump brings no settings of the server
            settings = observe_settings(actual.keeper)
            judged.append(judge_settings(truth.settings, settings, quarantined=True))
    if truth.database == DATABASE:  # no other has a writer's markers
        with connect() as connection:
            markers = judge_markers(observe_markers(connection), LEDGER)
        judged.append(Judgement(tuple(markers)))
    return Judgement.all(judged)


def judge_from_beside(truth: Truth, copy: Server) -> Judgement:
    """What belongs to the cluster, and which databases admit anybody."""
    with truth.source.connect() as whole, copy.connect() as broken:
        databases = compare_databases(connectable_databases(whole), connectable_databases(broken))
    with SharedSnapshot(copy.connect) as actual:
        cluster = LiveSchema(actual, kinds=CLUSTER_KINDS)
        return Judgement(tuple(databases)) + judge_schema(RecordedSchema(truth.schema), cluster)
