"""What a verdict amounts to, the same in every report: its word, and whether it is a good one."""

from __future__ import annotations

from reports.events import Verdict

NO_COPY = frozenset({"plan", "readiness"})
"""Drills that restore nothing and look at no copy: PROVEN, they say that a plan is safe, or that a
restore is possible, and never that a backup came back."""
GOOD = ("PROVEN", "ALARM RANG")
WORDS = (
    *GOOD,
    *("FAILED", "NOT PROVEN", "PARTIAL", "NOTHING TO PROVE", "INTERRUPTED", "BAD INPUT"),
    *("ALARM SILENT", "WAITING"),
)
NONE = "NO VERDICT"
"""The word of a line that begins with none of them: it counts as nothing proven."""


def word_of(verdict: Verdict) -> str:
    """The verdict's word; older journals say it only within the line."""
    if verdict.word is not None:
        return verdict.word
    if "NOT PROVEN" in verdict.verdict:  # PROVEN (content) · NOT PROVEN (plan): it is not proven
        return "NOT PROVEN"
    return next((word for word in WORDS if verdict.verdict.startswith(word)), NONE)


def is_unfinished(verdict: Verdict) -> bool:
    """Whether the run stopped waiting and is to be gone on with: it neither held nor failed."""
    return word_of(verdict) == "WAITING"


def is_good(verdict: Verdict | None) -> bool:
    """Whether everything that was declared held, or the alarm rang.

    An exit status of 0 is not enough: a selection that held has it, and what was not proven, too,
    under --unproven=warn. Nor is the word, where the exit status speaks against it.
    """
    return verdict is not None and word_of(verdict) in GOOD and verdict.exit_status == 0
