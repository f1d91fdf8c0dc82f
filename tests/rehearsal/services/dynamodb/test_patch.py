"""That moto still needs the patch, that only those who use DynamoDB pay for it, what it leaves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[4]

PRELUDE = """
import datetime, sys, time
import boto3
from moto import mock_aws

def create(api, name):
    api.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

def api():
    return boto3.client("dynamodb", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
"""

INSTALL = """
from fixtures.rehearsal.services import patch
from fixtures.rehearsal.services import dynamodb
patch.install((dynamodb.PATCH,))
"""

RESTORE_TO_2001_WITHOUT_RECOVERY = """
with mock_aws():
    dynamo = api()
    create(dynamo, "source")
    dynamo.put_item(TableName="source", Item={"id": {"S": "new"}})
    try:
        dynamo.restore_table_to_point_in_time(
            SourceTableName="source", TargetTableName="copy",
            RestoreDateTime=datetime.datetime(2001, 1, 1),
        )
    except dynamo.exceptions.PointInTimeRecoveryUnavailableException:
        print("refused")
    else:
        print(dynamo.scan(TableName="copy")["Count"])
"""


def said(program: str) -> str:
    """What a program of its own prints; its failure is the test's."""
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert 0 == ended.returncode, ended.stderr
    return ended.stdout.strip()


def test_moto_still_restores_what_is_there_now_to_2001() -> None:
    """When this fails, moto has mended it: take the patch out."""
    assert "1" == said(PRELUDE + RESTORE_TO_2001_WITHOUT_RECOVERY)


def test_the_patch_holds_in_process_too() -> None:
    assert "refused" == said(PRELUDE + INSTALL + RESTORE_TO_2001_WITHOUT_RECOVERY)


def test_a_cloud_without_dynamodb_does_not_import_it() -> None:
    program = """
import fixtures.rehearsal.assembly
from fixtures.rehearsal.services import patch
from fixtures.rehearsal.services import dynamodb
patch.install((dynamodb.PATCH,))
import sys
print([name for name in sys.modules if name.startswith("moto.dynamodb")])
"""
    assert "[]" == said(program)


@pytest.mark.parametrize("seam", ["Table.all_items", "DynamoDBBackend.update_item"])
def test_a_moto_without_a_seam_is_refused_by_its_name(seam: str) -> None:
    name, _, attribute = seam.partition(".")
    module = "moto.dynamodb.models.table" if name == "Table" else "moto.dynamodb.models"
    program = f"""
from {module} import {name}
del {name}.{attribute}
from fixtures.rehearsal.services import patch
from fixtures.rehearsal.services import dynamodb
try:
    patch.install((dynamodb.PATCH,))
except Exception as refusal:
    print(type(refusal).__name__, refusal)
"""
    assert said(program).startswith("InstallRehearsal")
    assert seam in said(program)


def test_an_item_that_is_overwritten_is_not_kept() -> None:
    """moto keeps every instance of its models, for a page that shows them."""
    program = (
        PRELUDE
        + INSTALL
        + """
import gc
from moto.dynamodb.models.dynamo_type import Item
with mock_aws():
    dynamo = api()
    create(dynamo, "source")
    for number in range(50):
        dynamo.put_item(TableName="source", Item={"id": {"S": "one"}, "n": {"N": str(number)}})
        dynamo.scan(TableName="source")
    gc.collect()
    print(sum(isinstance(one, Item) for one in gc.get_objects()))
"""
    )
    assert "1" == said(program)
    assert int(said(program.replace(INSTALL, ""))) > 50
