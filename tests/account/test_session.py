"""How an account is opened: what a drill's session may read, and who is told what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws

from fixtures.account.session import drill_policy, open_session
from fixtures.aws.errors import CorrectTheRequest, RenewTheCredentials
from fixtures.aws.names import new_identifier
from fixtures.aws.quarantine import name_of
from fixtures.aws.tags import RunTag, as_list
from fixtures.claims import BadInput
from fixtures.recovery.asked import NOTHING_ASKED, Asked
from fixtures.settings.source import Source
from fixtures.settings.terraform import Terraform
from tests.aws.fix_aws import ACCESS
from tests.aws.policies import decide

RUN = "20261127-034000-ab12"
STATE = "arn:aws:s3:::states/core.tfstate"


def source(region: str = "us-east-1") -> Source:
    return Source(cluster="core-prod", account="123456789012", region=region)


def run_with(terraform: Path | None, mode: str = "drill", asked: Asked = NOTHING_ASKED) -> Any:
    wanted = None
    if terraform is not None:
        wanted = Terraform(dir=terraform, cluster_address="aws_rds_cluster.core")
    return SimpleNamespace(
        id=RUN,
        mode=mode,
        owner="somebody",
        settings=SimpleNamespace(terraform=wanted, dynamodb=None),
        preflight=SimpleNamespace(run=asked),
    )


def initialised(folder: Path, backend: Any) -> Path:
    (folder / ".terraform").mkdir()
    (folder / ".terraform" / "terraform.tfstate").write_text(json.dumps({"backend": backend}))
    return folder


def test_a_state_in_s3_can_be_pulled_by_a_drill(tmp_path: Path) -> None:
    """R46: without it the pull is denied, and the plan could not be proven."""
    config = {"bucket": "states", "key": "core.tfstate"}
    folder = initialised(tmp_path, {"type": "s3", "config": config})
    policy = drill_policy(run_with(folder), source(), ())
    assert "allow" == decide(policy, "s3:GetObject", STATE)
    assert "allow" == decide(policy, "s3:ListBucket", "arn:aws:s3:::states")
    assert "implicit" == decide(policy, "s3:PutObject", STATE)
    assert "implicit" == decide(policy, "s3:GetObject", f"{STATE}.tflock")


def test_without_one_no_object_is_read(tmp_path: Path) -> None:
    for run in (run_with(None), run_with(tmp_path)):
        assert "implicit" == decide(drill_policy(run, source(), ()), "s3:GetObject", STATE)


def test_a_backend_that_nobody_can_tell_is_bad_input(tmp_path: Path) -> None:
    folder = initialised(tmp_path, {"type": "s3", "config": {}})
    with pytest.raises(BadInput, match=r"--terraform-dir=.*run init there again"):
        drill_policy(run_with(folder), source(), ())


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_the_partition_is_the_region_s(region: str, partition: str) -> None:
    text = json.dumps(drill_policy(run_with(None), source(region), ()))
    assert f"arn:{partition}:rds" in text


def test_a_region_that_there_is_not_is_said() -> None:
    with pytest.raises(CorrectTheRequest, match=r"no region mars-1: correct \[source\] region"):
        drill_policy(
            run_with(None), Source.model_construct(**source().__dict__ | {"region": "mars-1"}), ()
        )


def test_a_profile_that_there_is_not_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """boto3's own session would end with a traceback before anybody is asked for credentials."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(RenewTheCredentials, match="nobody"):
        open_session(run_with(None), source())


@pytest.mark.parametrize(
    ("asked", "mode", "known"),
    [
        (NOTHING_ASKED, "recovery", False),
        (Asked(resume=RUN), "recovery", True),
        (Asked(resume=RUN), "drill", True),
    ],
)
def test_a_later_part_of_a_run_knows_its_security_group_again(
    monkeypatch: pytest.MonkeyPatch, asked: Asked, mode: str, known: bool
) -> None:
    """Its guard would stop the run's own removal else; one of another run stays nobody's."""
    for name, value in {"ACCESS_KEY_ID": "AKIAOPERATOR", "SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        ec2 = ACCESS.client("ec2")
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        copy = new_identifier("core-prod", RUN, recovery=mode == "recovery")
        ours = ec2.create_security_group(GroupName=name_of(copy), Description="x", VpcId=vpc)[
            "GroupId"
        ]
        theirs = ec2.create_security_group(GroupName="other", Description="x", VpcId=vpc)["GroupId"]
        for group in (ours, theirs):
            tags = RunTag(RUN, "somebody").as_dict() | {"restore-drills:resource": ours}
            ec2.create_tags(Resources=[group], Tags=as_list(tags))
        session = open_session(run_with(None, mode, asked), source())
        assert mode == session.guard.mode
        assert known is session.guard.is_own(ours)
        assert not session.guard.is_own(theirs)
