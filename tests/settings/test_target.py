"""The recovery target as an operator writes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.settings import AskedTarget, FixSettings, parse_target
from tests.settings.helpers import BACKUP, NOW, SOURCE, load

LIKE = "like 2026-03-01T12:00:00Z"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tables", "written", "expected"),
    [
        (SOURCE, '"latest"', AskedTarget("latest", "latest")),
        (SOURCE, '"-30m"', AskedTarget("ago", "-30m", offset=timedelta(minutes=30))),
        (SOURCE, '"2026-03-01T12:00:00Z"', AskedTarget("time", "2026-03-01T12:00:00Z", time=NOON)),
        (BACKUP, '"xid:7342"', AskedTarget("xid", "xid:7342", value="7342")),
        (BACKUP, '"lsn:0/16B3748"', AskedTarget("lsn", "lsn:0/16B3748", value="0/16B3748")),
        (BACKUP, '"name:before v2"', AskedTarget("name", "name:before v2", value="before v2")),
        (BACKUP, '"immediate"', AskedTarget("immediate", "immediate")),
        ("", '"after-disaster"', AskedTarget("after-disaster", "after-disaster")),
        ("", '"+1.5"', AskedTarget("seconds-after", "+1.5", offset=timedelta(seconds=1.5))),
    ],
)
def test_each_kind_of_target_is_understood(
    tables: str, written: str, expected: AskedTarget, tmp_path: Path
) -> None:
    settings = load(tmp_path, f"{tables}[restore]\ntarget = {written}")
    assert expected == settings.restore.target == settings.target


@pytest.mark.parametrize(
    "written",
    [
        '"2026-03-01T12:00:00+00:00"',
        '"2026-03-01T14:00:00+02:00"',
        '"2026-03-01 12:00:00Z"',
        '"20260301T120000Z"',
        '"time:2026-03-01T12:00:00Z"',
        "2026-03-01T07:00:00-05:00",  # TOML's own type, without quotes
    ],
)
def test_a_time_in_any_zone_becomes_utc(written: str, tmp_path: Path) -> None:
    """R22: whatever zone the operator wrote, the target is one instant, in UTC."""
    target = load(tmp_path, f"{SOURCE}[restore]\ntarget = {written}").target
    assert target.time == NOON
    assert target.time.tzinfo is UTC


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('"2026-03-01T12:00:00"', "2026-03-01T12:00:00"),
        ('"2026-03-01"', "2026-03-01"),
        ("2026-03-01T12:00:00", "2026-03-01T12:00:00"),
        ("2026-03-01", "2026-03-01"),
    ],
)
def test_a_time_without_a_zone_is_refused(written: str, shown: str, tmp_path: Path) -> None:
    """R22: a naive time is taken for neither UTC nor local time."""
    with pytest.raises(FixSettings) as caught:
        load(tmp_path, f"{SOURCE}[restore]\ntarget = {written}")
    expected = f"[restore] target: {shown!r} has no time zone; write it in UTC with a Z, {LIKE}"
    assert (f"clusters/core.toml: {expected}",) == caught.value.problems


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "yesterday",
            '\'yesterday\' is not a target; write "latest", "-30m" or a time with its zone, '
            + f"{LIKE}; in a rehearsal also before-disaster, after-disaster or +30, "
            "and for a Postgres of your own immediate, xid:…, lsn:… or name:…",
        ),
        (
            "2026-06-01T12:00:01Z",
            "'2026-06-01T12:00:01Z' lies in the future; nothing can be restored to it",
        ),
        ("0001-01-01T00:00:00+14:00", "'0001-01-01T00:00:00+14:00' is out of range"),
        ("-soon", 'is not a time before now; write one like "-30m" or "-2h"'),
        ("+5m", 'is not a number of seconds; write one like "+30"'),
        ("xid:many", "xid: takes a transaction number, like xid:7342"),
        ("lsn:16B3748", "lsn: takes a WAL location, like lsn:0/16B3748"),
        ("name:", "name: takes a restore point's name of 1 to 63 characters"),
        (7, 'is not a target; write "latest", "-30m" or a time with its zone'),
    ],
)
def test_what_is_no_target_is_refused(written: object, expected: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_target(written, now=NOW)
    assert expected == str(caught.value)


def test_a_time_is_judged_by_the_clock_only_if_there_is_one() -> None:
    assert parse_target("2999-01-01T00:00:00Z").kind == "time"


@pytest.mark.parametrize(
    ("tables", "expected"),
    [("", "before-disaster"), (SOURCE, "latest"), (BACKUP, "latest")],
)
def test_without_a_target_the_cloud_decides(tables: str, expected: str, tmp_path: Path) -> None:
    settings = load(tmp_path, tables)
    assert settings.restore.target is None
    assert expected == str(settings.target)
