"""What every event has: when it happened, and in which run."""

from __future__ import annotations

from reports.parts import Strict, Time


class Fired(Strict):
    """One event; `at` by the clock of the machine that performs the drill."""

    at: Time
    run: str
