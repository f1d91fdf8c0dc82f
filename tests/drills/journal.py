"""What an auditor asks of any journal, whichever drill left it."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator

from reports.events import json_schema
from tests.drills.fix_drill import ROOT, Outcome

OF_THE_SUBJECT = (
    "source_identified",
    "backup_identified",
    "target_asked",
    "target_reached",
    "moment",
    "tables_compared",
    "differences_allowed",
    "plan_read",
)
# How many events of each kind a drill leaves about its subject, each of them once.
KINDS: Mapping[str, tuple[int, ...]] = {
    "pitr": (1, 1, 1, 1, 5, 1, 2, 1),
    "snapshot": (1, 1, 1, 1, 4, 1, 1, 1),
    "physical": (1, 1, 1, 1, 5, 1, 1, 0),
    "logical": (1, 1, 1, 1, 4, 1, 0, 0),
    "verify": (1, 0, 0, 1, 0, 1, 1, 0),
    "plan": (1, 0, 0, 0, 0, 0, 0, 1),
}


def holds_what_is_asked(result: Outcome, drill: str, *, less: int = 0) -> None:
    """One valid journal: who, where, which commit; the subject told once; proof of cleanup.

    less  moments that this one run has not, because nothing was harmed before the loss
    """
    assert [result.folder / "journal.jsonl"] == sorted(result.folder.rglob("*.jsonl"))
    is_described_by_the_schema(result)
    (began,) = result.of("run_started")
    assert "@" in began["by"]
    assert " " in began["platform"]
    assert commit() == (began["commit"] and began["commit"].removesuffix(" (changed)"))
    assert {"python", "pytest", "psycopg", "libpq"} <= set(began["versions"])
    told = Counter(event["event"] for event in result.events) + Counter(moment=less)
    assert KINDS[drill] == tuple(told[kind] for kind in OF_THE_SUBJECT)
    if began["folders"]["work"]:
        (removed,) = result.of("removed")
        assert ("files of this run", began["folders"]["work"]) == (
            removed["what"],
            removed["place"],
        )


def is_described_by_the_schema(result: Outcome) -> None:
    """Every line, as the published schema has it."""
    schema = Draft202012Validator(json_schema())
    for line in (result.folder / "journal.jsonl").read_text().splitlines():
        wrong = [error.message for error in schema.iter_errors(json.loads(line))]
        assert [] == wrong, line[:200]


def only(result: Outcome, kind: str) -> dict[str, Any]:
    """The one event of a kind."""
    (event,) = result.of(kind)
    return event


def moments(result: Outcome) -> dict[str, datetime]:
    """Name → moment."""
    return {event["name"]: at(event) for event in result.of("moment")}


def at(event: Mapping[str, Any]) -> datetime:
    """The moment that an event tells."""
    return datetime.fromisoformat(event["moment"])


def tables(result: Outcome) -> dict[str, dict[str, Any]]:
    """Every table that was compared, by name; each is told once."""
    told = [table for event in result.of("tables_compared") for table in event["tables"]]
    named = {table["table"]: table for table in told}
    assert len(told) == len(named)
    return named


def every_table_is_equal(result: Outcome, rows: int) -> None:
    """As many rows in all, on both sides, as somebody else has counted."""
    told = tables(result).values()
    assert {"equal"} == {table["content"] for table in told}
    assert (rows, rows) == (
        sum(table["expected"] for table in told),
        sum(table["actual"] for table in told),
    )
    assert sum(table["bytes"] for table in told) > rows


def in_words(result: Outcome) -> dict[str, str]:
    """Address → what the plan does to it."""
    return {change["address"]: change["words"] for change in only(result, "plan_read")["changes"]}


def commit() -> str | None:
    """Of this checkout, by git; None where it is none."""
    try:
        answer = subprocess.run(
            ["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.decode()[:7]
