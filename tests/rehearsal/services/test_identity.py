"""STS and IAM: who asks, and who they become."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import client, refused

STS = "https://docs.aws.amazon.com/STS/latest/APIReference/API_{}.html"
IAM = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_{}.html"
ROLE = "arn:aws:iam::444444444444:role/drill"


@pytest.fixture(scope="module")
def sts(cloud: RehearsalCloud) -> Any:
    return client("sts", cloud.endpoint)


@documented(
    "sts",
    "AssumeRole",
    "A role of another account lends that account's identity",
    STS.format("AssumeRole"),
)
def test_another_accounts_role(cloud: RehearsalCloud, sts: Any) -> None:
    assert "123456789012" == sts.get_caller_identity()["Account"]
    lent = sts.assume_role(RoleArn=ROLE, RoleSessionName="tests")
    assumed = "arn:aws:sts::444444444444:assumed-role/drill/tests"
    assert assumed == lent["AssumedRoleUser"]["Arn"]
    theirs = client("sts", cloud.endpoint, account=lent["Credentials"])
    identity = theirs.get_caller_identity()
    assert ("444444444444", assumed) == (identity["Account"], identity["Arn"])


def test_another_account_has_resources_of_its_own(cloud: RehearsalCloud, sts: Any) -> None:
    lent = sts.assume_role(RoleArn=ROLE, RoleSessionName="tests")["Credentials"]
    name = f"q-{uuid.uuid4()}"
    mine = client("sqs", cloud.endpoint).create_queue(QueueName=name)["QueueUrl"]
    theirs = client("sqs", cloud.endpoint, account=lent).create_queue(QueueName=name)["QueueUrl"]
    assert (f"/123456789012/{name}", f"/444444444444/{name}") == (
        mine.removeprefix(cloud.endpoint),
        theirs.removeprefix(cloud.endpoint),
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"RoleArn": "arn:aws:iam::444444444444:user/drill"},
        {"RoleArn": "arn:aws:iam::44:role/drill"},
        {"RoleArn": "arn:aws:iam::444444444444:role/a role"},
        {"RoleSessionName": "a b"},
        {"DurationSeconds": 43201},
    ],
    ids=str,
)
@documented(
    "sts",
    "AssumeRole",
    "A role is asked for by the ARN of a role, a name without blanks, and 15 minutes to 12 hours",
    STS.format("AssumeRole"),
)
def test_a_role_that_cannot_be_assumed(sts: Any, odd: dict[str, Any]) -> None:
    """moto lends all of them."""
    asked = {"RoleArn": ROLE, "RoleSessionName": "tests"} | odd
    refused("ValidationError", sts.assume_role, **asked)


def test_a_role_with_a_path(sts: Any) -> None:
    role = "arn:aws:iam::444444444444:role/drills/restore-drill"
    lent = sts.assume_role(RoleArn=role, RoleSessionName="tests@core", DurationSeconds=43200)
    assert lent["Credentials"]["AccessKeyId"]


@pytest.fixture(scope="module")
def iam(cloud: RehearsalCloud) -> Any:
    return client("iam", cloud.endpoint)


@documented(
    "iam",
    "DeleteRole",
    "A role with a policy is not deleted",
    IAM.format("DeleteRole"),
)
@documented(
    "iam",
    "GetRole",
    "A role that is not there is NoSuchEntity",
    IAM.format("GetRole"),
)
def test_the_life_of_a_role(iam: Any) -> None:
    name = f"role-{uuid.uuid4()}"
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    refused("EntityAlreadyExists", iam.create_role, RoleName=name, AssumeRolePolicyDocument=trust)
    allow = {"Effect": "Allow", "Action": "rds:*", "Resource": "*"}
    policy = {"RoleName": name, "PolicyName": "drill"}
    iam.put_role_policy(
        **policy, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    )
    refused("DeleteConflict", iam.delete_role, RoleName=name)
    iam.delete_role_policy(**policy)
    iam.delete_role(RoleName=name)
    refused("NoSuchEntity", iam.get_role, RoleName=name)
