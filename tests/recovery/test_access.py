"""Access removed by security groups and by a command, in an account, and given back (R69).

Loopback has no security groups: that the source's are closed is metadata here, and that nobody
comes through them is told as not proven. A command closes the database itself.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.account.fix_account import CLUSTER, REGION
from tests.drills.fix_drill import Outcome
from tests.recovery.fix_recovery import Recovery

pytestmark = pytest.mark.slow

GROUPS = """
[access]
method = "security-group"
keep = ["127.0.0.1/32"]
"""
COMMAND = """
[access]
method = "command"
remove = ["{python}", "{script}", "false"]
restore = ["{python}", "{script}", "true"]
probe = ["{python}", "{probe}"]
environment = ["CORE_PROD_APP"]
"""
SCRIPT = """
import json, os, sys
import psycopg
where = dict(host={host!r}, port={port}, user={user!r}, dbname="postgres")
with psycopg.connect(**where, autocommit=True) as c:
    for name in json.loads(os.environ["RESTORE_DRILLS_DATABASES"]):
        c.execute(f'alter database "{{name}}" allow_connections {{sys.argv[1]}}')
"""
PROBE = """
import os
import psycopg
address = dict(host=os.environ["RESTORE_DRILLS_HOST"], port=os.environ["RESTORE_DRILLS_PORT"])
psycopg.connect(os.environ["CORE_PROD_APP"], **address).close()
"""


def rules(recovery: Recovery) -> list[tuple[Any, ...]]:
    """Every ingress rule of the source's groups but for its id, and the groups' tags."""
    ec2 = recovery.account.session.client("ec2")
    found: list[tuple[Any, ...]] = []
    for group in groups(recovery):
        answer = ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group]}]
        )["SecurityGroupRules"]
        found += [
            tuple(
                str(one.get(key))
                for key in (
                    "GroupId",
                    "IpProtocol",
                    "FromPort",
                    "ToPort",
                    "CidrIpv4",
                    "CidrIpv6",
                    "ReferencedGroupInfo",
                    "Description",
                )
            )
            for one in answer
            if not one["IsEgress"]
        ]
        (described,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        found.append((group, str(described.get("Tags"))))
    return sorted(found, key=str)


def groups(recovery: Recovery) -> list[str]:
    (source,) = recovery.account.rds.describe_db_clusters(DBClusterIdentifier=CLUSTER)["DBClusters"]
    return [one["VpcSecurityGroupId"] for one in source["VpcSecurityGroups"]]


def way(outcome: Outcome) -> str:
    """By what access was removed, as it is told."""
    (found,) = [
        one["facts"]["way"]
        for one in outcome.of("facts")
        if one["subject"] == "fence" and "way" in one["facts"]
    ]
    return str(found)


def admitted(recovery: Recovery) -> bool:
    try:
        recovery.account.address.connect(recovery.account.application, "core").close()
    except psycopg.OperationalError:
        return False
    return True


def test_by_security_groups(recovery: Recovery) -> None:
    """R10, R19, R69: killed, gone on with, ended, taken back: the rules are as they were."""
    ec2, (first, *_) = recovery.account.session.client("ec2"), groups(recovery)
    port = recovery.account.address.port
    ec2.authorize_security_group_ingress(
        GroupId=first,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": port,
                "ToPort": port,
                "IpRanges": [
                    {"CidrIp": "127.0.0.1/32", "Description": "the runner"},
                    {"CidrIp": "10.0.0.0/8", "Description": "the application: (all of it)"},
                ],
                "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
                "UserIdGroupPairs": [{"GroupId": first, "Description": "members"}],
            }
        ],
    )
    recovery.settings.write_text(recovery.settings.read_text() + GROUPS)
    before, stays = rules(recovery), recovery.account.connect("core")
    stopped = recovery.stop("fenced_source", "SIGKILL")
    run = stopped.folder.name

    closed = [one for one in rules(recovery) if str(port) in one]
    assert ["127.0.0.1/32"] == [one[4] for one in closed]
    assert -1 == recovery.fence()[0]
    assert "closed by security-group]" in str(recovery.fence()[1])
    assert f"run {run}, settings" in str(rules(recovery))
    with pytest.raises(psycopg.OperationalError, match="terminating connection"):
        stays.execute("select 1")  # it would have outlived the rule

    other = recovery.run("--unproven=warn")
    assert 4 == other.status, other.out
    assert f"is closed by run {run}" in other.out or f"fenced by run {run}" in other.out

    result = recovery.run(f"--resume={run}", "--unproven=warn")
    assert 0 == result.status, result.out
    assert "NOT PROVEN (fence)" in result.verdict
    assert "security groups go on admitting this machine" in result.out
    assert closed == [one for one in rules(recovery) if str(port) in one]

    back = recovery.command(f"--back-out={run}")
    assert 0 == back.returncode, back.stdout + back.stderr
    assert f"opened: security group {first}, with every rule that it had" in back.stdout
    assert (before, (-1, None)) == (rules(recovery), recovery.fence())


def test_by_a_command(recovery: Recovery, tmp_path: Path) -> None:
    """R16, R69: what the program does is the operator's; the login that it refuses is looked at."""
    facts = recovery.account.cloud.control.cluster(REGION, CLUSTER)
    script, probe = tmp_path / "door.py", tmp_path / "probe.py"
    script.write_text(
        SCRIPT.format(host=str(facts.socket_dir), port=facts.socket_port, user=facts.superuser)
    )
    probe.write_text(PROBE)
    recovery.settings.write_text(
        recovery.settings.read_text()
        + COMMAND.format(python=sys.executable, script=script, probe=probe)
    )
    stopped = recovery.stop("fenced_source", "SIGKILL")
    run = stopped.folder.name
    assert not admitted(recovery)
    assert "closed by command]" in str(recovery.fence()[1])

    result = recovery.run(f"--resume={run}")
    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN recovery of core-prod")
    assert "command" == way(result)
    assert not admitted(recovery)

    back = recovery.command(f"--back-out={run}")
    assert 0 == back.returncode, back.stdout + back.stderr
    assert "done: [access] restore" in back.stdout
    assert (True, (-1, None)) == (admitted(recovery), recovery.fence())
