"""How long it took and what was lost, against the objectives (DESIGN 12)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from checks import objectives
from checks.markers import observe_markers
from checks.objectives import Measurement
from fixtures.claims import NotProven
from fixtures.drill_run import DrillRun
from fixtures.events import now
from fixtures.source import Copy, Source


@pytest.mark.after_proofs
def test_times_and_data_loss_meet_their_objectives(
    writable_copy: Copy, source: Source, drill_run: DrillRun
) -> None:
    """Times and data loss are within the objectives."""
    wanted = drill_run.run.settings.objectives
    began, writable = drill_run.began, drill_run.writable_at
    assert began is not None
    assert writable is not None
    measured = [
        Measurement(
            objectives.TIME_TO_WRITABLE,
            (writable - began).total_seconds(),
            seconds(wanted.time_to_writable),
            source.notes,
        ),
        Measurement(
            objectives.TIME_TO_PROVEN,
            (now() - began).total_seconds(),
            seconds(wanted.time_to_proven),
            source.notes,
        ),
        Measurement(
            objectives.TIME_TO_SERVICE,
            None,
            seconds(wanted.time_to_service),
            "a drill moves no clients",
        ),
        objectives.measure_data_loss(
            asked(source), newest_commit(writable_copy, source), seconds(wanted.data_loss)
        ),
    ]
    for one in measured:
        drill_run.measure(one.name, one.seconds, one.objective, one.note)

    judgement = objectives.judge(measured)
    findings = list(judgement.findings)

    assert findings == []
    if judgement.not_proven:
        raise NotProven("; ".join(judgement.not_proven))


def seconds(span: timedelta | None) -> float | None:
    """An objective as the checks take it."""
    return None if span is None else span.total_seconds()


def asked(source: Source) -> datetime:
    """The time asked for; the latest there is counts as now."""
    return now() if source.target == "latest" else source.target


def newest_commit(copy: Copy, source: Source) -> datetime | None:
    """The newest commit that came back, by the source's own clock, as its markers tell it."""
    newest = []
    for database in source.truth.ledgers:
        with copy.connect(database) as connection:
            newest.append(observe_markers(connection).newest_commit)
    return max((at for at in newest if at is not None), default=None)
