"""Transactions that a copy brought along, and how far its transaction ids may still go.

A prepared transaction is restored with the data: it holds its locks, and keeps vacuum back, until
somebody ends it. Rows that were never frozen grow old; 2^31 transactions on the server stops taking
new ones. A table older than ``autovacuum_freeze_max_age`` is vacuumed by autovacuum at once; one of
twice that age shows that autovacuum does not get there.
"""

from __future__ import annotations

from checks.database import RowCursor
from checks.finding import Finding
from checks.integrity._judging import NAMES_SHOWN, judged, plural
from checks.integrity._relations import RELATIONS
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot

CHECK = "integrity.transactions"

LIMIT = 2**31
"""Transaction ids, and multixact ids, between the oldest row and the next transaction."""


def check_transactions(shared: SharedSnapshot) -> Judgement:
    """``integrity.transactions.prepared`` of this database and ``.age`` of it and its tables."""
    return judged(shared, f"{CHECK}.prepared", "prepared transactions", _prepared) + judged(
        shared, f"{CHECK}.age", "transaction ids", _ages
    )


def _prepared(cursor: RowCursor) -> Judgement:
    cursor.execute(
        """
        select format('prepared transaction %L', gid), format('%I', owner), prepared,
               database = current_database()
        from pg_prepared_xacts order by prepared, 1
        """
    )
    rows = cursor.fetchall()
    findings = tuple(
        Finding(
            f"{CHECK}.prepared",
            subject,
            None,
            f"prepared by {owner} at {prepared:%Y-%m-%d %H:%M:%S}Z, not ended",
            "Ask its transaction manager, then COMMIT PREPARED or ROLLBACK PREPARED: it holds locks"
            " and keeps vacuum back.",
        )
        for subject, owner, prepared, here in rows
        if here
    )
    elsewhere = sum(not here for *_, here in rows)
    return Judgement(
        findings, facts={f"{CHECK}.prepared in other databases": elsewhere} if elsewhere else {}
    )


def _ages(cursor: RowCursor) -> Judgement:
    cursor.execute(
        """
        select current_setting('autovacuum_freeze_max_age')::bigint,
               current_setting('autovacuum_multixact_freeze_max_age')::bigint
        """
    )
    ((xids, multis),) = cursor.fetchall()
    bounds = {
        "transaction ids": min(2 * xids, LIMIT // 2),
        "multixact ids": min(2 * multis, LIMIT // 2),
    }
    cursor.execute(
        "select format('database %I', datname), age(datfrozenxid), mxid_age(datminmxid)"
        " from pg_database where datname = current_database()"
    )
    ((database, age, multi_age),) = cursor.fetchall()
    findings = _old(database, age, multi_age, bounds)
    cursor.execute(
        f"""
        with {RELATIONS}, aged as (
            select name, age(relfrozenxid) as xids, mxid_age(relminmxid) as multis
            from named where relkind in ('r', 'm', 't') and relfrozenxid <> 0
        )
        select name, xids, multis, count(*) over ()::int from aged
        where xids > {bounds["transaction ids"]} or multis > {bounds["multixact ids"]}
        order by greatest(xids, multis) desc, name
        limit {NAMES_SHOWN}
        """.encode()  # noqa: S608 # numbers and constants of ours
    )
    tables = cursor.fetchall()
    for name, xids_of_it, multis_of_it, _ in tables:
        findings += _old(name, xids_of_it, multis_of_it, bounds)
    facts: dict[str, int | str] = {f"{CHECK}.age": f"{plural(age, 'transaction')} of {LIMIT:,}"}
    if tables:
        facts[f"{CHECK}.age of tables"] = f"{plural(tables[0][3], 'table')} too old"
    return Judgement(tuple(findings), facts=facts)


def _old(subject: str, xids: int, multis: int, bounds: dict[str, int]) -> list[Finding]:
    return [
        Finding(
            f"{CHECK}.age",
            subject,
            f"at most {bounds[what]:,} {what} old",
            f"{age:,}",
            "VACUUM (FREEZE) it, and find out why autovacuum does not (a prepared transaction, a"
            f" slot, a table too large): at {LIMIT:,} the server takes no more writes.",
        )
        for what, age in (("transaction ids", xids), ("multixact ids", multis))
        if age > bounds[what]
    ]
