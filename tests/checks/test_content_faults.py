"""Every fault of rows is located: its kind, the table, the keys, the columns; and nothing else is.

Faults of different tables are not taken for one another, so that many are put into one copy: as few
copies as any table has faults. `tests/sabotage` injects each of them alone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
import pytest

from checks.content.compare import compare_content
from checks.content.locate import LiveLocator
from checks.content.observation import ContentObservation, TableContent
from checks.content.plan import Reading
from checks.content.scan import observe_content
from checks.finding import Finding
from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot
from fixtures.postgres.server import Server
from tests.checks.conftest import FAITHFUL, Truth
from tests.sabotage.faults.content import MISSING, OPTIONAL, ROWS, Ring, RowFault

SECRET = b"a secret of this run"
SHOWN = {"smallint", "integer", "bigint", "uuid"}
FAULTS = (*ROWS, *(fault for faults in OPTIONAL.values() for fault in faults))
NEEDS = {fault.name: query for query, faults in OPTIONAL.items() for fault in faults}


@dataclass(frozen=True, slots=True)
class Round:
    """Faults that were in one copy, and what was said of it."""

    faults: tuple[RowFault, ...]
    judgement: Judgement


@pytest.fixture(scope="module")
def faithful(cluster: Server, truth: Truth) -> ContentObservation:
    with SharedSnapshot(partial(cluster.connect, FAITHFUL)) as source:
        return observe_content(source, Reading())


@pytest.fixture(scope="module")
def rounds(cluster: Server, truth: Truth) -> list[Round]:
    """Every fault of rows that this server can have, injected and judged."""
    done = []
    with _copied(cluster, "unbroken"), SharedSnapshot(partial(cluster.connect, "unbroken")) as it:
        expected = observe_content(it, Reading())
        for faults in _rounds(FAULTS):
            with _copied(cluster, "sabotaged"):
                with cluster.connect("sabotaged") as conn:
                    injected = [fault for fault in faults if _inject(conn, fault)]
                with SharedSnapshot(partial(cluster.connect, "sabotaged")) as copy:
                    actual = observe_content(copy, Reading(), like=expected)
                    locator = LiveLocator(it, copy, secret=SECRET)
                    judged = compare_content(expected, actual, locator)
            done.append(Round(tuple(injected), judged))
    return done


@contextmanager
def _copied(cluster: Server, name: str) -> Iterator[None]:
    with cluster.connect() as conn:
        conn.execute(f"create database {name} template {FAITHFUL}")
        try:
            yield
        finally:
            conn.execute(f"drop database {name} with (force)")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_of_rows_is_located_down_to_keys_and_columns(
    fault: RowFault, rounds: list[Round], faithful: ContentObservation
) -> None:
    """R36."""
    judged = next((one.judgement for one in rounds if fault in one.faults), None)
    if judged is None:
        pytest.skip(f"not on this server: {NEEDS[fault.name]}")
    subjects = {ring.subject for ring in fault.rings}
    located = {
        (one.check, one.subject): _without_ctids(one)
        for one in judged.findings
        if one.subject in subjects and one.check not in {"content", "counts"}
    }

    assert {
        (ring.check, ring.subject): _sides(ring, faithful.tables[ring.subject])
        for ring in fault.rings
    } == located
    assert subjects <= {
        one.subject for one in judged.findings if one.check in {"content", "counts"}
    }


def test_nothing_is_said_of_rows_that_nobody_broke(rounds: list[Round]) -> None:
    for one in rounds:
        broken = {ring.subject for fault in one.faults for ring in fault.rings}
        assert broken == {finding.subject for finding in one.judgement.findings}
        assert () == one.judgement.gaps


def test_faults_have_names_of_their_own() -> None:
    names = [fault.name for fault in FAULTS]
    assert sorted(set(names)) == sorted(names)


def _rounds(faults: Iterable[RowFault]) -> list[list[RowFault]]:
    """Faults that can be told apart within one copy: of each table one."""
    rounds: list[tuple[set[str], list[RowFault]]] = []
    for fault in faults:
        subjects = {ring.subject for ring in fault.rings}
        for taken, members in rounds:
            if not taken & subjects:
                taken |= subjects
                members.append(fault)
                break
        else:
            rounds.append((subjects, [fault]))
    return [members for _, members in rounds]


def _inject(conn: psycopg.Connection[Any], fault: RowFault) -> bool:
    if fault.name in NEEDS:
        row = conn.execute(NEEDS[fault.name].encode()).fetchone()
        if row != (True,):
            return False
    for statement in fault.sql:
        conn.execute(statement.encode())
    return True


def _sides(ring: Ring, table: TableContent) -> tuple[object, object]:
    """Both sides of the finding that a ring stands for, without ctids."""
    told = "".join(_sentence(ring, table))
    if ring.check == MISSING:
        return told, None
    return (None if not ring.columns else "the same values"), told


def _sentence(ring: Ring, table: TableContent) -> Iterator[str]:
    rows = ring.keys if isinstance(ring.keys, int) else len(ring.keys)
    yield f"{rows} row{'' if rows == 1 else 's'}"
    if isinstance(ring.keys, int):
        yield ", at CTIDS"
        return
    types = dict(table.columns)
    shown = [types[column] in SHOWN for column in table.key]
    names = [name if name.isalpha() and name.isascii() else f'"{name}"' for name in table.key]
    yield f": {_joined(names)} "
    where = "" if all(shown) else " at CTID there" if ring.check == MISSING else " at CTID"
    columns = f" ({', '.join(ring.columns)})" if ring.columns else ""
    yield ", ".join(f"{_told(key, shown)}{where}{columns}" for key in ring.keys)


def _told(key: str, shown: list[bool]) -> str:
    parts = key.strip("()").split(",") if len(shown) > 1 else [key]
    return _joined(
        part if seen else f"#{hmac.new(SECRET, part.encode(), hashlib.sha256).hexdigest()[:16]}"
        for part, seen in zip(parts, shown, strict=True)
    )


def _joined(parts: Iterable[str]) -> str:
    several = tuple(parts)
    return several[0] if len(several) == 1 else f"({', '.join(several)})"


def _without_ctids(finding: Finding) -> tuple[object, object]:
    sides = (finding.expected, finding.actual)
    expected, actual = (
        re.sub(
            r", at ctid .*",
            ", at CTIDS",
            re.sub(r"(?<= at )ctid \(\d+,\d+\)(?= |,|$)", "CTID", side)
            if ", at ctid" not in side
            else side,
        )
        if isinstance(side, str)
        else side
        for side in sides
    )
    return expected, actual
