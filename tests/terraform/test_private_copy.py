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
def written(tmp_path: Path) -> Path:
    """A root module with a module beside it."""
    root, module = tmp_path / "infra" / "live", tmp_path / "infra" / "modules" / "database"
    for folder, text in ((root, ROOT), (module, MODULE)):
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text(text)
    (root / "terraform.tfvars").write_text('cluster_identifier = "core-1"\n')
    return root


@pytest.fixture
def live(written: Path) -> Path:
    """The same, deployed; its state is a file of its own."""
    terraform(written, "init")
    terraform(written, "apply", "-auto-approve")
    return written


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


def test_links_are_followed_and_broken_ones_left_out(written: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared.tf"
    shared.write_text("# shared\n")
    (written / "shared.tf").symlink_to(shared)
    (written / "gone.tf").symlink_to(tmp_path / "nowhere.tf")
    into = tmp_path / "copy"
    into.mkdir()

    root = copy_configuration(written, into)

    assert "# shared\n" == (root / "shared.tf").read_text()
    assert not (root / "gone.tf").exists()
    (written / "circle").symlink_to(written)
    with pytest.raises(CorrectTheConfiguration, match="cannot be copied"):
        copy_configuration(written, into)


def test_what_is_not_a_configuration_s_is_left_behind(written: Path, tmp_path: Path) -> None:
    """Neither states nor what was installed, nor somebody's own overrides of a backend."""
    (written / "old.tfstate.backup").write_text("{}")
    into = tmp_path / "copy"
    into.mkdir()

    root = copy_configuration(written, into)

    names = {file.name for file in root.rglob("*")}
    assert {"main.tf", "terraform.tfvars", OVERRIDE} <= names
    assert not {"terraform.tfstate", "old.tfstate.backup", ".terraform"} & names
    assert (into / "modules" / "database" / "main.tf").is_file()


PROVISIONER = 'resource "terraform_data" "x" {\n  %s {\n    command = "id"\n  }\n}\n'
# What stands in the file; how the refusal names it, and what it says of a rehearsal.
REACHING = [
    ("a.tf", PROVISIONER % 'provisioner "local-exec"', 'provisioner "local-exec"', "command"),
    ("a.tf", PROVISIONER % "provisioner local-exec", 'provisioner "local-exec"', "command"),
    ("a.tf", PROVISIONER % 'provisioner "file"', 'provisioner "file"', "command"),
    ("a.tf", 'data "external" "x" {\n  program = ["id"]\n}\n', 'data "external"', "command"),
    ("a.tf", "data external x {\n}\n", 'data "external"', "command"),
    ("a.tf", 'action "local_command" "x" {\n}\n', 'action "local_command"', "command"),
    ("a.tf", 'provider "kubernetes" {\n  exec {\n  }\n}\n', "exec", "command"),
    ("a.tf", 'data "terraform_remote_state" "x" {\n}\n', "terraform_remote_state", "state"),
    ("a.tf", 'provider "aws" {\n  shared_config_files = ["c"]\n}\n', "shared_config", "credent"),
    ("a.tf.json", '{"data": {"external": {"x": {}}}}', 'data "external"', "command"),
    ("a.tf.json", '{"data": {"aws_vpc": {}, "external": {}}}', 'data "external"', "command"),
    ("a.tf.json", '{"data": [{"aws_vpc": {}}, {"external": {}}]}', 'data "external"', "command"),
    ("a.tf.json", '{"data": {"terraform_remote_state": {}}}', "remote_state", "state"),
    ("a.tf.json", '{"provider": {"aws": [{"shared_credentials_file": ""}]}}', "shared", "credent"),
    (
        "a.tf.json",
        '{"resource": {"x": {"y": {"provisioner": [{"local-exec": {}}]}}}}',
        'provisioner "local-exec"',
        "command",
    ),
]


@pytest.mark.parametrize("where", [".", "../modules/database"])
@pytest.mark.parametrize(("name", "text", "named", "why"), REACHING)
def test_a_configuration_that_runs_or_reads_something_of_theirs_is_refused(
    written: Path, where: str, name: str, text: str, named: str, why: str
) -> None:
    """DESIGN 6: a rehearsal runs no command of the operator's, and reads no state of theirs. A
    drill of their own source is no rehearsal.
    """
    check(Configuration(written, None, ADDRESS), rehearsed=True)
    (written / where / name).write_text(text)

    with pytest.raises(CorrectTheConfiguration) as refused:
        check(Configuration(written, None, ADDRESS), rehearsed=True)

    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"--terraform-dir={written}: {name} has ")
    assert named in line
    assert f" no {why}" in line or f"for no {why}" in line
    assert line.endswith("rehearse with a copy that has none")
    check(Configuration(written, None, ADDRESS), rehearsed=False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.tf", '# data "external" "x" {\n//provisioner "local-exec" {\n'),
        ("a.tf", 'variable "external" {\n  default = "exec"\n}\nlocals {\n  data = "x"\n}\n'),
        ("a.tf.json", '{"variable": {"external": {"default": {"exec": "x"}}}, "locals": {}}'),
        ("a.tf.json", '{"output": {"provisioner": {"value": 1}}, '),
    ],
    ids=["comments", "names", "names in JSON", "no JSON"],
)
def test_a_configuration_that_only_sounds_like_it_is_taken(
    written: Path, name: str, text: str
) -> None:
    (written / name).write_text(text)
    check(Configuration(written, None, ADDRESS), rehearsed=True)


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
