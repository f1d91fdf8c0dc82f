"""To the transaction: what stands just before a target is there, what stands just after is not.

And what lies between backup and target: other timelines, WAL that is missing, cut short or somebody
else's, segments of other sizes, clocks that were set back. That the story's rows come back for each
kind of target is in `test_recovery`, the same for any history in `test_recovery_property`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.archive import WalArchive
from fixtures.postgres.backup import BaseBackup
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.errors import ChooseTimeline, RepairArchive
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
    rows,
    session_folder,
)
from tests.postgres.wal_dates import redate
from tests.postgres.wal_model import Record, read_wal

LATEST = RecoveryTarget.latest()
MICROSECOND = timedelta(microseconds=1)

# Where a commit stands in the WAL


@pytest.fixture(scope="session")
def records(story: Story, binaries: Binaries) -> dict[int, Record]:
    """The commit record of each row that is not in the backup."""
    until = Lsn(max(commit.lsn for commit in story.commits.values()) + 1)
    wal = read_wal(binaries, story.archive.folder, story.backup.started, until)
    by_xid = {record.xid: record for record in wal.records if record.what == "commit"}
    return {row: by_xid[story.commits[row].xid] for row in (3, 4, 5, 6)}


Choose = Callable[[Record], RecoveryTarget]


@pytest.mark.parametrize(
    ("choose", "there"),
    [
        pytest.param(lambda r: RecoveryTarget.lsn(r.starts), True, id="its record"),
        pytest.param(
            lambda r: RecoveryTarget.lsn(r.starts, inclusive=False), False, id="before its record"
        ),
        pytest.param(
            lambda r: RecoveryTarget.lsn(Lsn(r.starts + 1), inclusive=False),
            True,
            id="before the record after it",
        ),
        pytest.param(lambda r: RecoveryTarget.time(r.at), True, id="its time"),
        pytest.param(
            lambda r: RecoveryTarget.time(r.at, inclusive=False), False, id="before its time"
        ),
        pytest.param(
            lambda r: RecoveryTarget.time(r.at - MICROSECOND), False, id="a microsecond less"
        ),
        pytest.param(
            lambda r: RecoveryTarget.time(r.at + MICROSECOND, inclusive=False),
            True,
            id="before a microsecond more",
        ),
        pytest.param(lambda r: RecoveryTarget.xid(r.xid), True, id="its id"),
        pytest.param(
            lambda r: RecoveryTarget.xid(r.xid, inclusive=False), False, id="before its id"
        ),
    ],
)
def test_a_commit_is_there_or_not_to_the_byte_and_the_microsecond(
    story: Story, records: dict[int, Record], new_server: NewServer, choose: Choose, there: bool
) -> None:
    """R2, R23: and nothing of the next transaction, nor less than the one before."""
    copy = new_server("copy")
    recover(story.backup, story.archive, choose(records[4]), copy)
    assert rows(copy) == ([1, 2, 3, 4] if there else [1, 2, 3])


# Dates that are not in WAL order: rows 3 to 6 are committed in this order, whatever they say.


def redated(story: Story, records: dict[int, Record], into: Path, **at: datetime) -> WalArchive:
    """The story's archive, in which commits (`row4=…`) are dated otherwise."""
    archive = story.source.archive_copy(into)
    for name, when in at.items():
        assert redate(archive.folder, records[int(name.removeprefix("row"))].starts, when)
    return archive


def time_of(record: Record) -> datetime:
    assert record.at is not None
    return record.at


def test_a_commit_that_is_dated_back_is_there_with_those_before_it(
    story: Story, records: dict[int, Record], new_server: NewServer, run_folder: Path
) -> None:
    """R2: the clock was set back before row 6, which says that it is older than all others."""
    fifth = time_of(records[5])
    archive = redated(story, records, run_folder, row6=fifth - timedelta(hours=1))
    copy = new_server("copy")
    reached = recover(story.backup, archive, RecoveryTarget.time(fifth), copy)
    assert rows(copy) == [1, 2, 3, 4, 5, 6]
    assert reached.last_commit_at == fifth - timedelta(hours=1)


def test_a_commit_that_is_dated_ahead_ends_the_replay(
    story: Story, records: dict[int, Record], new_server: NewServer, run_folder: Path
) -> None:
    """R2: row 4 says it is of an hour later. Row 5 was in time, but comes after it."""
    fifth = time_of(records[5])
    archive = redated(story, records, run_folder, row4=fifth + timedelta(hours=1))
    copy = new_server("copy")
    reached = recover(story.backup, archive, RecoveryTarget.time(fifth), copy)
    assert rows(copy) == [1, 2, 3]
    assert reached.last_commit_at == records[3].at


@pytest.mark.parametrize(
    ("inclusive", "expected"), [(True, [1, 2, 3, 4, 5, 6]), (False, [1, 2, 3, 4])]
)
def test_commits_of_one_time_are_all_there_or_none(
    story: Story,
    records: dict[int, Record],
    new_server: NewServer,
    run_folder: Path,
    inclusive: bool,
    expected: list[int],
) -> None:
    """R2, R23: rows 5 and 6 say the same microsecond."""
    fifth = time_of(records[5])
    archive = redated(story, records, run_folder, row6=fifth)
    copy = new_server("copy")
    recover(story.backup, archive, RecoveryTarget.time(fifth, inclusive=inclusive), copy)
    assert rows(copy) == expected


# Timelines


@dataclass(frozen=True)
class Fork:
    """
    ```
    timeline 1   row 1 2 ┃base┃ 3 "noon" 4 5 ┬ 6
    timeline 2                               └ 50 "fork" 51
    ```
    Both in one archive. The id of row 50's transaction is also that of the one after row 6.
    """

    story: Story
    archive: WalArchive
    commits: dict[int, Commit]
    backup: BaseBackup
    """Of the branch, after row 50."""


@pytest.fixture(scope="session")
def fork(story: Story, guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Fork]:
    with session_folder(guardian, account) as folder:
        archive = story.source.archive_copy(folder)
        branch = Branch(folder, binaries, guardian, account, archive)
        recover(story.backup, archive, RecoveryTarget.xid(story.commits[5].xid), branch.server)
        branch.go_on()
        fifty = branch.commit(50)
        backup = BaseBackup.take(branch.server, folder / "base")
        branch.restore_point("fork")
        after = branch.commit(51)
        archive.flush(branch.server)
        branch.server.stop()
        assert fifty.xid == story.commits[6].xid + 1
        yield Fork(story, archive, {50: fifty, 51: after}, backup)


class Branch(Source):
    """A restored copy that becomes a source, and archives where its own source did."""

    def __init__(
        self,
        folder: Path,
        binaries: Binaries,
        guardian: Guardian,
        account: Account,
        archive: WalArchive,
    ) -> None:
        self.folder = folder
        self.account = account
        self.archive = archive
        self.server = Server(folder / "branch", binaries, account, guardian.client())

    def go_on(self) -> None:
        self.server.stop()
        self.server.configure(archive_mode="on", archive_command=self.archive.archive_command)
        self.server.start()
        # A promotion archives its history itself only when it archives at all.
        history = self.server.data / "pg_wal/00000002.history"
        shutil.copy(history, self.archive.folder)
        self.account.own(self.archive.folder / history.name)


@pytest.mark.parametrize(
    ("timeline", "choose", "expected"),
    [
        pytest.param(1, lambda f: LATEST, [1, 2, 3, 4, 5, 6], id="1, latest"),
        pytest.param(2, lambda f: LATEST, [1, 2, 3, 4, 5, 50, 51], id="2, latest"),
        pytest.param(
            1, lambda f: RecoveryTarget.xid(f.commits[50].xid), [1, 2, 3, 4, 5, 6], id="1, xid"
        ),
        pytest.param(
            2, lambda f: RecoveryTarget.xid(f.commits[50].xid), [1, 2, 3, 4, 5, 50], id="2, xid"
        ),
        pytest.param(
            2,
            lambda f: RecoveryTarget.xid(f.commits[50].xid, inclusive=False),
            [1, 2, 3, 4, 5],
            id="2, xid, exclusive",
        ),
        pytest.param(
            1, lambda f: RecoveryTarget.time(f.story.commits[5].at), [1, 2, 3, 4, 5], id="1, time"
        ),
        pytest.param(
            2, lambda f: RecoveryTarget.time(f.commits[50].at), [1, 2, 3, 4, 5, 50], id="2, time"
        ),
        pytest.param(
            2,
            lambda f: RecoveryTarget.lsn(f.commits[50].lsn, inclusive=False),
            [1, 2, 3, 4, 5, 50],
            id="2, lsn",
        ),
        pytest.param(2, lambda f: RecoveryTarget.name("fork"), [1, 2, 3, 4, 5, 50], id="2, name"),
        pytest.param(
            2,
            lambda f: RecoveryTarget.xid(f.story.commits[4].xid),
            [1, 2, 3, 4],
            id="2, before the fork",
        ),
        pytest.param(2, lambda f: RecoveryTarget.name("noon"), [1, 2, 3], id="2, name before it"),
    ],
)
def test_a_target_is_looked_for_along_the_timeline_that_is_named(
    fork: Fork,
    new_server: NewServer,
    timeline: int,
    choose: Callable[[Fork], RecoveryTarget],
    expected: list[int],
) -> None:
    """R65: the same transaction id is an empty one on one of them, and row 50 on the other."""
    copy = new_server("copy")
    reached = recover(fork.story.backup, fork.archive, choose(fork), copy, timeline=timeline)
    assert rows(copy) == expected
    assert timeline < reached.timeline


@pytest.mark.parametrize(
    "choose",
    [
        pytest.param(lambda f: LATEST, id="latest"),
        pytest.param(lambda f: RecoveryTarget.time(f.commits[50].at), id="time"),
        pytest.param(lambda f: RecoveryTarget.xid(f.commits[50].xid), id="xid"),
        pytest.param(lambda f: RecoveryTarget.lsn(f.commits[50].lsn), id="lsn"),
        pytest.param(lambda f: RecoveryTarget.name("fork"), id="name"),
    ],
)
def test_between_timelines_nobody_chooses_for_you(
    fork: Fork, new_server: NewServer, choose: Callable[[Fork], RecoveryTarget]
) -> None:
    """R65: PostgreSQL's own choice is whatever was promoted last."""
    copy = new_server("copy")
    with pytest.raises(ChooseTimeline, match=r"2 branched off after it; say which .*, or 1"):
        recover(fork.story.backup, fork.archive, choose(fork), copy)
    assert not copy.data.exists()


def test_a_backup_of_the_branch_knows_its_timeline(fork: Fork, new_server: NewServer) -> None:
    """R65: there is nothing to choose, and no way back to the timeline it left."""
    copy = new_server("copy")
    recover(fork.backup, fork.archive, LATEST, copy)
    assert rows(copy) == [1, 2, 3, 4, 5, 50, 51]
    with pytest.raises(ChooseTimeline, match="timeline 1 does not branch off"):
        recover(fork.backup, fork.archive, LATEST, new_server("c2"), timeline=1)


# Damage between the backup and the target


def missing(segment: Path, story: Story) -> None:
    segment.unlink()


def truncated(segment: Path, story: Story) -> None:
    os.truncate(segment, story.backup.wal_segment_size // 2)


def foreign(segment: Path, story: Story) -> None:
    """As if another cluster had written it: everything else about it is right."""
    with segment.open("r+b") as file:
        file.seek(24)  # XLogLongPageHeaderData.xlp_sysid
        file.write((story.backup.system_identifier ^ 1).to_bytes(8, "little"))


def zeros(segment: Path, story: Story) -> None:
    segment.write_bytes(bytes(story.backup.wal_segment_size))


BEHIND: list[Callable[[Story], RecoveryTarget]] = [
    lambda s: LATEST,
    lambda s: RecoveryTarget.time(s.commits[5].at),
    lambda s: RecoveryTarget.xid(s.commits[5].xid),
    lambda s: RecoveryTarget.lsn(s.commits[5].lsn),
    lambda s: RecoveryTarget.name("dusk"),
]


@pytest.mark.parametrize("damage", [missing, truncated, foreign, zeros])
@pytest.mark.parametrize("choose", BEHIND, ids=["latest", "time", "xid", "lsn", "name"])
def test_a_target_behind_damage_is_not_pretended(
    story: Story,
    new_server: NewServer,
    run_folder: Path,
    damage: Callable[[Path, Story], None],
    choose: Callable[[Story], RecoveryTarget],
) -> None:
    """R63, R66: rows 5 and 6 lie in the damaged segment, and a later segment is there."""
    archive = story.source.archive_copy(run_folder)
    segment = archive.folder / last_segment(story)
    size = story.backup.wal_segment_size
    after = archive.segments(size)[-1]
    later = replace(after, number=after.number + 1).name(size)
    shutil.copy2(segment, archive.folder / later)
    damage(segment, story)
    with pytest.raises(RepairArchive, match=segment.name):
        recover(story.backup, archive, choose(story), new_server("copy"))


# Not a truncated one: from version 15 on PostgreSQL reads ahead (recovery_prefetch), and ends.
@pytest.mark.parametrize("damage", [missing, foreign, zeros])
def test_a_target_before_damage_is_reached(
    story: Story,
    new_server: NewServer,
    run_folder: Path,
    damage: Callable[[Path, Story], None],
) -> None:
    """What is behind the target is not needed."""
    archive = story.source.archive_copy(run_folder)
    damage(archive.folder / last_segment(story), story)
    copy = new_server("copy")
    recover(story.backup, archive, RecoveryTarget.xid(story.commits[3].xid), copy)
    assert rows(copy) == [1, 2, 3]


@dataclass(frozen=True)
class Twins:
    """
    ```
    source   ┃base┃ 1 ┃switch┃ 2 ┃switch┃ 3 ┃switch┃
    clone              cloned ┃ 77 …  ┃switch┃      into a segment of the same name
    ```
    A clone has its source's system identifier, and here its timeline and the WAL up to row 1.
    """

    source: Source
    backup: BaseBackup
    commits: dict[int, Commit]
    their: WalArchive

    def mixed(self, into: Path) -> tuple[WalArchive, Path]:
        """The source's archive with the clone's segment in the place of row 2's."""
        archive = self.source.archive_copy(into)
        name = Lsn(self.commits[2].lsn - 1).segment_name(1, self.backup.wal_segment_size)
        shutil.copy2(self.their.folder / name, archive.folder / name)
        return archive, archive.folder / name


NewTwins = Callable[[str], Twins]


@pytest.fixture
def new_twins(new_source: NewSource, new_server: NewServer, run_folder: Path) -> NewTwins:
    """A source, and a clone that did `first` before it inserted its row 77."""

    def make(first: str) -> Twins:
        source = new_source("a")
        backup = source.backup("base")
        commits = {1: source.commit(1)}
        source.archive.flush(source.server)
        source.server.stop()
        clone = new_server("clone")
        clone.create_folders()
        subprocess.run(["cp", "-a", source.server.data, clone.data], check=True, cwd=run_folder)
        their = WalArchive.create(run_folder / "their", clone.account)
        clone.configure(archive_command=their.archive_command)
        source.server.start()
        clone.start()
        with clone.connect() as connection:
            connection.execute(first)
            connection.execute("insert into ledger values (77)")
        their.flush(clone)
        for row in (2, 3):
            commits[row] = source.commit(row)
            source.archive.flush(source.server)
        return Twins(source, backup, commits, their)

    return make


OF_TWINS: dict[str, Callable[[Twins], RecoveryTarget]] = {
    "latest": lambda t: LATEST,
    "time": lambda t: RecoveryTarget.time(t.commits[3].at),
    "xid": lambda t: RecoveryTarget.xid(t.commits[3].xid),
    "lsn": lambda t: RecoveryTarget.lsn(t.commits[3].lsn),
}


@pytest.mark.parametrize("kind", OF_TWINS)
def test_a_clones_segment_is_not_taken_for_the_sources(
    new_twins: NewTwins, new_server: NewServer, run_folder: Path, kind: str
) -> None:
    """R63: identifier, timeline and position agree. The source's next segment does not follow."""
    twins = new_twins("select pg_logical_emit_message(false, 'a', 'word more')")
    archive, segment = twins.mixed(run_folder)
    with pytest.raises(RepairArchive, match=f"does not follow {segment.name}"):
        recover(twins.backup, archive, OF_TWINS[kind](twins), new_server("copy"))
    assert segment.exists()


def test_a_transaction_of_a_clone_is_not_taken_for_the_sources(
    new_twins: NewTwins, new_server: NewServer, run_folder: Path
) -> None:
    """R63, R65: ids go on in a clone as in its source, so that row 77 has row 2's, and PostgreSQL
    reports the target as reached. The source's next segment does not follow the clone's.
    """
    twins = new_twins("select pg_logical_emit_message(false, 'a', 'word more')")
    archive, segment = twins.mixed(run_folder)
    target = RecoveryTarget.xid(twins.commits[2].xid)
    with pytest.raises(RepairArchive, match=f"does not follow {segment.name}"):
        recover(twins.backup, archive, target, new_server("copy"))


def test_a_clone_that_wrote_as_much_is_told_by_its_rows_alone(
    new_twins: NewTwins, new_server: NewServer, run_folder: Path
) -> None:
    """A limit, and why content is proven: two servers went on from one and the same position, and
    the archive got the wrong one's WAL. Each is a sound continuation; nothing in it says whose.
    """
    twins = new_twins("select 1")
    archive, segment = twins.mixed(run_folder)
    for later in archive.folder.glob("0*"):
        if later.name > segment.name:
            later.unlink()
    copy = new_server("copy")
    recover(twins.backup, archive, LATEST, copy)
    assert rows(copy) == [1, 77], "row 2 was the source's"


# Segments of other sizes


@pytest.mark.parametrize("megabytes", [1, 64])
def test_segments_of_other_sizes(
    new_source: NewSource, new_server: NewServer, run_folder: Path, megabytes: int
) -> None:
    """R63, R65: initdb --wal-segsize, which the backup remembers and the names depend on."""
    source = new_source("a", f"--wal-segsize={megabytes}")
    source.commit(1)
    backup = source.backup("base")
    assert megabytes * 1024 * 1024 == backup.wal_segment_size
    second = source.commit(2)
    source.restore_point("noon")
    third = source.commit(3)
    source.archive.flush(source.server)
    source.commit(4)
    source.archive.flush(source.server)
    for number, (target, expected) in enumerate(
        (
            (RecoveryTarget.time(second.at), [1, 2]),
            (RecoveryTarget.xid(third.xid), [1, 2, 3]),
            (RecoveryTarget.lsn(third.lsn), [1, 2, 3]),
            (RecoveryTarget.name("noon"), [1, 2]),
            (RecoveryTarget.immediate(), [1]),
            (LATEST, [1, 2, 3, 4]),
        )
    ):
        copy = new_server(f"c{number}")
        recover(backup, source.archive, target, copy)
        assert rows(copy) == expected
        copy.stop("immediate")
    archive = source.archive_copy(run_folder)
    size = backup.wal_segment_size
    gone = third.lsn.segment_name(1, size)
    (archive.folder / gone).unlink()
    with pytest.raises(RepairArchive, match=f"gap: {gone} is missing"):
        recover(backup, archive, LATEST, new_server("gap"))
