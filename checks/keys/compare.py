"""The keys of Postgres at T against those of a table at its time (R58).

```
  Postgres@T ⊆ DynamoDB@D         a key that is only in Postgres: its item is missing
  DynamoDB@D ∖ Postgres@T         dated later than T: written since. Older: Postgres lacks a row
```
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from checks.finding import Finding
from checks.judgement import Bound, Gap, Judgement
from checks.keys.digests import told
from checks.keys.spill import PARTS, Spill

CHECK = "keys"
SAMPLES = 5
"""How many digests a finding shows."""
_TOO_MANY = 64
"""Samples are cut back to SAMPLES when there are so many."""


@dataclass(slots=True)
class Some:
    """How many there are, and the digests of a few: the lowest, so that two runs show the same."""

    count: int = 0
    lowest: list[bytes] = field(default_factory=list)

    def add(self, digest: bytes) -> None:
        self.count += 1
        self.lowest.append(digest)
        if len(self.lowest) > _TOO_MANY:
            self.lowest = heapq.nsmallest(SAMPLES, self.lowest)

    def __str__(self) -> str:
        shown = [told(one) for one in heapq.nsmallest(SAMPLES, self.lowest)]
        more = ", …" if self.count > len(shown) else ""
        return f"{self.count:,}: {', '.join(shown)}{more}"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is compared with what.

    table     the table of DynamoDB, as it is called in production
    target    T, the cluster's recovery target, aware
    dated     the attribute that dates an item; None: none is named
    in_flight how long before its commit an item may have been dated; zero: not at all
    """

    table: str
    target: datetime
    dated: str | None
    in_flight: timedelta = timedelta(0)


@dataclass(slots=True)
class Unread:
    """What could not be compared: rows with a null in their key, items without an attribute."""

    rows: int = 0
    items: int = 0


def compare_keys(claim: Claim, rows: Spill, items: Spill, unread: Unread) -> Judgement:
    """R58, in memory for one part of `PARTS` at a time."""
    t = int(claim.target.timestamp() * 1000)
    first_in_flight = t - int(claim.in_flight.total_seconds() * 1000)
    missing, newer, flying, older, undated = Some(), Some(), Some(), Some(), Some()
    oldest: int | None = None
    both = 0
    for part in range(PARTS):
        dates = dict(items.part(part))
        keys = {digest for digest, _ in rows.part(part)}
        for digest in keys:
            if digest in dates:
                both += 1
            else:
                missing.add(digest)
        for digest, date in dates.items():
            if digest in keys:
                continue
            if date is None:
                undated.add(digest)
            elif date > t:
                newer.add(digest)
            elif date > first_in_flight:
                flying.add(digest)
            else:
                older.add(digest)
                oldest = date if oldest is None else min(oldest, date)
    table = claim.table
    return Judgement(
        findings=(*_missing(table, missing, rows.added), *_older(table, older, oldest, t)),
        gaps=tuple(_gaps(claim, undated, unread, rows.added)),
        bounds=tuple(_bounds(claim, flying)),
        facts={
            f"{table}: keys of Postgres": rows.added,
            f"{table}: items": items.added,
            f"{table}: in both": both,
            f"{table}: only in DynamoDB, newer than the target": newer.count,
        },
    )


def _missing(table: str, missing: Some, rows: int) -> Iterable[Finding]:
    if missing.count:
        yield Finding(
            f"{CHECK}.subset",
            table,
            f"an item for each of {rows:,} keys that Postgres has at its time",
            f"without one are {missing}",
            "Restore the table to the cluster's time or a little later, or the cluster to an "
            "earlier one; what was deleted from the table between the two times shows so, too.",
        )


def _older(table: str, older: Some, oldest: int | None, t: int) -> Iterable[Finding]:
    if older.count:
        assert oldest is not None
        yield Finding(
            f"{CHECK}.newer",
            table,
            "what is in DynamoDB alone was written after the cluster's time",
            f"written before it are {older}; the oldest by {_span(t - oldest)}",
            "Find out why Postgres lacks them: it was restored to an earlier time than it says, or "
            "their rows are lost; if they were under way then, set [dynamodb] in_flight.",
        )


def _gaps(claim: Claim, undated: Some, unread: Unread, rows: int) -> Iterable[Gap]:
    table = claim.table
    if not rows:
        yield Gap(
            f"{CHECK}.subset", table, "the query gave no key, so nothing was compared; correct it"
        )
    if undated.count:
        why = (
            "name the attribute in [[dynamodb.table]] timestamp"
            if claim.dated is None
            else f"their {claim.dated} is missing or no time; correct timestamp and unit, or look"
        )
        yield Gap(
            f"{CHECK}.newer", table, f"in DynamoDB alone and without a date are {undated}; {why}"
        )
    if unread.rows:
        yield Gap(
            f"{CHECK}.subset",
            table,
            f"{unread.rows:,} rows have a null in their key and were not compared; correct query",
        )
    if unread.items:
        yield Gap(
            f"{CHECK}.newer",
            table,
            f"{unread.items:,} items lack an attribute of the key and were not compared; correct "
            "attributes",
        )


def _bounds(claim: Claim, flying: Some) -> Iterable[Bound]:
    if flying.count:
        yield Bound(
            f"{CHECK}.newer",
            claim.table,
            f"in DynamoDB alone, and dated within {_span_of(claim.in_flight)} before the cluster's "
            f"time, are {flying}: they may have been under way then",
        )


def _span(milliseconds: int) -> str:
    return _span_of(timedelta(milliseconds=milliseconds))


def _span_of(span: timedelta) -> str:
    """So long, in one unit: a distance, and no date of an item."""
    seconds = span.total_seconds()
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s"
