"""Whole drills with ``--cloud=aws`` beside a source whose AWS fails, and its server's own log."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from fixtures.aws.quarantine import remove as remove_quarantine
from fixtures.aws.tags import EXPIRES, RUN, RunTag, as_mapping
from fixtures.rehearsal import landscape
from fixtures.rehearsal.site import PACE
from tests.drills.fix_drill import Drill, Outcome
from tests.drills.test_kill import processes
from tests.faults.fault import CLAIM, COPY, CREATE, GROUP, RESTORE, SECURITY, Fault
from tests.faults.fix_faulty import Faulty, Night, faulty, night
from tests.faults.red import AT_THE_START, RED
from tests.faults.retried import RETRIED
from tests.faults.rule import Rule, before, refuse
from tests.faults.source import source_of


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    with faulty(tmp_path_factory.mktemp("faulty")) as found:
        yield found


@pytest.fixture
def settings(account: Faulty, tmp_path: Path) -> Path:
    return account.account.settings(tmp_path)


def test_a_drill_asks_for_no_change_of_its_source(
    drill: Drill, account: Faulty, settings: Path
) -> None:
    """From the log of the server, which knows neither guard nor policy: every change that was asked
    for is one of the run's own things."""
    seen = night(account, drill, settings, [])

    assert 0 == seen.result.status, seen.result.out
    assert seen.result.verdict.startswith("PROVEN drill of core-prod")
    seen.left_nothing()
    assert {"RestoreDBClusterToPointInTime", "CreateDBInstance", "DeleteDBCluster"} <= {
        change.operation for change in seen.changes
    }
    copy = seen.result.facts("restored copy")["cluster"]
    for change in seen.changes:
        assert any(copy in name or name.startswith("sg-") for name in change.changes), change


ONE_NIGHT = [
    Rule(SECURITY, "lose", service="ec2"),
    Rule(GROUP, "garble"),
    Rule(RESTORE, "lose"),
    refuse(CLAIM, "Throttling", times=5),
    Rule("DescribeDBClusters", "garble", resource=COPY, skip=1),
    refuse("DescribeDBClusters", "ExpiredToken", resource=COPY, skip=3, times=2),
    Rule(CREATE, "lose"),
    Rule(CREATE, "drop", skip=2),
    Rule("ModifyDBCluster", "lose"),
    refuse("DescribeDBInstances", "ServiceUnavailable", times=3),
    Rule("DeleteDBInstance", "lose"),
    refuse("DeleteDBCluster", "InvalidDBClusterStateFault", times=2),
    refuse("DeleteSecurityGroup", "DependencyViolation", service="ec2", times=2),
]


def test_a_drill_is_proven_through_a_night_in_which_everything_fails_once(
    drill: Drill, account: Faulty, settings: Path
) -> None:
    """Lost, damaged and missing answers, throttling, expired keys, what is busy: all in one."""
    seen = night(account, drill, settings, ONE_NIGHT)

    assert 0 == seen.result.status, seen.result.out
    assert seen.result.verdict.startswith("PROVEN drill of core-prod")
    seen.left_nothing()


# A whole drill each: some of the table, one a kind of end, most of them left to the night.
EVERY_DAY = (
    "the copy is deleted before it has instances",
    "the restore is refused: StorageQuotaExceeded",
)
EVERY_NIGHT = (
    "marking the copy is throttled",
    "the second instance's answer is lost",
    "deleting the copy fails",
    "a deletion's answer is garbled",
    "the copy takes its time",
    "the answers have keys that nobody knows",
    "no security group may be made",
    "the security group may not be marked",
    "its parameters may not be set",
    "the password may not be set",
    "the restore is refused: AccessDenied",
    "the restore is refused: DBClusterAlreadyExistsFault",
    "the copy may not be marked",
    "an instance may not be marked",
    "the copy becomes failed",
    "the copy becomes incompatible-parameters",
    "an instance becomes storage-full",
    "an instance is refused: InstanceQuotaExceeded",
    "an instance is deleted under our feet",
    *AT_THE_START,
)


def whole(faults: list[Fault]) -> list[object]:
    """Those rows that a whole drill is tried with."""
    return [
        pytest.param(
            fault, id=fault.name, marks=[] if fault.name in EVERY_DAY else pytest.mark.slow
        )
        for fault in faults
        if fault.name in (*EVERY_DAY, *EVERY_NIGHT)
    ]


@pytest.mark.parametrize("fault", whole(RETRIED))
def test_a_drill_is_proven_in_spite_of_a_fault(
    drill: Drill, account: Faulty, settings: Path, fault: Fault
) -> None:
    seen = night(account, drill, settings, fault.rules)

    assert 0 == seen.result.status, seen.result.out
    seen.left_nothing()


@pytest.mark.parametrize("fault", whole(RED))
def test_a_drill_is_red_and_leaves_nothing(
    drill: Drill, account: Faulty, settings: Path, fault: Fault
) -> None:
    """Its sentence is printed; what fails before anything was begun is bad input."""
    seen = night(account, drill, settings, fault.rules)

    assert (4 if fault.name in AT_THE_START else 1) == seen.result.status, seen.result.out
    assert fault.says in " ".join(seen.result.out.split()), seen.result.out
    seen.left_nothing()


@pytest.mark.slow
def test_a_mark_that_somebody_took_keeps_the_copy_and_says_so(
    drill: Drill, account: Faulty, settings: Path
) -> None:
    """Nobody may delete what is not provably its own: what is left is named."""
    mine = {"ResourceName": ARN, "TagKeys.member.1": "restore-drills:resource"}
    seen = night(
        account, drill, settings, [before(CREATE, "RemoveTagsFromResource", mine, resource=COPY)]
    )

    assert 1 == seen.result.status, seen.result.out
    assert "is not provably run" in seen.result.out
    seen.touched_nothing()
    copy = _copy_of(seen)
    assert copy in seen.result.out
    _clear(account, copy)


def _clear(account: Faulty, copy: str) -> None:
    """Remove what was rightly left, by hand."""
    rds, ec2 = account.account.rds, account.account.session.client("ec2")
    (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=copy)["DBClusters"]
    run = as_mapping(cluster["TagList"])[RUN]
    landscape.delete(rds, copy, PACE)
    remove_quarantine(rds, ec2, copy, RunTag(run, owner="the tests"), pace=PACE)


ARN = "arn:aws:rds:us-east-1:123456789012:cluster:{resource}"


@pytest.mark.parametrize(
    ("signum", "operation", "status"),
    [
        (signal.SIGINT, RESTORE, 2),
        pytest.param(signal.SIGINT, CREATE, 2, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, RESTORE, 2, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, GROUP, 2, marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_drill_removes_what_it_has_made(
    drill: Drill,
    account: Faulty,
    settings: Path,
    signum: signal.Signals,
    operation: str,
    status: int,
) -> None:
    """The signal comes while the request is on its way, so that its answer is never seen."""
    seen = night(
        account,
        drill,
        settings,
        lambda pid: [Rule(operation, "signal", given={"pid": pid, "signum": int(signum)})],
    )

    assert status == seen.result.status, seen.result.out
    seen.left_nothing()


def test_what_a_killed_drill_left_on_aws_is_reaped_when_it_expires(
    drill: Drill, account: Faulty, settings: Path
) -> None:
    """No process of it calls AWS any more: the guardian ends what is on this machine, and the
    expiry in the tags lets anybody's ``--reap`` clear the account."""
    seen = night(account, drill, settings, killed_at("ModifyDBCluster"))

    assert -9 == seen.result.status, seen.result.out
    seen.touched_nothing()
    copy = _copy_of(seen)
    deadline = time.monotonic() + 60
    while ended := processes(seen.mark, str(drill.work)):
        assert time.monotonic() < deadline, ended
        time.sleep(0.1)  # the guardian is ending them
    spared = _reap(drill, settings)
    _expire(account, copy)

    reaped = _reap(drill, settings)

    assert 0 == spared.status, spared.out
    assert f"kept cluster {copy}" in spared.out
    assert 0 == reaped.status, reaped.out
    assert f"removed cluster {copy}" in reaped.out
    assert seen.before == source_of(account.account)
    assert [] == list(drill.work.iterdir())


@pytest.mark.slow
def test_a_copy_that_was_asked_for_by_a_killed_drill_is_nobody_s_to_remove(
    drill: Drill, account: Faulty, settings: Path
) -> None:
    """It is there without the mark that it would have got: told, and left alone."""
    seen = night(account, drill, settings, killed_at(RESTORE))

    assert -9 == seen.result.status, seen.result.out
    seen.touched_nothing()
    copy = _copy_of(seen)
    _expire(account, copy)
    reaped = _reap(drill, settings)
    assert 1 == reaped.status, reaped.out
    assert f"refused cluster {copy}" in reaped.out
    assert "it was never marked with its own id" in reaped.out
    _clear(account, copy)
    assert seen.before == source_of(account.account)


def killed_at(operation: str) -> Callable[[int], list[Rule]]:
    """pytest is killed while that request is on its way."""
    return lambda pid: [Rule(operation, "signal", given={"pid": pid, "signum": 9})]


def _reap(drill: Drill, settings: Path) -> Outcome:
    return drill.run("drills/pitr", "--cloud=aws", f"--drill-config={settings}", "--reap")


def _copy_of(seen: Night) -> str:
    """The one cluster that was not there before."""
    (copy,) = seen.after["account"]["clusters"].keys() - seen.before["account"]["clusters"].keys()
    return str(copy)


def _expire(account: Faulty, copy: str) -> None:
    """Let the eight hours pass that a drill's things are spared for."""
    rds, ec2 = account.account.rds, account.account.session.client("ec2")
    (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=copy)["DBClusters"]
    instances = [
        one
        for one in rds.describe_db_instances()["DBInstances"]
        if one.get("DBClusterIdentifier") == copy
    ]
    groups = rds.describe_db_cluster_parameter_groups(
        DBClusterParameterGroupName=cluster["DBClusterParameterGroup"]
    )["DBClusterParameterGroups"]
    made = [cluster["ClusterCreateTime"], *(one["InstanceCreateTime"] for one in instances)]
    at = (max(made) + timedelta(seconds=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    tags = [{"Key": EXPIRES, "Value": at}]
    for arn in (
        cluster["DBClusterArn"],
        *(one["DBInstanceArn"] for one in instances),
        *(one["DBClusterParameterGroupArn"] for one in groups),
    ):
        rds.add_tags_to_resource(ResourceName=arn, Tags=tags)
    ec2.create_tags(
        Resources=[one["VpcSecurityGroupId"] for one in cluster["VpcSecurityGroups"]], Tags=tags
    )
    time.sleep(2)  # until that second is over
