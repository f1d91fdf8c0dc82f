"""Which id a launched program has for itself."""

from __future__ import annotations

from pathlib import Path

from fixtures.postgres import stand_in
from fixtures.postgres.launcher import Process

PROCESS = Process(pid=4711, started=1234)


def test_a_program_that_is_launched_itself_has_the_id_it_was_launched_with(tmp_path: Path) -> None:
    assert 4711 == stand_in.own_id(tmp_path, PROCESS)


def test_the_one_that_is_stood_in_for_has_an_id_that_is_noted(tmp_path: Path) -> None:
    """Until it is, nobody knows it; and it is of that process, not of a later one with its id."""
    (tmp_path / stand_in.FOLDER).mkdir()
    assert stand_in.own_id(tmp_path, PROCESS) is None

    noted = stand_in.note(tmp_path, PROCESS, 52)

    assert 52 == stand_in.own_id(tmp_path, PROCESS)
    assert stand_in.own_id(tmp_path, Process(4711, 9999)) is None
    noted.unlink()
    assert stand_in.own_id(tmp_path, PROCESS) is None


def test_half_a_note_is_none(tmp_path: Path) -> None:
    (tmp_path / stand_in.FOLDER).mkdir()
    stand_in.note(tmp_path, PROCESS, 52).write_text("")
    assert stand_in.own_id(tmp_path, PROCESS) is None
