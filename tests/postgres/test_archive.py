"""The two commands PostgreSQL runs, tried without it; and what is said of an archive's content."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from fixtures.postgres.account import Account
from fixtures.postgres.archive import WalArchive
from fixtures.postgres.errors import ChooseTimeline, FixServerSettings, RepairArchive
from fixtures.postgres.lsn import WAL_SEGMENT_SIZE, Lsn
from fixtures.postgres.server import Server
from fixtures.postgres.timeline_history import TimelineHistory
from fixtures.postgres.wal_chain import WalChain
from fixtures.postgres.wal_segment import SegmentId
from tests.fix_postgres import NewServer
from tests.postgres.conftest import NewSource, Story


@pytest.fixture
def archive(run_folder: Path, account: Account) -> WalArchive:
    """Empty, in a folder whose name is as awkward as names get."""
    return WalArchive.create(run_folder / 'it\'s 100%f "of" $HOME', account)


def executed(command: str, archive: WalArchive, account: Account, name: str, path: Path) -> int:
    """The exit status PostgreSQL would see: it replaces %p and %f, then asks a shell."""
    for found, replaced in (("%%", "\0"), ("%p", str(path)), ("%f", name), ("\0", "%")):
        command = command.replace(found, replaced)
    return subprocess.run(
        ["sh", "-c", command],
        cwd=archive.folder.parent,
        stderr=subprocess.DEVNULL,
        **account.popen_options(),
    ).returncode


def written(path: Path, content: bytes, account: Account) -> Path:
    path.write_bytes(content)
    account.own(path)
    return path


def test_archiving_a_file_copies_it_whole(
    archive: WalArchive, account: Account, run_folder: Path
) -> None:
    """R3: and leaves nothing else behind."""
    segment = written(run_folder / "wal", b"one", account)
    assert executed(archive.archive_command, archive, account, "A1", segment) == 0
    assert archive.listing().keys() == {"A1"}
    assert (archive.folder / "A1").read_bytes() == b"one"


def test_archiving_the_same_again_succeeds_and_other_content_is_refused(
    archive: WalArchive, account: Account, run_folder: Path
) -> None:
    """Row 2: two clusters that archive into one folder. The first keeps what it has."""
    first = written(run_folder / "wal", b"one", account)
    other = written(run_folder / "foreign", b"two", account)
    assert executed(archive.archive_command, archive, account, "A1", first) == 0
    before = archive.listing()
    assert executed(archive.archive_command, archive, account, "A1", first) == 0
    assert executed(archive.archive_command, archive, account, "A1", other) == 1
    assert archive.listing() == before


def test_a_copy_that_was_cut_short_is_never_taken_for_the_segment(
    archive: WalArchive, account: Account, run_folder: Path
) -> None:
    """R3: a file under its own name is there in full; a leftover is replaced by the next try."""
    written(archive.folder / "A1.tmp", b"on", account)
    gone = executed(archive.archive_command, archive, account, "A1", run_folder / "nothing")
    assert gone != 0
    assert "A1" not in archive.listing()
    segment = written(run_folder / "wal", b"one", account)
    assert executed(archive.archive_command, archive, account, "A1", segment) == 0
    assert (archive.folder / "A1").read_bytes() == b"one"
    assert os.listdir(archive.folder) == ["A1"]


def test_a_file_that_is_not_there_is_the_end_of_the_wal(
    archive: WalArchive, account: Account, run_folder: Path
) -> None:
    command = archive.restore_command()
    assert executed(command, archive, account, "A1", run_folder / "to") == 1
    written(archive.folder / "A1", b"one", account)
    assert executed(command, archive, account, "A1", run_folder / "to") == 0
    assert (run_folder / "to").read_bytes() == b"one"


def test_any_other_trouble_is_not_the_end_of_the_wal(
    archive: WalArchive, account: Account, run_folder: Path
) -> None:
    """Row 3: above 125 PostgreSQL ends with FATAL instead of promoting what it has."""
    command = archive.restore_command()
    unreadable = archive.folder / "A1"
    unreadable.mkdir()  # cp refuses it, whoever we are
    assert executed(command, archive, account, "A1", run_folder / "to") > 125
    unreadable.rmdir()
    written(unreadable, b"one", account)
    nowhere = run_folder / "no such folder/to"
    assert executed(command, archive, account, "A1", nowhere) > 125
    unreadable.unlink()
    archive.folder.rmdir()  # not mounted, say
    assert executed(command, archive, account, "A1", run_folder / "to") > 125


def chain_of(story: Story, archive: WalArchive, to: Lsn | None = None) -> WalChain:
    backup = story.backup
    return archive.check_chain(
        backup.started,
        TimelineHistory(backup.timeline),
        system_identifier=backup.system_identifier,
        wal_segment_size=backup.wal_segment_size,
        to=to,
    )


def segments_after_backup(story: Story, archive: WalArchive) -> list[Path]:
    """Those that hold rows 3 and 4, then 5 and 6."""
    size = story.backup.wal_segment_size
    first = story.backup.ended.segment(size)
    found = [found for found in archive.segments(size) if found.number >= first]
    return [archive.folder / segment.name(size) for segment in found]


def test_a_chain_without_a_gap_goes_to_the_archives_end(story: Story) -> None:
    """R63: every segment there, complete, of this cluster."""
    chain = chain_of(story, story.archive)
    assert chain.broken is None
    assert chain.ends > story.commits[6].lsn
    assert chain.ends % WAL_SEGMENT_SIZE == 0


def test_a_missing_segment_is_a_gap(story: Story, run_folder: Path) -> None:
    """R63: named, and only where the target lies behind it."""
    archive = story.source.archive_copy(run_folder)
    missing = segments_after_backup(story, archive)[-2]
    missing.unlink()
    with pytest.raises(RepairArchive, match=f"gap: {missing.name} is missing"):
        chain_of(story, archive)
    with pytest.raises(RepairArchive, match=missing.name):
        chain_of(story, archive, to=story.commits[6].lsn)
    assert chain_of(story, archive, to=story.backup.started).broken is not None


def test_an_archive_that_ends_early_has_no_gap_but_does_not_reach(
    story: Story, run_folder: Path
) -> None:
    """R63: nothing tells how far it should go, but the target does."""
    archive = story.source.archive_copy(run_folder)
    segments_after_backup(story, archive)[-1].unlink()
    assert chain_of(story, archive).broken is None
    with pytest.raises(RepairArchive, match=r"ends at .*, before the target at"):
        chain_of(story, archive, to=story.commits[6].lsn)


def test_an_empty_archive_is_no_chain(story: Story, archive: WalArchive) -> None:
    with pytest.raises(RepairArchive, match="before the backup's start"):
        chain_of(story, archive)


def test_a_truncated_segment_breaks_the_chain(story: Story, run_folder: Path) -> None:
    """R63: by a byte."""
    archive = story.source.archive_copy(run_folder)
    segment = segments_after_backup(story, archive)[-1]
    os.truncate(segment, WAL_SEGMENT_SIZE - 1)
    with pytest.raises(RepairArchive, match=f"{segment.name} is truncated: 16777215 of 16777216"):
        chain_of(story, archive)


def test_a_segment_of_another_cluster_breaks_the_chain(
    story: Story, run_folder: Path, new_source: NewSource
) -> None:
    """R63, row 27: under the right name, complete, and foreign."""
    other = new_source("other")
    foreign = (other.server.data / "pg_wal/000000010000000000000001").read_bytes()
    archive = story.source.archive_copy(run_folder)
    segment = segments_after_backup(story, archive)[-1]
    segment.write_bytes(foreign)
    with pytest.raises(RepairArchive, match="written by another cluster"):
        chain_of(story, archive)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(bytes(WAL_SEGMENT_SIZE), "does not begin with a WAL page", id="zeros"),
        pytest.param(b"", "truncated: 0 of", id="empty"),
        pytest.param(bytes(WAL_SEGMENT_SIZE + 1), "instead of", id="too long"),
    ],
)
def test_what_is_no_segment_breaks_the_chain(
    story: Story, run_folder: Path, content: bytes, words: str
) -> None:
    archive = story.source.archive_copy(run_folder)
    segments_after_backup(story, archive)[-1].write_bytes(content)
    with pytest.raises(RepairArchive, match=words):
        chain_of(story, archive)


def test_a_segment_under_anothers_name_breaks_the_chain(story: Story, run_folder: Path) -> None:
    archive = story.source.archive_copy(run_folder)
    *_, before, last = segments_after_backup(story, archive)
    last.write_bytes(before.read_bytes())
    with pytest.raises(RepairArchive, match="another segment than its name says"):
        chain_of(story, archive)


def test_an_archive_that_is_not_there_is_told(story: Story, run_folder: Path) -> None:
    with pytest.raises(RepairArchive, match="cannot be listed"):
        chain_of(story, WalArchive(run_folder / "unmounted"))


def test_a_clone_is_told_by_its_wal(story: Story, run_folder: Path) -> None:
    """Row 27: clones share identifier and segment names, so their bytes are compared."""
    own = story.backup.folder / "pg_wal"
    chain_of(story, story.archive).require_same_wal(own, story.backup.ended)
    archive = story.source.archive_copy(run_folder)
    start = story.backup.started % WAL_SEGMENT_SIZE
    segment = archive.folder / story.backup.started.segment_name(1)
    content = bytearray(segment.read_bytes())
    content[start + 24] ^= 1
    segment.write_bytes(content)
    with pytest.raises(RepairArchive, match="not the WAL that the base backup was taken with"):
        chain_of(story, archive).require_same_wal(own, story.backup.ended)


HISTORY_2 = "1\t0/3000148\tno recovery target specified\n"
HISTORY_3 = HISTORY_2 + "\n2\t0/5000028\tbefore 2024-05-01 12:00:00+00\n"


def test_a_history_tells_which_timeline_has_a_segment(archive: WalArchive) -> None:
    """R65: a segment in which a switch lies is read from the newer timeline."""
    (archive.folder / "00000002.history").write_text(HISTORY_2)
    (archive.folder / "00000003.history").write_text(HISTORY_3)
    known = archive.histories()
    assert known[3].switches == ((1, Lsn.parse("0/3000148")), (2, Lsn.parse("0/5000028")))
    assert [known[3].timeline_of(number, WAL_SEGMENT_SIZE) for number in (2, 3, 4, 5, 6)] == [
        *(1, 2, 2, 3, 3)
    ]
    assert [known[2].timeline_of(number, WAL_SEGMENT_SIZE) for number in (2, 3, 9)] == [1, 2, 2]


def test_a_timeline_is_never_guessed(archive: WalArchive) -> None:
    """Row 2: PostgreSQL's default follows the newest, whoever made it."""
    before = Lsn.parse("0/2000100")
    assert archive.choose_timeline(1, before, None) == TimelineHistory(1)
    (archive.folder / "00000002.history").write_text(HISTORY_2)
    (archive.folder / "00000003.history").write_text(HISTORY_3)
    with pytest.raises(ChooseTimeline, match="2, 3 branched off after it; say which"):
        archive.choose_timeline(1, before, None)
    assert archive.choose_timeline(1, before, 1).timeline == 1
    assert archive.choose_timeline(1, before, 3).timeline == 3
    after = Lsn.parse("0/3000200")
    assert archive.choose_timeline(1, after, None).timeline == 1
    with pytest.raises(ChooseTimeline, match="timeline 2 does not branch off"):
        archive.choose_timeline(1, after, 2)


@pytest.mark.parametrize("text", ["1\n", "one\t0/3000148\twhy\n", "1\tthere\twhy\n"])
def test_a_damaged_history_is_told(archive: WalArchive, text: str) -> None:
    (archive.folder / "00000002.history").write_text(text)
    with pytest.raises(RepairArchive, match=r"00000002\.history is damaged"):
        archive.histories()


@pytest.mark.parametrize("size", [1 << 20, 16 << 20, 1 << 30])
@pytest.mark.parametrize("number", [1, 0xFF, 0x100, 0x12345])
def test_segment_names_are_read_and_written(number: int, size: int) -> None:
    segment = SegmentId(7, number)
    assert SegmentId.parse(segment.name(size), size) == segment
    assert segment.name(WAL_SEGMENT_SIZE)[:8] == "00000007"


@pytest.mark.parametrize(
    "name", ["00000002.history", "000000010000000000000002.00000028.backup", "x", "0" * 23]
)
def test_other_files_of_an_archive_are_no_segments(name: str) -> None:
    assert SegmentId.parse(name, WAL_SEGMENT_SIZE) is None


def test_flushing_archives_all_there_is(new_source: NewSource) -> None:
    """Row 7: and commits once more, so that "now" can be a target."""
    source = new_source("a")
    upto = source.archive.flush(source.server)
    assert upto >= source.commit(1).lsn - WAL_SEGMENT_SIZE
    newest = source.archive.segments(WAL_SEGMENT_SIZE)[-1]
    assert newest.starts(WAL_SEGMENT_SIZE) < upto <= newest.starts(WAL_SEGMENT_SIZE) + 16777216
    again = source.archive.flush(source.server)
    assert again > upto


def test_waiting_ends_when_archiving_fails(new_source: NewSource) -> None:
    """R63: with the archiver's own words, and another cluster's file is not taken for ours."""
    source = new_source("a")
    with source.server.connect() as connection:
        (name,) = connection.execute("select pg_walfile_name(pg_current_wal_lsn())").fetchone() or (
            "",
        )
    (source.archive.folder / name).write_bytes(b"foreign")
    with pytest.raises(RepairArchive, match=f"archive_command failed for {name} .* in the archive"):
        source.archive.flush(source.server, timeout=300)


def test_waiting_for_another_folder_ends_with_the_last_state(
    new_source: NewSource, archive: WalArchive
) -> None:
    source = new_source("a")
    with pytest.raises(RepairArchive, match=r"was not archived into .* last archived 0+10+"):
        archive.flush(source.server, timeout=1)


def test_a_server_that_does_not_archive_is_told(server: Server, archive: WalArchive) -> None:
    with pytest.raises(FixServerSettings, match="archive_mode=on"):
        archive.flush(server)


def test_the_commands_work_in_a_server(
    archive: WalArchive, new_server: NewServer, account: Account
) -> None:
    """The quoting survives PostgreSQL's configuration file and its shell."""
    server = new_server("a", {"archive_mode": "on", "archive_command": archive.archive_command})
    server.initialise()
    server.start()
    archive.flush(server)
    assert archive.segments(WAL_SEGMENT_SIZE)
