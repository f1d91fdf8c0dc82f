"""What a run shows while it goes on, whether its lines are plain or live."""

from __future__ import annotations

from typing import Any, Protocol


class Show(Protocol):
    """Told of steps and proofs as they begin and end, in the order of the runbook."""

    def heading(self, drill: str) -> None:
        """What follows is of this drill: told where a run has several."""

    def begin_step(self, step: dict[str, Any]) -> None:
        """A step begins in this process."""

    def note(self, text: str, *, alarming: bool = False) -> None:
        """Progress of the step in hand, or of what comes before the first."""

    def end_step(self, step: dict[str, Any]) -> None:
        """The step in hand ended."""

    def step(self, step: dict[str, Any]) -> None:
        """A step ended of which nothing was told before: another process's, or never begun."""

    def begin_proof(self, title: str) -> None:
        """A proof begins in this process."""

    def proof(self, content: dict[str, Any]) -> None:
        """A proof ended."""

    def idle(self) -> None:
        """Nothing runs that has a line."""

    def begin_elsewhere(self, drill: str, what: str) -> None:
        """Another process begins an item of a drill."""

    def interrupt(self) -> None:
        """The operator, or who stands in, ends the run where it is."""

    def pause(self) -> None:
        """Somebody else writes on the terminal now."""

    def resume(self) -> None:
        """It is ours again."""

    def close(self) -> None:
        """The run is over."""
