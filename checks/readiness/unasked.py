"""A question that was not answered: it is never taken for a good answer."""

from __future__ import annotations

from dataclasses import dataclass

from checks.judgement import Gap, Judgement


@dataclass(frozen=True, slots=True)
class Unasked:
    """What stands in the place of an observation that could not be made.

    why  what is missing and how to supply it, the rest of a sentence; nothing secret
    """

    why: str


def unasked(check: str, subject: str, answer: Unasked) -> Judgement:
    """The judgement on what could not be asked: not proven, with its reason."""
    return Judgement(gaps=(Gap(check, subject, answer.why),))
