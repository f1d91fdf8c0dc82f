"""Folders of journals: any depth, each run once, and nothing left out in silence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reports.history.read import Unread, read_folders, with_rows
from reports.journal import NAME, NameJournal
from tests.reports import sample
from tests.reports.history.nights import at, kept, night


def test_journals_are_found_at_any_depth_and_come_oldest_first(tmp_path: Path) -> None:
    kept(tmp_path, night(2))
    kept(tmp_path / "a" / "b" / "c", night(1))
    named = kept(tmp_path.with_name("elsewhere"), night(3))
    found = read_folders([tmp_path, named])
    assert [one.run for one in found.drills] == ["night-1", "night-2", "night-3"]
    assert (found.journals, found.unread) == (3, [])


def test_a_run_that_is_there_twice_is_taken_once(tmp_path: Path) -> None:
    journal = kept(tmp_path, night(1))
    sample.written(tmp_path / "again" / NAME, night(1))
    (tmp_path / "link").symlink_to(journal.parent)
    (tmp_path / "loop").symlink_to(tmp_path)
    found = read_folders([tmp_path, tmp_path, journal.parent, journal])
    assert [one.run for one in found.drills] == ["night-1"]
    assert found.unread == []


def test_a_run_that_was_gone_on_with_counts_once_as_its_last_part_ended(tmp_path: Path) -> None:
    """Its first part waited no longer (exit 75), and has more events than the last."""
    waited = night(1, "WAITING", run="night-1", verdict={"exit_status": 75})
    first = sample.written(tmp_path / "night-1" / NAME, [*waited[:-1], *waited[-2:]])
    last = sample.written(tmp_path / "night-1-2" / NAME, night(1.1, run="night-1"))
    for places in ([tmp_path], [last.parent, first.parent]):
        found = read_folders(places)
        assert ["PROVEN"] == [one.word for one in found.drills]
        goes_on = f"{first}: {last} goes on with that run"
        assert [Unread(first, goes_on, matters=False)] == found.unread


def test_of_two_states_of_a_run_the_longer_one_is_taken_and_the_other_told(tmp_path: Path) -> None:
    part = sample.written(tmp_path / "1" / NAME, night(1)[:5])
    whole = sample.written(tmp_path / "2" / NAME, night(1))
    found = read_folders([tmp_path])
    assert [one.word for one in found.drills] == ["PROVEN"]
    assert found.unread == [Unread(part, f"{part}: {whole} has more of that run", matters=False)]


def test_links_to_folders_are_followed(tmp_path: Path) -> None:
    kept(tmp_path / "away", night(1))
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "link").symlink_to(tmp_path / "away")
    assert [one.run for one in read_folders([tmp_path / "evidence"]).drills] == ["night-1"]


def test_what_cannot_be_read_is_told_with_whose_it_is(tmp_path: Path) -> None:
    kept(tmp_path, night(1))
    newer = kept(tmp_path, night(2))
    newer.write_text(newer.read_text().replace('"format":2', '"format":99'))
    broken = kept(tmp_path, night(3))
    broken.write_text(broken.read_text().replace('"event":"verdict"', '"event":"moon"'))
    noise = kept(tmp_path, night(4))
    noise.write_bytes(b"\x00\xff\n")
    empty = kept(tmp_path, night(5))
    empty.write_bytes(b"")
    headless = kept(tmp_path, night(6))
    headless.write_bytes(headless.read_bytes().split(b"\n", 1)[1])
    found = read_folders([tmp_path])
    assert [one.run for one in found.drills] == ["night-1"]
    assert [(one.path, one.cluster, one.began) for one in found.unread] == [
        (newer, "core-prod", at(2)),
        (broken, "core-prod", at(3)),
        (noise, None, None),
        (empty, None, None),
        (headless, None, None),
    ]
    told = [one.why.removeprefix(f"{one.path}: ") for one in found.unread]
    assert told[0] == (
        "written in format 99, this version reads up to 2; use a newer restore-drills"
    )
    assert told[1].startswith("line 11: event 'moon'")
    assert told[2:] == [
        "line 1 is not JSON; the file is damaged",
        "holds no beginning of a run",
        "holds no beginning of a run",
    ]


def test_a_torn_journal_is_a_run_that_was_interrupted(tmp_path: Path) -> None:
    journal = kept(tmp_path, night(1)[:-1])
    journal.write_bytes(journal.read_bytes()[:-20])
    found = read_folders([tmp_path])
    assert [one.word for one in found.drills] == ["INTERRUPTED"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    kept(tmp_path / "closed", night(1))
    (tmp_path / "closed").chmod(0)
    try:
        found = read_folders([tmp_path])
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert [one.why for one in found.unread] == [f"{tmp_path}/closed: Permission denied"]


def test_a_folder_that_cannot_be_listed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path / "closed", night(1))
    kept(tmp_path / "open", night(2))
    scandir = os.scandir

    def refuse(folder: Path) -> object:
        if folder.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    found = read_folders([tmp_path])
    assert [one.run for one in found.drills] == ["night-2"]
    assert found.unread == [Unread(tmp_path / "closed", f"{tmp_path}/closed: Permission denied")]


def test_a_link_to_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / NAME).symlink_to(tmp_path / "gone")
    (one,) = read_folders([tmp_path]).unread
    assert one.why == f"{tmp_path / NAME}: No such file or directory; name a {NAME}"


def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NameJournal) as refused:
        read_folders([tmp_path / "none"])
    expected = f"{tmp_path}/none: No such file or directory; name a folder of evidence"
    assert str(refused.value) == expected


def test_rows_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    kept(tmp_path, night(1))
    found = read_folders([tmp_path])
    (one,) = found.drills
    assert one.rows == {}
    assert with_rows(one, found.paths[one.run]).rows == {"core: public.granules": 50_000}
