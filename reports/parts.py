"""What the events of a journal are made of: outcomes, times, findings, tables, changes of a plan.

A field that is not here cannot be written, so a report never has to guess. All times are aware and
in UTC, all durations seconds. What was added after format 1 has a default: older journals lack it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

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


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Engine(Strict):
    """The Postgres behind a run; `origin` says where its programs were found."""

    name: str
    version: str
    origin: str


class Folders(Strict):
    """Where data lies and where evidence lies, as absolute paths."""

    work: str
    evidence: str


class DeclaredStep(Strict):
    """A step as the procedure has it, before anything is done."""

    number: Annotated[int, Field(ge=1)]
    name: str
    title: str
    touches: str | None


class Finding(Strict):
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


class Gap(Strict):
    """What a check could not look at; `reason` says what is missing."""

    check: str
    subject: str
    reason: str


class Bound(Strict):
    """What was shown to lie between two truths; `bound` says which."""

    check: str
    subject: str
    bound: str


class Partial(Strict):
    """How much of the drill the operator selected."""

    ran: int
    of: int


class TableResult(Strict):
    """One table: its rows on both sides, and what was found out about them.

    expected, actual  None where the side has no such table, or its rows were not all counted; a
                      truth that is itself two numbers is told as text, `10 to 12`
    bytes             of the copy's table, as far as it was read
    content           `equal`: every row was compared. `bounded`: between two truths. `differs`: in
                      count or content. `counted`: as many rows, not compared. `not read`: neither
    """

    table: str
    expected: int | str | None
    actual: int | None
    bytes: int | None = None
    content: Literal["equal", "bounded", "differs", "counted", "not read"]


class Allowed(Strict):
    """One difference that a comparison allows by rule, and the rule's reason."""

    name: str
    expected: Scalar
    actual: Scalar
    reason: str


class PlanChange(Strict):
    """What a Terraform plan does to one address; `words` says it as a sentence, without values."""

    address: str
    actions: list[str]
    words: str
