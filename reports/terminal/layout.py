"""How wide a line is, and how its parts stand in it: none is cut, it goes on below."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

WIDEST = 110
"""Columns beyond which an outcome would stand too far from its title."""
NARROW = 50
"""Columns below which an outcome has a row of its own: a title beside it would be a word a row."""
_OUTCOME, _SECONDS = 11, 9
INDENT = " " * 9
BELOW = " " * 11
RUNNING = "running"
STYLES = {
    "passed": "green",
    "failed": "bold red",
    "bounded": "cyan",
    "waived": "cyan",
    RUNNING: "bold",
}
UNSURE = "yellow"
_UNTIMED = frozenset({"not applicable", "not reached", "withheld"})
"""Outcomes of what was not done: how long that took is of no interest."""


class Layout:
    """Rows of a terminal of some width, with the escape codes of their colours, if it has any.

    A row leaves the last column free: what is written there makes some terminals begin a new row.
    """

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured

    def told(
        self, columns: int, before: str, title: str, outcome: str, seconds: float
    ) -> Iterator[str]:
        """The line of a step or a proof: title, dots, outcome, seconds."""
        room = min(columns, WIDEST) - 2 - _OUTCOME - _SECONDS
        is_narrow = columns < NARROW
        beside = columns - 1 if is_narrow else room - 1
        parts = self._wrapped(title, beside - cell_len(before))
        if is_narrow:
            parts.append(Text())
        lines = [Text(" " * cell_len(before)).append_text(part) for part in parts]
        lines[0] = Text(before).append_text(parts[0])
        lines[-1].append(" ").append("." * max(0, room - lines[-1].cell_len), style="dim")
        lines[-1].append(f" {outcome:<{_OUTCOME}}", style=STYLES.get(outcome, UNSURE))
        if outcome not in _UNTIMED:
            digits = 1 if outcome == RUNNING else 2  # of a clock that moves, no more can be read
            lines[-1].append(f"{seconds:7.{digits}f} s")
        for line in lines:
            line.rstrip()
            yield self.styled(line)

    def below(self, columns: int, text: str, style: str = "") -> Iterator[str]:
        """A line below one of those, further in; the rest of a long one further in still."""
        own = len(text) - len(text.lstrip())
        indent = BELOW + " " * own
        parts = self._wrapped(text.lstrip(), columns - 1 - len(indent) - 2)
        for number, part in enumerate(parts):
            part.stylize(style)
            yield self.styled(Text(indent if number == 0 else f"{indent}  ").append_text(part))

    def styled(self, text: Text) -> str:
        """A row as the terminal takes it."""
        console = Console(
            file=io.StringIO(),
            force_terminal=True,
            color_system="auto" if self._coloured else None,
            width=max(NARROW, text.cell_len + 1),
            highlight=False,
        )
        with console.capture() as captured:
            console.print(text, end="", soft_wrap=True)
        return captured.get()

    def _wrapped(self, text: str, room: int) -> list[Text]:
        console = Console(file=io.StringIO(), width=NARROW)
        lines = Text(text).wrap(console, max(room, NARROW // 4))
        for line in lines:
            line.rstrip()
        return list(lines) or [Text("")]
