"""A sign of life each minute in which nothing else was said, for logs that somebody watches.

Steps and proofs may take hours, and a job without output is ended by many a CI server. The line is
written past whatever captures output, by a thread of its own, so that it comes whatever the run is
at: waiting for AWS, reading a table, or in an xdist worker, of which the journal tells.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from reports.terminal.words import clean

EVERY = 60.0
"""Seconds of silence after which a line is written."""
_TAIL = 65536
"""Bytes at a journal's end in which the newest event is looked for."""


class Heartbeat:
    """Writes to a descriptor of its own; `said` is called for each line that others write.

    doing  what the run is at, in words; None: nothing that a line is worth
    fresh  what ends a line that stands open, "" where none does
    """

    def __init__(
        self,
        descriptor: int,
        doing: Callable[[], str | None],
        fresh: Callable[[], str] = str,
        *,
        every: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._descriptor, self._doing, self._fresh, self._clock = descriptor, doing, fresh, clock
        self._every = EVERY if every is None else every
        self._since = self._last = clock()
        self._at: str | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def said(self) -> None:
        """Somebody else has written a line."""
        self._last = self._clock()

    def stop(self) -> None:
        """No line is written any more, and the descriptor is closed."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._descriptor)

    def beat(self) -> str | None:
        """The line that is due now; None where there is none."""
        now = self._clock()
        doing = self._doing()
        if doing != self._at:
            self._at, self._since = doing, now
        if doing is None or now - self._last < self._every:
            return None
        self._last = now
        return clean(f"           still {doing}, {(now - self._since) / 60:.0f} min on")

    def _run(self) -> None:
        while not self._over.wait(min(1.0, self._every / 4)):
            line = self.beat()
            if line is not None:
                os.write(self._descriptor, f"{self._fresh()}{line}\n".encode())


def doing_in(journal: Path) -> str | None:
    """What the newest step of a journal is at, for what happens in another process."""
    try:
        with journal.open("rb") as reading:
            reading.seek(max(0, journal.stat().st_size - _TAIL))
            lines = reading.read().splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        try:
            event = json.loads(line)
        except ValueError:
            continue  # the first of the tail is cut, the last may be half written
        if event.get("event") == "step_started":
            return f"at step {event['number']} of {event['of']}: {event['title']}"
        if event.get("event") == "step_note":
            return str(event["text"])
        if event.get("event") in ("step_finished", "proof_finished"):
            return f"behind: {event['title']}"
    return None
