"""A drill on a source that never stops writing ("Done when" 6), at the level of checks.

```
writer    ||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||||
B1           [======]
T                            |
B2                                           [======]
copy                         restored to T: held against B1, B2 and the source that lives on
```
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from checks.baseline.between import judge_between, judge_order
from checks.baseline.frozen import Frozen, judge_frozen
from checks.baseline.heartbeat import judge_heartbeat
from checks.baseline.model import Baseline
from checks.baseline.record import Wanted
from checks.baseline.sides import Proof
from checks.expectations import judge_expectations
from checks.judgement import Judgement
from fixtures.guardian import Guardian
from fixtures.postgres.account import Account
from fixtures.postgres.binaries import Binaries
from fixtures.postgres.recovery import recover
from fixtures.postgres.target import RecoveryTarget
from tests.checks.baseline.databases import Databases
from tests.checks.baseline.writer import SOURCE, Writer
from tests.fix_postgres import NewServer
from tests.postgres.conftest import Source

FROZEN = Frozen("audit", "at < :t - interval '1 day'")
EVERY = timedelta(minutes=1)
"""Of the heartbeat; the writer beats every few milliseconds, and machines stand still at times."""


@dataclass(frozen=True)
class NoJobGoesBackwards:
    """One ``[[expect]]``."""

    name: str = "no job goes backwards"
    sql: str = "select count(*) from jobs where turns < 0"
    database: str | None = None
    equals: bool | int | float | str | None = 0
    at_least: float | None = None
    at_most: float | None = None


@dataclass
class Night:
    """Everything that is known after a night's restore."""

    sources: Databases
    copies: Databases
    source: str
    before: Baseline
    t: datetime
    after: Baseline

    def judge(self, copy: str, *, proof: Proof = "bounded") -> Judgement:
        """All truths together, as `drills/verify` holds them against a copy."""
        before, after = self.before.databases["core"], self.after.databases["core"]
        observed = self.copies.observe(copy, self.before)
        with self.sources.snapshot(self.source) as live, self.copies.snapshot(copy) as restored:
            return Judgement.all(
                (
                    judge_order("core", before, after, self.t),
                    judge_between(before, after, observed, proof=proof),
                    judge_frozen(live, restored, FROZEN, self.t),
                    judge_heartbeat(restored, "heartbeat", "beat", self.t, EVERY),
                    judge_expectations(self.copies.connect(copy), [NoJobGoesBackwards()]),
                )
            )


def clock(databases: Databases, name: str) -> datetime:
    """The server's own: only that dates its commits."""
    with databases.server.connect(name) as connection:
        ((now,),) = connection.execute("select clock_timestamp()").fetchall()
    return now


FAULTS = {
    "a row of a quiet table": (
        "update providers set name = 'other' where id = 7",
        {("content.between.unmoved", "public.providers")},
    ),
    "an old row of a table that grows": (
        "update granules set provider = 1 + provider % 50 where id = 7",
        {("content.between.unmoved", "public.granules")},
    ),
    "a frozen row of a table that moved": (
        "update audit set said = 'never' where said = 'was 7'",
        {("frozen", "public.audit")},
    ),
    "the last minutes": (
        "delete from heartbeat where beat > (select max(beat) from heartbeat) - interval '1 hour'",
        {("heartbeat", "heartbeat.beat"), ("content.between.moved", "public.heartbeat")},
    ),
    "a broken expectation": (
        "update jobs set turns = -1 where id = 7",
        {("expect.value", "broken: no job goes backwards")},
    ),
    "a table": (
        "drop table jobs",
        {
            ("content.between.table", "public.jobs"),
            ("schema.tables", "public.jobs"),
            ("expect.query", "broken: no job goes backwards"),
        },
    ),
    "an index": ("drop index jobs_turns", {("schema.indexes", "public.jobs_turns")}),
    "a sequence set back": (
        "select setval('granules_id_seq', 3)",
        {("sequences.behind", "public.granules_id_seq")},
    ),
}


FEW = ("a row of a quiet table", "a frozen row of a table that moved", "a broken expectation")
"""What "Done when" 6 names."""


def judge_night(night: Night, faults: Collection[str]) -> None:
    """The whole of "Done when" 6: proven with what moved named, red for each single fault."""
    judged = night.judge("restored")
    assert () == judged.findings
    assert () == judged.gaps
    assert {"public.granules", "public.jobs", "public.audit", "public.heartbeat"} == {
        bound.subject for bound in judged.bounds
    }
    told = {bound.subject: bound.bound for bound in judged.bounds}
    # What was there at the first baseline is exact, though the table never stood still.
    rows = night.before.databases["core"].content.tables["public.granules"].rows
    assert f"the other {rows} rows are exactly as in both" in told["public.granules"]
    assert 300 == judged.facts["frozen rows of public.audit"]

    exact = night.judge("restored", proof="exact")
    assert ((), ()) == (exact.findings, exact.bounds)
    assert set(told) == {gap.subject for gap in exact.gaps}

    for name in faults:
        fault, expected = FAULTS[name]
        night.copies.make("broken", fault, template="restored")
        found = {(one.check, one.subject) for one in night.judge("broken").findings}
        assert expected == found, name
        night.copies.drop("broken")


def test_a_copy_of_a_source_that_never_stops_writing(databases: Databases) -> None:
    """R36, R68: the copy is made from the database itself, between two ticks of its writer."""
    databases.make("busy", SOURCE + "create index jobs_turns on jobs (turns);")
    with Writer(databases.connect("busy")) as writer:
        before = databases.record("busy")
        assert not before.quiet, before.not_quiet
        writer.wait_for_ticks(5)
    # A template must not be in use: this is the one moment at which nobody writes.
    t = clock(databases, "busy")
    databases.make("restored", template="busy")
    with Writer(databases.connect("busy")) as writer:
        after = databases.record("busy", Wanted(like=before))
        judge_night(Night(databases, databases, "busy", before, t, after), FEW)


@pytest.fixture
def archived(
    run_folder: Path, binaries: Binaries, guardian: Guardian, account: Account
) -> Iterator[Source]:
    """A cluster of the test's own that archives its WAL."""
    source = Source(run_folder / "night", binaries, guardian, account)
    yield source
    source.server.stop("immediate")


@pytest.mark.slow
def test_a_restore_to_t_of_a_source_that_never_stops_writing(
    archived: Source, new_server: NewServer
) -> None:
    """R36, R68: base backup, WAL archive, recovery to T; nobody ever stops writing."""
    sources = Databases(archived.server)
    sources.make("busy", SOURCE + "create index jobs_turns on jobs (turns);")
    restored = new_server("restored")
    with Writer(sources.connect("busy")) as writer:
        backup = archived.backup("base")
        before = sources.record("busy")
        writer.wait_for_ticks(20)
        t = clock(sources, "busy")
        writer.wait_for_ticks(20)
        after = sources.record("busy", Wanted(like=before))
        archived.archive.flush(archived.server)
        recover(backup, archived.archive, RecoveryTarget.time(t), restored)
        copies = Databases(restored)
        copies.make("restored", template="busy")
        judge_night(Night(sources, copies, "busy", before, t, after), FAULTS)


def test_a_copy_of_another_moment_is_red(databases: Databases) -> None:
    """R36: one made before the first baseline, or after the second."""
    databases.make("busy", SOURCE)
    with Writer(databases.connect("busy")):
        pass
    databases.make("early", template="busy")
    with Writer(databases.connect("busy")):
        before = databases.record("busy")
    t = clock(databases, "busy")
    with Writer(databases.connect("busy")):
        after = databases.record("busy", Wanted(like=before))
    with Writer(databases.connect("busy")):
        pass
    databases.make("late", template="busy")
    night = Night(databases, databases, "busy", before, t, after)
    for copy in ("early", "late"):
        found = {one.check for one in night.judge(copy).findings}
        assert {"content.between.moved"} <= found, copy
        assert ("heartbeat" in found) == (copy == "late")


def test_baselines_that_do_not_stand_around_t_prove_nothing(databases: Databases) -> None:
    """DESIGN 4: and which one is to be replaced is said."""
    databases.make("still", SOURCE)
    one = databases.record("still").databases["core"]
    other = databases.record("still").databases["core"]
    early, late = one.moment.taken_at, other.moment.taken_at
    second = timedelta(seconds=1)
    assert Judgement() == judge_order("core", one, other, late)
    assert Judgement() == judge_order("core", one, None, late + second)
    for t, words in (
        (early - second, "use an older one"),
        (late + second, "record another one now"),
        (None, "T is not known"),
    ):
        (gap,) = judge_order("core", one, other, t).gaps
        assert words in gap.reason
    identity = other.identity.model_copy(update={"system_identifier": "1"})
    (found,) = judge_order(
        "core", one, other.model_copy(update={"identity": identity}), late
    ).findings
    assert "baseline.cluster" == found.check
