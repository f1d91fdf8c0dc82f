"""What stands below the line of a step or a proof: enough to act on, and never pages of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reports.terminal.words import clean

MOST_FINDINGS = 20
MOST_OTHERS = 10
LONGEST = 300
"""Characters of one side of a finding; a view's definition may be pages long."""
_LISTED = {"failed": "findings", "not proven": "gaps", "bounded": "bounds", "waived": "waived"}


class Below:
    """The lines below each line, in the order of the lines: what is said again is not repeated."""

    def __init__(self) -> None:
        self._reason: str | None = None

    def lines(self, content: dict[str, Any]) -> Iterator[str]:
        """Why a step or a proof ended as it did, and what a proof found."""
        outcome, reason = content["outcome"], content.get("reason")
        if reason and outcome not in ("passed", "not reached") and not _is_listed(content):
            # Every step behind one that lacks something says the same.
            told = reason == self._reason and outcome != "failed"
            yield "as above" if told else clean(reason)
        self._reason = reason
        if content.get("findings") is not None:
            yield from details(content)


def details(content: dict[str, Any]) -> Iterator[str]:
    """What stands below a proof's line: findings, and what was not seen, bounded or waived.

    A finding names check, subject and property, which is what a waiver of it must name.
    """
    yield from capped([_finding(one) for one in content["findings"]], MOST_FINDINGS)
    for kind, said in (("gaps", "reason"), ("bounds", "bound")):
        label = {"gaps": "not seen", "bounds": "bounded"}[kind]
        lines = [
            [clean(f"{label}: {one['check']}: {one['subject']}: {_cut(one[said])}")]
            for one in content[kind]
        ]
        yield from capped(lines, MOST_OTHERS)
    waived = [
        [
            f"waived: {_finding(one)[0]}",
            clean(f"  until {one['expires']} by {one['by']}: {one['reason']}"),
        ]
        for one in content["waived"]
    ]
    yield from capped(waived, MOST_OTHERS)


def capped(entries: list[list[str]], most: int) -> Iterator[str]:
    """The lines of the first entries, and how many more there are."""
    for entry in entries[:most]:
        yield from entry
    if entries[most:]:
        yield f"… and {len(entries) - most:,} more, in the journal"


def _is_listed(content: dict[str, Any]) -> bool:
    """Whether the reason of an outcome is the first of the lines that follow it."""
    kind = _LISTED.get(content["outcome"], "")
    first = next(iter(content.get(kind, ())), None)
    if first is None:
        return False
    return kind == "findings" or content["reason"].startswith(f"{first['check']}: ")


def _finding(finding: dict[str, Any]) -> list[str]:
    sides = (f"{word} {_cut(finding[word])}" for word in ("expected", "actual"))
    named = f"{finding['check']}: {finding['subject']} ({finding['property']})"
    return [clean(f"{named}: {', '.join(sides)}"), clean(f"  → {finding['remedy']}")]


def _cut(side: object) -> str:
    """One side of a finding on one line, cut where it is long; the journal has it whole."""
    text = "nothing" if side is None else " ".join(str(side).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
