"""The glue between settings, a run and AWS: what is asked for, and what is refused in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from fixtures.account import opening
from fixtures.account import session as sessions
from fixtures.account.administrator import administrator
from fixtures.account.opening import bad_input, target_of, wanted_of
from fixtures.aws.account_session import AccountSession
from fixtures.aws.errors import CheckTheConnection, ReadTheSecret
from fixtures.aws.session import Client
from fixtures.claims import BadInput
from fixtures.settings.login import Login as Written
from fixtures.settings.restore import Restore
from fixtures.settings.source import Source as Named
from fixtures.settings.target import parse_target
from fixtures.source import Address, Login
from tests.aws.fix_aws import ACCESS

ACCOUNT = "123456789012"
PASSWORD = "canary-of-an-administrator"
DESCRIBED = SimpleNamespace(
    identifier="core-prod",
    master_secret=None,
    master_user="core_admin",
    endpoint="writer.example",
    port=5432,
    instances=("one", "two"),
    raw={"ReaderEndpoint": "reader.example"},
)


def named(**changed: Any) -> Named:
    given = {"cluster": "core-prod", "account": ACCOUNT, "region": "us-east-1"}
    return Named(**{**given, **changed})


def of(**changed: Any) -> Any:
    return SimpleNamespace(**{**vars(DESCRIBED), **changed})


class Session:
    """A session that notes which secrets it is allowed to read."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.allowed: list[str] = []
        self.guard = SimpleNamespace(may_read_secret=self.allowed.append)

    def client(self, service: str) -> Client:
        assert "secretsmanager" == service
        return self._client


@pytest.fixture
def session() -> Iterator[Session]:
    with mock_aws():
        yield Session(ACCESS.client("secretsmanager"))


def secret(session: Session, **content: str) -> str:
    made: str = session.client("secretsmanager").create_secret(
        Name="login", SecretString=json.dumps(content)
    )["ARN"]
    return made


def asked(session: Session, settings: Named, described: Any = DESCRIBED) -> Login:
    return administrator(cast(Any, session), settings, described)


def test_the_administrator_is_who_settings_name(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = secret(session, username="dba", password=PASSWORD)
    monkeypatch.setenv("CORE_ADMIN", f"host=elsewhere user=dba2 password={PASSWORD}")
    managed = of(master_secret="arn:another")
    assert Login("dba", PASSWORD) == asked(session, named(admin=f"secret:{arn}"), managed)
    assert Login("dba2", PASSWORD) == asked(session, named(admin="env:CORE_ADMIN"), managed)
    assert [arn] == session.allowed


def test_else_it_is_the_master_user_whose_secret_rds_manages(session: Session) -> None:
    """Its name is RDS's to say: the secret could be of a name that was changed since."""
    arn = secret(session, username="dba", password=PASSWORD)
    assert Login("core_admin", PASSWORD) == asked(session, named(), of(master_secret=arn))
    assert [arn] == session.allowed


def test_without_either_a_recovery_is_refused(session: Session) -> None:
    with pytest.raises(BadInput, match=r"\[source\] admin: is not set, and RDS manages no secret"):
        asked(session, named())


def test_an_administrator_without_a_name_is_refused_and_no_password_is_told(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORE_ADMIN", f"password={PASSWORD}")
    with pytest.raises(BadInput, match=r"\[source\] admin: it names no user") as refusal:
        asked(session, named(admin="env:CORE_ADMIN"))
    assert PASSWORD not in str(refusal.value)


def test_a_secret_that_holds_no_login_is_refused_and_not_told(session: Session) -> None:
    arn = secret(session, password=PASSWORD)
    with pytest.raises(ReadTheSecret) as refusal:
        asked(session, named(admin=f"secret:{arn}"))
    assert PASSWORD not in str(refusal.value)


@pytest.mark.parametrize(
    "refused",
    [
        CheckTheConnection("no answer of RDS: check the network"),
        ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeDBClusters"),
        EndpointConnectionError(endpoint_url="https://rds.example"),
    ],
)
def test_what_aws_refuses_before_anything_was_begun_is_bad_input(refused: Exception) -> None:
    with pytest.raises(BadInput) as refusal, bad_input("[source]"):
        raise refused
    assert str(refusal.value).startswith("[source]: ")
    assert "\n" not in str(refusal.value)


def test_a_fault_of_ours_is_not_called_the_operators() -> None:
    with pytest.raises(KeyError), bad_input("[source]"):
        raise KeyError("a fault of the harness")


def test_what_is_wanted_of_a_copy_of_what_is_gone_is_none_where_nothing_is_said() -> None:
    assert None is wanted_of(Restore())
    wanted = wanted_of(Restore(subnet_group="core-net", security_groups=("sg-0a1b2c3d",)))
    assert wanted is not None
    assert ("core-net", ("sg-0a1b2c3d",), None) == (
        wanted.subnet_group,
        wanted.security_groups,
        wanted.parameter_group,
    )


def test_a_target_is_the_latest_a_time_or_that_long_before_now() -> None:
    """RDS restores to whole seconds."""
    at = datetime(2026, 1, 10, 12, tzinfo=UTC)
    assert "latest" == target_of(parse_target("latest"))
    assert at == target_of(parse_target("2026-01-10T12:00:00Z"))
    before = datetime.now(UTC)
    ago = target_of(parse_target("-30m"))
    assert isinstance(ago, datetime)
    assert 0 == ago.microsecond
    assert timedelta(0) <= datetime.now(UTC) - timedelta(minutes=30) - ago
    assert before - timedelta(minutes=30, seconds=1) <= ago


@pytest.mark.parametrize(
    ("read_from", "instances", "host"),
    [
        ("reader", ("one", "two"), "reader.example"),
        ("writer", ("one", "two"), "writer.example"),
        # The reader endpoint of a cluster with one instance is its writer's.
        ("reader", ("one",), "writer.example"),
    ],
)
def test_the_source_is_read_where_it_hurts_least(
    monkeypatch: pytest.MonkeyPatch, read_from: str, instances: tuple[str, ...], host: str
) -> None:
    """DESIGN 4: a reader endpoint first."""
    reached: list[Address] = []

    class ReadOnly:
        def __init__(self, login: Written, address: Address, *_: Any) -> None:
            reached.append(address)

        def connect(self, database: str) -> None: ...

    monkeypatch.setattr(opening, "ReadOnly", ReadOnly)
    settings = named(login="env:CORE", read_from=read_from)
    assert opening._reader(None, settings, of(instances=instances)) is not None
    assert [Address(host, 5432)] == reached


def test_without_a_login_nothing_is_read_and_databases_have_to_be_named() -> None:
    assert None is opening._reader(None, named(), cast(Any, DESCRIBED))
    assert ("core",) == opening._databases(None, named(databases=("core",)))
    with pytest.raises(BadInput, match=r"\[source\] names neither databases nor a login"):
        opening._databases(None, named())


def test_each_database_that_is_named_is_reached_before_anything_is_made() -> None:
    def reader(database: str) -> Any:
        if database == "shop":
            raise psycopg.OperationalError(
                f"connection failed: no such database\npassword={PASSWORD}"
            )
        return SimpleNamespace(__enter__=None)

    class Opened:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    def reach(database: str) -> Any:
        return Opened() if database == "core" else reader(database)

    assert ("core",) == opening._databases(reach, named(databases=("core",)))
    with pytest.raises(BadInput, match="cannot reach database shop of core-prod") as refusal:
        opening._databases(reach, named(databases=("core", "shop")))
    assert "\n" not in str(refusal.value)
    assert PASSWORD not in str(refusal.value)


SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:reader-AbCdEf"


def running(mode: str) -> Any:
    """A run without Terraform that is begun, not resumed."""
    return SimpleNamespace(
        id="20260110-120000-ab12",
        mode=mode,
        settings=SimpleNamespace(terraform=None, dynamodb=None),
        preflight=SimpleNamespace(run=SimpleNamespace(resume=None)),
    )


@pytest.mark.parametrize(
    ("mode", "questions_only", "opened", "limited"),
    [
        ("drill", False, "drill", True),
        ("drill", True, "readiness", True),
        ("recovery", False, "recovery", False),
    ],
)
def test_the_way_in_is_as_narrow_as_the_mode(
    monkeypatch: pytest.MonkeyPatch, mode: str, *, questions_only: bool, opened: str, limited: bool
) -> None:
    """DESIGN 6: a drill's and a readiness's credentials stand under a policy, a recovery's do not;
    the one secret that the login names may be read.
    """
    given: dict[str, Any] = {}
    monkeypatch.setattr(AccountSession, "open", lambda **asked: given.update(asked))
    monkeypatch.delenv("DRILL_TEST_AWS_ENDPOINT", raising=False)
    run = running(mode)

    sessions.open_session(
        cast(Any, run), named(login=f"secret:{SECRET}"), questions_only=questions_only
    )

    assert (opened, ACCOUNT, "us-east-1", None) == (
        given["mode"],
        given["account"],
        given["region"],
        given["endpoint"],
    )
    assert [SECRET] == given["secrets"]
    assert limited == (given["policy"] is not None)
    assert given["copy"].startswith("core-prod-")
    if limited:
        assert "secret:reader-AbCdEf" in json.dumps(given["policy"])


def test_a_login_that_is_no_secret_lets_a_drill_read_none(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(AccountSession, "open", lambda **asked: given.update(asked))
    run = running("drill")

    sessions.open_session(cast(Any, run), named(login="env:CORE"))

    assert [] == given["secrets"]
    assert "GetSecretValue" not in json.dumps(given["policy"])
