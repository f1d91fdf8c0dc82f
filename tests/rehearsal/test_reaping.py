"""`pytest --reap` against an account: what it says, what is gone then, and its exit status."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.aws import tags as tagging
from fixtures.aws.gone import Was, prove_gone
from fixtures.aws.names import new_identifier
from fixtures.aws.tags import RunTag
from fixtures.aws.wait import Pace, until_cluster_gone
from fixtures.reaping import clear_aws
from fixtures.settings import load_settings
from tests.harness.fix_project import ROOT, environment
from tests.rehearsal.helpers import ENGINE, MASTER, PASSWORD, Rds, client

RUNS = itertools.count(1)
ACCOUNT = "123456789012"
SOURCE = "reaped-source"
SETTINGS = f"""
[source]
cluster = "{SOURCE}"
account = "{ACCOUNT}"
region = "us-east-1"
"""


@dataclass
class Reaping:
    """An account with drills in it, settings of one cluster, and the command."""

    rds: Rds
    ec2: Any
    folder: Path
    work: Path

    def quarantine(self, expires: timedelta = timedelta(0), *, marked: bool = True) -> str:
        """The groups of a drill, which is quick to make; what its copy would be called."""
        run = f"run-{next(RUNS)}"
        name = new_identifier(SOURCE, run)
        given = tagging.as_list(RunTag(run, "ci@runner", datetime.now(UTC) + expires).as_dict())
        group = self.rds.api.create_db_cluster_parameter_group(
            DBClusterParameterGroupName=name,
            DBParameterGroupFamily=f"{ENGINE}15",
            Description="quarantine",
            Tags=given,
        )["DBClusterParameterGroup"]
        security = self.ec2.create_security_group(
            GroupName=name,
            Description="quarantine",
            TagSpecifications=[{"ResourceType": "security-group", "Tags": given}],
        )["GroupId"]
        if marked:
            tagging.claim(self.rds.api, group["DBClusterParameterGroupArn"], name)
            self.ec2.create_tags(
                Resources=[security], Tags=[{"Key": tagging.RESOURCE, "Value": security}]
            )
        return name

    def drill(self) -> str:
        """An expired copy as a drill leaves it, with its groups; its identifier."""
        name = self.quarantine()
        made = self.rds.api.create_db_cluster(
            DBClusterIdentifier=name,
            Engine=ENGINE,
            MasterUsername=MASTER,
            MasterUserPassword=PASSWORD,
        )["DBCluster"]
        run = name.rpartition("-drill-")[2]
        expires = made["ClusterCreateTime"] + timedelta(seconds=1)
        tag = RunTag(run, "ci@runner", expires).as_dict()
        self.rds.api.add_tags_to_resource(
            ResourceName=made["DBClusterArn"], Tags=tagging.as_list(tag)
        )
        tagging.claim(self.rds.api, made["DBClusterArn"], made["DbClusterResourceId"])
        return name

    def groups(self) -> set[str]:
        found = self.rds.api.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
        return {one["DBClusterParameterGroupName"] for one in found}

    def resource_id(self, name: str) -> str:
        return str(self.rds.describe(name)["DbClusterResourceId"])

    @property
    def environ(self) -> dict[str, str]:
        return {
            **environment(),
            "DRILL_TEST_AWS_ENDPOINT": self.rds.cloud.endpoint,
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
        }

    def command(self, settings: str = SETTINGS) -> tuple[int, list[str], str]:
        """Exit status, lines and errors of `pytest --reap`."""
        result = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--reap"),
                f"--drill-config={self.settings(settings)}",
                f"--work-dir={self.work}",
            ],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return result.returncode, result.stdout.splitlines(), result.stderr

    def clear(self, settings: str = SETTINGS) -> tuple[int, list[str]]:
        """Exit status and lines of what the command does on AWS, in this process."""
        lines: list[str] = []
        loaded = load_settings(self.settings(settings), environ={}, invocation_dir=self.folder)
        return clear_aws(loaded, self.folder, self.environ, lines.append), lines

    def settings(self, text: str) -> Path:
        file = self.folder / "core.toml"
        file.write_text(text)
        return file


@pytest.fixture
def reaping(rds: Rds, tmp_path: Path) -> Iterator[Reaping]:
    with tempfile.TemporaryDirectory(prefix="pgt-") as work:
        yield Reaping(rds, client("ec2", rds.cloud.endpoint), tmp_path, Path(work))


def test_an_expired_copy_goes_with_all_that_was_of_it(reaping: Reaping) -> None:
    """Its groups too, and the backups that another's deletion retained; what lives stays."""
    expired, half = reaping.drill(), reaping.drill()
    living = reaping.quarantine(timedelta(hours=1))
    reaping.rds.wait_for_cluster(half)
    reaping.rds.wait_for_cluster(expired)
    was = [Was((one, reaping.resource_id(one))) for one in (expired, half)]
    reaping.rds.api.delete_db_cluster(
        DBClusterIdentifier=half, SkipFinalSnapshot=True, DeleteAutomatedBackups=False
    )
    until_cluster_gone(reaping.rds.api, half, pace=Pace(poll=0.1, deadline=60))
    assert [f"automated backups of {half}", "automated snapshot rds:"] == [
        left.what.partition(" (")[0].partition(f"{half}-")[0]
        for left in prove_gone(reaping.rds.api, was[1])
    ]

    status, lines, err = reaping.command()

    assert 0 == status, (lines, err)
    assert f"nothing to remove below {reaping.work}" == lines[0]
    assert {
        f"removed cluster {expired}",
        f"removed cluster parameter group {expired}",
        f"removed security group {expired}",
        f"removed cluster backup {half}",
        f"removed cluster parameter group {half}",
        f"removed security group {half}",
        f"kept cluster parameter group {living}",
        f"kept security group {living}",
    } == {line.partition(" (")[0] for line in lines[1:]}
    assert [] == [left for one in was for left in prove_gone(reaping.rds.api, one)]
    assert expired not in reaping.rds.names()
    assert {living} == {one for one in reaping.groups() if "-drill-" in one}


def test_what_needs_a_look_is_told_and_the_exit_status_is_1(reaping: Reaping) -> None:
    name = reaping.quarantine(marked=False)
    status, lines = reaping.clear()
    assert 1 == status
    (line,) = [one for one in lines if one.startswith(f"refused security group {name} (arn:")]
    assert line.endswith("it was never marked with its own id: it is not provably a drill's")
    assert name in reaping.groups()


@pytest.mark.parametrize("where", ["beside", "below"])
def test_what_another_settings_file_calls_a_source_stays(reaping: Reaping, where: str) -> None:
    name = reaping.quarantine()
    folder = reaping.folder if where == "beside" else reaping.folder / "clusters"
    folder.mkdir(exist_ok=True)
    (folder / "other.toml").write_text(f'[source]\ncluster = "{name}"\nwrong = "key"\n')
    status, lines = reaping.clear()
    assert 1 == status
    assert any("a settings file names it as a source" in line for line in lines)
    assert name in reaping.groups()


def test_beside_a_settings_file_that_cannot_be_read_nothing_goes(reaping: Reaping) -> None:
    name = reaping.quarantine()
    (reaping.folder / "other.toml").write_text("[source\n")
    status, lines = reaping.clear()
    assert 1 == status
    assert any("other.toml cannot be read (it is not TOML)" in line for line in lines)
    assert name in reaping.groups()


def test_where_nobody_can_see_what_terraform_manages_nothing_goes(reaping: Reaping) -> None:
    name = reaping.quarantine()
    (reaping.folder / "infra").mkdir()
    deployed = f"""
[terraform]
dir = "{reaping.folder / "infra"}"
cluster_address = "aws_rds_cluster.core"
"""
    status, lines = reaping.clear(settings=SETTINGS + deployed)
    assert 1 == status
    assert any("nobody can see what [terraform] dir" in line for line in lines)
    assert name in reaping.groups()


def test_credentials_of_another_account_are_refused_before_aws_is_asked(reaping: Reaping) -> None:
    settings = SETTINGS.replace(ACCOUNT, "999999999999")
    status, lines, err = reaping.command(settings=settings)
    assert 4 == status
    assert "[source] account is 999999999999" in err
    assert [f"nothing to remove below {reaping.work}"] == lines


def test_where_there_is_nothing_that_is_said(reaping: Reaping) -> None:
    """In a region of its own: the others of this file leave things behind."""
    status, lines = reaping.clear(settings=SETTINGS.replace("us-east-1", "eu-west-1"))
    assert 0 == status
    assert f"nothing of any drill in eu-west-1 of account {ACCOUNT}" == lines[-1]
