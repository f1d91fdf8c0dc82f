"""The events of a run, typed: what a line of the journal may say.

What they are made of is in `reports.parts`. A change that an older reader would misread, or an
event that it would not know, raises FORMAT; journals of every format up to it can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from reports.events.run import FORMAT, Kept, Removed, RunFinished, RunStarted, Verdict
from reports.events.runbook import (
    Measured,
    ProcedureDeclared,
    ProofFinished,
    Sabotaged,
    StepFinished,
    StepNote,
    StepStarted,
)
from reports.events.subject import (
    BackupIdentified,
    DifferencesAllowed,
    Facts,
    Moment,
    PlanRead,
    SourceIdentified,
    TablesCompared,
    TargetAsked,
    TargetReached,
)

__all__ = [
    "FORMAT",
    "BackupIdentified",
    "CorrectEvent",
    "DifferencesAllowed",
    "Event",
    "Facts",
    "Kept",
    "Measured",
    "Moment",
    "PlanRead",
    "ProcedureDeclared",
    "ProofFinished",
    "Removed",
    "RunFinished",
    "RunStarted",
    "Sabotaged",
    "SourceIdentified",
    "StepFinished",
    "StepNote",
    "StepStarted",
    "TablesCompared",
    "TargetAsked",
    "TargetReached",
    "Verdict",
    "json_schema",
    "typed",
]

Event = (
    RunStarted
    | ProcedureDeclared
    | Facts
    | SourceIdentified
    | BackupIdentified
    | TargetAsked
    | TargetReached
    | Moment
    | TablesCompared
    | DifferencesAllowed
    | PlanRead
    | Sabotaged
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
