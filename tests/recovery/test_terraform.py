"""A recovery takes the source's place in Terraform, and can be stopped anywhere on the way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fixtures.terraform.backup import FOLDER
from tests.account.fix_account import TERRAFORM
from tests.recovery.fix_recovery import Recovery

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform"),
]


@pytest.fixture
def managed(recovery: Recovery) -> Recovery:
    """The recovery of a cluster that Terraform manages."""
    account = recovery.account
    text = recovery.settings.read_text() + TERRAFORM
    values = {
        "{infra}": str(account.infra),
        "{address}": "module.rds_cluster.aws_rds_cluster.cumulus",
    }
    for name, value in values.items():
        text = text.replace(name, value)
    recovery.settings.write_text(text)
    return recovery


def kept(folder: Path) -> tuple[dict[str, object], bytes]:
    """What the state manages, and the variables file."""
    state = json.loads((folder / "terraform.tfstate").read_text())
    ids = {
        f"{one['type']}.{one['name']}.{number}": instance["attributes"].get("id")
        for one in state["resources"]
        for number, instance in enumerate(one["instances"])
    }
    return ids, (folder / "terraform.tfvars").read_bytes()


def test_the_copy_takes_the_source_s_place(managed: Recovery) -> None:
    """R43 to R50: adopted in the live state, planned, applied, and a second plan is empty."""
    result = managed.run()

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN recovery of core-prod")
    (copy,) = managed.copies()
    ids, variables = kept(managed.account.infra)
    assert copy in ids.values()
    assert copy.encode() in variables
    assert not (managed.account.infra / FOLDER).exists()
    # Over is over: the operator's next plan finds no tag that it would take off.
    assert [] == [one for one in managed.tags(copy) if one.startswith("restore-drills:")]


@pytest.mark.parametrize(
    "step", ["adopted_state", "updated_tfvars", "made_plan", "applied_plan", "lifted_quarantine"]
)
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL", "failure"])
def test_it_goes_on_from_every_step_of_terraform_s(step: str, how: str, managed: Recovery) -> None:
    """What was adopted stays adopted, and is not adopted twice (R43, R50)."""
    stopped = managed.stop(step, how)
    (copy,) = managed.copies()

    result = managed.run(f"--resume={stopped.folder.name}")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN recovery of core-prod")
    assert [copy] == [*managed.copies()]
    ids, variables = kept(managed.account.infra)
    assert copy in ids.values()
    assert copy.encode() in variables
    assert not (managed.account.infra / FOLDER).exists()


def test_once_a_plan_was_applied_the_source_stays_closed(managed: Recovery) -> None:
    """R56: the copy may be what production writes to. Said is what a person has to do, in order."""
    stopped = managed.stop("lifted_quarantine", "SIGKILL")
    (copy,) = managed.copies()

    back = managed.command(f"--back-out={stopped.folder.name}")

    assert 1 == back.returncode, back.stdout + back.stderr
    assert "a plan of recovery" in back.stdout
    assert "terraform import module.rds_cluster.aws_rds_cluster.cumulus core-prod" in back.stdout
    assert 0 == managed.fence()[0]
    ids, _ = kept(managed.account.infra)
    assert copy in ids.values()


@pytest.mark.parametrize("step", ["adopted_state", "made_plan"])
def test_state_and_variables_are_as_they_were_when_it_is_taken_back(
    step: str, managed: Recovery
) -> None:
    """R43, R45: until a plan was applied everything of Terraform's can be put back."""
    before = kept(managed.account.infra)
    stopped = managed.stop(step, "failure")
    assert before != kept(managed.account.infra)

    back = managed.command(f"--back-out={stopped.folder.name}")

    assert 0 == back.returncode, back.stdout + back.stderr
    assert before == kept(managed.account.infra)
    assert (-1, None) == managed.fence()
