"""Disasters harm what they should, say how much, and do the same again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from fixtures.rehearsal.disaster import Harm, clean_up_badly, ruin_largest_table
from fixtures.rehearsal.incident_errors import LoadOtherData
from fixtures.rehearsal.sample import create_sample, ingest_granule
from tests.rehearsal.workload.cluster import Cluster, value


def ruin(cluster: Cluster, database: str, disaster: Callable[[Connection[Any]], Harm]) -> Harm:
    with cluster.as_superuser(database) as connection, connection.transaction():
        return disaster(connection)


def count(cluster: Cluster, database: str, table: str) -> int:
    with cluster.as_superuser(database) as connection:
        return int(value(connection, f"select count(*) from {table}"))


def test_the_bad_cleanup_harms_thousands_of_rows_and_says_which(
    cluster: Cluster, sample: str
) -> None:
    tables = ["files", "granules", "granules_executions"]
    before = {f"public.{table}": count(cluster, sample, table) for table in tables}
    harm = ruin(cluster, sample, clean_up_badly)
    after = {f"public.{table}": count(cluster, sample, table) for table in tables}
    assert harm.deleted == {table: before[table] - after[table] for table in before}
    assert harm.deleted["public.granules"] == 2_000
    assert harm.updated == {"public.granules": 2_900, "public.collections": 16}
    assert harm.rows > 10_000
    with cluster.as_superuser(sample) as connection:
        spoilt = value(connection, "select count(*) from granules where updated_at > '2025-01-01'")
    assert spoilt == 2_900


def test_the_bad_cleanup_does_not_depend_on_the_writer(cluster: Cluster, sample: str) -> None:
    again = cluster.new_database()
    with cluster.as_master(again) as connection:
        create_sample(connection)
    with cluster.as_application(again) as connection:
        for number in range(1, 81):
            ingest_granule(connection, number)
    assert ruin(cluster, sample, clean_up_badly) == ruin(cluster, again, clean_up_badly)
    assert count(cluster, again, "granules where granule_id like 'LIVE.%'") == 80


SCHEMA = """
    create table parent (id int primary key, note text not null);
    create table big (
        id int primary key,
        parent int not null references parent,
        fixed numeric generated always as (id * 2) stored,
        amount smallint not null check (amount < 1001),
        label text not null,
        stamp timestamptz
    );
    create table child (id int primary key, big int references big);
    create unlogged table scratch (pad text);
    insert into parent select n, 'x' from generate_series(1, 10) n;
    insert into big (id, parent, amount, label) select n, 1 + n % 10, 1000, 'l' || n
    from generate_series(1, 1001) n;
    insert into child select n, n from generate_series(1, 500) n;
    insert into scratch select repeat('y', 100) from generate_series(1, 5000);
    create rule kept as on delete to parent do instead nothing;
"""


@pytest.fixture
def own(cluster: Cluster, marked: str) -> str:
    """Keys in the way, a column that allows no change, and an unlogged table that is larger."""
    with cluster.as_superuser(marked) as connection:
        connection.execute(SCHEMA.encode())
    return marked


def test_half_of_the_largest_table_goes_and_half_of_the_rest_changes(
    cluster: Cluster, own: str
) -> None:
    """`amount` is at its limit, so `label` is what changes; foreign keys prevent nothing."""
    harm = ruin(cluster, own, ruin_largest_table)
    assert harm == Harm({"public.big": 501}, {"public.big": 250})
    assert count(cluster, own, "big") == 500
    assert count(cluster, own, "big where label = ''") == 250
    assert count(cluster, own, "big where amount = 1000") == 500
    assert count(cluster, own, "scratch") == 5_000
    assert count(cluster, own, "child where big not in (select id from big)") > 0


def test_the_same_rows_are_harmed_again(cluster: Cluster, own: str) -> None:
    copy = cluster.new_database(own)
    assert ruin(cluster, own, ruin_largest_table) == ruin(cluster, copy, ruin_largest_table)
    rows = "select md5(string_agg(big::text, ',' order by id)) from big"
    with cluster.as_superuser(own) as one, cluster.as_superuser(copy) as two:
        assert value(one, rows) == value(two, rows)


def test_a_table_that_cannot_be_harmed_makes_room_for_the_next(cluster: Cluster, own: str) -> None:
    with cluster.as_superuser(own) as connection:
        connection.execute("create rule kept as on delete to big do instead nothing")
        connection.execute("alter table big enable always rule kept")
        connection.execute(
            "create function no() returns trigger language plpgsql as"
            " $$ begin raise exception 'never %', old; end $$"
        )
        connection.execute("create trigger no before delete on child execute function no()")
        connection.execute("alter table child enable always trigger no")
    assert ruin(cluster, own, ruin_largest_table) == Harm(
        {"public.parent": 5}, {"public.parent": 3}
    )


@pytest.mark.parametrize(
    ("columns", "values", "updated"),
    [
        ("a int primary key", "n", 0),
        ("a int primary key, b text", "n, null", 5),
        ("a int primary key, b bool", "n, n % 2 = 0", 5),
        ("a int primary key, b date not null", "n, '2024-01-01'", 5),
        ("a int primary key, b jsonb not null", "n, '{}'", 5),
        ("a int primary key, b time", "n, '12:00'", 5),
        ("a int primary key, b json", "n, '{}'", 5),
        ("a int primary key, b int[] not null", "n, array[n]", 0),
        ("a int primary key, b uuid not null unique", "n, md5(n::text)::uuid", 0),
        ('"A b" int, "C""d" varchar(3) not null', "n, 'abc'", 5),
        ("a int primary key, b text collate \"C\" check (b <> '')", "n, 'x'", 5),
    ],
)
def test_some_column_changes_where_one_may(
    cluster: Cluster, marked: str, columns: str, values: str, updated: int
) -> None:
    with cluster.as_superuser(marked) as connection:
        connection.execute('create schema "Own"')
        connection.execute(f'create table "Own".t ({columns})'.encode())
        connection.execute(
            f'insert into "Own".t select {values} from generate_series(1, 20) n'.encode()
        )
        before = set(connection.execute('select t::text from "Own".t').fetchall())
    harm = ruin(cluster, marked, ruin_largest_table)
    with cluster.as_superuser(marked) as connection:
        after = set(connection.execute('select t::text from "Own".t').fetchall())
    assert harm.deleted == {'"Own".t': 10}
    assert harm.updated == ({'"Own".t': updated} if updated else {})
    if "primary key" in columns:
        assert len(after - before) == updated


def test_leaves_of_a_partitioned_table_are_tables(cluster: Cluster, marked: str) -> None:
    with cluster.as_superuser(marked) as connection:
        connection.execute(
            "create table p (d date not null, v text) partition by range (d);"
            "create table p1 partition of p for values from ('2024-01-01') to ('2024-02-01');"
            "insert into p select '2024-01-31', 'v' || n from generate_series(1, 100) n"
        )
    # The day after would be another partition's, so the next column changes.
    assert ruin(cluster, marked, ruin_largest_table) == Harm({"public.p1": 50}, {"public.p1": 25})


def test_nothing_to_harm_is_an_error_and_not_a_disaster(cluster: Cluster, marked: str) -> None:
    with cluster.as_superuser(marked) as connection:
        connection.execute("create table empty (x int); create view v as select 1 as x")
        connection.execute("insert into restore_drill.marker (number, kind) values (1, 'tick')")
    with pytest.raises(LoadOtherData, match=r"--rehearsal-load: .* no table with rows"):
        ruin(cluster, marked, ruin_largest_table)


def test_the_master_user_could_not_do_it(cluster: Cluster, own: str) -> None:
    """Why a superuser's connection is asked for: foreign keys would stop anybody else."""
    with (
        cluster.as_master(own) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        connection.transaction(),
    ):
        ruin_largest_table(connection)
