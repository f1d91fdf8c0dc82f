"""What a drill may use, and what it used: instance-hours and restored bytes (`[limits]`).

A limit that nothing was measured against is neither kept nor broken: it is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checks.finding import Finding
from checks.judgement import Gap, Judgement

CHECK = "limits"
INSTANCE_HOURS = "instance-hours"
RESTORED_BYTES = "restored bytes"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity and its limit, in the same unit.

    used   None where it is not known; `note` then says why
    limit  None where there is none
    """

    name: str
    used: float | None
    limit: float | None = None
    note: str = ""


def judge(quantities: Iterable[Quantity]) -> Judgement:
    """Hold quantities against their limits; one without a limit is nobody's matter."""
    findings, gaps = [], []
    for one in quantities:
        if one.limit is None:
            continue
        if one.used is None:
            gaps.append(Gap(CHECK, one.name, f"not known: {one.note or 'nobody measured it'}"))
        elif one.used > one.limit:
            findings.append(
                Finding(
                    CHECK,
                    one.name,
                    f"at most {shown(one.name, one.limit)}",
                    shown(one.name, one.used),
                    _REMEDIES[one.name],
                )
            )
    return Judgement(findings=tuple(findings), gaps=tuple(gaps))


def shown(name: str, quantity: float) -> str:
    """A quantity as people say it."""
    if name != RESTORED_BYTES:
        return f"{quantity:.2f}".rstrip("0").rstrip(".") if quantity >= 0.01 else "less than 0.01"
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        if quantity >= 1024**power:
            return f"{quantity / 1024**power:.1f} {unit}"
    return f"{quantity:.0f} bytes"


_REMEDIES = {
    INSTANCE_HOURS: (
        "Ask for fewer or shorter-lived instances ([restore] instances, [limits] expire_after), "
        "or raise [limits] instance_hours."
    ),
    RESTORED_BYTES: "Raise [limits] restored_bytes, or drill a smaller cluster.",
}
