"""Rows between two baselines: exact where both agree, bounded where they moved, else a finding."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.baseline.between_rows import AGAIN, EMPTIED, MOVED, STRANGER, judge_rows_between
from checks.content.observation import ContentObservation, LargeObject, LeftOut, RangeContent
from checks.finding import Finding
from checks.judgement import Bound, Judgement
from tests.checks.baseline.made_up import content, rows_of, table

STILL = content(granules=table(rows_of(10), rows_of(3)))
GREW = content(granules=table(rows_of(10), rows_of(7, state=1)))


def only(judgement: Judgement, check: str) -> Finding:
    (finding,) = judgement.findings
    assert check == finding.check
    return finding


def test_a_table_equal_in_both_must_be_equal_in_the_copy() -> None:
    """R35: and then nothing is said."""
    judged = judge_rows_between(STILL, STILL, STILL)
    assert ((), (), ()) == (judged.findings, judged.gaps, judged.bounds)


def test_a_lost_row_of_an_unmoved_range_is_found() -> None:
    copy = content(granules=table(rows_of(10), rows_of(2)))
    assert (
        Finding(
            "content.between.unmoved",
            "public.granules",
            "13 rows in 2 ranges as in both baselines",
            "key from 1000 on: 2 rows instead of 3",
            AGAIN,
        ),
    ) == judge_rows_between(STILL, STILL, copy).findings


def test_a_changed_row_of_an_unmoved_range_is_found() -> None:
    copy = content(granules=table(rows_of(10, state=5), rows_of(3)))
    found = only(judge_rows_between(STILL, STILL, copy), "content.between.unmoved")
    assert "key below 1000: 10 rows with other values" == found.actual


def test_a_range_that_moved_is_bounded_and_the_others_are_exact() -> None:
    """Never told as equal."""
    copy = content(granules=table(rows_of(10), rows_of(5, state=2)))
    judged = judge_rows_between(STILL, GREW, copy)
    assert ((), ()) == (judged.findings, judged.gaps)
    assert (
        Bound(
            "content.between",
            "public.granules",
            "1 of 2 ranges moved: 3 rows before T, 7 after, 5 in the copy; the other 10 rows "
            "are exactly as in both",
        ),
    ) == judged.bounds


@pytest.mark.parametrize("rows", [2, 8])
def test_a_range_out_of_bounds_is_found(rows: int) -> None:
    copy = content(granules=table(rows_of(10), rows_of(rows)))
    found = only(judge_rows_between(STILL, GREW, copy), "content.between.moved")
    assert f"key from 1000 on: {rows} rows, not from 3 to 7" == found.actual
    assert MOVED == found.remedy
    assert "waiver or a frozen range" in found.remedy


def test_a_lost_row_beside_a_range_that_moved_is_found() -> None:
    copy = content(granules=table(rows_of(9), rows_of(5, state=2)))
    judged = judge_rows_between(STILL, GREW, copy)
    only(judged, "content.between.unmoved")
    (bound,) = judged.bounds
    assert "exactly" not in bound.bound


def test_where_equality_is_asked_for_a_bound_is_a_gap() -> None:
    """DESIGN 4: not proven where settings say exact."""
    copy = content(granules=table(rows_of(10), rows_of(5, state=2)))
    judged = judge_rows_between(STILL, GREW, copy, proof="exact")
    assert () == judged.bounds
    (gap,) = judged.gaps
    assert 'proof = "bounded"' in gap.reason
    assert "3 rows before T, 7 after, 5 in the copy" in gap.reason


@pytest.mark.parametrize("after", [STILL, GREW], ids=["unmoved", "moved"])
def test_an_unlogged_table_that_came_back_empty_is_told_as_such(after: ContentObservation) -> None:
    """Row 13 of docs/restores-that-lie.md: restoring again would empty it again."""
    empty = table(rows_of(0), rows_of(0)).model_copy(update={"unlogged": True})
    found = judge_rows_between(STILL, after, content(granules=empty)).findings
    assert {EMPTIED} == {one.remedy for one in found}


def test_a_table_in_neither_baseline_is_found() -> None:
    copy = content(granules=table(rows_of(10), rows_of(3)), strange=table(rows_of(1)))
    found = only(judge_rows_between(STILL, STILL, copy), "content.between.table")
    assert ("public.strange", None, "1 row", STRANGER) == (
        found.subject,
        found.expected,
        found.actual,
        found.remedy,
    )


def test_a_table_that_is_missing_is_found() -> None:
    found = only(judge_rows_between(STILL, GREW, content()), "content.between.table")
    assert ("13 rows", None) == (found.expected, found.actual)


@pytest.mark.parametrize("dropped", [True, False])
@pytest.mark.parametrize("there", [True, False])
def test_a_table_in_one_baseline_only_may_be_there_or_not(dropped: bool, there: bool) -> None:
    sides = (STILL, content()) if dropped else (content(), STILL)
    judged = judge_rows_between(*sides, STILL if there else content())
    event = "dropped" if dropped else "created"
    state = "13 rows in the copy" if there else "not in the copy"
    assert (
        Bound("content.between", "public.granules", f"{event} between the two baselines, {state}"),
    ) == judged.bounds
    assert () == judged.findings


def test_a_table_altered_between_is_bounded_by_its_number_of_rows() -> None:
    """Its hashes mean other columns."""
    wider = (("id", "integer"), ("note", "text"))
    after = content(granules=table(rows_of(20, 1), rows_of(3, 1), columns=wider))
    copy = content(granules=table(rows_of(12, 2), rows_of(3, 2), columns=wider))
    judged = judge_rows_between(STILL, after, copy)
    (bound,) = judged.bounds
    assert (
        "its columns or its key changed: 13 rows before T, 23 after, 15 in the copy" == bound.bound
    )
    lost = content(granules=table(rows_of(1), rows_of(3), columns=wider))
    found = only(judge_rows_between(STILL, after, lost), "content.between.moved")
    assert ("from 13 to 23 rows", "4 rows") == (found.expected, found.actual)


def test_a_copy_whose_columns_are_others_is_a_gap() -> None:
    copy = content(granules=table(rows_of(10), rows_of(3), columns=(("id", "bigint"),)))
    judged = judge_rows_between(STILL, STILL, copy)
    assert ["public.granules"] == [gap.subject for gap in judged.gaps]


def test_buckets_are_named_by_number() -> None:
    before = content(events=table(rows_of(4), rows_of(5), by="row hash"))
    copy = content(events=table(rows_of(4), rows_of(5, state=1), by="row hash"))
    found = only(judge_rows_between(before, before, copy), "content.between.unmoved")
    assert "bucket 2 of 2 by row hash: 5 rows with other values" == found.actual


def test_a_finding_names_few_ranges_and_counts_the_rest() -> None:
    before = content(events=table(*[rows_of(n) for n in range(10, 30)]))
    copy = content(events=table(*[rows_of(n - 1) for n in range(10, 30)]))
    found = only(judge_rows_between(before, before, copy), "content.between.unmoved")
    assert str(found.actual).endswith("; and 15 ranges more")


def unseen(**more: object) -> ContentObservation:
    side = {"mode": "full", "seed": 1, "tables": {}, "large_objects": {}, **more}
    return ContentObservation.model_validate(side)


@pytest.mark.parametrize("place", range(3), ids=["before", "after", "copy"])
def test_a_table_that_one_side_could_not_read_is_a_gap(place: int) -> None:
    sides = [STILL, STILL, STILL]
    sides[place] = unseen(unreadable={"public.granules": "42501: permission denied"})
    judged = judge_rows_between(*sides)
    assert () == judged.findings
    (gap,) = judged.gaps
    words = ("before T", "after T", "in the copy")[place]
    assert gap.reason.startswith(f"not readable {words}: 42501: permission denied; let the login")


def test_damage_in_the_copy_is_found() -> None:
    copy = unseen(unreadable={"public.granules": "XX001: invalid page in block 3"})
    only(judge_rows_between(STILL, STILL, copy), "content.between.unreadable")


def test_what_the_budget_left_out_is_a_gap_in_rows_and_bytes() -> None:
    copy = unseen(left_out={"public.granules": LeftOut(reason="max_bytes", rows=13, bytes=8192)})
    (gap,) = judge_rows_between(STILL, STILL, copy).gaps
    assert "left out in the copy: max_bytes (13 rows, 8,192 bytes)" == gap.reason


def test_ranges_that_the_budget_left_out_are_a_gap_and_the_others_are_judged() -> None:
    some = content(granules=table(rows_of(10), None))
    copy = content(granules=table(rows_of(9), None))
    judged = judge_rows_between(some, STILL, copy)
    only(judged, "content.between.unmoved")
    (gap,) = judged.gaps
    assert "1 of 2 ranges not read on every side: read all of it" == gap.reason


def test_rows_that_were_only_counted_are_a_gap() -> None:
    """R35 alone is not R36."""
    counted = content(granules=table(RangeContent(rows=10, hashes=None), rows_of(3)))
    judged = judge_rows_between(STILL, STILL, counted)
    assert () == judged.findings
    (gap,) = judged.gaps
    assert "1 table" == gap.subject
    assert "only counted" in gap.reason


def with_objects(objects: dict[int, LargeObject] | None) -> ContentObservation:
    return unseen(large_objects=objects)


def an_object(digest: str = "d", owner: str = "app") -> LargeObject:
    return LargeObject(owner=owner, acl=None, bytes=5, digest=digest)


def test_large_objects_that_did_not_move_must_be_equal() -> None:
    one, other = with_objects({7: an_object()}), with_objects({7: an_object("e")})
    assert () == judge_rows_between(one, one, one).findings
    found = only(judge_rows_between(one, one, other), "content.large_objects.bytes")
    assert ("large object 7", "5 bytes, not the same") == (found.subject, found.actual)
    none = with_objects({})
    assert only(judge_rows_between(one, one, none), "content.large_objects").actual is None
    assert only(judge_rows_between(none, none, one), "content.large_objects").expected is None


def test_large_objects_that_moved_are_bounded_and_the_others_exact() -> None:
    before = with_objects({7: an_object(), 8: an_object()})
    after = with_objects({7: an_object("e"), 8: an_object()})
    copy = with_objects({7: an_object("between"), 8: an_object()})
    judged = judge_rows_between(before, after, copy)
    assert () == judged.findings
    (bound,) = judged.bounds
    assert (
        "content.large_objects: large objects: 1 large object of 2 made, changed or removed between"
        " the baselines"
    ) == str(bound)
    lost = with_objects({7: an_object("between")})
    only(judge_rows_between(before, after, lost), "content.large_objects")


@pytest.mark.parametrize("place", range(3), ids=["before", "after", "copy"])
def test_large_objects_that_one_side_did_not_read_are_a_gap(place: int) -> None:
    sides = [with_objects({7: an_object()})] * 3
    sides[place] = with_objects(None)
    judged = judge_rows_between(*sides)
    assert () == judged.findings
    assert ["content.large_objects"] == [gap.check for gap in judged.gaps]


def test_large_objects_that_nobody_was_to_read_are_not_told() -> None:
    assert Judgement() == judge_rows_between(*[with_objects(None)] * 3)


# Hypothesis: a history of a database, two moments at which it was observed and one between them.


@dataclass
class History:
    """Ranges of rows, as they were at one moment after the other. A range only grows, or only
    shrinks, or is rewritten in place, as the bounds promise.
    """

    moments: list[list[RangeContent]] = field(default_factory=list)


@st.composite
def histories(draw: st.DrawFn) -> History:
    number = draw(st.integers(1, 5))
    directions = draw(st.lists(st.sampled_from([-1, 0, 0, 1]), min_size=number, max_size=number))
    sizes = draw(st.lists(st.integers(20, 40), min_size=number, max_size=number))
    history = History([[rows_of(size) for size in sizes]])
    for state in range(1, draw(st.integers(3, 8))):
        now = list(history.moments[-1])
        place = draw(st.integers(0, number - 1))
        size = now[place].rows + directions[place] * draw(st.integers(0, 2))
        # Never a state that was there before: a table that comes back is not promised anything.
        now[place] = rows_of(size, state=state)
        history.moments.append(now)
    return history


@given(histories(), st.data())
def test_no_state_between_is_ever_found(history: History, data: st.DataObject) -> None:
    """Whatever happened, and whenever the copy was made."""
    last = len(history.moments) - 1
    one = data.draw(st.integers(0, last))
    t = data.draw(st.integers(one, last))
    two = data.draw(st.integers(t, last))
    before, copy, after = (content(a=table(*history.moments[n])) for n in (one, t, two))
    judged = judge_rows_between(before, after, copy)
    assert () == judged.findings
    assert () == judged.gaps
    # And never told as equal where something moved.
    assert (before != after) == bool(judged.bounds)


@given(histories(), st.data())
def test_any_loss_in_a_range_that_did_not_move_is_found(
    history: History, data: st.DataObject
) -> None:
    """However much moved beside it."""
    last = len(history.moments) - 1
    one = data.draw(st.integers(0, last))
    t = data.draw(st.integers(one, last))
    two = data.draw(st.integers(t, last))
    unmoved = [
        place
        for place, (first, second) in enumerate(
            zip(history.moments[one], history.moments[two], strict=True)
        )
        if first == second
    ]
    if not unmoved:
        return
    place = data.draw(st.sampled_from(unmoved))
    broken = list(history.moments[t])
    lost = data.draw(st.integers(0, 3))
    broken[place] = rows_of(broken[place].rows - lost, state=99)
    judged = judge_rows_between(
        content(a=table(*history.moments[one])),
        content(a=table(*history.moments[two])),
        content(a=table(*broken)),
    )
    assert ["content.between.unmoved"] == [found.check for found in judged.findings]
