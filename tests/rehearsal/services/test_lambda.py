"""Lambda: what is uploaded never runs, and nobody fails for it; mappings take their time."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from fixtures.rehearsal.cloud import RehearsalCloud
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import client, refused, wait_until
from tests.rehearsal.services.ingest import arn, counts

LAMBDA = "https://docs.aws.amazon.com/lambda/latest/api/API_{}.html"


def state(functions: Any, mapping: str) -> str:
    return str(functions.get_event_source_mapping(UUID=mapping)["State"])


@pytest.fixture
def mapping(functions: Any, function: str, sqs: Any, queue: str) -> str:
    """The UUID of one that is enabled."""
    made = functions.create_event_source_mapping(
        EventSourceArn=arn(sqs, queue), FunctionName=function
    )
    wait_until(lambda: state(functions, made["UUID"]) == "Enabled")
    return str(made["UUID"])


@documented(
    "lambda",
    "UpdateEventSourceMapping",
    "A mapping is Disabling, then Disabled; Enabling, then Enabled",
    LAMBDA.format("UpdateEventSourceMapping"),
)
def test_a_mapping_is_disabled(functions: Any, mapping: str) -> None:
    """R8. moto's is disabled at once: what does not wait for it would be wrong on AWS."""
    for enabled, passing, settled in (
        (False, "Disabling", "Disabled"),
        (True, "Enabling", "Enabled"),
    ):
        answer = functions.update_event_source_mapping(UUID=mapping, Enabled=enabled)
        assert passing == answer["State"]
        wait_until(lambda: state(functions, mapping) == settled)  # noqa: B023 - waited for here


@documented(
    "lambda",
    "CreateEventSourceMapping",
    "A new mapping is Creating, then Enabled, or Disabled as it was asked for",
    LAMBDA.format("CreateEventSourceMapping"),
)
def test_a_new_mapping(functions: Any, function: str, sqs: Any, queue: str) -> None:
    made = functions.create_event_source_mapping(
        EventSourceArn=arn(sqs, queue), FunctionName=function, Enabled=False
    )
    assert "Creating" == made["State"]
    wait_until(lambda: state(functions, made["UUID"]) == "Disabled")


@documented(
    "lambda",
    "UpdateEventSourceMapping",
    "A mapping that is being changed is not changed again meanwhile",
    LAMBDA.format("UpdateEventSourceMapping"),
)
def test_a_mapping_in_use(functions: Any, mapping: str) -> None:
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    again = functions.update_event_source_mapping
    refused("ResourceInUseException", again, UUID=mapping, Enabled=True)
    refused("ResourceInUseException", functions.delete_event_source_mapping, UUID=mapping)
    wait_until(lambda: state(functions, mapping) == "Disabled")


@documented(
    "lambda",
    "DeleteEventSourceMapping",
    "A deleted mapping is Deleting, then gone",
    LAMBDA.format("DeleteEventSourceMapping"),
)
def test_a_mapping_is_deleted(functions: Any, mapping: str) -> None:
    assert "Deleting" == functions.delete_event_source_mapping(UUID=mapping)["State"]
    assert "Deleting" == state(functions, mapping)

    def listed() -> list[str]:
        every = functions.list_event_source_mappings()["EventSourceMappings"]
        return [one["UUID"] for one in every]

    wait_until(lambda: mapping not in listed())
    refused("ResourceNotFoundException", functions.get_event_source_mapping, UUID=mapping)


@documented(
    "lambda",
    "UpdateEventSourceMapping",
    "A mapping that is not there is ResourceNotFoundException",
    LAMBDA.format("UpdateEventSourceMapping"),
)
def test_a_mapping_that_is_not_there(functions: Any) -> None:
    """moto answers with nothing at all."""
    gone = {"UUID": str(uuid.uuid4())}
    for act in (functions.update_event_source_mapping, functions.delete_event_source_mapping):
        refused("ResourceNotFoundException", act, **gone)


@documented(
    "lambda",
    "CreateEventSourceMapping",
    "A source is mapped to a function once",
    LAMBDA.format("CreateEventSourceMapping"),
)
def test_a_source_is_mapped_once(
    functions: Any, function: str, sqs: Any, queue: str, mapping: str
) -> None:
    same = {"EventSourceArn": arn(sqs, queue), "FunctionName": function}
    message = refused("ResourceConflictException", functions.create_event_source_mapping, **same)
    assert mapping in message


@documented(
    "lambda",
    "CreateEventSourceMapping",
    "A function that is not there is mapped to nothing",
    LAMBDA.format("CreateEventSourceMapping"),
)
def test_a_function_that_is_not_there(functions: Any, sqs: Any, queue: str) -> None:
    gone = {"EventSourceArn": arn(sqs, queue), "FunctionName": "gone"}
    refused("ResourceNotFoundException", functions.create_event_source_mapping, **gone)


@pytest.mark.usefixtures("mapping")
def test_a_mapped_queue_keeps_its_messages(sqs: Any, queue: str) -> None:
    """R8. No message is touched, whatever the mapping's state: its function does not run here."""
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    assert (1, 0, 0) == counts(sqs, queue)
    (message,) = sqs.receive_message(QueueUrl=queue, AttributeNames=["All"])["Messages"]
    assert "1" == message["Attributes"]["ApproximateReceiveCount"]


@documented(
    "kinesis",
    "PutRecord",
    "Whoever puts a record does not wait for the functions that the stream is mapped to",
    "https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html",
)
def test_a_mapped_stream_takes_records(
    cloud: RehearsalCloud, functions: Any, function: str
) -> None:
    """R8. moto's stream invokes the function first, and fails the one who puts."""
    kinesis = client("kinesis", cloud.endpoint)
    name = f"s-{uuid.uuid4()}"
    kinesis.create_stream(StreamName=name, ShardCount=1)
    stream = kinesis.describe_stream(StreamName=name)["StreamDescription"]["StreamARN"]
    functions.create_event_source_mapping(
        EventSourceArn=stream, FunctionName=function, StartingPosition="LATEST"
    )
    put = {"Data": b"granule", "PartitionKey": "1"}
    assert kinesis.put_record(StreamName=name, **put)["SequenceNumber"]
    assert 0 == kinesis.put_records(StreamName=name, Records=[put])["FailedRecordCount"]


@documented(
    "dynamodb",
    "PutItem",
    "Whoever puts an item does not wait for the functions that the table's stream is mapped to",
    "https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html",
)
def test_a_mapped_table_takes_items(cloud: RehearsalCloud, functions: Any, function: str) -> None:
    dynamodb = client("dynamodb", cloud.endpoint)
    table = f"t-{uuid.uuid4()}"
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    stream = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    functions.create_event_source_mapping(
        EventSourceArn=stream, FunctionName=function, StartingPosition="LATEST"
    )
    dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
    item = {"id": {"S": "granule"}}
    dynamodb.put_item(TableName=table, Item=item)
    assert item == dynamodb.get_item(TableName=table, Key=item)["Item"]


def test_a_bucket_that_notifies_a_function_takes_objects(
    cloud: RehearsalCloud, function: str
) -> None:
    s3 = client("s3", cloud.endpoint)
    bucket = f"b-{uuid.uuid4()}"
    s3.create_bucket(Bucket=bucket)
    called = {
        "LambdaFunctionArn": f"arn:aws:lambda:us-east-1:123456789012:function:{function}",
        "Events": ["s3:ObjectCreated:*"],
    }
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [called]}
    )
    assert s3.put_object(Bucket=bucket, Key="granule", Body=b"x")["ETag"]


@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
@documented(
    "lambda",
    "Invoke",
    "A function that cannot run is refused, in a form that a client can read",
    LAMBDA.format("Invoke"),
)
def test_no_function_runs(functions: Any, function: str, kind: str) -> None:
    message = refused(
        "ServiceException", functions.invoke, FunctionName=function, InvocationType=kind
    )
    assert "was not invoked" in message


@documented(
    "lambda",
    "Invoke",
    "A dry run invokes nothing and says whether the function is there",
    LAMBDA.format("Invoke"),
)
def test_a_dry_run(functions: Any, function: str) -> None:
    dry = {"InvocationType": "DryRun"}
    assert 204 == functions.invoke(FunctionName=function, **dry)["StatusCode"]
    refused("ResourceNotFoundException", functions.invoke, FunctionName="gone", **dry)


@documented(
    "lambda",
    "PutFunctionConcurrency",
    "A function's reserved concurrency is what was put, also none at all",
    LAMBDA.format("PutFunctionConcurrency"),
)
def test_a_function_is_throttled(functions: Any, function: str) -> None:
    """R8. Zero halts a function (`test_running`)."""
    functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    reserved = functions.get_function_concurrency(FunctionName=function)
    assert 0 == reserved["ReservedConcurrentExecutions"]
    functions.delete_function_concurrency(FunctionName=function)
    reserved = functions.get_function_concurrency(FunctionName=function)
    assert "ReservedConcurrentExecutions" not in reserved
