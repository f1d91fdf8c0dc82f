"""Objects that hang on no table, and those of the whole cluster: all are compared, each property is
seen to fail.

Faults are never committed: each is observed on the connection that made it, and rolled back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import pytest
from psycopg import Rollback

from checks.judgement import Judgement
from checks.schema import catalog, query
from checks.schema.catalog import databases
from checks.schema.compare import judge_schema
from checks.schema.fingerprint import OneSession
from checks.schema.kind import PARENT, Kind
from checks.schema.observation import SchemaObservation
from checks.schema.sides import LiveSchema, RecordedSchema, observe_schema
from fixtures.postgres.server import Server
from tests.checks.conftest import FAITHFUL, READER, Connect, Connection, Truth
from tests.fix_postgres import NewServer
from tests.sabotage import samples
from tests.sabotage.faults import cluster as cluster_faults
from tests.sabotage.faults import objects as object_faults
from tests.sabotage.faults import replication
from tests.sabotage.faults.fault import Fault
from tests.sabotage.faults.schema import SCHEMA

SILENT = Judgement()
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
COLUMNS = next(kind for kind in catalog.KINDS if kind.name == "columns")
MINE = (*OF_DATABASES, *catalog.CLUSTER_KINDS, *databases.OF_ONE)
KINDS = (COLUMNS, *MINE)
"""All that is judged here."""


def check_of(kind: Kind, prop: str | None = None) -> str:
    family = "cluster" if kind.scope == "cluster" else "schema"
    return ".".join([family, *(n.replace(" ", "_") for n in (kind.name, prop) if n)])


def kinds_of(fault: Fault) -> list[Kind]:
    return [kind for kind in KINDS if f"{fault.check}.".startswith(f"{check_of(kind)}.")]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A connection whose database was observed, of which faults are undone."""

    conn: Connection
    truth: SchemaObservation

    def judge(self, *statements: str, kinds: Collection[Kind] = KINDS) -> Judgement:
        """What is said of these kinds once these have been run, which are undone again."""
        with self.conn.transaction(force_rollback=True):
            for statement in statements:
                self.conn.execute(statement.encode())
            return self.judge_as_it_is(kinds)

    def judge_as_it_is(self, kinds: Collection[Kind]) -> Judgement:
        names = {kind.name for kind in kinds}
        rows = {name: rows for name, rows in self.truth.kinds.items() if name in names}
        with self.conn.transaction():
            side = LiveSchema(OneSession(self.conn.cursor()), kinds=kinds)
            truth = self.truth.model_copy(update={"kinds": rows})
            return judge_schema(RecordedSchema(truth), side)


@pytest.fixture(scope="module")
def prepared(cluster: Server, truth: Truth) -> Iterator[Prepared]:
    """A transaction in which everything is there, of the cluster too; it is never committed."""
    name = cluster_faults.DATABASE
    with cluster.connect() as conn:
        conn.execute(f"create database {name} template {FAITHFUL}")
    with cluster.connect(name) as conn, conn.transaction():
        conn.execute(samples.beside())
        yield Prepared(conn, observe_schema(OneSession(conn.cursor()), kinds=KINDS))
        raise Rollback
    with cluster.connect() as conn:
        conn.execute(f"drop database {name} with (force)")


def faults_of(version: int) -> tuple[Fault, ...]:
    return (*object_faults.objects(version), *cluster_faults.cluster(version))


def unreported(prepared: Prepared, faults: Sequence[Fault]) -> list[str]:
    """The names of the faults of which the check that should speak said nothing."""
    missed = []
    for fault in faults:
        judged = prepared.judge(*fault.sql, kinds=kinds_of(fault))
        assert judged.gaps == (), fault.name
        if (fault.check, fault.subject) not in {(f.check, f.subject) for f in judged.findings}:
            missed.append(f"{fault.name}: {judged.findings}")
    return missed


# One test for many faults: they share one transaction, which a scheduler must not divide.


def test_a_fault_of_every_kind_is_reported(prepared: Prepared) -> None:
    """R34."""
    first: dict[str, Fault] = {}
    for fault in faults_of(prepared.conn.info.server_version):
        first.setdefault(".".join(fault.check.split(".")[:2]), fault)
    assert unreported(prepared, list(first.values())) == []


@pytest.mark.slow
def test_every_fault_is_reported(prepared: Prepared) -> None:
    """R34."""
    assert unreported(prepared, faults_of(prepared.conn.info.server_version)) == []


UNREACHABLE = {
    # The name of the object says it already; it is there for the table's sake, with which such an
    # object is lost.
    f"schema.foreign_tables.{PARENT}",
    f"schema.publication_tables.{PARENT}",
    f"schema.subscription_tables.{PARENT}",
    # There is exactly one, whatever it is called.
    "schema.database",
}
"""Differences that nobody can make."""


def test_every_kind_and_property_has_a_fault(prepared: Prepared) -> None:
    """What nobody breaks has not been seen to fail."""
    version = prepared.conn.info.server_version
    broken = {fault.check for fault in (*faults_of(version), *SCHEMA)}
    broken |= {fault.check for fault in replication.slots(version)}
    known = {check_of(kind) for kind in MINE}
    known |= {check_of(k, prop) for k in MINE for prop in query.expressions(k, version)}
    if version < 160000:  # there every membership allows SET ROLE
        known -= {"cluster.memberships.set"}
    younger = {
        check_of(kind, prop)
        for kind in MINE
        for prop, declared in kind.properties.items()
        if not isinstance(declared, str) and version < declared.since
    }
    assert known - UNREACHABLE - younger == broken & known - UNREACHABLE - younger


def test_every_kind_is_in_the_samples(prepared: Prepared) -> None:
    empty = [kind.name for kind in KINDS if not prepared.truth.kinds[kind.name]]
    assert ["replication slots"] == empty, "slots need a server of their own"
    assert {} == prepared.truth.unreadable


def test_the_same_database_twice_is_silent(prepared: Prepared) -> None:
    """R34."""
    assert SILENT == prepared.judge()


def test_no_secret_leaves_the_server(prepared: Prepared) -> None:
    """R34: options, connections, settings of applications and passwords are told by digest."""
    assert "hunter2" not in prepared.truth.model_dump_json()
    judged = prepared.judge(
        "alter server \"far away\" options (set secret_key 'hunter3')",
        "alter subscription beside connection 'host=b password=hunter3'",
        "alter user mapping for public server \"far away\" options (set password 'hunter3')",
        "alter function objects.listed set \"objects.key\" = 'hunter3'",
        f"alter role {cluster_faults.ME} set \"beside.key\" = 'hunter3'",
        f"alter role {cluster_faults.ME} password 'hunter3'",
    )
    assert {
        "schema.servers.secret_options",
        "schema.subscription_connections.connection",
        "schema.user_mapping_options.secret_options",
        "schema.functions.secret_settings",
        "cluster.role_settings.secret_value",
    } == {finding.check for finding in judged.findings}
    assert "hunter" not in "".join(map(str, judged.findings))


def test_grants_that_were_taken_back_are_no_difference(prepared: Prepared) -> None:
    """They leave the default spelt out, which a dump does not bring."""
    for what in ("function core.tidy", "type core.pair", "language plpgsql", "database beside"):
        what = what.replace("function core.tidy", "procedure core.tidy")
        privilege = {"procedure": "execute", "database": "create"}.get(what.split()[0], "usage")
        assert SILENT == prepared.judge(
            f"grant {privilege} on {what} to pg_monitor",
            f"revoke {privilege} on {what} from pg_monitor",
        )


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "drop role beside_spare",
            "cluster.roles: beside_spare: expected role, found nothing. Load the cluster's globals",
        ),
        (
            "alter database beside connection limit 0",
            "cluster.databases.connection_limit: beside: expected -1, found 0. Run ALTER DATABASE"
            " … CONNECTION LIMIT: the backup was taken while it was fenced.",
        ),
        (
            "alter role beside_other nologin",
            "cluster.roles.logs_in: beside_other: expected true, found false. Run ALTER ROLE",
        ),
        (
            "drop operator class objects.backwards using btree",
            "schema.operator_classes: objects.backwards using btree: expected operator class,",
        ),
        (
            "drop text search dictionary objects.plain cascade",
            "schema.text_search_dictionaries: objects.plain: expected text search dictionary,",
        ),
        (
            "drop statistics objects.together",
            "schema.statistics: objects.together: expected statistics object, found nothing.",
        ),
    ],
)
def test_a_finding_reads_as_a_sentence_with_its_remedy(
    prepared: Prepared, statement: str, expected: str
) -> None:
    said = [str(finding) for finding in prepared.judge(statement).findings]
    assert [line for line in said if line.startswith(expected)]


# One database of a cluster, without its neighbours


def test_one_database_is_compared_under_any_name(
    copy: Connection, cluster: Server, truth: Truth
) -> None:
    """R59: neither its name nor its neighbours are told."""
    kinds = databases.OF_ONE
    with cluster.connect(FAITHFUL) as source, source.transaction():
        expected = observe_schema(OneSession(source.cursor()), kinds=kinds)
    prepared = Prepared(copy, expected)
    elsewhere = "alter database postgres connection limit 7"
    here = f"alter database {copy.info.dbname} connection limit 7"
    assert SILENT == prepared.judge(elsewhere, kinds=kinds)
    (finding,) = prepared.judge(elsewhere, here, kinds=kinds).findings
    assert ("schema.database.connection_limit", "this database") == (
        finding.check,
        finding.subject,
    )


# Without superuser


def test_what_a_right_hides_is_a_gap_by_name(copy: Connection, connect: Connect) -> None:
    """R34: everything else is seen."""
    with copy.transaction():
        truth = observe_schema(OneSession(copy.cursor()), kinds=KINDS)
    judged = Prepared(connect(copy.info.dbname, READER), truth).judge_as_it_is(KINDS)
    assert () == judged.findings
    assert ["cluster.role_passwords", "schema.user_mapping_options"] == sorted(
        gap.check for gap in judged.gaps
    )
    assert all("ask as one" in gap.reason for gap in judged.gaps)


def test_an_owner_sees_the_options_of_its_own_server(copy: Connection, connect: Connect) -> None:
    """What the mapped users and the owner may see is no gap for them."""
    (options,) = [kind for kind in OF_DATABASES if kind.name == "user mapping options"]
    copy.execute(f'alter server "far away" owner to {READER}')
    copy.execute('drop user mapping for pg_monitor server "far away"')
    with copy.transaction():
        truth = observe_schema(OneSession(copy.cursor()), kinds=[options])
    assert {'"far away" for public'} == set(truth.kinds["user mapping options"])
    judged = Prepared(connect(copy.info.dbname, READER), truth).judge_as_it_is([options])
    assert SILENT == judged


def test_a_subscription_hides_its_connection(
    copy: Connection, connect: Connect, truth: Truth
) -> None:
    """Where there is none, nothing is hidden (the test before this one's)."""
    copy.execute(
        "create subscription hidden connection 'password=hunter2' publication part"
        " with (connect = false, enabled = false, slot_name = none)"
    )
    try:
        reader = connect(copy.info.dbname, READER)
        with copy.transaction():
            seen = observe_schema(OneSession(copy.cursor()), kinds=catalog.replication.KINDS)
        judged = Prepared(reader, seen).judge_as_it_is(catalog.replication.KINDS)
        assert ["schema.subscription_connections"] == [gap.check for gap in judged.gaps]
        assert () == judged.findings
    finally:
        copy.execute("drop subscription hidden")


# Slots


@pytest.fixture
def slotted(new_server: NewServer) -> Iterator[Connection]:
    settings = {"wal_level": "logical", "max_slot_wal_keep_size": "1MB", "autovacuum": "off"}
    server = new_server("slots", settings)
    server.initialise()
    server.start()
    with server.connect() as conn:
        conn.execute(replication.LOGICAL_SLOT)
        conn.execute(replication.PHYSICAL_SLOT)
        yield conn


def test_every_fault_of_a_slot_is_reported(slotted: Connection) -> None:
    """Row 14. Slots are made outside of any transaction: the logical one is made anew each time."""
    kinds = [kind for kind in catalog.CLUSTER_KINDS if kind.name == "replication slots"]
    with slotted.transaction():
        prepared = Prepared(slotted, observe_schema(OneSession(slotted.cursor()), kinds=kinds))
    assert {"logical", "physical"} == set(prepared.truth.kinds["replication slots"])
    for fault in replication.slots(slotted.info.server_version):
        assert SILENT == prepared.judge_as_it_is(kinds), fault.name
        for statement in fault.sql:
            slotted.execute(statement.encode())
        judged = prepared.judge_as_it_is(kinds)
        assert (fault.check, fault.subject) in {(f.check, f.subject) for f in judged.findings}
        slotted.execute(
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots"
            " where slot_name = 'logical'"
        )
        slotted.execute(replication.LOGICAL_SLOT)
