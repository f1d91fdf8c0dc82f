"""A backup is young enough, and its age can be believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.backup_age import AGE, CLOCK, TOLERANCE, check_age

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("age", [timedelta(0), DAY, -TOLERANCE])
def test_a_young_backup_is_silent(age: timedelta) -> None:
    """R62: as old as the policy allows, or of a clock that runs a little ahead."""
    assert [] == check_age("base-1", NOW - age, NOW, DAY)


def test_without_a_policy_any_age_will_do() -> None:
    """R62."""
    assert [] == check_age("base-1", NOW - 1000 * DAY, NOW, None)
    assert [] == check_age("base-1", None, NOW, None)


def test_an_old_backup_is_named_with_its_age_and_the_policy() -> None:
    """R62."""
    (finding,) = check_age("base-1", NOW - DAY - timedelta(seconds=1), NOW, DAY)

    assert (AGE, "backup base-1") == (finding.check, finding.subject)
    assert ("at most 1 day, 0:00:00 old", "1 day, 0:00:01 old") == (
        finding.expected,
        finding.actual,
    )


def test_an_age_that_nobody_wrote_down_is_not_taken_for_young() -> None:
    """R62."""
    (finding,) = check_age("base-1", None, NOW, DAY)

    assert AGE == finding.check
    assert "nothing says when it ended" == finding.actual


@pytest.mark.parametrize("policy", [DAY, None])
def test_a_backup_from_the_future_has_no_age(policy: timedelta | None) -> None:
    """R22, R62: another clock made it, and a target by time would mean another moment."""
    (finding,) = check_age("base-1", NOW + TOLERANCE + timedelta(seconds=1), NOW, policy)

    assert CLOCK == finding.check
    assert "Set the clock" in finding.remedy
