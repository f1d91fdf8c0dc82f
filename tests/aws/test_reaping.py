"""DESIGN 7 on an account: what --reap spares and what it removes, the calls that it makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fixtures.aws import tags as tagging
from fixtures.aws.names import cluster_exists, new_identifier
from fixtures.aws.reaping import Reaped, Survey, leftovers, reap, survey
from fixtures.aws.session import Client
from fixtures.aws.tags import RunTag
from fixtures.aws.wait import Pace
from tests.aws.fix_aws import ACCESS, SOURCE, FakeClock, Recorder

ACCOUNT = "123456789012"
PAST = datetime.now(UTC) + timedelta(days=7)
"""The expiry of what has expired: the tests look at it a week later, when nothing else has."""
LATER = PAST + timedelta(days=1)


@dataclass
class Account:
    """Clients of moto's account as a session gives them, and what drills make in it."""

    rds: Client
    ec2: Client
    region: str = ACCESS.region

    def client(self, service: str) -> Client:
        return {"rds": self.rds, "ec2": self.ec2}.get(service) or ACCESS.client(service)

    def drill(
        self,
        run: str,
        expires: datetime | None = PAST,
        *,
        marked: bool = True,
        instances: int = 1,
        **settings: Any,
    ) -> str:
        """A copy as a drill leaves it, with its groups; its identifier."""
        tag = RunTag(run, f"ci@{run}", expires)
        name = new_identifier(SOURCE, run)
        given = tagging.as_list(tag.as_dict())
        group = self.rds.create_db_cluster_parameter_group(
            DBClusterParameterGroupName=name,
            DBParameterGroupFamily="aurora-postgresql15",
            Description="quarantine",
            Tags=given,
        )["DBClusterParameterGroup"]
        security = self.ec2.create_security_group(
            GroupName=name,
            Description="quarantine",
            TagSpecifications=[{"ResourceType": "security-group", "Tags": given}],
        )["GroupId"]
        cluster = self.rds.create_db_cluster(
            DBClusterIdentifier=name,
            Engine="aurora-postgresql",
            MasterUsername="root",
            MasterUserPassword="not-a-secret",
            DBClusterParameterGroupName=name,
            VpcSecurityGroupIds=[security],
            Tags=given,
            **settings,
        )["DBCluster"]
        if not marked:
            return name
        tagging.claim(self.rds, group["DBClusterParameterGroupArn"], name)
        self.ec2.create_tags(
            Resources=[security], Tags=[{"Key": tagging.RESOURCE, "Value": security}]
        )
        tagging.claim(self.rds, cluster["DBClusterArn"], cluster["DbClusterResourceId"])
        for number in range(1, instances + 1):
            one = self.rds.create_db_instance(
                DBInstanceIdentifier=f"{name}-{number}",
                DBClusterIdentifier=name,
                Engine="aurora-postgresql",
                DBInstanceClass="db.r6g.large",
                Tags=given,
            )["DBInstance"]
            tagging.claim(self.rds, one["DBInstanceArn"], one["DbiResourceId"])
        return name

    def arn(self, name: str) -> str:
        return f"arn:aws:rds:{self.region}:{ACCOUNT}:cluster:{name}"

    def tag(self, name: str, **values: str) -> None:
        given = {tagging.PREFIX + key: value for key, value in values.items()}
        self.rds.add_tags_to_resource(ResourceName=self.arn(name), Tags=tagging.as_list(given))

    def tags(self, name: str) -> dict[str, str]:
        return tagging.read(self.rds, self.arn(name))

    def clusters(self) -> set[str]:
        return {one["DBClusterIdentifier"] for one in self.rds.describe_db_clusters()["DBClusters"]}

    def groups(self) -> set[str]:
        found = self.rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
        names = {one["DBClusterParameterGroupName"] for one in found}
        secured = self.ec2.describe_security_groups()["SecurityGroups"]
        return {one for one in names | {each["GroupName"] for each in secured} if "-drill-" in one}

    def survey(self, now: datetime = LATER, **known: Any) -> Survey:
        return survey(self, known.pop("account", ACCOUNT), now=now, clock=now, **known)


@pytest.fixture
def account(rds: Client) -> Account:
    return Account(rds, ACCESS.client("ec2"))


@pytest.fixture
def pace(clock: FakeClock) -> Pace:
    return Pace(poll=10, deadline=100, clock=clock, sleep=clock.sleep)


def told(done: list[Reaped]) -> dict[str, str]:
    return {str(one.resource): one.outcome for one in done}


def all_of(name: str, outcome: str, instances: int = 1) -> dict[str, str]:
    return {
        f"cluster {name}": outcome,
        **{f"instance {name}-{number}": outcome for number in range(1, instances + 1)},
        f"cluster parameter group {name}": outcome,
        f"security group {name}": outcome,
    }


def test_reaping_spares_what_is_not_provably_a_dead_drill_s_and_removes_the_rest(
    account: Account, source: str, pace: Pace, calls: Recorder
) -> None:
    """Done when 3 of the issue, word for word."""
    expired, second = account.drill("run-1", instances=2), account.drill("run-2")
    adopted = account.drill("run-3")
    account.tag(adopted, adopted="jane")
    living = account.drill("run-4", LATER + timedelta(hours=1))
    protected = account.drill("run-5", DeletionProtection=True)
    named = account.drill("run-6")
    # Restored from a snapshot of the expired copy, whose tags it has, word for word.
    inherited = "core-from-snapshot"
    account.rds.create_db_cluster_snapshot(
        DBClusterIdentifier=expired, DBClusterSnapshotIdentifier="of-a-copy"
    )
    account.rds.restore_db_cluster_from_snapshot(
        DBClusterIdentifier=inherited,
        SnapshotIdentifier="of-a-copy",
        Engine="aurora-postgresql",
        VpcSecurityGroupIds=["sg-0core"],
        Tags=tagging.as_list(account.tags(expired)),
    )

    surveyed = account.survey(sources=[source, named])
    done = told(reap(account, surveyed, pace=pace))

    assert {
        **all_of(expired, "removed", instances=2),
        **all_of(second, "removed"),
        **all_of(adopted, "kept"),
        **all_of(living, "kept"),
        **all_of(protected, "refused"),
        **all_of(named, "refused"),
        f"cluster {inherited}": "kept",
        f"cluster {source}": "kept",  # a drill's copy itself, once: it kept an old run's tag
    } == done
    assert {source, adopted, living, protected, named, inherited} == account.clusters()
    assert {adopted, living, protected, named} == account.groups()


def test_what_goes_goes_instances_first_and_groups_last(
    account: Account, pace: Pace, calls: Recorder
) -> None:
    name = account.drill("run-1", instances=2)
    allowed: list[str] = []
    reap(account, account.survey(), allow=allowed.append, pace=pace)
    deletions = [one for one in calls.names if one.startswith("Delete")]
    assert [
        "DeleteDBInstance",
        "DeleteDBInstance",
        "DeleteDBCluster",
        "DeleteDBClusterParameterGroup",
    ] == deletions
    assert [name, f"{name}-1", f"{name}-2", name] == allowed[:4]
    assert allowed[4].startswith("sg-")


def test_a_single_instance_goes_too(account: Account, pace: Pace) -> None:
    name = new_identifier(SOURCE, "run-1")
    one = account.rds.create_db_instance(
        DBInstanceIdentifier=name,
        Engine="postgres",
        DBInstanceClass="db.r6g.large",
        Tags=tagging.as_list(RunTag("run-1", "ci", PAST).as_dict()),
    )["DBInstance"]
    tagging.claim(account.rds, one["DBInstanceArn"], one["DbiResourceId"])
    assert {f"instance {name}": "removed"} == told(reap(account, account.survey(), pace=pace))
    assert [] == account.rds.describe_db_instances()["DBInstances"]


def test_a_survey_alone_deletes_nothing(account: Account, calls: Recorder) -> None:
    account.drill("run-1")
    before = len(calls.names)
    lines = leftovers(account.survey())
    assert 4 == len(lines)
    assert all(line.startswith("left behind, --reap removes it: ") for line in lines)
    assert [] == [one for one in calls.names[before:] if not one.startswith(("Describe", "List"))]


def test_a_start_says_what_needs_a_look(account: Account) -> None:
    account.drill("run-1", marked=False)
    (line, *_) = leftovers(account.survey())
    assert line.startswith(f"left behind, look at it: cluster {new_identifier(SOURCE, 'run-1')}: ")
    assert "it was never marked with its own id" in line


def test_a_drill_that_renewed_its_tag_after_the_survey_is_spared(
    account: Account, pace: Pace
) -> None:
    name = account.drill("run-1")
    surveyed = account.survey()
    account.tag(name, expires=tagging.expiry_text(LATER + timedelta(hours=1)))
    done = reap(account, surveyed, pace=pace)
    assert "refused" == told(done)[f"cluster {name}"]
    assert cluster_exists(account.rds, name)
    assert "it changed while it was looked at" in done[0].reason


def test_a_half_removed_copy_is_removed_to_the_end(account: Account, pace: Pace) -> None:
    name = account.drill("run-1")
    account.rds.delete_db_instance(DBInstanceIdentifier=f"{name}-1", SkipFinalSnapshot=True)
    account.rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)
    done = told(reap(account, account.survey(), pace=pace))
    assert {
        f"cluster parameter group {name}": "removed",
        f"security group {name}": "removed",
    } == done


@pytest.mark.parametrize("state", ["creating", "deleting"])
def test_a_copy_that_is_busy_goes_a_little_later(
    account: Account, pace: Pace, clock: FakeClock, state: str
) -> None:
    name = account.drill("run-1")
    fail(account.rds, "DeleteDBCluster", "InvalidDBClusterStateFault", state, times=2)
    assert all_of(name, "removed") == told(reap(account, account.survey(), pace=pace))
    assert [10, 10] == clock.slept


def test_one_that_fails_keeps_no_other(account: Account, pace: Pace) -> None:
    first, second = account.drill("run-1"), account.drill("run-2")
    fail(account.rds, "DeleteDBCluster", "AccessDenied", "not you", times=1)
    done = reap(account, account.survey(), pace=pace)
    assert "failed" == told(done)[f"cluster {first}"]
    assert all_of(second, "removed").items() <= told(done).items()
    assert any("AccessDenied: not you" in one.reason for one in done)


def fail(client: Client, operation: str, code: str, words: str, *, times: int) -> None:
    left = [None] * times

    def refuse(**_: Any) -> None:
        if left:
            left.pop()
            raise ClientError({"Error": {"Code": code, "Message": words}}, operation)

    client.meta.events.register(f"before-call.rds.{operation}", refuse)


def test_in_another_account_nothing_is_deleted(account: Account, pace: Pace) -> None:
    name = account.drill("run-1")
    done = reap(account, account.survey(account="999999999999"), pace=pace)
    assert all_of(name, "refused") == told(done)
    assert "the credentials are of account 123456789012" in done[0].reason


def test_where_something_is_not_known_nothing_is_deleted(account: Account, pace: Pace) -> None:
    name = account.drill("run-1")
    surveyed = account.survey(doubts=["the state of infra/rds cannot be read"])
    assert all_of(name, "refused") == told(reap(account, surveyed, pace=pace))


def test_what_a_terraform_state_holds_stays(account: Account, pace: Pace) -> None:
    name = account.drill("run-1")
    done = told(reap(account, account.survey().knowing(managed=[name]), pace=pace))
    assert "refused" == done[f"cluster {name}"]
    assert cluster_exists(account.rds, name)


def test_a_copy_that_was_renamed_stays(account: Account, pace: Pace) -> None:
    """It keeps tags and resource id, and is somebody's production now."""
    name = account.drill("run-1", instances=0)
    account.rds.modify_db_cluster(DBClusterIdentifier=name, NewDBClusterIdentifier="core-now")
    done = told(reap(account, account.survey(), pace=pace))
    assert "refused" == done["cluster core-now"]
    assert cluster_exists(account.rds, "core-now")


def test_a_group_that_aws_still_knows_is_no_success(account: Account, pace: Pace) -> None:
    """The deletion is answered and does nothing."""
    name = account.drill("run-1")
    account.rds.meta.events.register(
        "before-call.rds.DeleteDBClusterParameterGroup", lambda **_: (Done(), {})
    )
    done = reap(account, account.survey(), pace=pace)
    assert "failed" == told(done)[f"cluster parameter group {name}"]


class Done:
    status_code = 200


def retained(name: str, resource_id: str, tags: dict[str, str]) -> Callable[..., Any]:
    entry = {
        "DBClusterIdentifier": name,
        "DbClusterResourceId": resource_id,
        "DBClusterArn": f"arn:aws:rds:us-east-1:{ACCOUNT}:cluster:{name}",
        "Status": "retained",
        "TagList": tagging.as_list(tags),
    }
    return lambda **_: (Done(), {"DBClusterAutomatedBackups": [entry]})


def test_a_backup_that_outlived_its_copy_is_found_and_one_that_stays_is_no_success(
    rds: Client, pace: Pace
) -> None:
    account = Account(ACCESS.client("rds"), ACCESS.client("ec2"))
    name = new_identifier(SOURCE, "run-1")
    tags = RunTag("run-1", "ci", PAST).as_dict() | {tagging.RESOURCE: "cluster-GONE"}
    answer = retained(name, "cluster-GONE", tags)
    events = account.rds.meta.events
    events.register("before-call.rds.DescribeDBClusterAutomatedBackups", answer)
    events.register("before-call.rds.DeleteDBClusterAutomatedBackup", lambda **_: (Done(), {}))
    events.register(
        "before-call.rds.DescribeDBInstanceAutomatedBackups",
        lambda **_: (Done(), {"DBInstanceAutomatedBackups": []}),
    )
    done = reap(account, account.survey(), pace=pace)
    assert {f"cluster backup {name}": "failed"} == told(done)
    assert "automated backups of" in done[0].reason
