"""Key sets held against each other on disk: each finding on sets that are really wrong (R58)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.judgement import Judgement
from checks.keys.compare import Claim, Unread, compare_keys
from checks.keys.digests import Digester
from checks.keys.spill import BUFFER, PARTS, Spill

T = datetime(2026, 11, 27, 9, 0, 0, tzinfo=UTC)
MS = int(T.timestamp() * 1000)
DIGESTER = Digester(b"0123456789abcdef")


def compared(
    folder: Path,
    rows: list[str],
    items: Mapping[str, int | None],
    in_flight: float = 0,
    unread: Unread | None = None,
    dated: str | None = "updatedAt",
) -> Judgement:
    """Keys of one part; an item's date is in ms after T."""
    sides = Spill(folder / "rows"), Spill(folder / "items")
    for row in rows:
        sides[0].add(DIGESTER.of([row]))
    for item, date in items.items():
        sides[1].add(DIGESTER.of([item]), None if date is None else MS + date)
    claim = Claim("granules", T, dated, timedelta(seconds=in_flight))
    return compare_keys(claim, *sides, unread or Unread())


def test_sets_that_agree_are_silent(tmp_path: Path) -> None:
    """R58: and what is in DynamoDB alone may be newer."""
    judgement = compared(tmp_path, ["a", "b"], {"a": -9, "b": 5, "c": 1})
    assert ((), (), ()) == (judgement.findings, judgement.gaps, judgement.bounds)
    assert 1 == judgement.facts["granules: only in DynamoDB, newer than the target"]


@pytest.mark.parametrize(
    ("date", "in_flight", "check"),
    [(0, 0, "keys.newer"), (-1, 0, "keys.newer"), (-2000, 2, "keys.newer"), (1, 0, None)],
)
def test_what_is_in_dynamodb_alone_must_be_newer(
    tmp_path: Path, date: int, in_flight: float, check: str | None
) -> None:
    """R58: by the millisecond."""
    judgement = compared(tmp_path, ["a"], {"a": 0, "b": date}, in_flight)
    assert [check] * (check is not None) == [one.check for one in judgement.findings]


def test_what_was_under_way_is_bounded_where_settings_say_so(tmp_path: Path) -> None:
    judgement = compared(tmp_path, ["a"], {"a": 0, "b": -1999, "c": 0}, in_flight=2)
    (bound,) = judgement.bounds
    assert () == judgement.findings
    assert "within 2.0 s before the cluster's time, are 2: #" in bound.bound


def test_a_row_without_an_item_is_found(tmp_path: Path) -> None:
    judgement = compared(tmp_path, ["a", "b", "c"], {"b": 0})
    (finding,) = judgement.findings
    assert ("keys.subset", "granules") == (finding.check, finding.subject)
    assert "without one are 2: #" in str(finding)


def test_a_finding_tells_counts_and_hashes_and_no_key(tmp_path: Path) -> None:
    rows = [f"secret-{n}" for n in range(500)]
    judgement = compared(tmp_path, rows, {f"older-{n}": -n * 1000 for n in range(1, 200)})
    said = str(judgement)
    assert "secret-" not in said
    assert "older-" not in said
    assert "without one are 500: #" in said
    assert ", …" in said
    assert "the oldest by 3.3 min" in said
    missing = str(judgement.findings[0].actual)
    assert 5 == missing.count("#")
    lowest = sorted(DIGESTER.of([row]).hex()[:16] for row in rows)[:5]
    assert all(f"#{one}" in missing for one in lowest)


def test_nothing_to_compare_is_a_gap_and_so_is_what_was_not_read(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    none = compared(tmp_path / "1", [], {"a": 5})
    some = compared(tmp_path / "2", ["a"], {"a": 5}, unread=Unread(rows=2, items=3))
    assert ["keys.subset"] == [one.check for one in none.gaps]
    said = [f"{one.check}: {one.reason}" for one in some.gaps]
    assert said[0].startswith("keys.subset: 2 rows have a null in their key")
    assert said[1].startswith("keys.newer: 3 items lack an attribute of the key")


def test_an_item_without_a_date_is_a_gap(tmp_path: Path) -> None:
    judgement = compared(tmp_path, ["a"], {"a": None, "b": None}, dated=None)
    (gap,) = judgement.gaps
    assert "name the attribute in [[dynamodb.table]] timestamp" in gap.reason


@given(
    rows=st.sets(st.text(max_size=2), max_size=60),
    items=st.dictionaries(
        st.text(max_size=2), st.one_of(st.none(), st.integers(-5, 5)), max_size=60
    ),
)
def test_it_says_what_two_python_sets_would(
    tmp_path_factory: pytest.TempPathFactory, rows: set[str], items: dict[str, int | None]
) -> None:
    judgement = compared(tmp_path_factory.mktemp("sets"), sorted(rows), items)
    alone = {key: date for key, date in items.items() if key not in rows}
    older = [date for date in alone.values() if date is not None and date <= 0]
    found = {one.check: str(one.actual) for one in judgement.findings}
    missing = len(rows - items.keys())
    assert (f"without one are {missing}: " in found.get("keys.subset", "")) == bool(missing)
    assert (f"before it are {len(older)}: " in found.get("keys.newer", "")) == bool(older)
    assert len(rows & items.keys()) == judgement.facts["granules: in both"]
    newer = sum(1 for date in alone.values() if date is not None and date > 0)
    assert newer == judgement.facts["granules: only in DynamoDB, newer than the target"]


def test_a_spill_gives_back_all_that_was_added_and_nothing_readable(tmp_path: Path) -> None:
    """More than the buffers hold: what lies on disk is digests, in a folder that others cannot
    enter.
    """
    keys = [f"granule-{n}" for n in range(40_000)]
    spill = Spill(tmp_path / "spill")
    for n, key in enumerate(keys):
        spill.add(DIGESTER.of([key]), n if n % 2 else None)
    back = [one for part in range(PARTS) for one in spill.part(part)]
    assert {(DIGESTER.of([key]), n if n % 2 else None) for n, key in enumerate(keys)} == set(back)
    assert len(keys) == len(back) == spill.added
    assert 0o700 == (tmp_path / "spill").stat().st_mode & 0o777
    assert b"granule-" not in b"".join(one.read_bytes() for one in (tmp_path / "spill").iterdir())
    assert BUFFER < 40_000 * 24
