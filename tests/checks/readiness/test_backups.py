"""Retention, age, lag, methods, WAL: each red on what is too little, silent on what is enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from checks.judgement import Judgement
from checks.readiness.backups import SeenBackup, check_lag, check_newest, judge_reach_back
from checks.readiness.methods import Method, judge_methods, of_moments, table, windowed
from checks.readiness.unasked import Unasked
from checks.readiness.wal import SeenWay, judge_way, method_of
from checks.window import Window

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
WEEK, DAY, HOUR = timedelta(days=7), timedelta(days=1), timedelta(hours=1)


def window(days: int) -> Window:
    return Window("core-prod", days, NOW - timedelta(days=days), NOW)


def snapshot(age: timedelta, made: str = "manual", status: str = "available") -> SeenBackup:
    return SeenBackup(f"{made}-{age}", made, NOW - age, status)


def test_a_retention_as_long_as_the_policy_is_silent() -> None:
    """R1."""
    assert Judgement() == judge_reach_back(window(7), [], WEEK, NOW)
    assert Judgement() == judge_reach_back(window(1), [], None, NOW)


@pytest.mark.parametrize("days", [0, 1])
def test_a_retention_that_is_too_short_is_red_and_so_is_the_lack_of_snapshots(days: int) -> None:
    """R1, R4: the module's default is one day."""
    found = judge_reach_back(window(days), [], WEEK, NOW).findings
    assert ["readiness.retention", "readiness.snapshots"] == [one.check for one in found]
    assert "no snapshot that is kept" == found[1].actual


def test_without_any_policy_no_backups_at_all_are_red() -> None:
    (finding,) = judge_reach_back(window(0), [snapshot(DAY)], None, NOW).findings
    assert "no automated backups" == finding.actual


@pytest.mark.parametrize(
    "kept",
    [
        [snapshot(DAY)],
        [snapshot(WEEK + DAY, made="automated")],
        [snapshot(WEEK + DAY, status="creating")],
    ],
    ids=["young", "automated", "unfinished"],
)
def test_snapshots_that_do_not_reach_back_do_not_stand_in(kept: list[SeenBackup]) -> None:
    """R4: automated ones go with the retention, and with the source."""
    assert 2 == len(judge_reach_back(window(1), kept, WEEK, NOW).findings)


@pytest.mark.parametrize("made", ["manual", "awsbackup"])
def test_a_kept_snapshot_that_is_old_enough_bounds_the_claim(made: str) -> None:
    """R4: it reaches back, and what lies between it and the window is lost."""
    judged = judge_reach_back(window(1), [snapshot(WEEK + HOUR, made)], WEEK, NOW)
    assert () == judged.findings
    assert "the oldest of 2026-11-20 11:00:00Z" in judged.bounds[0].bound


def test_a_young_snapshot_is_silent_and_an_old_or_missing_one_is_red() -> None:
    """R62 for snapshots."""
    assert [] == check_newest([snapshot(WEEK), snapshot(HOUR)], DAY, NOW, "core-prod")
    (old,) = check_newest([snapshot(WEEK)], DAY, NOW, "core-prod")
    assert "the newest is 7 d old" == old.actual
    (none,) = check_newest([], DAY, NOW, "core-prod")
    assert "no snapshot" == none.actual
    (failed,) = check_newest([snapshot(HOUR, status="failed")], DAY, NOW, "core-prod")
    assert "no snapshot; others are failed" == failed.actual


def test_what_would_be_lost_is_held_against_the_objective() -> None:
    assert [] == check_lag(NOW - timedelta(minutes=5), timedelta(minutes=15), NOW, "core-prod")
    (late,) = check_lag(NOW - HOUR, timedelta(minutes=15), NOW, "core-prod")
    assert ("restorable to the last 15 min", "to 60 min ago") == (late.expected, late.actual)
    assert check_lag(None, HOUR, NOW, "core-prod")


PITR = "point-in-time restore"


@pytest.mark.parametrize("target", [NOW - WEEK, NOW - DAY, NOW, "latest"])
def test_a_target_within_the_window_is_reached(target: datetime | Literal["latest"]) -> None:
    """R2, bounds included."""
    way = windowed(PITR, NOW - WEEK, NOW, target)
    assert "yes" == way.reaches(target)
    assert Judgement() == judge_methods([way], target, None, "core-prod")


def test_a_target_before_everything_is_red() -> None:
    """R2: the window does not reach T."""
    target = NOW - 2 * WEEK
    methods = [windowed(PITR, NOW - WEEK, NOW, target), of_moments("manual", [NOW - DAY], target)]
    (finding,) = judge_methods(methods, target, None, "core-prod").findings
    assert "a method that reaches 2026-11-13 12:00:00Z" == finding.expected
    assert "the oldest moment that anything restores is 2026-11-20 12:00:00Z" == finding.actual
    assert ["no", "no"] == [one.reaches(target) for one in methods]


def test_no_backup_of_any_kind_is_red() -> None:
    methods = [windowed(PITR, None, None, "latest"), of_moments("manual", [], "latest")]
    (finding,) = judge_methods(methods, "latest", None, "core-prod").findings
    assert "no backup of any kind" == finding.actual


def test_a_snapshot_before_the_target_bounds_the_claim_by_what_is_lost() -> None:
    """An objective turns the bound into a judgement."""
    target = NOW - 2 * WEEK
    kept = of_moments("AWS Backup", [target - HOUR], target)
    methods = [windowed(PITR, NOW - WEEK, NOW, target), kept]
    (bound,) = judge_methods(methods, target, None, "core-prod").bounds
    assert "the best is AWS Backup, which ends 60 min before the target" == bound.bound
    assert Judgement() == judge_methods(methods, target, 2 * HOUR, "core-prod")
    (finding,) = judge_methods(methods, target, timedelta(minutes=15), "core-prod").findings
    assert "restorable to 2026-11-13 11:00:00Z, 60 min before" == finding.actual


def test_snapshots_alone_bound_the_latest() -> None:
    methods = [windowed(PITR, None, None, "latest"), of_moments("manual", [NOW - DAY], "latest")]
    (bound,) = judge_methods(methods, "latest", None, "core-prod").bounds
    assert "the newest of 2026-11-26 12:00:00Z" in bound.bound


@pytest.mark.parametrize(
    "target",
    [NOW.replace(tzinfo=None), NOW.astimezone(tz=None).replace(tzinfo=None)],
)
def test_a_time_that_is_not_utc_is_red(target: datetime) -> None:
    """R22."""
    (finding,) = judge_methods([Method(PITR)], target, None, "core-prod").findings
    assert "a time in UTC" == finding.expected


def test_methods_that_could_not_be_asked_are_not_proven() -> None:
    judged = judge_methods(Unasked("no right"), "latest", None, "core-prod")
    assert (0, 1) == (len(judged.findings), len(judged.gaps))


def test_the_table_says_of_each_method_what_it_restores_and_whether_it_is_enough() -> None:
    target = NOW - DAY
    lines = table(
        [
            windowed(PITR, NOW - WEEK, NOW, target),
            of_moments("automated snapshots", [NOW - WEEK, NOW - 2 * DAY, NOW], target),
            of_moments("manual snapshots", [], target),
        ],
        target,
    )
    assert [
        "method                 from                  to                    backups"
        "   reaches 2026-11-26 12:00:00Z",
        "point-in-time restore  2026-11-20 12:00:00Z  2026-11-27 12:00:00Z  any time  yes",
        "automated snapshots    2026-11-20 12:00:00Z  2026-11-27 12:00:00Z  3         "
        "to 24 h before",
        "manual snapshots       -                     -                     0         "
        "no (there is none)",
    ] == lines


WAY = SeenWay("base-1", NOW - WEEK, "0/5000000", [NOW - WEEK, NOW - DAY])


def test_wal_that_leads_past_a_later_backup_is_dated_by_it() -> None:
    """R63."""
    assert Judgement() == judge_way(WAY, NOW - DAY)
    assert Judgement() == judge_way(WAY, "latest")
    assert "yes" == method_of(WAY, NOW - DAY).reaches(NOW - DAY)


def test_wal_behind_the_last_backup_has_no_date_and_is_not_proven() -> None:
    judged = judge_way(WAY, NOW)
    assert () == judged.findings
    assert "dated to 2026-11-26 12:00:00Z only" in judged.gaps[0].reason
    assert "undated" in method_of(WAY, NOW).note


def test_a_gap_in_the_wal_is_red() -> None:
    """R63: recovery would end early, and report success."""
    way = replace(WAY, said="the archive has a gap: 000000010000000000000003 is missing")
    (finding,) = judge_way(way, "latest").findings
    assert way.said == finding.actual
    assert "no" == method_of(way, "latest").reaches("latest").partition(" ")[0]


def test_wal_of_which_the_catalogue_says_too_little_is_not_proven() -> None:
    judged = judge_way(replace(WAY, unseen="the catalogue does not tell"), "latest")
    assert (0, 1) == (len(judged.findings), len(judged.gaps))


def test_a_backup_without_wal_reaches_its_own_end() -> None:
    alone = SeenWay("base-1", NOW - DAY, "")
    assert "to 24 h before" == method_of(alone, NOW).reaches(NOW).partition(" (")[0]
    assert judge_way(alone, NOW).gaps
