"""How wide a line is, and how its parts stand in it: none is cut, it goes on below."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

WIDEST = 110
"""Columns beyond which an outcome would stand too far from its title."""
NARROWEST = 40
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
        width = _width(columns)
        room = width - 1 - _OUTCOME - _SECONDS
        digits = 1 if outcome == RUNNING else 2  # of a clock that moves, no more can be read
        after = "" if outcome in _UNTIMED else f"{seconds:7.{digits}f} s"
        parts = self._wrapped(title, room - cell_len(before) - 1)
        for number, part in enumerate(parts):
            line = Text(before if number == 0 else " " * cell_len(before)).append_text(part)
            if number == len(parts) - 1:
                line.append(" ")
                line.append("." * max(0, room - line.cell_len), style="dim")
                line.append(f" {outcome:<{_OUTCOME}}", style=STYLES.get(outcome, UNSURE))
                line.append(after)
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
            width=max(NARROWEST, text.cell_len + 1),
            highlight=False,
        )
        with console.capture() as captured:
            console.print(text, end="", soft_wrap=True)
        return captured.get()

    def _wrapped(self, text: str, room: int) -> list[Text]:
        console = Console(file=io.StringIO(), width=NARROWEST)
        lines = Text(text).wrap(console, max(room, NARROWEST // 4))
        for line in lines:
            line.rstrip()
        return list(lines) or [Text("")]


def _width(columns: int) -> int:
    return max(NARROWEST, min(columns, WIDEST) - 1)
