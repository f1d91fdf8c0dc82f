"""``pytest drills/pitr`` on every kind of source: proven when it is right, red when it is not."""

from __future__ import annotations

import json

import pytest

from tests.drills import journal
from tests.drills.fix_drill import Drill, Outcome

PROOFS_OF_INSTANCES = {
    "test_its_instances_are_like_the_sources",
    "test_its_instances_are_let_out_too",
}


def outcome(result: Outcome, proof: str) -> str:
    """What became of one proof."""
    return {name.rpartition("::")[2]: said for name, said in result.claims().items()}[proof]


def rows_are_those_of_t(result: Outcome) -> None:
    journal.every_table_is_equal(result, result.facts("incident")["core: rows at T"])


def test_a_single_instance_is_proven(drill: Drill) -> None:
    """R23, R26 to R31, R35, R64: two zones, encrypted; started in its quarantine, and let out."""
    result = drill.run("--rehearsal-source=instance")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN rehearsal of core-")
    assert {"passed", "not applicable"} == set(result.claims().values())
    assert "server" == journal.only(result, "source_identified")["kind"]
    assert journal.only(result, "source_identified")["version"].startswith("postgres ")
    assert {"instance", "resource_id"} == set(result.facts("restored copy"))
    assert "passed" == outcome(result, "test_the_restored_cluster_is_configured_as_the_source")
    assert "passed" == outcome(result, "test_the_copy_still_stands_in_its_quarantine")
    # What Terraform adopts is a cluster: said, and not passed over.
    for proof in ("test_a_second_plan_is_empty", *PROOFS_OF_INSTANCES):
        assert "not applicable" == outcome(result, proof)
    rows_are_those_of_t(result)
    assert not list(drill.work.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["serverless-v1", "serverless-v2"])
def test_a_serverless_cluster_is_proven(drill: Drill, kind: str) -> None:
    """R33: v1 has no instance and listens by itself, v2 has instances without a size."""
    result = drill.run(f"--rehearsal-source={kind}")

    assert 0 == result.status, result.out
    assert {"passed", "not applicable"} == set(result.claims().values())
    assert kind.replace("-", " ") == result.facts("source")["mode"]
    expected = "not applicable" if kind == "serverless-v1" else "passed"
    assert {expected} == {outcome(result, proof) for proof in PROOFS_OF_INSTANCES}
    rows_are_those_of_t(result)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["deleted-cluster", "deleted-instance"])
def test_a_source_that_is_gone_is_recovered_by_its_resource_id(drill: Drill, kind: str) -> None:
    """R61: its data is proven; what nobody knows of its configuration any more is not."""
    result = drill.run(f"--rehearsal-source={kind}")

    assert 0 == result.status, result.out
    assert "NOT PROVEN (configuration)" in result.verdict
    assert "deleted" == result.facts("source")["status"]
    unproven = [name for name, said in result.claims().items() if said == "not proven"]
    assert ["test_the_restored_cluster_is_configured_as_the_source"] == [
        name.rpartition("::")[2] for name in unproven
    ]
    for proof in ("test_nobody_writes_to_the_source", "test_the_fence_is_not_in_the_copy"):
        assert "not applicable" == outcome(result, proof)
    # What is kept of it is as it was before the restore.
    assert "passed" == outcome(result, "test_the_restore_left_the_source_alone")
    rows_are_those_of_t(result)


@pytest.mark.slow
def test_what_nobody_knows_of_a_source_that_is_gone_can_be_a_failure(drill: Drill) -> None:
    """R61: with ``--unproven=fail`` it is red."""
    result = drill.run("--rehearsal-source=deleted-instance", "--unproven=fail")

    assert 1 == result.status, result.out


@pytest.mark.slow
def test_a_broken_copy_of_a_single_instance_is_red(drill: Drill) -> None:
    """R35: the alarm rings for it as for a cluster's."""
    result = drill.run(
        "--rehearsal-source=instance", "-p", "tests.sabotage.copy", "--sabotage=lost-row"
    )

    assert 1 == result.status, result.out
    assert "test_every_table_kept_its_rows" in set(result.failed())
    assert any("public.files" in json.dumps(finding) for finding in result.findings())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--rehearsal-source=oracle",), "--rehearsal-source: is not "),
        (
            ("drills/snapshot", "--rehearsal-source=instance"),
            "--rehearsal-source: drills/pitr alone reads this, and drills/snapshot would ignore",
        ),
    ],
)
def test_what_cannot_be_rehearsed_is_refused(
    drill: Drill, asked: tuple[str, ...], said: str
) -> None:
    result = drill.run(*asked)

    assert 4 == result.status, result.out
    assert said in result.out
