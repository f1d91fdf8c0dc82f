"""A finding is the whole report of a failed proof: one line, no row value, fit for the journal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from checks.finding import Finding


def test_a_finding_reads_as_one_sentence() -> None:
    finding = Finding("counts", "public.granules", 50_000, 49_999, "Restore again.")
    assert str(finding) == "counts: public.granules: expected 50,000, found 49,999. Restore again."


def test_a_list_of_findings_shows_the_sentences() -> None:
    """pytest prints the repr of a failed `assert findings == []`."""
    finding = Finding("counts", "public.granules", 1, None, "Restore again.")
    assert repr([finding]) == (
        "[counts: public.granules: expected 1, found nothing. Restore again.]"
    )


def test_a_definition_of_many_lines_stays_on_one() -> None:
    finding = Finding("schema.views", "public.v", " SELECT 1\n   FROM t;", None, "Restore again.")
    assert "\n" not in str(finding)
    assert "expected SELECT 1 FROM t;, found nothing" in str(finding)


@pytest.mark.parametrize(
    ("side", "stored"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (0.5, 0.5),
        ("text", "text"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        (timedelta(minutes=2), 120.0),
        (("b", "a"), '["b", "a"]'),
        ({"b", "a"}, '["a", "b"]'),
        ({"n": [1, {2}]}, '{"n": [1, [2]]}'),
        (ValueError("odd"), "odd"),
    ],
)
def test_every_side_is_a_json_scalar_in_the_journal(side: object, stored: object) -> None:
    written = Finding("c", "s", side, side, "r").as_dict()
    assert written == {
        "check": "c",
        "subject": "s",
        "property": "presence" if side is None else "c",
        "expected": stored,
        "actual": stored,
        "remedy": "r",
    }
    assert json.loads(json.dumps(written)) == written


@pytest.mark.parametrize(
    ("check", "expected", "actual", "named"),
    [
        ("schema.indexes.validity", True, False, "validity"),
        ("schema.indexes.validity", True, None, "validity"),
        ("schema.columns.default.text", "1", "2", "default"),
        ("schema.indexes", "create index i", None, "presence"),
        ("schema.indexes", None, "create index i", "presence"),
        ("schema.indexes", "create index i", "create index j", "indexes"),
        ("counts", 2, 0, "counts"),
        ("counts", 2, None, "presence"),
    ],
)
def test_the_property_of_a_finding_follows_from_its_check(
    check: str, expected: object, actual: object, named: str
) -> None:
    """Defined in one place, and journalled, so that a waiver can be written from a report."""
    finding = Finding(check, "public.x", expected, actual, "Restore again.")
    assert named == finding.property
    assert named == finding.as_dict()["property"]
