"""Runs before this one: what changed since the last green one, and a small trend of the times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.drill_record import DrillRecord
from reports.history.changes import changes_since, last_green
from reports.history.past import Change, PastDrill
from reports.history.read import past_of
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
    """What is known of earlier runs of this drill on this cluster.

    green    the last one that was proven; `changes` is what is not as it was then
    unread   a line for each journal that could not be read
    """

    names: Sequence[str]
    runs: Sequence[Run]
    trends: Sequence[Trend]
    green: PastDrill | None
    changes: Sequence[Change]
    left_out: int
    unread: Sequence[str]


def of(record: DrillRecord, run: RunRecord, word: str, line: str) -> BeforeView:
    """Earlier runs of the same drill on the same cluster in the same mode, oldest first."""
    now = next((one for one in past_of(run) if one.drill == record.drill), None)
    same = [one for one in run.earlier if now is not None and _alike(one, now)]
    mine = {one.name: one.seconds for one in record.measured}
    names = list(dict.fromkeys([*TIMES, *mine]))
    recent = same[-MOST:]
    rows = [
        Run(one.run, one.began, one.word, one.verdict, [one.measured.get(n) for n in names])
        for one in recent
    ]
    began = run.started.at if run.started is not None else record.began
    here = run.started.run if run.started is not None else "this run"
    rows.append(Run(here, began, word, line, [mine.get(n) for n in names], is_now=True))
    trends = [_trend(name, [row.measured[at] for row in rows]) for at, name in enumerate(names)]
    green = last_green(same, now) if now is not None else None
    return BeforeView(
        names=names,
        runs=rows,
        trends=[trend for trend in trends if trend is not None],
        green=green,
        changes=changes_since(green, now) if green is not None and now is not None else [],
        left_out=len(same) - len(recent),
        unread=run.unread,
    )


def _alike(one: PastDrill, now: PastDrill) -> bool:
    return (one.drill, one.cluster, one.mode) == (now.drill, now.cluster, now.mode)


def _trend(name: str, seconds: Sequence[float | None]) -> Trend | None:
    known = [one for one in seconds if one is not None]
    if len(known) < 2:
        return None
    lowest, highest = min(known), max(known)
    last = len(seconds) - 1
    points = [
        Point(
            left=round(3 + 94 * index / last, 2),
            # From nought upwards, so that a little slower looks a little slower.
            top=round(90 - 78 * max(0.0, one) / highest, 2) if highest > 0 else 90.0,
            seconds=one,
            is_now=index == last,
        )
        for index, one in enumerate(seconds)
        if one is not None
    ]
    return Trend(name, points, lowest, highest)
