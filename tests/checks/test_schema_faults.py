"""Every property of every kind is seen to fail: each fault alone, in a transaction of its own.

The fault is never committed. It is observed on the connection that made it, then rolled back, so
that one copy of the samples serves for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from checks.judgement import Judgement
from checks.schema.catalog.columns import COLUMNS
from checks.schema.catalog.constraints import CONSTRAINTS
from checks.schema.catalog.indexes import INDEXES
from checks.schema.catalog.schemas import SCHEMAS
from checks.schema.catalog.sequences import SEQUENCES
from checks.schema.catalog.tables import POLICIES, TABLES
from checks.schema.catalog.triggers import EVENT_TRIGGERS, TRIGGERS
from checks.schema.catalog.views import RULES, VIEWS
from checks.schema.compare import judge_schema
from checks.schema.fingerprint import OneSession
from checks.schema.kind import EXTENSION, PARENT
from checks.schema.sides import LiveSchema, RecordedSchema
from fixtures.postgres.server import Server
from tests.checks.conftest import FAITHFUL, Connection, Truth
from tests.sabotage.faults.fault import Fault
from tests.sabotage.faults.foreign import FOREIGN
from tests.sabotage.faults.relations import RELATIONS, RELATIONS_18
from tests.sabotage.faults.schema import SCHEMA

FAULTS = (*SCHEMA, *RELATIONS, *RELATIONS_18)
ONE_A_KIND = tuple({fault.check.split(".")[1]: fault for fault in (*SCHEMA, *RELATIONS)}.values())

UNREACHABLE: Mapping[str, str] = {
    **dict.fromkeys(
        (f"schema.{kind}.{PARENT}" for kind in ("columns", "constraints", "indexes", "triggers")),
        "it is part of the object's own name, or the object is another one",
    ),
    f"schema.policies.{PARENT}": "it is part of the object's own name",
    f"schema.rules.{PARENT}": "it is part of the object's own name",
    f"schema.schemas.{EXTENSION}": "only an extension's script puts a schema into the extension",
}
"""Properties that no statement changes alone, and why."""

AROUND_TABLES = (
    *(SCHEMAS, TABLES, COLUMNS, CONSTRAINTS, INDEXES, SEQUENCES),
    *(VIEWS, RULES, TRIGGERS, EVENT_TRIGGERS, POLICIES),
)
"""The kinds whose faults are here; for the others see `tests.checks.test_schema_objects`."""


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


def judge_broken(conn: Connection, truth: Truth, fault: Fault) -> Judgement:
    """What is said of the copy with this fault in it."""
    if fault in RELATIONS_18 and conn.info.server_version < 180000:
        pytest.skip("PostgreSQL 18 brought what this breaks")
    with conn.transaction(force_rollback=True):
        for statement in fault.sql:
            if statement not in ("begin", "commit"):
                conn.execute(statement.encode())
        side = LiveSchema(OneSession(conn.cursor()))
        return judge_schema(RecordedSchema(truth.schema), side)


def is_reported(fault: Fault, judged: Judgement) -> bool:
    """By the check it names, of the object it names."""
    return (fault.check, fault.subject) in {(f.check, f.subject) for f in judged.findings}


@pytest.mark.parametrize("fault", ONE_A_KIND, ids=lambda fault: fault.name)
def test_one_fault_of_every_kind_is_reported(
    fault: Fault, breakable: Connection, truth: Truth
) -> None:
    """R34."""
    judged = judge_broken(breakable, truth, fault)
    assert is_reported(fault, judged), judged
    assert () == judged.gaps


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_is_reported(fault: Fault, breakable: Connection, truth: Truth) -> None:
    """R34."""
    judged = judge_broken(breakable, truth, fault)
    assert is_reported(fault, judged), judged
    assert () == judged.gaps


def test_every_property_of_every_kind_has_a_fault() -> None:
    """What nobody breaks has not been seen to fail."""
    broken = {fault.check for fault in (*FAULTS, *FOREIGN)}
    declared = {
        f"schema.{kind.name}.{name}".replace(" ", "_")
        for kind in AROUND_TABLES
        for name in kind.properties
    }
    assert sorted(UNREACHABLE) == sorted(declared - broken)


def test_every_kind_is_lost_in_some_fault() -> None:
    lost = {fault.check for fault in FAULTS}
    kinds = {f"schema.{kind.name}".replace(" ", "_") for kind in AROUND_TABLES}
    assert set() == kinds - lost


def test_no_two_faults_have_one_name() -> None:
    names = [fault.name for fault in FAULTS]
    assert sorted(set(names)) == sorted(names)
