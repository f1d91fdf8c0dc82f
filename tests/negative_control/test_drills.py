"""Whole drills: the copy that was restored is sabotaged, the alarm rings, and nothing is left."""

from __future__ import annotations

import pytest

from tests.drills.fix_drill import Drill, Outcome
from tests.drills.fix_verify import Shop

slow = pytest.mark.slow
DRILLS = ("physical", *(pytest.param(name, marks=slow) for name in ("pitr", "snapshot", "logical")))


def rang(result: Outcome) -> None:
    """It rang, for the reason that the journal names, and the copy is gone."""
    assert 0 == result.status, result.out
    (done,) = result.of("sabotaged")
    (verdict,) = result.of("verdict")
    assert "ALARM RANG" == verdict["word"]
    assert done["did"] in verdict["verdict"]
    assert any(
        finding["subject"] == done["subject"]
        and finding["check"].startswith(tuple(done["noticed_by"]))
        for finding in result.findings()
    )
    assert [done["seed"]] == [event["negative_control"] for event in result.of("run_started")]
    assert not result.of("kept")


@pytest.mark.parametrize("name", DRILLS)
@pytest.mark.parametrize("seed", [3, pytest.param(11, marks=slow)])
def test_every_drill_rings(drill: Drill, name: str, seed: int) -> None:
    result = drill.run(f"drills/{name}", f"--negative-control={seed}")

    rang(result)
    assert not list(drill.work.iterdir())


@pytest.mark.parametrize("name", DRILLS)
def test_a_drill_whose_checks_are_blind_is_silent(drill: Drill, name: str) -> None:
    """The honest heart: a control that is green without anybody having looked would be a lie."""
    # Markers and roles of globals are told past `judge`: seed 3 sabotages neither.
    result = drill.run(
        f"drills/{name}", "--negative-control=3", "-p", "tests.negative_control.blind"
    )

    assert 1 == result.status, result.out
    assert result.verdict.startswith("ALARM SILENT ")
    assert not list(drill.work.iterdir())
    # Nothing is built on it either: no plan adopts it, and no client is moved to it.
    if name in ("pitr", "snapshot"):
        assert "failed" == result.claims()["passed_gate"]
    assert not {"adopted_state", "moved_clients"} & set(result.claims())


@slow
def test_the_same_seed_sabotages_the_same_thing_under_xdist(drill: Drill) -> None:
    """R34: chosen once, by the controller, or named by the operator."""
    alone = drill.run("drills/physical", "--negative-control=11")
    spread = drill.run("drills/physical", "--negative-control=11", "-n2")

    rang(alone)
    rang(spread)
    told = [
        {key: value for key, value in result.of("sabotaged")[0].items() if key not in ("at", "run")}
        for result in (alone, spread)
    ]
    assert told[0] == told[1]


def test_what_others_restored_is_never_sabotaged(drill: Drill, shop: Shop) -> None:
    """A database that is only to be verified, and a plan that is only to be judged."""
    for result in (
        shop.verify("--negative-control"),
        drill.run("drills/verify", "--negative-control"),
        drill.run("drills/plan", "--negative-control"),
    ):
        assert 4 == result.status, result.out
        assert not drill.evidence.exists() or not list(drill.evidence.iterdir())
    assert "what is not ours is never sabotaged" in shop.verify("--negative-control").out
