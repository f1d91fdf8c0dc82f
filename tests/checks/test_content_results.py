"""What a comparison tells of every table, whatever became of it: numbers, and what they show."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from checks.baseline.alone import since
from checks.baseline.between_rows import judge_rows_between
from checks.content.compare import compare_content
from checks.content.observation import (
    Buckets,
    ContentObservation,
    LeftOut,
    RangeContent,
    TableContent,
)
from checks.judgement import Judgement


def table(*rows: int | None, of: str = "1", counted: bool = False) -> TableContent:
    """Ranges of so many rows; None: left out. `of` stands for what is in them."""
    return TableContent(
        kind="table",
        columns=(("id", "integer"),),
        key=("id",),
        division=Buckets(by="key hash", number=len(rows)),
        ranges=tuple(
            None if n is None else RangeContent(rows=n, hashes=None if counted else (of, str(n)))
            for n in rows
        ),
        bytes=8192,
    )


def observation(**tables: TableContent) -> ContentObservation:
    return ContentObservation(
        mode="full", seed=1, tables={f"s.{name}": one for name, one in tables.items()}
    )


def told(judged: Judgement) -> dict[str, tuple[Any, ...]]:
    """Table → expected, actual, bytes, content; each table once."""
    found = {one.table: (one.expected, one.actual, one.bytes, one.content) for one in judged.tables}
    assert len(found) == len(judged.tables)
    return found


def test_one_truth() -> None:
    before = observation(
        same=table(4, 6),
        fewer=table(5),
        other=table(5),
        gone=table(3),
        counted=table(7, counted=True),
        partly=table(4, None),
    ).model_copy(update={"foreign": ("s.far",), "partitioned": ("s.parent",)})
    after = observation(
        same=table(4, 6),
        fewer=table(4),
        other=table(5, of="2"),
        new=table(2),
        counted=table(7, counted=True),
        partly=table(4, None),
    ).model_copy(
        update={
            "partitioned": ("s.parent",),
            "left_out": {"s.partly": LeftOut(reason="time_budget")},
            "unreadable": {"s.barred": "42501 permission denied"},
        }
    )
    assert {
        "s.same": (10, 10, 8192, "equal"),
        "s.fewer": (5, 4, 8192, "differs"),
        "s.other": (5, 5, 8192, "differs"),
        "s.gone": (3, None, None, "differs"),
        "s.new": (None, 2, 8192, "differs"),
        "s.counted": (7, 7, 8192, "counted"),
        "s.partly": (None, None, 4096, "not read"),
        "s.barred": (None, None, None, "differs"),
    } == told(compare_content(before, after))


def test_a_table_that_may_not_be_read_was_not_read() -> None:
    barred = {"unreadable": {"s.barred": "42501 permission denied"}}
    sides = [observation().model_copy(update=barred) for _ in range(2)]
    assert {"s.barred": (None, None, None, "not read")} == told(compare_content(*sides))


def test_two_truths() -> None:
    before = observation(
        still=table(5), grew=table(10), shrank=table(9), churned=table(4), dropped=table(3)
    )
    after = observation(
        still=table(5), grew=table(12), shrank=table(2), churned=table(4, of="2"), made=table(6)
    )
    copy = observation(
        still=table(5),
        grew=table(11),
        shrank=table(1),
        churned=table(4, of="3"),
        dropped=table(1),
        strange=table(1),
    )
    assert {
        "s.still": (5, 5, 8192, "equal"),
        "s.grew": ("10 to 12", 11, 8192, "bounded"),
        "s.shrank": ("2 to 9", 1, 8192, "differs"),
        "s.churned": (4, 4, 8192, "bounded"),
        "s.dropped": ("none to 3", 1, 8192, "bounded"),
        "s.made": ("none to 6", None, None, "bounded"),
        "s.strange": (None, 1, 8192, "differs"),
    } == told(judge_rows_between(before, after, copy))
    # What the operator asks of a bound changes the claim, not what was seen.
    exact = judge_rows_between(before, after, copy, proof="exact")
    assert told(judge_rows_between(before, after, copy)) == told(exact)


def test_a_truth_of_the_past_calls_nothing_different_that_may_have_been_written_since() -> None:
    compared = compare_content(
        observation(same=table(1), grew=table(1), gone=table(1)),
        observation(same=table(1), grew=table(2)),
    )
    moment = SimpleNamespace(taken_at=datetime(2026, 1, 1, tzinfo=UTC))
    baseline = SimpleNamespace(moment=moment, identity=SimpleNamespace(database="d"))
    judged = since(cast(Any, baseline), compared, "bounded")
    assert {
        "s.same": (1, 1, 8192, "equal"),
        "s.grew": (1, 2, 8192, "bounded"),
        "s.gone": (1, None, None, "differs"),
    } == told(judged)


def test_thousands_of_tables_are_each_told_once() -> None:
    many = observation(**{f"t{number:05}": table(number) for number in range(5000)})
    judged = compare_content(many, many)
    assert 5000 == len(told(judged))
    assert {"equal"} == {one.content for one in judged.tables}
