"""Which cluster is red: each case beside the one that differs in that alone, and is green."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reports.fleet.standing import Fleet, Standing, fleet_of
from reports.history.read import NAME, read_folders
from tests.reports.history.nights import at, kept, night

CORE = {"core-prod": Path("clusters/core-prod.toml")}
NOW = at(10)
WITHIN = timedelta(hours=26)
Night = list[dict[str, Any]]


def fleet(tmp_path: Path, *nights: Night, expected: Mapping[str, Path] = CORE) -> Fleet:
    for events in nights:
        kept(tmp_path, events)
    return fleet_of(expected, read_folders([tmp_path]), WITHIN, NOW)


def core(tmp_path: Path, *nights: Night) -> Standing:
    (standing,) = fleet(tmp_path, *nights).standings
    return standing


GREEN: dict[str, list[Night]] = {
    "proven last night": [night(9.5)],
    "proven 26 hours ago": [night(10 - 26 / 24)],
    "proven by a clock that is 4 minutes ahead": [night(10 + 4 / 1440)],
    "proven after a failure": [night(9, "FAILED"), night(9.5)],
    "proven after it was killed before it began": [night(9, drill="all")[:1], night(9.5)],
    "a real recovery": [night(9.5, mode="recovery")],
    "somebody else's restore": [night(9.5, mode="verification", drill="verify")],
    "proven; then a rehearsal failed": [night(9.5), night(9.6, "FAILED", mode="rehearsal")],
    "proven; then some of it again": [
        night(9.5),
        night(9.6, "PARTIAL", verdict={"exit_status": 0}),
    ],
    "proven; then the alarm rang": [night(9.5), night(9.6, "ALARM RANG", negative_control=7)],
    "silent, then it rang": [
        night(8, "ALARM SILENT", negative_control=7),
        night(9, "ALARM RANG", negative_control=8),
        night(9.5),
    ],
    "proven; nothing to prove in another drill": [
        night(9.5),
        night(9.6, "NOTHING TO PROVE", drill="plan", verdict={"exit_status": 5}),
    ],
    "a failed plan, then a safe one": [
        night(9, "FAILED", drill="plan", family="plan"),
        night(9.4, drill="plan", family="plan"),
        night(9.5),
    ],
}


@pytest.mark.parametrize("nights", GREEN.values(), ids=list(GREEN))
def test_this_cluster_is_green(nights: list[Night], tmp_path: Path) -> None:
    standing = core(tmp_path, *nights)
    assert [] == list(standing.red)
    assert standing.success is not None


def test_a_night_that_was_killed_before_its_cleanup_is_red(tmp_path: Path) -> None:
    standing = core(tmp_path, night(9.5)[:-1])
    assert standing.success is None
    assert (
        "pitr: PROVEN core, but the run was killed before it had cleaned up, or it still runs, "
        f"{LAST}"
    ) == standing.red[0]


LAST = "2026-06-10 14:00Z (12 h ago)"
RED: dict[str, tuple[list[Night], list[str]]] = {
    "no journal": ([], ["no journal of it was found"]),
    "proven too long ago": (
        [night(10 - 27 / 24)],
        ["not proven within 26 h: its last success began 2026-06-09 23:00Z (27 h ago)"],
    ),
    "rehearsals only": (
        [night(9, mode="rehearsal"), night(9.5, mode="rehearsal")],
        ["no drill was found: 2 rehearsals of it, which never count"],
    ),
    "partial only": (
        [night(9.5, "PARTIAL", verdict={"exit_status": 0})],
        [f"never proven: its last run, pitr {LAST}, is PARTIAL"],
    ),
    "a wait that nobody went on with": (
        [night(9.5, "WAITING", verdict={"exit_status": 75})],
        [f"never proven: its last run, pitr {LAST}, is WAITING"],
    ),
    "negative controls only": (
        [night(9.5, "ALARM RANG", negative_control=7)],
        [f"never proven: its last run, pitr {LAST}, is ALARM RANG"],
    ),
    "a safe plan only": (
        [night(9.5, drill="plan", family="plan")],
        [f"never proven: its last run, plan {LAST}, which restores nothing, is PROVEN"],
    ),
    "ready only": (
        [night(9.5, drill="readiness", family="methods")],
        [f"never proven: its last run, readiness {LAST}, which restores nothing, is PROVEN"],
    ),
    "not ready, though it was proven last night": (
        [night(9.4), night(9.5, "FAILED", drill="readiness", family="methods")],
        [f"readiness: FAILED core, {LAST}"],
    ),
    "failed": ([night(9.4), night(9.5, "FAILED")], [f"pitr: FAILED core, {LAST}"]),
    "not proven": ([night(9.4), night(9.5, "NOT PROVEN")], [f"pitr: NOT PROVEN core, {LAST}"]),
    "not proven, and yet exit 0": (
        [night(9.4), night(9.5, "NOT PROVEN", verdict={"exit_status": 0})],
        [f"pitr: NOT PROVEN core, {LAST}"],
    ),
    "proven, and yet exit 1": (
        [night(9.4), night(9.5, verdict={"exit_status": 1})],
        [f"pitr: PROVEN core, {LAST}"],
    ),
    "bad input": ([night(9.4), night(9.5, "BAD INPUT")], [f"pitr: BAD INPUT core, {LAST}"]),
    "interrupted": ([night(9.4), night(9.5, "INTERRUPTED")], [f"pitr: INTERRUPTED core, {LAST}"]),
    "killed": (
        [night(9.4), night(9.5)[:3]],
        [
            "pitr: INTERRUPTED: interrupted at step 1: Describe the source, or it still runs, "
            f"{LAST}"
        ],
    ),
    "killed before it began": (
        [night(9.4), night(9.5, drill="all")[:1]],
        [f"all: INTERRUPTED: interrupted before the first step, or it still runs, {LAST}"],
    ),
    "failed long ago, and other drills since": (
        [night(1, "FAILED", drill="snapshot"), night(9.5)],
        ["snapshot: FAILED core, 2026-06-02 02:00Z (9 d ago)"],
    ),
    "some of it failed": (
        [night(9.4), night(9.5, "PARTIAL", outcomes={"it holds": "failed"})],
        [f"pitr: PARTIAL core, {LAST}"],
    ),
    "failed, then some of it held": (
        [night(9.2), night(9.5, "FAILED"), night(9.6, "PARTIAL", verdict={"exit_status": 0})],
        [f"pitr: FAILED core, {LAST}"],
    ),
    "the alarm was silent": (
        [night(9.5, "ALARM SILENT", negative_control=7), night(9.6)],
        [f"pitr (negative control): ALARM SILENT core, {LAST}"],
    ),
    "proven by a clock that is a day ahead": (
        [night(11)],
        ["never proven: its last run, pitr 2026-06-12 02:00Z (in 24 h), is PROVEN"],
    ),
    "failed, and proven in the future": (
        [night(9.4), night(9.5, "FAILED"), night(11)],
        [f"pitr: FAILED core, {LAST}"],
    ),
}


@pytest.mark.parametrize(("nights", "why"), RED.values(), ids=list(RED))
def test_this_cluster_is_red(nights: list[Night], why: list[str], tmp_path: Path) -> None:
    standing = core(tmp_path, *nights)
    fresh = [one for one in standing.red if not one.startswith("never proven")]
    # That nothing was ever proven follows from most of these, and is told as well.
    assert why in (list(standing.red), fresh)


def test_one_red_cluster_makes_the_fleet_red(tmp_path: Path) -> None:
    expected = {**CORE, "other": Path("clusters/other.toml")}
    seen = fleet(tmp_path, night(9.5), expected=expected)
    assert [(one.cluster, one.is_red) for one in seen.standings] == [
        ("core-prod", False),
        ("other", True),
    ]
    assert (seen.is_red, seen.verdict) == (True, "1 of 2 clusters is red")


def test_a_fleet_is_green_when_every_cluster_is(tmp_path: Path) -> None:
    expected = {**CORE, "other": Path("clusters/other.toml")}
    seen = fleet(tmp_path, night(9.5), night(9.6, cluster="other"), expected=expected)
    assert (seen.is_red, seen.verdict) == (
        False,
        "all 2 clusters have a proven drill of the last 26 h",
    )


def test_a_run_in_the_future_is_told(tmp_path: Path) -> None:
    standing = core(tmp_path, night(9.5), night(11))
    assert [] == list(standing.red)
    assert ["dated in the future: pitr of run night-11, 2026-06-12 02:00Z (in 24 h)"] == list(
        standing.told
    )
    assert standing.success == at(9.5)


def test_a_drill_that_did_not_run_lately_is_told(tmp_path: Path) -> None:
    standing = core(tmp_path, night(9.5), night(1, drill="snapshot"))
    assert [] == list(standing.red)
    assert ["snapshot did not run lately: last 2026-06-02 02:00Z (9 d ago)"] == list(standing.told)
    assert [one.drill for one in standing.newest] == ["snapshot", "pitr"]


def test_a_cluster_that_is_not_expected_is_told_and_is_not_red(tmp_path: Path) -> None:
    old = [night(9, cluster="old"), night(9.5, "FAILED", run="old", cluster="old")]
    seen = fleet(tmp_path, night(9.5), *old)
    assert seen.unknown == {"old": f"2 runs, the last FAILED {LAST}"}
    assert seen.is_red is False


def test_the_age_is_that_of_the_run_and_not_of_the_file(tmp_path: Path) -> None:
    import os

    journal = kept(tmp_path, night(1))
    os.utime(journal, (NOW.timestamp(), NOW.timestamp()))
    assert core(tmp_path).is_red is True


# --- journals that cannot be read -------------------------------------------------------------


def broken(tmp_path: Path, events: Night) -> Path:
    """A journal whose first line can still be read, and tells whose it is."""
    journal = kept(tmp_path, events)
    journal.write_text(journal.read_text().replace('"event":"verdict"', '"event":"moon"'))
    return journal


def test_a_journal_of_a_cluster_that_cannot_be_read_is_red_if_it_is_the_newest(
    tmp_path: Path,
) -> None:
    journal = broken(tmp_path, night(9.6))
    (why,) = core(tmp_path, night(9.5)).red
    assert why.startswith(f"cannot be read: {journal}: line 11: event 'moon'")


def test_one_that_is_older_than_the_last_success_is_told_only(tmp_path: Path) -> None:
    journal = broken(tmp_path, night(9.4))
    standing = core(tmp_path, night(9.5))
    assert [] == list(standing.red)
    (told,) = standing.told
    assert told.startswith(f"not read, and of no weight: {journal}: line 11")


def test_a_rehearsal_that_cannot_be_read_is_told_only(tmp_path: Path) -> None:
    broken(tmp_path, night(9.6, mode="rehearsal"))
    standing = core(tmp_path, night(9.5))
    assert ([] == list(standing.red), len(standing.told)) == (True, 1)


def test_a_journal_of_a_newer_version_is_red_if_it_is_the_newest(tmp_path: Path) -> None:
    journal = kept(tmp_path, night(9.6))
    journal.write_text(journal.read_text().replace('"format":2', '"format":99'))
    (why,) = core(tmp_path, night(9.5)).red
    assert why.endswith("this version reads up to 2; use a newer restore-drills")


def test_a_journal_that_could_be_any_clusters_makes_the_fleet_red(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / NAME).write_bytes(b"\x00\n")
    seen = fleet(tmp_path, night(9.5))
    assert [] == list(seen.reds)
    assert list(seen.lost) == [f"{tmp_path}/x/{NAME}: line 1 is not JSON; the file is damaged"]
    assert (seen.is_red, seen.verdict) == (
        True,
        "the one cluster has a proven drill of the last 26 h; 1 journal cannot be read",
    )


def test_a_part_of_a_run_that_is_there_in_full_is_told_only(tmp_path: Path) -> None:
    kept(tmp_path / "part", night(9.5)[:5])
    seen = fleet(tmp_path, night(9.5))
    assert (seen.is_red, len(seen.unread)) == (False, 1)


def test_a_torn_journal_is_an_interrupted_run(tmp_path: Path) -> None:
    journal = kept(tmp_path, night(9.6)[:-1])
    journal.write_bytes(journal.read_bytes()[:-20])
    (why,) = core(tmp_path, night(9.5)).red
    assert why.startswith("pitr: INTERRUPTED: interrupted after step 1: Describe the source")
