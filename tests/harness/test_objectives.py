"""The proof of objectives: what the settings do not ask for is measured, and is no claim."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from drills.proofs import objectives
from fixtures.claims import NotApplicable, NotProven

BEGAN = datetime(2026, 6, 1, 12, tzinfo=UTC)
LOST = timedelta(seconds=2)


def performed(lost: timedelta = LOST, **wanted: timedelta) -> list[tuple[Any, ...]]:
    """The proof on a drill that could write after ten seconds; what it measured."""
    taken: list[tuple[Any, ...]] = []
    unset = dict.fromkeys(
        ("time_to_writable", "time_to_proven", "time_to_service", "data_loss"), None
    )
    run = SimpleNamespace(
        settings=SimpleNamespace(objectives=SimpleNamespace(**{**unset, **wanted}))
    )
    record: Any = SimpleNamespace(
        run=run,
        began=BEGAN,
        writable_at=BEGAN + timedelta(seconds=10),
        in_service_at=None,
        measure=lambda *measured: taken.append(measured),
    )
    source: Any = SimpleNamespace(notes="scale 1", asked_at=BEGAN)
    copy: Any = None
    try:
        objectives.test_times_and_data_loss_meet_their_objectives(
            copy, BEGAN - lost, source, record
        )
    except NotApplicable as outcome:
        taken.append((outcome.reason,))
    return taken


def test_without_objectives_all_is_measured_and_nothing_claimed() -> None:
    *measured, outcome = performed()
    assert ("there is no [objectives]",) == outcome
    assert [10.0, None, 2.0] == [seconds for _, seconds, _, _ in (measured[0], *measured[2:])]


def test_one_objective_that_is_met_is_a_claim_that_holds() -> None:
    assert 4 == len(performed(data_loss=timedelta(seconds=2)))


def test_one_that_is_missed_is_a_finding() -> None:
    with pytest.raises(AssertionError):
        performed(data_loss=timedelta(seconds=1))


def test_one_that_nobody_measured_is_not_proven() -> None:
    with pytest.raises(NotProven):
        performed(time_to_service=timedelta(hours=1))


def test_commits_after_the_target_are_a_finding_without_any_objective() -> None:
    with pytest.raises(AssertionError):
        performed(lost=-LOST)
