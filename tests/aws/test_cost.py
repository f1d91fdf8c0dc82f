"""What a copy takes: instances and their hours by AWS's word, storage by CloudWatch's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from fixtures.aws.cost import Instance, instances_at_most, instances_until, storage_bytes
from fixtures.aws.description import ClusterDescription, describe
from fixtures.aws.session import Client
from tests.aws.fix_aws import ACCESS, Answered

EIGHT = timedelta(hours=8)
NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)


@pytest.fixture
def described(rds: Client, source: str) -> ClusterDescription:
    """A serverless writer of at most four capacity units, and a reader, db.r6g.large."""
    return describe(rds, source)


def most(source: Any, **asked: Any) -> list[Instance]:
    return instances_at_most(source, EIGHT, **{"count": None, "instance_class": None, **asked})


def test_a_copy_may_have_the_source_s_instances_for_as_long_as_it_may_be_there(
    described: ClusterDescription,
) -> None:
    writer, reader = Instance("db.serverless", 8, units=4), Instance("db.r6g.large", 8)
    assert [writer, reader] == most(described)
    assert [writer] == most(described, count=1)
    assert [writer, reader, reader] == most(described, count=3)
    assert [Instance("db.t4g.medium", 8)] * 2 == most(described, instance_class="db.t4g.medium")


def with_raw(described: ClusterDescription, **raw: Any) -> ClusterDescription:
    return replace(described, instances=(), raw=MappingProxyType({**described.raw, **raw}))


def test_serverless_of_the_first_generation_has_capacity_and_no_instance(
    described: ClusterDescription,
) -> None:
    first = with_raw(
        described,
        EngineMode="serverless",
        ScalingConfigurationInfo={"MaxCapacity": 16},
        ServerlessV2ScalingConfiguration=None,
        ClusterCreateTime=NOW - timedelta(hours=2),
    )
    assert [Instance("db.serverless", 8, units=16)] == most(first)
    assert [Instance("db.serverless", 2, units=16)] == instances_until(first, NOW)


SINGLE = SimpleNamespace(
    instances=(),
    identifier="alone",
    raw={
        "DBInstanceClass": "db.m6g.large",
        "AllocatedStorage": 100,
        "InstanceCreateTime": NOW - timedelta(minutes=30),
    },
)


def test_a_single_instance_is_one_and_has_its_allocated_storage() -> None:
    assert [Instance("db.m6g.large", 8)] == most(SINGLE)
    assert [Instance("db.m6g.large", 0.5)] == instances_until(SINGLE, NOW)  # type: ignore[arg-type]
    assert 100 << 30 == storage_bytes(None, SINGLE, NOW)  # type: ignore[arg-type]


def test_hours_are_counted_from_when_aws_made_each(described: ClusterDescription) -> None:
    later = max(one.raw["InstanceCreateTime"] for one in described.instances) + timedelta(hours=3)
    used = instances_until(described, later)
    assert [3, 3] == [round(one.hours, 2) for one in used]


def cloudwatch(values: list[float]) -> tuple[Client, list[dict[str, Any]]]:
    client, asked = ACCESS.client("cloudwatch"), []

    def answer(**_: Any) -> tuple[Answered, dict[str, Any]]:
        return Answered(), {"MetricDataResults": [{"Values": values}]}

    client.meta.events.register("before-call.cloudwatch.GetMetricData", answer)
    client.meta.events.register(
        "provide-client-params.cloudwatch.GetMetricData",
        lambda params, **_: asked.append(params),
    )
    return client, asked


def test_a_cluster_s_size_is_the_newest_that_cloudwatch_has(described: ClusterDescription) -> None:
    """AllocatedStorage of Aurora is always 1."""
    client, asked = cloudwatch([5e9, 4e9])
    assert 5_000_000_000 == storage_bytes(client, described, NOW)
    assert "TimestampDescending" == asked[0]["ScanBy"]
    (query,) = asked[0]["MetricDataQueries"]
    assert "VolumeBytesUsed" == query["MetricStat"]["Metric"]["MetricName"]


def test_where_cloudwatch_has_none_or_is_not_asked_nobody_knows(
    described: ClusterDescription,
) -> None:
    assert None is storage_bytes(cloudwatch([])[0], described, NOW)
    assert None is storage_bytes(None, described, NOW)
