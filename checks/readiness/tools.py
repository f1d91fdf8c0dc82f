"""Programs, libraries and extensions that a drill and its proofs need, with their versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checks.finding import Finding
from checks.judgement import Gap, Judgement
from checks.readiness.unasked import Unasked

CHECK = "readiness.tool"


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool, as it was found.

    version  as it tells it; None where it is missing, `Unasked` where nobody could look
    least    the oldest version that will do, as numbers; () any
    needed   for what, the rest of "needed …"
    remedy   how one comes by it
    """

    name: str
    version: str | Unasked | None
    needed: str
    remedy: str
    least: tuple[int, ...] = ()


def judge_tools(tools: Sequence[Tool]) -> Judgement:
    """A finding for each that is missing or too old, a gap for each that nobody could look at."""
    judgement = Judgement()
    for tool in tools:
        if isinstance(tool.version, Unasked):
            judgement += Judgement(gaps=(Gap(CHECK, tool.name, tool.version.why),))
        elif tool.version is None or numbers(tool.version) < tool.least:
            least = f" {'.'.join(map(str, tool.least))} or newer" if tool.least else ""
            judgement += Judgement(
                (
                    Finding(
                        CHECK,
                        tool.name,
                        f"{tool.name}{least}, needed {tool.needed}",
                        tool.version or "not found",
                        tool.remedy,
                    ),
                )
            )
    return judgement


def numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: ``1.14.2-rc1`` is (1, 14, 2)."""
    found = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        found.append(int(digits))
        if digits != part:
            break
    return tuple(found)
