"""DynamoDB, of the session's cloud."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.helpers import REGION, client
from tests.rehearsal.services.dynamodb.dynamo import Dynamo


@pytest.fixture(scope="session")
def dynamo(cloud: RehearsalCloud) -> Dynamo:
    return Dynamo(client("dynamodb", cloud.endpoint))


@pytest.fixture(scope="session")
def unchecked(cloud: RehearsalCloud) -> Any:
    """A client that sends whatever it is told to."""
    return boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=cloud.endpoint,
        aws_access_key_id="rehearsal",
        aws_secret_access_key="rehearsal",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )
