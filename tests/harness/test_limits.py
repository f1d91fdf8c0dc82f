"""`[limits]` before anything is paid for: what is refused, and what is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fixtures.claims import BadInput
from fixtures.limits import check_limits
from fixtures.settings.demands import Limits
from fixtures.settings.restore import Restore

GB = 1 << 30


class Told:
    """What a drill's record is told."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}

    def facts(self, subject: str, /, **facts: Any) -> None:
        self.told = facts


def described(*classes: str) -> Any:
    return SimpleNamespace(
        identifier="core",
        instances=[SimpleNamespace(instance_class=one) for one in classes],
        raw={"ServerlessV2ScalingConfiguration": {"MaxCapacity": 8}},
    )


class Database:
    """A server that says how large its databases are."""

    def __init__(self, size: int) -> None:
        self._size = size

    def execute(self, _: str) -> Any:
        return SimpleNamespace(fetchone=lambda: (self._size,))


def source(size: int | None = None, cloudwatch: Any = None) -> Any:
    @contextmanager
    def reader(_: str) -> Iterator[Any]:
        assert size is not None
        yield Database(size)

    return SimpleNamespace(
        cloudwatch=cloudwatch,
        gone=False,
        reader=None if size is None else reader,
        admin=None,
        mode="drill",
        maintenance="postgres",
    )


def check(limits: Limits, *, of: Any = None, **known: Any) -> dict[str, Any]:
    told = Told()
    there = described("db.r6g.large", "db.r6g.large") if of is None else of
    check_limits(told, there, source(**known), limits, Restore())  # type: ignore[arg-type]
    return told.told


def test_what_is_within_its_limits_goes_on_and_is_told() -> None:
    limits = Limits(instance_hours=16.0, restored_bytes="5GB", prices={"db.r6g.large": 0.25})  # type: ignore[arg-type]
    told = check(limits, size=3 * GB)
    assert (16.0, 3 * GB, 4.0) == (
        told["instance-hours"],
        told["restored bytes"],
        told["cost of the instances, at most"],
    )
    assert [] == told["without a price"]


def test_more_instance_hours_than_allowed_are_refused_by_name() -> None:
    with pytest.raises(BadInput) as refusal:
        check(Limits(instance_hours=15.0))
    said = str(refusal.value)
    assert "[limits] instance_hours = 15: the drill may take 16, 2 x 8 h of" in said
    assert "[limits] expire_after" in said
    assert "\n" not in said


def test_an_earlier_expiry_makes_it_fit() -> None:
    assert (
        4 == check(Limits(instance_hours=15.0, expire_after=timedelta(hours=2)))["instance-hours"]
    )


def test_more_bytes_than_allowed_are_refused_by_name() -> None:
    limits = Limits(restored_bytes="2GB")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=r"\[limits\] restored_bytes: 3.0 GB would be restored"):
        check(limits, size=3 * GB)


def test_a_size_that_nobody_knows_is_no_reason_to_refuse_and_is_told_as_unknown() -> None:
    """It is measured in the copy, and judged there."""
    limits = Limits(restored_bytes="2GB")  # type: ignore[arg-type]
    assert None is check(limits)["restored bytes"]


def test_where_cloudwatch_may_not_be_asked_the_databases_are() -> None:
    def denied(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetMetricData")

    cloudwatch = SimpleNamespace(get_metric_data=denied)
    assert 3 * GB == check(Limits(), size=3 * GB, cloudwatch=cloudwatch)["restored bytes"]


def test_capacity_units_are_priced_at_the_most_that_may_be_taken() -> None:
    told = check(Limits(prices={"db.serverless": 0.12}), of=described("db.serverless"))
    assert 7.68 == told["cost of the instances, at most"]  # 8 h of 8 units


def test_a_class_without_a_price_leaves_no_half_of_a_cost() -> None:
    told = check(
        Limits(prices={"db.r6g.large": 0.25}), of=described("db.r6g.large", "db.t4g.medium")
    )
    assert None is told["cost of the instances, at most"]
    assert ["db.t4g.medium"] == told["without a price"]
