"""The KMS keys of encrypted storage: which can be used, and what happens without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import ENGINE, MASTER, PASSWORD, Rds, client, refused, wait_until
from tests.rehearsal.rds.groups import API, instance

NewName = Callable[[], str]
KEYS = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html"
LOST = "inaccessible-encryption-credentials-recoverable"


def id_of(arn: str) -> str:
    """moto changes a key by its id alone."""
    return arn.rpartition("/")[2]


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
    "A key that does not exist, is disabled, or pending deletion is not accessible",
    "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html",
)
def test_a_key_that_cannot_be_used(rds: Rds, kms: Any) -> None:
    disabled, going = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    kms.disable_key(KeyId=id_of(disabled))
    kms.schedule_key_deletion(KeyId=id_of(going), PendingWindowInDays=7)
    before = rds.names()
    for one in (
        "alias/nobody",
        "1234",
        "arn:aws:kms:us-east-1:123456789012:key/x",
        disabled,
        going,
    ):
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
    wait_until(lambda: rds.describe(name)["Status"] == LOST)
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


@documented(
    "rds",
    "CreateDBCluster",
    "A key is named by its id, ARN, alias or the alias's ARN, and described as the key's ARN",
    API.format("CreateDBCluster"),
)
def test_a_key_has_four_names(rds: Rds, kms: Any, new_name: NewName) -> None:
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/four-names", TargetKeyId=key["KeyId"])
    aliased = key["Arn"].replace(f"key/{key['KeyId']}", "alias/four-names")
    for one in (key["KeyId"], key["Arn"], "alias/four-names", aliased):
        answer = rds.api.create_db_cluster(
            DBClusterIdentifier=new_name(),
            Engine=ENGINE,
            MasterUsername=MASTER,
            MasterUserPassword=PASSWORD,
            StorageEncrypted=True,
            KmsKeyId=one,
        )
        assert key["Arn"] == answer["DBCluster"]["KmsKeyId"]
    kms.delete_alias(AliasName="alias/four-names")


@documented(
    "rds",
    "CreateDBCluster",
    "A key is for encrypted storage only",
    API.format("CreateDBCluster"),
)
def test_a_key_without_encryption(rds: Rds, kms: Any) -> None:
    refused(
        "InvalidParameterCombination",
        rds.api.create_db_cluster,
        DBClusterIdentifier="unwanted",
        Engine=ENGINE,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
        KmsKeyId=kms.create_key()["KeyMetadata"]["Arn"],
    )


@pytest.fixture(scope="module")
def encrypted(rds: Rds) -> Iterator[str]:
    """An encrypted cluster with a snapshot `of-the-encrypted`, and no instance."""
    rds.create("encrypted", StorageEncrypted=True)
    rds.api.create_db_cluster_snapshot(
        DBClusterIdentifier="encrypted", DBClusterSnapshotIdentifier="of-the-encrypted"
    )
    rds.wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier="of-the-encrypted")
    yield "encrypted"
    rds.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="of-the-encrypted")
    rds.delete("encrypted")


@documented(
    "rds",
    "RestoreDBClusterToPointInTime",
    "A restore is refused when its key cannot be used",
    API.format("RestoreDBClusterToPointInTime"),
)
def test_a_restore_with_a_key_that_cannot_be_used(rds: Rds, kms: Any, encrypted: str) -> None:
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=id_of(key))
    refused(
        "KMSKeyNotAccessibleFault",
        rds.api.restore_db_cluster_to_point_in_time,
        SourceDBClusterIdentifier=encrypted,
        DBClusterIdentifier="unwanted",
        UseLatestRestorableTime=True,
        KmsKeyId=key,
    )
    assert "unwanted" not in rds.names()


@documented(
    "rds",
    "RestoreDBClusterFromSnapshot",
    "A restore from a snapshot is refused when its key cannot be used",
    API.format("RestoreDBClusterFromSnapshot"),
)
@pytest.mark.usefixtures("encrypted")
def test_a_snapshot_with_a_key_that_cannot_be_used(rds: Rds, kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=id_of(key))
    refused(
        "KMSKeyNotAccessibleFault",
        rds.api.restore_db_cluster_from_snapshot,
        DBClusterIdentifier="unwanted",
        SnapshotIdentifier="of-the-encrypted",
        Engine=ENGINE,
        KmsKeyId=key,
    )
    assert "unwanted" not in rds.names()


@documented(
    "rds",
    "CopyDBClusterSnapshot",
    "A copy is refused when its key cannot be used",
    API.format("CopyDBClusterSnapshot"),
)
@pytest.mark.usefixtures("encrypted")
def test_a_copy_with_a_key_that_cannot_be_used(rds: Rds, kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=id_of(key))
    refused(
        "KMSKeyNotAccessibleFault",
        rds.api.copy_db_cluster_snapshot,
        SourceDBClusterSnapshotIdentifier="of-the-encrypted",
        TargetDBClusterSnapshotIdentifier="unwanted",
        KmsKeyId=key,
    )


@documented(
    "rds",
    "RestoreDBClusterFromSnapshot",
    "The snapshot's own key has to be there, also when the request names none",
    KEYS,
)
def test_a_snapshot_whose_key_is_lost(rds: Rds, kms: Any, new_name: NewName) -> None:
    name, key = new_name(), kms.create_key()["KeyMetadata"]["Arn"]
    rds.create(name, StorageEncrypted=True, KmsKeyId=key)
    rds.api.create_db_cluster_snapshot(
        DBClusterIdentifier=name, DBClusterSnapshotIdentifier="of-the-lost"
    )
    rds.wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier="of-the-lost")
    kms.disable_key(KeyId=id_of(key))
    restore = {"DBClusterIdentifier": "unwanted", "SnapshotIdentifier": "of-the-lost"}
    refused(
        "KMSKeyNotAccessibleFault",
        rds.api.restore_db_cluster_from_snapshot,
        Engine=ENGINE,
        **restore,
    )
    refused(
        "KMSKeyNotAccessibleFault",
        rds.api.copy_db_cluster_snapshot,
        SourceDBClusterSnapshotIdentifier="of-the-lost",
        TargetDBClusterSnapshotIdentifier="unwanted",
    )
    kms.enable_key(KeyId=id_of(key))
    rds.api.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="of-the-lost")


@documented(
    "rds",
    "StartDBInstance",
    "A single instance without its key is inaccessible, until the key is back and it is started",
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html",
)
def test_an_instance_that_lost_its_key(rds: Rds, kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["Arn"]
    rds.api.create_db_instance(
        DBInstanceIdentifier="locked",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
        StorageEncrypted=True,
        KmsKeyId=key,
    )
    rds.wait("db_instance_available", DBInstanceIdentifier="locked")
    kms.disable_key(KeyId=id_of(key))
    wait_until(lambda: instance(rds, "locked")["DBInstanceStatus"] == LOST)
    refused("KMSKeyNotAccessibleFault", rds.api.start_db_instance, DBInstanceIdentifier="locked")
    kms.enable_key(KeyId=id_of(key))
    rds.api.start_db_instance(DBInstanceIdentifier="locked")
    rds.wait("db_instance_available", DBInstanceIdentifier="locked")
    rds.api.delete_db_instance(DBInstanceIdentifier="locked", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier="locked")


def test_a_cluster_that_lost_its_key_can_be_deleted(rds: Rds, kms: Any, new_name: NewName) -> None:
    """Else its server and its files would stay for as long as the cloud."""
    name, key = new_name(), kms.create_key()["KeyMetadata"]["Arn"]
    rds.create(name, StorageEncrypted=True, KmsKeyId=key)
    rds.create_instance(name)
    kms.schedule_key_deletion(KeyId=id_of(key), PendingWindowInDays=7)
    wait_until(lambda: rds.describe(name)["Status"] == LOST)
    rds.delete(name)
    assert name not in rds.names()
