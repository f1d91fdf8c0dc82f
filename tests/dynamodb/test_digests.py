"""One key, one digest, whichever side it comes from."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from checks.keys.digests import (
    CannotCompare,
    Digester,
    item_parts,
    milliseconds,
    row_parts,
    told,
)

MOMENT = datetime(2026, 11, 27, 9, 0, 0, 250_000, tzinfo=UTC)
MS = 1795770000250


@pytest.mark.parametrize(
    ("row", "item"),
    [
        ("MOD09GQ", {"S": "MOD09GQ"}),
        ("006", {"S": "006"}),
        (6, {"N": "6"}),
        (Decimal("1.50"), {"N": "1.5"}),
        (Decimal("100"), {"N": "1E+2"}),
        (uuid.UUID(int=7), {"S": str(uuid.UUID(int=7))}),
        ("", {"S": ""}),
        ("größe", {"S": "größe"}),
    ],
)
def test_a_value_is_the_same_on_both_sides(row: object, item: dict[str, str]) -> None:
    digester = Digester(b"x" * 32)
    rows, items = row_parts([row]), item_parts({"k": item}, ["k"])
    assert rows is not None
    assert items is not None
    assert digester.of(rows) == digester.of(items)


@pytest.mark.parametrize(
    ("one", "other"),
    [(["ab", "c"], ["a", "bc"]), (["a"], ["a", ""]), (["006"], ["6"]), (["a"], ["A"])],
)
def test_what_differs_has_another_digest(one: list[str], other: list[str]) -> None:
    digester = Digester(b"x" * 32)
    assert digester.of(one) != digester.of(other)


def test_a_digest_is_of_its_run_alone() -> None:
    """Without the secret nobody can try out keys."""
    one, other = Digester(b"1" * 32).of(["a"]), Digester(b"2" * 32).of(["a"])
    assert one != other
    assert 17 == len(told(one))


@pytest.mark.parametrize("row", [[True], [b"x"], [MOMENT], [["a"]]])
def test_a_row_of_another_kind_is_refused_by_its_kind(row: list[Any]) -> None:
    with pytest.raises(CannotCompare):
        row_parts(row)


def test_an_item_of_another_kind_is_refused_by_its_kind() -> None:
    with pytest.raises(CannotCompare, match="of type BOOL"):
        item_parts({"k": {"BOOL": True}}, ["k"])


def test_a_key_with_a_part_missing_is_none() -> None:
    assert row_parts(["a", None]) is None
    assert item_parts({"a": {"S": "x"}}, ["a", "b"]) is None
    assert item_parts({"a": {"S": "x"}, "b": {"NULL": True}}, ["a", "b"]) is None


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ({"N": str(MS)}, "ms", MS),
        ({"S": str(MS)}, "ms", MS),
        ({"N": "1795770000.25"}, "s", MS),
        ({"S": MOMENT.isoformat()}, "iso", MS),
        ({"S": "2026-11-27T10:00:00.250+01:00"}, "iso", MS),
        ({"S": "2026-11-27T09:00:00"}, "iso", None),
        ({"S": "yesterday"}, "iso", None),
        ({"S": "yesterday"}, "ms", None),
        ({"N": "1E+90"}, "ms", None),
        ({"BOOL": True}, "ms", None),
        (None, "ms", None),
    ],
)
def test_an_item_says_when_it_was_written_or_it_does_not(
    value: dict[str, Any] | None, unit: Any, expected: int | None
) -> None:
    item = {} if value is None else {"at": value}
    assert expected == milliseconds(item, "at", unit)
