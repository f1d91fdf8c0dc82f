"""A drill of an earlier run, as much of it as a trend and a comparison need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PastDrill:
    """One drill of one run.

    cluster   the name under which its runs belong together
    word      of its verdict: PROVEN, FAILED …; `INTERRUPTED` where there is none
    verdict   the line, or where it was interrupted
    counts    whether it is a success of its cluster: proven, in full, and neither a rehearsal nor
              a negative control (DESIGN 8)
    measured  name → seconds, None where it was not measured
    outcomes  title of a step or proof → outcome
    rows      database and table, `core: public.granules` → rows of the copy
    versions  program → version
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

    @property
    def is_green(self) -> bool:
        """Whether everything that was declared held, in a rehearsal too."""
        return self.word in ("PROVEN", "ALARM RANG")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was: before and after, None where there was nothing."""

    what: str
    before: str | None
    after: str | None
