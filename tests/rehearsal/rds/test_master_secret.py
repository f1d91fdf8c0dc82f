"""The master user's password in a secret that RDS manages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import ENGINE, MASTER, PASSWORD, Rds, client, refused

NewName = Callable[[], str]
SECRETS = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html"
MODEL = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_{}.html"
OWNED = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html"
MANAGED = {
    "Engine": ENGINE,
    "MasterUsername": MASTER,
    "DatabaseName": "core",
    "ManageMasterUserPassword": True,
}


@pytest.fixture(scope="module")
def managed(rds: Rds) -> Iterator[str]:
    """A cluster whose master user's password RDS manages, with an instance."""
    rds.api.create_db_cluster(DBClusterIdentifier="managed", **MANAGED)
    rds.wait_for_cluster("managed")
    rds.create_instance("managed")
    yield "managed"
    rds.delete("managed")


def password(rds: Rds, cluster: str) -> str:
    """What the secret of a cluster holds."""
    arn = rds.describe(cluster)["MasterUserSecret"]["SecretArn"]
    secrets = client("secretsmanager", rds.cloud.endpoint)
    content = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert MASTER == content["username"]
    return str(content["password"])


@documented(
    "rds",
    "CreateDBCluster",
    "The password that RDS manages is in a secret, and logs in",
    SECRETS,
)
def test_the_managed_password_logs_in(rds: Rds, managed: str) -> None:
    """moto's is always the same, and nobody's."""
    secret = rds.describe(managed)["MasterUserSecret"]
    assert "active" == secret["SecretStatus"]
    assert ":secret:rds!cluster-" in secret["SecretArn"]
    assert ":key/" in secret["KmsKeyId"]
    rds.connect(managed, password=password(rds, managed)).close()


@documented(
    "rds",
    "ModifyDBCluster",
    "A rotation, which is applied immediately, changes secret and server alike",
    SECRETS,
)
def test_the_managed_password_is_rotated(rds: Rds, managed: str) -> None:
    before = password(rds, managed)
    refused(
        "InvalidParameterCombination",
        rds.api.modify_db_cluster,
        DBClusterIdentifier=managed,
        RotateMasterUserPassword=True,
    )
    rds.api.modify_db_cluster(
        DBClusterIdentifier=managed, RotateMasterUserPassword=True, ApplyImmediately=True
    )
    rds.wait("db_cluster_available", DBClusterIdentifier=managed)
    after = password(rds, managed)
    assert before != after
    rds.connect(managed, password=after).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        rds.connect(managed, password=before)


@documented(
    "rds",
    "ModifyDBCluster",
    "A password is not said while RDS manages it; without the management it has to be",
    SECRETS,
)
def test_management_is_turned_off_and_on(rds: Rds, new_name: NewName) -> None:
    name = new_name()
    rds.api.create_db_cluster(DBClusterIdentifier=name, **MANAGED)
    rds.wait_for_cluster(name)
    arn = rds.describe(name)["MasterUserSecret"]["SecretArn"]
    modify = rds.api.modify_db_cluster
    for change in (
        {"MasterUserPassword": PASSWORD},
        {"ManageMasterUserPassword": False},
        {"ManageMasterUserPassword": True, "MasterUserPassword": PASSWORD},
    ):
        refused("InvalidParameterCombination", modify, DBClusterIdentifier=name, **change)

    modify(DBClusterIdentifier=name, ManageMasterUserPassword=False, MasterUserPassword=PASSWORD)
    rds.wait("db_cluster_available", DBClusterIdentifier=name)
    assert "MasterUserSecret" not in rds.describe(name)
    secrets = client("secretsmanager", rds.cloud.endpoint)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secrets.get_secret_value(SecretId=arn)
    rds.create_instance(name)
    rds.connect(name).close()

    modify(DBClusterIdentifier=name, ManageMasterUserPassword=True)
    rds.wait("db_cluster_available", DBClusterIdentifier=name)
    rds.connect(name, password=password(rds, name)).close()


@documented(
    "rds",
    "DeleteDBCluster",
    "The secret that RDS manages goes with its cluster",
    SECRETS,
)
def test_the_secret_goes_with_its_cluster(rds: Rds, new_name: NewName) -> None:
    name = new_name()
    rds.api.create_db_cluster(DBClusterIdentifier=name, **MANAGED)
    rds.wait_for_cluster(name)
    arn = rds.describe(name)["MasterUserSecret"]["SecretArn"]
    rds.delete(name)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client("secretsmanager", rds.cloud.endpoint).get_secret_value(SecretId=arn)


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "A restored copy has the source's password, and no secret",
    SECRETS,
)
def test_a_copy_has_no_secret(rds: Rds, managed: str, new_name: NewName) -> None:
    name = new_name()
    rds.restore(managed, name)
    assert "MasterUserSecret" not in rds.describe(name)
    rds.create_instance(name)
    rds.connect(name, password=password(rds, managed)).close()


@documented(
    "rds",
    "CreateDBCluster",
    "A password and its management are not asked for together, nor a key without the management",
    MODEL.format("CreateDBCluster"),
)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"MasterUserPassword": PASSWORD}, "InvalidParameterCombination"),
        ({"EngineMode": "serverless"}, "InvalidParameterCombination"),
        ({"MasterUserSecretKmsKeyId": "alias/nobody"}, "KMSKeyNotAccessibleFault"),
        (
            {
                "ManageMasterUserPassword": False,
                "MasterUserPassword": PASSWORD,
                "MasterUserSecretKmsKeyId": "alias/aws/secretsmanager",
            },
            "InvalidParameterCombination",
        ),
        ({"ManageMasterUserPassword": False}, "InvalidParameterValue"),
    ],
    ids=["both", "serverless v1", "lost key", "key alone", "neither"],
)
def test_a_secret_that_cannot_be(rds: Rds, change: dict[str, Any], code: str) -> None:
    """And no cluster is left in `creating` that never was."""
    before = rds.names()
    refused(
        code, rds.api.create_db_cluster, DBClusterIdentifier="unwanted", **{**MANAGED, **change}
    )
    assert before == rds.names()


@pytest.mark.usefixtures("managed")
def test_a_secrets_key_that_cannot_be_used_leaves_no_cluster(rds: Rds) -> None:
    """The books are written when nothing can be refused any more."""
    before = rds.names()
    refused(
        "KMSKeyNotAccessibleFault",
        rds.api.create_db_cluster,
        DBClusterIdentifier="unwanted",
        MasterUserSecretKmsKeyId="alias/nobody",
        **MANAGED,
    )
    assert before == rds.names()


@documented(
    "rds",
    "CreateDBCluster",
    "The secret is encrypted by the key that is named, told as its ARN",
    MODEL.format("CreateDBCluster"),
)
def test_the_secret_has_a_key_of_ones_own(rds: Rds, new_name: NewName) -> None:
    key = client("kms", rds.cloud.endpoint).create_key()["KeyMetadata"]
    name = new_name()
    rds.api.create_db_cluster(
        DBClusterIdentifier=name, MasterUserSecretKmsKeyId=key["KeyId"], **MANAGED
    )
    secret = rds.describe(name)["MasterUserSecret"]
    assert ("creating", key["Arn"]) == (secret["SecretStatus"], secret["KmsKeyId"])
    rds.wait_for_cluster(name)
    assert "active" == rds.describe(name)["MasterUserSecret"]["SecretStatus"]
    refused(
        "InvalidParameterCombination",
        rds.api.modify_db_cluster,
        DBClusterIdentifier=name,
        MasterUserSecretKmsKeyId="alias/aws/secretsmanager",
    )


@documented(
    "rds",
    "ModifyDBCluster",
    "While the password is rotated the secret's status is rotating",
    MODEL.format("MasterUserSecret"),
)
def test_a_rotation_shows(rds: Rds, managed: str) -> None:
    answer = rds.api.modify_db_cluster(
        DBClusterIdentifier=managed, RotateMasterUserPassword=True, ApplyImmediately=True
    )
    assert "rotating" == answer["DBCluster"]["MasterUserSecret"]["SecretStatus"]
    rds.wait("db_cluster_available", DBClusterIdentifier=managed)
    assert "active" == rds.describe(managed)["MasterUserSecret"]["SecretStatus"]


@documented(
    "secretsmanager",
    "DescribeSecret",
    "The secret is RDS's, says whose it is, and is rotated each week by no function",
    OWNED,
)
def test_the_secret_says_whose_it_is(rds: Rds, managed: str) -> None:
    """As https://github.com/floci-io/floci/pull/2378 saw it on AWS."""
    described = rds.describe(managed)
    secret = client("secretsmanager", rds.cloud.endpoint).describe_secret(
        SecretId=described["MasterUserSecret"]["SecretArn"]
    )
    assert "rds" == secret["OwningService"]
    assert secret["RotationEnabled"]
    assert {"AutomaticallyAfterDays": 7} == secret["RotationRules"]
    assert "RotationLambdaARN" not in secret
    tags = {one["Key"]: one["Value"] for one in secret["Tags"]}
    assert described["DBClusterArn"] == tags["aws:rds:primaryDBClusterArn"]
    assert "rds" == tags["aws:secretsmanager:owningService"]


@documented(
    "secretsmanager",
    "DeleteSecret",
    "A secret that another service manages is changed and deleted through that service alone",
    OWNED,
)
def test_the_secret_is_changed_by_rds_alone(rds: Rds, managed: str) -> None:
    secrets = client("secretsmanager", rds.cloud.endpoint)
    arn = rds.describe(managed)["MasterUserSecret"]["SecretArn"]
    before = password(rds, managed)
    for change, arguments in (
        (secrets.delete_secret, {"ForceDeleteWithoutRecovery": True}),
        (secrets.put_secret_value, {"SecretString": "mine"}),
        (secrets.update_secret, {"SecretString": "mine"}),
        (secrets.tag_resource, {"Tags": [{"Key": "team", "Value": "core"}]}),
        (secrets.untag_resource, {"TagKeys": ["aws:rds:primaryDBClusterArn"]}),
        (secrets.update_secret_version_stage, {"VersionStage": "AWSCURRENT"}),
    ):
        refused("InvalidRequestException", change, SecretId=arn, **arguments)
    assert before == password(rds, managed)
