"""Every property of every kind is seen to fail: each fault alone, in a transaction of its own.

The fault is never committed. It is observed on the connection that made it, then rolled back, so
that one copy of the samples serves for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checks.judgement import Judgement
from checks.schema.compare import judge_schema
from checks.schema.fingerprint import OneSession
from checks.schema.sides import LiveSchema, RecordedSchema
from fixtures.postgres.server import Server
from tests.checks.conftest import FAITHFUL, Connection, Truth
from tests.sabotage.faults.fault import Fault
from tests.sabotage.faults.relations import RELATIONS, RELATIONS_18
from tests.sabotage.faults.schema import SCHEMA


@pytest.fixture(scope="module")
def breakable(cluster: Server, truth: Truth) -> Iterator[Connection]:
    """A superuser's connection to a copy of the samples, which is whole again after each fault."""
    name = "breakable"
    with cluster.connect() as conn:
        conn.execute(f"create database {name} template {FAITHFUL}")
    with cluster.connect(name) as conn:
        yield conn
    with cluster.connect() as conn:
        conn.execute(f"drop database {name} with (force)")


def judge_broken(conn: Connection, truth: Truth, *statements: str) -> Judgement:
    with conn.transaction(force_rollback=True):
        for statement in statements:
            if statement not in ("begin", "commit"):
                conn.execute(statement.encode())
        side = LiveSchema(OneSession(conn.cursor()))
        return judge_schema(RecordedSchema(truth.schema), side)


@pytest.mark.parametrize("fault", (*SCHEMA, *RELATIONS), ids=lambda fault: fault.name)
def test_every_fault_is_reported(fault: Fault, breakable: Connection, truth: Truth) -> None:
    """R34."""
    judged = judge_broken(breakable, truth, *fault.sql)
    assert (fault.check, fault.subject) in {(f.check, f.subject) for f in judged.findings}
    assert judged.gaps == ()
