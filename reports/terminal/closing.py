"""The last words of a run, below pytest's own failures: a table a drill, verdicts, evidence."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.drill_record import DrillRecord
from reports.events import Event, RunStarted, Verdict
from reports.run_record import RunRecord
from reports.terminal.summary import BAD, GOOD, UNSURE, Row, plain, rows
from reports.terminal.words import clean, outlived, short
from reports.verdicts import is_good, is_unfinished

PAGE = "report.html"


class Closing:
    """The summary of a run; `told` are events of it that the reader has seen already."""

    def __init__(self, run: RunRecord, told: Sequence[Event] = ()) -> None:
        self._run = run
        self._told = told
        self._drills = [one for one in run.drills if one.steps or one.proofs or one.verdict]

    def lines(self) -> Iterator[tuple[str, str]]:
        """As plain lines, each with the name of its colour."""
        for drill in self._drills:
            yield from self._heading(drill)
            yield from ((line, "") for line in plain([*rows(drill)]))
        yield from self._last()

    def table(self, columns: int, *, coloured: bool) -> str:
        """As a terminal of so many columns shows it: what is too long goes on below."""
        file = io.StringIO()
        console = Console(
            file=file,
            force_terminal=True,
            color_system="auto" if coloured else None,
            width=columns,
            highlight=False,
        )
        for drill in self._drills:
            for line, style in self._heading(drill):
                console.print(Text(line, style=style))
            console.print(_grid([*rows(drill)]))
        for line, style in self._last():
            console.print(Text(line, style=style), soft_wrap=True)
        return file.getvalue()

    def _heading(self, drill: DrillRecord) -> Iterator[tuple[str, str]]:
        if self._drills[1:]:
            yield f"drills/{clean(drill.drill)}", "bold"

    def _last(self) -> Iterator[tuple[str, str]]:
        for verdict in (one for one in self._run.events if isinstance(one, Verdict)):
            unsure = not verdict.exit_status or is_unfinished(verdict)
            style = GOOD if is_good(verdict) else UNSURE if unsure else BAD
            yield f"{verdict.drill or 'the run'}: {clean(verdict.verdict)}", f"bold {style}"
        for left in (one for one in self._run.left if one not in self._told):
            yield clean(outlived(left)), ""
        started = self._run.started
        if started is not None:
            yield from ((line, "") for line in _evidence(started))


def _evidence(started: RunStarted) -> Iterator[str]:
    folder = Path(started.folders.evidence)
    yield clean(f"evidence: {short(str(folder))}")
    if (folder / PAGE).is_file():
        yield clean(f"report: {short(str(folder / PAGE))}")


def _grid(drill: Sequence[Row]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    before: Any = None
    for row in drill:
        grid.add_row("" if row.label == before else row.label, Text(row.text, style=row.style))
        before = row.label
    return grid
