"""A baseline recorded from a real source, and what is left of it when the source is gone."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from checks.baseline.alone import judge_alone
from checks.baseline.file import load, save
from checks.baseline.frozen import Frozen
from checks.baseline.model import Baseline
from checks.baseline.quiet import read_moment, why_not_quiet
from checks.baseline.record import (
    NothingRecorded,
    Wanted,
    quiet_baseline,
    record,
    record_cluster,
    record_database_on,
)
from checks.content.plan import Reading
from checks.database import Limits, snapshot
from checks.settings import observe_settings
from tests.checks.baseline.databases import SOURCE, Databases
from tests.checks.conftest import READER, Connect
from tests.fix_postgres import NewServer


def checks_of(databases: Databases, baseline: Baseline, copy: str) -> list[str]:
    judged = judge_alone(baseline.databases["core"], databases.observe(copy, baseline), exact=True)
    assert () == judged.bounds
    assert [] == [gap for gap in judged.gaps if gap.check not in ("sequences",)]
    return [found.check for found in judged.findings]


def test_a_copy_is_verified_when_its_source_is_gone(
    databases: Databases, source: str, tmp_path: Path
) -> None:
    """R34, R36: through the file, years later."""
    save(databases.record(source), tmp_path / "core.json.gz")
    databases.make("copied", template=source)
    databases.drop(source)

    baseline = load(tmp_path / "core.json.gz")
    assert baseline.quiet
    assert [] == checks_of(databases, baseline, "copied")

    for fault, check in (
        ("update providers set name = 'other' where id = 7", "content"),
        ("delete from granules where id = 399", "counts"),
        ("alter table granules alter status drop default", "schema.columns.default"),
        ("select setval('tickets', 500)", "sequences.behind"),
    ):
        databases.make("broken", fault, template="copied")
        assert [check] == checks_of(databases, baseline, "broken"), fault
        databases.drop("broken")


def test_all_of_a_database_is_of_one_moment(
    databases: Databases, source: str, connect: Connect
) -> None:
    """A commit during the recording is in nothing, or (here) in all of it."""
    baseline = databases.record(source)
    core = baseline.databases["core"]
    assert 400 == core.content.tables["public.granules"].rows
    assert core.moment.xmin == core.moment.xmax
    assert core.identity.system_identifier is not None
    assert 1 == core.identity.timeline
    assert core.identity.lsn is not None
    assert "public.granules" in core.catalog.kinds["tables"]
    assert {"public.tickets", "public.granules_id_seq"} == set(core.sequences.positions)
    assert 1001 == core.sequences.positions["public.tickets"].next_value
    assert "full" == baseline.reading["mode"]
    assert baseline.recorded_at == core.moment.taken_at


def test_recording_changes_nothing(databases: Databases, source: str, connect: Connect) -> None:
    """Not a transaction id is taken."""
    conn = connect(source)
    with snapshot(conn) as cursor:
        before = read_moment(cursor)
    databases.record(source)
    with snapshot(conn) as cursor:
        assert before.xmax == read_moment(cursor).xmax


def test_a_source_that_is_written_to_is_not_told_as_quiet(
    databases: Databases, source: str, connect: Connect
) -> None:
    """R36: with xmin = xmax all the same."""
    writer = connect(source)
    with writer.transaction():
        writer.execute("insert into heartbeat values (now())")
        baseline = databases.record(source)
    moment = baseline.databases["core"].moment
    assert moment.xmin == moment.xmax, "the open transaction is newer than the snapshot's end"
    assert not baseline.quiet
    assert "a transaction was open (client backend in source)" == baseline.not_quiet


def test_a_transaction_that_began_before_is_told(
    databases: Databases, source: str, connect: Connect
) -> None:
    """One that a later one overtook."""
    writer = connect(source)
    with writer.transaction():
        writer.execute("insert into heartbeat values (now())")
        connect(source).execute("insert into heartbeat values (now())")
        baseline = databases.record(source)
    assert baseline.not_quiet is not None
    assert "while the snapshots were taken" in baseline.not_quiet


def test_a_transaction_that_came_and_went_is_told(
    databases: Databases, source: str, connect: Connect
) -> None:
    conn = connect(source)
    with snapshot(conn) as cursor:
        moment = read_moment(cursor)
    assert why_not_quiet(databases.connect(source), [moment]) is None
    conn.execute("insert into heartbeat values (now())")
    told = why_not_quiet(databases.connect(source), [moment])
    assert "transactions went on (1 ended until the last table had been read)" == told


def test_who_writes_is_seen_without_a_right(
    databases: Databases, source: str, connect: Connect
) -> None:
    """A login that owns nothing and may monitor nothing sees who holds a transaction id."""
    writer = connect(source)
    with snapshot(connect(source)) as cursor:
        moment = read_moment(cursor)
    with writer.transaction():
        writer.execute("insert into heartbeat values (now())")
        told = why_not_quiet(databases.connect(source, READER), [moment])
    assert told is not None
    assert "a transaction was open" in told


def test_a_prepared_transaction_is_told(new_server: NewServer) -> None:
    server = new_server(settings={"max_prepared_transactions": "1", "autovacuum": "off"})
    server.initialise()
    server.start()
    with server.connect() as conn:
        with snapshot(conn) as cursor:
            moment = read_moment(cursor)
        conn.execute("begin")
        conn.execute("create table later ()")
        conn.execute("prepare transaction 'later'")
    assert "1 prepared transactions were open" == why_not_quiet(server.connect, [moment])


def test_a_database_that_cannot_be_reached_is_told(databases: Databases, source: str) -> None:
    """R59: and the others are recorded."""
    connects = {"core": databases.connect(source), "gone": databases.connect("gone")}
    baseline = record(connects, Reading())
    assert {"core"} == set(baseline.databases)
    assert 'database "gone" does not exist' in baseline.unreached["gone"]
    with pytest.raises(NothingRecorded, match=r'no database could be recorded .*"gone" does not'):
        record({"gone": databases.connect("gone")}, Reading())


def test_a_login_without_rights_records_what_it_may(databases: Databases, source: str) -> None:
    """And the baseline says what it lacks."""
    baseline = record({"core": databases.connect(source, READER)}, Reading())
    core = baseline.databases["core"]
    assert {} == core.content.tables
    assert core.content.unreadable["public.granules"].startswith("42501")
    assert "grant SELECT" in core.sequences.unreadable["public.tickets"]


def test_a_lock_costs_one_table(databases: Databases, source: str, connect: Connect) -> None:
    holder = connect(source)
    with holder.transaction():
        holder.execute("lock table providers in access exclusive mode")
        limits = Limits(lock=timedelta(milliseconds=100))
        baseline = record({"core": databases.connect(source)}, Reading(), limits=limits)
    content = baseline.databases["core"].content
    assert content.unreadable["public.providers"].startswith("55P03")
    assert 400 == content.tables["public.granules"].rows


def test_a_connection_within_a_snapshot_records_its_moment(
    databases: Databases, source: str, connect: Connect
) -> None:
    """What a rehearsal does in its quiet moment."""
    conn = connect(source)
    with snapshot(conn) as cursor:
        cursor.execute("select 1")
        databases.run(source, "delete from granules where id = 1")
        core = record_database_on(conn, Reading())
    assert 400 == core.content.tables["public.granules"].rows
    with databases.snapshot(source) as shared:
        with shared.attempt() as cursor:
            settings = observe_settings(cursor)
        baseline = quiet_baseline({"core": core}, record_cluster(shared), settings, Reading())
    assert baseline.quiet
    conn.close()
    databases.make("copied", template=source)
    assert ["counts"] == checks_of(databases, baseline, "copied")


CANARY = "canary7f3a"

CANARIES = f"""
create role {CANARY}_role password '{CANARY}';
create schema app;
create table app.secrets (
    id uuid primary key default gen_random_uuid(),
    note text default '{CANARY[:3]}', body bytea, tree jsonb, list text[], at timestamptz
);
create table app.named (name text primary key, n numeric);
create table app.keyless (a text, b json);
create table app.parts (key text, value text) partition by list (key);
create table app.part partition of app.parts for values in ('a');
insert into app.secrets (note, body, tree, list, at)
    select '{CANARY}' || n, '{CANARY}'::bytea, jsonb_build_object('{CANARY}', n), array['{CANARY}'],
           '1989-11-09 18:53:00Z'
    from generate_series(1, 30) n;
insert into app.named select '{CANARY}' || n, 424242424 + n from generate_series(1, 30) n;
insert into app.keyless
    select '{CANARY}' || n, json_build_array('{CANARY}') from generate_series(1, 30) n;
insert into app.parts values ('a', '{CANARY}');
create materialized view app.seen as select note || body::text as seen from app.secrets;
select lo_from_bytea(0, '{CANARY}');
create function app.cannot(text) returns boolean immutable language plpgsql as
    $$ begin raise exception 'row %', $1; end $$;
"""


def test_no_value_of_a_row_is_in_the_file(
    databases: Databases, connect: Connect, tmp_path: Path
) -> None:
    """Nor a password; not even where the server's own words quote one."""
    databases.make("canaries", CANARIES)
    try:
        frozen = (
            Frozen("secrets", "note::int > 5"),
            Frozen("named", "app.cannot(name)"),
            Frozen("named", "name < 'z'"),
        )
        baseline = databases.record("canaries", Wanted(frozen=frozen))
        path = tmp_path / "core.json.gz"
        save(baseline, path)
    finally:
        databases.drop("canaries")
        connect().execute(f"drop role {CANARY}_role")
    text = gzip.decompress(path.read_bytes()).decode()
    rest = text.replace(f"{CANARY}_role", "").lower()
    assert 30 == baseline.databases["core"].content.tables["app.secrets"].rows
    for value in (CANARY, CANARY.encode().hex(), "1989", "424242424"):
        assert value not in rest, rest[max(0, rest.index(value) - 200) : rest.index(value) + 100]
    assert 3 == len(baseline.databases["core"].frozen)


def test_a_damaged_keeper_leaves_the_others(databases: Databases, source: str) -> None:
    """A database that is lost on the way is unreached; the next one is read."""
    opened: list[psycopg.Connection[object]] = []

    def fleeting() -> psycopg.Connection[object]:
        conn = databases.server.connect(source)
        if opened:
            opened[0].close()
        opened.append(conn)
        return conn

    databases.make("other", SOURCE)
    baseline = record({"lost": fleeting, "core": databases.connect("other")}, Reading(), sessions=2)
    assert {"core"} == set(baseline.databases)
    assert {"lost"} == set(baseline.unreached)
