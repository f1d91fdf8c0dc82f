"""The groups of a quarantine: made as they must be, found again, never somebody else's, removed."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.aws.admission import Admission
from fixtures.aws.description import ClusterDescription, describe
from fixtures.aws.errors import CorrectTheQuarantine, CorrectTheRequest, RemoveByHand
from fixtures.aws.instances import requests
from fixtures.aws.quarantine import Quarantine, prepare, remove, see
from fixtures.aws.quarantine_parameters import of_cluster, of_instance
from fixtures.aws.session import Client
from fixtures.aws.tags import RESOURCE, RUN, RunTag
from fixtures.aws.wait import Pace
from fixtures.quarantining import judge
from tests.aws.fix_aws import ACCESS, FakeClock, Recorder

COPY = "core-prod-drill-1"
TAG = RunTag("run-1", "ops")
RUNNER = Admission(("10.1.2.0/24",), ())


@pytest.fixture
def ec2(rds: Client) -> Client:
    """A client of the same account's networks."""
    return ACCESS.client("ec2")


@pytest.fixture
def described(rds: Client, source: str) -> ClusterDescription:
    return describe(rds, source)


def set_parameter(rds: Client, kind: str, group: str, name: str, value: str) -> None:
    word = "DBClusterParameterGroup" if kind == "db_cluster" else "DBParameterGroup"
    getattr(rds, f"modify_{kind}_parameter_group")(
        **{f"{word}Name": group},
        Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "pending-reboot"}
        ],
    )


def prepared(
    rds: Client, ec2: Client, described: ClusterDescription, clock: FakeClock, **said: Any
) -> Quarantine:
    asked = {"security_group": None, "admit": RUNNER, **said}
    pace = Pace(poll=1, deadline=10, clock=clock, sleep=clock.sleep)
    return prepare(rds, ec2, described, COPY, TAG, pace=pace, **asked)


def values(rds: Client, group: str) -> dict[str, str]:
    found = rds.describe_db_cluster_parameters(DBClusterParameterGroupName=group, Source="user")[
        "Parameters"
    ]
    return {one["ParameterName"]: one["ParameterValue"] for one in found}


def test_it_takes_over_the_sources_parameters_but_for_what_reaches_out(
    rds: Client, ec2: Client, source: str, clock: FakeClock
) -> None:
    """R64: no worker of a subscription, no scheduler; everything else as the source has it."""
    for name, value in (
        ("shared_preload_libraries", "pg_stat_statements,pg_cron"),
        ("work_mem", "65536"),
        ("max_logical_replication_workers", "8"),
    ):
        set_parameter(rds, "db_cluster", "core-params", name, value)

    quarantine = prepared(rds, ec2, describe(rds, source), clock)

    assert f"{COPY}-quarantine" == quarantine.parameter_group
    assert {
        "shared_preload_libraries": "pg_stat_statements",
        "work_mem": "65536",
        "max_logical_replication_workers": "0",
    } == values(rds, quarantine.parameter_group)
    assert ("shared_preload_libraries: pg_cron",) == quarantine.left_out
    # The source's own is as it was.
    assert "8" == values(rds, "core-params")["max_logical_replication_workers"]


def test_its_security_group_lets_nothing_out_and_the_runner_in_on_one_port(
    rds: Client, ec2: Client, described: ClusterDescription, clock: FakeClock
) -> None:
    quarantine = prepared(
        rds, ec2, described, clock, admit=Admission(("10.1.2.0/24", "fd00::/8"), ())
    )
    (group,) = ec2.describe_security_groups(GroupIds=[quarantine.security_group])["SecurityGroups"]

    assert (f"{COPY}-quarantine", described.subnet_group.vpc) == (
        group["GroupName"],
        group["VpcId"],
    )
    assert [] == group["IpPermissionsEgress"]
    (rule,) = group["IpPermissions"]
    assert ("tcp", 5433, 5433) == (rule["IpProtocol"], rule["FromPort"], rule["ToPort"])
    assert ["10.1.2.0/24"] == [one["CidrIp"] for one in rule["IpRanges"]]
    assert ["fd00::/8"] == [one["CidrIpv6"] for one in rule["Ipv6Ranges"]]
    tags = {one["Key"]: one["Value"] for one in group["Tags"]}
    assert (TAG.run_id, group["GroupId"]) == (tags[RUN], tags[RESOURCE])
    assert frozenset({"10.1.2.0/24", "fd00::/8"}) == quarantine.admits


def test_a_second_call_finds_what_the_first_made_and_puts_it_right(
    rds: Client, ec2: Client, described: ClusterDescription, clock: FakeClock
) -> None:
    """As another process does that resumes the run."""
    first = prepared(rds, ec2, described, clock)
    set_parameter(rds, "db_cluster", first.parameter_group, "max_logical_replication_workers", "4")
    ec2.authorize_security_group_egress(
        GroupId=first.security_group,
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )

    second = prepared(rds, ec2, described, clock)

    assert first == second
    assert "0" == values(rds, first.parameter_group)["max_logical_replication_workers"]
    (group,) = ec2.describe_security_groups(GroupIds=[first.security_group])["SecurityGroups"]
    assert ([], 1) == (group["IpPermissionsEgress"], len(group["IpPermissions"]))


def test_a_source_with_the_engines_own_group_gets_a_group_of_its_family() -> None:
    assert {"max_logical_replication_workers": "0"} == of_cluster({}).values
    assert ({}, {}) == (of_instance({}).values, of_instance({}).overrides)


@pytest.mark.parametrize(
    ("value", "kept", "left_out"),
    [
        ("pg_stat_statements", "pg_stat_statements", ()),
        ("pg_cron", None, ("pg_cron",)),
        (" 'pg_cron' ,\"pgaudit\"", "pgaudit", ("pg_cron",)),
        ("$libdir/pg_cron.so,pglogical,pgactive", None, ("pg_cron", "pglogical", "pgactive")),
        # What nobody has thought about starts nothing.
        ("of_tomorrow,pgaudit", "pgaudit", ("of_tomorrow",)),
    ],
)
def test_only_libraries_that_are_known_to_start_nothing_are_loaded(
    value: str, kept: str | None, left_out: tuple[str, ...]
) -> None:
    name = "shared_preload_libraries"
    made = of_cluster({name: value})

    assert tuple(f"{name}: {one}" for one in left_out) == made.left_out
    assert (value if not left_out else kept) == made.values.get(name)
    assert ({name: kept} if left_out else {}) == {
        key: one for key, one in made.overrides.items() if key == name
    }


def test_commands_that_write_elsewhere_are_not_taken_over() -> None:
    made = of_cluster({"archive_command": "cp %p /srv/wal/%f", "work_mem": "4096"})

    assert {"work_mem", "max_logical_replication_workers"} == made.values.keys()
    assert ("archive_command",) == made.left_out


def test_instances_get_a_group_of_their_own_where_theirs_would_undo_the_clusters(
    rds: Client, ec2: Client, source: str, clock: FakeClock
) -> None:
    """An instance's parameter group stands over its cluster's."""
    set_parameter(rds, "db", "core-instance", "shared_preload_libraries", "pg_cron,pgaudit")
    set_parameter(rds, "db", "core-instance", "work_mem", "65536")
    described = describe(rds, source)

    quarantine = prepared(rds, ec2, described, clock)

    assert {"core-instance": f"{COPY}-quarantine"} == quarantine.instance_groups
    found = rds.describe_db_parameters(DBParameterGroupName=f"{COPY}-quarantine", Source="user")[
        "Parameters"
    ]
    assert {"shared_preload_libraries": "pgaudit", "work_mem": "65536"} == {
        one["ParameterName"]: one["ParameterValue"] for one in found
    }
    asked = requests(described, COPY, TAG, instead=quarantine.instance_groups)
    assert {f"{COPY}-quarantine"} == {one["DBParameterGroupName"] for one in asked}
    assert 3 == len(remove(rds, ec2, COPY, TAG))


def test_other_instance_groups_are_used_as_they_are(
    rds: Client, ec2: Client, described: ClusterDescription, clock: FakeClock
) -> None:
    assert {} == prepared(rds, ec2, described, clock).instance_groups


def operators_group(ec2: Client, described: ClusterDescription, *, sound: bool = True) -> str:
    group: str = ec2.create_security_group(
        GroupName="drills", Description="ours", VpcId=described.subnet_group.vpc
    )["GroupId"]
    if sound:
        (there,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=there["IpPermissionsEgress"])
        ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[RUNNER.permission(5433) | {"UserIdGroupPairs": []}]
        )
    return group


def test_an_operators_group_is_looked_at_and_never_changed(
    rds: Client, ec2: Client, described: ClusterDescription, clock: FakeClock
) -> None:
    group = operators_group(ec2, described)
    calls = Recorder(ec2)

    quarantine = prepared(rds, ec2, described, clock, security_group=group, admit=None)
    remove(rds, ec2, COPY, TAG)

    assert (group, True, None) == (
        quarantine.security_group,
        quarantine.operators,
        quarantine.admits,
    )
    assert {"DescribeSecurityGroups"} == set(calls.names)


@pytest.fixture
def unfit(ec2: Client, described: ClusterDescription) -> dict[str, str]:
    """Groups of an operator's that could not hold a copy: what is wrong → id."""
    lets_out = operators_group(ec2, described, sound=False)
    other = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    elsewhere = ec2.create_security_group(GroupName="else", Description="else", VpcId=other)
    closed = ec2.create_security_group(
        GroupName="closed", Description="closed", VpcId=described.subnet_group.vpc
    )["GroupId"]
    (there,) = ec2.describe_security_groups(GroupIds=[closed])["SecurityGroups"]
    ec2.revoke_security_group_egress(GroupId=closed, IpPermissions=there["IpPermissionsEgress"])
    return {
        "lets the copy out": lets_out,
        "and the source's subnets are in": elsewhere["GroupId"],
        "lets nobody in on port 5433": closed,
        "there is no security group": "sg-0123456789abcdef0",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        "lets the copy out",
        "and the source's subnets are in",
        "lets nobody in on port 5433",
        "there is no security group",
    ],
)
def test_an_operators_group_that_could_not_hold_the_copy_is_refused(
    rds: Client,
    ec2: Client,
    described: ClusterDescription,
    clock: FakeClock,
    unfit: dict[str, str],
    wrong: str,
) -> None:
    """One line, and nothing was made."""
    calls = Recorder(rds)

    with pytest.raises(CorrectTheQuarantine, match=wrong) as refused:
        prepared(rds, ec2, described, clock, security_group=unfit[wrong], admit=None)

    assert "\n" not in str(refused.value)
    assert [] == [name for name in calls.names if not name.startswith(("Describe", "List"))]


def test_without_anybody_to_let_in_both_settings_are_named(
    rds: Client, ec2: Client, described: ClusterDescription, clock: FakeClock
) -> None:
    with pytest.raises(CorrectTheQuarantine) as refused:
        prepared(rds, ec2, described, clock, admit=None)

    assert "[restore] quarantine_security_group" in str(refused.value)
    assert "[restore] quarantine_admits" in str(refused.value)


def test_somebody_elses_groups_of_that_name_are_left_alone(
    rds: Client, ec2: Client, described: ClusterDescription, clock: FakeClock
) -> None:
    """A tag that was copied with its value is no proof: it names another resource."""
    mine = prepared(rds, ec2, described, clock)
    other = RunTag("run-2", "somebody")
    with pytest.raises(RemoveByHand, match="not provably run run-2's own"):
        remove(rds, ec2, COPY, other)
    ec2.create_tags(
        Resources=[mine.security_group], Tags=[{"Key": RESOURCE, "Value": "sg-another"}]
    )
    with pytest.raises(RemoveByHand, match="sg-another"):
        remove(rds, ec2, COPY, TAG)
    with pytest.raises(RemoveByHand, match="sg-another"):
        prepared(rds, ec2, described, clock)

    assert ec2.describe_security_groups(GroupIds=[mine.security_group])["SecurityGroups"]


def test_what_was_made_is_gone_after_removing_it_once_or_twice(
    rds: Client, ec2: Client, described: ClusterDescription, clock: FakeClock
) -> None:
    before = len(ec2.describe_security_groups()["SecurityGroups"])
    quarantine = prepared(rds, ec2, described, clock)

    assert {f"{COPY}-quarantine", quarantine.security_group} == set(remove(rds, ec2, COPY, TAG))
    assert () == remove(rds, ec2, COPY, TAG)
    assert before == len(ec2.describe_security_groups()["SecurityGroups"])


def test_a_call_that_fails_half_way_leaves_nothing(
    rds: Client, ec2: Client, described: ClusterDescription, clock: FakeClock
) -> None:
    """The name of the parameter group is taken: the security group goes again."""
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName=f"{COPY}-quarantine",
        DBParameterGroupFamily="aurora-postgresql15",
        Description="somebody's",
    )
    before = len(ec2.describe_security_groups()["SecurityGroups"])

    with pytest.raises(RemoveByHand, match="not provably run run-1's own"):
        prepared(rds, ec2, described, clock)

    assert before == len(ec2.describe_security_groups()["SecurityGroups"])
    assert {} == values(rds, f"{COPY}-quarantine")


def test_what_aws_refuses_is_told_in_its_own_words(
    rds: Client, ec2: Client, described: ClusterDescription, clock: FakeClock
) -> None:
    with pytest.raises(CorrectTheRequest, match="refused to make the security group"):
        prepared(rds, ec2, described, clock, admit=Admission((), ("sg-0nobody",)))


def test_awss_word_is_judged_whole(
    rds: Client, ec2: Client, described: ClusterDescription, clock: FakeClock
) -> None:
    """A group that is put in the quarantine's place, as a reset does it, is seen."""
    quarantine = prepared(rds, ec2, described, clock)
    rds.create_db_cluster(
        DBClusterIdentifier=COPY,
        Engine="aurora-postgresql",
        MasterUsername="root",
        MasterUserPassword="not-a-secret",
        DBSubnetGroupName="core-net",
        VpcSecurityGroupIds=[quarantine.security_group],
        DBClusterParameterGroupName=quarantine.parameter_group,
    )
    sound = see(rds, ec2, COPY, quarantine)
    assert () == judge(quarantine, sound).findings

    rds.modify_db_cluster(DBClusterIdentifier=COPY, DBClusterParameterGroupName="core-params")
    reset = see(rds, ec2, COPY, quarantine)

    assert "quarantine.parameter_group" in {one.check for one in judge(quarantine, reset).findings}
