"""Every action with parameters that are missing, odd and oversized: always an answer of AWS's kind.

Requests are made by hand: an SDK refuses most of them before they are sent.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.parsers import create_parser
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from fixtures.guardian import Guardian
from fixtures.rehearsal.cloud import RehearsalCloud
from fixtures.rehearsal.rds.table import ACTIONS
from tests.rehearsal.helpers import ENGINE, MASTER, PASSWORD, Rds, client, wait_until

MODEL = botocore.session.get_session().get_service_model("rds")
OFFERED = sorted(action.name for action in ACTIONS)
NOT_OFFERED = sorted(set(MODEL.operation_names) - set(OFFERED))

REAL = (
    "fuzzed",
    "fuzzed-1",
    "lonely",
    "kept",
    "default",
    "postgres",
    ENGINE,
    MASTER,
    "long-enough-password",
)
"""Names of what is there, so that requests come further than "not found"."""
ODD = (
    "",
    " ",
    "\0",
    "\ud7ff\U0001f9ff",
    "a" * 5000,
    "-1",
    "0",
    "99999999999999999999",
    "1e9",
    "true",
    "maybe",
    "<&>\"'",
    "../../etc/passwd",
    "%s%n",
    "'; drop table granules; --",
    "arn:aws:rds:us-east-1:123456789012:cluster:fuzzed",
    "arn:aws:rds:::",
    "2026-11-26T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "yesterday",
    "03:00-03:30",
    "db.r6g.large",
)


def values(shape: Shape, name: str, depth: int = 0) -> st.SearchStrategy[dict[str, str]]:
    """The query parameters of one member, in the protocol's own form: Name.member.1.Key=…"""
    if isinstance(shape, StructureShape) and depth < 3:
        return st.lists(st.sampled_from(sorted(shape.members)), unique=True, max_size=3).flatmap(
            lambda chosen: merged(
                [values(shape.members[one], f"{name}.{one}", depth + 1) for one in chosen]
            )
        )
    if isinstance(shape, ListShape) and depth < 3:
        item = shape.member.serialization.get("name", "member")
        return st.integers(0, 3).flatmap(
            lambda length: merged(
                [
                    values(shape.member, f"{name}.{item}.{number + 1}", depth + 1)
                    for number in range(length)
                ]
            )
        )
    if isinstance(shape, MapShape):
        return st.just({})
    likely = st.sampled_from(tuple(getattr(shape, "enum", None) or REAL))
    typed = {
        "boolean": st.sampled_from(("true", "false")),
        "integer": st.integers(-5, 70000).map(str),
        "long": st.integers(-5, 70000).map(str),
        "timestamp": st.sampled_from(("2026-01-01T00:00:00Z", "2099-01-01T00:00:00+14:00")),
    }.get(shape.type_name, likely)
    anything = st.text(st.characters(codec="utf-8"), max_size=30)
    return st.one_of(typed, likely, st.sampled_from(ODD), anything).map(lambda text: {name: text})


def merged(parts: list[st.SearchStrategy[dict[str, str]]]) -> st.SearchStrategy[dict[str, str]]:
    return st.tuples(*parts).map(lambda found: {k: v for part in found for k, v in part.items()})


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """An action and its query parameters; mostly one that is offered, mostly with what it needs."""
    name = draw(st.one_of(*[st.sampled_from(OFFERED)] * 9, st.sampled_from(NOT_OFFERED)))
    shape = MODEL.operation_model(name).input_shape
    if shape is None:
        return name, {}
    required = [one for one in shape.required_members if draw(st.integers(0, 9)) > 0]
    others = draw(
        st.lists(st.sampled_from(sorted(shape.members)), unique=True, max_size=4)
        if shape.members
        else st.just([])
    )
    query: dict[str, str] = {}
    for member in {*required, *others}:
        query |= draw(values(shape.members[member], member))
    return name, query


@dataclass(frozen=True)
class Fuzzed:
    """A cloud to be fuzzed, and the folders that others had made in the run's before it."""

    rds: Rds
    of_others: frozenset[Path]

    def volumes(self) -> set[Path]:
        """The folders of this cloud's clusters and single instances."""
        return volumes(self.rds.cloud) - self.of_others


def volumes(cloud: RehearsalCloud) -> set[Path]:
    """Every cluster's folder in the run's."""
    return {path for path in cloud.control.cloud().folder.glob("c[0-9]*") if path.is_dir()}


@pytest.fixture(scope="module")
def fuzzed(guardian: Guardian, engine: str) -> Iterator[Fuzzed]:
    """A cloud of its own with something of most kinds in it, which must go on as before."""
    with RehearsalCloud.start(guardian, engine=engine) as cloud:
        rds = Rds(client("rds", cloud.endpoint), cloud)
        log = cloud.control.cloud().folder / "cloud.log"
        logged = len(log.read_text())
        of_others = frozenset(volumes(cloud))
        rds.create("fuzzed", DeletionProtection=True)
        rds.create_instance("fuzzed")
        rds.api.create_db_instance(
            DBInstanceIdentifier="lonely",
            DBInstanceClass="db.t4g.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername=MASTER,
            MasterUserPassword=PASSWORD,
            DeletionProtection=True,
        )
        rds.wait("db_instance_available", DBInstanceIdentifier="lonely")
        rds.api.create_db_cluster_snapshot(
            DBClusterIdentifier="fuzzed", DBClusterSnapshotIdentifier="kept"
        )
        rds.wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier="kept")
        yield Fuzzed(rds, of_others)
        # Whatever was made has a state and an owner; nothing failed on the way, nothing is lost.
        assert {"failed"}.isdisjoint(
            cluster["Status"] for cluster in rds.api.describe_db_clusters()["DBClusters"]
        )
        assert "Traceback" not in log.read_text()[logged:]


def answer(endpoint: str, action: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Status and parsed body of a request, as an SDK would read it."""
    connection = HTTPConnection(endpoint.removeprefix("http://"), timeout=60)
    with closing(connection):
        connection.request(
            "POST",
            "/",
            urlencode({"Action": action, "Version": "2014-10-31", **query}),
            {
                "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
                "Authorization": "AWS4-HMAC-SHA256 Credential=rehearsal/20260101/us-east-1/rds/"
                "aws4_request, SignedHeaders=host, Signature=0",
            },
        )
        response = connection.getresponse()
        body = response.read()
    operation: OperationModel = MODEL.operation_model(action)
    parsed = create_parser("query").parse(
        {"status_code": response.status, "headers": dict(response.headers), "body": body},
        operation.output_shape,
    )
    return response.status, parsed


EXAMPLES = int(os.environ.get("DRILL_TEST_FUZZ", "300"))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(request=requests())
def test_every_request_has_an_answer_that_a_client_can_read(
    fuzzed: Fuzzed, request: tuple[str, dict[str, str]]
) -> None:
    action, query = request
    status, parsed = answer(fuzzed.rds.cloud.endpoint, action, query)

    code = parsed.get("Error", {}).get("Code")
    event(f"{action}: {code or status}")
    assert (status == 200) == (code is None), parsed
    assert status < 500, parsed
    assert "InternalFailure" != code, parsed
    if code is not None:
        assert parsed["Error"]["Message"], parsed


def test_nothing_is_left_of_what_the_fuzzing_made(fuzzed: Fuzzed) -> None:
    """Each folder belongs to something that is described: a refused request leaves none."""
    api = fuzzed.rds.api

    def described() -> int:
        clusters = api.describe_db_clusters()["DBClusters"]
        instances = api.describe_db_instances()["DBInstances"]
        kept = [
            *api.describe_db_cluster_automated_backups()["DBClusterAutomatedBackups"],
            *api.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"],
        ]
        return (
            len(clusters)
            + sum("DBClusterIdentifier" not in instance for instance in instances)
            + sum(backup["Status"] == "retained" for backup in kept)
        )

    # What is being deleted is described until its files are gone, and a moment less.
    wait_until(lambda: described() == len(fuzzed.volumes()))
