"""A trend as a small drawing: what the template of a page needs of it, in its own coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.history.past import PastDrill
from reports.history.words import duration, when

WIDTH, HEIGHT = 320.0, 96.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 6.0, 6.0, 18.0, 18.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One run: where it stands, and what a pointer on it is told."""

    x: float
    y: float
    green: bool
    said: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One measured quantity of all runs in which it was measured, from zero to its largest.

    said   the whole drawing in a sentence, for who does not see it
    top    the largest value, on the upper edge; `first` and `last` stand below
    """

    name: str
    marks: Sequence[Mark]
    said: str
    top: str
    first: str
    last: str

    @property
    def line(self) -> str:
        """The points of an SVG polyline."""
        return " ".join(f"{mark.x:.1f},{mark.y:.1f}" for mark in self.marks)


def chart(name: str, runs: Sequence[PastDrill]) -> Chart | None:
    """None for a quantity that was measured less than twice: that is no trend."""
    taken = [(one, seconds) for one in runs if (seconds := one.measured.get(name)) is not None]
    if len(taken) < 2:
        return None
    began, ended = taken[0][0].began, taken[-1][0].began
    span = (ended - began).total_seconds()
    values = [seconds for _, seconds in taken]
    high = max(*values, 0.0)
    low = min(*values, 0.0)

    def mark(index: int, past: PastDrill, seconds: float) -> Mark:
        share = (past.began - began).total_seconds() / span if span else index / (len(taken) - 1)
        height = (seconds - low) / (high - low) if high > low else 0.0
        return Mark(
            x=_LEFT + share * (WIDTH - _LEFT - _RIGHT),
            y=HEIGHT - _BOTTOM - height * (HEIGHT - _TOP - _BOTTOM),
            green=past.is_green,
            said=f"{when(past.began)}: {duration(seconds)}, {past.word}",
        )

    said = (
        f"{name} of {len(taken):,} runs: {duration(min(values))} to {duration(max(values))}, "
        f"the newest {duration(values[-1])}"
    )
    marks = [mark(index, past, seconds) for index, (past, seconds) in enumerate(taken)]
    top = duration(high)
    return Chart(name, marks, said, top, f"{began:%Y-%m-%d}", f"{ended:%Y-%m-%d}")
