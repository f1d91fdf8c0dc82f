"""The tables of DynamoDB hold all that the copy holds, and nothing older that the copy lacks."""

from __future__ import annotations

from checks.ingest.seen import Halted
from fixtures.claims import NotApplicable
from fixtures.dynamodb.comparing import Comparing, judge_configuration, judge_moments
from fixtures.dynamodb.restoring import RestoredTables
from fixtures.dynamodb.semaphores import judge_semaphores
from fixtures.judging import Judge
from fixtures.source import Source


def test_the_copy_is_of_no_later_time_than_its_tables(
    restored_tables: RestoredTables, source: Source, judge: Judge
) -> None:
    """The copy's time is the tables' own or before it, and no further than allowed (R24)."""
    assert source.tables is not None
    findings = judge(judge_moments(restored_tables, source.tables.wanted))

    assert findings == []


def test_the_tables_are_configured_as_their_sources(
    restored_tables: RestoredTables, source: Source, judge: Judge
) -> None:
    """Keys, indexes, encryption and capacity came back; what was left behind is told (R58)."""
    to_stay = source.mode == "recovery"
    findings = judge(judge_configuration(restored_tables, to_stay=to_stay))

    assert findings == []


def test_every_row_has_its_item_and_other_items_are_newer(
    restored_tables: RestoredTables, comparing: Comparing, judge: Judge
) -> None:
    """Postgres' keys are among DynamoDB's; what is there alone is newer than the target (R58)."""
    findings = judge(comparing.keys(lambda name: restored_tables.of(name).name))

    assert findings == []


def test_semaphores_count_what_runs(halted_ingest: Halted, source: Source, judge: Judge) -> None:
    """With ingest drained, each semaphore counts the executions of its queue (R11, R58)."""
    if source.tables is None or source.tables.wanted.semaphores is None:
        raise NotApplicable("there is no [dynamodb] semaphores")
    findings = judge(judge_semaphores(source.tables, halted_ingest.seen))

    assert findings == []
