"""Random histories of a cluster: what is done, by whom, and doing it to a real one.

```
  before …   ┃ base backup ┃   after …                      ┃ flush ┃
  sessions write, nest, end, prepare; restore points, switches; transactions may be open anywhere
             ┃ and a burst may run meanwhile
```
Sessions are real connections. Most steps come one after the other, so that what is seen can be
read back from the history alone; `Together` and `Burst` let sessions end transactions at the same
moment, and then only the WAL tells the order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from threading import Barrier
from typing import Any, Literal, TypeVar

import psycopg
from hypothesis import strategies as st

from fixtures.postgres.lsn import Lsn
from fixtures.postgres.server import Server
from tests.postgres.wal_model import Effect

SESSIONS = 3
_KEYS = 6
_BURST_KEY = 100  # plus the session's number: bursts fight for the tally alone
_NAMES = ("noon", "dusk")

T = TypeVar("T")


@dataclass(frozen=True)
class Write:
    """A row gets a value, or goes (None). Begins a transaction in a session without one. Nothing
    happens when another open transaction holds the key, which would wait for ever.
    """

    session: int
    key: int
    value: int | None


@dataclass(frozen=True)
class Nest:
    """Set a savepoint, or take back what came since the last one."""

    session: int
    back: bool


@dataclass(frozen=True)
class End:
    session: int
    how: Literal["commit", "abort", "prepare"]


@dataclass(frozen=True)
class EndPrepared:
    """The oldest prepared transaction."""

    commit: bool


@dataclass(frozen=True)
class Point:
    name: str


@dataclass(frozen=True)
class Switch:
    """The rest of the WAL segment is left empty."""


@dataclass(frozen=True)
class Together:
    """All open transactions commit at the same moment."""


Small = Literal["commit", "abort", "point"]


@dataclass(frozen=True)
class Burst:
    """Each session without a transaction runs small ones of its own, all sessions at once. Each of
    them also adds to the tally, for whose row they wait for one another.
    """

    plans: tuple[tuple[Small, ...], ...]


Step = Write | Nest | End | EndPrepared | Point | Switch | Together | Burst


@dataclass(frozen=True)
class Redate:
    """The end of a transaction after the base backup, by number, is dated so many microseconds
    later, or earlier.
    """

    which: int
    by: int


@dataclass(frozen=True)
class History:
    before: tuple[Step, ...]
    during: Burst | None
    after: tuple[Step, ...]
    redated: tuple[Redate, ...] = ()


def _histories() -> st.SearchStrategy[History]:
    session = st.integers(0, SESSIONS - 1)
    small: st.SearchStrategy[Small] = st.sampled_from(("commit", "commit", "abort", "point"))
    plan = st.lists(small, min_size=1, max_size=4).map(tuple)
    burst = st.builds(Burst, st.tuples(*[plan] * SESSIONS))
    write = st.builds(Write, session, st.integers(0, _KEYS - 1), st.integers(1, 99) | st.none())
    end = st.builds(End, session, st.sampled_from(("commit", "commit", "abort", "prepare")))
    point = st.builds(Point, st.sampled_from(_NAMES))
    step: st.SearchStrategy[Step] = st.one_of(
        write,
        write,
        write,
        end,
        end,
        st.builds(Nest, session, st.booleans()),
        st.builds(EndPrepared, st.booleans()),
        point,
        point,
        st.just(Switch()),
        st.just(Together()),
        burst,
    )
    return st.builds(
        History,
        before=st.lists(step, max_size=10).map(tuple),
        during=st.none() | burst,
        after=st.lists(step, min_size=1, max_size=25).map(tuple),
        redated=st.lists(
            st.builds(Redate, st.integers(0, 30), st.integers(-3_000_000, 3_000_000)), max_size=4
        ).map(tuple),
    )


HISTORIES = _histories()


@dataclass
class _Transaction:
    """Open: its writes in layers, one a savepoint."""

    xid: int
    layers: list[dict[int, int | None]] = field(default_factory=lambda: [{}])
    keys: set[int] = field(default_factory=set)
    gid: str | None = None

    @property
    def writes(self) -> dict[int, int | None]:
        return {key: value for layer in self.layers for key, value in layer.items()}


class Players:
    """The sessions of one history on a running server; `effects` by transaction id, as they go.

    Its tables are made anew: `began` is where its WAL begins. Everything that is open is aborted at
    the end.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._stack = ExitStack()
        self._open: dict[int, _Transaction] = {}
        self._prepared: list[_Transaction] = []
        self._committed: dict[int, int] = {}
        self._numbers = count(1)
        self.effects: dict[int, Effect] = {}
        self.began = Lsn(0)

    def __enter__(self) -> Players:
        self._connections = [
            self._stack.enter_context(self._server.connect()) for _ in range(SESSIONS + 1)
        ]
        self._pool = self._stack.enter_context(ThreadPoolExecutor(SESSIONS))
        self._own.execute("drop table if exists entry, tally")
        self._own.execute("create table entry (key int primary key, value int not null)")
        self._own.execute("create table tally (total int not null)")
        self._own.execute("insert into tally values (0)")
        self.began = Lsn.parse(_one(self._own, "select pg_current_wal_insert_lsn()::text"))
        return self

    def __exit__(self, *_: object) -> None:
        for session in self._open:
            self._connections[session].execute("rollback")
        for transaction in self._prepared:
            self._own.execute(f"rollback prepared '{transaction.gid}'")
        self._stack.close()

    @property
    def _own(self) -> psycopg.Connection[Any]:
        return self._connections[SESSIONS]

    def play(self, steps: Sequence[Step]) -> None:
        for step in steps:
            match step:
                case Write():
                    self._write(step)
                case Nest():
                    self._nest(step)
                case End():
                    self._end(step)
                case EndPrepared():
                    self._end_prepared(step.commit)
                case Point():
                    self._own.execute("select pg_create_restore_point(%s)", [step.name])
                case Switch():
                    self._own.execute("select pg_switch_wal()")
                case Together():
                    self._together()
                case Burst():
                    self.during(step, lambda: None)

    def _write(self, step: Write) -> None:
        others = [one for session, one in self._open.items() if session != step.session]
        if any(step.key in one.keys for one in (*others, *self._prepared)):
            return
        connection = self._connections[step.session]
        mine = self._open.get(step.session)
        if mine is None:
            connection.execute("begin")
            mine = self._open[step.session] = _Transaction(_xid(connection))
        there = {**self._committed, **mine.writes}.get(step.key)
        if step.value is None:
            connection.execute("delete from entry where key = %s", [step.key])
        elif there is None:
            connection.execute("insert into entry values (%s, %s)", [step.key, step.value])
        else:
            connection.execute("update entry set value = %s where key = %s", [step.value, step.key])
        mine.keys.add(step.key)
        mine.layers[-1][step.key] = step.value

    def _nest(self, step: Nest) -> None:
        mine = self._open.get(step.session)
        if mine is None:
            return
        if not step.back:
            self._connections[step.session].execute(f"savepoint s{len(mine.layers)}")
            mine.layers.append({})
        elif len(mine.layers) > 1:
            mine.layers.pop()
            self._connections[step.session].execute(f"rollback to s{len(mine.layers)}")
            self._connections[step.session].execute(f"release s{len(mine.layers)}")

    def _end(self, step: End) -> None:
        mine = self._open.pop(step.session, None)
        if mine is None:
            return
        if step.how == "prepare":
            mine.gid = f"p{mine.xid}"
            self._prepared.append(mine)
            self._connections[step.session].execute(f"prepare transaction '{mine.gid}'")
            # Whether it is committed is not known yet: what it would do is.
            self.effects[mine.xid] = Effect(mine.writes, gid=mine.gid)
            return
        if step.how == "commit":
            self._will_commit(mine)
        self._connections[step.session].execute(step.how)

    def _end_prepared(self, commit: bool) -> None:
        if not self._prepared:
            return
        mine = self._prepared.pop(0)
        if commit:
            self._will_commit(mine)
        self._own.execute(f"{'commit' if commit else 'rollback'} prepared '{mine.gid}'")

    def _will_commit(self, mine: _Transaction) -> None:
        self.effects[mine.xid] = Effect(mine.writes, gid=mine.gid)
        for key, value in mine.writes.items():
            if value is None:
                self._committed.pop(key, None)
            else:
                self._committed[key] = value

    def _together(self) -> None:
        ending = dict(self._open)
        self._open.clear()
        if not ending:
            return
        barrier = Barrier(len(ending))

        def commit(session: int) -> None:
            barrier.wait(timeout=30)
            self._connections[session].execute("commit")

        for transaction in ending.values():
            self._will_commit(transaction)
        for future in [self._pool.submit(commit, session) for session in ending]:
            future.result(timeout=60)

    def during(self, burst: Burst | None, act: Callable[[], T]) -> T:
        """Do something while a burst runs."""
        running = list(self._start(burst)) if burst is not None else []
        try:
            return act()
        finally:
            for future in running:
                self.effects.update(future.result(timeout=60))

    def _start(self, burst: Burst) -> Iterator[Future[dict[int, Effect]]]:
        free = [session for session in range(SESSIONS) if session not in self._open]
        if not free:
            return
        barrier = Barrier(len(free))
        for session in free:
            numbers = [next(self._numbers) for _ in burst.plans[session]]
            plan = list(zip(burst.plans[session], numbers, strict=True))
            yield self._pool.submit(_run, self._connections[session], session, plan, barrier)


def _run(
    connection: psycopg.Connection[Any],
    session: int,
    plan: Sequence[tuple[Small, int]],
    barrier: Barrier,
) -> dict[int, Effect]:
    """One session's part in a burst; what it committed."""
    effects: dict[int, Effect] = {}
    key = _BURST_KEY + session
    barrier.wait(timeout=30)
    for what, number in plan:
        if what == "point":
            connection.execute("select pg_create_restore_point(%s)", [f"burst {number}"])
            continue
        connection.execute("begin")
        connection.execute(
            "insert into entry values (%s, %s) on conflict (key) do update"
            " set value = excluded.value",
            [key, number],
        )
        connection.execute("update tally set total = total + %s", [number])
        xid = _xid(connection)
        connection.execute(what)
        if what == "commit":
            effects[xid] = Effect({key: number}, number)
    return effects


def _xid(connection: psycopg.Connection[Any]) -> int:
    return int(_one(connection, "select pg_current_xact_id()::text"))


def _one(connection: psycopg.Connection[Any], query: str) -> str:
    row = connection.execute(query).fetchone()
    assert row is not None
    return str(row[0])
