"""One row of the table of plans."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.plans.recipe import Recipe

MADE = Path(__file__).parent / "made"

Judge = Literal["adopt", "snapshot"]


@dataclass(frozen=True, slots=True)
class Row:
    """One plan, and what must be said of it.

    name     what it is, in a few words
    judge    which of the two verdicts is asked for
    must     the checks that must speak, they may say more than that; none: the plan is safe
    story    what an operator did to get it, one sentence
    made     how it is made
    allowed  addresses that the operator allows to be replaced
    restored the identifier that the judge is told, if it is not the usual one
    """

    name: str
    judge: Judge
    must: frozenset[str]
    story: str
    made: Recipe
    allowed: frozenset[str] = frozenset()
    restored: str | None = None

    @property
    def file(self) -> Path:
        """Where the plan lies."""
        return MADE / f"{re.sub(r'[^a-z0-9]+', '-', self.name.lower()).strip('-')}.json"


def safe(
    name: str, judge: Judge, story: str, made: Recipe, *, allowing: tuple[str, ...] = ()
) -> Row:
    """A row of which nothing is to be said."""
    return Row(name, judge, frozenset(), story, made, frozenset(allowing))


def unsafe(
    name: str,
    judge: Judge,
    must: str,
    story: str,
    made: Recipe,
    *,
    allowing: tuple[str, ...] = (),
    restored: str | None = None,
) -> Row:
    """A row that one check must refuse, or several: their names, separated by blanks."""
    return Row(name, judge, frozenset(must.split()), story, made, frozenset(allowing), restored)
