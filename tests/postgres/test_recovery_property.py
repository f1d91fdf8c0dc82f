"""Any history, any target: what recovery brings back is what the WAL says, and nothing else.

Random histories are played on a real source, backed up in their midst and archived. Each target is
then either recovered to, and the copy compared whole with the model, or refused as the model says.
The model cuts in WAL order and asks no recovery (`wal_model`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar, get_args

import pytest
from hypothesis import HealthCheck, currently_in_test_context, event, given, note, settings
from hypothesis import strategies as st

from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.backup import BaseBackup
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.errors import ChooseAnotherTarget, RepairArchive
from fixtures.postgres.lsn import Lsn
from fixtures.postgres.recovery import recover
from fixtures.postgres.server import Server
from fixtures.postgres.target import Kind, RecoveryTarget
from tests.postgres.conftest import Source, session_folder
from tests.postgres.wal_dates import redate
from tests.postgres.wal_histories import (
    HISTORIES,
    End,
    History,
    Players,
    Point,
    Redate,
    Write,
)
from tests.postgres.wal_model import (
    Content,
    Effect,
    Record,
    Stop,
    Verdict,
    Wal,
    content,
    judge,
    read_wal,
    stop,
)

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Wish:
    """A target before the history is known: the kind, the number of the candidate, a step beside
    it (microseconds, or bytes of WAL).
    """

    kind: Kind
    which: int = 0
    aside: int = 0
    inclusive: bool = True


WISHES = st.lists(
    st.builds(
        Wish,
        st.sampled_from(get_args(Kind)),
        st.integers(0, 99),
        st.sampled_from((0, 0, -1, 1)),
        st.booleans(),
    ),
    min_size=1,
    max_size=2,
).map(tuple)


class Stage:
    """A source on which one history after another is played, and the copies restored of it.

    1 MB segments: a history fills several, and 200 of them no disk.
    """

    def __init__(self, source: Source, binaries: Binaries, guardian: Guardian) -> None:
        self.source = source
        self._binaries = binaries
        self._guardian = guardian
        self._numbers = count(1)

    def new_copy(self) -> Server:
        folder = self.source.folder / f"c{next(self._numbers)}"
        return Server(folder, self._binaries, self.source.account, self._guardian.client())

    def play(self, history: History) -> Played:
        server, archive = self.source.server, self.source.archive
        with Players(server) as players:
            players.play(history.before)
            number = next(self._numbers)
            backup = players.during(history.during, lambda: self.source.backup(f"b{number}"))
            with server.connect() as connection:
                (now,) = connection.execute("select clock_timestamp()").fetchone() or (None,)
            players.play(history.after)
            until = archive.flush(server)
        read = (self._binaries, archive.folder, players.began, until)
        original = read_wal(*read)
        inside = original.records[: original.index(backup.ended)]
        ended = [record.at for record in inside if record.at is not None]
        assert all(at <= backup.ended_at <= now for at in ended), "the backup's end is misjudged"
        if history.redated:
            self._redate(history, original, backup)
        return Played(backup, read_wal(*read), original, players.effects, until)

    def _redate(self, history: History, wal: Wal, backup: BaseBackup) -> None:
        later = [
            (record.starts, record.at)
            for record in wal.records[wal.index(backup.ended) :]
            if record.at is not None
        ]
        for change in history.redated:
            starts, at = later[change.which % len(later)]
            redate(self.source.archive.folder, starts, at + change.by * MICROSECOND)

    def strike(self, played: Played) -> None:
        """Remove what only this history needed."""
        shutil.rmtree(played.backup.folder)
        played.backup.sidecar.unlink()
        size = played.backup.wal_segment_size
        for segment in self.source.archive.segments(size):
            if segment.starts(size) < played.until:
                (self.source.archive.folder / segment.name(size)).unlink()


T = TypeVar("T")


def _pick(candidates: Sequence[T], which: int) -> T:
    return candidates[which % len(candidates)]


@dataclass(frozen=True)
class Played:
    """A history that is archived up to `until`. `wal` is as it is archived, `original` has the
    dates as they were written.
    """

    backup: BaseBackup
    wal: Wal
    original: Wal
    effects: dict[int, Effect]
    until: Lsn

    def target(self, wish: Wish) -> RecoveryTarget:
        """The target that a wish means here. The newest candidate is the first: most lie after the
        base backup then, and some before it.
        """
        newest = self.wal.records[::-1]
        ends = [record for record in newest if record.ends_a_transaction]
        match wish.kind:
            case "time":
                at = _pick([record.at for record in ends if record.at is not None], wish.which)
                return RecoveryTarget.time(at + wish.aside * MICROSECOND, inclusive=wish.inclusive)
            case "xid":
                ended = [record.xid for record in ends]
                open_ones = [xid for xid in self.effects if xid not in ended]
                xid = _pick([*ended, *open_ones], wish.which)
                return RecoveryTarget.xid(xid, inclusive=wish.inclusive)
            case "lsn":
                # The first few are the ends of transactions, which lie apart.
                begin = _pick([*ends[:20], *newest], wish.which).starts
                return RecoveryTarget.lsn(Lsn(begin + wish.aside), inclusive=wish.inclusive)
            case "name":
                points = [record.name for record in newest if record.what == "point"]
                return RecoveryTarget.name(_pick([*points, "nowhere"], wish.which))
            case "immediate":
                return RecoveryTarget.immediate()
            case "latest":
                return RecoveryTarget.latest()

    def judge(self, target: RecoveryTarget, stop: Stop = stop) -> Verdict:
        return judge(self.wal, self.original, self.backup, target, stop)


@pytest.fixture(scope="module")
def stage(guardian: Guardian, binaries: Binaries, account: Account) -> Iterator[Stage]:
    with session_folder(guardian, account) as folder:
        source = Source(folder / "source", binaries, guardian, account, "--wal-segsize=1")
        source.server.stop()
        source.server.configure(
            max_prepared_transactions="20",
            # Its own transactions would only make histories harder to read.
            autovacuum="off",
            checkpoint_timeout="1h",
        )
        source.server.start()
        yield Stage(source, binaries, guardian)
        source.server.stop("immediate")


def check(stage: Stage, history: History, wishes: tuple[Wish, ...]) -> None:
    """Play a history, and recover to each target wished for."""
    played = stage.play(history)
    try:
        for wish in wishes:
            check_target(stage, played, played.target(wish))
    finally:
        stage.strike(played)


def check_target(stage: Stage, played: Played, target: RecoveryTarget, stop: Stop = stop) -> None:
    verdict = played.judge(target, stop)
    tell(f"{target}{'' if target.inclusive else ', exclusive'}: {verdict}")
    if currently_in_test_context():
        event(f"{target.kind}, {'refused' if verdict.cut is None else 'reached'}")
    copy = stage.new_copy()
    try:
        reached = recover(played.backup, stage.source.archive, target, copy)
    except (ChooseAnotherTarget, RepairArchive) as problem:
        tell(f"refused: {problem}")
        refusal: Exception = problem
    else:
        assert verdict.cut is not None, f"should have been refused, reached {reached.lsn}"
        assert content(played.wal.records[: verdict.cut], played.effects) == found(copy)
        assert verdict.last_commit_at == reached.last_commit_at
        return
    finally:
        copy.stop("immediate")
        if copy.folder.exists():  # a refusal may come before it is made
            shutil.rmtree(copy.folder)
    assert verdict.cut is None or verdict.may_be_refused, f"was refused: {refusal}"
    # Only of a position can it be said that the archive should hold it.
    beyond = isinstance(target.value, Lsn) and target.value > played.wal.records[-1].starts
    assert isinstance(refusal, ChooseAnotherTarget) or beyond, f"another reason: {refusal}"


def tell(text: str) -> None:
    """Shown with the example that fails."""
    if currently_in_test_context():
        note(text)


def found(copy: Server) -> Content:
    with copy.connect() as connection:
        rows = connection.execute("select key, value from entry").fetchall()
        tallies = connection.execute("select total from tally").fetchall()
        prepared = connection.execute("select gid from pg_prepared_xacts").fetchall()
    ((tally,),) = tallies
    assert len(dict(rows)) == len(rows)
    return Content(dict(rows), tally, frozenset(gid for (gid,) in prepared))


PROPERTY = settings(
    deadline=None,  # an example is a backup and up to two recoveries, on whatever machine this is
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=True,
)


@settings(PROPERTY, max_examples=5)
@given(history=HISTORIES, wishes=WISHES)
def test_recovery_brings_back_what_the_wal_says(
    stage: Stage, history: History, wishes: tuple[Wish, ...]
) -> None:
    """R2, R23, R65: to the row, for every kind of target."""
    check(stage, history, wishes)


@pytest.mark.slow
@settings(PROPERTY, max_examples=200)
@given(history=HISTORIES, wishes=WISHES)
def test_recovery_brings_back_what_the_wal_says_two_hundred_times(
    stage: Stage, history: History, wishes: tuple[Wish, ...]
) -> None:
    """R2, R23, R65: as above, all night."""
    check(stage, history, wishes)


# A property that holds of anything proves nothing: with a rule that is wrong it must not hold.

STORY = History(
    before=(Write(0, 0, 1), End(0, "commit")),
    during=None,
    after=(
        Write(0, 1, 11),
        End(0, "commit"),
        Point("noon"),
        Write(1, 2, 12),
        End(1, "commit"),
        Point("noon"),
        Write(2, 3, 13),
        End(2, "commit"),
    ),
    # The first one after the backup is dated a minute ahead, beyond all that follow it.
    redated=(Redate(0, 60_000_000),),
)
LAST = 2
"""Of the story's three transactions after the backup; one more makes the last of them reachable."""


def by_commit_time(wal: Wal, since: int, target: RecoveryTarget) -> int | None:
    """Wrong: everything that is dated in time is there."""
    when = target.value
    assert isinstance(when, datetime)
    dates = enumerate(record.at for record in wal.records)
    return max(at + 1 for at, date in dates if date is not None and date <= when)


def one_more(wal: Wal, since: int, target: RecoveryTarget) -> int | None:
    """Wrong: stops after the next transaction."""
    at = wal.first(lambda record: record.at is not None, stop(wal, since, target) or 0)
    return None if at is None else at + 1


def last_of_the_name(wal: Wal, since: int, target: RecoveryTarget) -> int | None:
    """Wrong: the latest restore point of that name."""
    named = [at for at, record in enumerate(wal.records) if record.name == target.value]
    return named[-1] + 1


def inclusive_always(wal: Wal, since: int, target: RecoveryTarget) -> int | None:
    """Wrong: what stands at the target is there."""
    return stop(wal, since, replace(target, inclusive=True))


@pytest.fixture(scope="module")
def played(stage: Stage) -> Iterator[Played]:
    played = stage.play(STORY)
    yield played
    stage.strike(played)


def ends(played: Played) -> list[Record]:
    """The ends of the story's transactions after the backup."""
    later = played.wal.records[played.wal.index(played.backup.ended) :]
    return [record for record in later if record.ends_a_transaction]


def last_time(played: Played) -> RecoveryTarget:
    at = ends(played)[LAST].at
    assert at is not None
    return RecoveryTarget.time(at)


def second_xid(played: Played) -> RecoveryTarget:
    return RecoveryTarget.xid(ends(played)[1].xid)


def third_lsn_exclusive(played: Played) -> RecoveryTarget:
    return RecoveryTarget.lsn(ends(played)[LAST].starts, inclusive=False)


@pytest.mark.parametrize(
    ("choose", "wrong"),
    [
        (last_time, by_commit_time),
        (second_xid, one_more),
        (lambda played: RecoveryTarget.name("noon"), last_of_the_name),
        (third_lsn_exclusive, inclusive_always),
    ],
    ids=["commit times", "one more", "last of the name", "inclusive"],
)
def test_the_property_does_not_hold_of_a_wrong_rule(
    stage: Stage, played: Played, choose: Callable[[Played], RecoveryTarget], wrong: Stop
) -> None:
    target = choose(played)
    check_target(stage, played, target)
    with pytest.raises(AssertionError, match="Content"):
        check_target(stage, played, target, wrong)


def test_the_property_does_not_hold_of_an_effect_that_is_lost(stage: Stage, played: Played) -> None:
    """Nor of a row that nobody wrote: the content is compared whole."""
    latest = RecoveryTarget.latest()
    check_target(stage, played, latest)
    first, *others = played.effects
    forgotten = replace(played, effects={xid: played.effects[xid] for xid in others})
    with pytest.raises(AssertionError, match="Content"):
        check_target(stage, forgotten, latest)
    assert played.effects[first].writes == {0: 1}


def test_the_property_does_not_hold_of_a_refusal_that_is_not_due(
    stage: Stage, played: Played
) -> None:
    """Nor of a recovery where a refusal is."""
    xid = second_xid(played)
    late = replace(played.backup, snapshot_xmax=2**40)
    with pytest.raises(AssertionError, match="was refused: "):
        check_target(stage, replace(played, backup=late), xid)
    with pytest.raises(AssertionError, match="should have been refused"):
        check_target(stage, played, xid, lambda wal, since, target: None)


def test_a_date_that_was_changed_is_what_postgresql_reads(played: Played) -> None:
    """With the checksum that belongs to it, or pg_waldump would have ended before it."""
    assert len(played.original.records) == len(played.wal.records)
    changed = [
        (before.at, after.at)
        for before, after in zip(played.original.records, played.wal.records, strict=True)
        if before != after
    ]
    ((before, after),) = changed
    assert before is not None
    assert before + timedelta(minutes=1) == after
