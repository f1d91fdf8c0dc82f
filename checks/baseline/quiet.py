"""Whether nothing was written while a baseline was recorded: then it shows exactly one moment.

On a source that is not ours nobody may take a transaction id to find out, as the rehearsal does
(`fixtures.rehearsal.quiet`). A snapshot with xmin = xmax = N has seen every transaction below N
end. One with a higher id was either still open at the end, and then a session or a prepared
transaction shows it; or it has ended meanwhile, and then the next snapshot's xmax is beyond N. Both
are looked for after the last reading, in this order: a transaction cannot slip through between.

A sequence may have moved all the same: most calls of ``nextval`` take no transaction id.
"""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
from psycopg import Connection
from psycopg.rows import tuple_row

from checks.baseline.model import Moment
from checks.database import RowCursor, pin_session, reason
from checks.shared_snapshot import Connect


def read_moment(cursor: RowCursor) -> Moment:
    """Of the snapshot that the cursor's transaction holds."""
    cursor.execute(
        """
        select pg_catalog.clock_timestamp(),
               pg_catalog.pg_snapshot_xmin(s)::text, pg_catalog.pg_snapshot_xmax(s)::text
        from pg_catalog.pg_current_snapshot() s
        """
    )
    ((taken_at, xmin, xmax),) = cursor.fetchall()
    return Moment(taken_at=taken_at, xmin=int(xmin), xmax=int(xmax))


def why_not_quiet(connect: Connect, moments: Iterable[Moment]) -> str | None:
    """Why it was not shown that nothing was written since these moments; None where it was.

    To be asked after the last reading. Never raises psycopg.Error.
    """
    bounds = {bound for moment in moments for bound in (moment.xmin, moment.xmax)}
    if len(bounds) != 1:
        return "a transaction was open, or ended, while the snapshots were taken"
    (newest,) = bounds
    try:
        connection = connect()
    except psycopg.Error as error:
        return f"nobody could look for writers afterwards ({reason(error)})"
    try:
        pin_session(connection)
        return _writers(connection) or _moved(connection, newest)
    except psycopg.Error as error:
        return f"nobody could look for writers afterwards ({reason(error)})"
    finally:
        connection.close()


def _writers(connection: Connection[object]) -> str | None:
    cursor = connection.cursor(row_factory=tuple_row)
    # Each statement is a transaction of its own: within one, pg_stat_activity never changes.
    cursor.execute("select pg_catalog.pg_is_in_recovery()")
    if cursor.fetchall() == [(True,)]:
        return "this is a standby, and whether its primary was writing cannot be seen here"
    cursor.execute(
        "select distinct backend_type, datname from pg_catalog.pg_stat_activity"
        " where backend_xid is not null order by 1, 2"
    )
    if open_ := [f"{kind or 'a session'} in {database}" for kind, database in cursor]:
        return f"a transaction was open ({', '.join(open_)})"
    cursor.execute("select count(*) from pg_catalog.pg_prepared_xacts")
    ((prepared,),) = cursor.fetchall()
    return f"{prepared} prepared transactions were open" if prepared else None


def _moved(connection: Connection[object], newest: int) -> str | None:
    cursor = connection.cursor(row_factory=tuple_row)
    now = read_moment(cursor)
    if {now.xmin, now.xmax} == {newest}:
        return None
    return f"transactions went on ({now.xmax - newest} ended until the last table had been read)"
