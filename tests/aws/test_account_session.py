"""DESIGN 6: the credentials of a drill are limited, renewed, and the account's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.utils import utcnow
from moto.server import ThreadedMotoServer

from fixtures.aws.account_session import AccountSession
from fixtures.aws.errors import (
    CheckTheConnection,
    CorrectTheAccount,
    CorrectTheRequest,
    GrantTheRight,
    GuardRefused,
    NameARole,
    RenewTheCredentials,
    SetTheClock,
    UseLoopback,
)
from fixtures.aws.limited import session_name

ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/restore-drill"
COPY = "core-prod-drill-run-1"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "rds:*"}]}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAOPERATOR", "AWS_SECRET_ACCESS_KEY": "canary-of-a-secret-key"}


class Sent:
    """What boto3 sends, whichever client: operation, parameters and the access key that signed."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], str]] = []

    def note(self, request: Any, **_: Any) -> None:
        body = {name: values[0] for name, values in parse_qs(_text(request.body)).items()}
        signed = _text(request.headers["Authorization"])
        key = signed.partition("Credential=")[2].partition("/")[0]
        self.calls.append((body.get("Action", ""), body, key))

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.calls]

    def of(self, name: str) -> list[dict[str, str]]:
        return [body for called, body, _ in self.calls if called == name]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sent]:
    """An account in moto, an operator's environment without files, and what is sent."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    sent = Sent()
    with mock_aws():
        for name, value in KEYS.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        # Each client has its own events; all are made by this one class.
        from botocore.endpoint import Endpoint

        original = Endpoint.prepare_request

        def prepare(self: Any, request: Any) -> Any:
            prepared = original(self, request)
            sent.note(prepared)
            return prepared

        monkeypatch.setattr(Endpoint, "prepare_request", prepare)
        yield sent


def opened(**changed: Any) -> AccountSession:
    asked: dict[str, Any] = {
        "account": ACCOUNT,
        "region": REGION,
        "mode": "drill",
        "run_id": "run-1",
        "role": ROLE,
        "policy": POLICY,
        "copy": COPY,
        "environ": {},
    }
    return AccountSession.open(**{**asked, **changed})


def test_a_drill_assumes_the_role_under_the_session_policy(aws: Sent) -> None:
    session = opened()

    assert ["GetCallerIdentity", "AssumeRole", "GetCallerIdentity"] == aws.names
    (asked,) = aws.of("AssumeRole")
    assert ROLE == asked["RoleArn"]
    assert "drill-run-1" == asked["RoleSessionName"]
    assert POLICY == json.loads(asked["Policy"])
    assert " " not in asked["Policy"]
    assert session.limited
    assert f"arn:aws:sts::{ACCOUNT}:assumed-role/restore-drill/drill-run-1" == (
        session.identity.arn
    )


def test_every_client_of_a_drill_signs_with_the_limited_keys(aws: Sent) -> None:
    session = opened()
    for service in ("rds", "sts"):
        client = session.client(service)
        call = client.describe_db_clusters if service == "rds" else client.get_caller_identity
        call()
        assert not aws.calls[-1][2].startswith("AKIAOPERATOR")
        assert client.meta.region_name == REGION


def test_an_iam_user_is_federated_under_the_policy(aws: Sent) -> None:
    session = opened(role=None)

    assert ["GetCallerIdentity", "GetFederationToken", "GetCallerIdentity"] == aws.names
    (asked,) = aws.of("GetFederationToken")
    assert POLICY == json.loads(asked["Policy"])
    assert "drill-run-1" == asked["Name"]
    assert session.limited
    assert "AKIAOPERATOR" != aws.calls[-1][2]


def test_credentials_that_cannot_be_limited_are_refused(
    aws: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = boto3.client("sts", region_name=REGION).assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/ci", RoleSessionName="job"
    )["Credentials"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", role["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", role["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", role["SessionToken"])
    aws.calls.clear()

    with pytest.raises(NameARole) as refused:
        opened(role=None)

    assert (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/job cannot be limited to a drill's rights: name "
        "a role of the account that it may assume in [source] role"
    ) == str(refused.value)
    assert ["GetCallerIdentity"] == aws.names


def test_a_user_s_temporary_keys_are_refused_too(
    aws: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STS federates nobody who comes with a session token."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-get-session-token")
    with pytest.raises(NameARole, match="/moto cannot be limited"):
        opened(role=None)


def test_a_drill_without_a_policy_and_a_recovery_with_one_are_mistakes_of_ours(aws: Sent) -> None:
    with pytest.raises(ValueError, match="it would be no drill"):
        opened(policy=None)
    with pytest.raises(ValueError, match="is not limited"):
        opened(mode="recovery")
    assert [] == aws.names


def test_a_recovery_is_the_caller_itself_or_the_role_unrestricted(aws: Sent) -> None:
    session = opened(mode="recovery", role=None, policy=None)
    session.client("rds").describe_db_clusters()
    assert "AKIAOPERATOR" == aws.calls[-1][2]
    assert not session.limited

    opened(mode="recovery", policy=None)
    assert "Policy" not in aws.of("AssumeRole")[0]


def test_a_bundle_of_authorities_that_is_not_there_is_named(aws: Sent) -> None:
    with pytest.raises(CheckTheConnection, match="AWS_CA_BUNDLE names /none, which is no file"):
        opened(environ={"AWS_CA_BUNDLE": "/none"})
    assert [] == aws.names


def test_another_account_is_refused_before_anything_else_is_asked(aws: Sent) -> None:
    with pytest.raises(CorrectTheAccount, match="account is 999999999999 and the credentials are"):
        opened(account="999999999999", role=None)
    assert ["GetCallerIdentity"] == aws.names


def test_a_role_of_another_account_is_refused_before_it_is_assumed(aws: Sent) -> None:
    with pytest.raises(CorrectTheAccount, match=r"role/x is not of \[source\] account 1234"):
        opened(role="arn:aws:iam::999999999999:role/x")
    assert [] == aws.names


def test_a_caller_of_another_account_is_let_in_by_the_role(aws: Sent) -> None:
    """A CI account that assumes a role in each account it drills."""
    session = opened(account="999999999999", role="arn:aws:iam::999999999999:role/x")
    assert session.identity.account == "999999999999"


def test_without_credentials_the_remedy_is_said(aws: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.delenv(name)
    with pytest.raises(RenewTheCredentials) as refused:
        opened()
    assert (
        "there are no AWS credentials: log in (aws sso login), set AWS_PROFILE, or run where a "
        "role is"
    ) == str(refused.value)


def test_a_profile_that_is_not_there_is_named(aws: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(RenewTheCredentials, match=r"profile \(nobody\) could not be found"):
        opened()


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("AccessDenied", GrantTheRight),
        ("ExpiredToken", RenewTheCredentials),
        ("PackedPolicyTooLarge", CorrectTheRequest),
    ],
)
def test_a_role_that_cannot_be_assumed_is_refused_by_name(
    aws: Sent, monkeypatch: pytest.MonkeyPatch, code: str, family: type[Exception]
) -> None:
    def refuse(self: Any, **_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "AssumeRole")

    monkeypatch.setattr("moto.sts.models.STSBackend.assume_role", refuse)
    with pytest.raises(family) as refused:
        opened()
    assert f"to assume the role {ROLE} ([source] role)" in str(refused.value)


def moved(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """STS's clock from now on: what it gives ends that much earlier or later."""

    def shifted() -> datetime:
        return utcnow() + by

    monkeypatch.setattr("moto.sts.models.utcnow", shifted)


@pytest.mark.parametrize("role", [ROLE, None], ids=["role", "user"])
def test_credentials_that_end_in_the_middle_are_renewed(
    aws: Sent, monkeypatch: pytest.MonkeyPatch, role: str | None
) -> None:
    asked = "AssumeRole" if role else "GetFederationToken"
    moved(monkeypatch, timedelta(minutes=-50))  # they have ten minutes left: it is time
    session = opened(role=role)
    client = session.client("rds")
    client.describe_db_clusters()
    before = len(aws.of(asked))
    client.describe_db_clusters()
    assert before + 1 == len(aws.of(asked))

    moved(monkeypatch, timedelta(0))
    client.describe_db_clusters()
    renewed = len(aws.of(asked))
    assert before + 2 == renewed
    client.describe_db_clusters()
    assert renewed == len(aws.of(asked))
    assert 1 == len({json.dumps(one, sort_keys=True) for one in aws.of(asked)})


def test_what_can_be_renewed_no_longer_says_so_in_the_middle(
    aws: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved(monkeypatch, timedelta(minutes=-55))
    session = opened()

    def refuse(self: Any, **_: Any) -> None:
        raise ClientError({"Error": {"Code": "ExpiredToken", "Message": "it is"}}, "AssumeRole")

    monkeypatch.setattr("moto.sts.models.STSBackend.assume_role", refuse)
    with pytest.raises(RenewTheCredentials, match="have expired to assume the role"):
        session.client("rds").describe_db_clusters()


def test_a_clock_far_ahead_is_said(aws: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    moved(monkeypatch, timedelta(hours=-2))
    with pytest.raises(SetTheClock, match="this machine's clock calls expired: set the clock"):
        opened()


def test_every_client_is_guarded(aws: Sent) -> None:
    session = opened()
    count = len(aws.calls)
    with pytest.raises(GuardRefused):
        session.client("rds").delete_db_cluster(DBClusterIdentifier="core-prod")
    assert count == len(aws.calls)


def test_a_subprocess_gets_the_limited_keys_and_nothing_of_the_operator_s(aws: Sent) -> None:
    session = opened()
    environment = session.environment()

    assert {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_EC2_METADATA_DISABLED",
    } == set(environment)
    assert not set(KEYS.values()) & set(environment.values())
    assert REGION == environment["AWS_REGION"]
    # Fresh ones each time: a subprocess cannot renew them.
    assert environment["AWS_ACCESS_KEY_ID"] != session.environment()["AWS_ACCESS_KEY_ID"]
    assert all("Policy" in asked for asked in aws.of("AssumeRole"))


def test_a_subprocess_may_be_limited_in_its_own_way(aws: Sent) -> None:
    """Terraform reads a secret again that its state holds; the run's own clients never do."""
    other = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*"}]}
    session = opened()
    session.environment(other)
    session.environment()

    carried = [json.loads(asked["Policy"]) for asked in aws.of("AssumeRole")]
    assert [POLICY, other, POLICY] == carried


def test_what_has_no_session_policy_gets_none_for_a_subprocess(aws: Sent) -> None:
    session = opened(mode="recovery", policy=None)
    with pytest.raises(ValueError, match="not limited by a session policy"):
        session.environment(POLICY)


def test_no_repr_shows_a_key(aws: Sent) -> None:
    session = opened()
    secrets = [*KEYS.values(), *(session._credentials.get_frozen_credentials()[:3])]
    for shown in (repr(session), repr(session._credentials), str(session.guard)):
        assert not [secret for secret in secrets if secret in shown]


def test_endpoints_of_the_environment_are_ignored(
    aws: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_RDS", "AWS_ENDPOINT_URL_STS"):
        monkeypatch.setenv(name, "http://192.0.2.1")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    client = opened().client("rds")
    assert "https://rds.us-east-1.amazonaws.com" == client.meta.endpoint_url
    client.describe_db_clusters()


def test_with_an_endpoint_everything_goes_there_and_the_keys_come_from_variables_alone(
    aws: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test-only switch: no profile, no metadata service, nothing but this machine."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(RenewTheCredentials, match="set AWS_ACCESS_KEY_ID and AWS_SECRET"):
        opened(endpoint="http://127.0.0.1:9")
    with pytest.raises(CheckTheConnection, match=r"http://127\.0\.0\.1:9/"):
        opened(endpoint="http://127.0.0.1:9", environ=KEYS)
    with pytest.raises(UseLoopback):
        opened(endpoint="http://192.0.2.1", environ=KEYS)


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_a_drill_at_an_endpoint_never_leaves_this_machine(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credentials, clients and subprocesses: all of it goes to the endpoint."""
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.1:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    session = opened(endpoint=endpoint, environ=KEYS)
    assert f"arn:aws:sts::{ACCOUNT}:assumed-role/restore-drill/drill-run-1" == session.identity.arn

    client = session.client("rds")
    assert [] == client.describe_db_clusters()["DBClusters"]
    client.meta.events.register(
        "request-created", lambda request, **_: setattr(request, "url", "http://192.0.2.1/")
    )
    with pytest.raises(UseLoopback, match=r"192\.0\.2\.1"):
        client.describe_db_clusters()

    environment = session.environment()
    assert endpoint == environment["AWS_ENDPOINT_URL"]
    assert environment["HTTPS_PROXY"] == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("run_id", "expected"),
    [
        ("20260301-120000-ab12", "drill-20260301-120000-ab12"),
        ("läuft", "drill-l-uft"),
        ("", "drill-run"),
        ("2026-03-01T12:00:00Z of somebody", "drill-2026-03-01T12-00--3652d57a"),
    ],
)
def test_a_session_s_name_is_legal_and_tells_the_run(run_id: str, expected: str) -> None:
    assert expected == session_name(run_id)
    assert len(expected) <= 32
    assert session_name("x" * 40) != session_name("x" * 41)
