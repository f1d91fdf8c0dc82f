"""R24: the cluster's time and its tables', each wrong way of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checks.keys.moments import (
    TableWindow,
    check_distance,
    check_reach,
    check_recoverable,
    check_restored,
    first_moment,
)

T = datetime(2026, 11, 27, 9, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/core-GranulesTable"


def window(**changed: Any) -> TableWindow:
    given = {"enabled": True, "earliest": T - 10 * SECOND, "latest": T + 10 * SECOND}
    return TableWindow("core-GranulesTable", **{**given, **changed})


def checks(findings: list[Any]) -> list[str]:
    return [one.check for one in findings]


@pytest.mark.parametrize("fraction", [0, 1, 999_999])
def test_the_tables_time_is_the_nearest_whole_second_behind_the_cluster_s(fraction: int) -> None:
    """R24: the cluster prior to its tables, as the founding document has it."""
    target = T + timedelta(microseconds=fraction)
    moment = first_moment(target)
    assert T + SECOND == moment
    assert target < moment


def test_a_window_is_silent_within_its_bounds() -> None:
    for moment in (T - 10 * SECOND, T, T + 10 * SECOND):
        assert [] == check_reach([window()], moment)


@pytest.mark.parametrize(
    ("changed", "moment", "check"),
    [
        ({"enabled": False, "earliest": None, "latest": None}, T, "tables.recovery"),
        ({"latest": None}, T, "tables.recovery"),
        ({}, T - 11 * SECOND, "tables.window"),
        ({}, T + 11 * SECOND, "tables.window"),
    ],
)
def test_a_time_that_cannot_be_restored_is_found(
    changed: dict[str, Any], moment: datetime, check: str
) -> None:
    assert [check] == checks(check_reach([window(), window(**changed)][-1:], moment))
    assert (["tables.recovery"] if check == "tables.recovery" else []) == checks(
        check_recoverable([window(**changed)])
    )


@pytest.mark.parametrize(
    ("lag", "check"),
    [
        (timedelta(0), None),
        (5 * SECOND, None),
        (6 * SECOND, "tables.distance"),
        (-SECOND, "tables.order"),
        (timedelta(milliseconds=-1), "tables.order"),
    ],
)
def test_the_cluster_is_never_after_its_tables_nor_too_far_before(
    lag: timedelta, check: str | None
) -> None:
    found = checks(check_distance(T, T + lag, 5 * SECOND))
    assert ([] if check is None else [check]) == found


@pytest.mark.parametrize(
    "summary",
    [
        None,
        {"SourceTableArn": ARN, "RestoreDateTime": T + SECOND},
        {"SourceTableArn": f"{ARN}2", "RestoreDateTime": T},
        {"RestoreDateTime": T},
        {"SourceTableArn": ARN},
    ],
)
def test_a_table_of_another_time_or_source_is_found(summary: dict[str, Any] | None) -> None:
    assert ["tables.moment"] == checks(check_restored("core-GranulesTable", ARN, T, summary))


def test_a_table_of_that_time_and_source_is_silent() -> None:
    summary = {"SourceTableArn": ARN, "RestoreDateTime": T, "RestoreInProgress": False}
    assert [] == check_restored("core-GranulesTable", ARN, T, summary)
