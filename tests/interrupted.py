"""Ctrl-C at a moment of one's choice, in a run that waits for a program."""

from __future__ import annotations

from collections.abc import Callable

from fixtures.guardian import Guardian, GuardianClient
from fixtures.postgres.launcher import Process


class Interrupted(GuardianClient):
    """A launcher whose first look at a program, from that moment on, is interrupted."""

    def __init__(self, guardian: Guardian, moment: Callable[[], bool] = lambda: True) -> None:
        super().__init__(guardian.client().socket_path)
        self._moment = moment
        self._struck = False

    def poll(self, process: Process) -> int | None:
        """As a guardian's; KeyboardInterrupt once."""
        if not self._struck and self._moment():
            self._struck = True
            raise KeyboardInterrupt
        return super().poll(process)
