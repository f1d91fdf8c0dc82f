"""A rehearsal's clients come from their description alone, and reach this machine alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError
from moto.moto_server.werkzeug_app import create_backend_app
from moto.server import ThreadedMotoServer

from fixtures.aws.errors import UseLoopback
from fixtures.aws.session import Access, RehearsalSession, check_loopback


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def moto_is_ready() -> None:
    """moto makes its backends when they are first asked, and reads the surroundings for that."""
    create_backend_app("rds")


@pytest.fixture
def hostile_surroundings(
    moto_is_ready: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Everything that takes boto3 elsewhere: credentials, profile, files, endpoints, proxies."""
    config = tmp_path / "config"
    config.write_text("[default]\nregion = eu-central-1\nendpoint_url = http://192.0.2.1\n")
    credentials = tmp_path / "credentials"
    credentials.write_text("[default]\naws_access_key_id = REAL\naws_secret_access_key = REAL\n")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "REAL",
        "AWS_SECRET_ACCESS_KEY": "REAL",
        "AWS_SESSION_TOKEN": "REAL",
        "AWS_PROFILE": "production",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": "http://192.0.2.1",
        "AWS_ENDPOINT_URL_RDS": "http://192.0.2.1",
        "AWS_CA_BUNDLE": str(tmp_path / "none"),
        "AWS_MAX_ATTEMPTS": "nonsense",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "HTTP_PROXY": "http://192.0.2.1:3128",
        "http_proxy": "http://192.0.2.1:3128",
        "NO_PROXY": "",
        "no_proxy": "",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("hostile_surroundings")
def test_boto3_by_itself_follows_the_surroundings() -> None:
    """The control: without our session these variables decide."""
    with pytest.raises((BotoCoreError, ValueError)):
        boto3.session.Session().client("rds")


@pytest.mark.usefixtures("hostile_surroundings")
def test_a_rehearsal_s_client_takes_nothing_from_the_surroundings(endpoint: str) -> None:
    client = RehearsalSession(endpoint).client("rds")
    sent: list[Any] = []
    client.meta.events.register("before-send.rds", lambda request, **_: sent.append(request))
    assert client.describe_db_clusters()["DBClusters"] == []
    assert client.meta.region_name == "us-east-1"
    assert [request.url for request in sent] == [endpoint + "/"]
    authorization = sent[0].headers["Authorization"]
    assert b"Credential=rehearsal/" in authorization
    assert b"us-east-1" in authorization
    assert "X-Amz-Security-Token" not in sent[0].headers


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:5000",
        "http://127.1.2.3:1",
        "http://[::1]:5000",
        "https://127.0.0.1",
    ],
)
def test_a_loopback_address_is_taken(url: str) -> None:
    check_loopback(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://rds.us-east-1.amazonaws.com",
        "http://localhost:5000",
        "http://127.0.0.1@192.0.2.1:5000",
        "http://127.0.0.1.example.org",
        "http://192.0.2.1:5000",
        "http://0.0.0.0:5000",
        "http://10.0.0.1",
        "127.0.0.1:5000",
        "ftp://127.0.0.1",
        "",
    ],
)
def test_any_other_endpoint_is_refused(url: str) -> None:
    with pytest.raises(UseLoopback, match=r"http://127\.0\.0\.1:PORT"):
        RehearsalSession(url)


def test_a_refusal_does_not_repeat_a_password_in_the_url() -> None:
    with pytest.raises(UseLoopback) as refused:
        check_loopback("http://admin:hunter2@example.org")
    assert "hunter2" not in str(refused.value)


def test_a_request_that_would_leave_this_machine_is_stopped_before_it_is_sent() -> None:
    """Services make hosts of their own; the endpoint that was checked is not always asked."""
    client = RehearsalSession("http://127.0.0.1:1").client("rds")
    client.meta.events.register(
        "request-created", lambda request, **_: setattr(request, "url", "http://192.0.2.1/")
    )
    with pytest.raises(UseLoopback, match=r"192\.0\.2\.1"):
        client.describe_db_clusters()


def test_no_repr_shows_a_credential() -> None:
    access = Access("us-east-1", None, "AKIDEXAMPLE", "hunter2", "token-value")
    for secret in ("AKIDEXAMPLE", "hunter2", "token-value"):
        assert secret not in repr(access)


def test_clients_do_not_wait_for_ever() -> None:
    config = RehearsalSession("http://127.0.0.1:1").client("rds").meta.config
    assert config.connect_timeout <= 5
    assert config.read_timeout <= 30
    assert config.retries == {"mode": "standard", "total_max_attempts": 4}
