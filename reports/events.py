"""The events of a run, typed: what a line of the journal may say.

A field that is not here cannot be written, so a report never has to guess. All times are aware and
in UTC, all durations seconds. A change that an older reader would misread raises FORMAT.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
)

FORMAT = 1

Outcome = Literal[
    "passed",
    "failed",
    "bounded",
    "not proven",
    "not applicable",
    "withheld",
    "not reached",
    "waived",
]


def _written_as_text(value: object) -> object:
    # pydantic would take a bare number for seconds since 1970.
    if not isinstance(value, str | datetime):
        raise ValueError("a time is ISO-8601 text")  # noqa: TRY004 (pydantic's rule)
    return value


def _in_utc(value: datetime) -> datetime:
    if value.utcoffset() != timedelta(0):
        raise ValueError("a time is in UTC")
    return value


Time = Annotated[AwareDatetime, BeforeValidator(_written_as_text), AfterValidator(_in_utc)]
# JSON has neither NaN nor infinity: they would be written as null and not be readable again.
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Scalar = bool | int | Annotated[float, Field(allow_inf_nan=False)] | str | None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Event(_Strict):
    at: Time
    run: str


class Engine(_Strict):
    """The Postgres behind a run; `origin` says where its programs were found."""

    name: str
    version: str
    origin: str


class Folders(_Strict):
    """Where data lies and where evidence lies, as absolute paths."""

    work: str
    evidence: str


class DeclaredStep(_Strict):
    """A step as the procedure has it, before anything is done."""

    number: Annotated[int, Field(ge=1)]
    name: str
    title: str
    touches: str | None


class Finding(_Strict):
    """One difference, as a check reported it. Older journals have no `property`."""

    check: str
    subject: str
    property: str | None = None
    expected: Scalar
    actual: Scalar
    remedy: str


class Waived(Finding):
    """A difference that a waiver of the settings accepts until a day."""

    reason: str
    expires: date
    by: str


class Gap(_Strict):
    """What a check could not look at; `reason` says what is missing."""

    check: str
    subject: str
    reason: str


class Bound(_Strict):
    """What was shown to lie between two truths; `bound` says which."""

    check: str
    subject: str
    bound: str


class Partial(_Strict):
    """How much of the drill the operator selected."""

    ran: int
    of: int


class RunStarted(_Event):
    """The first event: who, where, with what. `settings` and `command` come masked."""

    event: Literal["run_started"] = "run_started"
    format: Literal[1] = 1
    drills: list[str]
    mode: Literal["rehearsal", "drill", "recovery", "verification"]
    cloud: str
    engine: Engine
    versions: dict[str, str]
    settings: dict[str, JsonValue]
    folders: Folders
    command: list[str]


class ProcedureDeclared(_Event):
    """A drill's runbook, before its first step."""

    event: Literal["procedure_declared"] = "procedure_declared"
    drill: str
    steps: list[DeclaredStep]


class Facts(_Event):
    """What a reader wants to know of one subject: the source, the baseline, the target chosen."""

    event: Literal["facts"] = "facts"
    drill: str
    subject: str
    facts: dict[str, Scalar | list[Scalar]]


class _StepEvent(_Event):
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


class ProofFinished(_Event):
    """A proof ended. `after_step` is the last step it needs, 0 for none, or of all for what comes
    after all proofs; `name` its node id.

    A proof that failed may have gaps, too, and a bounded one findings that were waived: the outcome
    is the worst of them. Older journals lack the last three lists.
    """

    event: Literal["proof_finished"] = "proof_finished"
    drill: str
    name: str
    title: str
    after_step: Annotated[int, Field(ge=0)]
    outcome: Outcome
    seconds: Seconds
    reason: str | None = None
    bound: str | None = None
    requirements: list[str]
    findings: list[Finding]
    gaps: list[Gap] = []
    bounds: list[Bound] = []
    waived: list[Waived] = []


class Measured(_Event):
    """A time or a data loss that was measured; without `seconds`, `note` says why not."""

    event: Literal["measured"] = "measured"
    drill: str
    name: str
    seconds: Annotated[float, Field(allow_inf_nan=False)] | None = None
    objective_seconds: Seconds | None = None
    note: str | None = None


class Kept(_Event):
    """Something outlives the run, until a time or until somebody removes it."""

    event: Literal["kept"] = "kept"
    what: str
    place: str
    until: Time | None = None


class Removed(_Event):
    """Something was removed: the proof of cleanup."""

    event: Literal["removed"] = "removed"
    what: str
    place: str
    until: Time | None = None


class Verdict(_Event):
    """The verdict on one drill, or on the whole run where `drill` is None."""

    event: Literal["verdict"] = "verdict"
    drill: str | None = None
    verdict: str
    outcomes: dict[str, int]
    not_proven: list[str]
    withheld: list[str]
    partial: Partial | None = None
    exit_status: int


class RunFinished(_Event):
    """The last event; `seconds_spent` sorts the run's seconds by who spent them."""

    event: Literal["run_finished"] = "run_finished"
    exit_status: int
    seconds: Seconds
    seconds_spent: dict[str, Seconds]


Event = (
    RunStarted
    | ProcedureDeclared
    | Facts
    | StepStarted
    | StepNote
    | StepFinished
    | ProofFinished
    | Measured
    | Kept
    | Removed
    | Verdict
    | RunFinished
)
_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


class CorrectEvent(Exception):
    """An event is not one of those above; who fires it must be corrected."""


def typed(event: Mapping[str, Any]) -> Event:
    """Validate one event. Raises CorrectEvent with one line that quotes none of its values."""
    try:
        return _ADAPTER.validate_python(dict(event))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # The first part of a location is the event's name, told already.
        place = ".".join(str(part) for part in first["loc"][1:])
        rest = f": {place}" if place else ""
        raise CorrectEvent(f"event {event.get('event')!r}{rest}: {first['msg']}") from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one line of a journal."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A line of a restore-drills journal, format {FORMAT}",
        **_ADAPTER.json_schema(mode="serialization"),
    }
