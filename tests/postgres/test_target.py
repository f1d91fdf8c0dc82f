"""Recovery targets: what is accepted, and what PostgreSQL is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from fixtures.postgres.errors import ChooseAnotherTarget
from fixtures.postgres.lsn import Lsn
from fixtures.postgres.target import RecoveryTarget

NOON = datetime(2024, 5, 1, 12, 0, 0, 120, tzinfo=UTC)
KINDS = {"", "_time", "_xid", "_lsn", "_name"}


def set_by(target: RecoveryTarget) -> dict[str, str]:
    """The kinds of target that its settings do not leave empty."""
    settings = target.settings()
    assert {f"recovery_target{kind}" for kind in KINDS} <= set(settings), "one was not unset"
    return {kind: value for kind in KINDS if (value := settings[f"recovery_target{kind}"])}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (RecoveryTarget.time(NOON), {"_time": "2024-05-01 12:00:00.000120+00"}),
        (RecoveryTarget.xid(1742), {"_xid": "1742"}),
        (RecoveryTarget.xid((3 << 32) + 1742), {"_xid": "1742"}),
        (RecoveryTarget.lsn(Lsn.parse("0/16B3748")), {"_lsn": "0/16B3748"}),
        (RecoveryTarget.name("before upgrade"), {"_name": "before upgrade"}),
        (RecoveryTarget.immediate(), {"": "immediate"}),
        (RecoveryTarget.latest(), {}),
    ],
    ids=str,
)
def test_settings_name_one_target_and_unset_the_others(
    target: RecoveryTarget, expected: dict[str, str]
) -> None:
    """R22: and a time is written in UTC with an offset."""
    assert set_by(target) == expected
    assert target.settings()["recovery_target_action"] == "promote"


def test_the_target_that_is_meant_is_set_last() -> None:
    """Unsetting another kind after it would be "multiple recovery targets specified"."""
    names = [name for name in RecoveryTarget.xid(5).settings() if name.count("_") < 3]
    kinds = [name for name in names if name.removeprefix("recovery_target") in KINDS]
    assert kinds[-1] == "recovery_target_xid"


def test_a_time_in_another_zone_is_the_same_moment() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert RecoveryTarget.time(elsewhere) == RecoveryTarget.time(NOON)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("time:2024-05-01T12:00:00.000120Z", RecoveryTarget.time(NOON)),
        ("time:2024-05-01 14:00:00.000120+02", RecoveryTarget.time(NOON)),
        ("xid:1742", RecoveryTarget.xid(1742)),
        ("lsn:0/16B3748", RecoveryTarget.lsn(Lsn.parse("0/16B3748"))),
        ("name:before:upgrade", RecoveryTarget.name("before:upgrade")),
        ("immediate", RecoveryTarget.immediate()),
        (" latest ", RecoveryTarget.latest()),
    ],
)
def test_targets_are_read_from_the_command_line(text: str, expected: RecoveryTarget) -> None:
    assert RecoveryTarget.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("time:2024-05-01T12:00:00", "no zone"),
        ("time:yesterday", "yesterday"),
        ("xid:2", "begin at 3"),
        ("xid:-7", "none of"),
        ("lsn:16B3748", "not a WAL position"),
        ("name:", "1 to 63 bytes"),
        (f"name:{'ä' * 32}", "1 to 63 bytes"),
        ("immediate:now", "none of"),
        ("tomorrow", "none of"),
        ("", "none of"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(text: str, why: str) -> None:
    """R22: a naive time most of all."""
    with pytest.raises(ChooseAnotherTarget, match=why):
        RecoveryTarget.parse(text)


def test_a_target_says_what_it_is() -> None:
    assert str(RecoveryTarget.lsn(Lsn(0x16B3748))) == "lsn 0/16B3748"
    assert str(RecoveryTarget.time(NOON)) == "time 2024-05-01 12:00:00.000120+00:00"
    assert str(RecoveryTarget.latest()) == "latest"
