"""A drill as it goes: its procedure, each step and proof, what was measured."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reports.events.fired import Fired
from reports.parts import Bound, DeclaredStep, Finding, Gap, Outcome, Seconds, Waived


class ProcedureDeclared(Fired):
    """A drill's runbook, before its first step."""

    event: Literal["procedure_declared"] = "procedure_declared"
    drill: str
    steps: list[DeclaredStep]


class _StepEvent(Fired):
    drill: str
    number: Annotated[int, Field(ge=1)]


class StepStarted(_StepEvent):
    """A step begins."""

    event: Literal["step_started"] = "step_started"
    of: int
    name: str
    title: str


class StepNote(_StepEvent):
    """Progress within a step; number 0 is the preparation before the first."""

    event: Literal["step_note"] = "step_note"
    number: Annotated[int, Field(ge=0)]
    text: str


class StepFinished(_StepEvent):
    """A step ended; `reason` says why, where it did not pass."""

    event: Literal["step_finished"] = "step_finished"
    of: int
    name: str
    title: str
    touches: str | None
    outcome: Outcome
    seconds: Seconds
    reason: str | None = None


class ProofFinished(Fired):
    """A proof ended. `after_step` is the last step it needs, 0 for none, or of all for what comes
    after all proofs; `name` its node id.

    A proof that failed may have gaps, too, and a bounded one findings that were waived: the outcome
    is the worst of them. Older journals lack the last three lists, and the family, which groups
    proofs: content, schema, plan.
    """

    event: Literal["proof_finished"] = "proof_finished"
    drill: str
    name: str
    title: str
    family: str | None = None
    after_step: Annotated[int, Field(ge=0)]
    outcome: Outcome
    seconds: Seconds
    reason: str | None = None
    bound: str | None = None
    requirements: list[str]
    findings: list[Finding]
    gaps: list[Gap] = Field(default=[])
    bounds: list[Bound] = Field(default=[])
    waived: list[Waived] = Field(default=[])


class Measured(Fired):
    """A time or a data loss that was measured; without `seconds`, `note` says why not."""

    event: Literal["measured"] = "measured"
    drill: str
    name: str
    seconds: Annotated[float, Field(allow_inf_nan=False)] | None = None
    objective_seconds: Seconds | None = None
    note: str | None = None


class Sabotaged(Fired):
    """The restored copy was made wrong on purpose, to see whether the checks notice.

    name        of the sabotage; `seed` chose it
    did         what it did, without a value of a row
    noticed_by  the checks of which one must hold a finding against it
    """

    event: Literal["sabotaged"] = "sabotaged"
    drill: str
    seed: int
    name: str
    subject: str
    did: str
    noticed_by: list[str]
