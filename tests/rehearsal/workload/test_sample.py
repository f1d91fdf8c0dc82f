"""The sample workload: of the promised size and shape, the same everywhere, its user bounded."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import Connection

from fixtures.rehearsal.application import ROLE, give_password
from fixtures.rehearsal.markers import write_marker
from fixtures.rehearsal.sample import create_sample, ingest_granule
from tests.rehearsal.workload.cluster import OWNER, Cluster, value

TABLES = {
    "async_operations": 200,
    "collections": 40,
    "executions": 6_000,
    "files": 22_000,
    "granules": 10_000,
    "granules_executions": 11_000,
    "migrations": 12,
    "migrations_lock": 1,
    "pdrs": 400,
    "providers": 20,
    "rules": 60,
}


PINNED = {
    "executions": "df7c7e68d390b279cea7bc0bfecdbce0",
    "files": "4f0c5591791f84c7332e2e5f8fd87866",
    "granules": "891aa4583e6d10ab7f44fb8710ee47cd",
}


def content(connection: Connection[Any], table: str) -> str:
    """One number for a table's rows, in any order, as UTC writes them."""
    connection.execute("set timezone = 'UTC'")
    rows = "string_agg(md5(t::text), '' order by md5(t::text) collate \"C\")"
    return str(value(connection, f"select md5({rows}) from public.{table} t"))


def test_every_table_has_the_promised_number_of_rows(cluster: Cluster, pristine: str) -> None:
    with cluster.as_master(pristine) as connection:
        counted = {
            table: value(connection, f"select count(*) from public.{table}") for table in TABLES
        }
    assert counted == TABLES
    assert 45_000 < sum(counted.values()) < 55_000


def test_the_same_rows_are_made_again(cluster: Cluster, pristine: str) -> None:
    again = cluster.new_database()
    with cluster.as_master(again) as connection:
        create_sample(connection)
        second = {table: content(connection, table) for table in TABLES}
    with cluster.as_master(pristine) as connection:
        first = {table: content(connection, table) for table in TABLES}
    assert first == second


def test_rows_are_the_same_on_every_machine_and_version(cluster: Cluster, pristine: str) -> None:
    """Pinned on PostgreSQL 15 and 18: it changes with rows.sql, never with the server."""
    with cluster.as_master(pristine) as connection:
        pinned = {table: content(connection, table) for table in PINNED}
    assert pinned == PINNED


def test_scale_multiplies(cluster: Cluster) -> None:
    database = cluster.new_database()
    with cluster.as_master(database) as connection:
        create_sample(connection, scale=2)
        assert value(connection, "select count(*) from granules") == 20_000
        assert value(connection, "select count(*) from files") == 44_000
        assert value(connection, "select count(*) from collections") == 40
        assert value(connection, "select max(created_at) < '2025-01-01' from granules")


@pytest.mark.parametrize("scale", [0, -1])
def test_no_scale_below_one(cluster: Cluster, marked: str, scale: int) -> None:
    with cluster.as_master(marked) as connection, pytest.raises(ValueError, match="from 1"):
        create_sample(connection, scale)


def test_the_sample_is_there_in_full_or_not_at_all(cluster: Cluster) -> None:
    """A schema in the way: an error, and the database as empty as before."""
    database = cluster.new_database()
    with cluster.as_master(database) as connection:
        connection.execute("create schema restore_drill")
        with pytest.raises(psycopg.errors.DuplicateSchema):
            create_sample(connection)
        assert value(connection, "select count(*) from pg_tables where schemaname = 'public'") == 0


def test_it_belongs_to_the_master_user(cluster: Cluster, pristine: str) -> None:
    with cluster.as_master(pristine) as connection:
        owners = connection.execute(
            "select distinct tableowner from pg_tables where schemaname in"
            " ('public', 'restore_drill')"
        ).fetchall()
    assert owners == [(OWNER,)]


def test_it_has_one_of_everything_that_a_parity_check_must_see(
    cluster: Cluster, pristine: str
) -> None:
    expected = {
        "a table without a primary key": """select count(*) = 1 from pg_class c where relkind = 'r'
            and relnamespace = 'public'::regnamespace
            and not exists (select from pg_constraint where conrelid = c.oid and contype = 'p')""",
        "partial indexes": "select count(*) >= 3 from pg_index where indpred is not null",
        "an expression index": """select count(*) = 1 from pg_index where indexprs is not null
            and indrelid = 'granules'::regclass""",
        "a view": "select count(*) = 1 from pg_views where schemaname = 'public'",
        "triggers": "select count(*) = 4 from pg_trigger where not tgisinternal",
        "a generated column": "select count(*) = 1 from pg_attribute where attgenerated = 's'",
        "cascades": "select count(*) = 3 from pg_constraint where confdeltype = 'c'",
        "jsonb": "select count(*) > 10 from pg_attribute where atttypid = 'jsonb'::regtype",
        "sequences": "select count(*) = 11 from pg_sequences where schemaname = 'public'",
        "checks": """select count(*) > 20 from pg_constraint where contype = 'c'
            and connamespace = 'public'::regnamespace""",
        "default privileges": "select count(*) = 1 from pg_default_acl",
        "a comment": "select obj_description('collections'::regclass) is not null",
    }
    with cluster.as_master(pristine) as connection:
        found = {what: value(connection, query) for what, query in expected.items()}
    assert dict.fromkeys(expected, True) == found


def test_keys_are_handed_out_beyond_the_rows(cluster: Cluster, sample: str) -> None:
    with cluster.as_application(sample) as connection:
        ingest_granule(connection, 1)
        assert value(connection, "select max(cumulus_id) from granules") == 10_001
        assert (
            value(
                connection,
                "select count(*) from files where bucket = 'protected' and key like 'live/%'",
            )
            == 2
        )


def test_the_application_may_change_rows(cluster: Cluster, sample: str) -> None:
    with cluster.as_application(sample) as connection:
        write_marker(connection, 1, "tick")
        connection.execute("update granules set status = 'queued', published = false")
        connection.execute("delete from rules")
        assert value(connection, "select granules from collection_holdings limit 1") > 0


@pytest.mark.parametrize(
    "statement",
    [
        "drop table granules",
        "alter table granules add column x int",
        "truncate granules",
        "create schema mine",
        "create index on granules (status)",
        "insert into migrations (name, batch) values ('mine', 1)",
        "update migrations_lock set is_locked = true",
        "update restore_drill.marker set kind = 'bad'",
        "delete from restore_drill.marker",
        "create table restore_drill.mine (x int)",
        "create role mine",
        "alter role core_app createdb",
    ],
)
def test_the_application_may_change_nothing_else(
    cluster: Cluster, pristine: str, statement: str
) -> None:
    with (
        cluster.as_application(pristine) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_a_trigger_guards_publication(cluster: Cluster, sample: str) -> None:
    with (
        cluster.as_application(sample) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute("update granules set status = 'failed' where published")


def test_the_password_is_new_each_time_and_unknown_to_the_server(
    cluster: Cluster, pristine: str
) -> None:
    with cluster.as_master(pristine) as connection:
        first, second = give_password(connection), give_password(connection)
    assert first != second
    log = cluster.server.log.read_text()
    assert first not in log
    assert second not in log
    with cluster.as_superuser() as connection:
        stored = value(connection, f"select rolpassword from pg_authid where rolname = '{ROLE}'")
    assert stored.startswith("SCRAM-SHA-256$")
    assert second not in stored
