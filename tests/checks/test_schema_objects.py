"""Objects that hang on no table, and those of the whole cluster: all are compared, each property is
seen to fail.

Faults are never committed: each is observed on the connection that made it, and rolled back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pytest
from psycopg import Rollback

from checks.judgement import Judgement
from checks.schema import catalog
from checks.schema.compare import judge_schema
from checks.schema.fingerprint import OneSession
from checks.schema.observation import SchemaObservation
from checks.schema.sides import LiveSchema, RecordedSchema, observe_schema
from fixtures.postgres.server import Server
from tests.checks.conftest import FAITHFUL, Connection, Truth
from tests.sabotage import samples
from tests.sabotage.faults import cluster as cluster_faults
from tests.sabotage.faults import objects as object_faults

MODULES = (
    catalog.extensions,
    catalog.routines,
    catalog.types,
    catalog.operators,
    catalog.languages,
    catalog.text_search,
    catalog.collations,
    catalog.statistics,
    catalog.foreign,
    catalog.replication,
    catalog.security,
)
OF_DATABASES = tuple(kind for module in MODULES for kind in module.KINDS)
KINDS = (*OF_DATABASES, *catalog.CLUSTER_KINDS, *catalog.DATABASE_KINDS)
"""All that is judged here."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A transaction with everything in it, and what was observed in it."""

    conn: Connection
    truth: SchemaObservation

    def judge(self, *statements: str, kinds: Collection[Kind] = KINDS) -> Judgement:
        """What is said of these kinds once these have been run; they are undone again."""
        names = {kind.name for kind in kinds}
        truth = self.truth.model_copy(
            update={"kinds": {n: rows for n, rows in self.truth.kinds.items() if n in names}}
        )
        with self.conn.transaction(force_rollback=True):
            for statement in statements:
                self.conn.execute(statement.encode())
            side = LiveSchema(OneSession(self.conn.cursor()), kinds=kinds)
            return judge_schema(RecordedSchema(truth), side)


@pytest.fixture(scope="module")
def prepared(cluster: Server, truth: Truth) -> Iterator[Prepared]:
    name = cluster_faults.DATABASE
    with cluster.connect() as conn:
        conn.execute(f"create database {name} template {FAITHFUL}")
    with cluster.connect(name) as conn, conn.transaction():
        conn.execute(samples.beside())
        yield Prepared(conn, observe_schema(OneSession(conn.cursor()), kinds=KINDS))
        raise Rollback
    with cluster.connect() as conn:
        conn.execute(f"drop database {name} with (force)")


def test_faults(prepared: Prepared) -> None:
    version = prepared.conn.info.server_version
    bad = []
    for fault in (*object_faults.objects(version), *cluster_faults.cluster(version)):
        try:
            judged = prepared.judge(
                *fault.sql,
                kinds=[k for k in KINDS if k.name.replace(" ", "_") == fault.check.split(".")[1]],
            )
        except Exception as e:
            bad.append((fault.name, str(e)))
            continue
        if (fault.check, fault.subject) not in {(f.check, f.subject) for f in judged.findings}:
            bad.append(
                (
                    fault.name,
                    fault.check,
                    fault.subject,
                    [(f.check, f.subject) for f in judged.findings],
                    judged.gaps,
                )
            )
    for b in bad:
        print(b)
    print(len(bad))
    assert not bad
