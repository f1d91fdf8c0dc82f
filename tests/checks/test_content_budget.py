"""A share of the rows, or as many as time and bytes allow: what is left out is always said."""

from __future__ import annotations

import math
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.content import plan
from checks.content.budget import Clock
from checks.content.compare import compare_content
from checks.content.judge import judge_content
from checks.content.observation import ContentObservation
from checks.content.plan import MisreadMode, Reading, chosen_ranges
from checks.content.ranges import describe
from checks.content.scan import observe_content, observe_content_on, read_content
from checks.content.survey import survey
from checks.database import Limits
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot
from fixtures.postgres.server import Server
from tests.checks.conftest import FAITHFUL, Connect, Connection


@pytest.mark.parametrize("mode", ["", "all", "ranges", "ranges:0%", "ranges:100%", "ranges:5"])
def test_a_mode_that_is_none_is_refused(mode: str) -> None:
    with pytest.raises(MisreadMode, match="write full, ranges:P%"):
        Reading(mode=mode)


@settings(deadline=None)  # a busy machine is no fault
@given(
    number=st.integers(1, 1000),
    share=st.integers(1, 99),
    seed=st.integers(0, 10_000),
    table=st.text(max_size=9),
)
def test_successive_seeds_cover_every_range(number: int, share: int, seed: int, table: str) -> None:
    """DESIGN 4: ranges rotate."""
    rounds = [chosen_ranges(number, share, seed + n, table) for n in range(math.ceil(100 / share))]
    assert set(range(number)) == {one for chosen in rounds for one in chosen}
    assert {math.ceil(number * share / 100)} == {len(set(chosen)) for chosen in rounds}


@pytest.fixture
def no_table_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that tables of a few thousand rows are read as large ones are."""
    monkeypatch.setattr(plan, "SMALL", 0)


def judge(cluster: Server, copy: Connection, reading: Reading) -> Judgement:
    with (
        SharedSnapshot(partial(cluster.connect, FAITHFUL), sessions=2) as expected,
        SharedSnapshot(partial(cluster.connect, copy.info.dbname), sessions=2) as actual,
    ):
        return judge_content(expected, actual, reading)


@pytest.mark.usefixtures("no_table_is_small")
def test_a_share_is_read_and_the_rest_is_not_proven(cluster: Server, copy: Connection) -> None:
    """Within as many seeds as it takes to read everything, any change is found."""
    copy.execute("update content.even set n = 0 where id = 20000")
    copy.execute("update content.uuids set n = 0 where n = 7")
    copy.execute("update content.keyless set n = 0 where ctid = '(1,1)'")
    found = []
    for seed in range(3):
        judgement = judge(cluster, copy, Reading(mode="ranges:34%", seed=seed))
        found += [(seed, finding.subject) for finding in judgement.findings]
        told = {gap.subject: gap.reason for gap in judgement.gaps}
        assert (
            "on the expected side: not proven by budget: ranges:34%: 1 of 3 ranges were not read "
            "(about 8,333 rows, 371,371 bytes)"
        ) == told["content.even"]
        assert "core.granules" not in told
        assert {"ranges:34%", seed} == {
            judgement.facts["content_mode"],
            judgement.facts["content_seed"],
        }
    assert {"content.even", "content.uuids", "content.keyless"} == {table for _, table in found}
    assert 1 == len([seed for seed, table in found if table == "content.keyless"])


@pytest.mark.usefixtures("no_table_is_small")
def test_a_share_reads_a_share(copy: Connection) -> None:
    """By an index: the pages of other ranges are left alone."""
    copy.execute("vacuum content.even")
    copy.execute("select pg_stat_reset()")
    observed = observe_content_on(copy, Reading(mode="ranges:30%"))
    table = observed.tables["content.even"]
    assert 1 == len([one for one in table.ranges if one is not None])
    assert table.rows is None
    copy.execute("select pg_stat_force_next_flush()")
    read = copy.execute(
        "select seq_scan, idx_scan > 0 from pg_stat_user_tables where relname = 'even'"
    ).fetchone()
    assert (0, True) == read
    assert "content.keyless" in {*observed.left_out, *observed.tables}


@pytest.mark.usefixtures("no_table_is_small")
def test_what_one_side_read_is_what_the_other_reads(copy: Connection) -> None:
    one = observe_content_on(copy, Reading(mode="ranges:30%", seed=5))
    copy.execute("alter table content.even drop constraint even_pkey")
    # Without the index the whole table is scanned, for the same ranges.
    other = observe_content_on(copy, Reading(mode="ranges:30%", seed=99), like=one)
    even = "content.even"
    assert one.tables[even].ranges == other.tables[even].ranges
    assert () == compare_content(one, other).findings


def test_counts_leave_all_content_unproven(cluster: Server, copy: Connection) -> None:
    copy.execute("update content.even set n = 0 where id = 20000")
    copy.execute("delete from content.named where n = 1")
    judgement = judge(cluster, copy, Reading(mode="counts"))
    assert [("counts", "content.named")] == [(f.check, f.subject) for f in judgement.findings]
    told = {gap.subject: gap.reason for gap in judgement.gaps}
    assert "on the expected side: rows were only counted" in told["content.even"]
    assert "only rows were counted" in told.pop("large objects")
    assert len(told) == judgement.facts["content_tables"]


def test_a_baseline_of_counts_proves_counts_only(copy: Connection) -> None:
    counted = observe_content_on(copy, Reading(mode="counts"))
    judgement = compare_content(counted, observe_content_on(copy, Reading(), like=counted))
    assert () == judgement.findings
    assert {*counted.tables, "large objects"} == {gap.subject for gap in judgement.gaps}


def test_bytes_that_may_not_be_read_are_said(cluster: Server, copy: Connection) -> None:
    """The smallest tables are read: that proves as many as can be."""
    copy.execute("update content.even set n = 0")
    copy.execute("update core.providers set host = 'elsewhere'")
    judgement = judge(cluster, copy, Reading(max_bytes=1_000_000))
    assert ["core.providers"] == [finding.subject for finding in judgement.findings]
    told = {gap.subject: gap.reason for gap in judgement.gaps}
    assert "content.even" in told
    assert "core.granules" not in told
    assert (
        "not proven by budget: max_bytes: 1,114,112 bytes would have to be read"
        in (told["content.even"])
    )
    assert "(about 25,000 rows, 1,114,112 bytes)" in told["content.even"]
    assert int(str(judgement.facts["content_bytes"])) <= 1_000_000


def test_when_time_is_over_the_rest_is_said(cluster: Server, copy: Connection) -> None:
    judgement = judge(cluster, copy, Reading(time_budget=timedelta(0)))
    assert () == judgement.findings
    told = {gap.subject: gap.reason for gap in judgement.gaps}
    assert 0 == judgement.facts["content_tables"]
    assert (
        "not proven by budget: time_budget: it ended before this was read (about 25,000 rows"
        in (told["content.even"])
    )
    assert "core.nothing" in told


def test_what_runs_when_time_is_over_is_cancelled(
    cluster: Server, copy: Connection, connect: Connect
) -> None:
    """A lock that would be waited for longer stands for a long scan."""
    locker = connect(copy.info.dbname)
    limits = Limits(lock=timedelta(minutes=5))
    reading = Reading(time_budget=timedelta(seconds=1))
    with (
        locker.transaction(),
        SharedSnapshot(partial(cluster.connect, copy.info.dbname), limits=limits) as shared,
    ):
        there = survey(shared, Reading())
        locker.execute("lock table content.even in access exclusive mode")
        observed = read_content(shared, there, reading, Clock(reading.time_budget))
    assert {} == observed.unreadable
    assert "time_budget" in observed.left_out["content.even"].reason
    assert observed.left_out["content.even"].bytes == 1_114_112


@pytest.mark.usefixtures("no_table_is_small")
def test_time_that_ends_between_two_ranges_keeps_those_that_were_read(
    copy: Connection, cluster: Server
) -> None:
    class Ends(Clock):
        """After so many looks."""

        def __init__(self, looks: int) -> None:
            super().__init__(timedelta(hours=1))
            self.looks = looks

        @property
        def is_over(self) -> bool:
            self.looks -= 1
            return self.looks < 0

    reading = Reading(mode="ranges:60%")
    with SharedSnapshot(partial(cluster.connect, copy.info.dbname)) as shared:
        observed = read_content(shared, survey(shared, reading), reading, Ends(2))
    even = observed.tables["content.even"]
    assert [True, False, False] == sorted([one is not None for one in even.ranges], reverse=True)
    assert "time_budget" in observed.left_out["content.even"].reason
    assert observed.left_out["content.even"].rows == 16_667
    assert "core.nothing" in observed.left_out


def test_an_observation_tells_its_ranges_in_words(copy: Connection) -> None:
    tables = observe_content_on(copy, Reading()).tables
    even = tables["content.even"].division
    assert ["key below 8335", "key 8335 to 16668", "key from 16669 on"] == [
        describe(even, number) for number in range(3)
    ]
    assert "bucket 2 of 2 by key hash" == describe(tables["content.named"].division, 1)
    assert "all rows" == describe(tables["core.granules"].division, 0)


def test_observations_of_many_sessions_are_alike(cluster: Server, copy: Connection) -> None:
    observations: list[ContentObservation] = []
    for sessions, workers in ((1, 1), (3, 1), (2, 4)):
        with SharedSnapshot(
            partial(cluster.connect, copy.info.dbname), sessions=sessions
        ) as shared:
            observations.append(observe_content(shared, Reading(workers=workers)))
    assert observations[0] == observations[1] == observations[2]
