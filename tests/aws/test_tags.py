"""DESIGN 7: a run knows its own by the resource's own id, never by what can be inherited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from fixtures.aws import tags as tagging
from fixtures.aws.errors import CorrectTheRequest
from fixtures.aws.session import Client
from fixtures.aws.tags import RunTag

TAG = RunTag("run-1", "ci", datetime(2026, 3, 1, 12, tzinfo=UTC))
OWN = {tagging.RUN: "run-1", tagging.RESOURCE: "cluster-ABC"}


def test_a_run_owns_what_carries_its_tag_and_its_own_id() -> None:
    assert TAG.owns(OWN, "cluster-ABC")


@pytest.mark.parametrize(
    ("tags", "resource"),
    [
        ({}, "cluster-ABC"),
        ({tagging.RUN: "run-1"}, "cluster-ABC"),
        ({tagging.RESOURCE: "cluster-ABC"}, "cluster-ABC"),
        (OWN | {tagging.RUN: "run-2"}, "cluster-ABC"),
        (OWN, "cluster-COPY"),
        (OWN | {tagging.RESOURCE: ""}, ""),
    ],
    ids=["none", "no id", "no run", "another run", "inherited by a copy", "empty ids"],
)
def test_a_run_owns_nothing_else(tags: dict[str, str], resource: str) -> None:
    assert not TAG.owns(tags, resource)


def test_the_expiry_is_written_in_utc() -> None:
    paris = datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1)))
    assert RunTag("r", "o", paris).as_dict()[tagging.EXPIRES] == "2026-03-01T12:00:00Z"


def test_a_recovery_carries_no_expiry() -> None:
    assert tagging.EXPIRES not in RunTag("r", "o").as_dict()


@pytest.mark.parametrize("value", ["", "a;b", "x" * 257, "a\nb"])
def test_what_cannot_be_a_tag_is_refused(value: str) -> None:
    with pytest.raises(CorrectTheRequest, match="cannot be a tag"):
        RunTag(value, "owner")
    with pytest.raises(CorrectTheRequest, match="cannot be a tag"):
        RunTag("run", value)


def test_an_expiry_without_zone_is_refused() -> None:
    with pytest.raises(CorrectTheRequest, match="has no zone"):
        RunTag("run", "owner", datetime(2026, 3, 1))


def test_a_copy_inherits_the_source_s_tags_but_not_ours_nor_aws_s() -> None:
    """R28."""
    assert tagging.inheritable({"team": "archive", "aws:x": "1", **OWN}) == {"team": "archive"}


def test_more_tags_than_a_resource_can_carry_are_refused_before_aws_is_asked() -> None:
    with pytest.raises(CorrectTheRequest, match="remove 2 from the source"):
        tagging.as_list({f"t{number}": "" for number in range(52)})


def test_claiming_writes_the_resource_s_own_id(rds: Client, source: str) -> None:
    cluster = rds.describe_db_clusters(DBClusterIdentifier=source)["DBClusters"][0]
    tagging.claim(rds, cluster["DBClusterArn"], cluster["DbClusterResourceId"])
    listed = rds.list_tags_for_resource(ResourceName=cluster["DBClusterArn"])["TagList"]
    assert tagging.as_mapping(listed)[tagging.RESOURCE] == cluster["DbClusterResourceId"]


def test_an_expiry_is_read_as_it_was_written() -> None:
    expires = datetime(2026, 3, 14, 12, 0, tzinfo=timezone(timedelta(hours=1)))
    tags = RunTag("run-1", "ci", expires).as_dict()
    assert expires == tagging.expiry_of(tags)
    assert None is tagging.expiry_of({})


@pytest.mark.parametrize("text", ["", "next week", "2026-03-14T12:00:00", "2026-03-14"])
def test_an_expiry_that_is_no_moment_with_a_zone_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        tagging.expiry_of({tagging.EXPIRES: text})
