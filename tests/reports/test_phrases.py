"""Sentences that several reports share."""

from __future__ import annotations

from typing import Any

import pytest

from reports import phrases
from reports.drill_record import by_drill
from tests.reports import sample


def told(event: dict[str, Any]) -> dict[str, str]:
    (record,) = by_drill(sample.typed_all([sample.run_started(), event]))
    return dict(phrases.subject(record))


@pytest.mark.parametrize(
    ("did", "said"),
    [
        ("deleted one row", "deleted one row (public.granules)"),
        ("dropped public.granules", "dropped public.granules"),
    ],
)
def test_what_was_done_on_purpose_names_its_subject_once(did: str, said: str) -> None:
    assert {
        "sabotaged on purpose": f"a row is gone: {said}, seed 7; to be noticed by counts"
    } == told({**sample.sabotaged(), "did": did})


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("before-disaster", "before-disaster (2026-06-01 11:59:21+00:00)"),
        ("2026-06-01T11:59:21+00:00", "2026-06-01T11:59:21+00:00"),
        ("2026-06-01T13:59:21+02:00", "2026-06-01T13:59:21+02:00"),
    ],
)
def test_a_target_that_is_a_name_tells_the_time_that_it_stands_for(target: str, said: str) -> None:
    moment = "2026-06-01T11:59:21+00:00"
    asked = sample.event("target_asked", 2, drill="pitr", target=target, moment=moment)
    assert {"recovery target asked": said} == told(asked)


def test_a_target_that_stands_for_no_time_is_told_as_it_is() -> None:
    asked = sample.event("target_asked", 2, drill="pitr", target="immediate", moment=None)
    assert {"recovery target asked": "immediate"} == told(asked)
