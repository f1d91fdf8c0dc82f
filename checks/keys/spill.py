"""Records on disk, in parts by their first bytes: what is compared part by part fits in memory.

Two sets of any size are compared so: a key's digest stands in the same part on both sides, and
digests are spread evenly. Memory is the buffers while writing, one part of each side while
reading; disk is the records themselves, which are digests and dates, no values.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from checks.keys.digests import BYTES

PARTS = 1024
BUFFER = 4 * 1024
"""Bytes of each part that are held before they are written."""
NO_DATE = -(1 << 63)
_RECORD = struct.Struct(f">{BYTES}sq")


class Spill:
    """One side's keys: added in any order, read back part by part."""

    def __init__(self, folder: Path) -> None:
        """In a folder of its own, which is made."""
        folder.mkdir(mode=0o700)
        self._folder = folder
        self._buffers = [bytearray() for _ in range(PARTS)]
        self.added = 0

    def add(self, digest: bytes, date: int | None = None) -> None:
        """One key, with its date in ms since 1970 where it has one."""
        part = int.from_bytes(digest[:2], "big") % PARTS
        buffer = self._buffers[part]
        buffer += _RECORD.pack(digest, NO_DATE if date is None else date)
        self.added += 1
        if len(buffer) >= BUFFER:
            self._write(part)

    def part(self, number: int) -> Iterator[tuple[bytes, int | None]]:
        """What stands in one of the `PARTS`, each as often as it was added."""
        self._write(number)
        file = self._file(number)
        if not file.exists():
            return
        for digest, date in _RECORD.iter_unpack(file.read_bytes()):
            yield digest, None if date == NO_DATE else date

    def _write(self, part: int) -> None:
        buffer = self._buffers[part]
        if not buffer:
            return
        with self._file(part).open("ab") as file:
            file.write(buffer)
        buffer.clear()

    def _file(self, part: int) -> Path:
        return self._folder / f"{part:04d}"
