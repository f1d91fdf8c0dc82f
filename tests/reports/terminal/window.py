"""A terminal's window without a person: a pseudo-terminal, and what an emulator shows of it."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import termios

import pyte


class Window:
    """Both ends of a pseudo-terminal; `shown` reads what was written so far, and renders it."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self.master, self.terminal = os.openpty()
        self.raw = b""
        self._screen = pyte.HistoryScreen(columns, lines, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        self.resize(columns, lines)

    def resize(self, columns: int, lines: int = 24) -> None:
        """As a person who drags the window's border."""
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, size)
        self._screen.resize(lines, columns)

    def read(self, seconds: float = 0.0) -> bool:
        """Take in what was written; whether there was anything within that time."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # Linux says so when the last writer has gone
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    @property
    def shown(self) -> list[str]:
        """Every row that a person could see, scrolling back, without blanks at its end."""
        while self.read():
            pass
        columns = range(self._screen.columns)
        past = ["".join(row[at].data for at in columns) for row in self._screen.history.top]
        rows = [row.rstrip() for row in [*past, *self._screen.display]]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column of the cursor, from 0."""
        while self.read():
            pass
        return self._screen.cursor.y, self._screen.cursor.x

    def close(self) -> None:
        """Both ends."""
        os.close(self.master)
        os.close(self.terminal)
