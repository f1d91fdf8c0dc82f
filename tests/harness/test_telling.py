"""What a drill's subject becomes in the journal: in portions, once, and never at a drill's cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import psycopg

from checks.evidence import Allowed, AllowedDifferences, ComparedTable
from fixtures.drill_run import DrillRun
from fixtures.telling import tell_allowed, tell_reached, tell_tables
from reports.events import typed

SECRET = "hunter2"


@dataclass
class Record:
    """A drill's record as far as telling needs one; what is told must be an event."""

    compared: set[str] = field(default_factory=set)
    told: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, event: str, /, **content: Any) -> None:
        stamp = {"event": event, "at": "2026-06-01T12:00:00Z", "run": "r", "drill": "pitr"}
        typed({**stamp, **content})
        self.told.append(content)


def record() -> DrillRun:
    return cast(DrillRun, Record())


def told(record: DrillRun) -> list[dict[str, Any]]:
    return cast(Record, record).told


def tables(database: str, number: int) -> list[ComparedTable]:
    return [
        ComparedTable(f"public.t{n}", n, n, 8192, "equal", database=database) for n in range(number)
    ]


def test_tables_are_told_in_portions_by_database() -> None:
    one = record()
    tell_tables(one, [*tables("core", 1200), *tables("shop", 1)])
    assert [("core", 500), ("core", 500), ("core", 200), ("shop", 1)] == [
        (event["database"], len(event["tables"])) for event in told(one)
    ]
    names = [table["table"] for event in told(one)[:3] for table in event["tables"]]
    assert [table.table for table in tables("core", 1200)] == names


def test_two_proofs_of_one_scan_tell_it_once() -> None:
    one = record()
    tell_tables(one, tables("core", 3))
    tell_tables(one, [*tables("core", 3), *tables("shop", 2)])
    assert ["core", "shop"] == [event["database"] for event in told(one)]


def test_what_is_allowed_shows_no_password() -> None:
    one = record()
    allowed = Allowed("primary_conninfo", f"host=a password={SECRET}", [1, {"b": 2}], "quarantine")
    tell_allowed(one, AllowedDifferences("server settings", 350, [allowed]))
    assert [
        {
            "name": "primary_conninfo",
            "expected": "host=a password=***",
            "actual": '[1, {"b": 2}]',
            "reason": "quarantine",
        }
    ] == told(one)[0]["allowed"]


def test_a_copy_that_cannot_be_asked_is_a_note_and_no_error() -> None:
    def lost() -> psycopg.Connection[Any]:
        raise psycopg.OperationalError(f"connection refused, password={SECRET}")

    one = record()
    tell_reached(one, lost, None, "somebody else restored it")
    assert [
        {
            "moment": None,
            "position": None,
            "timeline": None,
            "system_identifier": None,
            "note": "somebody else restored it; the copy could not be asked: OperationalError: "
            "connection refused, password=***",
        }
    ] == told(one)
