"""What a drill leaves of somebody's Barman repository: everything, to the time of each file.

First what Barman itself does there when it restores and hands out WAL, with the operator's own
configuration: a rule that nothing breaks would prove nothing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.backups.files import files_of
from fixtures.backups.tool import Tool
from fixtures.postgres.recovery import isolate, plan, replay
from fixtures.postgres.target import RecoveryTarget
from fixtures.rehearsal.own.barman import SERVER, BarmanMaker
from tests.backups.fix_barman import (
    BarmanSource,
    BarmanStory,
    named,
    wal_folder,
)
from tests.fix_postgres import NewServer
from tests.postgres.conftest import rows

pytestmark = pytest.mark.tools

LATEST = RecoveryTarget.latest()
ON_ITS_WAY = "0000000100000000000000AA"


@pytest.fixture
def watched(story_copy: BarmanMaker, barman_story: BarmanStory, run_folder: Path) -> BarmanSource:
    """A copy of the story's repository with a segment on its way, and an operator's scripts."""
    source = BarmanSource(barman_story.source.server, story_copy)
    core = story_copy.home / SERVER
    newest = max(path for path in wal_folder(story_copy).iterdir() if len(path.name) == 24)
    (core / "incoming" / ON_ITS_WAY).write_bytes(newest.read_bytes())
    script = run_folder / "script"
    script.write_text(f"#!/bin/sh\ntouch {run_folder}/ran\n")
    script.chmod(0o755)
    with story_copy.config.open("a") as config:
        for when in ("pre", "post"):
            for kind in ("recovery_script", "recovery_retry_script", "archive_script"):
                config.write(f"{when}_{kind} = {script}\n")
    story_copy.account.own(story_copy.folder, recursive=True)
    return source


def test_barman_itself_writes_into_its_repository_when_it_restores(
    watched: BarmanSource, barman_story: BarmanStory, run_folder: Path
) -> None:
    """The segment on its way is archived, and the operator's scripts run."""
    before = watched.listing()
    maker = watched.maker
    tool = Tool.find(
        "barman",
        run_folder / "by-hand",
        maker.account,
        maker.launcher,
        remedy="",
        path=maker.path or "",
    )
    to = str(run_folder / "by-hand" / "data")
    said = tool.run(
        "-c", str(maker.config), "recover", "--get-wal", SERVER, barman_story.full, to, timeout=120
    )
    assert said.status == 0, said.last_words
    after = watched.listing()
    assert before != after
    assert f"{SERVER}/incoming/{ON_ITS_WAY}" not in after
    assert f"{SERVER}/wals/0000000100000000/{ON_ITS_WAY}" in after
    assert (run_folder / "ran").exists()


def test_a_drill_changes_nothing_in_the_repository(
    watched: BarmanSource, barman_story: BarmanStory, new_server: NewServer, run_folder: Path
) -> None:
    """Listing, verifying, restoring and recovering; no lock, no log line, no script."""
    log = watched.maker.folder / "barman.log"
    lines = log.read_bytes() if log.exists() else b""
    before = watched.listing()
    repository, copy = watched.maker.repository(), new_server("copy")
    full = named(repository, barman_story.full)
    repository.verify(full)
    repository.restore(full, copy, timeout=120)
    there, archive = files_of(copy, full), repository.wal(copy)
    replay(isolate(there, archive, plan(there, archive, LATEST), LATEST, copy), copy, timeout=120)
    assert rows(copy) == [1, 2, 3, 4, 5, 6]
    assert before == watched.listing()
    assert lines == (log.read_bytes() if log.exists() else b"")
    assert not (run_folder / "ran").exists()


def test_a_list_of_wal_that_is_missing_is_not_made_anew(
    watched: BarmanSource, barman_story: BarmanStory, new_server: NewServer
) -> None:
    """Barman makes one in our folder instead."""
    for listed in (watched.maker.home / SERVER / "wals").glob("*xlog.db"):
        listed.unlink()
    before = watched.listing()
    repository = watched.maker.repository()
    assert repository.backups()[0].name == barman_story.full
    assert repository.wal(new_server("copy")).names()
    assert before == watched.listing()


def test_no_connection_and_no_script_of_the_operators_is_taken_over(watched: BarmanSource) -> None:
    """Neither passwords nor programs come into our configuration."""
    with watched.maker.config.open("a") as config:
        config.write("primary_conninfo = host=db password=secret\nssh_command = ssh db\n")
    ours = watched.maker.repository().view.configuration().read_text()
    for word in ("secret", "_script", "ssh", str(watched.server.socket_dir)):
        assert word not in ours
