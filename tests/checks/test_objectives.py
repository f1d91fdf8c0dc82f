"""Objectives: met, missed, and not measured, which is neither (DESIGN 12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.objectives import (
    DATA_LOSS,
    TIME_TO_WRITABLE,
    Judgement,
    Measurement,
    Standing,
    judge,
    measure_data_loss,
)

ASKED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "objective", "standing"),
    [
        (5.0, 10.0, Standing.MET),
        (10.0, 10.0, Standing.MET),
        (10.1, 10.0, Standing.MISSED),
        (0.0, 0.0, Standing.MET),
        (None, 10.0, Standing.NOT_PROVEN),
        (5.0, None, Standing.NO_OBJECTIVE),
        (None, None, Standing.NO_OBJECTIVE),
    ],
)
def test_a_measurement_stands_to_its_objective(
    seconds: float | None, objective: float | None, standing: Standing
) -> None:
    assert Measurement("time", seconds, objective).standing == standing


def test_what_meets_its_objective_or_has_none_is_silent() -> None:
    measured = [Measurement(TIME_TO_WRITABLE, 5, 10), Measurement("time to service", None)]
    assert judge(measured) == Judgement((), ())


def test_a_missed_objective_is_a_finding() -> None:
    judgement = judge([Measurement(TIME_TO_WRITABLE, 7_380.0, 7_200.0, "fsync off")])
    (finding,) = judgement.findings
    assert (finding.check, finding.subject) == ("objectives", TIME_TO_WRITABLE)
    assert finding.expected == "at most 2 h 0 min"
    assert finding.actual == "2 h 3 min, 3 min 0 s too long"
    assert judgement.not_proven == ()


def test_an_objective_nobody_measured_is_neither_passed_nor_failed() -> None:
    judgement = judge(
        [Measurement("time to service", None, 60.0, "ingest stays halted in a drill")]
    )
    assert judgement.findings == ()
    assert judgement.not_proven == (
        "time to service: the objective is 1 min 0 s, "
        "not measured (ingest stays halted in a drill)",
    )


def test_data_loss_is_the_time_asked_for_minus_the_newest_commit() -> None:
    measured = measure_data_loss(ASKED, ASKED - timedelta(seconds=90), objective=60)
    assert (measured.name, measured.seconds) == (DATA_LOSS, 90.0)
    (finding,) = judge([measured]).findings
    assert finding.actual == "1 min 30 s, 30 s too long"


def test_data_loss_without_a_commit_time_is_not_zero() -> None:
    measured = measure_data_loss(ASKED, None, objective=60)
    assert measured.seconds is None
    assert len(judge([measured]).not_proven) == 1


@pytest.mark.parametrize("objective", [None, 60.0])
def test_a_commit_later_than_asked_is_a_finding_whatever_the_objective(
    objective: float | None,
) -> None:
    """R23: recovery went past the time that was asked for."""
    (finding,) = judge([measure_data_loss(ASKED, ASKED + timedelta(seconds=3), objective)]).findings
    assert finding.actual == "a commit 3 s later"


def test_naive_times_are_refused() -> None:
    """R22."""
    naive = ASKED.replace(tzinfo=None)
    with pytest.raises(ValueError, match="with a zone"):
        measure_data_loss(naive, ASKED)
    with pytest.raises(ValueError, match="with a zone"):
        measure_data_loss(ASKED, naive)
