"""The next value of every sequence is free, and more values follow (R39).

Positions are never compared for equality: a physical restore runs up to 32 values ahead (row 15 of
docs/restores-that-lie.md), which is safe. What is asked is whether the next value, with
``is_called``, increment and direction honoured, lies beyond all values of each column that the
sequence feeds: one that it owns, an identity, or any column with ``nextval('…')`` as its default,
also where several columns share one sequence. And how many values are left before the sequence, or
the type of a column, ends (row 16).

Values are read from the tables, not from an index. A sequence that feeds no column is a fact only:
who uses it cannot be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from checks.database import RowCursor, scan_tables_only
from checks.finding import Finding
from checks.integrity._judging import listed, not_read, observed, plural
from checks.integrity._sequences import (
    LIMITS,
    Column,
    SequenceState,
    defaults_at_run_time,
    sequences,
    tables,
)
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import Read, SharedSnapshot, Unread

CHECK = "integrity.sequences"

_BATCH = 200
"""Sequences read by one statement."""

_REASONS = {
    "other type": "feeds {name}, which is of type {type}: its values cannot be compared",
    "other default": "stands in a larger default of {name}: its values cannot be compared",
    "foreign table": "feeds {name}, whose rows are elsewhere: its values were not compared",
}

_Position = tuple[int, bool]
"""``last_value`` and ``is_called``."""

_Item = tuple[tuple[str, str, bool], list[tuple[int, Column]]]


@dataclass(frozen=True, slots=True)
class Headroom:
    """What must be left: of all values of the sequence this share, and this many calls."""

    share: float = 0.1
    calls: int = 0


def check_sequences(shared: SharedSnapshot, headroom: Headroom | None = None) -> Judgement:
    """``integrity.sequences.position``, ``.headroom``, ``.type`` and ``.cycle`` of each (R39)."""
    answer = observed(shared, CHECK, "sequences", lambda c: (sequences(c), defaults_at_run_time(c)))
    if isinstance(answer, Judgement):
        return answer
    states, at_run_time = answer.result
    positions, judgements = _positions(shared, states)
    furthest, unread = _furthest(shared, states)
    judgements += unread
    for place, state in enumerate(states):
        judgements.append(_judge_definition(state))
        if (position := positions.get(place)) is not None and not state.cycle:
            found = list(_judge_position(state, position, furthest.get(place, {})))
            found += _judge_headroom(state, position, headroom or Headroom())
            judgements.append(Judgement(tuple(found)))
    lookups = tuple(
        Gap(
            CHECK,
            column,
            "its default looks a sequence up by a text when it runs, so which one feeds it cannot"
            " be told: write nextval('…'::regclass)",
        )
        for column in at_run_time
    )
    unfed = [state.name for state in states if not state.columns]
    facts: dict[str, str | int] = {CHECK: f"{plural(len(states), 'sequence')} judged"}
    if unfed:
        facts[f"{CHECK}.feeding no column"] = listed(unfed)
    return Judgement.all([*judgements, Judgement(gaps=lookups, facts=facts)])


def _positions(
    shared: SharedSnapshot, states: Sequence[SequenceState]
) -> tuple[dict[int, _Position], list[Judgement]]:
    readable = [place for place, state in enumerate(states) if state.readable]
    judgements = [
        Judgement(
            gaps=(
                Gap(
                    f"{CHECK}.position",
                    state.name,
                    "the login may not read it: GRANT SELECT on it, or pg_read_all_data (14)",
                ),
            )
        )
        for state in states
        if not state.readable
    ]

    def read(cursor: RowCursor, places: Sequence[int]) -> dict[int, _Position]:
        questions = [
            sql.SQL("select {}, last_value, is_called from {}").format(
                sql.Literal(place), sql.Identifier(states[place].schema, states[place].sequence)
            )
            for place in places
        ]
        cursor.execute(sql.SQL(" union all ").join(questions))
        return {place: (last, called) for place, last, called in cursor}

    positions: dict[int, _Position] = {}
    unread: set[int] = set()
    alone: list[int] = []
    batches = [readable[at : at + _BATCH] for at in range(0, len(readable), _BATCH)]
    for places, answer in zip(batches, shared.each(batches, read), strict=True):
        if isinstance(answer, Read):
            positions |= answer.result
        else:
            alone += places  # one of them cannot be read: the others can
    for place, answer in zip(alone, shared.each([[p] for p in alone], read), strict=True):
        if isinstance(answer, Read):
            positions |= answer.result
        else:
            judgements.append(not_read(f"{CHECK}.position", states[place].name, answer))
            unread.add(place)
    # A page of zeros passes for an empty one: the sequence answers with no row, and no error.
    judgements += [
        Judgement((_without_row(states[place]),))
        for place in readable
        if place not in positions and place not in unread
    ]
    return positions, judgements


def _furthest(
    shared: SharedSnapshot, states: Sequence[SequenceState]
) -> tuple[dict[int, Mapping[str, int]], list[Judgement]]:
    """For each sequence the furthest value of each of its columns that it could ever come to."""

    def read(cursor: RowCursor, item: _Item) -> list[int | None]:
        (schema, table, only), columns = item
        scan_tables_only(cursor)
        terms = [
            sql.SQL("{}({column}) filter (where {column} between {} and {})").format(
                sql.SQL("max" if states[place].upward else "min"),
                sql.Literal(states[place].minimum),
                sql.Literal(states[place].maximum),
                column=sql.Identifier(column.column),
            )
            for place, column in columns
        ]
        cursor.execute(
            sql.SQL("select {} from {}{}").format(
                sql.SQL(", ").join(terms),
                sql.SQL("only " if only else ""),
                sql.Identifier(schema, table),
            )
        )
        ((*row,),) = cursor.fetchall()
        return row

    items: list[_Item] = list(tables(states).items())
    furthest: dict[int, dict[str, int]] = {}
    judgements = []
    for (_, columns), answer in zip(items, shared.each(items, read), strict=True):
        if isinstance(answer, Unread):
            judgements += [
                not_read(f"{CHECK}.position", states[place].name, answer) for place, _ in columns
            ]
            continue
        for (place, column), value in zip(columns, answer.result, strict=True):
            if value is not None:
                furthest.setdefault(place, {})[column.name] = int(value)
    return dict(furthest), judgements


def _judge_position(
    state: SequenceState, position: _Position, furthest: Mapping[str, int]
) -> Iterator[Finding]:
    following = _following(state, position)
    for column, value in furthest.items():
        if following > value if state.upward else following < value:
            continue
        yield Finding(
            f"{CHECK}.position",
            state.name,
            f"next value {'above' if state.upward else 'below'} {value}, which is in {column}",
            f"next value {following}",
            "Set it with setval() beyond the column: the next inserts would take keys that are"
            " there already.",
        )


def _judge_headroom(
    state: SequenceState, position: _Position, headroom: Headroom
) -> Iterator[Finding]:
    limit, following = state.limit, _following(state, position)
    left = max(0, (limit - following) // state.increment + 1)
    total = max(1, (limit - state.start) // state.increment + 1)
    if left >= headroom.calls and left > headroom.share * total:
        return
    named = [
        f"{column.name} ({column.type})"
        for column in state.columns
        if column.limit(state.upward) == limit
    ]
    yield Finding(
        f"{CHECK}.headroom",
        state.name,
        f"more than {headroom.share:.0%} of its {total:,} values left",
        f"{left:,} left up to {limit:,}" + (f", where {listed(named)} ends" if named else ""),
        "Widen the column and the sequence (ALTER TABLE … TYPE bigint, ALTER SEQUENCE … AS bigint,"
        " NO MAXVALUE) before inserts fail.",
    )


def _judge_definition(state: SequenceState) -> Judgement:
    findings = []
    for column in state.columns:
        wider = column.type in LIMITS and LIMITS[state.type] < LIMITS[column.type]
        if wider:
            findings.append(
                Finding(
                    f"{CHECK}.type",
                    state.name,
                    f"{column.type}, as {column.name} is",
                    state.type,
                    f"ALTER SEQUENCE … AS {column.type}: inserts fail long before the column is"
                    " full.",
                )
            )
        if state.cycle and column.unique:
            findings.append(
                Finding(
                    f"{CHECK}.cycle",
                    state.name,
                    f"no cycle, since {column.name} is a key",
                    "cycle",
                    "ALTER SEQUENCE … NO CYCLE: at its end it would give out the first keys anew.",
                )
            )
    gaps = tuple(
        Gap(
            f"{CHECK}.position",
            state.name,
            _REASONS[column.reading].format(name=column.name, type=column.type)
            + "; an [[expect]] query in the settings can",
        )
        for column in state.columns
        if column.reading != "comparable"
    )
    return Judgement(tuple(findings), gaps)


def _without_row(state: SequenceState) -> Finding:
    return Finding(
        f"{CHECK}.position",
        state.name,
        "its one row",
        None,
        "Restore again: the sequence's page is empty; or set it with setval() beyond its columns.",
    )


def _following(state: SequenceState, position: _Position) -> int:
    last, called = position
    return last + state.increment if called else last
