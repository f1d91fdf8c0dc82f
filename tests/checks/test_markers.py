"""Markers: the sentinel rows that name the moment a copy is (R23, R41)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.markers import Ledger, Markers, judge_markers, observe_markers
from tests.checks.conftest import READER, Connect, Connection, Truth
from tests.sabotage.faults.fault import Fault
from tests.sabotage.faults.markers import LEDGER, MARKERS


def test_a_faithful_copy_is_silent(copy: Connection) -> None:
    """R23, R41: the good marker is there, the bad one is not, and no tick is missing or too
    many.
    """
    assert judge_markers(observe_markers(copy), LEDGER) == []


@pytest.mark.parametrize("fault", MARKERS, ids=lambda fault: fault.name)
def test_every_fault_is_reported(fault: Fault, copy: Connection) -> None:
    """R23, R41."""
    for statement in fault.sql:
        copy.execute(statement.encode())
    findings = judge_markers(observe_markers(copy), LEDGER)
    assert (fault.check, fault.subject) in {(f.check, f.subject) for f in findings}


def test_what_is_observed(copy: Connection, truth: Truth) -> None:
    markers = observe_markers(copy)
    assert markers == truth.markers
    assert markers.ticks == ((1, 50),)
    assert markers.newest_tick == 50
    assert (markers.good, markers.bad, markers.repeated) == ((51,), (), ())
    assert Markers.model_validate_json(markers.model_dump_json()) == markers


def test_the_newest_commit_is_the_servers_own_time(copy: Connection) -> None:
    """Data loss rests on it: a writer's clock may be wrong, or its row older than its commit."""
    committed = copy.execute(
        "with written as (insert into restore_drill.marker values (60, 'tick', '2001-01-01')"
        " returning number) select clock_timestamp() from written"
    ).fetchone()
    markers = observe_markers(copy)
    assert committed is not None
    assert markers.newest_commit is not None
    assert markers.newest_commit >= committed[0]
    assert markers.newest_written is not None
    assert markers.newest_written < committed[0]


def test_observing_changes_nothing(copy: Connection) -> None:
    before = copy.execute("select pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
    observe_markers(copy)
    assert before == copy.execute("select pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()


def test_a_marker_table_that_may_not_be_read_is_a_finding(
    copy: Connection, connect: Connect
) -> None:
    markers = observe_markers(connect(copy.info.dbname, READER))
    assert markers.unreadable == "42501: permission denied for schema restore_drill"
    (finding,) = judge_markers(markers, LEDGER)
    assert finding.actual == markers.unreadable


def test_a_tick_is_found_by_the_heap_not_by_a_broken_index(copy: Connection) -> None:
    """Row 11: an index that lost an entry would hide the bad marker."""
    key = "'restore_drill.marker_pkey'::regclass"
    copy.execute(f"update pg_index set indisready = false where indexrelid = {key}")
    copy.execute("insert into restore_drill.marker values (52, 'bad', now())")
    copy.execute(f"update pg_index set indisready = true where indexrelid = {key}")
    copy.execute("set enable_seqscan = off")
    lied_to = copy.execute("select kind from restore_drill.marker where number = 52").fetchone()
    assert lied_to is None
    assert observe_markers(copy).bad == (52,)


def holding(numbers: set[int]) -> Markers:
    """The observation of a table with these ticks and the ledger's good marker."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return Markers(ticks=tuple(runs), good=(LEDGER.good,))


@given(st.sets(st.integers(min_value=1, max_value=80).filter(lambda n: n not in {51, 52})))
def test_any_set_of_ticks_but_the_acknowledged_ones_is_reported(ticks: set[int]) -> None:
    findings = judge_markers(holding(ticks), LEDGER)
    assert (findings == []) == (ticks == set(range(1, 51)))


@given(st.integers(min_value=1, max_value=79))
def test_the_good_marker_may_lie_between_ticks(good: int) -> None:
    """Numbers are given out over all kinds: the marker's own number is no gap."""
    ledger = Ledger(last_tick=80, good=good, bad=90)
    below, above = set(range(1, good)), set(range(good + 1, 81))
    markers = holding(below | above).model_copy(update={"good": (good,)})
    assert judge_markers(markers, ledger) == []
    without = holding((below | above) - {80}).model_copy(update={"good": (good,)})
    assert [finding.subject for finding in judge_markers(without, ledger)] == ["tick 80"]


def test_no_tick_acknowledged_and_none_there_is_silent() -> None:
    assert judge_markers(Markers(good=(5,)), Ledger(last_tick=0, good=5)) == []
