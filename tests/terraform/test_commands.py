"""Terraform itself, driven as a runbook drives it, and each refusal of its in one clear line.

`terraform_data` needs no provider: what is under test is the command line.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.guardian import Guardian, GuardianClient
from fixtures.terraform.command import Terraform
from fixtures.terraform.diagnosis import diagnose
from fixtures.terraform.environment import rehearsal_environment
from fixtures.terraform.errors import (
    CorrectTheConfiguration,
    InstallProvider,
    InstallTerraform,
    NameAnotherAddress,
    NameAnotherCluster,
    NameAnotherWorkspace,
    PlanAgain,
    RunItByHand,
    TerraformError,
    WaitForTheLock,
)
from fixtures.terraform.program import find_program
from tests.interrupted import Interrupted

pytestmark = pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")

SECRET = "canary-of-a-variable"
CONFIGURATION = """
variable "name" { type = string }
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "cluster" { input = { name = var.name, password = var.password } }
resource "terraform_data" "other" { input = "other" }
"""


@pytest.fixture
def work(guardian: Guardian, tmp_path: Path) -> Iterator[Path]:
    """Where terraform's output goes; the configuration lies in `tmp_path`."""
    folder = guardian.folder / f"tf-{tmp_path.name}"
    folder.mkdir(mode=0o700)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def terraform(guardian: Guardian, tmp_path: Path, work: Path) -> Terraform:
    """An initialised folder, nothing of it applied yet."""
    write(tmp_path, "core-1")
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    made = of(guardian, tmp_path, work)
    made.init()
    return made


def of(
    guardian: Guardian,
    folder: Path,
    work: Path,
    launcher: GuardianClient | None = None,
    **also: str,
) -> Terraform:
    environment = {**rehearsal_environment(os.environ, work), **also}
    return Terraform(
        find_program(os.environ),
        folder,
        environment=environment,
        launcher=launcher or guardian.client(),
        outputs=work,
    )


def write(folder: Path, name: str) -> None:
    variables = {"name": name, "password": SECRET}
    (folder / "terraform.tfvars.json").write_text(json.dumps(variables))


def test_a_saved_plan_is_applied_and_a_second_one_is_empty(terraform: Terraform) -> None:
    """R50."""
    plan = terraform.plan()
    shown = json.loads(terraform.show(plan.file))
    terraform.apply(plan)

    assert plan.has_changes
    assert 2 == len(shown["resource_changes"])
    assert not terraform.plan().has_changes
    assert {"terraform_data.cluster", "terraform_data.other"} == set(terraform.pull().resources)


def test_ctrl_c_lets_it_write_down_what_it_has_done(
    terraform: Terraform, guardian: Guardian, tmp_path: Path, work: Path
) -> None:
    """R44, R50: in the middle of an apply. Its state and its lock are in order before anybody goes
    on, to put a state back or to end the run.
    """
    begun = tmp_path / "begun"
    (tmp_path / "main.tf").write_text(
        CONFIGURATION
        + """
resource "terraform_data" "slow" {
  depends_on = [terraform_data.cluster, terraform_data.other]
  provisioner "local-exec" { command = "touch begun && exec sleep 1000" }
}
"""
    )
    interrupted = of(guardian, tmp_path, work, launcher=Interrupted(guardian, begun.exists))

    with pytest.raises(KeyboardInterrupt):
        interrupted.create()

    assert not (tmp_path / ".terraform.tfstate.lock.info").exists()
    done = terraform.pull().resources
    assert {"terraform_data.cluster", "terraform_data.other"} <= set(done)


def test_its_output_is_ours_alone(terraform: Terraform, work: Path) -> None:
    """R49: states, plans and what is printed hold passwords."""
    terraform.apply(terraform.plan())
    terraform.pull()

    files = [file for file in work.iterdir() if file.is_file()]
    assert files
    assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in files}


def test_a_plan_that_is_not_the_judged_one_is_not_applied(terraform: Terraform) -> None:
    """R50: by its hash; also when somebody planned again under the same name."""
    plan = terraform.plan()
    plan.file.write_bytes(plan.file.read_bytes() + b"\0")

    with pytest.raises(PlanAgain, match="is not the one that was judged"):
        terraform.apply(plan)
    plan.file.unlink()
    with pytest.raises(PlanAgain, match="cannot be read"):
        terraform.apply(plan)

    with pytest.raises(NameAnotherWorkspace):
        terraform.pull()


def test_a_stale_plan_is_refused(terraform: Terraform, tmp_path: Path) -> None:
    terraform.apply(terraform.plan())
    write(tmp_path, "core-2")
    stale = terraform.plan()
    terraform.create()

    with pytest.raises(PlanAgain, match="the state has changed since the plan was made"):
        terraform.apply(stale)


def test_addresses_are_removed_and_no_others(terraform: Terraform) -> None:
    """R43."""
    terraform.create()
    terraform.remove(["terraform_data.cluster"])

    assert {"terraform_data.other"} == set(terraform.pull().resources)
    with pytest.raises(NameAnotherAddress, match="there is nothing at that address"):
        terraform.remove(["terraform_data.cluster"])


def test_what_is_managed_is_not_imported_twice(terraform: Terraform) -> None:
    terraform.create()

    with pytest.raises(NameAnotherCluster, match="something is at that address already"):
        terraform.adopt("terraform_data.cluster", "anything")
    with pytest.raises(NameAnotherAddress):
        terraform.adopt("terraform_data.nobody", "anything")


def test_a_lock_that_somebody_holds_is_respected(terraform: Terraform, tmp_path: Path) -> None:
    """Never taken; the line says that somebody has it."""
    terraform.create()
    with (tmp_path / "terraform.tfstate").open("r+") as held:
        fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)

        with pytest.raises(WaitForTheLock, match="somebody else holds the lock of the state"):
            terraform.remove(["terraform_data.cluster"])

    assert 2 == len(terraform.pull().resources)


def test_a_state_is_pushed_under_a_newer_serial_only(terraform: Terraform, tmp_path: Path) -> None:
    terraform.create()
    before = terraform.pull()
    terraform.remove(["terraform_data.cluster"])
    old, newer = tmp_path / "old.json", tmp_path / "newer.json"
    old.write_bytes(before.content)
    document = json.loads(before.content)
    newer.write_text(json.dumps({**document, "serial": terraform.pull().serial + 1}))

    with pytest.raises(TerraformError):
        terraform.push(old)
    terraform.push(newer)

    assert 2 == len(terraform.pull().resources)


def test_a_workspace_has_a_state_of_its_own(
    terraform: Terraform, guardian: Guardian, tmp_path: Path, work: Path
) -> None:
    terraform.create()
    other = of(guardian, tmp_path, work, TF_WORKSPACE="other")

    assert "default" == terraform.workspace()
    assert "other" == other.workspace()
    with pytest.raises(NameAnotherWorkspace, match="there is no state"):
        other.pull()


def test_a_folder_without_state_is_told(terraform: Terraform) -> None:
    with pytest.raises(NameAnotherWorkspace, match="there is no state"):
        terraform.pull()


def test_a_provider_that_cannot_be_had_is_told(
    guardian: Guardian, tmp_path: Path, work: Path
) -> None:
    """Nothing leaves this machine: a registry is not asked."""
    (tmp_path / "main.tf").write_text(
        'terraform {\n  required_providers {\n    null = { source = "hashicorp/null" }\n  }\n}\n'
    )

    with pytest.raises(InstallProvider, match="run `terraform init` in its folder first"):
        of(guardian, tmp_path, work).init()


def test_a_folder_that_was_never_initialised_is_told(
    guardian: Guardian, tmp_path: Path, work: Path
) -> None:
    (tmp_path / "main.tf").write_text('terraform {\n  backend "http" {}\n}\n')

    with pytest.raises(InstallProvider, match="init"):
        of(guardian, tmp_path, work).pull()


@pytest.mark.parametrize("text", ['variable "needed" {}\n', "resource {\n", 'x = "'])
def test_a_configuration_that_is_not_taken_is_told_without_its_values(
    terraform: Terraform, tmp_path: Path, text: str
) -> None:
    (tmp_path / "more.tf").write_text(text)

    with pytest.raises((CorrectTheConfiguration, RunItByHand)) as refusal:
        terraform.plan()

    assert "\n" not in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_a_secret_that_terraform_quotes_is_not_told() -> None:
    """R49: a provider's summary is what an API answered, and may quote what it was given."""
    said = f"Error: creating cluster: InvalidParameterValue: {SECRET} is no password"

    told = str(diagnose(said, "apply", {SECRET}))

    assert SECRET not in told
    assert "*** is no password" in told


def test_a_missing_or_old_program_is_told(tmp_path: Path) -> None:
    with pytest.raises(InstallTerraform, match="terraform is not on the PATH"):
        find_program({"PATH": str(tmp_path)})
    for said, told in (('{"terraform_version": "1.4.6"}', "1.5.0 or newer"), ("?", "its version")):
        program = tmp_path / "terraform"
        program.write_text(f"#!/bin/sh\necho '{said}'\n")
        program.chmod(0o755)
        with pytest.raises(InstallTerraform, match=told):
            find_program({"PATH": str(tmp_path)})


def test_tofu_is_taken_where_terraform_is_not(tmp_path: Path) -> None:
    program = tmp_path / "tofu"
    program.write_text('#!/bin/sh\necho \'{"terraform_version": "1.9.0-beta1"}\'\n')
    program.chmod(0o755)

    assert "tofu 1.9.0" == str(find_program({"PATH": str(tmp_path)}))


def test_nothing_of_an_account_is_in_a_rehearsals_environment(tmp_path: Path) -> None:
    theirs = {
        "PATH": "/bin",
        "AWS_PROFILE": "production",
        "TF_VAR_password": SECRET,
        "TF_LOG": "trace",
        "TF_CLI_ARGS_plan": "-destroy",
        "PGPASSWORD": SECRET,
        "HOME": "/home/operator",
    }

    environment = rehearsal_environment(theirs, tmp_path)

    assert set(theirs) & set(environment) == {"PATH", "HOME"}
    assert str(tmp_path) == environment["HOME"]
    assert SECRET not in environment.values()
