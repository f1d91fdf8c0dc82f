"""``pytest drills/pitr``, Terraform's part: adopted when the plan is safe, put back when not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.daily import daily
from tests.drills import journal
from tests.drills.fix_drill import Drill
from tests.sabotage.plan import EDITS, UNPROTECTED
from tests.sabotage.secrets import CANARY

pytestmark = pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")

TERRAFORM_STEPS = ("adopted_state", "updated_tfvars", "made_plan", "proven_plan", "applied_plan")
CLUSTER = "module.rds_cluster.aws_rds_cluster.cumulus"


def test_the_copy_is_adopted_and_nothing_else_is_touched(drill: Drill) -> None:
    """The whole procedure; what Terraform manages is then the copy (R43 to R50)."""
    result = drill.run()

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN rehearsal of core-")
    claims = result.claims()
    assert {"passed"} == {claims[step] for step in TERRAFORM_STEPS}
    copy = result.facts("restored copy")["cluster"]
    assert f"{CLUSTER} is {copy}" in result.facts("managed by Terraform")["ids"]
    assert journal.in_words(result)[CLUSTER].startswith(f"updates {CLUSTER} in place: attributes ")


def test_no_secret_is_printed_or_left(drill: Drill) -> None:
    """R49: neither on the terminal nor in any file that outlives the run."""
    result = drill.run("-p", "tests.sabotage.secrets", "-vv", "-l", f"--junit-xml={drill.work}/own")

    assert 0 == result.status, result.out
    assert CANARY not in result.out
    left = [path for root in (drill.evidence, drill.work) for path in root.rglob("*")]
    files = [path for path in left if path.is_file()]
    assert files
    assert [] == [path for path in files if CANARY.encode() in path.read_bytes()]


@pytest.mark.parametrize("unsafe", daily(EDITS, "another-name"))
def test_an_unsafe_plan_is_not_applied_and_the_state_is_as_it_was(
    drill: Drill, unsafe: str
) -> None:
    """R46: the step refuses with the judge's findings, and nothing behind it is reached."""
    result = drill.run("-p", "tests.sabotage.plan", f"--unsafe={unsafe}")

    assert 1 == result.status, result.out
    claims = result.claims()
    assert "failed" == claims["proven_plan"]
    assert "applied_plan" not in claims
    assert any(finding["check"].startswith("plan.") for finding in result.findings())
    assert "Terraform's state was put back" in result.out
    # Files of a failed run are kept, and none of them holds a state, a plan or a variable.
    assert list(drill.work.iterdir())
    assert not [*drill.work.rglob("*.tfstate*"), *drill.work.rglob("terraform*")]


def test_a_copy_that_is_adopted_without_protection_is_red(drill: Drill) -> None:
    """R31: the plan changes nothing, and that is the fault."""
    result = drill.run("-p", "tests.sabotage.plan", f"--unsafe={UNPROTECTED}")

    assert 1 == result.status, result.out
    assert ["test_the_adopted_cluster_is_configured_as_the_source"] == result.failed()
    assert "DeletionProtection" in {finding["subject"] for finding in result.findings()}


def without_terraform(drill: Drill) -> str:
    """A PATH with all that there is, but no terraform and no tofu."""
    folder = drill.work / "programs"  # where the servers' account may look, too
    folder.mkdir()
    for place in reversed(os.environ["PATH"].split(os.pathsep)):
        for program in Path(place).glob("*"):
            if program.name in ("terraform", "tofu") or not os.access(program, os.X_OK):
                continue
            link = folder / program.name
            link.unlink(missing_ok=True)
            link.symlink_to(program)
    return str(folder)


def test_without_terraform_the_rest_is_proven_and_adoption_is_not(
    drill: Drill,
) -> None:
    """A tool that is missing is named in the verdict; never green, and no fault of the restore."""
    drill.environ["PATH"] = without_terraform(drill)

    result = drill.run()

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN (")
    assert "NOT PROVEN (plan, references, adoption)" in result.verdict
    assert {"not proven"} == {result.claims()[step] for step in TERRAFORM_STEPS}
    assert "terraform is not on the PATH" in result.out


@pytest.mark.slow
def test_without_terraform_it_is_red_where_that_was_asked_for(drill: Drill) -> None:
    drill.environ["PATH"] = without_terraform(drill)
    assert 1 == drill.run("--unproven=fail").status
