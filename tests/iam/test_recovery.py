"""A recovery and its back-out under their documents, in an account of their own: they move it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from checks.baseline.file import save
from checks.baseline.record import record
from checks.content.plan import Reading
from fixtures.guardian import Guardian
from tests.account.fix_account import ACCOUNT, CLUSTER, REGION, Somebody, somebody
from tests.drills.fix_drill import Drill
from tests.iam.conftest import Guarded
from tests.iam.documents import CLIENT, CLOSED_GROUP, document
from tests.iam.fix_iam import identities
from tests.iam.test_runs import Recorded, hold_against_the_page
from tests.recovery.fix_recovery import SETTINGS, Recovery

pytestmark = pytest.mark.slow
ROLE = "restore-recovery"
CLIENTS = f"""
[clients]
secrets = ["{CLIENT}"]
silence = "1s"
"""


@pytest.fixture
def recovering(drill: Drill, tmp_path: Path) -> Iterator[tuple[Guarded, Recovery]]:
    """A recovery by a role, and an operator who may take that role and do nothing else."""
    with ExitStack() as stack:
        guardian = stack.enter_context(Guardian.start())
        log = guardian.folder / "decisions.jsonl"
        account = stack.enter_context(
            somebody(guardian, module="tests.iam.cloud", arguments=[f"--decisions={log}"])
        )
        guarded = Guarded(account, identities(account), log)
        rights = with_groups(document("recovery"), groups_of(account))
        role = stack.enter_context(guarded.identities.role(ROLE, rights))
        keys = stack.enter_context(guarded.identities.operator(ROLE))
        drill.environ.update(account.environ)
        drill.environ.update(keys)
        admin, app = account.admin, account.application
        drill.environ["CORE_PROD_ADMIN"] = f"user={admin.user} password={admin.password}"
        drill.environ["CORE_PROD_APP"] = f"user={app.user} password={app.password} dbname=core"
        account.writer.wait_for(1)
        account.writer.stop()
        baseline = tmp_path / "core.json"
        reading = {"core": lambda: account.address.connect(account.reader, "core")}
        save(record(reading, Reading()), baseline)
        text = SETTINGS.replace("[source]", "[source]\n{role}") + CLIENTS
        account.session.client("secretsmanager").create_secret(
            Name=CLIENT,
            SecretString=json.dumps(
                {
                    "username": app.user,
                    "password": app.password,
                    "host": account.address.host,
                    "port": account.address.port,
                    "database": "core",
                }
            ),
        )
        settings = account.settings(tmp_path, text, role=role, baseline=str(baseline))
        yield guarded, Recovery(account, drill, settings)


def groups_of(account: Somebody) -> list[str]:
    (source,) = account.rds.describe_db_clusters(DBClusterIdentifier=CLUSTER)["DBClusters"]
    return [one["VpcSecurityGroupId"] for one in source["VpcSecurityGroups"]]


def with_groups(policy: dict[str, Any], groups: Sequence[str]) -> dict[str, Any]:
    """The line of the source's group, repeated for each."""
    line = f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/{CLOSED_GROUP}"
    lines = [line.replace(CLOSED_GROUP, group) for group in groups]
    statements = [
        {key: lines if value == line else value for key, value in statement.items()}
        for statement in policy["Statement"]
    ]
    return {**policy, "Statement": statements}


def test_the_source_s_groups_are_closed_and_opened_under_the_same_document(
    recovering: tuple[Guarded, Recovery],
) -> None:
    """R69: and a rule that has tags of its own gets them back."""
    guarded, recovery = recovering
    ec2, (first, *_) = guarded.account.session.client("ec2"), groups_of(guarded.account)
    port = {"IpProtocol": "tcp"} | dict.fromkeys(
        ("FromPort", "ToPort"), guarded.account.address.port
    )
    for network, tags in (("127.0.0.1/32", []), ("10.0.0.0/8", [{"Key": "team", "Value": "core"}])):
        own = [{"ResourceType": "security-group-rule", "Tags": tags}] if tags else []
        ec2.authorize_security_group_ingress(
            GroupId=first,
            IpPermissions=[port | {"IpRanges": [{"CidrIp": network}]}],
            TagSpecifications=own,
        )
    text = recovery.settings.read_text()
    access = '[access]\nmethod = "security-group"\nkeep = ["127.0.0.1/32"]\n'
    recovery.settings.write_text(f"{text}\n{access}")
    recorded = Recorded(guarded)
    run = recovery.stop("fenced_source", "SIGINT").folder.name
    taken_back = recovery.command(f"--back-out={run}")

    assert 0 == taken_back.returncode, taken_back.stdout + taken_back.stderr
    assert "opened: security group" in taken_back.stdout
    calls = recorded.all()
    assert [] == [one for one in calls if one.refusal is not None]
    assert {"ec2:RevokeSecurityGroupIngress", "ec2:DeleteTags"} <= {one.action for one in calls}


def test_a_recovery_is_performed_under_its_document(
    recovering: tuple[Guarded, Recovery],
) -> None:
    """R14 to R23, R25."""
    guarded, recovery = recovering
    recorded = Recorded(guarded)
    result = recovery.run()

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN recovery of core-prod")
    assert [] == [one for one in recorded.all() if one.refusal is not None]
    hold_against_the_page("recovery", recorded.of("recovery"))


def test_a_recovery_is_taken_back_under_the_same_document(
    recovering: tuple[Guarded, Recovery],
) -> None:
    """R21: the fence is lifted, and nothing is deleted, so that no other right is needed."""
    guarded, recovery = recovering
    run = recovery.stop("writable_copy", "SIGINT").folder.name
    (copy,) = recovery.copies()
    recorded = Recorded(guarded)
    taken_back = recovery.command(f"--back-out={run}")

    assert (0, (-1, None)) == (taken_back.returncode, recovery.fence()), taken_back.stderr
    assert [copy] == [*recovery.copies()]
    assert [] == [one for one in recorded.all() if one.refusal is not None]
    assert recorded.of("recovery")
