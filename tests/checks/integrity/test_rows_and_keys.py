"""Orphans, rows and duplicates: what is told of them, and what is never told."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from checks.database import Limits
from checks.integrity.all import CHECKS
from checks.integrity.duplicates import check_duplicates
from checks.integrity.orphans import check_orphans
from checks.integrity.rows import check_rows
from checks.shared_snapshot import SharedSnapshot
from fixtures.postgres.server import Server
from tests.checks.conftest import READER, Connection
from tests.checks.integrity.conftest import Shared, statements


def orphaned(cluster: Server, *sql: str) -> None:
    with statements(cluster) as conn:
        conn.execute("set session_replication_role = replica")
        for statement in sql:
            conn.execute(statement.encode())


def test_keys_that_may_be_shown_are_shown_and_the_others_counted(
    copy: Connection, cluster: Server, shared: Shared
) -> None:
    """R37; DESIGN 4: whole numbers and uuids, capped; never a text."""
    orphaned(
        cluster,
        "delete from core.providers where id <= 7",
        "delete from integrity.notes where id = md5('4')::uuid",
        "delete from integrity.codes where code = 'code 5'",
        "update integrity.visits set city = 77 where id = 1",
    )
    with shared() as opened:
        found = {finding.subject: finding.actual for finding in check_orphans(opened).findings}
    assert {
        "core.granules.granules_provider_fkey": "700 rows without one,"
        " (provider_id) = 1; 2; 3; 4; 5 and 2 more",
        "integrity.tags.tags_note_fkey": "1 row without one,"
        " (note) = a87ff679-a2f3-e71d-9181-a67b7542122c",
        "integrity.uses.uses_code_fkey": "1 row without one",
        "integrity.visits.visits_place_fkey": "1 row without one, (country, city) = 1, 77",
    } == found


def test_an_index_that_still_names_the_parent_hides_no_orphan(
    copy: Connection, shared: Shared
) -> None:
    """No plan of an anti-join may use an index, whatever the login prefers."""
    copy.execute(f"alter database {copy.info.dbname} set enable_seqscan = off")
    copy.execute(f"alter database {copy.info.dbname} set enable_hashjoin = off")
    key = "'core.providers_pkey'::regclass"
    copy.execute("alter table core.granules disable trigger all")
    copy.execute("update core.granules set provider_id = 11 where id = 1")
    copy.execute(f"update pg_index set indisready = false where indexrelid = {key}")
    copy.execute("insert into core.providers (id, name) values (11, 'unindexed')")
    copy.execute(f"update pg_index set indisready = true where indexrelid = {key}")
    with shared() as opened:
        assert () == check_orphans(opened).findings


def test_partners_of_other_types_and_collations_are_compared_as_the_server_does(
    copy: Connection, shared: Shared
) -> None:
    copy.execute("create table integrity.wide (id bigint primary key, name text unique)")
    copy.execute(
        "create table integrity.narrow (id smallint references integrity.wide,"
        ' name varchar(20) collate "C" references integrity.wide (name))'
    )
    copy.execute("insert into integrity.wide values (1, 'one')")
    copy.execute("insert into integrity.narrow values (1, 'one'), (null, null)")
    with shared() as opened:
        judgement = check_orphans(opened)
    assert ((), ()) == (judgement.findings, judgement.gaps)


def test_rows_are_counted_and_never_shown(copy: Connection, shared: Shared) -> None:
    """R37."""
    copy.execute("update pg_attribute set attnotnull = false"
                 " where attrelid = 'core.granules'::regclass and attname = 'status'")  # fmt: skip
    copy.execute("update core.granules set status = null where id <= 3")
    copy.execute("update pg_attribute set attnotnull = true"
                 " where attrelid = 'core.granules'::regclass and attname = 'status'")  # fmt: skip
    with shared() as opened:
        (finding,) = check_rows(opened).findings
    assert (
        "integrity.rows.not_null: core.granules.status: expected NOT NULL, found 3 rows breaking"
        " it. Mend or delete these rows, or restore again: the catalog calls the rule valid, and"
        " they break it."
    ) == str(finding)


def test_a_very_wide_table_is_looked_at_in_one_scan(copy: Connection, shared: Shared) -> None:
    """More columns than a function takes arguments."""
    columns = ", ".join(f"c{i} int not null default 0" for i in range(500))
    copy.execute(f"create table integrity.wide ({columns})".encode())
    copy.execute("insert into integrity.wide default values")
    copy.execute("update pg_attribute set attnotnull = false"
                 " where attrelid = 'integrity.wide'::regclass and attname = 'c321'")  # fmt: skip
    copy.execute("update integrity.wide set c321 = null")
    copy.execute("update pg_attribute set attnotnull = true"
                 " where attrelid = 'integrity.wide'::regclass and attname = 'c321'")  # fmt: skip
    with shared() as opened:
        assert ["integrity.wide.c321"] == [f.subject for f in check_rows(opened).findings]


def test_a_condition_that_cannot_be_computed_is_a_gap_of_its_table_alone(
    copy: Connection, shared: Shared
) -> None:
    copy.execute("create function integrity.fine(int) returns bool language plpgsql as"
                 " $$ begin return true; end $$")  # fmt: skip
    copy.execute("alter table core.providers add check (integrity.fine(id))")
    copy.execute("create or replace function integrity.fine(int) returns bool language plpgsql as"
                 " $$ begin raise 'value %', $1; end $$")  # fmt: skip
    with shared() as opened:
        judgement = check_rows(opened)
    assert () == judgement.findings
    (gap,) = [gap for gap in judgement.gaps if gap.subject == "core.providers"]
    assert gap.reason.startswith("P0001: an error for some row")
    assert "value" not in gap.reason  # the function's own words quote the row


def test_a_lock_on_one_table_costs_that_table_alone(copy: Connection, cluster: Server) -> None:
    """Bad input: a lock held on a table; the other tables are still judged."""
    limits = Limits(lock=timedelta(milliseconds=50))
    connect = partial(cluster.connect, copy.info.dbname)
    with copy.transaction(), SharedSnapshot(connect, sessions=2, limits=limits) as opened:
        copy.execute("lock table core.granules in access exclusive mode")
        judgements = {name: check(opened) for name, check in CHECKS.items()}
    locked = {
        name: {gap.subject for gap in judgement.gaps if "55P03" in gap.reason}
        for name, judgement in judgements.items()
    }
    indexes = {f"core.granules_{index}" for index in ("pkey", "provider_idx", "failed_idx")}
    duplicates = {"core.granules_pkey"} if copy.info.server_version < 170000 else set()
    assert {
        "sequences": {"core.granules_id_seq"},
        "orphans": {"core.granules.granules_provider_fkey"},
        "rows": {"core.granules"},
        "structure": indexes,
        "duplicates": duplicates,
        "heaps": {"core.granules"},
    } == {name: subjects for name, subjects in locked.items() if subjects} | {
        "duplicates": locked["duplicates"]
    }
    assert [] == [name for name, judgement in judgements.items() if judgement.findings]


def test_row_security_is_a_gap_and_hides_no_row(copy: Connection, shared: Shared) -> None:
    """Row 29: under a policy a table would seem to keep its rules."""
    copy.execute(f"grant usage on schema core to {READER}")
    copy.execute(f"grant select on all tables in schema core to {READER}")
    copy.execute("alter table core.granules enable row level security")
    with shared(READER) as opened:
        judgement = check_orphans(opened) + check_rows(opened)
    assert () == judgement.findings
    hidden = {gap.subject for gap in judgement.gaps if "row-level security" in gap.reason}
    assert {"core.granules.granules_provider_fkey", "core.granules"} == hidden


def test_nulls_are_not_the_same(copy: Connection, shared: Shared) -> None:
    """Two nulls under a unique index are two keys, unless it says otherwise."""
    with shared() as opened:
        assert () == check_duplicates(opened).findings


def test_an_operator_class_of_its_own_is_a_gap(copy: Connection, shared: Shared) -> None:
    copy.execute("create type integrity.pair as (a numeric)")
    copy.execute("create table integrity.images (p integrity.pair)")
    copy.execute("create unique index images_key on integrity.images (p record_image_ops)")
    copy.execute("insert into integrity.images values (row(1.0)), (row(1.00))")
    with shared() as opened:
        judgement = check_duplicates(opened)
    assert () == judgement.findings
    assert ["integrity.images_key"] == [gap.subject for gap in judgement.gaps]


def test_primary_keys_alone(copy: Connection, shared: Shared) -> None:
    with shared() as opened:
        every = check_duplicates(opened).facts["integrity.duplicates"]
        primary = check_duplicates(opened, keys="primary").facts["integrity.duplicates"]
    assert int(str(primary).split()[0]) < int(str(every).split()[0])


def test_a_lost_snapshot_is_a_gap_of_each_check(copy: Connection, shared: Shared) -> None:
    """A lost connection never counts as passed, and raises nothing either."""
    with shared() as opened:
        pid = opened.keeper.connection.info.backend_pid
        copy.execute("select pg_terminate_backend(%s, 5000)", [pid])
        judgements = {name: check(opened) for name, check in CHECKS.items()}
    assert [] == [name for name, judgement in judgements.items() if judgement.findings]
    assert [] == [name for name, judgement in judgements.items() if not judgement.gaps]
