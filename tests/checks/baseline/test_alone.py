"""One baseline and no source: equality if it is of T, else what is lost and what none can tell."""

from __future__ import annotations

from checks.baseline.alone import judge_alone
from checks.content.observation import ContentObservation
from checks.judgement import Judgement
from tests.checks.baseline.made_up import (
    catalog,
    content,
    database,
    rows_of,
    sequences,
    table,
)

TABLES: dict[str, dict[str, dict[str, str | None]]] = {
    "tables": {"public.granules": {"owner": "app"}}
}
BASELINE = database(
    content(granules=table(rows_of(10), rows_of(3))),
    catalog_=catalog(TABLES),
    sequences_=sequences(ids=100),
)


def judged(
    content_: ContentObservation,
    kinds: dict[str, dict[str, dict[str, str | None]]] = TABLES,
    *,
    exact: bool,
    position: int = 100,
) -> Judgement:
    copy = database(content_, catalog_=catalog(kinds), sequences_=sequences(ids=position))
    return judge_alone(BASELINE, copy, exact=exact)


SHORT = content(granules=table(rows_of(10), rows_of(2)))


def test_a_baseline_of_t_proves_equality() -> None:
    """R36: silence means that everything is as it was."""
    told = judged(BASELINE.content, exact=True)
    assert ((), (), ()) == (told.findings, told.gaps, told.bounds)
    assert ["counts"] == [found.check for found in judged(SHORT, exact=True).findings]


def test_an_older_baseline_proves_nothing_equal() -> None:
    """DESIGN 4: that it looks the same today may be two wrongs."""
    told = judged(BASELINE.content, exact=False)
    assert ((), ()) == (told.findings, told.gaps)
    (bound,) = told.bounds
    assert "database core" == bound.subject
    assert "what was written between it and T, no truth tells" in bound.bound


def test_what_differs_from_an_older_baseline_is_a_gap_with_both_sides() -> None:
    told = judged(SHORT, {"tables": {"public.granules": {"owner": "other"}}}, exact=False)
    assert () == told.findings
    assert {"counts", "schema.tables.owner"} == {gap.check for gap in told.gaps}
    (counts,) = (gap for gap in told.gaps if gap.check == "counts")
    assert counts.reason.startswith(
        "13 in the baseline of 2024-05-01T12:00:00+00:00, 12 in the copy: written since or lost"
    )


def test_a_table_that_is_gone_is_found_whenever_the_baseline_is_of() -> None:
    told = judged(content(), {"tables": {}}, exact=False)
    assert {"counts", "schema.tables"} == {found.check for found in told.findings}


def test_a_table_that_came_since_is_a_gap() -> None:
    more = content(granules=table(rows_of(10), rows_of(3)), later=table(rows_of(1)))
    told = judged(more, exact=False)
    assert () == told.findings
    assert ["public.later"] == [gap.subject for gap in told.gaps]


def test_damage_is_found_whenever_the_baseline_is_of() -> None:
    broken = ContentObservation(
        mode="full",
        seed=1,
        tables={},
        unreadable={"public.granules": "XX001: invalid page"},
        large_objects={},
    )
    assert ["content.unreadable"] == [one.check for one in judged(broken, exact=False).findings]


def test_a_sequence_behind_is_found_whenever_the_baseline_is_of() -> None:
    """R39: they do not go back by themselves."""
    for exact in (True, False):
        told = judged(BASELINE.content, exact=exact, position=99)
        assert ["sequences.behind"] == [found.check for found in told.findings]


def test_where_equality_is_asked_for_an_older_baseline_is_a_gap() -> None:
    copy = BASELINE.model_copy()
    told = judge_alone(BASELINE, copy, exact=False, proof="exact")
    assert ((), ["database core"]) == (told.bounds, [gap.subject for gap in told.gaps])
