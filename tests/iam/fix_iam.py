"""Somebody's account with IAM switched on: an owner, and an operator who may assume one role."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixtures.aws.session import Access
from tests.account.fix_account import Somebody
from tests.iam.documents import ACCOUNT, REGION, document

OPERATOR = "operator"
ADMINISTRATOR = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@dataclass(frozen=True)
class Decision:
    """One of IAM's: by whom, on what, and why not; `limited` by a session policy."""

    principal: str
    action: str
    resource: str
    refusal: str | None
    limited: bool

    @property
    def role(self) -> str | None:
        """The role's name, None for a user."""
        name = self.principal.partition(":assumed-role/")[2]
        return name.partition("/")[0] or None


def decisions(log: Path) -> list[Decision]:
    """All of them, in their order."""
    return [Decision(**json.loads(line)) for line in log.read_text().splitlines()]


@dataclass(frozen=True)
class Identities:
    """Users and roles of an account, made with moto's own IAM.

    owner  a client of IAM that may do everything
    """

    owner: Any
    endpoint: str

    @contextmanager
    def operator(self, *roles: str) -> Iterator[dict[str, str]]:
        """A user who may assume these roles and do nothing else; the variables of their keys."""
        self.owner.create_user(UserName=OPERATOR)
        statement = {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": [f"arn:aws:iam::{ACCOUNT}:role/{role}" for role in roles],
        }
        self.owner.put_user_policy(
            UserName=OPERATOR,
            PolicyName="assume",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        key = self.owner.create_access_key(UserName=OPERATOR)["AccessKey"]
        try:
            yield {
                "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            }
        finally:
            self.owner.delete_access_key(UserName=OPERATOR, AccessKeyId=key["AccessKeyId"])
            self.owner.delete_user_policy(UserName=OPERATOR, PolicyName="assume")
            self.owner.delete_user(UserName=OPERATOR)

    @contextmanager
    def role(self, name: str, policy: Mapping[str, Any]) -> Iterator[str]:
        """A role that the operator is trusted with; its ARN."""
        arn: str = self.owner.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps(document("trust"))
        )["Role"]["Arn"]
        self.owner.put_role_policy(
            RoleName=name, PolicyName="rights", PolicyDocument=json.dumps(policy)
        )
        try:
            yield arn
        finally:
            self.owner.delete_role_policy(RoleName=name, PolicyName="rights")
            self.owner.delete_role(RoleName=name)

    def as_role(
        self, keys: Mapping[str, str], arn: str, *, session: str = "drill-test", **more: str
    ) -> Access:
        """Clients of a role, as anybody makes them: no guard, and no session policy unless given
        as `Policy`.
        """
        user = Access(
            REGION, self.endpoint, keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"]
        )
        given = user.client("sts").assume_role(RoleArn=arn, RoleSessionName=session, **more)
        found = given["Credentials"]
        return Access(
            REGION,
            self.endpoint,
            found["AccessKeyId"],
            found["SecretAccessKey"],
            found["SessionToken"],
        )


def identities(account: Somebody) -> Identities:
    """Those of that account."""
    return Identities(account.session.client("iam"), account.cloud.endpoint)
