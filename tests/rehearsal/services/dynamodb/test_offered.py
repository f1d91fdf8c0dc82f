"""The table of what is offered, against the cloud and against AWS's API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.session import Session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.rehearsal.cloud import RehearsalCloud
from fixtures.rehearsal.services.dynamodb.offered import IGNORED, METADATA, OFFERED, REAL
from tests.rehearsal.helpers import refused
from tests.rehearsal.services.dynamodb.dynamo import HASH_ONLY, Dynamo, post

MODEL = Session().get_service_model("dynamodb")
ACTIONS = MODEL.operation_names
NAMES = [one.action for one in OFFERED]


def test_every_action_is_one_of_awss_and_named_once() -> None:
    assert sorted(set(NAMES)) == NAMES
    assert set(NAMES) <= set(ACTIONS)
    assert {REAL, METADATA} >= {one.depth for one in OFFERED}


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_offered_answers_and_what_is_not_says_so(
    cloud: RehearsalCloud, action: str
) -> None:
    answer = post(cloud.endpoint, action, b"{}")
    code = json.loads(answer.content).get("__type", "").rpartition("#")[2]

    assert (action in NAMES) == (code != "NotImplemented"), code
    assert "InternalFailure" != code
    assert 500 != answer.status_code


@pytest.mark.parametrize(
    ("action", "parameter"), [(action, one) for action in IGNORED for one in IGNORED[action]]
)
def test_what_moto_would_ignore_is_refused(dynamo: Dynamo, action: str, parameter: str) -> None:
    name = dynamo.create(recovery=False) if action == "UpdateTable" else dynamo.new_name()
    values: dict[str, Any] = {
        "OnDemandThroughput": {"MaxReadRequestUnits": 5},
        "ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}],
        "ResourcePolicy": "{}",
        "SSESpecification": {"Enabled": True},
    }
    request = {"TableName": name, parameter: values[parameter]}
    if action == "CreateTable":
        request |= {**HASH_ONLY, "BillingMode": "PAY_PER_REQUEST"}
    act = dynamo.api.update_table if action == "UpdateTable" else dynamo.api.create_table

    assert parameter in refused("NotImplemented", act, **request)


OURS = [
    "CreateBackup",
    "DeleteBackup",
    "DescribeBackup",
    "DescribeContinuousBackups",
    "DescribeExport",
    "DescribeImport",
    "ExportTableToPointInTime",
    "ListBackups",
    "ListExports",
    "RestoreTableFromBackup",
    "RestoreTableToPointInTime",
    "UpdateContinuousBackups",
]
LIKELY = st.sampled_from(
    ["fuzzed", "arn:aws:dynamodb:us-east-1:123456789012:table/fuzzed", "id", ":v", "#n", "copied"]
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(),
    st.text(max_size=300),
    st.just([]),
    st.just({}),
    st.just({"": [{}]}),
)


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """What the model has in a place, more or less, or something else."""
    match shape:
        case StructureShape() if shape.name == "AttributeValue":
            fitting = st.sampled_from(
                [{"S": "one"}, {"N": "1"}, {"L": [{"NULL": True}]}, {"SS": []}]
            )
        case StructureShape():
            members = {name: values(member) for name, member in shape.members.items()}
            required = {name: members.pop(name) for name in shape.required_members}
            fitting = st.fixed_dictionaries(required, optional=members)
        case MapShape():
            fitting = st.dictionaries(LIKELY, values(shape.value), max_size=2)
        case ListShape():
            fitting = st.lists(values(shape.member), max_size=2)
        case StringShape():
            fitting = st.sampled_from(shape.enum) if shape.enum else LIKELY
        case _:
            fitting = st.booleans() if shape.type_name == "boolean" else st.integers(-1, 40)
    return st.integers(0, 11).flatmap(lambda die: ODD if die == 0 else fitting)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, Any]:
    """An action, more often one of ours, and a request for it."""
    action = draw(st.sampled_from(OURS) | st.sampled_from(NAMES))
    shape = MODEL.operation_model(action).input_shape
    return action, draw(values(shape))


@pytest.fixture(scope="module")
def fuzzed(dynamo: Dynamo) -> None:
    """A table of that name, which can be restored."""
    dynamo.api.create_table(TableName="fuzzed", BillingMode="PAY_PER_REQUEST", **HASH_ONLY)
    dynamo.recovery("fuzzed")


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(asked=requests())
@pytest.mark.usefixtures("fuzzed")
def test_odd_parameters_never_surprise(cloud: RehearsalCloud, asked: tuple[str, Any]) -> None:
    action, request = asked
    answer = post(cloud.endpoint, action, json.dumps(request).encode())
    told = json.loads(answer.content or b"{}")  # moto 5.1 has nothing to say to UntagResource

    assert answer.status_code in (200, 400)
    # moto trips over much that the model allows; the front door says so, in JSON.
    assert action not in OURS or "InternalFailure" not in told.get("__type", ""), told
