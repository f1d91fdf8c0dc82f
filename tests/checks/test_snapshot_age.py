"""R62: a snapshot that is older than may be lost is a finding, whichever setting says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from checks.snapshot_age import check_age

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ALLOWED = {
    "[objectives] data_loss": timedelta(hours=24),
    "[readiness] snapshot_max_age": timedelta(hours=26),
}


def test_one_that_is_young_enough_is_no_finding() -> None:
    assert [] == check_age("s", NOW - timedelta(hours=24), NOW, ALLOWED)
    assert [] == check_age("s", NOW - timedelta(days=9), NOW, {})


def test_each_setting_that_it_exceeds_is_named() -> None:
    (one,) = check_age("s", NOW - timedelta(hours=25), NOW, ALLOWED)
    assert ("taken within 24 h ([objectives] data_loss)", "25 h old") == (one.expected, one.actual)
    assert 2 == len(check_age("s", NOW - timedelta(hours=27), NOW, ALLOWED))
