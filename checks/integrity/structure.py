"""What stands in the indexes is what stands in the tables: amcheck (R38).

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

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg import sql

from checks.database import RowCursor, pin
from checks.finding import Finding
from checks.integrity._index_terms import index_terms
from checks.integrity._judging import is_refusal, not_read, observed, plural, said
from checks.integrity._relations import RELATIONS
from checks.integrity._user_code import user_code
from checks.integrity.amcheck import Amcheck, find_amcheck
from checks.judgement import Gap, Judgement
from checks.shared_snapshot import Read, SharedSnapshot, Unread

CHECK = "integrity.indexes.structure"


_Checked = Literal["sound", "gone", "not checked"]

_UNCHECKED: Mapping[_Checked, str] = {
    "gone": "it was dropped while the copy was verified: verify again",
    "not checked": "its function fails under the search path that amcheck (16) and REINDEX (17) run"
    " with, and works under the login's: ALTER FUNCTION … SET search_path",
}


@dataclass(frozen=True, slots=True)
class _Index:
    oid: int
    name: str
    sql_name: str
    method: str
    schema: str
    table: str
    root: str


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
    seen = observed(
        shared, CHECK, "indexes", lambda c: (find_amcheck(c), _indexes(c), user_code(c))
    )
    if isinstance(seen, Judgement):
        return seen
    amcheck, indexes, code = seen.result
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

    def check(cursor: RowCursor, index: _Index) -> _Checked:
        return _check(cursor, index, amcheck.call(callable_[index.method]))

    def check_as_the_login(cursor: RowCursor, index: _Index) -> _Checked:
        _own_search_path(cursor)
        return check(cursor, index)

    def evaluate(cursor: RowCursor, index: _Index) -> _Checked:
        # amcheck runs an index's functions as its owner; we would run them as ourselves.
        return "not checked" if ("pg_class", index.oid) in code else _evaluate(cursor, index)

    answers = shared.each(checkable, check)
    # An expression's function may count on the search path that the database's sessions have.
    for retry in (check_as_the_login, evaluate):
        again = [i for i, answer in enumerate(answers) if _raised(answer)]
        for i, answer in zip(again, shared.each([checkable[i] for i in again], retry), strict=True):
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
        select r.oid::int8, r.name, r.sql_name, a.amname, tn.nspname, t.relname,
               coalesce(root.name, r.name)
        from named r
        left join named root on root.oid = pg_partition_root(r.oid)
        join pg_index i on i.indexrelid = r.oid
        join pg_class t on t.oid = i.indrelid join pg_namespace tn on tn.oid = t.relnamespace
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


def _unknown(indexes: Iterable[_Index]) -> tuple[Gap, ...]:
    """One gap for each, and one for all partitions of a partitioned one."""
    return tuple(
        Gap(
            CHECK,
            name,
            f"the installed amcheck cannot read {method} indexes: REINDEX it in the copy to be sure"
            " of it, or accept this",
        )
        for name, method in dict.fromkeys((index.root, index.method) for index in indexes)
    )


def _check(cursor: RowCursor, index: _Index, call: sql.Composed) -> _Checked:
    cursor.execute("select to_regclass(%s) is not null", [index.sql_name])
    if cursor.fetchall() != [(True,)]:
        return "gone"
    cursor.execute(sql.SQL("select {}").format(call), [index.sql_name])
    return "sound"


def _evaluate(cursor: RowCursor, index: _Index) -> _Checked:
    """What the index is over, for each row of its table, as the application would: it raises what
    the application would meet. Since 16 amcheck insists on a search path of its own."""
    terms = index_terms(cursor, index.oid)
    if terms is None:
        return "gone"
    _own_search_path(cursor)
    cursor.execute(
        sql.SQL("select count(num_nulls({})) from only {}{}").format(
            sql.SQL(", ").join(terms.expressions),
            sql.Identifier(index.schema, index.table),
            terms.where(),
        )
    )
    return "not checked"


def _own_search_path(cursor: RowCursor) -> None:
    cursor.execute("select reset_val from pg_settings where name = 'search_path'")
    ((path,),) = cursor.fetchall()
    pin(cursor, {"search_path": path}, local=True)


def _raised(answer: Read[_Checked] | Unread) -> bool:
    return isinstance(answer, Unread) and not answer.damage and not is_refusal(answer.sqlstate)


def _answered(index: _Index, answer: Read[_Checked] | Unread) -> Judgement:
    if isinstance(answer, Read):
        reason = _UNCHECKED.get(answer.result)
        return Judgement(gaps=(Gap(CHECK, index.name, reason),) if reason else ())
    if answer.damage:
        remedy = (
            f"Rebuild it (REINDEX INDEX {index.sql_name}) and look for what broke it: queries that"
            " use it miss rows."
        )
    elif _raised(answer):
        remedy = (
            "Mend the function that its expression or predicate calls: for some row it fails, and"
            " no REINDEX and no logical restore would get past that row."
        )
    else:
        return not_read(CHECK, index.name, answer)
    return Judgement((Finding(CHECK, index.name, "sound", said(answer), remedy),))
