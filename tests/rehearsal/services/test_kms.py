"""KMS: what a key's state allows."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import client, refused

API = "https://docs.aws.amazon.com/kms/latest/APIReference/API_{}.html"
STATES = "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html"


@pytest.fixture(scope="module")
def kms(cloud: RehearsalCloud) -> Any:
    return client("kms", cloud.endpoint)


@pytest.fixture
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["KeyId"])


def state(kms: Any, key: str) -> tuple[str, bool]:
    found = kms.describe_key(KeyId=key)["KeyMetadata"]
    return found["KeyState"], found["Enabled"]


def unusable(kms: Any, key: str, code: str, sealed: bytes) -> None:
    """What needs a key that is enabled is refused."""
    refused(code, kms.encrypt, KeyId=key, Plaintext=b"x")
    refused(code, kms.decrypt, CiphertextBlob=sealed)
    refused(code, kms.generate_data_key, KeyId=key, KeySpec="AES_256")
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    refused(code, kms.re_encrypt, CiphertextBlob=sealed, DestinationKeyId=other)
    theirs = kms.encrypt(KeyId=other, Plaintext=b"x")["CiphertextBlob"]
    refused(code, kms.re_encrypt, CiphertextBlob=theirs, DestinationKeyId=key)
    grantee = "arn:aws:iam::123456789012:role/tests"
    grant = {"GranteePrincipal": grantee, "Operations": ["Decrypt"]}
    refused(code, kms.create_grant, KeyId=key, **grant)


@documented("kms", "DisableKey", "A disabled key neither encrypts nor decrypts", STATES)
@documented("kms", "EnableKey", "A key that is enabled again decrypts what it encrypted", STATES)
def test_a_disabled_key(kms: Any, key: str) -> None:
    """moto's does everything."""
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    assert ("Disabled", False) == state(kms, key)
    unusable(kms, key, "DisabledException", sealed)
    kms.enable_key(KeyId=key)
    assert ("Enabled", True) == state(kms, key)
    assert b"x" == kms.decrypt(CiphertextBlob=sealed)["Plaintext"]


@documented(
    "kms",
    "ScheduleKeyDeletion",
    "A key that is to be deleted is pending deletion, and neither encrypts nor decrypts",
    API.format("ScheduleKeyDeletion"),
)
def test_a_key_that_is_to_be_deleted(kms: Any, key: str) -> None:
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert ("PendingDeletion", False) == state(kms, key)
    assert "DeletionDate" in kms.describe_key(KeyId=key)["KeyMetadata"]
    unusable(kms, key, "KMSInvalidStateException", sealed)


@documented(
    "kms",
    "EnableKey",
    "A key that is pending deletion is neither enabled, disabled nor scheduled again",
    STATES,
)
def test_a_key_that_is_pending_deletion_stays_so(kms: Any, key: str) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    invalid = "KMSInvalidStateException"
    for act in (kms.enable_key, kms.disable_key, kms.schedule_key_deletion):
        refused(invalid, act, KeyId=key)
    alias = {"AliasName": f"alias/{uuid.uuid4()}", "TargetKeyId": key}
    refused(invalid, kms.create_alias, **alias)
    assert ("PendingDeletion", False) == state(kms, key)


@documented(
    "kms",
    "CancelKeyDeletion",
    "A key whose deletion was cancelled is disabled, until it is enabled",
    API.format("CancelKeyDeletion"),
)
def test_a_deletion_that_is_cancelled(kms: Any, key: str) -> None:
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    kms.cancel_key_deletion(KeyId=key)
    assert ("Disabled", False) == state(kms, key)
    kms.enable_key(KeyId=key)
    assert b"x" == kms.decrypt(CiphertextBlob=sealed)["Plaintext"]


@documented(
    "kms",
    "CancelKeyDeletion",
    "Nothing is cancelled where nothing is scheduled",
    API.format("CancelKeyDeletion"),
)
def test_no_deletion_to_cancel(kms: Any, key: str) -> None:
    """moto disables the key for that."""
    refused("KMSInvalidStateException", kms.cancel_key_deletion, KeyId=key)
    assert ("Enabled", True) == state(kms, key)


@pytest.mark.parametrize("days", [6, 31])
@documented(
    "kms",
    "ScheduleKeyDeletion",
    "The window of a deletion is 7 to 30 days",
    API.format("ScheduleKeyDeletion"),
)
def test_a_window_that_is_none(kms: Any, key: str, days: int) -> None:
    schedule = kms.schedule_key_deletion
    refused("ValidationException", schedule, KeyId=key, PendingWindowInDays=days)
    assert ("Enabled", True) == state(kms, key)


@documented(
    "kms",
    "DisableKey",
    "A key is named by its ID or its ARN",
    API.format("DisableKey"),
)
def test_a_key_is_named_by_its_arn(kms: Any, key: str) -> None:
    """moto fails."""
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=arn)
    assert ("Disabled", False) == state(kms, arn)
    kms.enable_key(KeyId=arn)
    kms.schedule_key_deletion(KeyId=arn)
    kms.cancel_key_deletion(KeyId=arn)


@documented("kms", "DescribeKey", "A key that is not there is NotFoundException", STATES)
def test_a_key_that_is_not_there(kms: Any) -> None:
    gone = str(uuid.uuid4())
    refused("NotFoundException", kms.describe_key, KeyId=gone)
    refused("NotFoundException", kms.encrypt, KeyId=gone, Plaintext=b"x")
    refused("NotFoundException", kms.disable_key, KeyId=gone)
