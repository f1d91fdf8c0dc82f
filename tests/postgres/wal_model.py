"""What a recovery must bring back, worked out from the WAL without asking any recovery.

`pg_waldump` says in which order transactions ended, and when; the test itself knows what each of
them wrote. Where replay stops is PostgreSQL's rule for each kind of target, as its manual
("Recovery Target") and recoveryStopsBefore() and recoveryStopsAfter() in
src/backend/access/transam/xlogrecovery.c have it: always in WAL order, which is not the order of
commit times.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from fixtures.postgres.backup import BaseBackup
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.lsn import Lsn
from fixtures.postgres.target import RecoveryTarget

What = Literal["commit", "abort", "prepare", "point", "backup end", "other"]

_LINE = re.compile(r"rmgr: (\S+) .*?tx:\s+(\d+), lsn: ([0-9A-F]+/[0-9A-F]+), .*?desc: (.*)")
_ENDED = re.compile(r"(COMMIT|ABORT)(?:_PREPARED (\d+):)? (\d{4}-\S+ [\d:.]+) UTC\b.*")


@dataclass(frozen=True)
class Record:
    """One WAL record. `xid` (32 bits) is the transaction that it ends or prepares, which for COMMIT
    PREPARED is the prepared one; `at` is set when it ends one, `name` for a restore point.
    """

    starts: Lsn
    what: What = "other"
    xid: int = 0
    at: datetime | None = None
    name: str = ""

    @property
    def ends_a_transaction(self) -> bool:
        """A commit or an abort, of a subtransaction too: targets in time stop at any of them."""
        return self.what in ("commit", "abort")


def read_wal(binaries: Binaries, folder: Path, since: Lsn, until: Lsn, timeline: int = 1) -> Wal:
    """Every record that begins from `since` on and before `until`, by pg_waldump."""
    shown = subprocess.run(
        [
            str(binaries.program("pg_waldump")),
            f"--path={folder}",
            f"--start={since}",
            f"--end={until}",
            f"--timeline={timeline}",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"TZ": "UTC", "LC_ALL": "C", "PATH": os.defpath},
    )
    if shown.returncode != 0:
        raise AssertionError(f"pg_waldump cannot read what is archived: {shown.stderr.strip()}")
    return Wal(tuple(parse(line) for line in shown.stdout.splitlines() if "rmgr: " in line))


def parse(line: str) -> Record:
    """One line of pg_waldump; AssertionError for a line this does not know, rather than a guess."""
    found = _LINE.match(line)
    assert found is not None, line
    manager, xid, starts, words = found[1], int(found[2]), Lsn.parse(found[3]), found[4]
    if manager == "XLOG" and words.startswith("RESTORE_POINT "):
        return Record(starts, "point", name=words.removeprefix("RESTORE_POINT "))
    if manager == "XLOG" and words.startswith("BACKUP_END"):
        return Record(starts, "backup end")
    if manager != "Transaction":
        return Record(starts)
    if words.startswith("PREPARE "):
        return Record(starts, "prepare", xid)
    if not words.startswith(("COMMIT", "ABORT")):
        return Record(starts)  # ASSIGNMENT, INVALIDATION
    ended = _ENDED.fullmatch(words)
    assert ended is not None, line
    at = datetime.fromisoformat(ended[3]).replace(tzinfo=UTC)
    return Record(starts, "commit" if ended[1] == "COMMIT" else "abort", int(ended[2] or xid), at)


@dataclass(frozen=True)
class Wal:
    """The records of a history, in WAL order."""

    records: tuple[Record, ...]

    def first(self, wanted: Callable[[Record], bool], since: int = 0) -> int | None:
        """The index of the first record from `since` on that is wanted."""
        found = (at for at in range(since, len(self.records)) if wanted(self.records[at]))
        return next(found, None)

    def index(self, position: Lsn) -> int:
        """The index of the first record that begins at `position` or later, or of the end."""
        found = self.first(lambda record: record.starts >= position)
        return len(self.records) if found is None else found


@dataclass(frozen=True)
class Effect:
    """What a transaction does when it commits: rows by key (None deletes), and an amount added to
    the tally, which is one row that many transactions fight for. `gid` when it is prepared first.
    """

    writes: Mapping[int, int | None] = field(default_factory=dict)
    tally: int = 0
    gid: str | None = None


@dataclass(frozen=True)
class Content:
    """The whole of what a history can leave: rows by key, the tally, prepared transactions."""

    rows: Mapping[int, int]
    tally: int
    pending: frozenset[str]


def content(replayed: Sequence[Record], effects: Mapping[int, Effect]) -> Content:
    """What is there when these records and no others have been replayed, from nothing.

    A transaction without an effect here (the server's own, or one that wrote nothing) has none.
    """
    rows: dict[int, int] = {}
    tally = 0
    pending: dict[int, str] = {}
    for record in replayed:
        effect = effects.get(record.xid)
        if effect is None:
            continue
        if record.what == "prepare":
            pending[record.xid] = effect.gid or ""
        if record.ends_a_transaction:
            pending.pop(record.xid, None)
        if record.what == "commit":
            tally += effect.tally
            for key, value in effect.writes.items():
                if value is None:
                    rows.pop(key, None)
                else:
                    rows[key] = value
    return Content(rows, tally, frozenset(pending.values()))


@dataclass(frozen=True)
class Verdict:
    """`cut` records are replayed, in all; None: this target must be refused.

    `may_be_refused`: both are right. Whether a transaction ended before the base backup did is
    known only from a snapshot taken a moment later, and the moment counts as the backup's.
    `last_commit_at` is the time of the last transaction replayed, None when there is none.
    """

    cut: int | None
    may_be_refused: bool = False
    last_commit_at: datetime | None = None


REFUSED = Verdict(None)

Stop = Callable[[Wal, int, RecoveryTarget], int | None]


def stop(wal: Wal, since: int, target: RecoveryTarget) -> int | None:
    """How many records have been replayed when replay from the index `since` on stops at a target
    that needs no knowledge of the backup; None when it never comes to it.
    """
    value = target.value
    match value:
        case datetime():

            def hit(record: Record) -> bool:
                if record.at is None:
                    return False
                return record.at > value if target.inclusive else record.at >= value

            # Before the first one that is past it; what comes later in the WAL is lost, however
            # early it is dated.
            return wal.first(hit, since)
        case Lsn():
            at = wal.first(lambda record: record.starts >= value, since)
        case int():
            at = wal.first(lambda record: record.ends_a_transaction and record.xid == value, since)
        case str():
            at = wal.first(lambda record: record.what == "point" and record.name == value, since)
            return None if at is None else at + 1
        case None:
            return len(wal.records)
    return None if at is None else at + target.inclusive


def judge(
    wal: Wal,
    original: Wal,
    backup: BaseBackup,
    target: RecoveryTarget,
    stop: Stop = stop,
) -> Verdict:
    """What recovering `backup` along `wal` to `target` must come to.

    `original` is the same WAL with the dates that transactions really ended at, where some were
    changed in the archive afterwards. `stop` is the rule; a test may break it.
    """
    redo = wal.index(backup.started)
    consistent = wal.index(backup.ended)
    assert wal.records[consistent - 1].what == "backup end", "the backup's end is a record"
    if target.kind == "immediate":
        return Verdict(consistent, last_commit_at=_last_commit_at(wal, redo, consistent))
    match target.value:
        # Before its end by what is known of it, wherever PostgreSQL would stop: it may be later.
        case datetime() as when if when <= backup.ended_at:
            return REFUSED
        case Lsn() as position if position < backup.ended:
            return REFUSED
    cut = stop(wal, redo, target)
    if cut is None or cut < consistent:
        return REFUSED
    last = _last_commit_at(wal, redo, cut)
    if target.kind == "lsn" and target.inclusive:
        # PostgreSQL stops after such a record before it takes note of the record's time.
        last = _last_commit_at(wal, redo, cut - 1)
    early = False
    if target.kind == "xid":
        ended = original.records[cut - target.inclusive].at
        early = ended is not None and ended <= backup.ended_at
    return Verdict(cut, early, last)


def _last_commit_at(wal: Wal, redo: int, cut: int) -> datetime | None:
    ended = [record.at for record in wal.records[redo:cut] if record.at is not None]
    return ended[-1] if ended else None
