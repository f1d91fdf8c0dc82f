"""The schema between two baselines: as in both, or as in either where it was altered."""

from __future__ import annotations

import pytest

from checks.baseline.between_objects import judge_objects_between
from checks.judgement import Bound, Judgement
from checks.schema.observation import SchemaObservation
from checks.schema.sides import RecordedSchema
from tests.checks.baseline.made_up import catalog

Tables = dict[str, dict[str, str | None]]


def side(tables: Tables) -> SchemaObservation:
    return catalog({"tables": tables})


def judged(before: Tables, after: Tables, copy: Tables) -> Judgement:
    return judge_objects_between(side(before), side(after), RecordedSchema(side(copy)))


PLAIN: Tables = {"public.a": {"owner": "app", "comment": "one"}, "public.b": {"owner": "app"}}
ALTERED: Tables = {**PLAIN, "public.a": {"owner": "app", "comment": "two"}}


def test_what_both_show_alike_is_silent() -> None:
    """R34."""
    assert Judgement() == judged(PLAIN, PLAIN, PLAIN)


def test_what_both_show_alike_must_be_so() -> None:
    """R34."""
    copy: Tables = {**PLAIN, "public.b": {"owner": "postgres"}}
    (found,) = judged(PLAIN, ALTERED, copy).findings
    assert ("schema.tables.owner", "public.b", "app", "postgres") == (
        found.check,
        found.subject,
        found.expected,
        found.actual,
    )


@pytest.mark.parametrize("copy", [PLAIN, ALTERED], ids=["as before", "as after"])
def test_what_was_altered_is_bounded_by_either(copy: Tables) -> None:
    expected = Bound(
        "schema.tables", "public.a", "altered between the two baselines (comment): as in either"
    )
    assert Judgement(bounds=(expected,)) == judged(PLAIN, ALTERED, copy)


def test_what_was_altered_is_found_as_neither() -> None:
    copy: Tables = {**PLAIN, "public.a": {"owner": "app", "comment": "three"}}
    assert ["schema.tables.comment"] == [one.check for one in judged(PLAIN, ALTERED, copy).findings]


def test_what_was_altered_keeps_its_other_properties() -> None:
    copy: Tables = {**PLAIN, "public.a": {"owner": "postgres", "comment": "two"}}
    assert ["schema.tables.owner"] == [one.check for one in judged(PLAIN, ALTERED, copy).findings]


def test_what_was_altered_must_be_there() -> None:
    copy: Tables = {"public.b": {"owner": "app"}}
    told = judged(PLAIN, ALTERED, copy)
    assert [("schema.tables", None)] == [(one.check, one.actual) for one in told.findings]
    assert () == told.bounds


def test_what_was_made_or_dropped_may_be_there_or_not() -> None:
    more: Tables = {**PLAIN, "public.c": {"owner": "app"}}
    for before, after, event in ((PLAIN, more, "made"), (more, PLAIN, "dropped")):
        for copy, words in ((PLAIN, "not in the copy"), (more, "there in the copy")):
            told = judged(before, after, copy)
            assert () == told.findings
            assert [f"{event} between the two baselines, {words}"] == [
                bound.bound for bound in told.bounds
            ]


def test_what_was_made_must_be_as_it_was_made() -> None:
    more: Tables = {**PLAIN, "public.c": {"owner": "app"}}
    copy: Tables = {**PLAIN, "public.c": {"owner": "postgres"}}
    assert ["schema.tables.owner"] == [one.check for one in judged(PLAIN, more, copy).findings]


def test_what_neither_has_is_found() -> None:
    copy: Tables = {**PLAIN, "public.d": {"owner": "app"}}
    assert ["public.d"] == [one.subject for one in judged(PLAIN, ALTERED, copy).findings]


def test_a_kind_that_one_side_did_not_see_is_a_gap() -> None:
    blind = SchemaObservation(
        server_version=150020, kinds={}, unreadable={"tables": "42501: permission denied"}
    )
    plain = side(PLAIN)
    for before, after, copy in (
        (blind, plain, plain),
        (plain, blind, plain),
        (plain, plain, blind),
    ):
        told = judge_objects_between(before, after, RecordedSchema(copy))
        assert () == told.findings
        assert ["schema.tables"] == [gap.check for gap in told.gaps]


def test_where_equality_is_asked_for_a_bound_is_a_gap() -> None:
    told = judge_objects_between(
        side(PLAIN), side(ALTERED), RecordedSchema(side(PLAIN)), proof="exact"
    )
    assert ((), ["public.a"]) == (told.bounds, [gap.subject for gap in told.gaps])
