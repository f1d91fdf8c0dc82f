"""Which backup is restored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fixtures.backups.errors import ChooseAnotherName, MakeBackup
from fixtures.backups.model import Backup
from fixtures.backups.pick import pick
from fixtures.postgres.lsn import Lsn
from fixtures.postgres.target import RecoveryTarget

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATEST = RecoveryTarget.latest()


def backup(number: int, damage: str | None = None, **told: object) -> Backup:
    """The one that ended `number` hours after midnight, at position `number` hundred."""
    known: dict[str, object] = {
        "ended_at": NOW.replace(hour=number),
        "started": Lsn(100 * number - 50),
        "ended": Lsn(100 * number),
    }
    return Backup(f"b{number}", "full", 15, damage=damage, **{**known, **told})  # type: ignore[arg-type]


THREE = [backup(1), backup(2), backup(3)]


def test_the_latest_is_the_newest_that_is_sound() -> None:
    """R62."""
    assert "b3" == pick(THREE, "latest", LATEST, NOW).backup.name
    assert "b2" == pick([*THREE[:2], backup(3, "torn")], "latest", LATEST, NOW).backup.name


@pytest.mark.parametrize(
    "target", [RecoveryTarget.time(NOW.replace(hour=2, minute=30)), RecoveryTarget.lsn(Lsn(200))]
)
def test_the_latest_ended_before_the_target(target: RecoveryTarget) -> None:
    """R2: row 4; a newer one could not be recovered to it."""
    assert "b2" == pick(THREE, "latest", target, NOW).backup.name


@pytest.mark.parametrize("target", [RecoveryTarget.name("noon"), RecoveryTarget.xid(700)])
def test_where_the_target_has_no_time_the_newest_is_tried(target: RecoveryTarget) -> None:
    """R65: recovery itself tells when it does not come to it."""
    assert "b3" == pick(THREE, "latest", target, NOW).backup.name


def test_what_began_after_the_target_is_ruled_out_though_nobody_knows_when_it_ended() -> None:
    """R2: row 4, without which recovery reaches a later moment and says nothing."""
    late = backup(3, ended_at=None, started_at=NOW.replace(hour=3))
    target = RecoveryTarget.time(NOW.replace(hour=2, minute=30))

    assert "b2" == pick([*THREE[:2], late], "latest", target, NOW).backup.name
    with pytest.raises(ChooseAnotherName, match=r"\[restore\] target: no backup ended before"):
        pick([late], "latest", target, NOW)


def test_a_target_before_every_backup_is_refused() -> None:
    """R2."""
    with pytest.raises(
        ChooseAnotherName,
        match=r"\[restore\] target: .* the oldest is b1, which ended at 2026-03-01 01:00:00Z: "
        "choose a later target",
    ):
        pick(THREE, "latest", RecoveryTarget.time(NOW.replace(hour=1)), NOW)


def test_a_name_is_taken_at_its_word() -> None:
    """R62: one that is not there, or is damaged, is not replaced by another."""
    assert "b1" == pick(THREE, "b1", LATEST, NOW).backup.name
    with pytest.raises(ChooseAnotherName, match=r'pick = "b9": no backup has .* b1, b2, b3'):
        pick(THREE, "b9", LATEST, NOW)
    with pytest.raises(ChooseAnotherName, match="because it is torn; the newest that can is b1"):
        pick([backup(1), backup(2, "it is torn")], "b2", LATEST, NOW)


def test_a_random_one_is_picked_again_by_its_seed() -> None:
    """R62: within the window, sound, and any of them."""
    old = backup(4, ended_at=NOW - timedelta(days=8))
    unsound = backup(5, "torn")
    unknown = backup(6, ended_at=None)
    backups = [*THREE, old, unsound, unknown]

    first = pick(backups, "random within 7d", LATEST, NOW)
    again = pick(backups, "random within 7d", LATEST, NOW, first.seed)
    names = {pick(backups, "random within 7d", LATEST, NOW, n).backup.name for n in range(50)}

    assert first == again
    assert first.seed is not None
    assert {"b1", "b2", "b3"} == names


def test_an_empty_window_is_refused() -> None:
    """R62."""
    with pytest.raises(ChooseAnotherName, match=r"the newest is b3, which ended at 2026-03-01 03:"):
        pick(THREE, "random within 5m", LATEST, NOW)


def test_no_backup_at_all_is_refused() -> None:
    """R62."""
    with pytest.raises(MakeBackup, match=r"\[backup\]: the repository holds no backup: make one"):
        pick([], "latest", LATEST, NOW)
    with pytest.raises(MakeBackup, match="none of 1 backups can be restored, the newest because"):
        pick([backup(1, "it is torn")], "latest", LATEST, NOW)
