"""R33: a restored Aurora cluster has no instance; these are like the source's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import Stubber

from checks.configuration import compare_instances
from fixtures.aws import tags as tagging
from fixtures.aws.description import ClusterDescription, describe, read_instances
from fixtures.aws.errors import CompleteTheDescription, CorrectTheRequest, RemoveByHand
from fixtures.aws.instances import create_like, expected, requests
from fixtures.aws.restore import restore
from fixtures.aws.session import Client
from fixtures.aws.tags import RunTag

TAG = RunTag("run-1", "ci")


@pytest.fixture
def described(rds: Client, source: str) -> ClusterDescription:
    return describe(rds, source)


def test_instances_are_asked_for_as_the_source_has_them(described: ClusterDescription) -> None:
    """R33: writer first."""
    first, second = requests(described, "core-copy", TAG)
    assert first == {
        "DBInstanceIdentifier": "core-copy-1",
        "DBClusterIdentifier": "core-copy",
        "Engine": "aurora-postgresql",
        "DBInstanceClass": "db.serverless",
        "DBParameterGroupName": "core-instance",
        "PubliclyAccessible": False,
        "PromotionTier": 1,
        "AutoMinorVersionUpgrade": True,
        "CACertificateIdentifier": "rds-ca-default",
        "Tags": tagging.as_list({"part": "1", **TAG.as_dict()}),
    }
    assert second["DBInstanceClass"] == "db.r6g.large"
    assert second["PromotionTier"] == 0
    assert second["DBInstanceIdentifier"] == "core-copy-2"


def test_a_public_source_s_copy_is_public(described: ClusterDescription) -> None:
    public = replace(described.instances[0], publicly_accessible=True)
    asked = requests(replace(described, instances=(public,)), "core-copy", TAG)
    assert asked[0]["PubliclyAccessible"] is True


def test_the_zone_is_left_to_rds(described: ClusterDescription) -> None:
    assert all("AvailabilityZone" not in one for one in requests(described, "core-copy", TAG))


@pytest.mark.parametrize(
    ("count", "classes"),
    [
        (1, ["db.serverless"]),
        (2, ["db.serverless", "db.r6g.large"]),
        (4, ["db.serverless", "db.r6g.large", "db.r6g.large", "db.r6g.large"]),
    ],
)
def test_fewer_or_more_can_be_asked_for(
    described: ClusterDescription, count: int, classes: list[str]
) -> None:
    asked = requests(described, "core-copy", TAG, count=count)
    assert classes == [one["DBInstanceClass"] for one in asked]
    assert len({one["DBInstanceIdentifier"] for one in asked}) == count


def test_another_class_can_be_asked_for(described: ClusterDescription) -> None:
    asked = requests(described, "core-copy", TAG, instance_class="db.t4g.medium")
    assert [one["DBInstanceClass"] for one in asked] == ["db.t4g.medium"] * 2


def test_a_copy_s_instances_keep_the_names_behind_their_cluster_s(
    described: ClusterDescription,
) -> None:
    """A module that names them after the cluster finds each at its own address (R43)."""
    writer, reader = described.instances
    failed_over = replace(
        described,
        instances=(
            replace(writer, identifier="core-prod-2"),
            replace(reader, identifier="core-prod-1"),
        ),
    )
    names = [one["DBInstanceIdentifier"] for one in requests(failed_over, "core-copy", TAG)]
    assert ["core-copy-2", "core-copy-1"] == names


@pytest.mark.parametrize(
    ("wanted", "classes"),
    [
        ({}, ["db.serverless", "db.r6g.large"]),
        ({"count": 1}, ["db.serverless"]),
        ({"count": 3}, ["db.serverless", "db.r6g.large", "db.r6g.large"]),
        ({"instance_class": "db.t4g.medium"}, ["db.t4g.medium"] * 2),
    ],
)
def test_what_is_expected_of_a_copy_is_what_was_asked_for_it(
    rds: Client, described: ClusterDescription, wanted: dict[str, Any], classes: list[str]
) -> None:
    """R33: a copy made like that is no finding, and another is one."""
    restore(rds, described, "core-copy", "latest", TAG)
    create_like(rds, described, "core-copy", TAG, **wanted)
    made = read_instances(rds, "core-copy")

    like = expected(described, "core-copy", **wanted)

    assert classes == [one["DBInstanceClass"] for one in like]
    assert [] == compare_instances(like, made)
    fewer = compare_instances(like, made[1:])
    assert "number of instances" in {one.subject for one in fewer}
    other = compare_instances(like, [{**made[0], "DBInstanceClass": "db.t3.micro"}, *made[1:]])
    assert other


def test_other_names_are_numbered_and_none_is_given_twice(described: ClusterDescription) -> None:
    writer, reader = described.instances
    mixed = replace(
        described,
        instances=(replace(writer, identifier="blue"), replace(reader, identifier="core-prod-1")),
    )
    names = [one["DBInstanceIdentifier"] for one in requests(mixed, "core-copy", TAG, count=3)]
    assert ["core-copy-1", "core-copy-2", "core-copy-3"] == names


def test_a_serverless_cluster_of_the_first_generation_gets_none(
    described: ClusterDescription,
) -> None:
    serverless = replace(described, instances=(), raw={**described.raw, "EngineMode": "serverless"})
    assert [] == requests(serverless, "core-copy", TAG)


def test_no_instance_at_all_is_refused(described: ClusterDescription) -> None:
    """R33: nothing would listen."""
    with pytest.raises(CorrectTheRequest, match="nothing listens"):
        requests(described, "core-copy", TAG, count=0)


def test_a_source_without_instances_has_no_model(described: ClusterDescription) -> None:
    with pytest.raises(CompleteTheDescription, match="has no instance"):
        requests(replace(described, instances=()), "core-copy", TAG)


def test_instances_are_created_and_marked(rds: Client, described: ClusterDescription) -> None:
    """R33."""
    restore(rds, described, "core-copy", "latest", TAG)
    assert read_instances(rds, "core-copy") == []
    created = create_like(rds, described, "core-copy", TAG)
    found = {one["DBInstanceIdentifier"]: one for one in read_instances(rds, "core-copy")}
    assert sorted(found) == [one.identifier for one in created] == ["core-copy-1", "core-copy-2"]
    for one in created:
        listed = rds.list_tags_for_resource(ResourceName=one.arn)["TagList"]
        assert TAG.owns(tagging.as_mapping(listed), one.resource_id)


CREATED = {
    "DBInstance": {
        "DBInstanceIdentifier": "core-copy-1",
        "DbiResourceId": "db-COPY",
        "DBInstanceArn": "arn:aws:rds:us-east-1:1:db:core-copy-1",
    }
}


def test_a_refusal_says_what_was_made_so_far(
    described: ClusterDescription, stubbed: tuple[Client, Stubber]
) -> None:
    client, stubber = stubbed
    stubber.add_response("create_db_instance", CREATED)
    stubber.add_response("add_tags_to_resource", {})
    stubber.add_client_error(
        "create_db_instance", "InsufficientDBInstanceCapacity", "none left in us-east-1"
    )
    with pytest.raises(
        CorrectTheRequest, match=r"core-copy-2 \(InsufficientDB.*made so far: core-copy-1"
    ):
        create_like(client, described, "core-copy", TAG)


def test_an_instance_that_could_not_be_marked_is_deleted_again(
    described: ClusterDescription, stubbed: tuple[Client, Stubber]
) -> None:
    """It would keep the whole copy from being removed."""
    client, stubber = stubbed
    stubber.add_response("create_db_instance", CREATED)
    stubber.add_client_error("add_tags_to_resource", "AccessDenied", "not you")
    made = {"DBInstances": [CREATED["DBInstance"]]}
    stubber.add_response("describe_db_instances", made)
    stubber.add_response("delete_db_instance", {})
    stubber.add_client_error("describe_db_instances", "DBInstanceNotFound", "none")
    with pytest.raises(CorrectTheRequest, match="core-copy-1 was made and could not be marked"):
        create_like(client, described, "core-copy", TAG)


def test_an_instance_that_can_neither_be_marked_nor_deleted_is_pointed_out(
    described: ClusterDescription, stubbed: tuple[Client, Stubber]
) -> None:
    client, stubber = stubbed
    stubber.add_response("create_db_instance", CREATED)
    stubber.add_client_error("add_tags_to_resource", "AccessDenied", "not you")
    stubber.add_client_error("describe_db_instances", "AccessDenied", "nor that")
    with pytest.raises(RemoveByHand, match="delete it by hand"):
        create_like(client, described, "core-copy", TAG)
