"""Clients of the session's cloud, one a service."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.helpers import client
from tests.rehearsal.services.ingest import new_queue


@pytest.fixture(scope="session")
def events(cloud: RehearsalCloud) -> Any:
    return client("events", cloud.endpoint)


@pytest.fixture(scope="session")
def states(cloud: RehearsalCloud) -> Any:
    return client("stepfunctions", cloud.endpoint)


@pytest.fixture(scope="session")
def sqs(cloud: RehearsalCloud) -> Any:
    return client("sqs", cloud.endpoint)


@pytest.fixture(scope="session")
def sns(cloud: RehearsalCloud) -> Any:
    return client("sns", cloud.endpoint)


@pytest.fixture(scope="session")
def functions(cloud: RehearsalCloud) -> Any:
    return client("lambda", cloud.endpoint)


@pytest.fixture(scope="session")
def function(cloud: RehearsalCloud, functions: Any) -> str:
    """A function that would do something."""
    iam = client("iam", cloud.endpoint)
    role = iam.create_role(RoleName="tests", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    functions.create_function(
        FunctionName="ingest",
        Runtime="python3.12",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": _ZIP},
    )
    return "ingest"


# An empty archive.
_ZIP = b"PK\x05\x06" + bytes(18)


@pytest.fixture
def queue(sqs: Any) -> str:
    """The URL of an empty one."""
    return new_queue(sqs)
