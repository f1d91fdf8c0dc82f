"""Live lines, for a person at a terminal: what is in hand with a running clock, the rest stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text

from reports.terminal.details import Below
from reports.terminal.layout import INDENT, RUNNING, Layout
from reports.terminal.screen import Screen
from reports.terminal.words import clean

MOST_NOTES = 5
"""Notes that stay below a step: an hour's wait tells of itself once a minute."""
ALARMING = "bold red"


@dataclass
class _InHand:
    """What runs now: how its line begins, its title, since when, what it told."""

    before: str
    title: str
    since: float
    notes: list[tuple[str, bool]] = field(default_factory=list)


class Live:
    """Each line is laid out for the terminal's width at that moment, and none is cut.

    `fresh`  what ends a line that pytest has begun, as `-v` makes it
    `clock`  monotonic seconds
    """

    def __init__(
        self,
        screen: Screen,
        layout: Layout,
        fresh: Callable[[], AbstractContextManager[None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._screen = screen
        self._layout = layout
        self._fresh = fresh
        self._clock = clock
        self._below = Below()
        self._lock = threading.RLock()
        self._step: _InHand | None = None
        self._proof: _InHand | None = None
        self._elsewhere: dict[str, _InHand] = {}

    def heading(self, drill: str) -> None:
        """The drill's folder, above its lines."""
        self._stay([self._layout.styled(Text(f"drills/{clean(drill)}", style="bold"))])

    def begin_step(self, step: dict[str, Any]) -> None:
        """The step's line, running."""
        with self._lock:
            self._step = _InHand(_number(step), clean(step["title"]), self._clock())
        self._show()

    def note(self, text: str, *, alarming: bool = False) -> None:
        """The newest stands below the step in hand; before the first step it stays."""
        with self._lock:
            in_hand = self._step
            if in_hand is not None:
                in_hand.notes.append((clean(text), alarming))
        if in_hand is None:
            self._stay(self._noted([(clean(text), alarming)]))
        else:
            self._show()

    def end_step(self, step: dict[str, Any]) -> None:
        """The line as it stays: outcome and time, the reason if there is one, the last notes."""
        with self._lock:
            notes, self._step = self._step.notes if self._step else [], None
        self._told(_number(step), step, notes)

    def step(self, step: dict[str, Any]) -> None:
        """The whole line at once."""
        self._leave(step["drill"])
        self._told(_number(step), step)

    def begin_proof(self, title: str) -> None:
        """The proof's line, running: it may read for hours."""
        with self._lock:
            self._proof = _InHand(INDENT, clean(title), self._clock())
        self._show()

    def proof(self, content: dict[str, Any]) -> None:
        """The proof's line as it stays, and what it found."""
        with self._lock:
            self._proof = None
        self._leave(content["drill"])
        self._told(INDENT, content)

    def idle(self) -> None:
        """Nothing is in hand."""
        with self._lock:
            self._step = self._proof = None
        self._show()

    def begin_elsewhere(self, drill: str, what: str) -> None:
        """A line a drill, running: a worker tells of an item when it has ended."""
        with self._lock:
            self._elsewhere[drill] = _InHand(INDENT, clean(f"{drill}: {what}"), self._clock())
        self._show()

    def interrupt(self) -> None:
        """What is in hand stays as interrupted."""
        with self._lock:
            in_hand, self._step, self._proof = self._step or self._proof, None, None
            self._elsewhere.clear()
        if in_hand is not None:
            columns, seconds = self._screen.columns, self._clock() - in_hand.since
            told = (in_hand.before, in_hand.title, "interrupted", seconds)
            self._stay([*self._layout.told(columns, *told), *self._noted(in_hand.notes)])

    def pause(self) -> None:
        """Leave the terminal to somebody else."""
        self._screen.show(None)

    def resume(self) -> None:
        """Go on with what is in hand."""
        self._show()

    def close(self) -> None:
        """Erase what still runs, and let go of the terminal."""
        self._screen.close()

    @property
    def columns(self) -> int:
        """Of the terminal as it is now."""
        return self._screen.columns

    def rows(self, columns: int) -> Sequence[str]:
        """What runs, as the terminal's last rows."""
        with self._lock:
            local = self._step or self._proof
            running = [local] if local is not None else list(self._elsewhere.values())
            return [row for one in running for row in self._running(columns, one)]

    def _running(self, columns: int, one: _InHand) -> Iterator[str]:
        seconds = self._clock() - one.since
        yield from self._layout.told(columns, one.before, one.title, RUNNING, seconds)
        yield from self._noted(one.notes[-1:], columns)

    def _told(
        self, before: str, content: dict[str, Any], notes: Sequence[tuple[str, bool]] = ()
    ) -> None:
        columns = self._screen.columns
        title, outcome = clean(content["title"]), content["outcome"]
        rows = list(self._layout.told(columns, before, title, outcome, content["seconds"]))
        for line in self._below.lines(content):
            rows += self._layout.below(columns, line)
        self._stay([*rows, *self._noted(notes)])

    def _noted(
        self, notes: Sequence[tuple[str, bool]], columns: int | None = None
    ) -> Iterator[str]:
        columns = columns or self._screen.columns
        if notes[MOST_NOTES:]:
            more = f"… {len(notes) - MOST_NOTES:,} more before, in the journal"
            yield from self._layout.below(columns, more, "dim")
        for text, alarming in notes[-MOST_NOTES:]:
            yield from self._layout.below(columns, text, ALARMING if alarming else "dim")

    def _leave(self, drill: str) -> None:
        with self._lock:
            self._elsewhere.pop(drill, None)

    def _stay(self, rows: Sequence[str] | Iterator[str]) -> None:
        with self._fresh():
            self._screen.show(self.rows if self._is_busy else None, staying=list(rows))

    def _show(self) -> None:
        with self._fresh():
            self._screen.show(self.rows if self._is_busy else None)

    @property
    def _is_busy(self) -> bool:
        return bool(self._step or self._proof or self._elsewhere)


def _number(step: dict[str, Any]) -> str:
    return f"  {step['number']:>2}/{step['of']}  "
