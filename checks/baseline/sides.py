"""The three sides of a comparison around T, and what each kind of answer looks like."""

from __future__ import annotations

from dataclasses import replace
from typing import Generic, Literal, NamedTuple, TypeVar

from checks.finding import Finding
from checks.judgement import Bound, Gap, Judgement

Proof = Literal["exact", "bounded"]
"""What settings ask for: with ``exact``, what could only be bounded is not proven (DESIGN 4)."""

Observation = TypeVar("Observation")


class Sides(NamedTuple, Generic[Observation]):
    """What was seen before T, after T, and in the copy made at T."""

    before: Observation
    after: Observation
    copy: Observation


WORDS = Sides("before T", "after T", "in the copy")


def finding(check: str, subject: str, expected: object, actual: object, remedy: str) -> Judgement:
    return Judgement((Finding(check, subject, expected, actual, remedy),))


def gap(check: str, subject: str, reason: str) -> Judgement:
    return Judgement(gaps=(Gap(check, subject, reason),))


def bound(check: str, subject: str, words: str) -> Judgement:
    return Judgement(bounds=(Bound(check, subject, words),))


def demanding(judgement: Judgement, proof: Proof) -> Judgement:
    """Bounds become gaps where the operator wants equality or nothing."""
    if proof == "bounded":
        return judgement
    gaps = tuple(
        Gap(
            one.check,
            one.subject,
            f'{one.bound}; proof = "exact" asks for more: supply a baseline of T itself or a frozen'
            ' range, or set proof = "bounded"',
        )
        for one in judgement.bounds
    )
    return replace(judgement, gaps=judgement.gaps + gaps, bounds=())
