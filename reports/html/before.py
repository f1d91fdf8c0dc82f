"""Runs before this one: a small trend of the times, and the last of them that was green."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.drill_record import DrillRecord
from reports.events import RunStarted
from reports.history.past import PastDrill
from reports.html.figures import TIMES
from reports.html.tones import Tone, of_verdict
from reports.run_record import RunRecord

MOST = 20
"""Runs that a trend shows; all of them are in the evidence folder."""


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement in per cent of a picture: time runs to the right, seconds upwards."""

    left: float
    top: float
    seconds: float
    is_now: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """One measured name over the runs."""

    name: str
    points: Sequence[Point]
    lowest: float
    highest: float

    @property
    def lines(self) -> Iterator[tuple[Point, Point]]:
        """Each point with the one after it."""
        return zip(self.points, self.points[1:], strict=False)


@dataclass(frozen=True, slots=True)
class Run:
    """One row of the table under the trend."""

    run: str
    began: datetime | None
    word: str
    line: str
    measured: Sequence[float | None]
    is_now: bool = False

    @property
    def tone(self) -> Tone:
        return of_verdict(self.word)


@dataclass(frozen=True, slots=True)
class BeforeView:
    """What is known of earlier runs of this drill on this cluster."""

    names: Sequence[str]
    runs: Sequence[Run]
    trends: Sequence[Trend]
    green: PastDrill | None
    left_out: int


def of(record: DrillRecord, run: RunRecord, word: str, line: str) -> BeforeView:
    """Earlier runs of the same drill on the same cluster in the same mode, oldest first."""
    same = [one for one in run.earlier if _is_same(one, record, run.started)]
    mine = {one.name: one.seconds for one in record.measured}
    names = list(dict.fromkeys([*TIMES, *mine]))
    recent = same[-MOST:]
    rows = [
        Run(one.run, one.began, one.word, one.verdict, [one.measured.get(n) for n in names])
        for one in recent
    ]
    began = record.began or (run.started.at if run.started else None)
    here = run.started.run if run.started else "this run"
    rows.append(Run(here, began, word, line, [mine.get(n) for n in names], is_now=True))
    trends = [
        _trend(name, [row.measured[index] for row in rows]) for index, name in enumerate(names)
    ]
    return BeforeView(
        names=names,
        runs=rows,
        trends=[trend for trend in trends if trend is not None],
        green=next((one for one in reversed(same) if one.is_green), None),
        left_out=len(same) - len(recent),
    )


def _is_same(one: PastDrill, record: DrillRecord, started: RunStarted | None) -> bool:
    if started is None:
        return one.drill == record.drill
    cluster = started.cluster or one.cluster
    return (one.drill, one.cluster, one.mode) == (record.drill, cluster, started.mode)


def _trend(name: str, seconds: Sequence[float | None]) -> Trend | None:
    known = [one for one in seconds if one is not None]
    if len(known) < 2:
        return None
    lowest, highest = min(known), max(known)
    span = (highest - lowest) or 1.0
    last = len(seconds) - 1
    points = [
        Point(
            left=round(3 + 94 * index / last, 2),
            top=round(85 - 70 * (one - lowest) / span, 2) if highest > lowest else 50.0,
            seconds=one,
            is_now=index == last,
        )
        for index, one in enumerate(seconds)
        if one is not None
    ]
    return Trend(name, points, lowest, highest)
