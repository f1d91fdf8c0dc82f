"""Secrets Manager: staging labels, deletion, and rotation of RDS's own secrets."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import ENGINE, MASTER, Rds, client, refused

API = "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_{}.html"
NewName = Callable[[], str]


@pytest.fixture(scope="module")
def api(cloud: RehearsalCloud) -> Any:
    return client("secretsmanager", cloud.endpoint)


@pytest.fixture
def secret(api: Any) -> str:
    """A secret with the value `first`."""
    name = f"tests/{uuid.uuid4()}"
    api.create_secret(Name=name, SecretString="first")
    return name


def stages(api: Any, secret: str) -> dict[str, str]:
    """Which value has which label."""
    found = {}
    for version, labels in api.describe_secret(SecretId=secret)["VersionIdsToStages"].items():
        value = api.get_secret_value(SecretId=secret, VersionId=version)["SecretString"]
        found |= dict.fromkeys(labels, value)
    return found


@documented(
    "secretsmanager",
    "PutSecretValue",
    "A new value is AWSCURRENT, and the one before it AWSPREVIOUS",
    API.format("PutSecretValue"),
)
def test_a_new_value_is_the_current_one(api: Any, secret: str) -> None:
    for value in ("second", "third"):
        api.put_secret_value(SecretId=secret, SecretString=value)
    assert {"AWSCURRENT": "third", "AWSPREVIOUS": "second"} == stages(api, secret)
    assert "third" == api.get_secret_value(SecretId=secret)["SecretString"]


@documented(
    "secretsmanager",
    "GetSecretValue",
    "Without a version or label the value is what AWSCURRENT is on, also after it was moved",
    API.format("GetSecretValue"),
)
@documented(
    "secretsmanager",
    "UpdateSecretVersionStage",
    "AWSCURRENT moves to another version, and AWSPREVIOUS to where it was",
    API.format("UpdateSecretVersionStage"),
)
def test_the_current_label_is_moved_back(api: Any, secret: str) -> None:
    """moto goes on answering with the value that was put last."""
    first = api.get_secret_value(SecretId=secret)["VersionId"]
    second = api.put_secret_value(SecretId=secret, SecretString="second")["VersionId"]
    api.update_secret_version_stage(
        SecretId=secret,
        VersionStage="AWSCURRENT",
        MoveToVersionId=first,
        RemoveFromVersionId=second,
    )
    assert "first" == api.get_secret_value(SecretId=secret)["SecretString"]
    assert {"AWSCURRENT": "first", "AWSPREVIOUS": "second"} == stages(api, secret)


@documented(
    "secretsmanager",
    "UpdateSecretVersionStage",
    "A label that is attached elsewhere is moved only when that version is named",
    API.format("UpdateSecretVersionStage"),
)
def test_a_label_that_is_attached_elsewhere(api: Any, secret: str) -> None:
    first = api.get_secret_value(SecretId=secret)["VersionId"]
    api.put_secret_value(SecretId=secret, SecretString="second")
    move = api.update_secret_version_stage
    label = {"SecretId": secret, "VersionStage": "AWSCURRENT"}
    refused("InvalidParameterException", move, **label, MoveToVersionId=first)
    refused(
        "InvalidParameterException",
        move,
        **label,
        MoveToVersionId=first,
        RemoveFromVersionId=first,
    )
    refused(
        "ResourceNotFoundException",
        move,
        **label,
        MoveToVersionId=str(uuid.uuid4()),
    )
    assert "second" == api.get_secret_value(SecretId=secret)["SecretString"]


@documented(
    "secretsmanager",
    "UpdateSecretVersionStage",
    "AWSCURRENT cannot be taken away, only moved",
    API.format("UpdateSecretVersionStage"),
)
def test_the_current_label_stays_on_something(api: Any, secret: str) -> None:
    refused(
        "InvalidParameterException",
        api.update_secret_version_stage,
        SecretId=secret,
        VersionStage="AWSCURRENT",
        RemoveFromVersionId=api.get_secret_value(SecretId=secret)["VersionId"],
    )


@documented(
    "secretsmanager",
    "PutSecretValue",
    "The same token with the same value is answered again, with another it is refused",
    API.format("PutSecretValue"),
)
def test_a_token_is_used_once(api: Any, secret: str) -> None:
    token = str(uuid.uuid4())
    put = api.put_secret_value
    for _ in range(2):
        put(SecretId=secret, SecretString="second", ClientRequestToken=token)
    refused(
        "ResourceExistsException",
        put,
        SecretId=secret,
        SecretString="third",
        ClientRequestToken=token,
    )
    assert {"AWSCURRENT": "second", "AWSPREVIOUS": "first"} == stages(api, secret)


@documented(
    "secretsmanager",
    "ListSecretVersionIds",
    "Versions without a label are listed only when asked for",
    API.format("ListSecretVersionIds"),
)
def test_versions_are_listed(api: Any, secret: str) -> None:
    for value in ("second", "third"):
        api.put_secret_value(SecretId=secret, SecretString=value)
    assert 2 == len(api.list_secret_version_ids(SecretId=secret)["Versions"])
    everything = api.list_secret_version_ids(SecretId=secret, IncludeDeprecated=True)
    assert 3 == len(everything["Versions"])


@documented(
    "secretsmanager",
    "DeleteSecret",
    "A secret scheduled for deletion is neither read nor changed, until it is restored",
    API.format("DeleteSecret"),
)
def test_a_secret_scheduled_for_deletion(api: Any, secret: str) -> None:
    api.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    refused("InvalidRequestException", api.get_secret_value, SecretId=secret)
    refused("InvalidRequestException", api.put_secret_value, SecretId=secret, SecretString="second")
    refused("InvalidRequestException", api.create_secret, Name=secret, SecretString="again")
    assert "DeletedDate" in api.describe_secret(SecretId=secret)
    api.restore_secret(SecretId=secret)
    assert "first" == api.get_secret_value(SecretId=secret)["SecretString"]


@documented(
    "secretsmanager",
    "UpdateSecret",
    "An updated value is the current one, also after the label was moved",
    API.format("UpdateSecret"),
)
def test_an_updated_value_is_the_current_one(api: Any, secret: str) -> None:
    api.update_secret(SecretId=secret, SecretString="second")
    assert {"AWSCURRENT": "second", "AWSPREVIOUS": "first"} == stages(api, secret)


@documented(
    "secretsmanager",
    "RotateSecret",
    "Without a function nothing rotates a secret, and nothing says it did",
    API.format("RotateSecret"),
)
def test_nothing_rotates_a_secret_of_ones_own(api: Any, secret: str) -> None:
    refused("InvalidRequestException", api.rotate_secret, SecretId=secret)
    assert {"AWSCURRENT": "first"} == stages(api, secret)


@documented(
    "secretsmanager",
    "RotateSecret",
    "A secret that RDS manages is rotated by RDS: the new password logs in",
    "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html",
)
def test_rds_rotates_its_own_secret(api: Any, rds: Rds, new_name: NewName) -> None:
    name = new_name()
    rds.api.create_db_cluster(
        DBClusterIdentifier=name,
        Engine=ENGINE,
        MasterUsername=MASTER,
        DatabaseName="core",
        ManageMasterUserPassword=True,
    )
    rds.wait_for_cluster(name)
    rds.create_instance(name)
    arn = rds.describe(name)["MasterUserSecret"]["SecretArn"]

    def password() -> str:
        content = json.loads(api.get_secret_value(SecretId=arn)["SecretString"])
        return str(content["password"])

    before = password()
    api.rotate_secret(SecretId=arn)
    rds.wait("db_cluster_available", DBClusterIdentifier=name)
    assert before != password()
    rds.connect(name, password=password()).close()
