"""The managed password of a single instance's master user."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import MASTER, Rds, client, refused

GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html"
MODEL = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_{}.html"


@pytest.fixture(scope="module")
def single(rds: Rds) -> Iterator[str]:
    """A single instance whose master user's password RDS manages."""
    rds.api.create_db_instance(
        DBInstanceIdentifier="managed-alone",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername=MASTER,
        DBName="core",
        ManageMasterUserPassword=True,
    )
    rds.wait("db_instance_available", DBInstanceIdentifier="managed-alone")
    yield "managed-alone"
    rds.api.delete_db_instance(DBInstanceIdentifier="managed-alone", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier="managed-alone")


def log_in(rds: Rds, single: str, password: str | None = None) -> str:
    """Log in with what the secret of a single instance holds, which is returned, or another."""
    (described,) = rds.api.describe_db_instances(DBInstanceIdentifier=single)["DBInstances"]
    held = client("secretsmanager", rds.cloud.endpoint).get_secret_value(
        SecretId=described["MasterUserSecret"]["SecretArn"]
    )
    found = str(json.loads(held["SecretString"])["password"])
    psycopg.connect(
        host=described["Endpoint"]["Address"],
        port=described["Endpoint"]["Port"],
        user=MASTER,
        password=password or found,
        dbname="core",
    ).close()
    return found


@documented(
    "rds",
    "CreateDBInstance",
    "A single instance's password is in a secret of its own, and logs in",
    GUIDE,
)
def test_a_single_instances_password_logs_in(rds: Rds, single: str) -> None:
    (described,) = rds.api.describe_db_instances(DBInstanceIdentifier=single)["DBInstances"]
    assert ":secret:rds!db-" in described["MasterUserSecret"]["SecretArn"]
    secret = client("secretsmanager", rds.cloud.endpoint).describe_secret(
        SecretId=described["MasterUserSecret"]["SecretArn"]
    )
    tags = {one["Key"]: one["Value"] for one in secret["Tags"]}
    assert described["DBInstanceArn"] == tags["aws:rds:primaryDBInstanceArn"]
    log_in(rds, single)


@documented(
    "rds",
    "ModifyDBInstance",
    "A rotation of a single instance's password changes secret and server alike",
    GUIDE,
)
def test_a_single_instances_password_is_rotated(rds: Rds, single: str) -> None:
    before = log_in(rds, single)
    rds.api.modify_db_instance(
        DBInstanceIdentifier=single, RotateMasterUserPassword=True, ApplyImmediately=True
    )
    rds.wait("db_instance_available", DBInstanceIdentifier=single)
    assert before != log_in(rds, single)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        log_in(rds, single, before)


@documented(
    "rds",
    "RestoreDBInstanceToPointInTime",
    "A restored PostgreSQL has no managed password: that is for Oracle only",
    MODEL.format("RestoreDBInstanceToPointInTime"),
)
def test_a_restore_manages_no_password(rds: Rds, single: str) -> None:
    refused(
        "InvalidParameterCombination",
        rds.api.restore_db_instance_to_point_in_time,
        SourceDBInstanceIdentifier=single,
        TargetDBInstanceIdentifier="unwanted",
        UseLatestRestorableTime=True,
        ManageMasterUserPassword=True,
    )
