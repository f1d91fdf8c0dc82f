"""Done when 6: AWS itself refuses, whoever asks. No guard stands here: the clients are boto3's own.

The cloud decides as IAM does (`judging`); an administrator who may do all of it shows that it is
the policy that refuses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fixtures.aws.errors import code
from fixtures.aws.limited import compact
from fixtures.aws.names import new_identifier
from fixtures.aws.policy import session_policy
from fixtures.aws.session import Access, Client
from tests.iam.conftest import Guarded
from tests.iam.documents import ACCOUNT, MODES, REGION, SOURCE, document
from tests.iam.fix_iam import ADMINISTRATOR

ARN = f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:{SOURCE}"
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
TAG = [{"Key": "restore-drills:run", "Value": "somebody"}]
Call = tuple[str, str, dict[str, Any]]

ON_THE_SOURCE: list[Call] = [
    ("rds", "delete_db_cluster", {"DBClusterIdentifier": SOURCE, "SkipFinalSnapshot": True}),
    (
        "rds",
        "delete_db_cluster",
        {"DBClusterIdentifier": SOURCE, "FinalDBSnapshotIdentifier": "core-drill-final"},
    ),
    ("rds", "modify_db_cluster", {"DBClusterIdentifier": SOURCE, "DeletionProtection": False}),
    (
        "rds",
        "modify_db_cluster",
        {"DBClusterIdentifier": SOURCE, "NewDBClusterIdentifier": new_identifier(SOURCE, "r")},
    ),
    ("rds", "stop_db_cluster", {"DBClusterIdentifier": SOURCE}),
    ("rds", "failover_db_cluster", {"DBClusterIdentifier": SOURCE}),
    ("rds", "add_tags_to_resource", {"ResourceName": ARN, "Tags": TAG}),
    ("rds", "remove_tags_from_resource", {"ResourceName": ARN, "TagKeys": ["a"]}),
    (
        "rds",
        "create_db_cluster_snapshot",
        {"DBClusterIdentifier": SOURCE, "DBClusterSnapshotIdentifier": "core-drill-1"},
    ),
]


@cache
def client_of(access: Access, service: str) -> Client:
    """One for all calls of an identity: a service's model takes a while to read."""
    return access.client(service)


def called(access: Access, call: Call) -> str | None:
    """The code of AWS's refusal, None where it was carried out."""
    service, method, params = call
    try:
        getattr(client_of(access, service), method)(**params)
    except ClientError as refusal:
        return code(refusal)
    return None


@pytest.fixture(scope="module")
def acting(guarded: Guarded) -> Iterator[Callable[..., Access]]:
    """As the role of a document, or of an administrator, with or without a session policy."""
    roles = {f"restore-{mode}": document(mode) for mode in MODES}
    roles["administrator"] = ADMINISTRATOR
    with ExitStack() as stack:
        arns = {
            name: stack.enter_context(guarded.identities.role(name, policy))
            for name, policy in roles.items()
        }
        keys = stack.enter_context(guarded.identities.operator(*roles))

        def act(role: str, **more: str) -> Access:
            return guarded.identities.as_role(keys, arns[role], **more)

        yield act


@pytest.fixture(scope="module")
def members(guarded: Guarded) -> list[str]:
    found = guarded.account.rds.describe_db_clusters(DBClusterIdentifier=SOURCE)
    return [
        one["DBInstanceIdentifier"]
        for cluster in found["DBClusters"]
        for one in cluster["DBClusterMembers"]
    ]


@pytest.mark.parametrize("mode", MODES)
def test_no_role_of_ours_changes_or_deletes_the_source(
    mode: str, acting: Callable[..., Access], guarded: Guarded, members: list[str]
) -> None:
    """R32. Without a session policy, and without the guard: the document alone holds."""
    role = acting(f"restore-{mode}")
    before = guarded.account.rds.describe_db_clusters(DBClusterIdentifier=SOURCE)["DBClusters"]
    on_members: list[Call] = [
        call
        for name in members
        for call in (
            ("rds", "reboot_db_instance", {"DBInstanceIdentifier": name}),
            ("rds", "modify_db_instance", {"DBInstanceIdentifier": name, "PromotionTier": 3}),
            (
                "rds",
                "delete_db_instance",
                {"DBInstanceIdentifier": name, "SkipFinalSnapshot": True},
            ),
        )
    ]
    assert on_members
    got_through = [
        call for call in [*ON_THE_SOURCE, *on_members] if called(role, call) not in DENIED
    ]
    assert [] == got_through
    after = guarded.account.rds.describe_db_clusters(DBClusterIdentifier=SOURCE)["DBClusters"]
    assert [_still(one) for one in before] == [_still(one) for one in after]


def test_the_same_calls_pass_for_one_who_may_make_them(
    acting: Callable[..., Access], members: list[str]
) -> None:
    """The alarm rings: nothing but the policy was in their way."""
    administrator = acting("administrator")
    for call in (
        ("rds", "modify_db_cluster", {"DBClusterIdentifier": SOURCE, "CopyTagsToSnapshot": True}),
        ("rds", "add_tags_to_resource", {"ResourceName": ARN, "Tags": TAG}),
        ("rds", "remove_tags_from_resource", {"ResourceName": ARN, "TagKeys": [TAG[0]["Key"]]}),
        ("rds", "modify_db_instance", {"DBInstanceIdentifier": members[0], "PromotionTier": 1}),
    ):
        assert called(administrator, call) is None, call
    # What would end the source is let in too, and stopped by RDS's own rules.
    protected = called(administrator, ON_THE_SOURCE[0])
    assert protected is not None
    assert protected not in DENIED


def test_a_session_policy_keeps_an_administrator_s_role_from_the_source(
    acting: Callable[..., Access],
) -> None:
    """What AssumeRole carried counts for as long as the session lasts."""
    copy = new_identifier(SOURCE, "run-1")
    policy = session_policy(run_id="run-1", source=SOURCE, copy=copy)
    limited = acting("administrator", Policy=compact(policy))
    assert [] == [call for call in ON_THE_SOURCE if called(limited, call) not in DENIED]
    assert called(limited, ("rds", "describe_db_clusters", {})) is None


@pytest.mark.parametrize(
    "call",
    [
        ("iam", "list_users", {}),
        ("s3", "list_buckets", {}),
        ("secretsmanager", "list_secrets", {}),
        ("dynamodb", "describe_limits", {}),
        ("lambda", "list_functions", {}),
        ("sqs", "list_queues", {}),
        ("ec2", "describe_instances", {}),
        ("kms", "create_key", {}),
    ],
    ids=lambda call: call[0],
)
def test_what_no_mode_needs_is_refused_whatever_the_service(
    call: Call, acting: Callable[..., Access]
) -> None:
    """Each protocol has its own form of a refusal; none of moto's services is a hole."""
    refused = called(acting("restore-drill"), call)
    assert refused in DENIED | {"403"}, refused


def test_a_security_group_is_a_drill_s_by_its_tag(
    acting: Callable[..., Access], guarded: Guarded
) -> None:
    """R26: made with the tag, changed and removed by it; one of somebody else's is not."""
    drill, owner = acting("restore-drill"), guarded.account.session.client("ec2")
    vpc = owner.describe_vpcs()["Vpcs"][0]["VpcId"]
    theirs = owner.create_security_group(GroupName="theirs", Description="x", VpcId=vpc)["GroupId"]
    ec2 = drill.client("ec2")
    untagged = {"GroupName": "core-prod-drill-r", "Description": "x", "VpcId": vpc}
    assert called(drill, ("ec2", "create_security_group", untagged)) in DENIED
    tags = [{"ResourceType": "security-group", "Tags": TAG}]
    ours = ec2.create_security_group(**untagged, TagSpecifications=tags)["GroupId"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    for method, params in (
        ("revoke_security_group_egress", {"IpPermissions": everything}),
        ("delete_security_group", {}),
    ):
        assert called(drill, ("ec2", method, {"GroupId": theirs, **params})) in DENIED
    assert called(drill, ("ec2", "create_tags", {"Resources": [theirs], "Tags": TAG})) in DENIED
    ec2.create_tags(Resources=[ours], Tags=[{"Key": "restore-drills:resource", "Value": ours}])
    ec2.revoke_security_group_egress(GroupId=ours, IpPermissions=everything)
    ec2.delete_security_group(GroupId=ours)
    owner.delete_security_group(GroupId=theirs)


def test_a_secret_is_read_where_the_document_names_it_and_none_is_written(
    acting: Callable[..., Access], guarded: Guarded
) -> None:
    owner = guarded.account.session.client("secretsmanager")
    for name in ("core-drill-login", "core-admin"):
        owner.create_secret(Name=name, SecretString="{}")
    drill = acting("restore-drill")
    read = "get_secret_value"
    try:
        assert called(drill, ("secretsmanager", read, {"SecretId": "core-drill-login"})) is None
        assert called(drill, ("secretsmanager", read, {"SecretId": "core-admin"})) in DENIED
        written = {"SecretId": "core-drill-login", "SecretString": "x"}
        assert called(drill, ("secretsmanager", "put_secret_value", written)) in DENIED
        recovery = acting("restore-recovery")
        assert called(recovery, ("secretsmanager", read, {"SecretId": "core-admin"})) is None
    finally:
        for name in ("core-drill-login", "core-admin"):
            owner.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def test_keys_have_to_be_right_and_a_role_is_lent_to_whom_it_trusts(
    guarded: Guarded, acting: Callable[..., Access]
) -> None:
    """moto's own authentication is on, and the trust policy of docs/iam decides on a role."""
    endpoint = guarded.account.cloud.endpoint
    wrong = Access(REGION, endpoint, "rehearsal", "not it")
    assert "SignatureDoesNotMatch" == called(wrong, ("rds", "describe_db_clusters", {}))
    unknown = Access(REGION, endpoint, "AKIANOBODYNOBODY1234", "x")
    assert "InvalidClientTokenId" == called(unknown, ("rds", "describe_db_clusters", {}))
    # A session that is not called as drills are, and a caller whom the role does not name.
    with pytest.raises(ClientError, match="no trust policy"):
        acting("restore-drill", session="somebody")
    owner = Access(REGION, endpoint, "rehearsal", "rehearsal")
    role = f"arn:aws:iam::{ACCOUNT}:role/restore-drill"
    asked = {"RoleArn": role, "RoleSessionName": "drill-x"}
    assert "AccessDenied" == called(owner, ("sts", "assume_role", asked))


def test_an_adopted_copy_is_no_drill_s_any_more(
    acting: Callable[..., Access], guarded: Guarded
) -> None:
    """After a recovery production is called as a copy is; its tag keeps drills from it."""
    name = new_identifier(SOURCE, "adopted")
    rds = guarded.account.rds
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName=name,
        DBParameterGroupFamily="aurora-postgresql16",
        Description="x",
        Tags=[{"Key": "restore-drills:adopted", "Value": "run-1"}],
    )
    call: Call = (
        "rds",
        "delete_db_cluster_parameter_group",
        {"DBClusterParameterGroupName": name},
    )
    for mode in ("drill", "reap"):
        assert called(acting(f"restore-{mode}"), call) in DENIED
    arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster-pg:{name}"
    rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["restore-drills:adopted"])
    assert called(acting("restore-drill"), call) is None


def test_every_decision_is_written_down(acting: Callable[..., Access], guarded: Guarded) -> None:
    acting("restore-drill").client("rds").describe_db_clusters()
    last = json.loads(guarded.decisions.read_text().splitlines()[-1])
    assert "rds:DescribeDBClusters" == last["action"]
    assert last["principal"].endswith(":assumed-role/restore-drill/drill-test")
    assert last["refusal"] is None


def _still(cluster: dict[str, Any]) -> dict[str, Any]:
    """Without what the clock moves."""
    return {key: value for key, value in cluster.items() if not key.endswith("RestorableTime")}
