"""``pytest drills/physical``: a lost Postgres comes back from its base backup and its WAL."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.lsn import Lsn
from tests.drills import journal
from tests.drills.fix_drill import Drill, Outcome
from tests.drills.test_kill import at, processes
from tests.harness.fix_project import Project
from tests.sabotage.secrets import CANARY

PHYSICAL = "drills/physical"
slow = pytest.mark.slow


def is_proven(drill: Drill, *options: str) -> Outcome:
    """All that is claimed was shown, and nothing is left but evidence."""
    result = drill.run(PHYSICAL, *options)

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN rehearsal of core-")
    assert {"passed", "not applicable"} == set(result.claims().values())
    assert not list(drill.work.iterdir())
    return result


@pytest.mark.parametrize(
    "target",
    [
        "lsn:before-disaster",
        pytest.param("latest", marks=slow),
        pytest.param("time:before-disaster", marks=slow),
        pytest.param("xid:before-disaster", marks=slow),
        pytest.param("name:before-disaster", marks=slow),
        pytest.param("immediate", marks=slow),
    ],
)
def test_a_lost_server_comes_back_at_any_target(drill: Drill, target: str) -> None:
    """R3, R23, R35, R41, R62 to R65: the point that was asked for, promoted and isolated."""
    result = is_proven(drill, f"--recovery-target={target}")

    ruined = "before-disaster" in target
    journal.holds_what_is_asked(result, "physical", less=0 if ruined else 1)
    asked, reached = journal.only(result, "target_asked"), journal.only(result, "target_reached")
    assert asked["target"].startswith(target.partition(":")[0])
    assert 2 == reached["timeline"]
    source, backup = (
        journal.only(result, "source_identified"),
        journal.only(result, "backup_identified"),
    )
    assert result.verdict.startswith(f"PROVEN rehearsal of {source['name']}")
    assert source["identifier"] == backup["system_identifier"] == reached["system_identifier"]
    assert ("full", 1, True) == (
        backup["kind"],
        backup["timeline"],
        0 <= backup["age_seconds"] < 300,
    )
    assert Lsn.parse(backup["ended"]) <= Lsn.parse(reached["position"])
    told = journal.moments(result)
    if ruined:
        assert told["backup ended"] < told["last good marker"] < told["first bad marker"]
        assert told["first bad marker"] < told["disaster"] < told["source lost"]
        assert told["last good marker"] <= journal.at(reached) < told["first bad marker"]
    rows = result.facts("incident")
    journal.every_table_is_equal(result, rows.get("rows at T") or rows["rows that were kept"])


@pytest.mark.parametrize(
    "kind", [pytest.param("tar", marks=slow), "compressed", pytest.param("plain", marks=slow)]
)
def test_a_backup_of_any_form_comes_back(drill: Drill, kind: str) -> None:
    """R62: as pg_basebackup writes it."""
    is_proven(drill, f"--rehearsal-backup={kind}")


def test_it_is_proven_on_the_wheel_that_everybody_has(drill: Drill) -> None:
    """The default of a machine with nothing but Python."""
    is_proven(drill, "--engine=embedded")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((PHYSICAL, "--rehearsal-backup=custom"), "drills/physical cannot restore that"),
        (("drills/", "--recovery-target=immediate"), "RDS restores to a time or to the latest"),
        (("drills/pitr", "--recovery-target=xid:5"), "RDS restores to a time or to the latest"),
    ],
)
def test_what_no_drill_that_runs_could_do_is_refused(
    drill: Drill, options: tuple[str, ...], said: str
) -> None:
    """Exit 4 before anything is started, where a drill was named and where all were."""
    result = drill.run(*options)

    assert 4 == result.status, result.out
    assert said in result.out
    assert not list(drill.work.iterdir())


@slow
def test_an_incremental_chain_comes_back(drill: Drill) -> None:
    """R62: each link verified before they are combined."""
    result = is_proven(drill, "--rehearsal-backup=incremental", "--engine=embedded")

    assert ("incremental", "base-1") == (
        journal.only(result, "backup_identified")["kind"],
        result.facts("backup")["built on"],
    )


@slow
@pytest.mark.parametrize("engine", ["embedded", "system"])
def test_either_engine_proves_it(drill: Drill, engine: str) -> None:
    """R62: the backup's own major version."""
    is_proven(drill, f"--engine={engine}")


@slow
def test_ones_own_data_comes_back(drill: Drill, tmp_path: Path) -> None:
    """R62: a file of an operator's in the sample's place."""
    load = tmp_path / "parcels.sql"
    load.write_text(
        "create table parcels (id int primary key, note text);\n"
        "insert into parcels select n, 'parcel ' || n from generate_series(1, 1000) n;\n"
    )

    is_proven(drill, f"--rehearsal-load={load}", "--recovery-target=name:before-disaster")


@slow
def test_a_target_after_the_disaster_is_red(drill: Drill) -> None:
    """R23, R35, R41: the alarm rings, and says which tables the disaster ruined."""
    result = drill.run(PHYSICAL, "--restore-to-time=after-disaster", "--keep-restored=never")

    assert 1 == result.status, result.out
    assert {
        "test_the_last_good_marker_came_back_and_the_first_bad_one_did_not",
        "test_every_table_kept_its_rows",
    } <= set(result.failed())
    assert not list(drill.work.iterdir())


@slow
def test_two_workers_make_one_restore(drill: Drill) -> None:
    """Its steps hang together: whichever worker has the first of them has them all."""
    result = is_proven(drill, "-n2")

    restored = [e for e in result.of("step_finished") if e["name"] == "restored_files"]
    assert 1 == len(restored)


def test_no_secret_and_no_row_is_printed_or_left(drill: Drill) -> None:
    """R49: with every local variable of a failure shown, too."""
    options = ("-p", "tests.sabotage.secrets", "-vv", "-l", "--restore-to-time=after-disaster")
    result = drill.run(PHYSICAL, *options, "--keep-restored=never")

    assert 1 == result.status, result.out
    assert CANARY not in result.out
    files = [path for path in drill.evidence.rglob("*") if path.is_file()]
    assert files
    assert [] == [path for path in files if CANARY.encode() in path.read_bytes()]


# What is kept


def kept_folder(result: Outcome) -> Path:
    """Where the copy is said to be."""
    (event,) = [e for e in result.of("kept") if "restored copy" in e["what"]]
    assert event["until"]
    assert event["place"] in result.out
    return Path(event["place"])


@pytest.mark.parametrize(
    ("keep", "target", "kept"),
    [
        ("always", "latest", True),
        pytest.param("failed", "time:before-disaster", False, marks=slow),
        pytest.param("failed", "after-disaster", True, marks=slow),
        pytest.param("never", "after-disaster", False, marks=slow),
    ],
)
def test_the_copy_is_kept_as_it_was_asked_for(
    drill: Drill, binaries: Binaries, account: Account, keep: str, target: str, kept: bool
) -> None:
    """With place and expiry; its server is stopped, and starts again by hand, isolated (R64)."""
    drill.environ["DRILL_TEST_MARK"] = mark = f"mark-{secrets.token_hex(8)}"
    drill.environ["PG_BIN"] = str(binaries.bin_dir)

    result = drill.run(PHYSICAL, f"--keep-restored={keep}", f"--recovery-target={target}")

    assert {} == processes(mark, str(drill.work))
    if not kept:
        assert [] == result.of("kept")
        assert not list(drill.work.iterdir())
        return
    folder = kept_folder(result)
    assert "off" == by_hand(folder, binaries, account, "show archive_mode")
    assert "" == by_hand(folder, binaries, account, "show listen_addresses")
    assert int(by_hand(folder, binaries, account, "select count(*) from granules", "core"))


def by_hand(
    folder: Path, binaries: Binaries, account: Account, query: str, database: str = "postgres"
) -> str:
    """Started as the line that told of it says, asked, and stopped."""
    options = {
        "cwd": folder,
        "env": account.environment(folder),
        "stdin": subprocess.DEVNULL,
        **account.popen_options(),
    }
    pg_ctl = [binaries.program("pg_ctl"), "-D", folder, "-w", "-l", folder / "by hand"]
    subprocess.run([*pg_ctl, "start"], check=True, stdout=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
    try:
        psql = [binaries.program("psql"), "-XAt", "-h", folder / "s", "-U", "postgres", "-c", query]
        asked = subprocess.run(  # type: ignore[call-overload]
            [*psql, database], check=True, capture_output=True, text=True, **options
        )
        return str(asked.stdout).strip()
    finally:
        subprocess.run([*pg_ctl, "stop"], check=True, stdout=subprocess.DEVNULL, **options)  # type: ignore[call-overload]


# kill -9


def copying(drill: Drill) -> bool:
    """The backup's files are being brought back."""
    brought = re.compile(r"cp -a .*/copy/data")
    return any(brought.search(command) for command in processes(str(drill.work)).values())


MOMENTS: dict[str, Callable[[Drill], bool]] = {
    "copying": copying,
    "replay": at("step_started", "recovered_copy"),
    "proofs": at("step_finished", "writable_copy"),
}


@slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_leaves_no_process_and_the_next_start_removes_its_folders(
    drill: Drill, project: Project, moment: str
) -> None:
    """R66: wherever the restore stands."""
    drill.environ["DRILL_TEST_MARK"] = mark = f"mark-{secrets.token_hex(8)}"
    running = drill.start(PHYSICAL, "--rehearsal-scale=2")
    deadline = time.monotonic() + 120
    while not MOMENTS[moment](drill):
        assert running.poll() is None, running.communicate()[0]
        assert time.monotonic() < deadline, f"{moment} was never reached"
        time.sleep(0.01)  # between two looks: a copy takes a second

    os.kill(running.pid, signal.SIGKILL)
    running.communicate()

    deadline = time.monotonic() + 10
    while left := processes(mark, str(drill.work)):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)  # the guardian is ending them
    (folder,) = drill.work.glob("pgd-*")

    project.drill()
    result = project.run_bare(f"--work-dir={drill.work}", "drills/sample")

    assert 0 == result.status
    assert f"removed: {folder}" in result.out
    assert not folder.exists()
