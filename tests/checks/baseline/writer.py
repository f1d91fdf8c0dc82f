"""Whoever writes to a source all the time: a thread with a connection of its own."""

from __future__ import annotations

import threading
from types import TracebackType

from checks.shared_snapshot import Connect

SOURCE = """
create table providers (id int primary key, name text not null);
insert into providers select n, 'provider ' || n from generate_series(1, 50) n;

create table granules (
    id bigint generated always as identity primary key,
    provider int not null references providers,
    created_at timestamptz not null default now()
);
insert into granules (provider, created_at)
    select 1 + n % 50, '2024-05-01 00:00Z'::timestamptz + n * interval '1 minute'
    from generate_series(1, 400) n;

create table jobs (id int primary key, turns bigint not null default 0);
insert into jobs select n from generate_series(1, 20) n;

create table audit (at timestamptz not null default now(), said text not null);
insert into audit select '2024-05-01 00:00Z'::timestamptz + n * interval '1 minute', 'was ' || n
    from generate_series(1, 300) n;

create table heartbeat (beat timestamptz not null default now());
"""
"""Never written to: providers. Grows at the end of its key: granules. Rewritten in place: jobs.
Grows, without a key: audit and heartbeat.
"""

TICK = """
insert into granules (provider) values (1 + %(tick)s %% 50);
update jobs set turns = turns + 1 where id = 1 + %(tick)s %% 20;
insert into audit (said) values ('tick');
insert into heartbeat default values
"""


class Writer:
    """A context manager; within it, the source is written to, one transaction a tick."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._thread = threading.Thread(target=self._write, name="writer")
        self._ticked = threading.Condition()
        self._ticks = 0
        self._pausing = threading.Event()
        self._stopping = threading.Event()
        self._error: Exception | None = None

    def __enter__(self) -> Writer:
        self._thread.start()
        self.wait_for_ticks(5)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join()
        if self._error is not None and kind is None:
            raise self._error

    def wait_for_ticks(self, more: int) -> None:
        """Until so many more were committed."""
        with self._ticked:
            wanted = self._ticks + more
            arrived = self._ticked.wait_for(lambda: self._ticks >= wanted or self._error, 60)
        assert self._error is None
        assert arrived, "the writer came to a halt"

    def _write(self) -> None:
        try:
            with self._connect() as connection:
                while not self._stopping.is_set():
                    with connection.transaction():
                        for statement in TICK.split(";"):
                            connection.execute(statement.encode(), {"tick": self._ticks})
                    with self._ticked:
                        self._ticks += 1
                        self._ticked.notify_all()
                    # Leaves the processors to what is tested: it is enough that nothing stays.
                    self._stopping.wait(0.005)
        except Exception as error:  # noqa: BLE001  # told by whoever waits, in another thread
            with self._ticked:
                self._error = error
                self._ticked.notify_all()
