"""What an operator does next about a table that is not what it was, or that could not be read."""

from __future__ import annotations

from checks.content.observation import ContentObservation

# By SQLSTATE or its class, the first that fits.
_SUPPLY = (
    (
        "42501",
        "let the login read every table (pg_read_all_data; BYPASSRLS where row security applies)",
    ),
    ("42P01", "verify again while nobody drops or renames tables"),
    ("55P03", "verify again when the lock is given back, or allow a longer wait for locks"),
    ("57014", "allow a longer statement time, or read a share of the ranges (content = ranges:P%)"),
    ("53", "give the server what it ran out of (disk, memory, temp_file_limit), then verify again"),
    ("57P", "verify again: the server ended the session"),
    ("08", "verify again: the connection was lost"),
    ("no SQLSTATE", "verify again: the connection was lost"),
    ("0A000", "read unlogged tables on the primary: a standby has no rows of theirs"),
    ("40001", "verify again with hot_standby_feedback on: the standby had to take rows away"),
)

COMPARE_SCHEMA = (
    "Mend the table's definition first (the schema findings tell how), then verify again: rows of"
    " other columns cannot be compared."
)
ANOTHER_KIND = "Find where it came from: under this name stands another kind of table."
RESTORE_AGAIN = (
    "Restore again: rows were changed; recovery reached another point than T, or something wrote"
    " to the copy."
)
DAMAGED = (
    "Do not adopt this copy: its data is damaged; restore again, from an older backup if it is so"
    " in this one."
)
DAMAGED_SOURCE = (
    "Mend the source before anything else: its own data is damaged, so nothing proves the copy's."
)


def gap(why: str) -> str:
    """The reason of a gap: what the server said, and how to supply what was missing."""
    for code, supply in _SUPPLY:
        if why.startswith(code):
            return f"{why}; {supply}"
    return why


def of_states(table: str, expected: ContentObservation, actual: ContentObservation) -> str:
    """About a table that is there on one side only, or is of another kind on the other."""
    if table not in actual.relations:
        return "Restore again: the table is not in the copy; compare the point reached with T."
    if table not in expected.relations:
        return "Find where it came from: the copy is of another point or another database."
    if table in {*expected.unpopulated, *actual.unpopulated}:
        return "Refresh the materialised view, then verify again: one side was never populated."
    return ANOTHER_KIND


def of_counts(before: int, after: int, *, unlogged: bool) -> str:
    """About a table of another number of rows."""
    if after == 0 and unlogged:
        return "Reload it or make it logged: a physical restore empties unlogged tables."
    if after < before:
        return "Restore again: rows are missing; recovery ended early, or a change was not undone."
    return "Restore again: rows too many; recovery ended late, or something writes to the copy."
