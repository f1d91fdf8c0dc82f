"""A source cluster in plain moto, in this process, and clients to look at it with.

moto stands in for the API's shapes; what it does wrong (docs/rehearsal-cloud) is said with stubs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.loaders import create_loader
from botocore.stub import Stubber
from moto import mock_aws
from moto.ec2.models import ec2_backends

from fixtures.aws.session import Access, Client

SOURCE = "core-prod"
ACCESS = Access("us-east-1", None, "testing", "testing")


class Recorder:
    """Every call that a client makes: operation and parameters, before it is sent."""

    def __init__(self, client: Client) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        client.meta.events.register("provide-client-params", self._note)

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls.append((model.name, params))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def of(self, operation: str) -> list[dict[str, Any]]:
        return [params for name, params in self.calls if name == operation]


class FakeClock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture(scope="package", autouse=True)
def one_loader() -> Iterator[None]:
    """Parse RDS's API model once, not once a client: most of these tests would do little else."""
    loader = create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", lambda *_: loader)
        yield


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def rds(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client of an empty account."""
    # Subnets live in moto's EC2, which else makes 1,300 machine images whenever it starts.
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with mock_aws():
        yield without_backups(ACCESS.client("rds"))


class Answered:
    """What stands for an HTTP response where an answer is made up."""

    status_code = 200


def without_backups(client: Client) -> Client:
    """The client, and no automated backups that outlive their cluster: moto does not know any."""
    for kind in ("Cluster", "Instance"):
        answer = (Answered(), {f"DB{kind}AutomatedBackups": []})
        client.meta.events.register(
            f"before-call.rds.DescribeDB{kind}AutomatedBackups", lambda answer=answer, **_: answer
        )
    return client


@pytest.fixture
def calls(rds: Client) -> Recorder:
    return Recorder(rds)


@pytest.fixture
def stubbed() -> Iterator[tuple[Client, Stubber]]:
    """A client that answers only what a test has written down, in that order."""
    client = ACCESS.client("rds")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def groups(rds: Client) -> dict[str, Any]:
    """What `make_groups` makes."""
    return make_groups(rds)


@pytest.fixture
def source(rds: Client, groups: dict[str, Any]) -> str:
    """The identifier of what `make_source` makes."""
    return make_source(rds, groups)


def make_groups(rds: Client) -> dict[str, Any]:
    """Networks and parameter groups for the source: names and ids by kind."""
    # The account's default network, from moto itself: a client of EC2 is slow to make.
    network = ec2_backends["123456789012"][ACCESS.region]
    subnets = [subnet.id for subnet in network.describe_subnets()][:2]
    vpc = network.get_default_vpc().id
    security = ["sg-0core", "sg-0bastion"]
    rds.create_db_subnet_group(
        DBSubnetGroupName="core-net", DBSubnetGroupDescription="core", SubnetIds=subnets
    )
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="core-params",
        DBParameterGroupFamily="aurora-postgresql15",
        Description="core",
    )
    rds.modify_db_cluster_parameter_group(
        DBClusterParameterGroupName="core-params",
        Parameters=[
            {
                "ParameterName": "shared_preload_libraries",
                "ParameterValue": "pg_stat_statements",
                "ApplyMethod": "pending-reboot",
            }
        ],
    )
    rds.create_db_parameter_group(
        DBParameterGroupName="core-instance",
        DBParameterGroupFamily="aurora-postgresql15",
        Description="core",
    )
    return {"vpc": vpc, "subnets": subnets, "security": security}


def make_source(rds: Client, groups: dict[str, Any]) -> str:
    """A cluster with every setting that a restore resets, a writer and a reader; its identifier."""
    rds.create_db_cluster(
        DBClusterIdentifier=SOURCE,
        Engine="aurora-postgresql",
        EngineVersion="15.4",
        MasterUsername="root",
        MasterUserPassword="not-a-secret",
        DatabaseName="core",
        DBSubnetGroupName="core-net",
        VpcSecurityGroupIds=groups["security"],
        DBClusterParameterGroupName="core-params",
        BackupRetentionPeriod=7,
        PreferredBackupWindow="03:00-03:30",
        EnableIAMDatabaseAuthentication=True,
        CopyTagsToSnapshot=True,
        DeletionProtection=True,
        EnableCloudwatchLogsExports=["postgresql"],
        Port=5433,
        StorageEncrypted=True,
        StorageType="aurora-iopt1",
        AllocatedStorage=1,
        ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 4},
        Tags=[
            {"Key": "team", "Value": "archive"},
            # As if the source had been some drill's copy once.
            {"Key": "restore-drills:run", "Value": "an older run"},
        ],
    )
    for number, tier in ((1, 1), (2, 0)):
        rds.create_db_instance(
            DBInstanceIdentifier=f"{SOURCE}-{number}",
            DBClusterIdentifier=SOURCE,
            Engine="aurora-postgresql",
            DBInstanceClass="db.serverless" if number == 1 else "db.r6g.large",
            DBParameterGroupName="core-instance",
            PromotionTier=tier,
            Tags=[{"Key": "part", "Value": str(number)}],
        )
    return SOURCE
