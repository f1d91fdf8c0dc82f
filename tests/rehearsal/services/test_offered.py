"""The table of what is offered, against the cloud and AWS's API; and what is not."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from botocore.session import Session

from fixtures.rehearsal.cloud import RehearsalCloud
from fixtures.rehearsal.services.offered import BOTOCORE, METADATA, OFFERED, REAL
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import REGION, client, refused

EVERY = [(service, row[0]) for service, rows in OFFERED.items() for row in rows]
SAYS_NO = {("RDS Data API", "ExecuteStatement")}


def test_every_action_is_one_of_awss_and_named_once() -> None:
    session = Session()
    assert sorted(BOTOCORE) == sorted(OFFERED)
    assert len(set(EVERY)) == len(EVERY)
    for service, rows in OFFERED.items():
        operations = session.get_service_model(BOTOCORE[service]).operation_names
        assert [] == [name for name, *_ in rows if name not in operations], service
        assert {REAL, METADATA} >= {depth for _, depth, *_ in rows}


def unchecked(cloud: RehearsalCloud, service: str) -> Any:
    """A client that sends whatever it is told to."""
    return boto3.client(
        BOTOCORE[service],
        region_name=REGION,
        endpoint_url=cloud.endpoint,
        aws_access_key_id="rehearsal",
        aws_secret_access_key="rehearsal",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )


@pytest.mark.parametrize(("service", "action"), EVERY)
def test_what_is_offered_is_there(cloud: RehearsalCloud, service: str, action: str) -> None:
    """Whatever it says to a request that asks for nothing."""
    api = unchecked(cloud, service)
    method = {name: one for one, name in api.meta.method_to_api_mapping.items()}[action]
    shape = api.meta.service_model.operation_model(action).input_shape
    # Those in the address itself, without which botocore sends nothing.
    placed = {
        name: "x"
        for name, member in (shape.members if shape else {}).items()
        if member.serialization.get("location") == "uri"
    }
    code = ""
    try:
        getattr(api, method)(**placed)
    except ClientError as refusal:
        code = refusal.response["Error"]["Code"]
    except ParamValidationError as incomplete:
        pytest.fail(str(incomplete))
    assert ((service, action) in SAYS_NO) == (code == "NotImplemented")
    assert "404" != code


@pytest.mark.parametrize(
    ("service", "call", "asked"),
    [
        ("sqs", "start_message_move_task", {"SourceArn": "arn:aws:sqs:us-east-1:123456789012:q"}),
        ("stepfunctions", "redrive_execution", {"executionArn": "arn:aws:states:x"}),
        ("iam", "simulate_custom_policy", {"PolicyInputList": ["{}"], "ActionNames": ["rds:x"]}),
        ("lambda", "get_runtime_management_config", {"FunctionName": "ingest"}),
        ("secretsmanager", "stop_replication_to_replica", {"SecretId": "x"}),
        ("kms", "update_primary_region", {"KeyId": "x", "PrimaryRegion": "eu-west-1"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_missing_says_so(
    cloud: RehearsalCloud, service: str, call: str, asked: dict[str, Any]
) -> None:
    """As an AWS error, whatever the protocol; moto has a page of HTML for some."""
    message = refused("NotImplemented", getattr(client(service, cloud.endpoint), call), **asked)
    assert "does not offer" in message


@documented(
    "rds-data",
    "ExecuteStatement",
    "A statement that does not run is not answered as if it had",
    "https://docs.aws.amazon.com/rdsdataservice/latest/APIReference/API_ExecuteStatement.html",
)
def test_no_statement_runs(cloud: RehearsalCloud) -> None:
    """moto answers each with no rows."""
    message = refused(
        "NotImplemented",
        client("rds-data", cloud.endpoint).execute_statement,
        resourceArn="arn:aws:rds:us-east-1:123456789012:cluster:core",
        secretArn="arn:aws:secretsmanager:us-east-1:123456789012:secret:core",
        sql="select 1",
    )
    assert "connect to the endpoint" in message
