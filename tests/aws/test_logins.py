"""Logins in Secrets Manager: read without showing a password, moved without losing a key."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from moto import mock_aws

from fixtures.aws.errors import ReadTheSecret
from fixtures.aws.logins import move_login, read_login
from fixtures.aws.session import Client
from tests.aws.fix_aws import ACCESS

PASSWORD = "canary-of-a-login"
CONTENT = {
    "username": "app",
    "password": PASSWORD,
    "engine": "postgres",
    "host": "old.example",
    "port": "5432",
    "dbClusterIdentifier": "core-prod",
    "of the application's own": [1],
}


@pytest.fixture
def secrets() -> Iterator[Client]:
    with mock_aws():
        client = ACCESS.client("secretsmanager")
        client.create_secret(Name="login", SecretString=json.dumps(CONTENT))
        yield client


def test_a_login_is_read(secrets: Client) -> None:
    login = read_login(secrets, "login")

    assert ("app", "old.example", 5432, PASSWORD) == (
        login.user,
        login.host,
        login.port,
        login.password,
    )
    assert PASSWORD not in repr(login)


def test_moving_changes_where_and_nothing_else(secrets: Client) -> None:
    """R47: host, port and cluster; the version before is the way back."""
    moved = move_login(secrets, "login", host="new.example", port=5433, cluster="core-copy")

    assert {**CONTENT, "host": "new.example", "port": 5433, "dbClusterIdentifier": "core-copy"} == (
        moved.content
    )
    before = secrets.get_secret_value(SecretId="login", VersionStage="AWSPREVIOUS")
    assert CONTENT == json.loads(before["SecretString"])


@pytest.mark.parametrize(
    "content",
    [
        "not JSON, " + PASSWORD,
        "[]",
        json.dumps({"password": PASSWORD}),
        '{"host": "x", "port": {}}',
    ],
)
def test_what_holds_no_login_is_refused_without_showing_it(secrets: Client, content: str) -> None:
    secrets.put_secret_value(SecretId="login", SecretString=content)

    with pytest.raises(ReadTheSecret, match="secret login holds no JSON") as refusal:
        read_login(secrets, "login")

    assert PASSWORD not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_one_that_is_missing_or_binary_is_refused(secrets: Client) -> None:
    secrets.create_secret(Name="bytes", SecretBinary=b"\x00")

    with pytest.raises(ReadTheSecret, match="ResourceNotFound"):
        read_login(secrets, "nobody")
    with pytest.raises(ReadTheSecret, match="it is binary"):
        read_login(secrets, "bytes")
