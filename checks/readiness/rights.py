"""Does whoever asks have the rights that a restore takes, before the first of them is used?

IAM is asked (SimulatePrincipalPolicy), which weighs the caller's own policies, boundaries and,
where it can see them, the organisation's; not a session's policy, nor those of resources. What it
allows can therefore still be refused; what it refuses is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checks.finding import Finding
from checks.judgement import Gap, Judgement
from checks.readiness.unasked import Unasked, unasked

CHECK = "readiness.rights"
ALLOWED, EXPLICIT, IMPLICIT = "allowed", "explicitDeny", "implicitDeny"


@dataclass(frozen=True, slots=True)
class Right:
    """One action that was asked about.

    action    ``rds:RestoreDBClusterToPointInTime``
    resource  the ARN it is asked for, ``*`` where AWS knows none
    decision  IAM's word: allowed, implicitDeny, explicitDeny
    missing   keys of conditions on which it hangs, and which nobody knows beforehand
    """

    action: str
    resource: str
    decision: str
    missing: tuple[str, ...] = ()

    @property
    def hangs(self) -> bool:
        """Whether a condition that could not be weighed may yet allow it."""
        return self.decision == IMPLICIT and bool(self.missing)


def judge_rights(rights: Sequence[Right] | Unasked) -> Judgement:
    """One finding for each that is not allowed; a gap where IAM could not be asked."""
    if isinstance(rights, Unasked):
        return unasked(CHECK, "the caller's rights", rights)
    if not rights:
        return unasked(CHECK, "the caller's rights", Unasked("IAM answered nothing"))
    return Judgement(
        tuple(
            Finding(
                CHECK,
                right.action,
                f"allowed on {right.resource}",
                right.decision,
                "Lift the Deny that names it, or restore with another role."
                if right.decision == EXPLICIT
                else "Add it to the role's policy.",
            )
            for right in rights
            if right.decision != ALLOWED and not right.hangs
        ),
        tuple(
            Gap(
                CHECK,
                right.action,
                f"on {right.resource} it hangs on {', '.join(right.missing)}, which IAM was not "
                "told: it shows when it is used",
            )
            for right in rights
            if right.hangs
        ),
        facts={"rights asked": len(rights)},
    )
