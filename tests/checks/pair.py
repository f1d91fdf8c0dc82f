"""Two databases with one table each, to be made different and compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg

from checks.content.compare import compare_content
from checks.content.locate import LiveLocator
from checks.content.observation import ContentObservation, Division, RangeContent
from checks.content.plan import Reading
from checks.content.ranges import ranges_of
from checks.content.scan import observe_content
from checks.database import Limits
from checks.finding import Finding
from checks.shared_snapshot import SharedSnapshot
from fixtures.postgres.server import Server

SECRET = b"a secret of this run"

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sides that were observed, at a moment that is still held."""

    expected: ContentObservation
    actual: ContentObservation
    locator: LiveLocator

    def findings(self) -> list[Finding]:
        """What is said of them, located; without what only the ranges say."""
        judgement = compare_content(self.expected, self.actual, self.locator)
        assert () == judgement.gaps or self.expected.mode == "counts"
        return [one for one in judgement.findings if one.check not in {"content", "counts"}]


@dataclass(frozen=True, slots=True)
class Pair:
    """Both databases.

    names         of the source and of the copy
    source, copy  connections that may do anything
    """

    server: Server
    names: tuple[str, str]
    source: Connection
    copy: Connection

    def both(self, *statements: str) -> None:
        """Do the same on both sides."""
        for conn in (self.source, self.copy):
            for statement in statements:
                conn.execute(statement.encode())

    def break_copy(self, *statements: str) -> None:
        """Do it on the copy only."""
        for statement in statements:
            self.copy.execute(statement.encode())

    @contextmanager
    def compared(
        self,
        division: Division | Mapping[str, Division] | None = None,
        *,
        mode: str = "full",
        user: str | None = None,
        limits: Limits | None = None,
        cap: int = 20,
    ) -> Iterator[Compared]:
        """Observe both sides; every table divided so, or each as its name says."""
        login = user or self.server.superuser
        with (
            SharedSnapshot(
                partial(self.server.connect, self.names[0], login), sessions=2, limits=limits
            ) as source,
            SharedSnapshot(
                partial(self.server.connect, self.names[1], login), sessions=2, limits=limits
            ) as copy,
        ):
            reading = Reading(mode)
            expected = observe_content(source, reading)
            if division is not None:
                expected = observe_content(source, reading, like=_divided(expected, division))
            actual = observe_content(copy, reading, like=expected)
            yield Compared(expected, actual, LiveLocator(source, copy, secret=SECRET, cap=cap))

    def findings(
        self, division: Division | Mapping[str, Division] | None = None, **more: Any
    ) -> list[Finding]:
        """What is said of both sides."""
        with self.compared(division, **more) as compared:
            return compared.findings()


@contextmanager
def made(server: Server, name: str = "pair", options: str = "") -> Iterator[Pair]:
    """Both databases, empty; gone afterwards."""
    names = (f"{name}_source", f"{name}_copy")
    with server.connect() as conn:
        for database in names:
            conn.execute(f"create database {database} {options}".encode())
        try:
            with server.connect(names[0]) as source, server.connect(names[1]) as copy:
                yield Pair(server, names, source, copy)
        finally:
            for database in names:
                conn.execute(f"drop database {database} with (force)".encode())


def checks(findings: Sequence[Finding]) -> list[str]:
    """What rang, in its order."""
    return [finding.check for finding in findings]


def _divided(
    observation: ContentObservation, division: Division | Mapping[str, Division]
) -> ContentObservation:
    tables = {}
    for name, table in observation.tables.items():
        how = division.get(name) if isinstance(division, Mapping) else division
        if how is None:
            tables[name] = table
            continue
        ranges = (RangeContent(rows=0, hashes=("0", "0")),) * ranges_of(how)
        tables[name] = table.model_copy(update={"division": how, "ranges": ranges})
    return observation.model_copy(update={"tables": tables})
