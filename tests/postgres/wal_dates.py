"""Changing the time at which an archived transaction says that it ended.

Commit times are not in WAL order: a transaction takes its time before its place in the WAL, and
clocks are set back. Both are rare, so that a test that waits for them proves little. Here a record
gets another date and the checksum that belongs to it, as a server with such a clock would write.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fixtures.postgres.lsn import Lsn
from fixtures.postgres.wal_segment import SegmentHeader

# src/include/access/xlogrecord.h: XLogRecord, whose checksum comes last; then block headers, of
# which a transaction's end may have an origin and a top transaction's id before its data.
_RECORD = struct.Struct("=IIQBBxxI")
_CHECKSUM_AT = 20
_DATA_SHORT, _DATA_LONG, _ORIGIN, _TOP_XID = 255, 254, 253, 252
_LENGTH_OF = {_ORIGIN: 3, _TOP_XID: 5}

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_SHORT_HEADER, _LONG_HEADER = 24, 40


def redate(folder: Path, record: Lsn, at: datetime, timeline: int = 1) -> bool:
    """Date the end of a transaction that begins at `record` in the archive's `folder` to `at`.

    False, and nothing changed, when the record runs on into another segment.
    """
    any_segment = next(path for path in folder.iterdir() if len(path.name) == 24)
    size = SegmentHeader.read(any_segment).segment_size
    path = folder / record.segment_name(timeline, size)
    segment = bytearray(path.read_bytes())
    places = _places(segment, record % size, SegmentHeader.read(path).block_size)
    if places is None:
        return False
    raw = bytearray(segment[place] for place in places)
    data = _data_at(raw)
    raw[data : data + 8] = struct.pack("=q", (at - _EPOCH) // timedelta(microseconds=1))
    checksum = crc32c(raw[_RECORD.size :] + raw[:_CHECKSUM_AT])
    raw[_CHECKSUM_AT : _RECORD.size] = struct.pack("=I", checksum)
    for place, byte in zip(places, raw, strict=True):
        segment[place] = byte
    path.write_bytes(segment)
    return True


def _places(segment: bytearray, start: int, block: int) -> list[int] | None:
    """Where each byte of a record is in its segment; page headers lie in between."""
    (length,) = struct.unpack_from("=I", segment, start)
    places: list[int] = []
    place = start
    while len(places) < length:
        if place >= len(segment):
            return None
        if place % block == 0:
            place += _LONG_HEADER if place == 0 else _SHORT_HEADER
        places.append(place)
        place += 1
    return places


def _data_at(raw: bytearray) -> int:
    """Where a record's own data begins: for a commit or an abort, with its time."""
    at = _RECORD.size
    while raw[at] in _LENGTH_OF:
        at += _LENGTH_OF[raw[at]]
    if raw[at] == _DATA_LONG:
        return at + 5
    if raw[at] != _DATA_SHORT:
        raise AssertionError(f"block header {raw[at]} in a record that ends a transaction")
    return at + 2


def _table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _table()


def crc32c(data: bytes | bytearray) -> int:
    """Castagnoli's polynomial, with which PostgreSQL checks its WAL."""
    value = 0xFFFFFFFF
    for byte in data:
        value = (value >> 8) ^ _TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF
