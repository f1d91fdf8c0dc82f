"""Readiness of a source in AWS: silent on one that is ready, red on each thing that is broken.

The cloud is a rehearsal's; what is wrong is really wrong in it, or told so by its API.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from checks.readiness.source import SeenSource
from fixtures.aws.errors import CheckTheConnection, ChooseAnotherSource, FindSource
from fixtures.aws.session import RehearsalSession
from fixtures.claims import Refused, Withheld
from fixtures.readiness.network import see_reach
from fixtures.rehearsal.readiness import CALLER
from tests.readiness.answers import judged
from tests.readiness.conftest import RUN, SOURCE, Recorded, World, now, settings_of
from tests.rehearsal.helpers import DATABASE, wait_until

READING = re.compile(r"[a-z0-9]+:(Describe|List|Get|Simulate)\w+")


def test_a_source_that_is_ready_is_proven_so(world: World) -> None:
    """R1, R2, R5, R59: no finding, and nothing that could not be asked."""
    said = judged(world.asked(), now())

    assert ((), (), ()) == (said.findings, said.gaps, said.bounds)


def test_nothing_is_asked_but_questions(world: World) -> None:
    """R32: no call of it can change anything, in the account or in the database."""
    session = Recorded(world.session)
    before = world.rds.describe(SOURCE)

    judged(world.asked(session=session), now())

    assert [] == [call for call in session.calls if not READING.fullmatch(call)]
    assert {"rds", "sts", "iam", "kms", "ec2"} == {call.partition(":")[0] for call in session.calls}
    moving = ("LatestRestorableTime", "EarliestRestorableTime")
    after = world.rds.describe(SOURCE)
    assert {k: v for k, v in before.items() if k not in moving} == {
        k: v for k, v in after.items() if k not in moving
    }


Changes = dict[str, Any]


@contextmanager
def changed(world: World, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Changes]:
    """A source with other settings, for a while."""
    modify = world.rds.api.modify_db_cluster
    modify(DBClusterIdentifier=SOURCE, ApplyImmediately=True, **before)
    try:
        yield {}
    finally:
        modify(DBClusterIdentifier=SOURCE, ApplyImmediately=True, **after)


@contextmanager
def short_retention(world: World) -> Iterator[Changes]:
    with changed(world, {"BackupRetentionPeriod": 1}, {"BackupRetentionPeriod": 7}) as told:
        yield told


@contextmanager
def no_protection(world: World) -> Iterator[Changes]:
    with changed(world, {"DeletionProtection": False}, {"DeletionProtection": True}) as told:
        yield told


@contextmanager
def snapshot_with_a_key_of_its_own(world: World, harm: str) -> Iterator[Changes]:
    """A copy under another key, which then cannot be used."""
    kms, api = world.client("kms"), world.rds.api
    key = kms.create_key()["KeyMetadata"]
    made = {"DBClusterSnapshotIdentifier": f"before-{harm}"}
    api.create_db_cluster_snapshot(DBClusterIdentifier=SOURCE, **made)
    world.rds.wait("db_cluster_snapshot_available", **made)
    copied = {"DBClusterSnapshotIdentifier": f"copy-{harm}"}
    api.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier=made["DBClusterSnapshotIdentifier"],
        TargetDBClusterSnapshotIdentifier=copied["DBClusterSnapshotIdentifier"],
        KmsKeyId=key["Arn"],
    )
    world.rds.wait("db_cluster_snapshot_available", **copied)
    if harm == "disabled":
        kms.disable_key(KeyId=key["KeyId"])
    else:
        kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    try:
        yield {}
    finally:
        for one in (made, copied):
            api.delete_db_cluster_snapshot(**one)


@contextmanager
def disabled_key(world: World) -> Iterator[Changes]:
    with snapshot_with_a_key_of_its_own(world, "disabled") as told:
        yield told


@contextmanager
def key_to_be_deleted(world: World) -> Iterator[Changes]:
    with snapshot_with_a_key_of_its_own(world, "going") as told:
        yield told


@contextmanager
def policy(world: World, *statements: dict[str, Any]) -> Iterator[Changes]:
    """The caller with one policy more."""
    iam, named = world.client("iam"), {"UserName": CALLER, "PolicyName": "test"}
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_user_policy(**named, PolicyDocument=json.dumps(document))
    try:
        yield {}
    finally:
        iam.delete_user_policy(**named)


@contextmanager
def denied_right(world: World) -> Iterator[Changes]:
    copies = "arn:aws:rds:*:*:*-drill-*"
    deny = {"Effect": "Deny", "Action": "rds:RestoreDBCluster*", "Resource": copies}
    with policy(world, deny) as told:
        yield told


def lying(service: str, operation: str, lie: Callable[[dict[str, Any]], None]) -> Any:
    """Makes a session whose answers to one operation are changed on the way."""

    def also(of: str, client: Any) -> None:
        if of == service:
            client.meta.events.register(
                f"after-call.{service}.{operation}", lambda parsed, **_: lie(parsed)
            )

    return also


@contextmanager
def reached_quota(world: World) -> Iterator[Changes]:
    def full(answer: dict[str, Any]) -> None:
        for one in answer["AccountQuotas"]:
            if one["AccountQuotaName"] == "DBClusters":
                one["Used"] = one["Max"]

    lie = lying("rds", "DescribeAccountAttributes", full)
    yield {"session": Recorded(world.session, lie)}


@contextmanager
def failed_source(world: World) -> Iterator[Changes]:
    def fail(answer: dict[str, Any]) -> None:
        for one in answer["DBClusters"]:
            one["Status"] = "inaccessible-encryption-credentials"

    yield {"session": Recorded(world.session, lying("rds", "DescribeDBClusters", fail))}


@contextmanager
def nameless_source(world: World) -> Iterator[Changes]:
    def rename(answer: dict[str, Any]) -> None:
        for one in answer["DBClusters"]:
            one["Endpoint"] = f"{'a' * 64}.example"

    yield {"session": Recorded(world.session, lying("rds", "DescribeDBClusters", rename))}


@contextmanager
def group(world: World, *, admits: str | None, lets_out: bool) -> Iterator[Changes]:
    """Another security group for the copy."""
    ec2 = world.client("ec2")
    made = ec2.create_security_group(GroupName="other", Description="other")["GroupId"]
    if admits is not None:
        ec2.authorize_security_group_ingress(
            GroupId=made,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 0,
                    "ToPort": 65535,
                    "IpRanges": [{"CidrIp": admits}],
                }
            ],
        )
    if not lets_out:
        everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.revoke_security_group_egress(GroupId=made, IpPermissions=[everything])
    try:
        yield {"quarantine": made}
    finally:
        ec2.delete_security_group(GroupId=made)


@contextmanager
def group_for_others(world: World) -> Iterator[Changes]:
    with group(world, admits="192.0.2.0/24", lets_out=False) as told:
        yield told


@contextmanager
def group_that_lets_out(world: World) -> Iterator[Changes]:
    with group(world, admits="127.0.0.0/8", lets_out=True) as told:
        yield told


@contextmanager
def told(_: World, **changes: Any) -> Iterator[Changes]:
    yield changes


@dataclass(frozen=True)
class Sabotage:
    """What is broken, and the checks that alone must say so; `later` lets time pass before."""

    broken: Any
    red: set[str]
    later: timedelta = timedelta()
    said: str = ""


def wrong_password(world: World) -> Any:
    def connect(database: str) -> psycopg.Connection[Any]:
        return world.rds.connect(SOURCE, password="cAnArY-wrong", dbname=database)

    return told(world, login=lambda host, port: connect)


SABOTAGES = {
    "retention of one day": Sabotage(
        short_retention, {"readiness.retention", "readiness.snapshots"}
    ),
    "no deletion protection": Sabotage(no_protection, {"readiness.protection"}),
    "a key that is disabled": Sabotage(disabled_key, {"readiness.key"}, said="Disabled"),
    "a key to be deleted": Sabotage(key_to_be_deleted, {"readiness.key"}, said="PendingDeletion"),
    "a right that is denied": Sabotage(denied_right, {"readiness.rights"}, said="explicitDeny"),
    "a quota that is reached": Sabotage(reached_quota, {"readiness.quota"}, said="DBClusters"),
    "a source that lost its key": Sabotage(failed_source, {"readiness.state"}),
    "a group that admits others": Sabotage(group_for_others, {"readiness.quarantine"}),
    "a group that lets out": Sabotage(group_that_lets_out, {"readiness.isolation"}),
    "an old snapshot, and a window that stands still": Sabotage(
        lambda world: told(world), {"readiness.age", "readiness.lag"}, later=timedelta(days=2)
    ),
    "a target before the window": Sabotage(
        lambda world: told(world, target=datetime(2026, 1, 1, tzinfo=UTC)), {"readiness.target"}
    ),
    "a name that does not resolve": Sabotage(nameless_source, {"readiness.name"}),
    "nobody who is let in": Sabotage(
        lambda world: told(world, quarantine=None), {"readiness.quarantine"}
    ),
    "a group to be that admits others": Sabotage(
        lambda world: told(world, quarantine=None, admits=("192.0.2.0/24",)),
        {"readiness.quarantine"},
    ),
    "a wrong password": Sabotage(
        wrong_password, {"readiness.login"}, said="password authentication failed"
    ),
    "a database that went": Sabotage(
        lambda world: told(world, databases=(DATABASE, "gone")), {"readiness.databases"}
    ),
    "a table that went": Sabotage(
        lambda world: told(world, must_have=("granules", "rules")), {"readiness.inventory"}
    ),
    "no terraform": Sabotage(
        lambda world: told(world, terraform="terraform is not on the PATH"), {"readiness.tool"}
    ),
}


@pytest.mark.parametrize("what", SABOTAGES)
def test_what_is_broken_is_red_and_nothing_else_is(world: World, what: str) -> None:
    """R1, R2, R4, R5, R59, R62: each with a remedy, and without a secret."""
    sabotage = SABOTAGES[what]
    with sabotage.broken(world) as changes:
        said = judged(world.asked(**changes), now() + sabotage.later)

    assert sabotage.red == {one.check for one in said.findings}
    assert all(one.remedy for one in said.findings)
    text = " ".join(map(str, (*said.findings, *said.gaps)))
    assert sabotage.said in text
    assert "cAnArY" not in text


def test_after_all_that_it_is_ready_again(world: World) -> None:
    """The sabotages above left nothing: each was red for its own reason."""
    assert () == judged(world.asked(), now()).findings


def test_another_account_ends_it_before_anything_else_is_asked(world: World) -> None:
    session = Recorded(world.session)
    with pytest.raises(Refused, match=r"readiness\.identity.*210987654321"):
        world.asked(session=session, account="210987654321").caller()
    assert ["sts:GetCallerIdentity"] == session.calls


def test_credentials_that_nobody_takes_are_said_to_be_renewed(world: World) -> None:
    def also(service: str, client: Any) -> None:
        client.meta.events.register(
            "before-parameter-build.sts.GetCallerIdentity", refusing("ExpiredToken")
        )

    with pytest.raises(CheckTheConnection, match=r"ExpiredToken.*renew"):
        world.asked(session=Recorded(world.session, also)).caller()


def test_a_cloud_that_does_not_answer_is_said_to_be(world: World) -> None:
    nobody = RehearsalSession("http://127.0.0.1:9")
    with pytest.raises(CheckTheConnection, match="does not say who asks"):
        world.asked(session=nobody).caller()


def refusing(code: str) -> Callable[..., None]:
    def refuse(model: Any, **_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "not you"}}, model.name)

    return refuse


NOT_ALLOWED = {
    "iam:SimulatePrincipalPolicy": {"readiness.rights"},
    "rds:DescribeAccountAttributes": {"readiness.quota"},
    "rds:DescribeDBClusterSnapshots": {"readiness.age", "readiness.target"},
    "kms:DescribeKey": {"readiness.key"},
    "ec2:DescribeSecurityGroups": {"readiness.quarantine", "readiness.isolation"},
}


@pytest.mark.parametrize("right", NOT_ALLOWED)
def test_what_may_not_be_asked_is_not_proven_and_costs_no_other_question(
    world: World, right: str
) -> None:
    """A right that is missing is no finding against the backups, and never a pass."""
    denied, operation = right.split(":")

    def also(service: str, client: Any) -> None:
        if service == denied:
            client.meta.events.register(
                f"before-parameter-build.{service}.{operation}", refusing("AccessDenied")
            )

    said = judged(world.asked(session=Recorded(world.session, also)), now())

    assert () == said.findings
    assert NOT_ALLOWED[right] == {one.check for one in said.gaps}
    assert all(right in one.reason for one in said.gaps)


def test_a_caller_that_iam_does_not_know_is_not_proven(world: World) -> None:
    def root(answer: dict[str, Any]) -> None:
        answer["Arn"] = "arn:aws:sts::123456789012:assumed-role/nobody/run"

    asked = world.asked(session=Recorded(world.session, lying("sts", "GetCallerIdentity", root)))
    asked.caller()
    asked.source()
    assert "IAM knows no arn:aws:iam::123456789012:role/nobody" in str(asked.rights())


def test_a_group_that_is_not_there_is_not_proven(world: World) -> None:
    said = judged(world.asked(quarantine="sg-00000000"), now())
    assert {"readiness.quarantine", "readiness.isolation"} == {one.check for one in said.gaps}
    assert "there is no security group sg-00000000" in said.gaps[0].reason


def test_a_source_that_never_was_is_named_with_the_settings_that_name_it(world: World) -> None:
    asked = world.asked(identifier="nobody")
    asked.caller()
    with pytest.raises(FindSource, match=r"nobody.*\[source\] cluster"):
        asked.source()


def test_a_member_of_a_cluster_is_no_source(world: World) -> None:
    asked = world.asked(identifier=f"{SOURCE}-1")
    asked.caller()
    with pytest.raises(ChooseAnotherSource, match=f"member of cluster {SOURCE}"):
        asked.source()


def test_a_source_is_found_by_its_resource_id_too(world: World) -> None:
    """R61."""
    resource = world.rds.describe(SOURCE)["DbClusterResourceId"]
    asked = world.asked(identifier=resource)
    asked.caller()
    seen = asked.source()
    assert isinstance(seen, SeenSource)
    assert (SOURCE, False) == (seen.identifier, seen.is_gone)


def test_a_port_that_is_shut_is_said(world: World) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # and does not listen
        port = held.getsockname()[1]
        reach = see_reach("127.0.0.1", port, None, maintenance="postgres", named=None)
    assert (("127.0.0.1",), None) == (reach.addresses, reach.own)
    assert reach.port_said == "Connection refused"


def test_a_deleted_source_is_found_by_what_is_kept_of_it(world: World, tmp_path: Path) -> None:
    """R61: retained backups first, and when those are gone, its snapshots."""
    rds = world.rds
    rds.create("lost", BackupRetentionPeriod=3)
    rds.create_instance("lost")
    resource = rds.describe("lost")["DbClusterResourceId"]
    taken = {"DBClusterSnapshotIdentifier": "lost-kept"}
    rds.api.create_db_cluster_snapshot(DBClusterIdentifier="lost", **taken)
    rds.wait("db_cluster_snapshot_available", **taken)
    wait_until(lambda: rds.describe("lost").get("LatestRestorableTime"))
    rds.api.delete_db_instance(DBInstanceIdentifier="lost-1", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier="lost-1")
    rds.api.delete_db_cluster(
        DBClusterIdentifier="lost", SkipFinalSnapshot=True, DeleteAutomatedBackups=False
    )
    rds.wait("db_cluster_deleted", DBClusterIdentifier="lost")
    plain = settings_of(tmp_path, "")

    for name in ("lost", resource):
        asked = world.asked(identifier=name, settings=plain)
        said = judged(asked, now())
        assert () == said.findings
        # Towards a source that is gone this machine has no address.
        assert {"readiness.quarantine"} == {one.check for one in said.gaps}
        seen = asked.source()
        assert isinstance(seen, SeenSource)
        assert (True, "lost", resource) == (seen.is_gone, seen.identifier, seen.resource_id)
        assert isinstance(asked.road(), Withheld)
        ways = {one.name: one.reaches("latest") for one in asked.ways().methods}  # type: ignore[union-attr]
        assert "yes" == ways[f"retained backups, by resource id {resource}"]
        assert ways["manual snapshots"].startswith("as of ")

    rds.api.delete_db_cluster_automated_backup(DbClusterResourceId=resource)
    asked = world.asked(identifier="lost", settings=plain)
    said = judged(asked, now())
    assert () == said.findings
    assert "only the moments of single backups come back" in said.bounds[0].bound
    rds.api.delete_db_cluster_snapshot(**taken)
    asked.caller()
    with pytest.raises(FindSource):
        asked.source()


@pytest.mark.slow
def test_a_single_instance_is_asked_as_a_cluster_is(world: World, tmp_path: Path) -> None:
    """R1: retention 0 is red there, where a cluster cannot have it."""
    api = world.rds.api
    api.create_db_instance(
        DBInstanceIdentifier="single",
        Engine="postgres",
        DBInstanceClass="db.m6g.large",
        AllocatedStorage=20,
        MasterUsername="core_admin",
        MasterUserPassword="correct-horse-9-battery",
        BackupRetentionPeriod=1,
        DeletionProtection=True,
    )
    world.rds.wait("db_instance_available", DBInstanceIdentifier="single")
    wait_until(
        lambda: api.describe_db_instances(DBInstanceIdentifier="single")["DBInstances"][0].get(
            "LatestRestorableTime"
        )
    )
    plain = settings_of(tmp_path, "")
    changes: dict[str, Any] = {"identifier": "single", "settings": plain, "login": None}
    said = judged(world.asked(**changes, quarantine=None, admits=("127.0.0.0/8",)), now())
    assert () == said.findings
    api.modify_db_instance(
        DBInstanceIdentifier="single", BackupRetentionPeriod=0, ApplyImmediately=True
    )
    world.rds.wait("db_instance_available", DBInstanceIdentifier="single")
    said = judged(world.asked(**changes, quarantine=None, admits=("127.0.0.0/8",)), now())
    assert "readiness.retention" in {one.check for one in said.findings}


def test_a_recovery_asks_for_its_own_copy_and_for_no_right_to_remove_it(world: World) -> None:
    """Its role may delete nothing (docs/iam/recovery.json), and its copy has another name."""

    def asked_for(**changes: Any) -> set[tuple[str, str]]:
        asked = world.asked(**changes)
        asked.caller()
        asked.source()
        rights = asked.rights()
        assert isinstance(rights, list)
        return {(one.action, one.resource.rpartition(":")[2]) for one in rights}

    drill, recovery = asked_for(), asked_for(recovering=True)
    assert ("rds:DeleteDBCluster", f"{SOURCE}-drill-{RUN}") in drill
    assert ("rds:ModifyDBCluster", f"{SOURCE}-restored-{RUN}") in recovery
    assert [] == [one for one in recovery if "Delete" in one[0] or "-drill-" in one[1]]


def test_the_rights_on_tables_of_dynamodb_are_asked_where_settings_name_any(
    world: World, tmp_path: Path
) -> None:
    """R24: of the table that is restored, and of its copy; a recovery removes none."""
    settings = settings_of(tmp_path, '[[dynamodb.table]]\nname = "core-GranulesTable"\n')

    def asked_for(**changes: Any) -> set[tuple[str, str]]:
        asked = world.asked(settings=settings, **changes)
        asked.caller()
        asked.source()
        rights = asked.rights()
        assert isinstance(rights, list)
        return {
            (one.action, one.resource.rpartition("/")[2])
            for one in rights
            if one.action.startswith("dynamodb:")
        }

    drill, recovery = asked_for(), asked_for(recovering=True)
    copy = f"{SOURCE}-drill-{RUN}-core-GranulesTable"
    assert ("dynamodb:RestoreTableToPointInTime", "core-GranulesTable") in drill
    assert {("dynamodb:DeleteTable", copy), ("dynamodb:Scan", copy)} <= drill
    assert ("dynamodb:UpdateTable", copy.replace("-drill-", "-restored-")) in recovery
    assert [] == [one for one in recovery if "Delete" in one[0] or "-drill-" in one[1]]


def test_the_rights_of_another_role_can_be_asked(world: World) -> None:
    """By a role that may only ask, as docs/iam/readiness.json makes one."""
    asked = world.asked(rights_of="arn:aws:iam::123456789012:role/nobody")
    asked.caller()
    asked.source()
    assert "IAM knows no arn:aws:iam::123456789012:role/nobody" in str(asked.rights())
