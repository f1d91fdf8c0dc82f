"""The founding document's commands as they stand there, and what an operator adds to them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.cli.aws import MISUSED, REFUSED, Cli
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import DATABASE, MASTER, PASSWORD, Rds, client, next_whole_second

pytestmark = pytest.mark.cli

COMMANDS = "https://docs.aws.amazon.com/cli/v1/reference/rds"
CLI_GUIDE = "https://docs.aws.amazon.com/cli/v1/userguide"
SOURCE, COPY, SNAPSHOT = "cli-source", "cli-copy", "cli-snapshot"


@dataclass(frozen=True)
class Landscape:
    """A cluster with a table `marks`, of which row 1 was there at `good`, and what it stands in."""

    subnet_group: str
    security_groups: tuple[str, str]
    good: datetime
    waited: int
    """Exit status of the wait for its creation."""


@pytest.fixture(scope="module")
def aws(cloud: RehearsalCloud, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    return Cli(cloud.endpoint, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def landscape(aws: Cli, rds: Rds) -> Landscape:
    ec2 = client("ec2", rds.cloud.endpoint)
    subnets = ec2.describe_subnets()["Subnets"][:2]
    first, second = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=subnets[0]["VpcId"])[
            "GroupId"
        ]
        for name in ("cli-first", "cli-second")
    )
    aws.answer(
        "rds create-db-subnet-group --db-subnet-group-name cli-subnets "
        "--db-subnet-group-description 'Two subnets' "
        f"--subnet-ids {' '.join(subnet['SubnetId'] for subnet in subnets)}"
    )
    aws.answer(
        f"rds create-db-cluster --db-cluster-identifier {SOURCE} --engine aurora-postgresql "
        f"--engine-mode serverless --database-name {DATABASE} --master-username {MASTER} "
        f"--master-user-password {PASSWORD} --db-subnet-group-name cli-subnets "
        f"--vpc-security-group-ids {first} {second} --deletion-protection "
        "--tags Key=team,Value=core"
    )
    waited = aws.run(f"rds wait db-cluster-available --db-cluster-identifier {SOURCE}")
    with rds.connect(SOURCE) as connection:
        connection.execute("create table marks (mark int)")
        connection.execute("insert into marks values (1)")
        good = next_whole_second(connection)
        connection.execute("insert into marks values (2)")
    return Landscape("cli-subnets", (first, second), good, waited.status)


@dataclass(frozen=True)
class Restored:
    """What the two restores answered, at once and when they had been waited for."""

    at_once: dict[str, Any]
    snapshot: dict[str, Any]
    waited: list[int]


@pytest.fixture(scope="module")
def restored(aws: Cli, landscape: Landscape) -> Restored:
    """A copy at `good` by the document's command, and a snapshot; both waited for, side by side."""
    first, second = landscape.security_groups
    answer = aws.answer(
        "rds restore-db-cluster-to-point-in-time "
        f'--source-db-cluster-identifier "{SOURCE}" '
        f'--restore-to-time "{landscape.good:%Y-%m-%dT%H:%M:%SZ}" '
        f'--vpc-security-group-ids "{first}" "{second}" '
        "--copy-tags-to-snapshot "
        f'--db-cluster-identifier "{COPY}" '
        f'--db-subnet-group-name "{landscape.subnet_group}"'
    )
    snapshot = aws.answer(
        f"rds create-db-cluster-snapshot --db-cluster-identifier {SOURCE} "
        f"--db-cluster-snapshot-identifier {SNAPSHOT}"
    )
    waits = (
        f"rds wait db-cluster-available --db-cluster-identifier {COPY}",
        f"rds wait db-cluster-snapshot-available --db-cluster-snapshot-identifier {SNAPSHOT}",
    )
    with ThreadPoolExecutor() as side_by_side:
        waited = [ended.status for ended in side_by_side.map(aws.run, waits)]
    return Restored(answer["DBCluster"], snapshot["DBClusterSnapshot"], waited)


@documented(
    "rds",
    "CreateDBCluster",
    "`aws rds wait db-cluster-available` returns 0 once the cluster is available",
    f"{COMMANDS}/wait/db-cluster-available.html",
)
def test_a_wait_for_a_new_cluster_ends_when_it_answers(landscape: Landscape) -> None:
    assert 0 == landscape.waited


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "the command answers at once with the new cluster, `creating`, in the groups that it names",
    f"{COMMANDS}/restore-db-cluster-to-point-in-time.html",
)
def test_the_documents_command_answers_with_a_cluster_that_is_being_created(
    restored: Restored, landscape: Landscape
) -> None:
    answered = restored.at_once

    assert (COPY, "creating") == (answered["DBClusterIdentifier"], answered["Status"])
    assert landscape.subnet_group == answered["DBSubnetGroup"]
    assert set(landscape.security_groups) == {
        group["VpcSecurityGroupId"] for group in answered["VpcSecurityGroups"]
    }
    assert answered["CopyTagsToSnapshot"]


def test_the_documents_command_restores_to_the_second_that_it_names(
    restored: Restored, rds: Rds
) -> None:
    assert [0, 0] == restored.waited
    with rds.connect(COPY) as connection:
        assert [(1,)] == connection.execute("select mark from marks").fetchall()


def test_the_source_and_its_copy_are_told_apart_by_a_query(restored: Restored, aws: Cli) -> None:
    """The document's next command, for the values to compare."""
    columns = "[DBClusterIdentifier, Status, DeletionProtection, length(TagList)]"
    described = aws.text(f"rds describe-db-clusters --query 'DBClusters[].{columns}'")

    assert [[COPY, "available", "False", "0"], [SOURCE, "available", "True", "1"]] == described


@documented(
    "rds",
    "DescribeDBClusters",
    "--filters selects by cluster identifier",
    f"{COMMANDS}/describe-db-clusters.html",
)
def test_a_filter_selects_one_cluster(restored: Restored, aws: Cli) -> None:
    described = aws.text(
        f"rds describe-db-clusters --filters Name=db-cluster-id,Values={COPY} "
        "--query DBClusters[].DBClusterIdentifier"
    )

    assert [[COPY]] == described


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "a time after LatestRestorableTime is refused with InvalidParameterValue",
    f"{COMMANDS}/restore-db-cluster-to-point-in-time.html",
)
def test_a_refusal_is_one_line_on_stderr_and_its_own_exit_status(
    landscape: Landscape, aws: Cli, rds: Rds
) -> None:
    before = rds.names()

    ended = aws.run(
        f"rds restore-db-cluster-to-point-in-time --source-db-cluster-identifier {SOURCE} "
        "--restore-to-time 2099-01-01T00:00:00Z --db-cluster-identifier cli-never"
    )

    assert (REFUSED, "") == (ended.status, ended.out)
    assert ended.err.strip().startswith(
        "An error occurred (InvalidParameterValue) when calling the RestoreDBClusterToPointInTime "
        "operation:"
    )
    assert before == rds.names()


@documented(
    "rds",
    "DescribeDBClusters",
    "a cluster that is not there is DBClusterNotFoundFault",
    f"{COMMANDS}/describe-db-clusters.html",
)
def test_a_missing_cluster_is_named_in_the_refusal(aws: Cli) -> None:
    ended = aws.run("rds describe-db-clusters --db-cluster-identifier cli-never")

    assert REFUSED == ended.status
    assert "(DBClusterNotFoundFault)" in ended.err
    assert "cli-never" in ended.err


def test_a_command_without_what_it_requires_is_never_sent(aws: Cli) -> None:
    ended = aws.run("rds create-db-cluster --engine aurora-postgresql")

    assert MISUSED == ended.status
    assert "--db-cluster-identifier" in ended.err


@documented(
    "rds",
    "DescribeDBClusterParameters",
    "--max-items cuts the list, and --starting-token goes on where it was cut",
    f"{CLI_GUIDE}/cli-usage-pagination.html",
)
def test_a_long_list_can_be_read_in_parts(aws: Cli, rds: Rds) -> None:
    group = rds.api.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"][0]
    command = (
        "rds describe-db-cluster-parameters --db-cluster-parameter-group-name "
        f"{group['DBClusterParameterGroupName']}"
    )
    whole = [one["ParameterName"] for one in aws.answer(command)["Parameters"]]

    parts: list[str] = []
    token = ""
    while True:
        most = len(whole) // 2 + 1
        part = aws.answer(f"{command} --max-items {most} {token}")
        parts += [one["ParameterName"] for one in part["Parameters"]]
        if "NextToken" not in part:
            break
        token = f"--starting-token {part['NextToken']}"

    assert len(whole) > 1
    assert whole == parts


@documented(
    "rds",
    "DescribeDBClusterParameters",
    "--page-size changes how much one call asks for, and nothing of the list",
    f"{CLI_GUIDE}/cli-usage-pagination.html",
)
def test_small_pages_add_up_to_the_same_list(aws: Cli, rds: Rds) -> None:
    group = rds.api.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"][0]
    command = (
        "rds describe-db-cluster-parameters --db-cluster-parameter-group-name "
        f"{group['DBClusterParameterGroupName']}"
    )

    whole = aws.answer(command)
    assert len(whole["Parameters"]) > 20
    assert whole == aws.answer(f"{command} --page-size 20")


@documented(
    "rds",
    "DescribeDBClusters",
    "MaxRecords, which --page-size sets, is at least 20",
    f"{COMMANDS}/describe-db-clusters.html",
)
def test_too_small_a_page_is_refused(aws: Cli) -> None:
    ended = aws.run("rds describe-db-clusters --page-size 5")

    assert REFUSED == ended.status
    assert "(InvalidParameterValue)" in ended.err


@documented(
    "rds",
    "CreateDBClusterSnapshot",
    "the command answers at once, `creating`; the wait returns 0 once the snapshot is available",
    f"{COMMANDS}/wait/db-cluster-snapshot-available.html",
)
def test_a_snapshot_is_described_by_what_was_asked_for(restored: Restored, aws: Cli) -> None:
    assert "creating" == restored.snapshot["Status"]
    described = aws.text(
        f"rds describe-db-cluster-snapshots --db-cluster-identifier {SOURCE} "
        "--snapshot-type manual --query 'DBClusterSnapshots[]."
        "[DBClusterSnapshotIdentifier, Status, PercentProgress, SnapshotType]'"
    )

    assert [[SNAPSHOT, "available", "100", "manual"]] == described


@documented(
    "rds",
    "DeleteDBCluster",
    "a cluster with deletion protection is refused with InvalidParameterCombination",
    f"{COMMANDS}/delete-db-cluster.html",
)
def test_a_protected_cluster_is_not_deleted(landscape: Landscape, aws: Cli, rds: Rds) -> None:
    ended = aws.run(f"rds delete-db-cluster --db-cluster-identifier {SOURCE} --skip-final-snapshot")

    assert REFUSED == ended.status
    assert "(InvalidParameterCombination)" in ended.err
    assert "available" == rds.describe(SOURCE)["Status"]


@documented(
    "rds",
    "ListTagsForResource",
    "tags are kept by key: added again one has its new value",
    f"{COMMANDS}/add-tags-to-resource.html",
)
def test_tags_are_added_and_listed_by_arn(landscape: Landscape, aws: Cli, rds: Rds) -> None:
    arn = rds.describe(SOURCE)["DBClusterArn"]
    aws.answer(f"rds add-tags-to-resource --resource-name {arn} --tags Key=team,Value=data")

    assert {"TagList": [{"Key": "team", "Value": "data"}]} == aws.answer(
        f"rds list-tags-for-resource --resource-name {arn}"
    )


@documented(
    "rds",
    "DeleteDBCluster",
    "`aws rds wait db-cluster-deleted` returns 0 once the cluster is not found",
    f"{COMMANDS}/wait/db-cluster-deleted.html",
)
def test_a_deleted_copy_is_waited_for_and_never_again_available(
    restored: Restored, aws: Cli, rds: Rds
) -> None:
    """The last of the module's story."""
    answered = aws.answer(
        f"rds delete-db-cluster --db-cluster-identifier {COPY} --skip-final-snapshot"
    )
    assert "deleting" == answered["DBCluster"]["Status"]

    gone = aws.run(f"rds wait db-cluster-deleted --db-cluster-identifier {COPY}")
    late = aws.run(f"rds wait db-cluster-available --db-cluster-identifier {COPY}")

    assert 0 == gone.status
    assert REFUSED == late.status
    assert COPY not in rds.names()
