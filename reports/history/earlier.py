"""What went before one run: its siblings in the evidence folder, and the last success."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from reports.events import CorrectEvent, RunStarted, typed
from reports.history.changes import last_green
from reports.history.past import PastDrill
from reports.history.read import NOT_KEPT, ROWS, cluster_of, oldest_first, past_of, with_rows
from reports.journal import NAME, JournalError, read
from reports.run_record import RunRecord, read_run


def read_with_earlier(path: Path) -> RunRecord:
    """The run of a journal, and what went before it in its evidence folder, the one above its own.

    What cannot be read there is left out and named in `unread`: it must not cost the run its own
    reports. Raises what `read_run` raises for the journal itself.
    """
    run = read_run(path)
    unread: list[str] = []
    earlier = earlier_than(run, path.absolute().parent.parent, unread)
    return replace(run, earlier=earlier, unread=tuple(sorted(unread)))


def earlier_than(
    run: RunRecord, folder: Path, unread: list[str] | None = None
) -> tuple[PastDrill, ...]:
    """Drills of runs in `folder`/*/ that began before it, oldest first.

    Those of its cluster and of its drills only. A line for what cannot be read goes to `unread`.
    Rows have those only that `last_green` compares the run with.
    """
    lines = [] if unread is None else unread
    if run.started is None:
        return ()
    own = {drill.drill: drill for drill in past_of(run)}
    paths = [path for path in _siblings(folder, lines) if _goes_before(path, run.started, lines)]
    # By run: a folder that was copied is not two runs.
    found = {
        (past.run, past.drill): (past, path)
        for path in paths
        for past in _past(path, lines)
        if past.drill in own
    }
    pasts = oldest_first(past for past, _ in found.values())
    compared = [last_green(pasts, drill) for drill in own.values()]
    return tuple(
        _with_rows(past, found[past.run, past.drill][1], lines) if past in compared else past
        for past in pasts
    )


def last_success(run: RunRecord, drill: str | None = None) -> datetime | None:
    """When the newest run began in which a drill (that one, or any) counts: this one or an earlier.

    None where none is known. Rehearsals, partial runs and negative controls never count (DESIGN 8).
    """
    return max(
        (
            past.began
            for past in (*run.earlier, *past_of(run))
            if past.counts and drill in (None, past.drill)
        ),
        default=None,
    )


def _siblings(folder: Path, unread: list[str]) -> Iterator[Path]:
    try:
        names = sorted(folder.iterdir())
    except OSError as error:
        unread.append(f"{folder}: {error.strerror or type(error).__name__}")
        return
    yield from (name / NAME for name in names)


def _goes_before(path: Path, than: RunStarted, unread: list[str]) -> bool:
    """Whether its first line says so: most journals need not be read further."""
    try:
        with path.open("rb") as file:
            first = typed(json.loads(file.readline()))
    except (FileNotFoundError, NotADirectoryError):
        return False  # something else lies there
    except OSError as error:
        unread.append(f"{path}: {error.strerror or type(error).__name__}")
        return False
    except (ValueError, TypeError, RecursionError, CorrectEvent):
        return True  # reading all of it says what is the matter
    if not isinstance(first, RunStarted) or first.run == than.run:
        return False
    return cluster_of(first) == cluster_of(than) and first.at <= than.at


def _past(path: Path, unread: list[str]) -> list[PastDrill]:
    try:
        return list(past_of(RunRecord(read(path, {*NOT_KEPT, ROWS}))))
    except JournalError as error:
        unread.append(str(error))
        return []


def _with_rows(past: PastDrill, path: Path, unread: list[str]) -> PastDrill:
    try:
        return with_rows(past, path)
    except JournalError as error:
        unread.append(str(error))
        return past
