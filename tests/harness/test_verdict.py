"""DESIGN 8's table, cell by cell, as the pure function that decides it."""

from __future__ import annotations

import pytest

from fixtures.claims import Outcome
from fixtures.verdict import Claim, Verdict, judge, worst

PASSED = Claim("test_rows", Outcome.PASSED, "counts")
STEP = Claim("01-described", Outcome.PASSED)


def claim(outcome: Outcome, family: str = "plan") -> Claim:
    return Claim(f"test_{family}", outcome, family)


CELLS = {
    # name: (claims, how the run went, verdict's line, exit status)
    "every claim holds": ([STEP, PASSED], {}, "PROVEN rehearsal of core", 0),
    "footnotes": (
        [PASSED, claim(Outcome.WAIVED), claim(Outcome.WITHHELD), claim(Outcome.BOUNDED)],
        {},
        "PROVEN rehearsal of core (1 bounded, 1 waived, 1 withheld)",
        0,
    ),
    "footnotes of what the outcomes do not say": (
        [
            Claim("test_rows", Outcome.BOUNDED, "counts", bounded=True, waived=True),
            Claim("test_tables", Outcome.WAIVED, "schema", waived=True),
        ],
        {},
        "PROVEN rehearsal of core (1 bounded, 2 waived)",
        0,
    ),
    "not proven, with what was waived beside it": (
        [PASSED, Claim("test_plan", Outcome.NOT_PROVEN, "plan", waived=True)],
        {"unproven": "warn"},
        "PROVEN (counts) · NOT PROVEN (plan): rehearsal of core (1 waived)",
        0,
    ),
    "a claim failed": (
        [PASSED, claim(Outcome.FAILED)],
        {},
        "FAILED rehearsal of core: 1 failed, 0 not reached",
        1,
    ),
    "a claim was not reached": (
        [PASSED, claim(Outcome.NOT_REACHED)],
        {},
        "FAILED rehearsal of core: 0 failed, 1 not reached",
        1,
    ),
    "a claim vanished with its worker": (
        [PASSED],
        {"size": 3},
        "FAILED rehearsal of core: 0 failed, 2 not reached",
        1,
    ),
    "not proven, warn": (
        [PASSED, claim(Outcome.NOT_PROVEN)],
        {"unproven": "warn"},
        "PROVEN (counts) · NOT PROVEN (plan): rehearsal of core",
        0,
    ),
    "not proven, fail": (
        [PASSED, claim(Outcome.NOT_PROVEN)],
        {"unproven": "fail"},
        "PROVEN (counts) · NOT PROVEN (plan): rehearsal of core",
        1,
    ),
    "half a family is not proven": (
        [PASSED, claim(Outcome.NOT_PROVEN, "counts")],
        {"unproven": "warn"},
        "NOT PROVEN (counts): rehearsal of core",
        0,
    ),
    "nothing at all is proven, warn": (
        [STEP, claim(Outcome.NOT_PROVEN), claim(Outcome.NOT_APPLICABLE, "expectations")],
        {"unproven": "warn"},
        "NOT PROVEN (plan): rehearsal of core (1 not applicable)",
        1,
    ),
    "failed and not proven": (
        [claim(Outcome.FAILED), claim(Outcome.NOT_PROVEN, "schema")],
        {"unproven": "warn"},
        "FAILED rehearsal of core: 1 failed, 0 not reached",
        1,
    ),
    "selected": ([PASSED], {"size": 20, "narrowed": True}, "PARTIAL 1 of 20", None),
    "selected and failed": (
        [claim(Outcome.FAILED)],
        {"size": 20, "narrowed": True},
        "PARTIAL 1 of 20: 1 failed, 19 not reached",
        None,
    ),
    "narrowed, yet all of it ran": (
        [STEP, PASSED],
        {"narrowed": True},
        "PROVEN rehearsal of core",
        0,
    ),
    "only not applicable": (
        [STEP, claim(Outcome.NOT_APPLICABLE)],
        {},
        "NOTHING TO PROVE about rehearsal of core",
        5,
    ),
    "interrupted": (
        [PASSED],
        {"size": 9, "interrupted": "at step 3 of 9: Fence the source"},
        "INTERRUPTED at step 3 of 9: Fence the source",
        2,
    ),
    "waiting": (
        [PASSED, claim(Outcome.NOT_REACHED)],
        {"size": 9, "waiting": "at step 3 of 9: Restore"},
        "WAITING at step 3 of 9: Restore",
        75,
    ),
    "a failure found before the wait ended": (
        [claim(Outcome.FAILED), claim(Outcome.NOT_REACHED)],
        {"waiting": "at step 3 of 9: Restore"},
        "FAILED rehearsal of core: 1 failed, 1 not reached",
        1,
    ),
}


@pytest.mark.parametrize(("claims", "how", "line", "status"), CELLS.values(), ids=CELLS.keys())
def test_each_cell_of_the_table(
    claims: list[Claim], how: dict[str, object], line: str, status: int | None
) -> None:
    options = {"unproven": "warn", "size": len(claims), **how}

    verdict = judge("rehearsal of core", claims, **options)  # type: ignore[arg-type]

    assert (line, status) == (verdict.line, verdict.exit_status)


def of_status(status: int | None) -> Verdict:
    return Verdict("", "", status, {})


@pytest.mark.parametrize(
    ("statuses", "pytests_own", "expected"),
    [
        ([], 5, 5),
        ([0, 0], 0, 0),
        ([0, 1], 1, 1),
        ([0, 5], 0, 0),
        ([5, 5], 0, 5),
        ([None], 1, 1),
        ([None], 0, 0),
        ([0], 1, 1),  # a test of the harness failed beside a proven drill
        ([1, 2], 2, 2),
        ([0], 3, 3),  # an internal error of pytest is never painted green
    ],
)
def test_the_worst_of_several_drills_is_the_exit_status(
    statuses: list[int | None], pytests_own: int, expected: int
) -> None:
    assert expected == worst([of_status(status) for status in statuses], pytests_own)
