"""What is behind the cloud's one port: the control routes, AWS, and never a page of HTML."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from fixtures.rehearsal.control import Control
from fixtures.rehearsal.errors import ChooseAnotherEndpoint, NameAnExistingCluster, RepairVolume
from fixtures.rehearsal.web import Environ, FrontDoor, StartResponse
from tests.rehearsal.conftest import Source
from tests.rehearsal.helpers import ENGINE, MASTER, PASSWORD, REGION, Rds, client

NewName = Callable[[], str]


def ask(endpoint: str, path: str, body: str = "", **headers: str) -> tuple[int, str, str]:
    """Status, content type and text of a POST that no SDK would send."""
    connection = HTTPConnection(endpoint.removeprefix("http://"))
    with closing(connection):
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read().decode()


def post(endpoint: str, body: dict[str, str]) -> tuple[int, str, str]:
    """An RDS request made by hand."""
    signed = (
        "AWS4-HMAC-SHA256 Credential=rehearsal/20260101/us-east-1/rds/aws4_request, "
        "SignedHeaders=host, Signature=0"
    )
    form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": signed}
    return ask(endpoint, "/", urlencode({**body, "Version": "2014-10-31"}), **form)


def test_the_cloud_says_what_it_runs_on(rds: Rds, guardian: Guardian, source: Source) -> None:
    facts = rds.cloud.control.cloud()

    assert guardian.folder == facts.folder
    assert (facts.bin_dir / "postgres").exists()
    assert rds.describe(source.name)["EngineVersion"] == facts.version
    assert facts.seconds["postgres"] > 0
    assert {"initdb", "backup", "start"} <= set(facts.postgres_seconds)


def test_a_cluster_says_where_its_server_is(rds: Rds, source: Source) -> None:
    facts = rds.cloud.control.cluster(REGION, source.name)

    assert ("available", None, True, True) == (
        facts.state,
        facts.error,
        facts.running,
        facts.listening,
    )
    assert (facts.socket_dir / f".s.PGSQL.{facts.socket_port}").exists()
    assert facts.log.exists()
    assert (facts.data / "PG_VERSION").exists()
    assert "off" == facts.fsync


def test_a_backup_is_taken_when_asked_for(rds: Rds, source: Source) -> None:
    before = rds.cloud.control.cluster(REGION, source.name).backups
    taken = rds.cloud.control.take_backup(REGION, source.name)

    assert (*before, taken) == rds.cloud.control.cluster(REGION, source.name).backups
    assert (taken.folder / "backup_label").exists()


def test_control_of_what_does_not_exist(rds: Rds, new_name: NewName) -> None:
    with pytest.raises(NameAnExistingCluster, match="no cluster nobody in us-east-1"):
        rds.cloud.control.cluster(REGION, "nobody")
    with pytest.raises(NameAnExistingCluster, match="is no control route"):
        rds.cloud.control._ask("GET", "/rehearsal/nothing")

    name = new_name()
    rds.api.create_db_cluster(
        DBClusterIdentifier=name,
        Engine=ENGINE,
        MasterUsername=MASTER,
        MasterUserPassword=PASSWORD,
    )
    with pytest.raises(RepairVolume, match="creating, not available"):
        rds.cloud.control.take_backup(REGION, name)
    rds.wait("db_cluster_available", DBClusterIdentifier=name)


@pytest.mark.parametrize(
    "endpoint",
    ["http://203.0.113.7:5000", "https://rds.us-east-1.amazonaws.com", "http://example.com", "x"],
)
def test_control_refuses_what_is_not_on_this_machine(endpoint: str) -> None:
    with pytest.raises(ChooseAnotherEndpoint, match="not on this machine"):
        Control(endpoint)


def test_control_recognises_that_nothing_or_another_answers() -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        control = Control(f"http://127.0.0.1:{other.server_port}")
        with pytest.raises(ChooseAnotherEndpoint, match="is no rehearsal cloud"):
            control.cloud()
        other.shutdown()
    with pytest.raises(ChooseAnotherEndpoint, match="does not answer"):
        control.cloud()


def test_an_action_that_does_not_exist(rds: Rds) -> None:
    status, kind, answer = post(rds.cloud.endpoint, {"Action": "LaunchMissiles"})

    assert 400 == status
    assert "xml" in kind
    assert "<Code>InvalidAction</Code>" in answer


def test_a_parameter_that_is_left_out(rds: Rds, source: Source) -> None:
    """No SDK does that; moto ends in a KeyError and an HTML page."""
    status, kind, answer = post(
        rds.cloud.endpoint,
        {"Action": "CreateDBInstance", "DBClusterIdentifier": source.name, "Engine": ENGINE},
    )
    assert 400 == status
    assert "xml" in kind
    assert "The parameter DBInstanceIdentifier must be provided" in answer


def test_a_fault_of_ours_is_an_error_of_rds(guardian: Guardian, engine: str) -> None:
    with RehearsalCloud.start(
        guardian,
        engine=engine,
        module="tests.sabotage.cloud",
        arguments=["--fault=indescribable"],
    ) as broken:
        with pytest.raises(ClientError) as refusal:
            Rds(client("rds", broken.endpoint), broken).create("mine")
        error = refusal.value.response["Error"]
        assert "InternalFailure" == error["Code"]
        assert "KeyError" in error["Message"]
        assert "Traceback" not in error["Message"]
        assert "Traceback" in (broken.control.cloud().folder / "cloud.log").read_text()


def test_every_action_of_rds_is_answered_in_its_form(rds: Rds) -> None:
    """With what it requires, of which nothing exists. moto answers many with a page of HTML."""
    unreadable = []
    for action in rds.api.meta.service_model.operation_names:
        shape = rds.api.meta.service_model.operation_model(action).input_shape
        required = [] if shape is None else shape.required_members
        try:
            rds.api._make_api_call(
                action, {name: _sample(shape.members[name]) for name in required}
            )
        except ClientError as refusal:
            if not refusal.response["Error"]["Message"]:
                unreadable.append((action, "no message"))
        except BotoCoreError as problem:
            unreadable.append((action, str(problem)))

    assert [] == unreadable


def _sample(shape: Any) -> object:
    match shape.type_name:
        case "string":
            return "arn:aws:iam::123456789012:nobody" if "Arn" in shape.name else "nobody"
        case "list":
            return [_sample(shape.member)]
        case "structure":
            return {name: _sample(member) for name, member in shape.members.items()}
        case "timestamp":
            return "2026-01-01T00:00:00Z"
        case "map":
            return {}
        case "boolean":
            return True
        case _:
            return 1


def test_a_time_that_is_none(rds: Rds, source: Source) -> None:
    status, kind, answer = post(
        rds.cloud.endpoint,
        {
            "Action": "RestoreDBClusterToPointInTime",
            "SourceDBClusterIdentifier": source.name,
            "DBClusterIdentifier": "unwanted",
            "RestoreToTime": "yesterday, after lunch",
        },
    )
    assert 400 == status
    assert "xml" in kind
    assert "<Code>InvalidParameterValue</Code>" in answer


def test_other_services_of_moto_are_there(rds: Rds) -> None:
    """Also a bucket whose path looks like a control route: that request is signed."""
    s3 = client("s3", rds.cloud.endpoint)
    s3.create_bucket(Bucket="rehearsal")
    s3.put_object(Bucket="rehearsal", Key="clusters/a", Body=b"mine")
    assert b"mine" == s3.get_object(Bucket="rehearsal", Key="clusters/a")["Body"].read()

    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client("secretsmanager", rds.cloud.endpoint).get_secret_value(SecretId="nobody")


def test_two_creations_of_one_name_have_one_winner(rds: Rds, new_name: NewName) -> None:
    """The server answers many at once, and moto has no locks."""
    name = new_name()
    answers: list[str] = []

    def create() -> None:
        try:
            client("rds", rds.cloud.endpoint).create_db_cluster(
                DBClusterIdentifier=name,
                Engine=ENGINE,
                MasterUsername=MASTER,
                MasterUserPassword=PASSWORD,
            )
            answers.append("created")
        except ClientError as refusal:
            answers.append(refusal.response["Error"]["Code"])

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(["created", *["DBClusterAlreadyExistsFault"] * 7]) == sorted(answers)
    rds.wait_for_cluster(name)


def test_a_reset_of_moto_destroys_every_cluster(guardian: Guardian, engine: str) -> None:
    from fixtures.rehearsal.cloud import RehearsalCloud

    with RehearsalCloud.start(guardian, engine=engine) as other:
        mine = Rds(client("rds", other.endpoint), other)
        mine.create("mine")
        mine.create_instance("mine")
        folder = other.control.cluster(REGION, "mine").data.parent.parent

        assert 200 == ask(other.endpoint, "/moto-api/reset")[0]

        assert [] == mine.names()
        assert not folder.exists()
        with pytest.raises(NameAnExistingCluster):
            other.control.cluster(REGION, "mine")


def _fails(_environ: Environ, _start: StartResponse) -> Iterable[bytes]:
    raise LookupError("<tag> & more")


@pytest.mark.parametrize(
    ("environ", "kind", "expected"),
    [
        ({}, "text/xml", "<Code>InternalFailure</Code>"),
        ({"HTTP_X_AMZ_TARGET": "T.Do"}, "application/x-amz-json-1.1", '"InternalFailure"'),
        ({"CONTENT_TYPE": "application/json"}, "application/x-amz-json-1.1", "LookupError"),
    ],
)
def test_a_fault_of_moto_is_told_in_the_protocol_of_the_request(
    environ: dict[str, str], kind: str, expected: str
) -> None:
    told: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        told.update(status=status, **dict(headers))

    door = FrontDoor(_fails, _fails)
    body = b"".join(door({"PATH_INFO": "/", **environ}, start_response)).decode()

    assert "400 Bad Request" == told["status"]
    assert kind == told["Content-Type"]
    assert expected in body
    assert "<tag>" not in body or json.loads(body)
