"""Logins in Secrets Manager: read without showing a password."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from moto import mock_aws

from fixtures.aws.errors import ReadTheSecret
from fixtures.aws.logins import read_login
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


def test_a_login_without_port_and_with_a_database_is_read(secrets: Client) -> None:
    """Cumulus names the database, and no port where it is PostgreSQL's own."""
    content = {key: value for key, value in CONTENT.items() if key != "port"}
    secrets.put_secret_value(
        SecretId="login", SecretString=json.dumps({**content, "database": "core"})
    )

    login = read_login(secrets, "login")

    assert ("old.example:5432", "core") == (login.where, login.database)


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
