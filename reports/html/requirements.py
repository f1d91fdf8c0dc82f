"""Which requirement each proof serves, and how it fared: the worst of its proofs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reports.drill_record import DrillRecord
from reports.html.tones import Tone, of_outcome

_WORST_FIRST = (
    *("failed", "not reached", "not proven", "withheld", "bounded", "waived", "passed"),
    "not applicable",
)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement and the proofs that cite it."""

    id: str
    outcome: str
    proofs: Sequence[str]

    @property
    def tone(self) -> Tone:
        return of_outcome(self.outcome)


def of(record: DrillRecord) -> Sequence[Requirement]:
    """By number: R9 before R10."""
    cited: dict[str, list[tuple[str, str]]] = {}
    for proof in record.proofs:
        for one in proof.requirements:
            cited.setdefault(one, []).append((proof.outcome, record.name_of(proof)))
    return [
        Requirement(
            id=one,
            outcome=min((outcome for outcome, _ in proofs), key=_WORST_FIRST.index),
            proofs=[title for _, title in proofs],
        )
        for one, proofs in sorted(cited.items(), key=lambda pair: _numbers(pair[0]))
    ]


def _numbers(text: str) -> tuple[int, str]:
    number = re.search(r"\d+", text)
    return (int(number[0]) if number else 0, text)
