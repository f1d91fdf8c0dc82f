"""The time that a reading may take."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic


class Clock:
    """Runs from when it is made; how much of the time budget is left."""

    def __init__(self, budget: timedelta | None) -> None:
        self._end = None if budget is None else monotonic() + budget.total_seconds()

    @property
    def remaining(self) -> float | None:
        """Seconds, zero or less when it is over; None without a budget."""
        return None if self._end is None else self._end - monotonic()

    @property
    def is_over(self) -> bool:
        return self._end is not None and monotonic() >= self._end
