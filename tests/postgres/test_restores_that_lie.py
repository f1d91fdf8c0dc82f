"""Restores that succeed and are wrong: each made by hand first, then refused or reported by ours.

Every test shows the naive restore *being* wrong (else it would prove nothing), then what `recover`
does instead. Rows 1 to 8 of "Restores that succeed and are wrong"; 26 to 28 are in
`test_restores_that_do_not_fit`, 31 is about a running server and stands with it.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from fixtures.postgres.archive import WalArchive
from fixtures.postgres.backup import BaseBackup
from fixtures.postgres.errors import (
    ChooseAnotherTarget,
    ChooseTimeline,
    FixServerSettings,
    RepairArchive,
)
from fixtures.postgres.lsn import Lsn
from fixtures.postgres.recovery import recover
from fixtures.postgres.server import Server
from fixtures.postgres.target import RecoveryTarget
from tests.fix_postgres import NewServer
from tests.postgres.conftest import (
    Commit,
    NewSource,
    Source,
    Story,
    last_segment,
    naive,
    naive_end,
    rows,
)

LATEST = RecoveryTarget.latest()


# Row 1


def test_row_1_a_copy_does_not_consume_the_publishers_slot(
    new_source: NewSource, new_server: NewServer
) -> None:
    """R64: a subscription in the backup would fetch and confirm what the real subscriber lacks."""
    publisher, subscriber = new_source("p"), new_source("s")
    where = f"host={publisher.server.socket_dir} port=5432 user=rdsadmin dbname=postgres"
    with publisher.server.connect() as connection:
        connection.execute("create publication everything for all tables")
    with subscriber.server.connect() as connection:
        connection.execute(f"create subscription real connection '{where}' publication everything")
    for row in range(1, 6):
        publisher.commit(row)
    wait_for_rows(subscriber.server, 5)
    backup = subscriber.backup("base")
    subscriber.archive.flush(subscriber.server)
    subscriber.server.stop()  # the disaster
    lacking = publisher.commit(6)
    for row in range(7, 16):
        publisher.commit(row)

    copy = new_server("copy")
    recover(backup, subscriber.archive, LATEST, copy)
    with copy.connect() as connection:
        assert connection.execute(
            "select subenabled, pid from pg_subscription join pg_stat_subscription s on subid = oid"
        ).fetchall() == [(True, None)]
        workers = "select count(*) from pg_stat_activity where backend_type like 'logical%'"
        assert connection.execute(workers).fetchone() == (0,)
    assert rows(copy) == [1, 2, 3, 4, 5]
    assert not confirms(publisher.server, lacking)
    copy.stop()

    by_hand = new_server("naive")
    naive(backup, subscriber.archive, by_hand)
    wait_for_rows(by_hand, 15)
    assert confirms(publisher.server, lacking, wait=60), "the real subscriber never gets row 6"


def confirms(publisher: Server, commit: Commit, *, wait: float = 0) -> bool:
    """Whether the slot's reader has said that it has this row: then it is never sent again."""
    deadline = time.monotonic() + wait
    with publisher.connect() as connection:
        while True:
            (confirmed,) = connection.execute(
                "select confirmed_flush_lsn::text from pg_replication_slots"
            ).fetchone() or ("0/0",)
            if Lsn.parse(confirmed) >= commit.lsn or time.monotonic() >= deadline:
                return Lsn.parse(confirmed) >= commit.lsn
            time.sleep(0.02)  # a reader confirms every now and then (wal_receiver_status_interval)


def wait_for_rows(server: Server, count: int) -> None:
    """Until a subscriber has that many; it fetches them in the background."""
    with server.connect() as connection:
        connection.execute("set statement_timeout = '60s'")
        connection.execute(
            f"do $$ begin while (select count(*) from ledger) < {count} loop"
            " perform pg_sleep(0.01); end loop; end $$"
        )


# Row 2


def test_row_2_a_copy_does_not_write_into_the_sources_archive(
    story: Story, new_server: NewServer
) -> None:
    """R64: though the archive_command in the backup's own configuration still points there."""
    before = story.archive.listing()
    copy = new_server("copy")
    recover(story.backup, story.archive, LATEST, copy)
    with copy.connect() as connection:
        connection.execute("select pg_current_xact_id()")
        connection.execute("select pg_switch_wal()")
    copy.stop()
    assert story.archive.listing() == before


def test_row_2_the_next_restore_is_not_led_astray(
    new_source: NewSource, new_server: NewServer
) -> None:
    """R65: a copy that archived into the source's archive hides what the source wrote since."""
    source = new_source("a")
    backup = source.backup("base")
    source.commit(1)
    source.archive.flush(source.server)
    first = new_server("first")
    naive(backup, source.archive, first, isolated=False)
    source.archive.flush(first)
    assert "00000002.history" in source.archive.listing()
    source.commit(2)
    source.archive.flush(source.server)

    by_hand = new_server("naive")
    naive(backup, source.archive, by_hand)
    assert rows(by_hand) == [1], "row 2 was lost by following the copy's timeline"
    with pytest.raises(ChooseTimeline, match=r"2 branched off after it; say which .*, or 1"):
        recover(backup, source.archive, LATEST, new_server("c1"))
    copy = new_server("c2")
    recover(backup, source.archive, LATEST, copy, timeline=1)
    assert rows(copy) == [1, 2]


# Row 3


def failing(archive: WalArchive, name: str, exit_status: int) -> str:
    """The manual's restore_command, and one file for which the object store is down."""
    return (
        f"if test %f = {name}; then echo 503 Slow Down >&2; exit {exit_status}; fi; "
        f"cp {archive.folder}/%f %p 2>/dev/null"
    )


def test_row_3_an_error_taken_for_the_end_of_the_wal_is_reported(
    story: Story, new_server: NewServer
) -> None:
    """R65, R66: exit 1 without a target promotes short, with exit status 0."""
    command = failing(story.archive, last_segment(story), 1)
    by_hand = new_server("naive")
    naive(story.backup, story.archive, by_hand, restore_command=command)
    assert rows(by_hand) == [1, 2, 3, 4], "rows 5 and 6 are in the archive"
    copy = new_server("copy")
    with pytest.raises(RepairArchive, match=r"ended at 0/\w+, but the archive .* goes on to"):
        recover(story.backup, replace(story.archive, fetch=command), LATEST, copy)
    assert not copy.running


def test_row_3_an_error_of_our_own_command_ends_recovery(
    story: Story, new_server: NewServer, run_folder: Path
) -> None:
    """R66: above 125, so that PostgreSQL itself refuses to promote."""
    archive = story.source.archive_copy(run_folder)
    segment = archive.folder / last_segment(story)
    by_hand = new_server("naive")
    # Whoever runs the tests: the servers' account may not read it, and we may.
    os.chmod(segment, 0o000)
    if os.geteuid() == 0:
        os.chown(segment, 0, 0)
    naive(story.backup, archive, by_hand)
    assert rows(by_hand) == [1, 2, 3, 4]
    with pytest.raises(RepairArchive, match=r"could not restore file|cannot be read") as refused:
        recover(story.backup, archive, LATEST, new_server("copy"))
    assert segment.name in str(refused.value)


def test_row_3_an_error_half_way_to_a_time_is_reported(story: Story, new_server: NewServer) -> None:
    """R65: with a target PostgreSQL ends by itself. What it says is passed on, and why it did."""
    command = failing(story.archive, last_segment(story), 1)
    target = RecoveryTarget.time(story.commits[5].at)
    with pytest.raises(
        RepairArchive,
        match=r"ended before configured .* restore_command failed with an exit status",
    ):
        recover(story.backup, replace(story.archive, fetch=command), target, new_server("copy"))


@pytest.mark.parametrize("offset", [0, 30], ids=["a record's length", "a record's content"])
def test_row_3_damage_inside_the_last_segment_is_reported(
    story: Story, new_server: NewServer, run_folder: Path, offset: int
) -> None:
    """R65: every file is there and begins well, and yet the newest rows do not come back."""
    archive = story.source.archive_copy(run_folder)
    with (archive.folder / last_segment(story)).open("r+b") as segment:
        segment.seek(story.commits[5].lsn % story.backup.wal_segment_size + offset)
        segment.write(bytes(8))
    by_hand = new_server("naive")
    naive(story.backup, archive, by_hand)
    assert rows(by_hand) == [1, 2, 3, 4, 5], "row 6 should have been lost"
    with pytest.raises(RepairArchive, match="or a WAL record is damaged"):
        recover(story.backup, archive, LATEST, new_server("copy"))


def test_row_3_a_gap_is_reported(story: Story, new_server: NewServer, run_folder: Path) -> None:
    """R63: for the archive's end before anything is copied, for a time when recovery ends."""
    archive = story.source.archive_copy(run_folder)
    missing = archive.folder / story.commits[4].lsn.segment_name(1)
    missing.unlink()
    by_hand = new_server("naive")
    naive(story.backup, archive, by_hand)
    assert rows(by_hand) == [1, 2], "four rows should have been lost"
    copy = new_server("c1")
    with pytest.raises(RepairArchive, match=f"gap: {missing.name} is missing"):
        recover(story.backup, archive, LATEST, copy)
    assert not copy.data.exists()
    with pytest.raises(RepairArchive, match=f"gap: {missing.name} is missing"):
        recover(story.backup, archive, RecoveryTarget.lsn(story.commits[5].lsn), new_server("c2"))
    with pytest.raises(RepairArchive, match=f"target was reached: .* gap: {missing.name}"):
        recover(story.backup, archive, RecoveryTarget.time(story.commits[5].at), new_server("c3"))


# Row 4


def test_row_4_a_time_before_the_backup_is_refused(story: Story, new_server: NewServer) -> None:
    """R2, R65: with no commit inside the backup the naive restore is later than asked for."""
    asked = story.commits[1].at
    by_hand = new_server("naive")
    naive(story.backup, story.archive, by_hand, recovery_target_time=f"{asked:%F %T.%f}+00")
    assert rows(by_hand) == [1, 2], "row 2 is from after the time asked for"
    for target in (
        RecoveryTarget.time(asked),
        RecoveryTarget.time(story.backup.ended_at),
        RecoveryTarget.xid(story.commits[1].xid),
        RecoveryTarget.lsn(story.commits[1].lsn),
        RecoveryTarget.lsn(Lsn(story.backup.ended - 1)),
    ):
        copy = new_server("copy")
        with pytest.raises(ChooseAnotherTarget, match="later target, or an older backup"):
            recover(story.backup, story.archive, target, copy)
        assert not copy.data.exists(), "refused before anything was done"


def test_row_4_a_time_inside_the_backup_is_refused(
    new_source: NewSource, new_server: NewServer
) -> None:
    """R2: with commits inside, PostgreSQL ends with FATAL; ours does not get that far."""
    source = new_source("a")
    backup, inside = backup_under_load(source)
    source.archive.flush(source.server)
    asked = f"{inside.at:%F %T.%f}+00"
    words = naive_end(backup, source.archive, new_server("naive"), recovery_target_time=asked)
    assert "requested recovery stop point is before consistent recovery point" in words
    copy = new_server("copy")
    for target in (RecoveryTarget.time(inside.at), RecoveryTarget.xid(inside.xid)):
        with pytest.raises(ChooseAnotherTarget, match="later target, or an older backup"):
            recover(backup, source.archive, target, copy)
    assert not copy.data.exists()


def test_row_4_a_name_inside_the_backup_is_reported(
    new_source: NewSource, new_server: NewServer
) -> None:
    """R65: nobody knows beforehand where a restore point lies, so the log's words are passed on."""
    source = new_source("a")
    backup, inside = backup_under_load(source)
    source.archive.flush(source.server)
    with pytest.raises(ChooseAnotherTarget, match="before consistent recovery point"):
        recover(backup, source.archive, RecoveryTarget.name(f"after {inside.row}"), new_server("c"))


def backup_under_load(source: Source) -> tuple[BaseBackup, Commit]:
    """A base backup while rows are committed, each followed by a restore point; and one of those
    rows, committed after the backup's start and before its end.
    """
    taken: list[BaseBackup] = []
    taking = threading.Thread(target=lambda: taken.append(source.backup("base")))
    taking.start()
    made: list[Commit] = []
    while taking.is_alive():
        made.append(source.commit(len(made) + 1))
        source.restore_point(f"after {made[-1].row}")
    taking.join()
    (backup,) = taken
    inside = [commit for commit in made if backup.started < commit.lsn < backup.ended]
    assert inside, "no row was committed during the backup"
    return backup, inside[len(inside) // 2]


# Row 5


def test_row_5_a_paused_copy_is_reported_and_ours_is_promoted(
    story: Story, new_server: NewServer
) -> None:
    """R65: PostgreSQL's default leaves a copy that can be read and looks restored."""
    target = RecoveryTarget.xid(story.commits[4].xid)
    by_hand = new_server("naive")
    with pytest.raises(FixServerSettings, match=r"recovery is paused at 0/\w+ .*read-only"):
        naive(
            story.backup,
            story.archive,
            by_hand,
            recovery_target_xid=str(target.value),
            recovery_target_action="pause",
        )
    assert rows(by_hand) == [1, 2, 3, 4]
    with by_hand.connect() as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("insert into ledger values (99)")

    copy = new_server("copy", {"recovery_target_action": "pause"})
    recover(story.backup, story.archive, target, copy)
    with copy.connect() as connection:
        connection.execute("insert into ledger values (99)")


# Rows 6 and 7


def test_row_6_a_time_in_the_future_is_reported(story: Story, new_server: NewServer) -> None:
    """R65, R66: started is not recovered. The process is gone, and the log's words are kept."""
    words = naive_end(
        story.backup,
        story.archive,
        new_server("naive"),
        recovery_target_time="2099-01-01 00:00:00+00",
    )
    assert "recovery ended before configured recovery target was reached" in words
    copy = new_server("copy")
    target = RecoveryTarget.time(datetime(2099, 1, 1, tzinfo=UTC))
    with pytest.raises(
        ChooseAnotherTarget,
        match=r"recovery ended before configured .*: last completed transaction was at log time .*"
        r"no commit after the target",
    ):
        recover(story.backup, story.archive, target, copy)
    assert not copy.running


def test_row_7_a_time_that_no_commit_follows_is_reported(
    new_source: NewSource, new_server: NewServer
) -> None:
    """R65: all the data is there, the time has passed, and still it cannot be recovered to."""
    source = new_source("a")
    backup = source.backup("base")
    last = source.commit(1)
    with source.server.connect() as connection:
        connection.execute("select pg_switch_wal()")
    source.archive.wait_until_archived(source.server, last.lsn)
    target = RecoveryTarget.time(last.at + timedelta(microseconds=1))
    with pytest.raises(ChooseAnotherTarget, match=r"pg_current_xact_id.*pg_switch_wal"):
        recover(backup, source.archive, target, new_server("c1"))
    source.archive.flush(source.server)  # the remedy
    copy = new_server("c2")
    reached = recover(backup, source.archive, target, copy)
    assert rows(copy) == [1]
    assert reached.last_commit_at == last.at


# Row 8


def test_row_8_the_time_that_was_reached_is_told(story: Story, new_server: NewServer) -> None:
    """R30's and DESIGN 12's data loss is judged elsewhere, by this: the newest commit, not T."""
    target = RecoveryTarget.time(story.commits[6].at - timedelta(microseconds=1))
    reached = recover(story.backup, story.archive, target, new_server("copy"))
    assert reached.last_commit_at == story.commits[5].at
