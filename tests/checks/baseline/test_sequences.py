"""Sequences are safe where they are, or ahead; behind, they give numbers a second time."""

from __future__ import annotations

import pytest

from checks.baseline.model import SequencePosition, Sequences
from checks.baseline.sequences import judge_sequences
from checks.judgement import Gap, Judgement
from tests.checks.baseline.made_up import sequences


def at(value: int, *, called: bool = True, by: int = 1, cycles: bool = False) -> Sequences:
    position = SequencePosition(last_value=value, is_called=called, increment=by, cycles=cycles)
    return Sequences(positions={"public.ids": position})


@pytest.mark.parametrize("ahead", [100, 101, 132, 10_000])
def test_where_it_was_or_ahead_is_safe(ahead: int) -> None:
    """R39: a recovered server has logged 32 values ahead."""
    assert Judgement() == judge_sequences(sequences(ids=100), sequences(ids=ahead))


@pytest.mark.parametrize(
    ("before", "copy", "expected", "actual"),
    [
        (at(100), at(99), "next value 101 or more", "next value 100"),
        (at(100), at(100, called=False), "next value 101 or more", "next value 100"),
        (at(100, by=10), at(100, called=False, by=10), "next value 110 or more", "next value 100"),
        (at(-100, by=-1), at(-99, by=-1), "next value -101 or less", "next value -100"),
    ],
)
def test_behind_is_found(before: Sequences, copy: Sequences, expected: str, actual: str) -> None:
    (found,) = judge_sequences(before, copy).findings
    assert ("sequences.behind", "public.ids", expected, actual) == (
        found.check,
        found.subject,
        found.expected,
        found.actual,
    )
    assert "1 value given out before T would be given again" in found.remedy


def test_one_that_counts_down_is_safe_below() -> None:
    assert Judgement() == judge_sequences(at(-100, by=-1), at(-132, by=-1))


def test_one_set_back_between_two_baselines_may_stand_at_either() -> None:
    assert Judgement() == judge_sequences(at(100), at(7), after=at(5))
    assert judge_sequences(at(100), at(3), after=at(5)).findings


def test_one_that_cycles_is_bounded() -> None:
    judged = judge_sequences(at(100, cycles=True), at(3, cycles=True))
    assert () == judged.findings
    assert "it cycles" in judged.bounds[0].bound


def test_one_on_one_side_only_is_the_schemas_to_tell() -> None:
    assert Judgement() == judge_sequences(at(100), Sequences())
    assert Judgement() == judge_sequences(Sequences(), at(100))


def test_one_that_could_not_be_read_is_a_gap() -> None:
    refused = Sequences(unreadable={"public.ids": "no right to read it"})
    expected = Gap("sequences", "public.ids", "its position was not read: no right to read it")
    assert (expected,) == judge_sequences(at(1), refused).gaps
    assert (expected,) == judge_sequences(refused, at(1)).gaps


def test_damage_is_found() -> None:
    broken = Sequences(unreadable={"public.ids": "XX000: bad magic number in sequence"})
    assert ["sequences.readable"] == [one.check for one in judge_sequences(at(1), broken).findings]


def test_another_direction_is_a_gap() -> None:
    (gap,) = judge_sequences(at(1), at(1, by=-1)).gaps
    assert "the other way" in gap.reason
