"""Each patch is still needed: without it moto does what its reason says.

When one of these fails, moto has mended it: delete the patch. That Lambda functions are not run has
no such test: without the patch moto would look for a Docker daemon.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]

BEGINNING = """
import json
import boto3
from moto import mock_aws
mock = mock_aws()
mock.start()
def client(service):
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="x",
                        aws_secret_access_key="x")
"""
SECRET = """
api = client("secretsmanager")
api.create_secret(Name="s", SecretString="first")
"""
QUEUE = """
sqs = client("sqs")
queue = sqs.create_queue(QueueName="q")["QueueUrl"]
arn = "arn:aws:sqs:us-east-1:123456789012:q"
"""
PROGRAMS = {
    "secret_stages": (
        SECRET + "first = api.get_secret_value(SecretId='s')['VersionId']\n"
        "second = api.put_secret_value(SecretId='s', SecretString='second')['VersionId']\n"
        "api.update_secret_version_stage(SecretId='s', VersionStage='AWSCURRENT',\n"
        "    MoveToVersionId=first, RemoveFromVersionId=second)\n"
        "print(api.get_secret_value(SecretId='s')['SecretString'])",
        "second",
    ),
    "secret_deletion": (
        SECRET + "api.delete_secret(SecretId='s', RecoveryWindowInDays=7)\n"
        "print('changed' if api.put_secret_value(SecretId='s', SecretString='x') else '')",
        "changed",
    ),
    "secret_rotation": (
        SECRET + "print('done' if api.rotate_secret(SecretId='s')['VersionId'] else '')",
        "done",
    ),
    "secret_ownership": (
        "from moto.secretsmanager.models import secretsmanager_backends\n"
        "api = client('secretsmanager')\n"
        "backend = secretsmanager_backends['123456789012']['us-east-1']\n"
        "backend.create_managed_secret('rds', 'rds!cluster-1', secret_string='x')\n"
        "print(api.delete_secret(SecretId='rds!cluster-1')['Name'])",
        "rds!cluster-1",
    ),
    "event_rules": (
        QUEUE + "events = client('events')\n"
        "events.put_rule(Name='r', EventPattern='{\"source\": [\"s\"]}', State='DISABLED')\n"
        "events.put_targets(Rule='r', Targets=[{'Id': '1', 'Arn': arn}])\n"
        "events.put_events(Entries=[{'Source': 's', 'DetailType': 'd', 'Detail': '{}'}])\n"
        "print(len(sqs.receive_message(QueueUrl=queue).get('Messages', [])))",
        "1",
    ),
    "state_machines": (
        "states = client('stepfunctions')\n"
        "machine = states.create_state_machine(name='m',\n"
        "    roleArn='arn:aws:iam::123456789012:role/r',\n"
        "    definition=json.dumps({'StartAt': 'a', 'States': {'a': {'Type': 'Fail'}}}))\n"
        "run = states.start_execution(stateMachineArn=machine['stateMachineArn'])\n"
        "print(states.describe_execution(executionArn=run['executionArn'])['status'])",
        "RUNNING",
    ),
    "security_groups": (
        "ec2, rds = client('ec2'), client('rds')\n"
        "group = ec2.create_security_group(GroupName='g', Description='g')['GroupId']\n"
        "rds.create_db_cluster(DBClusterIdentifier='c', Engine='aurora-postgresql',\n"
        "    MasterUsername='root', MasterUserPassword='password',\n"
        "    VpcSecurityGroupIds=[group])\n"
        "ec2.delete_security_group(GroupId=group)\n"
        "print('deleted')",
        "deleted",
    ),
    "security_group_rules": (
        "ec2 = client('ec2')\n"
        "group = ec2.create_security_group(GroupName='g', Description='g')['GroupId']\n"
        "pair = {'GroupId': group, 'Description': 'members'}\n"
        "ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{\n"
        "    'IpProtocol': '-1', 'UserIdGroupPairs': [pair]}])\n"
        "rules = ec2.describe_security_group_rules(\n"
        "    Filters=[{'Name': 'group-id', 'Values': [group]}])['SecurityGroupRules']\n"
        "print(*(one.get('Description') for one in rules if not one['IsEgress']))",
        "None",
    ),
    "queues": (
        QUEUE + "from moto.sqs.models import sqs_backends\n"
        "class Mapping: enabled, batch_size = True, 1\n"
        "there = sqs_backends['123456789012']['us-east-1'].queues['q']\n"
        "there.lambda_event_source_mappings['arn:f'] = Mapping()\n"
        "from moto.awslambda.models import LambdaBackend\n"
        "LambdaBackend.send_sqs_batch = lambda *_: False\n"
        "sqs.send_message(QueueUrl=queue, MessageBody='x')\n"
        "got = sqs.receive_message(QueueUrl=queue, AttributeNames=['All'])['Messages'][0]\n"
        "print(got['Attributes']['ApproximateReceiveCount'])",
        "2",
    ),
}


@pytest.mark.parametrize("patch", PROGRAMS)
def test_moto_still_needs_the_patch(patch: str) -> None:
    program, wrong = PROGRAMS[patch]
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BEGINNING + program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert (wrong, 0) == (ended.stdout.strip(), ended.returncode), ended.stderr
