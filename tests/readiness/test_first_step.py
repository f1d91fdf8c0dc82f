"""What would end a restore later ends the drill at its first step, with all that was found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fixtures.claims import Refused
from fixtures.readiness.first_step import require_ready
from tests.readiness.conftest import Recorded, World
from tests.readiness.test_aws import denied_right, failed_source, lying, reached_quota


def test_a_source_that_can_be_restored_passes_without_a_note(world: World) -> None:
    notes: list[str] = []
    for by in ("window", "snapshots"):
        require_ready(world.asked(account=None), notes.append, by=by)  # type: ignore[arg-type]
    assert [] == notes


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (reached_quota, r"readiness\.quota: DBClusters"),
        (failed_source, r"readiness\.state"),
        (denied_right, r"readiness\.rights.*PointInTime.*readiness\.rights.*FromSnapshot"),
    ],
)
def test_what_would_refuse_the_restore_is_refused_first(
    world: World, broken: object, said: str
) -> None:
    with broken(world) as changes, pytest.raises(Refused, match=said):  # type: ignore[operator]
        require_ready(world.asked(**changes), print, by="window")


def test_a_target_that_the_window_does_not_reach_is_refused_first(world: World) -> None:
    """R2: before anything is halted; a snapshot is no way for a drill of the window."""
    old = world.asked(target=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(Refused, match=r"readiness\.target.*2026-01-01"):
        require_ready(old, print, by="window")


def test_what_may_not_be_asked_is_noted_and_blocks_nothing(world: World) -> None:
    """Whether it is missing shows when it is used; a drill of an account says so in its notes."""
    notes: list[str] = []
    lie = lying("sts", "GetCallerIdentity", lambda answer: answer.update(Arn=ROOT))
    require_ready(world.asked(session=Recorded(world.session, lie)), notes.append, by="window")
    (note,) = notes
    assert note.startswith("not asked: readiness.rights")


ROOT = "arn:aws:iam::123456789012:root"
