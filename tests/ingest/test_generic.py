"""Ingest that is halted by commands and SQL, in a database of a real server."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from checks.ingest.drained import check_drained
from checks.ingest.resumed import check_resumed
from fixtures.aws.ingest.errors import DrainTheRest, RunTheCommand
from fixtures.ingest.actions import Actions, Commands
from fixtures.ingest.generic import GenericIngest
from fixtures.ingest.ledger import CLOSED, RESUMED, Ledger
from fixtures.ingest.waiting import Patience
from fixtures.postgres.fence import raise_fence
from fixtures.postgres.fence_mark import Marker
from fixtures.postgres.server import Server
from fixtures.settings.ingest import Ingest as Named
from tests.ingest.conftest import PACE, RUN

JOBS = "select name, paused from jobs order by name"
RUNNING = "select count(*) from work where running"
NAMED = {
    "halt": ["update jobs set paused = true"],
    "resume": ["update jobs set paused = (name = 'idle')"],
    "quiet": [RUNNING],
    "states": [JOBS],
}


@pytest.fixture
def jobs(core: Server) -> Server:
    with core.connect("core") as connection:
        connection.execute("create table jobs (name text, paused bool)")
        connection.execute("insert into jobs values ('idle', true), ('hourly', false)")
        connection.execute("create table work (running bool)")
    return core


def ingest(server: Server, folder: Path, within: float = 0.3, **named: Any) -> GenericIngest:
    wanted = Named.model_validate({**NAMED, **named})
    commands = Commands(wanted, server.launcher, os.environ, folder)
    actions = Actions(wanted, server.connect, "core", commands)
    ledger = Ledger(server.connect, "postgres", "core")
    return GenericIngest(actions, ledger, run=RUN, patience=Patience(within, 0.05), pace=PACE)


def paused(server: Server) -> list[str]:
    with server.connect("core") as connection:
        found = connection.execute("select name from jobs where paused order by name")
        return [name for (name,) in found]


def comment(server: Server) -> str | None:
    with server.connect() as connection:
        row = connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = 'core'"
        ).fetchone()
    return None if row is None else row[0]


def test_it_is_halted_and_resumed_as_it_was(jobs: Server, tmp_path: Path) -> None:
    """R57: by another process, and what was paused before is paused still."""
    halted = ingest(jobs, tmp_path).halt()
    assert ["hourly", "idle"] == paused(jobs)
    assert check_drained(halted.seen).findings == ()
    assert RUN in (comment(jobs) or "")
    assert "hourly" not in (comment(jobs) or "")

    resumed = ingest(jobs, tmp_path).resume()

    assert ["idle"] == paused(jobs)
    assert resumed.before is not None
    assert check_resumed(resumed.before, resumed.seen).findings == ()
    assert comment(jobs) is None


def test_what_is_not_resumed_as_it_was_is_told(jobs: Server, tmp_path: Path) -> None:
    """R57: everything is started, also what was paused."""
    own = ingest(jobs, tmp_path, resume=["update jobs set paused = false"])
    own.halt()
    resumed = own.resume()
    assert resumed.before is not None
    (finding,) = check_resumed(resumed.before, resumed.seen).findings
    assert JOBS in finding.subject


def test_a_drain_that_is_stuck_names_the_query(jobs: Server, tmp_path: Path) -> None:
    """R11."""
    with jobs.connect("core") as connection:
        connection.execute("insert into work values (true), (true)")
    with pytest.raises(DrainTheRest, match=r"quiet: select count.*: 2"):
        ingest(jobs, tmp_path).halt()


def test_a_look_changes_nothing(jobs: Server, tmp_path: Path) -> None:
    """R32: also where a query would."""
    seen = ingest(
        jobs, tmp_path, quiet=["with a as (delete from jobs returning 1) select 0"]
    ).look()
    assert "read-only" in seen.unseen["quiet"]
    assert ["idle"] == paused(jobs)


def test_commands_run_in_order_and_without_a_shell(jobs: Server, tmp_path: Path) -> None:
    """R8: their words reach them as they are; what they print goes nowhere."""
    script = tmp_path / "note.py"
    script.write_text(
        "import sys; print('hunter2'); open(sys.argv[1], 'a').write(sys.argv[2] + '\\n')"
    )
    note, notes = [sys.executable, str(script), "notes"], tmp_path / "notes"
    own = ingest(
        jobs, tmp_path, halt=[[*note, "$HOME; exit 1"], [*note, "two"]], resume=[[*note, "three"]]
    )
    own.halt()
    assert "$HOME; exit 1\ntwo\n" == notes.read_text()
    own.resume()
    assert notes.read_text().endswith("three\n")


def test_a_command_that_fails_ends_the_halt(
    jobs: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """R8: which, and how it ended; not what it printed, nor with which words it was called."""
    fails = [sys.executable, "-c", "print('hunter2'); raise SystemExit(3)", "--token=s3cret"]
    with pytest.raises(
        RunTheCommand, match=r"number 2 of 2: .* ended with exit status 3"
    ) as refusal:
        ingest(jobs, tmp_path, halt=[*NAMED["halt"], fails]).halt()
    said = str(refusal.value) + "".join(capfd.readouterr())
    assert "hunter2" not in said
    assert "s3cret" not in said


def test_sql_that_fails_quotes_no_row(jobs: Server, tmp_path: Path) -> None:
    """R8."""
    with pytest.raises(RunTheCommand, match="number 1 of 1, SQL in core") as refusal:
        ingest(jobs, tmp_path, halt=["select name::int from jobs"]).halt()
    assert "hourly" not in str(refusal.value)
    assert "idle" not in str(refusal.value)


def test_a_command_that_takes_too_long_is_interrupted_and_ends_the_halt(
    jobs: Server, tmp_path: Path
) -> None:
    """R8: with the setting that gives it more time."""
    hangs = [sys.executable, "-c", "import time; time.sleep(60)"]
    with pytest.raises(RunTheCommand, match=r"longer than 1 s.* raise \[ingest\] time_limit"):
        ingest(jobs, tmp_path, halt=[hangs, *NAMED["halt"]], time_limit="1s").halt()
    assert ["idle"] == paused(jobs)


def test_a_command_finds_what_is_named_and_nothing_else(
    jobs: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R8: no canary of the run's own environment."""
    monkeypatch.setenv("CORE_PROD_ADMIN", "canary-of-the-environment")
    monkeypatch.setenv("AWS_PROFILE", "halter")
    says = "import json, os; json.dump(dict(os.environ), open('found', 'w'))"
    halt = [[sys.executable, "-c", says]]
    ingest(jobs, tmp_path, halt=halt, environment=["AWS_PROFILE"]).halt()
    found = json.loads((tmp_path / "found").read_text())
    assert ("halter", False) == (found["AWS_PROFILE"], "CORE_PROD_ADMIN" in found)


def test_behind_its_own_fence_it_is_left_as_it_was_found(jobs: Server, tmp_path: Path) -> None:
    """R57: a recovery that is gone on with does not halt what it has resumed."""
    ingest(jobs, tmp_path).halt()
    fence = raise_fence(jobs.connect, ["core"], maintenance="postgres", marker=Marker(RUN, "x"))
    assert CLOSED == ingest(jobs, tmp_path).halt().found
    assert RUN in (comment(jobs) or "")
    fence.lift()
    assert RUN in (comment(jobs) or "")
    ingest(jobs, tmp_path).resume()
    fence = raise_fence(jobs.connect, ["core"], maintenance="postgres", marker=Marker(RUN, "x"))
    halted = ingest(jobs, tmp_path).halt()
    assert RESUMED == halted.found
    assert ["idle"] == paused(jobs)
    fence.lift()
    assert comment(jobs) is None
