"""A terminal's last rows, painted again and again below what stays.

Made by hand and not with rich's Live, for three things that this one needs: it writes to a file
descriptor of its own, so that pytest's capture does not swallow it; it never hides the cursor,
which a run that is killed could not show again; and it leaves the cursor at the start of its first
row, so that "erase all below" is right after any change of the window's size, whether or not the
terminal wraps lines anew.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence

TICK = 0.2
"""Seconds between two paintings: a clock with tenths moves, and a serial line is not flooded."""
_ERASE_TO_END_OF_ROW = "\x1b[K"
_ERASE_BELOW = "\x1b[J"

Region = Callable[[int], Sequence[str]]
"""The rows as they are now, for a terminal of so many columns."""


class Screen:
    """Rows that stay, and a region below them that changes. Every painting is one write."""

    def __init__(self, descriptor: int, encoding: str) -> None:
        self._descriptor = descriptor
        self._encoding = encoding
        self._lock = threading.RLock()
        self._region: Region | None = None
        self._painted: Sequence[str] = ()
        self._ended = threading.Event()
        self._ticker: threading.Thread | None = None

    @property
    def columns(self) -> int:
        """Of the terminal as it is now."""
        return self._size()[0]

    def show(self, region: Region | None, staying: Sequence[str] = ()) -> None:
        """Have a region painted from now on, or none; write `staying` above it for good."""
        with self._lock:
            self._region = region
            self._paint(staying)
            if region is not None and self._ticker is None:
                self._ticker = threading.Thread(target=self._tick, daemon=True)
                self._ticker.start()

    def close(self) -> None:
        """Erase the region, and end."""
        self.show(None)
        self._ended.set()
        if self._ticker is not None:
            self._ticker.join()
        os.close(self._descriptor)

    def _tick(self) -> None:
        while not self._ended.wait(TICK):
            with self._lock:
                if self._region is not None:
                    self._paint()

    def _paint(self, staying: Sequence[str] = ()) -> None:
        columns, lines = self._size()
        region = self._region(columns) if self._region is not None else []
        rows = list(region)[: max(1, lines - 1)]  # one that scrolls away could not be erased
        if not staying and rows == self._painted:
            return
        # Over what was there, and the rest of each row erased: nothing is blank in between.
        told = "".join(f"{row}{_ERASE_TO_END_OF_ROW}\r\n" for row in staying)
        told += "\r\n".join(f"{row}{_ERASE_TO_END_OF_ROW}" for row in rows)
        up = f"\x1b[{len(rows) - 1}A" if rows[1:] else ""
        self._painted = rows
        self._write(f"\r{told}{_ERASE_BELOW}{up}\r")

    def _write(self, told: str) -> None:
        data = told.encode(self._encoding, "replace")
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            # The terminal is gone, its window closed. What happens to the databases goes on, and
            # the journal has all that would have been shown.
            self._region = None

    def _size(self) -> tuple[int, int]:
        """Columns and lines: `COLUMNS` as pytest reads it, else the terminal's, else 80 by 24."""
        try:
            size = os.get_terminal_size(self._descriptor)
        except OSError:
            size = os.terminal_size((0, 0))
        named = os.environ.get("COLUMNS", "")
        columns = int(named) if named.isdigit() else 0
        return columns or size.columns or 80, size.lines or 24
