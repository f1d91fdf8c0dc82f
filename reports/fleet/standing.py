"""How each cluster of a fleet stands: red unless a recent run proved its backup, and says why.

What counts is a full drill that is proven, neither a rehearsal nor a negative control (DESIGN 8).
A failure stays red until the same drill is proven again, however old it is: silence heals nothing.
A partial run that held, a negative control that rang and a drill with nothing to prove say neither
good nor bad. A journal that is dated in the future is told and is no proof of a recent run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reports.history.past import PastDrill
from reports.history.read import Evidence, Unread
from reports.history.trend import SKEW
from reports.history.words import ago, count, duration, when
from reports.verdicts import NO_COPY


@dataclass(frozen=True, slots=True)
class Standing:
    """One cluster.

    red      why it is red, what matters first; green where there is nothing
    told     what an operator should know beside
    newest   the last run of each of its drills, rehearsals apart
    proven   the newest run that counts: the cluster's last success
    """

    cluster: str
    red: Sequence[str]
    told: Sequence[str]
    newest: Sequence[PastDrill]
    proven: PastDrill | None

    @property
    def is_red(self) -> bool:
        return bool(self.red)

    @property
    def success(self) -> datetime | None:
        """When the last success began."""
        return None if self.proven is None else self.proven.began


@dataclass(frozen=True, slots=True)
class Fleet:
    """All expected clusters; and what is not theirs.

    unknown  a line for each cluster that is not expected and left journals all the same
    lost     journals that cannot be read and do not say whose they are, a line each: any cluster
             could have failed in one, so they are red
    unread   other files that could not be read, a line each
    """

    standings: Sequence[Standing]
    unknown: Mapping[str, str]
    lost: Sequence[str]
    unread: Sequence[str]
    within: timedelta
    now: datetime

    @property
    def reds(self) -> Sequence[Standing]:
        return [one for one in self.standings if one.is_red]

    @property
    def is_red(self) -> bool:
        return bool(self.reds or self.lost)

    @property
    def verdict(self) -> str:
        """One line: `2 of 5 clusters are red`."""
        total = count(len(self.standings), "cluster")
        limit = duration(self.within.total_seconds())
        lost = f"; {count(len(self.lost), 'journal')} cannot be read" if self.lost else ""
        if not self.reds:
            whole = "the one cluster has" if len(self.standings) == 1 else f"all {total} have"
            return f"{whole} a proven drill of the last {limit}{lost}"
        are = "is" if len(self.reds) == 1 else "are"
        return f"{len(self.reds):,} of {total} {are} red{lost}"


def fleet_of(
    expected: Mapping[str, Path], evidence: Evidence, within: timedelta, now: datetime
) -> Fleet:
    """Judge every expected cluster by the evidence, as of `now`."""
    drills: dict[str, list[PastDrill]] = {}
    for one in evidence.drills:
        drills.setdefault(one.cluster, []).append(one)
    damaged: dict[str | None, list[Unread]] = {}
    for unread in evidence.unread:
        damaged.setdefault(unread.cluster if unread.cluster in expected else None, []).append(
            unread
        )
    standings = [
        _standing(name, drills.get(name, []), damaged.get(name, []), within, now)
        for name in expected
    ]
    rest = damaged.get(None, [])
    return Fleet(
        standings=standings,
        unknown={
            name: _unknown(runs, now) for name, runs in drills.items() if name not in expected
        },
        lost=[one.why for one in rest if one.cluster is None and one.matters],
        unread=[one.why for one in rest if one.cluster is not None or not one.matters],
        within=within,
        now=now,
    )


def _standing(
    cluster: str,
    runs: Sequence[PastDrill],
    damaged: Sequence[Unread],
    within: timedelta,
    now: datetime,
) -> Standing:
    real = [one for one in runs if one.mode != "rehearsal"]
    counting = [one for one in real if one.counts and _is_past(one, now)]
    proven = counting[-1] if counting else None
    success = None if proven is None else proven.began
    newest = {one.drill: one for one in real if not one.control and _is_past(one, now)}
    broken = list(_broken(real, now))
    newer = [one for one in damaged if one.matters and (success is None or _began(one) >= success)]
    stale = _stale(runs, real, success, within, now)
    return Standing(
        cluster=cluster,
        red=[*broken, *stale, *(f"cannot be read: {one.why}" for one in newer)],
        told=[
            *_told(real, newest, within, now),
            *(f"not read, and of no weight: {one.why}" for one in damaged if one not in newer),
        ],
        newest=list(newest.values()),
        proven=proven,
    )


def _broken(real: Sequence[PastDrill], now: datetime) -> Iterator[str]:
    """The last judgement of each drill, where it is a bad one."""
    last: dict[tuple[str, bool], PastDrill] = {}
    for one in real:
        # What is dated in the future would hide every failure until then.
        if not _is_neutral(one) and (_is_past(one, now) or not one.is_green):
            last[one.drill, one.control] = one
    good = max((one.began for one in last.values() if one.is_green), default=None)
    for (drill, control), one in last.items():
        # What was killed before it began has no drill of its own that could heal it.
        healed = not one.reached and good is not None and good > one.began
        if one.is_green or healed:
            continue
        name = f"{drill} (negative control)" if control else drill
        running = "" if one.finished else ", or it still runs"
        yield f"{name}: {one.verdict_in_full}{running}, {_at(one.began, now)}"


def _is_neutral(past: PastDrill) -> bool:
    """Whether it says nothing of the backup, neither good nor bad."""
    held = past.word == "PARTIAL" and "failed" not in past.outcomes.values()
    return held or past.word in ("NOTHING TO PROVE", "WAITING")


def _stale(
    runs: Sequence[PastDrill],
    real: Sequence[PastDrill],
    success: datetime | None,
    within: timedelta,
    now: datetime,
) -> Iterator[str]:
    """Why there is no recent success, where there is none."""
    if success is not None and now - success <= within:
        return
    limit = duration(within.total_seconds())
    if not runs:
        yield "no journal of it was found"
    elif not real:
        rehearsals = count(len({one.run for one in runs}), "rehearsal")
        yield f"no drill was found: {rehearsals} of it, which never count"
    elif success is None:
        last = real[-1]
        beside = ", which restores nothing" if last.drill in NO_COPY else ""
        ran = f"{last.drill} {_at(last.began, now)}{beside}"
        yield f"never proven: its last run, {ran}, is {last.word}"
    else:
        yield f"not proven within {limit}: its last success began {_at(success, now)}"


def _told(
    real: Sequence[PastDrill], newest: Mapping[str, PastDrill], within: timedelta, now: datetime
) -> Iterator[str]:
    for one in real:
        if not _is_past(one, now):
            yield f"dated in the future: {one.drill} of run {one.run}, {_at(one.began, now)}"
    for drill, one in newest.items():
        if _is_past(one, now) and now - one.began > within:
            yield f"{drill} did not run lately: last {_at(one.began, now)}"


def _unknown(runs: Sequence[PastDrill], now: datetime) -> str:
    """`3 runs, the last FAILED 2026-06-01 02:00Z (9 h ago)`."""
    total = count(len({one.run for one in runs}), "run")
    return f"{total}, the last {runs[-1].word} {_at(runs[-1].began, now)}"


def _began(unread: Unread) -> datetime:
    return unread.began or datetime.max.replace(tzinfo=UTC)


def _is_past(past: PastDrill, now: datetime) -> bool:
    return past.began <= now + SKEW


def _at(moment: datetime, now: datetime) -> str:
    return f"{when(moment)} ({ago(moment, now)})"
