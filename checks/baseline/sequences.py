"""Where sequences stand, judged by safety and never by equality (DESIGN 4).

A server logs a sequence 32 values ahead, so a recovered copy may stand ahead of its source at T;
that wastes numbers and harms nobody. One that stands *behind* gives numbers again that were given
out before T. Whether its next value is free in the column it feeds is another check's.

Sequences do not obey snapshots: what is read is the position at the moment of the snapshot or a
little later. At a quiet T the two are the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from psycopg import sql

from checks.baseline import words
from checks.baseline.batches import ask_in_batches
from checks.baseline.model import SequencePosition, Sequences
from checks.baseline.sides import bound, finding, gap
from checks.database import DAMAGE, DRILL_SCHEMAS, SYSTEM_SCHEMAS, RowCursor
from checks.judgement import Judgement
from checks.schema.fingerprint import Snapshot
from checks.shared_snapshot import Read

CHECK = "sequences"


def read_sequences(shared: Snapshot, *, left_out: Collection[str] = DRILL_SCHEMAS) -> Sequences:
    """The positions of every sequence of the database; system schemas and `left_out` are not read.

    Needs SELECT on each (``pg_read_all_data``). What is refused becomes `unreadable`.
    """
    (listed,) = shared.each([left_out], _listed)
    if not isinstance(listed, Read):
        return Sequences(unreadable={"all sequences": listed.why})
    allowed = [one for one in listed.result if one.readable]
    missing = "no right to read it: grant SELECT on it, or pg_read_all_data"
    unreadable = {one.name: missing for one in listed.result if not one.readable}
    positions, refused = ask_in_batches(shared, allowed, _positions)
    return Sequences(
        positions={allowed[place].name: position for place, position in sorted(positions.items())},
        unreadable=unreadable | {allowed[place].name: why for place, why in refused.items()},
    )


def judge_sequences(
    before: Sequences, copy: Sequences, after: Sequences | None = None
) -> Judgement:
    """No sequence of the copy stands behind the baseline's (R39: finding ``sequences.behind``).

    With a second baseline, one that was set back between the two may stand behind the first, and
    not behind the second. A sequence that is on one side only is the schema's to tell.
    """
    sides = (before, copy) if after is None else (before, after, copy)
    names = set.union(*({*side.positions, *side.unreadable} for side in sides))
    judged = []
    for name in sorted(names):
        refused = [side.unreadable[name] for side in sides if name in side.unreadable]
        if name in copy.unreadable and copy.unreadable[name].startswith(DAMAGE):
            remedy = "Restore again from another backup: the copy's own data is damaged."
            judged.append(
                finding(f"{CHECK}.readable", name, "readable", copy.unreadable[name], remedy)
            )
        elif refused:
            judged.append(gap(CHECK, name, f"its position was not read: {refused[0]}"))
        elif all(name in side.positions for side in sides):
            truths = [side.positions[name] for side in sides[:-1]]
            judged.append(_judge(name, truths, copy.positions[name]))
    return Judgement.all(judged)


def _judge(name: str, truths: Sequence[SequencePosition], copy: SequencePosition) -> Judgement:
    up = truths[0].increment > 0
    if any((truth.increment > 0) != up for truth in (*truths, copy)):
        return gap(CHECK, name, "it counts the other way on one side: see schema.sequences")
    nexts = [truth.next_value for truth in truths]
    least = min(nexts) if up else max(nexts)
    if copy.next_value >= least if up else copy.next_value <= least:
        return Judgement()
    if copy.cycles:
        told = f"it cycles, so that it stands at {copy.next_value} tells nothing beside {least}"
        return bound(CHECK, name, told)
    again = words.plural(max(1, abs((least - copy.next_value) // copy.increment)), "value")
    return finding(
        f"{CHECK}.behind",
        name,
        f"next value {least:,} or {'more' if up else 'less'}",
        f"next value {copy.next_value:,}",
        f"Move it with setval() to where it stood, or restore again: {again} given out before T "
        "would be given again.",
    )


@dataclass(frozen=True, slots=True)
class _Listed:
    identifier: sql.Identifier
    name: str
    increment: int
    cycles: bool
    readable: bool


def _listed(cursor: RowCursor, left_out: Collection[str]) -> list[_Listed]:
    cursor.execute(
        """
        select n.nspname::text, c.relname::text, format('%%I.%%I', n.nspname, c.relname),
               s.seqincrement, s.seqcycle, has_sequence_privilege(c.oid, 'select')
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_sequence s on s.seqrelid = c.oid
        where n.nspname !~ %s and n.nspname <> all (%s)
        order by n.nspname, c.relname
        """,
        [SYSTEM_SCHEMAS, list(left_out)],
    )
    return [
        _Listed(sql.Identifier(schema, name), rendered, increment, cycles, readable)
        for schema, name, rendered, increment, cycles, readable in cursor
    ]


def _positions(cursor: RowCursor, sequences: Sequence[_Listed]) -> dict[int, SequencePosition]:
    # Of the sequence itself: pg_sequences says nothing of one that was never called, nor of one
    # that may not be read, and the two look alike.
    query = sql.SQL(" union all ").join(
        sql.SQL("select {}, last_value, is_called from {}").format(place, one.identifier)
        for place, one in enumerate(sequences)
    )
    cursor.execute(query.as_bytes(None))  # as bytes: a % in a name is no placeholder
    return {
        place: SequencePosition(
            last_value=last_value,
            is_called=is_called,
            increment=sequences[place].increment,
            cycles=sequences[place].cycles,
        )
        for place, last_value, is_called in cursor
    }
