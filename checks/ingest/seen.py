"""What is seen of ingest, and what was seen of it before it was halted.

A part that is None is none of this ingest's (commands have no rules), unless `unseen` says why it
could not be looked at: then nothing is proven of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.finding import Scalar
from checks.judgement import Gap

ENABLED, DISABLED = "ENABLED", "DISABLED"
"""States of rules, in the archive's own words and in EventBridge's."""


def state_of(enabled: bool) -> str:
    return ENABLED if enabled else DISABLED


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the archive, by which workflows are started.

    kind   onetime, scheduled, sqs, sns or kinesis
    value  what triggers it: a schedule, or the ARN or URL of a stream, topic or queue
    """

    name: str
    kind: str
    enabled: bool
    value: str | None = None

    def __str__(self) -> str:
        return f"rule {self.name} ({self.kind})"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A rule of EventBridge that has a schedule.

    rule   the rule of the archive whose name it carries, if it were one
    made   whether the archive made it; others belong to whoever deployed them
    """

    name: str
    state: str
    rule: str
    made: bool = True

    @property
    def enabled(self) -> bool:
        return self.state != DISABLED


@dataclass(frozen=True, slots=True)
class InputMapping:
    """An event source mapping: a function that is given what comes in a stream or queue.

    state  in Lambda's word: Enabled, Disabled, or on the way (Enabling, Disabling, …)
    """

    uuid: str
    function: str
    source: str
    state: str

    @property
    def enabled(self) -> bool:
        """Whether it delivers, or is about to."""
        return self.state not in ("Disabled", "Disabling", "Deleting")

    @property
    def settled(self) -> bool:
        return self.state in ("Enabled", "Disabled")

    @property
    def key(self) -> str:
        """Which one it is, also after it was deleted and made again under another UUID."""
        return f"{self.source} to {self.function}"


@dataclass(frozen=True, slots=True)
class Queue:
    """Messages in a queue, as SQS counts them."""

    name: str
    visible: int
    in_flight: int
    delayed: int

    @property
    def depth(self) -> int:
        return self.visible + self.in_flight + self.delayed

    def __str__(self) -> str:
        return f"{self.visible} visible, {self.in_flight} in flight, {self.delayed} delayed"


@dataclass(frozen=True, slots=True)
class Accessor:
    """Sessions in the databases that are alike, counted (R10)."""

    user: str
    application: str
    state: str
    count: int

    def __str__(self) -> str:
        application = f" ({self.application})" if self.application else ""
        return f"{self.user}{application}: {self.count} {self.state or 'sessions'}"


@dataclass(frozen=True, slots=True)
class IngestSeen:
    """One look.

    rules       as the archive's API tells them
    recorded    rule → whether it is enabled, as the archive's database has it
    executions  state machine → executions that run
    rows        `table: status` → rows that say that something is under way
    queues      those that have to be empty
    dead        dead-letter queue → messages
    quiet       query of the operator's → the number that it gave; None where it gave none
    states      query of the operator's → a digest of its result, which tells nothing of a row
    accessors   who has sessions in the databases, the asking one left out
    unseen      part → why it could not be looked at
    """

    rules: tuple[Rule, ...] | None = None
    recorded: Mapping[str, bool] | None = None
    schedules: tuple[Schedule, ...] | None = None
    mappings: tuple[InputMapping, ...] | None = None
    executions: Mapping[str, int] | None = None
    rows: Mapping[str, int] | None = None
    queues: tuple[Queue, ...] | None = None
    dead: Mapping[str, int] | None = None
    quiet: Mapping[str, float | None] | None = None
    states: Mapping[str, str] | None = None
    accessors: tuple[Accessor, ...] | None = None
    unseen: Mapping[str, str] = field(default_factory=dict)

    def gaps(self, check: str, *parts: str) -> tuple[Gap, ...]:
        """Those of the parts that could not be looked at."""
        return tuple(Gap(check, part, self.unseen[part]) for part in parts if part in self.unseen)

    def before(self) -> States:
        """What a halt will change, as it is now."""
        return States(
            rules={one.name: one.enabled for one in self.rules or ()},
            schedules={one.name: one.enabled for one in self.schedules or ()},
            mappings={one.key: one.enabled for one in self.mappings or ()},
            results=dict(self.states or {}),
        )


@dataclass(frozen=True, slots=True)
class States:
    """What was enabled before the halt, and is to be enabled after it: nothing more, nothing less.

    rules      rule of the archive → whether it was enabled
    schedules  the same of EventBridge's rules
    mappings   the same of event source mappings, by `InputMapping.key`
    results    query of the operator's → the digest of its result
    """

    rules: Mapping[str, bool] = field(default_factory=dict)
    schedules: Mapping[str, bool] = field(default_factory=dict)
    mappings: Mapping[str, bool] = field(default_factory=dict)
    results: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """As it is written down, for a person to read too: a JSON object on one line."""
        switched: dict[str, Mapping[str, bool]] = {
            "rules": self.rules,
            "schedules": self.schedules,
            "mappings": self.mappings,
        }
        said: dict[str, Mapping[str, str]] = {
            name: {one: state_of(enabled) for one, enabled in part.items()}
            for name, part in switched.items()
        }
        return json.dumps({**said, "results": self.results}, ensure_ascii=True)

    @classmethod
    def of(cls, text: str) -> States:
        """From what `text` gave; ValueError for anything else."""
        found = json.loads(text)

        def switched(part: str) -> dict[str, bool]:
            return {str(name): said == ENABLED for name, said in found.get(part, {}).items()}

        results = {str(name): str(said) for name, said in found.get("results", {}).items()}
        return cls(switched("rules"), switched("schedules"), switched("mappings"), results)

    def told(self) -> Mapping[str, Scalar]:
        """How many of each were enabled, of how many; for the journal."""
        parts = {"rules": self.rules, "schedules": self.schedules, "mappings": self.mappings}
        return {
            f"{name} enabled before": f"{sum(part.values())} of {len(part)}"
            for name, part in parts.items()
            if part
        }


@dataclass(frozen=True, slots=True)
class Halted:
    """Ingest that was halted and drained.

    before  what was enabled when it was first halted, however often that was tried
    seen    the last look, in which nothing was under way
    dead    dead letters in the two last looks; None where there are no such queues
    at_first
            dead letters when the halt began; None where nobody counted them
    found   why it was left as it was found, where this run had halted it before; else None
    facts   for the reader
    """

    before: States
    seen: IngestSeen
    dead: tuple[Mapping[str, int], Mapping[str, int]] | None = None
    at_first: Mapping[str, int] | None = None
    found: str | None = None
    facts: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resumed:
    """Ingest that was resumed.

    before  what was enabled before the halt; None where it was not halted, and nothing was done
    seen    what there is now
    """

    before: States | None
    seen: IngestSeen
    facts: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WriteProbe:
    """A write that was asked of the archive's API (R9).

    rule      the rule that was to be written as it is
    admitted  whether the API says that it was; None where it gave no answer at all
    """

    rule: str
    admitted: bool | None
