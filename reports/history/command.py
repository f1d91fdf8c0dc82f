"""`python -m reports history EVIDENCE… [--html=FILE] [--json]`.

Exit status: 0 when the history was told, whatever it says; 4 when there is none to tell.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reports.files import put
from reports.history.page import render
from reports.history.past import PastDrill
from reports.history.read import read_folders
from reports.history.terminal import lines
from reports.history.trend import History, Trend, history_of
from reports.history.words import shown
from reports.journal import JournalError, NameJournal

USAGE = 4


def add_to(commands: Any) -> None:
    """The subcommand and its options; `commands` is what `add_subparsers` returned."""
    history = commands.add_parser(
        "history", help="trends of all runs below some folders, and what changed since green"
    )
    history.add_argument(
        "evidence", nargs="+", type=Path, help="folders with journals, at any depth; or journals"
    )
    history.add_argument("--html", type=Path, metavar="FILE", help="write a page there")
    history.add_argument("--json", action="store_true", help="print JSON in place of tables")
    history.set_defaults(perform=run)


def run(given: argparse.Namespace, now: datetime | None = None) -> int:
    """Perform it; print on stdout, what is wrong on stderr; return the exit status."""
    try:
        history = _read(given.evidence, now or datetime.now(UTC))
        if given.html is not None:
            put(given.html, render(history), "--html")
    except JournalError as error:
        print(error, file=sys.stderr)
        return USAGE
    if given.json:
        print(json.dumps(as_json(history), indent=2))
        return 0
    for line in lines(history):
        print(line)
    if given.html is not None:
        print(given.html)
    return 0


def _read(places: list[Path], now: datetime) -> History:
    evidence = read_folders(places)
    if not evidence.drills:
        told = ", ".join(str(place) for place in places)
        why = "".join(f"\n{shown(one.why)}" for one in evidence.unread)
        raise NameJournal(f"{told}: no journal of a run there; name a folder of evidence{why}")
    return history_of(evidence, now)


def as_json(history: History) -> dict[str, Any]:
    """All of it, for a program: times in seconds, moments in ISO-8601."""
    return {
        "trends": [_trend(trend) for trend in history.trends],
        "not_read": [{"path": str(one.path), "why": one.why} for one in history.unread],
    }


def _trend(trend: Trend) -> dict[str, Any]:
    newest = trend.newest
    changes = [
        {"what": one.what, "before": one.before, "after": one.after, "words": one.in_words}
        for one in trend.changes
    ]
    since = (
        {"run": trend.green.run, "newest": newest.run, "changes": changes} if trend.green else None
    )
    return {
        "cluster": newest.cluster,
        "drill": newest.drill,
        "mode": newest.mode,
        "last_success": trend.success.isoformat() if trend.success else None,
        "since_the_last_green_run": since,
        "dated_in_the_future": trend.future,
        "runs": [_run(one) for one in trend.runs],
    }


def _run(past: PastDrill) -> dict[str, Any]:
    return {
        "run": past.run,
        "began": past.began.isoformat(),
        "word": past.word,
        "verdict": past.verdict,
        "counts": past.counts,
        "negative_control": past.control,
        "measured": dict(past.measured),
        "backup_age": past.backup_age,
    }
