"""What stands in the indexes is what stands in the tables: amcheck (R38).

amcheck is an extension of contrib. Reading sessions create nothing, so where it is not installed
the structure of indexes is *not proven*. The source is never touched for it; in a copy that a drill
made itself the drill may call `install_amcheck` first.

``bt_index_check`` with ``heapallindexed`` reads the index in its order, and then the table, and
misses no row: it finds entries out of order (row 11 of docs/restores-that-lie.md: another glibc
sorts otherwise), rows that are not in the index, torn and zeroed pages; from PostgreSQL 17 on also
duplicates under a unique index. The rows are remembered in ``maintenance_work_mem``; below some 2
bytes a row it may forget a few. It takes AccessShareLock, as SELECT does.

``bt_index_parent_check`` also looks from parent pages down and searches for every entry from the
root. It takes ShareLock on the table: writes wait, and a server in recovery refuses it. Nobody
writes to a drill's own copy, so it is an option there (`parent`).

PostgreSQL 18's ``gin_index_check`` looks at the structure of a GIN index, not at the rows. For
other kinds of index (and GIN before 18) amcheck knows nothing: each is a gap by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from checks.database import RowCursor, pin
from checks.finding import Finding
from checks.integrity._judging import is_refusal, not_read, observed, plural
from checks.integrity._relations import RELATIONS
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import Read, SharedSnapshot, Unread

CHECK = "integrity.indexes.structure"

SCHEMA = "restore_drill"
"""Where `install_amcheck` puts the extension: a schema that schema parity leaves out."""

_ARGUMENTS = {
    "bt_index_check": ("heapallindexed", "checkunique"),
    "bt_index_parent_check": ("heapallindexed", "rootdescend", "checkunique"),
    "gin_index_check": (),
}


@dataclass(frozen=True, slots=True)
class Amcheck:
    """The installed extension: schema, and per function how many arguments it takes, and whether
    this session may call it."""

    schema: str
    arguments: Mapping[str, int]
    allowed: Mapping[str, bool]

    def call(self, function: str) -> sql.Composed:
        """``schema.function(%s::regclass, heapallindexed => true, …)``, as far as it goes."""
        number = self.arguments[function] - 1
        given = _ARGUMENTS[function]
        # checkunique came in 17, as the last argument of all.
        options = [given[at] for at in range(min(number, len(given)))]
        arguments = [sql.SQL("%s::regclass")]
        arguments += [sql.SQL(f"{option} => true") for option in options]
        return sql.SQL("{}({})").format(
            sql.Identifier(self.schema, function), sql.SQL(", ").join(arguments)
        )


@dataclass(frozen=True, slots=True)
class _Index:
    name: str
    sql_name: str
    method: str


def install_amcheck(connection: Connection[Any]) -> bool:
    """Create the extension in a copy that the caller made and may write to; whether it was new.

    Never for a source, and never in a read-only verification. Its functions then belong to the
    connection's user, who must read with the same login or grant EXECUTE. Raises psycopg.Error
    where the server has no amcheck or the user may not create it (superuser; on RDS rds_superuser).
    """
    with connection.transaction():
        cursor = connection.cursor()
        cursor.execute("select from pg_catalog.pg_extension where extname = 'amcheck'")
        if cursor.fetchone() is not None:
            return False
        cursor.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
        cursor.execute(sql.SQL("create extension amcheck schema {}").format(sql.Identifier(SCHEMA)))
    return True


def find_amcheck(cursor: RowCursor) -> Amcheck | None:
    """The extension as it is installed, None where it is not."""
    cursor.execute(
        """
        select n.nspname, p.proname, max(p.pronargs)::int,
               bool_and(has_function_privilege(p.oid, 'execute')
                        and has_schema_privilege(n.oid, 'usage'))
        from pg_extension e
        join pg_depend d on d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid
            and d.deptype = 'e' and d.classid = 'pg_proc'::regclass
        join pg_proc p on p.oid = d.objid
        join pg_namespace n on n.oid = p.pronamespace
        where e.extname = 'amcheck'
        group by n.nspname, p.proname
        """
    )
    rows = cursor.fetchall()
    if not rows:
        return None
    return Amcheck(
        str(rows[0][0]),
        {name: arguments for _, name, arguments, _ in rows},
        {name: allowed for _, name, _, allowed in rows},
    )


def checks_uniqueness(shared: SharedSnapshot) -> bool:
    """Whether `check_index_structure` will look for duplicates too: amcheck 1.4, PostgreSQL 17."""
    seen = observed(shared, CHECK, "extension amcheck", find_amcheck)
    if isinstance(seen, Judgement) or seen.result is None:
        return False
    function = "bt_index_check"
    return seen.result.arguments.get(function, 0) > 2 and seen.result.allowed[function]


def check_index_structure(shared: SharedSnapshot, *, parent: bool = False) -> Judgement:
    """Every valid index against its table, largest first (R38).

    parent  with bt_index_parent_check, which locks out writers: for a copy of one's own only
    """

    seen = observed(shared, CHECK, "indexes", lambda c: (find_amcheck(c), _indexes(c)))
    if isinstance(seen, Judgement):
        return seen
    amcheck, indexes = seen.result
    functions = {
        "btree": "bt_index_parent_check" if parent else "bt_index_check",
        "gin": "gin_index_check",
    }
    if amcheck is None:
        return _not_installed(indexes, functions)
    missing = _without_right(amcheck, functions)
    callable_ = {
        method: function
        for method, function in functions.items()
        if function in amcheck.arguments and function not in missing
    }
    judgements = [Judgement(gaps=_gaps(indexes, amcheck, functions, missing))]
    checkable = [index for index in indexes if index.method in callable_]

    def check(cursor: RowCursor, index: _Index) -> bool:
        return _check(cursor, index, amcheck.call(callable_[index.method]))

    def check_as_the_login(cursor: RowCursor, index: _Index) -> bool:
        _own_search_path(cursor)
        return check(cursor, index)

    answers = shared.each(checkable, check)
    # An expression's function may count on the search path that the database's sessions have.
    again = [i for i, answer in enumerate(answers) if _raised(answer)]
    retried = shared.each([checkable[i] for i in again], check_as_the_login)
    for i, answer in zip(again, retried, strict=True):
        answers[i] = answer
    judgements += [_answered(i, a) for i, a in zip(checkable, answers, strict=True)]
    judgements.append(
        Judgement(facts={CHECK: f"{plural(len(checkable), 'index', 'indexes')} read by amcheck"})
    )
    return Judgement.all(judgements)


def _indexes(cursor: RowCursor) -> list[_Index]:
    """Valid indexes with storage, largest first with their tables; invalid ones are told apart."""
    cursor.execute(
        f"""
        with {RELATIONS}
        select r.name, r.sql_name, a.amname
        from named r
        join pg_index i on i.indexrelid = r.oid
        join pg_class t on t.oid = i.indrelid
        join pg_am a on a.oid = r.relam
        where r.relkind = 'i' and i.indisvalid and i.indisready and i.indislive
        order by greatest(r.relpages, 0) + greatest(t.relpages, 0) desc, r.name
        """  # noqa: S608 # a constant of ours
    )
    return [_Index(*row) for row in cursor]


def _not_installed(indexes: Sequence[_Index], functions: Mapping[str, str]) -> Judgement:
    btrees = sum(index.method == "btree" for index in indexes)
    return Judgement(
        gaps=(
            Gap(
                CHECK,
                "extension amcheck",
                f"not installed, so what stands in {plural(btrees, 'btree index', 'btree indexes')}"
                " was not compared with the tables: CREATE EXTENSION amcheck in the copy, as a"
                " superuser (RDS: rds_superuser), verify again",
            ),
            *_unknown(index for index in indexes if index.method not in functions),
        )
    )


def _without_right(amcheck: Amcheck, functions: Mapping[str, str]) -> set[str]:
    return {name for name in functions.values() if amcheck.allowed.get(name) is False}


def _gaps(
    indexes: Sequence[_Index],
    amcheck: Amcheck,
    functions: Mapping[str, str],
    missing: set[str],
) -> tuple[Gap, ...]:
    methods = {index.method for index in indexes}
    rights = tuple(
        Gap(
            CHECK,
            f"{method} indexes",
            f"the login may not call {function}: GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA"
            f" {sql.Identifier(amcheck.schema).as_string()} and USAGE on that schema to it in the"
            " copy, verify again",
        )
        for method, function in functions.items()
        if function in missing and method in methods
    )
    unknown = _unknown(
        index for index in indexes if functions.get(index.method) not in amcheck.arguments
    )
    return rights + unknown


def _unknown(indexes: Any) -> tuple[Gap, ...]:
    return tuple(
        Gap(
            CHECK,
            index.name,
            f"the installed amcheck cannot read {index.method} indexes: REINDEX it in the copy to"
            " be sure of it, or accept this",
        )
        for index in indexes
    )


def _check(cursor: RowCursor, index: _Index, call: sql.Composed) -> bool:
    """True once it was checked; False when it is gone."""
    cursor.execute("select to_regclass(%s) is not null", [index.sql_name])
    if cursor.fetchall() != [(True,)]:
        return False
    cursor.execute(sql.SQL("select {}").format(call), [index.sql_name])
    return True


def _own_search_path(cursor: RowCursor) -> None:
    cursor.execute("select reset_val from pg_settings where name = 'search_path'")
    ((path,),) = cursor.fetchall()
    pin(cursor, {"search_path": path}, local=True)


def _raised(answer: Read[bool] | Unread) -> bool:
    return isinstance(answer, Unread) and not answer.damage and not is_refusal(answer.sqlstate)


def _answered(index: _Index, answer: Read[bool] | Unread) -> Judgement:
    if isinstance(answer, Read):
        if answer.result:
            return Judgement()
        gone = "it was dropped while the copy was verified: verify again"
        return Judgement(gaps=(Gap(CHECK, index.name, gone),))
    if answer.damage:
        remedy = (
            f"Rebuild it (REINDEX INDEX {index.sql_name}) and look for what broke it: queries that"
            " use it miss rows."
        )
        return Judgement((Finding(CHECK, index.name, "sound", answer.why, remedy),))
    if _raised(answer):
        remedy = (
            "Mend the function that its expression or predicate calls: for some row it fails, and"
            " no REINDEX and no logical restore would get past that row."
        )
        return Judgement((Finding(CHECK, index.name, "sound", answer.why, remedy),))
    return not_read(CHECK, index.name, answer)
