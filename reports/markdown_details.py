"""The rest of a drill in the summary: tables, plan, differences, scope; and what changed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reports.drill_record import DrillRecord
from reports.gfm import code, more, table, text
from reports.history.changes import changes_since, last_green
from reports.history.read import past_of
from reports.run_record import RunRecord

MOST_ROWS = 50
"""Lines of one list or table."""


def details(record: DrillRecord, level: str) -> Iterator[str]:
    """Sections under headings of this level, each only where there is something to say."""
    yield from _tables(record, level)
    yield from _changes(record, level)
    yield from _out_of_scope(record, level)


def since_the_last_green(record: DrillRecord, run: RunRecord, level: str) -> Iterator[str]:
    """What is not as it was when this drill of this cluster was last proven."""
    now = next((one for one in past_of(run) if one.drill == record.drill), None)
    green = last_green(run.earlier, now) if now is not None else None
    if now is None or green is None:
        return
    changes = changes_since(green, now)
    yield f"{level} Since the last green run, {green.began.date().isoformat()}"
    yield ""
    yield from [f"- {text(one.in_words)}" for one in changes[:MOST_ROWS]] or ["Nothing changed."]
    yield ""
    yield from more(changes, MOST_ROWS)


def _tables(record: DrillRecord, level: str) -> Iterator[str]:
    compared = [(one.database, row) for one in record.tables for row in one.tables]
    if not compared:
        return
    yield f"{level} Tables"
    yield ""
    databases: dict[str, list[str]] = {}
    for database in dict.fromkeys(database for database, _ in compared):
        rows = [row for name, row in compared if name == database]
        contents = Counter(row.content for row in rows)
        told = ", ".join(f"{count} {content}" for content, count in contents.items())
        databases[database] = [
            *(code(database), f"{len(rows):,}"),
            f"{sum(row.actual or 0 for row in rows):,}",
            f"{sum(row.bytes or 0 for row in rows):,}",
            told,
        ]
    yield from table(("database", "tables", "rows", "bytes", "content"), databases.values())
    bad = [(name, row) for name, row in compared if row.content in ("differs", "not read")]
    if bad:
        yield from table(
            ("table", "expected", "actual", "content"),
            (
                (
                    code(f"{database}: {row.table}"),
                    "–" if row.expected is None else text(row.expected),
                    "–" if row.actual is None else f"{row.actual}",
                    row.content,
                )
                for database, row in bad[:MOST_ROWS]
            ),
        )
        yield from more(bad, MOST_ROWS)


def _changes(record: DrillRecord, level: str) -> Iterator[str]:
    """What a plan does, in its words, and what may differ from the source."""
    changes = [change for plan in record.plans for change in plan.changes]
    if record.plans:
        yield f"{level} The plan"
        yield ""
        yield from [f"- {text(change.words)}" for change in changes[:MOST_ROWS]] or ["It is empty."]
        yield ""
        yield from more(changes, MOST_ROWS)
    allowed = [(told.what, one) for told in record.allowed for one in told.allowed]
    if allowed:
        yield f"{level} Differences that are allowed"
        yield ""
        rows = [(text(what), code(one.name), text(one.reason)) for what, one in allowed[:MOST_ROWS]]
        yield from table(("of", "what", "why"), rows)
        yield from more(allowed, MOST_ROWS)


def _out_of_scope(record: DrillRecord, level: str) -> Iterator[str]:
    proofs = [one for one in record.proofs if one.outcome == "not applicable"]
    if proofs:
        yield f"{level} Out of scope by configuration"
        yield ""
        for one in proofs[:MOST_ROWS]:
            yield f"- {text(record.name_of(one))}: {text(one.reason or 'not applicable')}"
        yield ""
        yield from more(proofs, MOST_ROWS)
