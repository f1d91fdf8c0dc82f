"""All judges at once, as the harness asks them: one seam, so that it follows what drills do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import psycopg

from checks.content.compare import compare_content
from checks.content.large_objects import UNREAD, compare_large_objects, observe_large_objects
from checks.content.locate import LiveLocator
from checks.content.observation import ContentObservation
from checks.content.plan import Reading
from checks.content.scan import observe_content
from checks.database import compare_databases, connectable_databases
from checks.identity import Identity, is_same_server, judge_identity, observe_identity
from checks.integrity.amcheck import check_index_structure
from checks.integrity.checksums import check_checksums
from checks.integrity.collations import check_collations
from checks.integrity.constraints import check_constraints
from checks.integrity.duplicates import check_duplicates
from checks.integrity.extensions import check_extensions, check_libraries
from checks.integrity.heaps import check_heaps
from checks.integrity.indexes import check_indexes
from checks.integrity.large_objects import check_large_objects
from checks.integrity.orphans import check_orphans
from checks.integrity.preflight import check_preflight
from checks.integrity.relations import check_relations
from checks.integrity.rows import check_rows
from checks.integrity.sequences import check_sequences
from checks.integrity.statistics import check_statistics
from checks.integrity.transactions import check_transactions
from checks.isolation import archive_of, judge_isolation, observe_cluster, observe_isolation
from checks.judgement import Judgement
from checks.markers import judge_markers, observe_markers
from checks.schema.catalog import CLUSTER_KINDS, DATABASE_KINDS, KINDS, roles, tablespaces
from checks.schema.compare import judge_schema
from checks.schema.kind import Kind
from checks.schema.observation import SchemaObservation
from checks.schema.sides import LiveSchema, RecordedSchema
from checks.shared_snapshot import SharedSnapshot, Unread
from fixtures.postgres.server import Server
from tests.sabotage.faults.cluster import DATABASE
from tests.sabotage.faults.markers import LEDGER

EVERY_KIND = (*KINDS, *CLUSTER_KINDS)
WITHOUT_NEIGHBOURS = (*KINDS, *roles.KINDS, *tablespaces.KINDS, *DATABASE_KINDS)
"""For a copy that holds one of the source's databases alone."""

INTEGRITY: tuple[Callable[[SharedSnapshot], Judgement], ...] = (
    check_preflight,
    check_collations,
    check_constraints,
    check_extensions,
    check_libraries,
    check_indexes,
    check_relations,
    check_transactions,
    check_sequences,
    check_statistics,
    check_large_objects,
    check_orphans,
    check_rows,
    check_duplicates,
    check_index_structure,
    check_heaps,
    check_checksums,
)


@dataclass(frozen=True, slots=True)
class Truth:
    """What a source holds, observed once; the source stays at hand to locate differences."""

    source: Server
    database: str
    identity: Identity
    schema: SchemaObservation
    content: ContentObservation
    archive: str | None
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
                with_large_objects(observe_content(shared, Reading()), shared),
                archive_of(observe_cluster(shared.keeper)),
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
    with (
        SharedSnapshot(partial(truth.source.connect, truth.database)) as expected,
        SharedSnapshot(connect) as actual,
    ):
        identity = observe_identity(actual.keeper)
        content = observe_content(actual, Reading(), like=truth.content)
        content = with_large_objects(content, actual)
        locator = LiveLocator(expected, actual, secret=b"a secret of this run")
        judged = [
            judge_identity(truth.identity, identity, physical=physical),
            judge_schema(RecordedSchema(truth.schema), LiveSchema(actual, kinds=truth.kinds)),
            compare_content(truth.content, content, locator),
            compare_large_objects(truth.content, content),
            *(check(actual) for check in INTEGRITY),
            judge_isolation(
                observe_isolation(actual.keeper),
                source_archive=truth.archive,
                same_server=is_same_server(truth.identity, identity),
            ),
        ]
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


def with_large_objects(seen: ContentObservation, shared: SharedSnapshot) -> ContentObservation:
    """The observation with its large objects, or with the reason why they could not be read."""
    read = shared.read(observe_large_objects)
    if isinstance(read, Unread):
        return seen.model_copy(update={"unreadable": {**seen.unreadable, UNREAD: read.why}})
    return seen.model_copy(update={"large_objects": read.result})
