"""The baseline: what a source was at one moment, and the form in which a file holds it.

These models are the file's format. Whoever changes one of them, or an observation they hold, so
that an old file would no longer be understood, raises `VERSION`.

No value of a row stands in it. What of a database's data does: names of objects and their
definitions (with a digest for each literal, `checks.schema.literals`), counts, hashes, integer and
uuid keys as bounds of ranges (DESIGN 4), positions of sequences, and the operator's own conditions
of frozen ranges.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from checks.content.observation import ContentObservation
from checks.finding import Scalar
from checks.identity import Identity
from checks.schema.observation import SchemaObservation
from checks.settings import SettingsObservation

FORMAT: Literal["restore-drills baseline"] = "restore-drills baseline"
VERSION: Literal[1] = 1


class Model(BaseModel):
    """What all parts of the file are: frozen, and without room for what nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Moment(Model):
    """When the snapshot of one database was taken.

    taken_at    the server's clock just after
    xmin, xmax  of the snapshot: 64-bit transaction ids of the whole cluster
    """

    taken_at: AwareDatetime
    xmin: int
    xmax: int


class SequencePosition(Model):
    """Where a sequence stands. The next value is `last_value` itself until it was called once."""

    last_value: int
    is_called: bool
    increment: int
    cycles: bool = False

    @property
    def next_value(self) -> int:
        """What ``nextval`` would give, but for a wrap-around."""
        return self.last_value + self.increment if self.is_called else self.last_value


class Sequences(Model):
    """Positions by name; sequences do not obey snapshots, so each is read at the moment or after.

    unreadable  sequence → SQLSTATE and the server's words, or the right that is missing
    """

    positions: dict[str, SequencePosition] = Field(default_factory=dict)
    unreadable: dict[str, str] = Field(default_factory=dict)


class FrozenContent(Model):
    """The rows that match one ``[[content.frozen]]``: how many, and two sums of hashes.

    table, where  as the settings write them; `t` is what ``:t`` stood for, None where the condition
                  has none
    relation      the table as ``format('%I.%I')`` writes it
    columns       (name, type) in the order in which they were hashed
    """

    table: str
    where: str
    t: AwareDatetime | None
    relation: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    hashes: tuple[str, str]


class FrozenUnread(Model):
    """A frozen range that could not be read when the baseline was recorded; `why` in one line."""

    table: str
    where: str
    why: str


class DatabaseBaseline(Model):
    """One database under one snapshot.

    identity  which cluster this is, its timeline and LSN
    catalog   every object of the database
    frozen    the frozen ranges whose table is in this database
    """

    identity: Identity
    moment: Moment
    catalog: SchemaObservation
    content: ContentObservation
    sequences: Sequences = Sequences()
    frozen: tuple[FrozenContent | FrozenUnread, ...] = ()


class Baseline(Model):
    """A whole cluster, or the databases of it that were asked for.

    recorded_at  the server's clock when recording began
    harness      the version of this harness that recorded it
    reading      the settings that decided how much was read: names and scalars
    quiet        whether, provably, nothing was written from the first snapshot to the last reading:
                 then all databases are of one moment, and it is that of T
    not_quiet    why that was not shown; None where it was
    cluster      what belongs to no single database: roles, memberships, tablespaces
    settings     what the server was set to
    unreached    database → why nothing of it was recorded, in one line
    """

    recorded_at: AwareDatetime
    harness: str
    reading: Mapping[str, Scalar] = Field(default_factory=dict)
    quiet: bool
    not_quiet: str | None = None
    cluster: SchemaObservation
    settings: SettingsObservation
    databases: dict[str, DatabaseBaseline]
    unreached: dict[str, str] = Field(default_factory=dict)


class BaselineFile(Model):
    """The file: an envelope that says what it is, and the baseline.

    sha256  of the bytes of `baseline` as they stand in the file
    """

    format: Literal["restore-drills baseline"] = FORMAT
    version: Literal[1] = VERSION
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    baseline: Baseline
