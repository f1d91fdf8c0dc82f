"""What was read of a database's rows: counts and fingerprints, never a value.

The models are part of the baseline's file format: a change to them is a change of its version.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KeyRanges(_Model):
    """Rows divided by the value of one key column: below `bounds[0]`, from each bound up to before
    the next, and from the last one on; ``len(bounds) + 1`` ranges.

    Only columns whose keys may be shown (DESIGN 4: integers and uuids) are divided so. `bounds` are
    as ``::text`` writes them.
    """

    by: Literal["key"] = "key"
    column: str
    type: str
    bounds: tuple[str, ...]


class Buckets(_Model):
    """Rows divided by a hash, of their key or (where there is none) of the whole row."""

    by: Literal["key hash", "row hash"]
    number: int


Division = Annotated[KeyRanges | Buckets, Field(discriminator="by")]


class RangeContent(_Model):
    """One range: its rows, and the sums of two independent 64-bit row hashes (None: only counted).

    A sum of up to 2^63 hashes exceeds 64 bits; JSON has no such number, so they are text.
    """

    rows: int
    hashes: tuple[str, str] | None


class TableContent(_Model):
    """One table (or materialised view): its *own* rows, without those of inheritance children.

    columns   (name, type as ``format_type`` says it) in the order in which they were hashed
    key       the columns that identify a row: the primary key, a unique not-null key, or none
    ranges    one for each range of `division`; None where the budget left it out
    bytes     of heap and TOAST, as the server estimates it
    """

    kind: Literal["table", "materialised view"]
    unlogged: bool = False
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    division: Division
    ranges: tuple[RangeContent | None, ...]
    bytes: int

    @property
    def rows(self) -> int | None:
        """All rows; None where a range was left out."""
        if any(one is None for one in self.ranges):
            return None
        return sum(one.rows for one in self.ranges if one is not None)

    @property
    def share_read(self) -> float:
        """Of its ranges, from 0 to 1."""
        return sum(one is not None for one in self.ranges) / len(self.ranges)


class LeftOut(_Model):
    """A table, or a share of it, that the budget left out: *not proven by budget*."""

    reason: str
    rows: int | None = None
    bytes: int | None = None


class LargeObject(_Model):
    """One large object: who owns it, who may use it, its length, and a digest of its bytes.

    acl            None where it is the owner's alone, as by default
    bytes, digest  None where the login may not read the object
    """

    owner: str
    acl: str | None
    bytes: int | None
    digest: str | None


LARGE_OBJECTS = "large objects"
"""Under this name `unreadable` and `left_out` tell of large objects; no table's is written so."""


class ContentObservation(_Model):
    """The rows of one database in one snapshot; tables are named as ``format('%I.%I')`` does.

    mode         as the settings say it: ``full``, ``ranges:10%``, ``counts``
    seed         chooses the ranges under ``ranges:P%``; kept as evidence
    partitioned, foreign, unpopulated   relations without rows of their own
    unreadable   table → SQLSTATE and the server's words
    left_out     table → what the budget left out
    large_objects   None where they were not read, `unreadable` says why under ``large objects``
    """

    mode: str
    seed: int
    tables: dict[str, TableContent]
    partitioned: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    unpopulated: tuple[str, ...] = ()
    unreadable: dict[str, str] = Field(default_factory=dict)
    left_out: dict[str, LeftOut] = Field(default_factory=dict)
    large_objects: dict[int, LargeObject] | None = None

    @property
    def relations(self) -> frozenset[str]:
        """Every table the observation knows of, whether it was read or not."""
        return frozenset(
            [
                *self.tables,
                *self.partitioned,
                *self.foreign,
                *self.unpopulated,
                *self.unreadable,
                *self.left_out,
            ]
        ) - {LARGE_OBJECTS}

    @property
    def rows(self) -> int:
        """The rows that were counted."""
        return sum(r.rows for table in self.tables.values() for r in table.ranges if r is not None)
