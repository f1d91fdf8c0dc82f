"""A recovery works on the configuration itself, with the run's credentials and nobody else's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.guardian import Guardian
from fixtures.terraform.deployment import Configuration, in_place
from fixtures.terraform.environment import account_environment
from fixtures.terraform.errors import EditByHand
from fixtures.terraform.program import find_program
from tests.terraform.test_private_copy import ADDRESS, everything, live, written

__all__ = ["live", "written"]

THEIRS = {
    "PATH": os.environ["PATH"],
    "HOME": "/home/operator",
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "theirs",
    "AWS_SESSION_TOKEN": "theirs",
    "TF_VAR_password": "canary",
    "TF_CLI_ARGS_apply": "-auto-approve",
    "TF_LOG": "trace",
    "PGPASSWORD": "canary",
    "TF_CLI_CONFIG_FILE": "/etc/terraformrc",
    "TF_WORKSPACE": "live",
    "HTTPS_PROXY": "http://proxy.example:3128",
}


def test_the_environment_is_the_runs_and_of_theirs_only_what_is_no_account_and_no_value() -> None:
    """Their network and installation, no profile, no variable, no argument, no log of requests."""
    given = account_environment(THEIRS, Path("/run/home"), lambda: {"AWS_ACCESS_KEY_ID": "ours"})
    assert {
        "PATH": THEIRS["PATH"],
        "HOME": "/run/home",
        "TMPDIR": "/run/home",
        "AWS_ACCESS_KEY_ID": "ours",
        "TF_CLI_CONFIG_FILE": "/etc/terraformrc",
        "TF_WORKSPACE": "live",
        "HTTPS_PROXY": "http://proxy.example:3128",
    } == dict(given)


def test_credentials_are_those_of_the_moment() -> None:
    """A run lasts hours, and theirs an hour."""
    keys = iter(("first", "second"))
    given = account_environment({}, Path("/run/home"), lambda: {"AWS_ACCESS_KEY_ID": next(keys)})
    assert ["first", "second"] == [given["AWS_ACCESS_KEY_ID"] for _ in range(2)]


def test_nothing_of_the_operators_can_stand_in_for_the_runs_own() -> None:
    """Not even a home that a credentials' function did not set."""
    given = account_environment(THEIRS, Path("/run/home"), dict)
    assert not [name for name in given if name.startswith(("AWS_", "TF_VAR_", "TF_LOG", "PG"))]


needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")


@pytest.fixture
def work(guardian: Guardian, tmp_path: Path) -> Iterator[Path]:
    folder = guardian.folder / f"place-{tmp_path.name}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@needs_terraform
@pytest.mark.parametrize("named", [False, True])
def test_a_recovery_applies_to_the_state_that_is_there(
    live: Path,
    work: Path,
    guardian: Guardian,
    *,
    named: bool,
) -> None:
    """And until it does, everything is as it was, plans lying in the run's own folder."""
    tfvars = live.parent / "prod.tfvars" if named else None
    if tfvars is not None:
        shutil.move(live / "terraform.tfvars", tfvars)
    before = everything(live)
    deployment = in_place(
        Configuration(live, tfvars, ADDRESS, "identifier", "snapshot"),
        find_program(os.environ),
        work,
        environment=account_environment(os.environ, work, dict),
        launcher=guardian.client(),
    )
    assert (ADDRESS, "identifier", "snapshot") == (
        deployment.cluster_address,
        deployment.identifier_variable,
        deployment.snapshot_variable,
    )
    assert (tfvars or live / "terraform.tfvars") == deployment.tfvars
    assert not deployment.terraform.plan().has_changes
    assert before == everything(live)

    deployment.tfvars.write_text('cluster_identifier = "core-2"\n')
    plan = deployment.terraform.plan()
    assert plan.has_changes
    assert work in plan.file.parents
    deployment.terraform.apply(plan)

    assert b"core-2" in everything(live)[f"{live.name}/terraform.tfstate"]


def test_without_a_variables_file_it_is_refused(work: Path, guardian: Guardian) -> None:
    root = work / "root"
    root.mkdir()
    with pytest.raises(EditByHand, match=r"name one with --tfvars=FILE"):
        in_place(
            Configuration(root, None, ADDRESS),
            find_program(os.environ) if shutil.which("terraform") else None,  # type: ignore[arg-type]
            work,
            environment={},
            launcher=guardian.client(),
        )
