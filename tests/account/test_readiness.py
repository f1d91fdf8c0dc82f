"""``pytest drills/readiness --cloud=aws``: somebody's account is asked, by a role that may ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.account.fix_account import SETTINGS, Somebody
from tests.drills.fix_drill import Drill

ROLE = "restore-drill"
EVERY = ("rds:*", "ec2:*")


@contextmanager
def role(account: Somebody, *actions: str) -> Iterator[None]:
    """The role of the settings, with these rights."""
    iam = account.session.client("iam")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument="{}")
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = {"RoleName": ROLE, "PolicyName": "drill"}
    iam.put_role_policy(
        **policy, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    try:
        yield
    finally:
        iam.delete_role_policy(**policy)
        iam.delete_role(RoleName=ROLE)


def test_an_account_is_ready(drill: Drill, account: Somebody, settings: Path) -> None:
    """R1, R2, R5, R32, R59: asked under a drill's session policy, with nothing but questions."""
    drill.environ.update(account.environ)
    with role(account, *EVERY):
        result = drill.run("drills/readiness", "--cloud=aws", f"--drill-config={settings}")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN readiness of core-prod")
    assert not {"failed", "not proven", "not reached"} & set(result.claims().values())
    assert "assumed-role/restore-drill" in result.facts("caller")["arn"]
    assert "drill" == result.of("run_started")[0]["mode"]
    assert account.environ["CORE_PROD_LOGIN"].rpartition("=")[2] not in result.out


@pytest.mark.slow
def test_a_role_without_a_right_and_a_wrong_password_are_red(
    drill: Drill, account: Somebody, settings: Path
) -> None:
    drill.environ.update(account.environ)
    drill.environ["CORE_PROD_LOGIN"] = "user=drill_reader password=cAnArY-wrong"
    with role(account, "rds:Describe*", "rds:List*", "ec2:*"):
        result = drill.run("drills/readiness", f"--drill-config={settings}")

    assert 1 == result.status, result.out
    assert {"test_every_right_that_a_restore_takes_is_there", "test_the_login_is_let_in"} <= set(
        result.failed()
    )
    assert "rds:RestoreDBClusterToPointInTime" in {one["subject"] for one in result.findings()}
    assert "cAnArY" not in result.out


def test_another_account_ends_it_with_4(drill: Drill, account: Somebody, tmp_path: Path) -> None:
    drill.environ.update(account.environ)
    settings = account.settings(
        tmp_path, SETTINGS, account="210987654321", role="arn:aws:iam::210987654321:role/x"
    )
    settings.write_text(settings.read_text().replace('role = "arn', '# role = "arn'))
    result = drill.run("drills/readiness", f"--drill-config={settings}")

    assert 4 == result.status, result.out
    assert "210987654321" in result.out
