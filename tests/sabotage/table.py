"""The table of faults: every row of every module of ``tests/sabotage/faults``.

A module's tuples of faults are rows. A tuple whose name ends in a version holds from that one on
(``PUBLICATIONS_15``), or up to it (``BEFORE_16``); the keys of a dictionary of tuples are queries
that say whether this server can have them.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import ModuleType

import psycopg

from tests.sabotage import faults
from tests.sabotage.faults.cluster import DATABASE
from tests.sabotage.faults.fault import Fault
from tests.sabotage.pages import PAGE_FAULTS, PageFault

Connection = psycopg.Connection[tuple[object, ...]]


ADMITS_NOBODY = frozenset(
    f"one database: {name}"
    for name in ("collate", "ctype", "tablespace", "half dropped", "connections refused")
)
"""Faults of a database that no session then enters: told from beside, as one of its cluster's."""


@dataclass(frozen=True, slots=True)
class Row:
    """One fault, and the servers that can have it.

    page           the damage to a file, where that is the fault
    since, before  majors: from the one on, up to the other
    possible       a query that says whether this server can have it
    """

    fault: Fault
    module: str
    page: PageFault | None = None
    since: int = 0
    before: int = 99
    possible: str | None = None

    @property
    def must(self) -> tuple[tuple[str, str], ...]:
        """(check, subject) of all that must report it."""
        if self.fault.name in ADMITS_NOBODY:
            prop = self.fault.check.rpartition(".")[2]
            return ((f"cluster.databases.{prop}", DATABASE),)
        if self.page is None:
            return ((self.fault.check, self.fault.subject),)
        here = {"database postgres": f"database {DATABASE}"}
        return tuple((check, here.get(subject, subject)) for check, subject in self.page.reported)

    @property
    def id(self) -> str:
        """As pytest names it: ``schema: index lost``."""
        return f"{self.fault.family}: {self.fault.name}"

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows of docs/restores-that-lie.md that it shows."""
        return tuple(map(int, re.findall(r"\brow (\d+)\b", self.fault.name)))

    def impossible(self, conn: Connection) -> str | None:
        """Why this server cannot have it, or None; a superuser's connection to a faithful copy."""
        version = conn.info.server_version
        since = max(self.fault.since // 10000, self.since)
        if version // 10000 < since:
            return f"needs PostgreSQL {since}"
        if version // 10000 >= self.before:
            return f"of PostgreSQL before {self.before}"
        if self.fault.needs is not None and not _says(
            conn,
            "select exists (select from pg_available_extensions where name = "
            f"'{self.fault.needs}')",
        ):
            return f"needs the extension {self.fault.needs}"
        if self.possible is not None and not _says(conn, self.possible):
            return f"not on this server: {self.possible}"
        return None


def _says(conn: Connection, query: str) -> bool:
    return conn.execute(query.encode()).fetchone() == (True,)


def _rows() -> Iterator[Row]:
    seen: set[Fault] = set()
    for found in pkgutil.iter_modules(faults.__path__):
        module = importlib.import_module(f"{faults.__name__}.{found.name}")
        # A list that others are taken into (ROWS into CONTENT) is met first, as written.
        for row in _rows_of(module, found.name):
            if row.fault not in seen:
                seen.add(row.fault)
                yield row
    for page in PAGE_FAULTS:
        (check, subject), *_ = page.reported
        yield Row(Fault(page.name, check, subject, ()), "pages", page, page.since // 10000)


def _rows_of(module: ModuleType, name: str) -> Iterator[Row]:
    lists = {key: value for key, value in vars(module).items() if key.isupper()}
    # Those with a version first: a list without one may take them in.
    for key, value in sorted(lists.items(), key=lambda item: re.search(r"\d", item[0]) is None):
        if isinstance(value, tuple):
            version = re.search(r"(BEFORE)?_(\d\d)$", key)
            since = int(version[2]) if version and not version[1] else 0
            before = int(version[2]) if version and version[1] else 99
            for fault in value:
                if isinstance(fault, Fault):
                    yield Row(_here(fault, module), name, since=since, before=before)
        elif isinstance(value, Mapping):
            for query, members in value.items():
                for fault in members if isinstance(members, tuple) else ():
                    if isinstance(fault, Fault):
                        yield Row(_here(fault, module), name, possible=str(query))


def _here(fault: Fault, module: ModuleType) -> Fault:
    """The fault in our database, where its module knows it by another name (`COPY`)."""
    other = getattr(module, "COPY", None)
    if other is None:
        return fault
    named = re.compile(rf"\b{re.escape(other)}\b")
    return replace(
        fault,
        subject=named.sub(DATABASE, fault.subject),
        sql=tuple(named.sub(DATABASE, statement) for statement in fault.sql),
    )


FAULTS: tuple[Row, ...] = tuple(_rows())


def sample() -> tuple[Row, ...]:
    """Rows that bring every family, and every row of the restores that lie: always the same."""
    chosen: list[Row] = []
    families: set[str] = set()
    shown: set[int] = set()
    for row in sorted(FAULTS, key=lambda row: not row.rows):
        if set(row.rows) - shown or row.fault.family not in families:
            chosen.append(row)
            families.add(row.fault.family)
            shown |= set(row.rows)
    return tuple(chosen)
