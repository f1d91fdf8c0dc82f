"""R1, R2, R22: whether the source can be restored to that time is known before it is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from checks.window import Window, check_retention, check_target

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = Window("core-prod", retention_days=7, earliest=NOON - 7 * DAY, latest=NOON)


@pytest.mark.parametrize("policy", [None, DAY, 7 * DAY])
def test_enough_retention_has_no_finding(policy: timedelta | None) -> None:
    """R1."""
    assert check_retention(WINDOW, policy) == []


def test_the_module_s_default_of_a_day_is_less_than_a_week() -> None:
    """R1."""
    (finding,) = check_retention(replace(WINDOW, retention_days=1), 7 * DAY)
    assert finding.check == "window.retention"
    assert (finding.expected, finding.actual) == ("automated backups kept for 7 days", "1 day")


@pytest.mark.parametrize("days", [0, None])
@pytest.mark.parametrize("policy", [None, timedelta(0), 7 * DAY])
def test_no_backups_is_a_finding_whatever_the_policy(
    days: int | None, policy: timedelta | None
) -> None:
    """R1."""
    (finding,) = check_retention(replace(WINDOW, retention_days=days), policy)
    assert finding.actual == "no automated backups"


@pytest.mark.parametrize("target", [NOON, NOON - 7 * DAY, NOON - DAY])
def test_a_target_within_the_window_bounds_included_has_no_finding(target: datetime) -> None:
    """R2."""
    assert check_target(WINDOW, target) == []
    assert check_target(WINDOW, "latest") == []


def test_a_target_after_the_latest_is_a_finding() -> None:
    """R2: also every time in the future."""
    (finding,) = check_target(WINDOW, NOON + timedelta(seconds=1))
    assert finding.check == "window.target"
    assert finding.actual == "2026-03-01T12:00:01Z"
    assert finding.expected == "a time from 2026-02-22T12:00:00Z to 2026-03-01T12:00:00Z"
    assert "or wait" in finding.remedy


def test_a_target_before_the_earliest_is_a_finding() -> None:
    """R2."""
    (finding,) = check_target(WINDOW, NOON - 7 * DAY - timedelta(seconds=1))
    assert finding.check == "window.target"
    assert "or later" in finding.remedy


@pytest.mark.parametrize(
    ("target", "actual"),
    [
        (datetime(2026, 3, 1, 11), "2026-03-01T11:00:00 (no zone)"),
        (
            datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=1))),
            "2026-03-01T12:00:00+01:00 (another zone)",
        ),
    ],
)
def test_a_target_that_is_not_in_utc_is_a_finding(target: datetime, actual: str) -> None:
    """R22: local time, naive time."""
    (finding,) = check_target(WINDOW, target)
    assert finding.check == "window.utc"
    assert finding.actual == actual


@pytest.mark.parametrize(
    "window",
    [
        replace(WINDOW, earliest=None),
        replace(WINDOW, latest=None),
        replace(WINDOW, earliest=None, latest=None),
    ],
)
@pytest.mark.parametrize("target", ["latest", NOON])
def test_a_source_without_restorable_times_is_a_finding(window: Window, target: datetime) -> None:
    """R2: `latest` too needs a backup."""
    (finding,) = check_target(window, target)
    assert finding.check == "window.bounds"


def test_an_empty_window_is_a_finding() -> None:
    (finding,) = check_target(replace(WINDOW, earliest=NOON + DAY), "latest")
    assert finding.check == "window.bounds"


def test_bounds_that_are_no_aware_times_are_findings() -> None:
    """R22."""
    naive = replace(WINDOW, earliest=datetime(2026, 2, 1), latest=datetime(2026, 3, 1))
    assert [one.check for one in check_target(naive, NOON)] == ["window.utc", "window.utc"]
