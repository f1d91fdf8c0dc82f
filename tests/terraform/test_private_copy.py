"""A drill works on a copy of somebody's configuration and state; theirs are only read."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from fixtures.terraform.copying import OVERRIDE, copy_configuration
from fixtures.terraform.deployment import Configuration, Deployment, check, copy_of, private_copy
from fixtures.terraform.environment import rehearsal_environment
from fixtures.terraform.errors import (
    CorrectTheConfiguration,
    EditByHand,
    InstallProvider,
    NameAnotherWorkspace,
)
from fixtures.terraform.program import find_program
from fixtures.terraform.tfvars import set_strings

pytestmark = pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")

ROOT = """
variable "cluster_identifier" { type = string }
module "database" {
  source = "../modules/database"
  name   = "${terraform.workspace}-${var.cluster_identifier}"
}
"""
MODULE = """
variable "name" { type = string }
resource "terraform_data" "cluster" { input = var.name }
"""
ADDRESS = "module.database.terraform_data.cluster"


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """A root module with a module beside it, deployed; its state is a file of its own."""
    root, module = tmp_path / "infra" / "live", tmp_path / "infra" / "modules" / "database"
    for folder, text in ((root, ROOT), (module, MODULE)):
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text(text)
    (root / "terraform.tfvars").write_text('cluster_identifier = "core-1"\n')
    terraform(root, "init")
    terraform(root, "apply", "-auto-approve")
    return root


def terraform(folder: Path, *arguments: str, **environ: str) -> None:
    """As its owner runs it."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "CHECKPOINT_DISABLE": "1"}
    subprocess.run(
        ["terraform", *arguments],
        cwd=folder,
        env={**environment, **environ},
        check=True,
        capture_output=True,
    )


@pytest.fixture
def work(guardian: Guardian, tmp_path: Path) -> Iterator[Path]:
    folder = guardian.folder / f"copy-{tmp_path.name}"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def environment(work: Path) -> dict[str, str]:
    """A rehearsal's, but for the folder in which their own terraform keeps what it installed."""
    made = rehearsal_environment(os.environ, work)
    del made["TF_DATA_DIR"]
    return made


def copied(
    live: Path, work: Path, guardian: Guardian, environment: dict[str, str], **also: str
) -> Deployment:
    return private_copy(
        Configuration(live, None, ADDRESS),
        find_program(os.environ),
        work,
        environment={**environment, **also},
        launcher=guardian.client(),
    )


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below the configuration's common folder: what must not change."""
    files = (file for file in folder.parent.rglob("*") if file.is_file())
    return {str(file.relative_to(folder.parent)): file.read_bytes() for file in files}


def test_what_is_done_to_the_copy_does_not_reach_the_original(
    live: Path, work: Path, guardian: Guardian, environment: dict[str, str]
) -> None:
    """State, variables and modules are the copy's own; the plan is made of them."""
    before = everything(live)

    copy = copied(live, work, guardian, environment)
    assert not copy.terraform.plan().has_changes
    copy.terraform.remove([ADDRESS])
    set_strings(copy.tfvars, {"cluster_identifier": "core-2"})
    plan = copy.terraform.plan()
    shown = json.loads(copy.terraform.show(plan.file))

    assert plan.has_changes
    (change,) = shown["resource_changes"]
    assert "default-core-2" == change["change"]["after"]["input"]
    assert before == everything(live)


def test_the_copy_is_ours_alone(
    live: Path, work: Path, guardian: Guardian, environment: dict[str, str]
) -> None:
    """It holds the state, and with it passwords."""
    copy = copied(live, work, guardian, environment)

    assert 0o700 == stat.S_IMODE(work.stat().st_mode)
    state = copy.terraform.folder / "terraform.tfstate"
    assert 0o600 == stat.S_IMODE(state.stat().st_mode)


def test_the_workspace_that_is_selected_is_the_copy_s_too(
    live: Path, work: Path, guardian: Guardian, environment: dict[str, str]
) -> None:
    """A configuration may use its name; the other workspace's state is not taken for it."""
    terraform(live, "workspace", "new", "blue")
    with pytest.raises(NameAnotherWorkspace):
        copied(live, work / "empty", guardian, environment)
    terraform(live, "apply", "-auto-approve")

    copy = copied(live, work / "blue", guardian, environment)

    assert "blue" == copy.terraform.workspace()
    assert not copy.terraform.plan().has_changes
    named = copied(live, work / "named", guardian, environment, TF_WORKSPACE="default")
    assert "default" == named.terraform.workspace()


@pytest.mark.parametrize(
    "backend",
    [
        'terraform {\n  backend "http" { address = "http://127.0.0.1:9/state" }\n}\n',
        'terraform {\n  cloud {\n    organization = "o"\n    workspaces { name = "w" }\n  }\n}\n',
    ],
    ids=["a backend", "a cloud"],
)
def test_no_backend_is_the_copy_s_but_a_file(
    live: Path, work: Path, guardian: Guardian, environment: dict[str, str], backend: str
) -> None:
    """Nothing done to it can reach the live state."""
    (live / "backend.tf").write_text(backend)

    copy = copy_of(
        Configuration(live, None, ADDRESS),
        find_program(os.environ),
        work,
        environment=environment,
        launcher=guardian.client(),
    )
    copy.terraform.create()

    assert (copy.terraform.folder / "terraform.tfstate").is_file()
    assert {ADDRESS: copy.terraform.pull().at(ADDRESS)} == copy.terraform.pull().identifiers()


@pytest.mark.parametrize("name", ["zz_override.tf", "override.tf", "~~_override.tf"])
def test_an_override_of_theirs_keeps_no_backend_in_the_copy(
    live: Path, work: Path, guardian: Guardian, environment: dict[str, str], name: str
) -> None:
    """Overrides are merged by name: ours is the last, or the copy is refused."""
    theirs = live.parent / "theirs.tfstate"
    text = f'terraform {{\n  backend "local" {{ path = {json.dumps(str(theirs))} }}\n}}\n'
    (live / name).write_text(text)

    def copied_and_applied() -> None:
        copy_of(
            Configuration(live, None, ADDRESS),
            find_program(os.environ),
            work,
            environment=environment,
            launcher=guardian.client(),
        ).terraform.create()

    if name == "~~_override.tf":
        with pytest.raises(CorrectTheConfiguration, match="an override file of its own"):
            copied_and_applied()
    else:
        copied_and_applied()

    assert not theirs.exists()


def test_links_are_followed_and_broken_ones_left_out(live: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared.tf"
    shared.write_text("# shared\n")
    (live / "shared.tf").symlink_to(shared)
    (live / "gone.tf").symlink_to(tmp_path / "nowhere.tf")
    into = tmp_path / "copy"
    into.mkdir()

    root = copy_configuration(live, into)

    assert "# shared\n" == (root / "shared.tf").read_text()
    assert not (root / "gone.tf").exists()
    (live / "circle").symlink_to(live)
    with pytest.raises(CorrectTheConfiguration, match="cannot be copied"):
        copy_configuration(live, into)


def test_what_is_not_a_configuration_s_is_left_behind(live: Path, tmp_path: Path) -> None:
    """Neither states nor what was installed, nor somebody's own overrides of a backend."""
    (live / "old.tfstate.backup").write_text("{}")
    into = tmp_path / "copy"
    into.mkdir()

    root = copy_configuration(live, into)

    names = {file.name for file in root.rglob("*")}
    assert {"main.tf", "terraform.tfvars", OVERRIDE} <= names
    assert not {"terraform.tfstate", "old.tfstate.backup", ".terraform"} & names
    assert (into / "modules" / "database" / "main.tf").is_file()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "run.tf",
            'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n  }\n}\n',
        ),
        ("look.tf", 'data "external" "x" {\n  program = ["id"]\n}\n'),
        ("list.tf.json", '{"resource": {"x": {"y": {"provisioner": [{"local-exec": {}}]}}}}'),
        ("run.tf.json", '{"data": {"external": {"x": {"program": ["id"]}}}}'),
    ],
    ids=["a provisioner", "a data source", "a list in JSON", "in JSON"],
)
@pytest.mark.parametrize("where", [".", "../modules/database"])
def test_a_configuration_that_runs_a_program_is_refused(
    live: Path, where: str, name: str, text: str
) -> None:
    """DESIGN 6: a rehearsal runs no command of the operator's."""
    check(Configuration(live, None, ADDRESS))
    (live / where / name).write_text(text)

    with pytest.raises(CorrectTheConfiguration, match="runs no command of yours"):
        check(Configuration(live, None, ADDRESS))


def test_bad_input_is_refused_in_one_line(
    live: Path, work: Path, guardian: Guardian, environment: dict[str, str], tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    lost = tmp_path / "lost"
    lost.mkdir()
    (lost / "main.tf").write_text('module "m" {\n  source = "../nowhere"\n}\n')
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "main.tf").write_text('resource "terraform_data" "x" {}\n')
    alien = tmp_path / "alien"
    alien.mkdir()
    (alien / "terraform.tfvars").write_text("")
    (alien / "main.tf").write_text(
        'terraform {\n  required_providers {\n    null = { source = "hashicorp/null" }\n  }\n}\n'
    )

    for root, tfvars, family, said in (
        (empty, None, CorrectTheConfiguration, "holds no Terraform configuration"),
        (lost, None, CorrectTheConfiguration, "there is no such folder"),
        (bare, None, EditByHand, "has no terraform.tfvars"),
        (live, tmp_path / "gone.tfvars", EditByHand, "there is no such file"),
        (alien, None, InstallProvider, "run `terraform init` there first"),
    ):
        with pytest.raises(family, match=said) as refusal:
            copy_of(
                Configuration(root, tfvars, ADDRESS),
                find_program(os.environ),
                work / root.name / str(tfvars is None),
                environment=environment,
                launcher=guardian.client(),
            )
        assert "\n" not in str(refusal.value)
