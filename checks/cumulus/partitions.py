"""Partitions: a row of today has one to go to, and so has one of the next quarter (v22).

Executions are divided by quarters of ``created_at``, without a default partition: what lies past
the last quarter is refused. A restore of long ago ends in its own last quarter, which may have
passed: the copy then takes every write but the one that matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from functools import partial

from checks.cumulus._tables import Found, find
from checks.cumulus.generations import Generation, Partitioning
from checks.database import RowCursor
from checks.finding import Finding
from checks.integrity._judging import judged
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "cumulus.partitions"


def check_partitions(
    shared: SharedSnapshot, generation: Generation, now: datetime | None = None
) -> Judgement:
    """``cumulus.partitions.now``, ``.next`` and ``.hash`` of each divided table.

    now  with its zone; None: the server's own clock
    """
    return Judgement.all(
        judged(shared, CHECK, one.table, partial(_judge, wanted=one, now=now))
        for one in generation.partitions
    )


def _judge(cursor: RowCursor, *, wanted: Partitioning, now: datetime | None) -> Judgement:
    table = find(cursor, wanted.table)
    if table is None or table.kind != "p":
        return Judgement()  # cumulus.shape says so
    if wanted.strategy == "hash":
        return Judgement(tuple(_hash(cursor, table)))
    return _range(cursor, table, now)


def _hash(cursor: RowCursor, table: Found) -> Iterator[Finding]:
    cursor.execute(
        r"""
        select m[1]::bigint from pg_inherits i join pg_class c on c.oid = i.inhrelid,
             regexp_match(pg_get_expr(c.relpartbound, c.oid), 'modulus (\d+), remainder (\d+)') m
        where i.inhparent = %s
        """,
        [table.oid],
    )
    moduli = [int(modulus) for (modulus,) in cursor.fetchall()]
    share = sum((Fraction(1, modulus) for modulus in moduli), Fraction(0))
    if share != 1:
        yield Finding(
            f"{CHECK}.hash",
            table.rendered,
            "a partition for every remainder",
            f"{len(moduli)} partitions, which hold {float(share):.0%} of the keys",
            "Restore again: rows of the missing partitions are lost, and new ones are refused.",
        )


def _range(cursor: RowCursor, table: Found, now: datetime | None) -> Judgement:
    cursor.execute(
        r"""
        with bound as (
            select pg_get_expr(c.relpartbound, c.oid) as text
            from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = %s
        )
        select text = 'DEFAULT',
               case when text like '%%FROM (MINVALUE)%%' then '-infinity'
                    else (regexp_match(text, 'FROM \(''([^'']+)''\)'))[1] end::timestamptz::text,
               case when text like '%%TO (MAXVALUE)%%' then 'infinity'
                    else (regexp_match(text, 'TO \(''([^'']+)''\)'))[1] end::timestamptz::text
        from bound
        """,
        [table.oid],
    )
    rows = cursor.fetchall()
    spans = [(first, end) for default, first, end in rows if not default and first and end]
    default = any(row[0] for row in rows)
    reached = _reached(cursor, spans, now)
    here, upcoming = reached[0], reached[1]
    facts = {f"{CHECK}: {table.rendered}": f"{len(rows)} partitions, without a gap until {here}"}
    if default:
        facts[f"{CHECK}: {table.rendered}: default"] = "what no quarter holds goes to a default one"
        return Judgement(facts=facts)
    remedy = (
        "Create the missing quarters before ingest is resumed, as the deployment does: there is no"
        " default partition, so that every execution of that time is refused."
    )
    if here is None:
        facts = {f"{CHECK}: {table.rendered}": f"{len(rows)} partitions"}
        wanted = f"a partition for {reached[2]}"
        found = Finding(f"{CHECK}.now", table.rendered, wanted, None, remedy)
        return Judgement((found,), facts=facts)
    if not upcoming:
        wanted = f"partitions until {reached[3]}, the end of the next quarter"
        found = Finding(f"{CHECK}.next", table.rendered, wanted, f"until {here}", remedy)
        return Judgement((found,), facts=facts)
    return Judgement(facts=facts)


def _reached(
    cursor: RowCursor, spans: Sequence[tuple[str, str]], now: datetime | None
) -> tuple[str | None, bool, str, str]:
    """Until when there is a partition without a gap, from `now` on; None where there is none now.
    Whether that is the end of the next quarter or later; `now`'s day, and that end.
    """
    cursor.execute(
        """
        with recursive moment as (
            select coalesce(%(now)s::timestamptz, now()) as at,
                   date_trunc('quarter', coalesce(%(now)s::timestamptz, now()) at time zone 'UTC')
                       at time zone 'UTC' + interval '6 months' as wanted
        ), span as (
            select * from unnest(%(first)s::timestamptz[], %(last)s::timestamptz[])
                as s(first, last)
        ), held as (
            select last from span, moment where first <= at and at < last
            union
            select s.last from held h join span s on s.first = h.last
        )
        select (select max(last)::text from held), coalesce((select max(last) from held) >= wanted,
               false), at::date::text, wanted::date::text from moment
        """,
        {"now": now, "first": [first for first, _ in spans], "last": [last for _, last in spans]},
    )
    ((until, upcoming, today, wanted),) = cursor.fetchall()
    return until, bool(upcoming), str(today), str(wanted)
