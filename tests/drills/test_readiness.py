"""``pytest drills/readiness`` as an operator runs it: proven where it could restore, else red."""

from __future__ import annotations

import shutil

import pytest

from tests.drills.fix_drill import Drill, Outcome
from tests.drills.fix_logical import CANARY, Store, age
from tests.drills.fix_shelf import KeptDrill, Shelf
from tests.drills.test_adoption import without_terraform


def table_of(result: Outcome) -> dict[str, str]:
    """Method → whether it reaches the target, from the evidence."""
    return {
        event["subject"].removeprefix("method: "): event["facts"]["reaches the target"]
        for event in result.of("facts")
        if event["subject"].startswith("method: ")
    }


def test_a_rehearsal_is_ready(drill: Drill) -> None:
    """R1, R2, R5, R59: nothing is touched, and the table of methods is printed."""
    result = drill.run("drills/readiness")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN readiness of core-")
    # What no setting asks, and what only one's own backups have, is not applicable.
    assert {"passed", "not applicable"} <= set(result.claims().values())
    assert not {"failed", "not reached"} & set(result.claims().values())
    assert {"nothing"} == {step["touches"] for step in result.of("step_finished")}
    assert "method " in result.out
    assert "yes" == table_of(result)["point-in-time restore"]
    assert result.of("source_identified")[0]["name"] in result.verdict
    assert not list(drill.work.iterdir())


def test_a_rehearsal_without_terraform_is_ready_but_for_that(drill: Drill) -> None:
    """A tool that a rehearsal can do without is named in the verdict; never green, and no fault."""
    drill.environ["PATH"] = without_terraform(drill)

    result = drill.run("drills/readiness")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN (")
    assert "NOT PROVEN (tools)" in result.verdict
    assert "not proven" == result.claims()["test_every_tool_is_there_and_new_enough"]
    assert "terraform is not on the PATH" in result.out


@pytest.mark.slow
def test_a_target_that_nothing_reaches_is_red(drill: Drill) -> None:
    """R2, R4: of a source that is seconds old, three days ago is gone."""
    settings = drill.evidence.parent / "readiness.toml"
    settings.write_text('[readiness]\ntarget = "-3d"\n[objectives]\nretention = "14d"\n')

    result = drill.run("drills/readiness", f"--drill-config={settings}")

    assert 1 == result.status, result.out
    assert [
        "test_they_reach_back_as_far_as_was_promised",
        "test_a_method_reaches_the_target",
    ] == result.failed()
    assert {"readiness.retention", "readiness.snapshots", "readiness.target"} == {
        finding["check"] for finding in result.findings()
    }
    assert {"no"} == {said.partition(" ")[0] for said in table_of(result).values()}


def test_a_target_of_an_incident_that_is_not_staged_is_4(drill: Drill) -> None:
    result = drill.run("drills/readiness", "--restore-to-time=after-disaster")

    assert 4 == result.status
    assert "--restore-to-time=after-disaster: drills/readiness stages no incident" in result.out


def test_a_negative_control_of_readiness_is_4(drill: Drill) -> None:
    result = drill.run("drills/readiness", "--negative-control")

    assert 4 == result.status
    assert "drills/readiness restores nothing that could be sabotaged" in result.out


def ready(kept: KeptDrill, **settings: str) -> Outcome:
    """Readiness of the shelf."""
    return kept.drill.run("drills/readiness", kept.settings(**settings))  # type: ignore[arg-type]


def test_backups_of_ones_own_are_ready(kept_drill: KeptDrill) -> None:
    """R62, R63: found, young enough, with WAL that leads to the latest, and none of it touched."""
    before = kept_drill.shelf.listing()

    result = ready(kept_drill, backup='max_age = "26h"')

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN readiness of plain ")
    claims = result.claims()
    assert "passed" == claims["test_the_newest_is_young_enough"]
    assert "passed" == claims["test_the_wal_leads_there"]
    assert "not applicable" == claims["test_every_right_that_a_restore_takes_is_there"]
    assert {"backup base-2 and WAL", "base backups alone"} == set(table_of(result))
    assert before == kept_drill.shelf.listing()
    kept_drill.shows_no_secret(result)


def test_a_gap_in_the_wal_of_ones_own_is_red(kept_drill: KeptDrill, own_shelf: Shelf) -> None:
    """R63: the newest segments are there, and one before them is not."""
    segments = sorted(one for one in own_shelf.wal.iterdir() if len(one.name) == 24)
    # Of the first backup everything up to the second is needed; its first segment is, too.
    segments[len(segments) // 2].unlink()

    result = ready(kept_drill, backup='pick = "base-1"')

    assert 1 == result.status, result.out
    assert "test_the_wal_leads_there" in result.failed()
    assert any("has a gap" in str(one["actual"]) for one in result.findings())


@pytest.mark.slow
def test_a_shelf_without_backups_is_red(kept_drill: KeptDrill, own_shelf: Shelf) -> None:
    """R62: a folder that holds none, where nightly runs would find nothing to restore."""
    for backup in own_shelf.backups.iterdir():
        shutil.rmtree(backup)

    result = ready(kept_drill, backup='max_age = "26h"')

    assert result.status in (1, 4), result.out
    assert "PROVEN" not in result.out


@pytest.mark.slow
def test_a_time_before_every_backup_of_ones_own_is_red(kept_drill: KeptDrill) -> None:
    """R2, for backups of one's own."""
    result = ready(kept_drill, more='[readiness]\ntarget = "-30d"')

    assert 1 == result.status, result.out
    assert "test_a_method_reaches_the_target" in result.failed()


def test_dumps_of_ones_own_are_ready(store: Store) -> None:
    """R62: whole by their heads, young enough, and nothing of them is touched or started."""
    path = store.dump("-Fc")
    roles = store.dump_globals()
    before = [(one.stat().st_mtime_ns, one.read_bytes()) for one in (path, roles)]
    store.more = 'max_age = "26h"'

    result = store.drill.run("drills/readiness", f"--drill-config={store.settings}")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN readiness of store.dump")
    claims = result.claims()
    assert {"passed", "not applicable", "bounded"} == set(claims.values())
    assert "passed" == claims["test_the_newest_is_young_enough"]
    assert "bounded" == claims["test_a_method_reaches_the_target"]
    assert ["dumps"] == list(table_of(result))
    assert before == [(one.stat().st_mtime_ns, one.read_bytes()) for one in (path, roles)]
    assert CANARY not in result.out
    assert not list(store.drill.work.iterdir())


def test_a_stale_dump_of_ones_own_is_red(store: Store) -> None:
    """R2, R22: more was written since than may be lost. Older than [dump] max_age is bad input."""
    age(store.dump("-Fc"), hours=3)
    store.baseline = None
    store.more = '[readiness]\ntarget = "-30m"\n[objectives]\ndata_loss = "15m"'

    result = store.drill.run("drills/readiness", f"--drill-config={store.settings}")
    store.more = 'max_age = "1h"'
    too_old = store.drill.run("drills/readiness", f"--drill-config={store.settings}")

    assert 1 == result.status, result.out
    assert ["test_a_method_reaches_the_target"] == result.failed()
    assert {"readiness.target"} == {finding["check"] for finding in result.findings()}
    assert 4 == too_old.status, too_old.out
    assert "[dump] max_age is 1.0 h; make a new one" in too_old.out.replace("\n", " ")
