"""What is told of a wait: nothing of a short one, of a long one that something still happens."""

from __future__ import annotations

from fixtures.aws.wait import Progress
from fixtures.long_wait import LongWait


def told(*looks: Progress) -> list[str]:
    """The notes that these looks make, one after the other."""
    notes: list[str] = []
    wait = LongWait(notes.append)
    for look in looks:
        wait.look(look)
    return notes


def creating(*seconds: float, percent: str | None = None) -> list[Progress]:
    return [Progress("cluster copy", "creating", one, percent) for one in seconds]


def test_a_short_wait_is_not_told() -> None:
    """The line of its step says enough."""
    available = Progress("cluster copy", "available", 9.9, None)

    assert [] == told(*creating(0, 5, 9), available)


def test_a_long_wait_is_told_once_a_minute_while_nothing_changes() -> None:
    assert [
        "cluster copy is creating after 10 s",
        "cluster copy is creating after 70 s",
        "cluster copy is creating after 135 s",
    ] == told(*creating(0, 10, 20, 69, 70, 75, 129, 135, 140))


def test_a_change_is_told_at_once_and_how_far_it_is() -> None:
    backing_up = Progress("cluster copy", "backing-up", 21, None)

    assert [
        "cluster copy is creating after 12 s, 40 %",
        "cluster copy is backing-up after 21 s",
    ] == told(*creating(12, 15, percent="40"), backing_up)


def test_each_wait_is_told_anew() -> None:
    """Else the second one is silent for as long as the first one took."""
    instance = Progress("instance copy-1", "creating", 15, None)

    assert [
        "cluster copy is creating after 10 s",
        "cluster copy is creating after 600 s",
        "instance copy-1 is creating after 15 s",
        "cluster copy is creating after 20 s",
        "cluster copy is creating after 11 s",
    ] == told(*creating(10, 600), instance, *creating(20, 11))
