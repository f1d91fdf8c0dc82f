"""The provider's process: it leads nowhere else, keeps nothing, and leaves nothing behind."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.aws.errors import UseLoopback
from fixtures.guardian import Guardian
from fixtures.rehearsal.terraform.serving import Provider
from tests.rehearsal.helpers import PASSWORD, wait_until
from tests.rehearsal.terraform.conftest import NewDeployment


def test_an_endpoint_that_is_not_this_machine_is_refused(guardian: Guardian) -> None:
    folder = guardian.folder / "elsewhere"

    with pytest.raises(UseLoopback):
        Provider.start(guardian.client(), "https://rds.us-east-1.amazonaws.com", folder)

    assert not folder.exists()


def test_init_installs_it_and_locks_it(new_deployment: NewDeployment) -> None:
    deployment = new_deployment("locked")

    lock = (deployment.root / ".terraform.lock.hcl").read_text()

    assert 'provider "registry.terraform.io/hashicorp/aws"' in lock
    assert "5.100.0" in lock


def test_a_refused_password_is_in_no_diagnostic(
    new_deployment: NewDeployment, provider: Provider
) -> None:
    deployment = new_deployment("refused", backup_retention_period=99)

    assert 0 != deployment.run("apply", "-auto-approve")

    assert "creating aws_rds_cluster (refused-1): CreateDBCluster, " in deployment.said
    assert PASSWORD not in deployment.said
    assert PASSWORD not in provider.log.read_text()
    deployment.do("destroy", "-auto-approve")


KILLED = """
import sys, time
from fixtures.guardian import Guardian
from fixtures.rehearsal.terraform.serving import Provider
guardian = Guardian.start()
provider = Provider.start(guardian.client(), "http://127.0.0.1:9", guardian.folder / "terraform")
print(guardian.folder, provider._process.pid, flush=True)
time.sleep(600)  # until it is killed
"""


def test_it_ends_with_a_run_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        folder, pid = run.stdout.readline().split()
        run.send_signal(signal.SIGKILL)

    wait_until(lambda: not Path("/proc", pid).exists())
    shutil.rmtree(folder, ignore_errors=True)
