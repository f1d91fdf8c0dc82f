"""A drill of an earlier run, as much of it as a trend and a comparison need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reports.verdicts import GOOD


@dataclass(frozen=True, slots=True)
class PastDrill:
    """One drill of one run.

    cluster      the name under which its runs belong together
    began        when its run did, UTC
    word         of its verdict: PROVEN, FAILED …; `INTERRUPTED` where there is none, and where the
                 run was killed behind a good one, before it had cleaned up
    verdict      the line, or where it was interrupted
    counts       whether it is a success of its cluster: proven, in full, with a copy to look at,
                 cleaned up, and neither a rehearsal nor a negative control (DESIGN 8)
    measured     name → seconds, None where it was not measured
    outcomes     title of a step or proof → outcome
    rows         database and table, `core: public.granules` → rows of the copy
    versions     program → version; the engine, the source and the harness's commit among them
    settings     `limits.expire_after` → value as text, masked
    backup_age   seconds, of the oldest backup that it was made from
    exit_status  of its verdict; None where there is none
    control      whether it is a negative control: its copy was sabotaged on purpose
    reached      whether the drill itself left anything; a run that was killed before is known by
                 what it was asked for only
    finished     whether its run has an end: else it was killed, or goes on
    """

    run: str
    drill: str
    cluster: str
    mode: str
    began: datetime
    word: str
    verdict: str
    counts: bool
    measured: Mapping[str, float | None]
    outcomes: Mapping[str, str]
    rows: Mapping[str, int]
    versions: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    backup_age: float | None = None
    exit_status: int | None = None
    control: bool = False
    reached: bool = True
    finished: bool = True

    @property
    def is_green(self) -> bool:
        """Whether everything that was declared held, in a rehearsal too; or the alarm rang."""
        return self.word in GOOD and self.exit_status == 0

    @property
    def verdict_in_full(self) -> str:
        """The verdict's line; what has none begins with its word all the same."""
        return self.verdict if self.exit_status is not None else f"{self.word}: {self.verdict}"

    @property
    def is_partial(self) -> bool:
        """Whether some of it only was to be performed, or was before it was interrupted."""
        return self.word in ("PARTIAL", "INTERRUPTED", "WAITING", "BAD INPUT")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was: before and after, None where there was nothing.

    Where neither is told, `what` says all of it.
    """

    what: str
    before: str | None
    after: str | None

    @property
    def in_words(self) -> str:
        """`version of moto: 5.2.4 → 5.2.5`, on one line."""
        match self.before, self.after:
            case None, None:
                return self.what
            case None, after:
                return f"{self.what}: new, {after}"
            case before, None:
                return f"{self.what}: gone, was {before}"
            case before, after:
                return f"{self.what}: {before} → {after}"
