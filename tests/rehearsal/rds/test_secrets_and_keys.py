"""The master user's password in a secret that RDS manages, and the keys of encrypted storage."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import ENGINE, MASTER, PASSWORD, Rds, client, refused, wait_until

NewName = Callable[[], str]
SECRETS = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html"
KEYS = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html"
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


@pytest.fixture
def kms(rds: Rds) -> Any:
    return client("kms", rds.cloud.endpoint)


@documented(
    "rds",
    "CreateDBCluster",
    "Without a key said, encrypted storage has AWS's own, described as an ARN",
    KEYS,
)
def test_the_default_key_is_awss_own(rds: Rds, kms: Any, new_name: NewName) -> None:
    name = new_name()
    rds.create(name, StorageEncrypted=True)
    key = kms.describe_key(KeyId="alias/aws/rds")["KeyMetadata"]["Arn"]
    assert key == rds.describe(name)["KmsKeyId"]


@documented(
    "rds",
    "CreateDBCluster",
    "A key that does not exist, or is disabled, is not accessible",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html",
)
def test_a_key_that_cannot_be_used(rds: Rds, kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]
    kms.disable_key(KeyId=key["KeyId"])
    before = rds.names()
    for one in ("alias/nobody", "1234", "arn:aws:kms:us-east-1:123456789012:key/x", key["Arn"]):
        refused(
            "KMSKeyNotAccessibleFault",
            rds.api.create_db_cluster,
            DBClusterIdentifier="unwanted",
            Engine=ENGINE,
            MasterUsername=MASTER,
            MasterUserPassword=PASSWORD,
            StorageEncrypted=True,
            KmsKeyId=one,
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
    "StartDBCluster",
    "Without its key a cluster is inaccessible, until the key is back and the cluster is started",
    KEYS,
)
def test_a_cluster_that_lost_its_key(rds: Rds, kms: Any, new_name: NewName) -> None:
    name = new_name()
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/of-tests", TargetKeyId=key["KeyId"])
    rds.create(name, StorageEncrypted=True, KmsKeyId="alias/of-tests")
    assert key["Arn"] == rds.describe(name)["KmsKeyId"]
    rds.create_instance(name)
    kms.disable_key(KeyId=key["KeyId"])
    lost = "inaccessible-encryption-credentials-recoverable"
    wait_until(lambda: rds.describe(name)["Status"] == lost)
    wait_until(lambda: not rds.cloud.control.cluster("us-east-1", name).listening)
    refused("KMSKeyNotAccessibleFault", rds.api.start_db_cluster, DBClusterIdentifier=name)

    kms.enable_key(KeyId=key["KeyId"])
    rds.api.start_db_cluster(DBClusterIdentifier=name)
    rds.wait("db_cluster_available", DBClusterIdentifier=name)
    rds.connect(name).close()
    kms.delete_alias(AliasName="alias/of-tests")


@documented(
    "rds",
    "ModifyDBClusterSnapshotAttribute",
    "A snapshot under AWS's own key is not shared, and an encrypted one never public",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-share-snapshot.html",
)
def test_an_encrypted_snapshot_is_shared_with_a_key_of_ones_own(
    rds: Rds, kms: Any, new_name: NewName
) -> None:
    name = new_name()
    rds.create(name, StorageEncrypted=True)
    rds.api.create_db_cluster_snapshot(
        DBClusterIdentifier=name, DBClusterSnapshotIdentifier="under-awss-key"
    )
    rds.wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier="under-awss-key")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    rds.api.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier="under-awss-key",
        TargetDBClusterSnapshotIdentifier="under-our-key",
        KmsKeyId=key,
    )
    rds.wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier="under-our-key")
    share = rds.api.modify_db_cluster_snapshot_attribute
    for snapshot, account in (("under-awss-key", "222222222222"), ("under-our-key", "all")):
        refused(
            "InvalidParameterValue",
            share,
            DBClusterSnapshotIdentifier=snapshot,
            AttributeName="restore",
            ValuesToAdd=[account],
        )
    share(
        DBClusterSnapshotIdentifier="under-our-key",
        AttributeName="restore",
        ValuesToAdd=["222222222222"],
    )
    for snapshot in ("under-awss-key", "under-our-key"):
        rds.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=snapshot)
