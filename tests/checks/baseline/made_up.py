"""Parts of a baseline, written down by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from checks.baseline.model import (
    Baseline,
    DatabaseBaseline,
    Moment,
    SequencePosition,
    Sequences,
)
from checks.content.observation import (
    Buckets,
    ContentObservation,
    KeyRanges,
    RangeContent,
    TableContent,
)
from checks.identity import Identity
from checks.schema.observation import SchemaObservation
from checks.settings import SettingsObservation

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def catalog(
    kinds: Mapping[str, dict[str, dict[str, str | None]]] | None = None,
) -> SchemaObservation:
    return SchemaObservation(server_version=150020, kinds=dict(kinds or {}))


def rows_of(number: int, state: int = 0) -> RangeContent:
    """A range of so many rows; another state is another content."""
    return RangeContent(rows=number, hashes=(str(state * 31 + number), str(state * 17 - number)))


def table(
    *ranges: RangeContent | None,
    by: str = "key",
    columns: tuple[tuple[str, str], ...] = (("id", "integer"),),
) -> TableContent:
    division: KeyRanges | Buckets
    if by == "key":
        bounds = tuple(str(1000 * n) for n in range(1, len(ranges)))
        division = KeyRanges(column="id", type="integer", bounds=bounds)
    else:
        division = Buckets(by="row hash", number=len(ranges))
    return TableContent(
        kind="table",
        columns=columns,
        key=("id",),
        division=division,
        ranges=ranges,
        bytes=8192,
    )


def content(**tables: TableContent) -> ContentObservation:
    named = {f"public.{name}": one for name, one in tables.items()}
    return ContentObservation(mode="full", seed=1, tables=named, large_objects={})


def sequences(**positions: int) -> Sequences:
    return Sequences(
        positions={
            f"public.{name}": SequencePosition(last_value=value, is_called=True, increment=1)
            for name, value in positions.items()
        }
    )


def database(
    content_: ContentObservation | None = None,
    *,
    catalog_: SchemaObservation | None = None,
    sequences_: Sequences | None = None,
    taken_at: datetime = NOON,
) -> DatabaseBaseline:
    return DatabaseBaseline(
        identity=Identity(
            database="core", system_identifier="73", timeline=1, lsn="0/28", server_version=150020
        ),
        moment=Moment(taken_at=taken_at, xmin=750, xmax=750),
        catalog=catalog_ or catalog(),
        content=content_ or content(),
        sequences=sequences_ or Sequences(),
    )


def baseline(recorded_at: datetime = NOON, **databases: DatabaseBaseline) -> Baseline:
    return Baseline(
        recorded_at=recorded_at,
        harness="0.1.0",
        reading={"mode": "full"},
        quiet=True,
        cluster=catalog(),
        settings=SettingsObservation(server_version=150020, whole=True, settings={}),
        databases=databases or {"core": database(content(granules=table(rows_of(10), rows_of(3))))},
    )
