"""Restores that "succeed" and are wrong: ``pytest drills/physical`` is red for each, and says why.

Rows are those of docs/restores-that-lie.md, which also says what proves a row that is not here.
A plugin makes the restore naive in one way; or the source itself had the fault, and hands it on.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.lsn import Lsn
from fixtures.postgres.server import Server
from tests.drills.fix_drill import Drill, Outcome
from tests.drills.fix_shelf import APPLICATION, NOON, ORDER, KeptDrill, Shelf, make_shelf
from tests.fix_postgres import NewServer

FAULTS = (
    # 10
    "create table twins (id int)",
    "insert into twins values (1), (1)",
    "-create unique index concurrently twins_id on twins (id)",
    # 11: a row that the index never saw
    "update pg_index set indisready = false where indexrelid = 'orders_of_customer'::regclass",
    ORDER.format(number=20000),
    "update pg_index set indisready = true where indexrelid = 'orders_of_customer'::regclass",
    # 13
    "create unlogged table carts (id int)",
    "insert into carts select generate_series(1, 500)",
    # 14
    "select pg_create_logical_replication_slot('feed', 'pgoutput')",
    # 16
    "create sequence short as int",
    "create table wide (id bigint primary key default nextval('short'))",
    "alter sequence short owned by wide.id",
    "select setval('short', 2147483640)",
    "insert into wide default values",
    # 18
    "alter table orders add constraint dear check (total > 0) not valid",
    "create table notes (id int primary key, order_id bigint references orders)",
    "alter table notes disable trigger all",
    # 20
    "create materialized view totals as select sum(total) from orders with no data",
    # 22
    "create extension postgres_fdw",
    "create server production foreign data wrapper postgres_fdw options (host 'db.invalid')",
    "create user mapping for public server production options (user 'a', password 'cAnArY')",
)
FENCE = ("alter database shop connection limit 0",)

# row: (the proof that is red, the check of its finding, what that names)
HANDED_ON = {
    "10": ("test_every_index_is_valid", "integrity.indexes.valid", "public.twins_id"),
    "11": ("test_every_index_is_sound", "integrity.indexes.structure", "public.orders_of_customer"),
    "13": (
        "test_nothing_is_left_empty_by_its_kind",
        "integrity.relations.unlogged",
        "public.carts",
    ),
    "14": (
        "test_roles_and_rights_of_the_cluster_are_what_they_were",
        "cluster.replication_slots",
        "feed",
    ),
    "16": (
        "test_sequences_are_ahead_of_their_columns",
        "integrity.sequences.headroom",
        "public.short",
    ),
    "18": ("test_every_constraint_holds_for_every_row", "integrity.constraints.validated", "dear"),
    "18, disabled": (
        "test_every_constraint_holds_for_every_row",
        "integrity.constraints.enabled",
        "notes",
    ),
    "20": (
        "test_nothing_is_left_empty_by_its_kind",
        "integrity.relations.populated",
        "public.totals",
    ),
    "21": (
        "test_every_object_is_what_it_was",
        "schema.database.connection_limit",
        "this database",
    ),
    "21, by itself": (
        "test_the_server_fits_its_binaries",
        "integrity.preflight.admission",
        "database shop",
    ),
    "22": (
        "test_the_databases_of_the_copy_are_isolated",
        "isolation.foreign_servers",
        "production",
    ),
}


@dataclass(frozen=True)
class Handed:
    """A shelf whose source had all the faults, and what one drill of it said."""

    shelf: Shelf
    result: Outcome


@pytest.fixture(scope="module")
def handed(
    guardian: Guardian,
    binaries: Binaries,
    account: Account,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Handed]:
    """Ten faults and one drill: each proof is to be red for its own."""
    folder = Path(tempfile.mkdtemp(prefix="", dir=guardian.folder))
    account.own(folder)
    work = Path(tempfile.mkdtemp(prefix="pgt-"))
    work.chmod(0o755)
    here = tmp_path_factory.mktemp("handed")
    try:
        shelf = make_shelf(folder, guardian, binaries, account, early=FAULTS, late=FENCE)
        drill = KeptDrill(shelf, Drill(work, here / "evidence"), here)
        result = drill.run("--keep-restored=never")
        drill.shows_no_secret(result)
        yield Handed(shelf, result)
    finally:
        shutil.rmtree(work)
        shutil.rmtree(folder)


@pytest.mark.parametrize("row", HANDED_ON)
def test_a_fault_that_the_backup_hands_on_is_red(handed: Handed, row: str) -> None:
    """R31, R34, R38, R39, R64: by the proof that is about it, with the object's name."""
    proof, check, named = HANDED_ON[row]

    assert 1 == handed.result.status, handed.result.out
    assert proof in handed.result.failed()
    found = [one for one in handed.result.findings() if one["check"].startswith(check)]
    assert any(named in one["subject"] for one in found), handed.result.findings()


@pytest.mark.slow
def test_row_15_a_sequence_that_runs_ahead_is_silent(kept_drill: KeptDrill) -> None:
    """R39: replay takes a sequence to what was logged beforehand. And R62: a backup by its name."""
    ahead = (
        '[[expect]]\nname = "it is ahead"\nat_least = 20010\ndatabase = "shop"\n'
        'sql = "select last_value from orders_id_seq"\n'
    )

    result = kept_drill.run(backup='pick = "base-1"', restore=f'target = "name:{NOON}"', more=ahead)

    assert 0 == result.status, result.out
    assert "base-1" == result.of("backup_identified")[0]["name"]


# Naive in one way


@dataclass(frozen=True)
class Naive:
    """The sabotage, the settings it needs, where the drill is red, and what it says there."""

    sabotage: str
    failed: str
    said: str
    backup: str = 'pick = "base-1"'
    restore: str = 'target = "latest"'
    more: str = ""
    status: int = 1
    slow: bool = True


NAIVE = {
    "3": Naive(
        "half way",
        "recovered_copy",
        r"recovery ended at 0/\w+, but the archive .* goes on to .* exit status below 126",
        slow=False,
    ),
    "4, the end unknown": Naive(
        "end unknown",
        "found_way",
        r"\[restore\] target: time .* is not after the base backup",
        backup='pick = "base-2"',
        restore='target = "{eleven}"',
        status=4,
    ),
    "5": Naive(
        "paused",
        "recovered_copy",
        r"recovery is paused at 0/\w+ and the copy is read-only",
        restore='target = "name:noon"',
    ),
    "6": Naive(
        "far future",
        "recovered_copy",
        "recovery ended before configured recovery target was reached",
    ),
    "another point": Naive(
        "another point",
        "test_every_table_kept_its_rows",
        "public.orders",
        restore='target = "name:noon"',
    ),
    "27, not recovered": Naive(
        "not recovered",
        "test_it_is_the_cluster_and_the_timeline_that_were_meant",
        "It was not recovered and promoted: it started as a server that crashed",
    ),
    "28": Naive(
        "few connections",
        "isolated_copy",
        r"max_connections=20 is below the source's \d+",
    ),
}


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, marks=[pytest.mark.slow] * one.slow) for row, one in NAIVE.items()],
)
def test_a_naive_restore_is_red(kept_drill: KeptDrill, row: str) -> None:
    """R63 to R66: where it went wrong, in words that say what to do; and nothing of it is left."""
    one = NAIVE[row]

    result = kept_drill.run(
        *("-p", "tests.sabotage.physical", f"--sabotage={one.sabotage}", "--keep-restored=never"),
        backup=one.backup,
        restore=one.restore.format(eleven=kept_drill.shelf.eleven.isoformat()),
        more=one.more,
    )

    assert one.status == result.status, result.out
    assert one.failed in result.failed()
    assert matches(result, one.said), result.out
    assert not list(kept_drill.drill.work.iterdir())
    kept_drill.shows_no_secret(result)


def matches(result: Outcome, said: str) -> bool:
    """Whether some line that was printed says it."""
    return any(re.search(said, line) for line in result.out.splitlines())


@pytest.mark.slow
def test_row_7_a_time_that_no_commit_follows_is_red(kept_drill: KeptDrill) -> None:
    """R65: all the data is there, and still PostgreSQL does not come to the target."""
    result = kept_drill.run("--keep-restored=never", restore='target = "-1s"')

    assert 1 == result.status, result.out
    assert ["recovered_copy"] == [name for name in result.failed() if name != "verdict"]
    assert matches(result, r"no commit after the target.*select pg_current_xact_id\(\)")


@pytest.mark.slow
def test_row_8_a_copy_behind_the_objective_is_red(kept_drill: KeptDrill) -> None:
    """DESIGN 12: the archive ends well, and long ago."""
    time.sleep(1)  # the shelf may be as young as that

    result = kept_drill.run("--keep-restored=never", more='[objectives]\ndata_loss = "1s"')

    assert 1 == result.status, result.out
    assert "test_times_and_data_loss_meet_their_objectives" in result.failed()
    assert any("data loss" in json.dumps(one) for one in result.findings())


@pytest.mark.slow
def test_row_30_a_password_that_the_restore_rewound_is_red(kept_drill: KeptDrill) -> None:
    """R42: the application's secret is newer than the backup."""
    kept_drill.drill.environ["SHOP_LOGIN"] = f"user={APPLICATION} password=cAnArY-new"

    result = kept_drill.run("--keep-restored=never", application="env:SHOP_LOGIN")

    assert 1 == result.status, result.out
    assert "test_the_application_logs_in_and_writes" in result.failed()
    assert ["application.login"] == [one["check"] for one in result.findings()]
    kept_drill.shows_no_secret(result)


def test_row_26_a_backup_of_another_cluster_than_the_baselines_is_refused(
    kept_drill: KeptDrill, handed: Handed
) -> None:
    """R65: its data is plausible, its identity is not; before a byte of it is copied."""
    kept_drill.shelf = replace(kept_drill.shelf, baseline=handed.shelf.baseline)

    result = kept_drill.run()

    assert 4 == result.status, result.out
    assert matches(result, rf"base-2 .*, but {handed.shelf.system_identifier} was to be restored")


def test_row_27_the_wal_of_another_cluster_is_refused(
    kept_drill: KeptDrill, handed: Handed
) -> None:
    """R63: PostgreSQL takes it for the end of the WAL."""
    result = kept_drill.run(wal=handed.shelf.wal)

    assert 4 == result.status, result.out
    assert matches(result, r"was written by another cluster: its system identifier is")


# Row 2


@pytest.mark.slow
@pytest.mark.parametrize("sabotage", ["archiving", "archiving, when all is proven"])
def test_row_2_a_copy_that_archives_into_its_sources_archive_is_red(
    drill: Drill, sabotage: str
) -> None:
    """R32, R64: at once where the replay sees it, else by the proof that compares the archive."""
    result = drill.run(
        *("drills/physical", "-p", "tests.sabotage.physical", f"--sabotage={sabotage}")
    )

    assert 1 == result.status, result.out
    assert {"recovered_copy", "test_the_archive_is_as_it_was"} & set(result.failed())
    assert matches(result, "files of timeline 2|of it, the first is 00000002")


# Row 1


@pytest.mark.slow
@pytest.mark.parametrize(("options", "eats"), [((), False), (("workers",), True)])
def test_row_1_a_copy_that_eats_the_publishers_slot_is_red(
    drill: Drill,
    tmp_path: Path,
    run_folder: Path,
    new_server: NewServer,
    guardian: Guardian,
    binaries: Binaries,
    account: Account,
    options: tuple[str, ...],
    eats: bool,
) -> None:
    """R64: the real subscriber never gets what the copy fetched; ours fetches nothing."""
    publisher = new_server("p", {"wal_level": "logical"})
    publisher.initialise()
    publisher.start()
    with publisher.connect() as connection:
        connection.execute("create table parcels (id int primary key)")
        connection.execute("create publication everything for all tables")
        connection.execute("insert into parcels values (1)")
    where = f"host={publisher.socket_dir} port={publisher.port} user=rdsadmin dbname=postgres"
    subscriber = run_folder / "s"
    subscriber.mkdir(mode=0o711)
    account.own(subscriber)
    shelf = make_shelf(
        subscriber,
        guardian,
        binaries,
        account,
        early=(
            "create table parcels (id int primary key)",
            f"create subscription real connection '{where}' publication everything",
            "do $$ begin while (select count(*) from parcels) < 1 loop"
            " perform pg_sleep(0.01); commit; end loop; end $$",
        ),
    )
    with publisher.connect() as connection:
        connection.execute("insert into parcels select generate_series(2, 15)")
    lacking = position(publisher)
    sabotage = [f"--sabotage={name}" for name in options]
    plugin = ["-p", "tests.sabotage.physical"] if sabotage else []

    result = KeptDrill(shelf, drill, tmp_path).run("--keep-restored=never", *plugin, *sabotage)

    assert eats == (confirmed(publisher) >= lacking), result.out
    assert eats == (1 == result.status), result.out
    checks = {one["check"] for one in result.findings()}
    assert eats == any(check.startswith("isolation.subscriptions") for check in checks), checks


def position(server: Server) -> Lsn:
    """Where it writes."""
    return Lsn.parse(one(server, "select pg_current_wal_insert_lsn()::text"))


def confirmed(server: Server) -> Lsn:
    """What the slot's reader has said it has: that is never sent again."""
    return Lsn.parse(one(server, "select confirmed_flush_lsn::text from pg_replication_slots"))


def one(server: Server, query: str) -> Any:
    with server.connect() as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]
