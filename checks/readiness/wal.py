"""Does the WAL of one's own archive lead from a backup to the target? Without replaying any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from checks.finding import Finding
from checks.judgement import Gap, Judgement
from checks.readiness.methods import Method, Target, windowed
from checks.readiness.words import iso

CHECK = "readiness.wal"


@dataclass(frozen=True, slots=True)
class SeenWay:
    """The WAL behind one base backup.

    backup   its name
    began    when it ended, the first moment that it restores
    ends     how far the WAL goes without a gap, as PostgreSQL writes positions; "" without any
    passed   moments that are known to lie before that end: later backups that it leads past
    said     why it leads nowhere, in a sentence; None where it does
    unseen   why that is not known, the rest of a sentence; None where it is
    """

    backup: str
    began: datetime | None
    ends: str
    passed: Sequence[datetime] = ()
    said: str | None = None
    unseen: str | None = None

    @property
    def known_to(self) -> datetime | None:
        """The last moment that it is known to reach; what lies behind has no time in its names."""
        return max([*self.passed, *([self.began] if self.began is not None else [])], default=None)


def judge_way(way: SeenWay, target: Target) -> Judgement:
    """R63: no gap. Whether the WAL reaches a time is known as far as later backups date it."""
    if way.said is not None:
        return Judgement(
            (
                Finding(
                    CHECK,
                    f"backup {way.backup}",
                    "WAL without a gap from it to the target",
                    way.said,
                    "Put back what is missing, or take a new base backup now.",
                ),
            )
        )
    if way.unseen is not None:
        return Judgement(gaps=(Gap(CHECK, f"backup {way.backup}", way.unseen),))
    known = way.known_to
    if target == "latest" or (known is not None and target <= known):
        return Judgement()
    return Judgement(
        gaps=(
            Gap(
                CHECK,
                f"backup {way.backup}",
                f"its WAL goes to {way.ends or 'its own end'}, and is dated to {iso(known)} only: "
                f"whether it reaches {iso(target)} shows when it is replayed (drills/physical)",
            ),
        )
    )


def method_of(way: SeenWay, target: Target) -> Method:
    """The row of the table."""
    name = f"backup {way.backup} and WAL"
    if way.said is not None:
        return Method(name, way.began, None, window=True, note="its WAL leads nowhere")
    found = windowed(name, way.began, way.known_to, target)
    note = f"WAL to {way.ends}" if way.ends else "no WAL is kept: its own end alone"
    if target != "latest" and found.nearest is not None and found.nearest < target and way.ends:
        # It may well reach it; the judgement on the WAL says what is not known.
        return Method(name, found.first, found.last, target, window=True, note=f"{note}, undated")
    return Method(
        name, found.first, found.last, found.nearest, window=True, note=found.note or note
    )
