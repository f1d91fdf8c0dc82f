"""Quantities against `[limits]`: kept, broken, or not known."""

from __future__ import annotations

import pytest

from checks.judgement import Judgement
from checks.limits import INSTANCE_HOURS, RESTORED_BYTES, Quantity, judge, shown


def test_what_is_within_its_limit_is_silent() -> None:
    kept = [Quantity(INSTANCE_HOURS, 4, 4), Quantity(RESTORED_BYTES, 5 << 30, 5 << 30)]
    assert Judgement() == judge(kept)


def test_without_a_limit_nothing_is_too_much() -> None:
    assert Judgement() == judge([Quantity(INSTANCE_HOURS, 4000), Quantity(RESTORED_BYTES, None)])


@pytest.mark.parametrize(
    ("quantity", "expected", "actual"),
    [
        (Quantity(INSTANCE_HOURS, 4.25, 4), "at most 4", "4.25"),
        (Quantity(RESTORED_BYTES, 6 << 30, 5 << 30), "at most 5.0 GB", "6.0 GB"),
        (Quantity(RESTORED_BYTES, 1, 0.5), "at most 0 bytes", "1 bytes"),
    ],
)
def test_what_exceeds_its_limit_is_a_finding(
    quantity: Quantity, expected: str, actual: str
) -> None:
    judgement = judge([quantity])
    (finding,) = judgement.findings
    assert (expected, actual) == (finding.expected, finding.actual)
    assert "[limits]" in finding.remedy
    assert () == judgement.gaps


def test_what_nobody_knows_is_not_proven() -> None:
    judgement = judge([Quantity(RESTORED_BYTES, None, 5 << 30, "AWS does not tell")])
    assert () == judgement.findings
    (gap,) = judgement.gaps
    assert "limits: restored bytes: not known: AWS does not tell" == str(gap)


@pytest.mark.parametrize(
    ("hours", "said"), [(0.001, "less than 0.01"), (0.5, "0.5"), (12.0, "12"), (2.25, "2.25")]
)
def test_hours_are_said_as_people_say_them(hours: float, said: str) -> None:
    assert said == shown(INSTANCE_HOURS, hours)
