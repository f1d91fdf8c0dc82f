"""The events of a run, typed: what a line of the journal may say.

What they are made of is in `reports.parts`. A change that an older reader would misread, or an
event that it would not know, raises FORMAT; journals of every format up to it can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from reports.parts import (
    Allowed,
    Bound,
    DeclaredStep,
    Engine,
    Finding,
    Folders,
    Gap,
    Outcome,
    Partial,
    PlanChange,
    Scalar,
    Seconds,
    Strict,
    TableResult,
    Time,
    Waived,
)

FORMAT = 2
"""1: the first. 2: who, where and which commit; backup, target, moments, tables, plan, sabotage."""


class _Event(Strict):
    at: Time
    run: str


class RunStarted(_Event):
    """The first event: who, where, with what. `settings` and `command` come masked.

    cluster    the name under which history and fleets keep this run: that of the settings file
               without its ending, `rehearsal` where there is none; older journals have none
    config     the settings file as it was named
    by         who started it, `user@host`
    platform   operating system and machine
    commit     of the harness, `3ebce1d`, with ` (changed)` where files differ from it
    job        where the CI server shows the job that ran it
    negative_control
               the seed of a run in which the restored copy is sabotaged on purpose
    """

    event: Literal["run_started"] = "run_started"
    format: Literal[1, 2] = 2
    drills: list[str]
    mode: Literal["rehearsal", "drill", "recovery", "verification"]
    cloud: str
    engine: Engine
    versions: dict[str, str]
    settings: dict[str, JsonValue]
    folders: Folders
    command: list[str]
    cluster: str | None = None
    config: str | None = None
    by: str | None = None
    platform: str | None = None
    commit: str | None = None
    job: str | None = None
    negative_control: int | None = None


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


class SourceIdentified(_Event):
    """Which cluster, server or database the drill is about.

    identifier  what no other one has: an RDS resource id, a system identifier
    """

    event: Literal["source_identified"] = "source_identified"
    drill: str
    name: str
    kind: Literal["cluster", "server", "database", "dump"]
    identifier: str | None = None
    version: str | None = None
    databases: list[str] | None = None


class BackupIdentified(_Event):
    """What the copy is made from: a base backup, a snapshot, a dump, an RDS backup window.

    kind         `full`, `incremental`, `manual snapshot`, `custom dump`, `continuous`
    taken_at     when it was complete
    age_seconds  at that moment of the drill in which it was chosen
    began, ended positions in the WAL, as PostgreSQL writes them
    """

    event: Literal["backup_identified"] = "backup_identified"
    drill: str
    name: str
    kind: str
    place: str | None = None
    taken_at: Time | None = None
    age_seconds: Seconds | None = None
    began: str | None = None
    ended: str | None = None
    timeline: int | None = None
    system_identifier: str | None = None
    bytes: int | None = None


class TargetAsked(_Event):
    """The recovery target as it was asked for; `moment` is the time it stands for, if any."""

    event: Literal["target_asked"] = "target_asked"
    drill: str
    target: str
    moment: Time | None = None


class TargetReached(_Event):
    """Where the recovery really ended.

    moment    commit time of the newest transaction that came back
    position  end of the last WAL record that was replayed
    note      what the server, or the cloud's interface, cannot tell
    """

    event: Literal["target_reached"] = "target_reached"
    drill: str
    moment: Time | None = None
    position: str | None = None
    timeline: int | None = None
    system_identifier: str | None = None
    note: str | None = None


class Moment(_Event):
    """A moment that matters beside the recovery target, on its line."""

    event: Literal["moment"] = "moment"
    drill: str
    name: Literal[
        "backup ended",
        "restorable from",
        "restorable to",
        "last good marker",
        "first bad marker",
        "disaster",
        "source lost",
    ]
    moment: Time
    position: str | None = None


class TablesCompared(_Event):
    """Tables of one database and what was found out about them, at most 500 an event."""

    event: Literal["tables_compared"] = "tables_compared"
    drill: str
    database: str
    tables: list[TableResult]


class DifferencesAllowed(_Event):
    """A comparison of settings: how much was compared, and what differs and may.

    what  `cluster`, `instances`, `server settings`
    """

    event: Literal["differences_allowed"] = "differences_allowed"
    drill: str
    what: str
    compared: int | None = None
    allowed: list[Allowed]


class PlanRead(_Event):
    """A saved Terraform plan: what it would do, and the digest of the file that says so."""

    event: Literal["plan_read"] = "plan_read"
    drill: str
    terraform: str | None = None
    sha256: str | None = None
    changes: list[PlanChange]


class Sabotaged(_Event):
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
    """The verdict on one drill, or on the whole run where `drill` is None.

    verdict  the line for the reader; `word` its first: PROVEN, FAILED, NOT PROVEN, PARTIAL,
             NOTHING TO PROVE, INTERRUPTED, BAD INPUT, ALARM RANG, ALARM SILENT
    subject  what was to be proven, `rehearsal of core`
    """

    event: Literal["verdict"] = "verdict"
    drill: str | None = None
    verdict: str
    word: str | None = None
    subject: str | None = None
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
