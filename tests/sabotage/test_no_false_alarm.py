"""A copy that nobody broke is silent, but for what `expected` documents (R34 to R41)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.judgement import Judgement
from fixtures.postgres.server import Server
from tests.sabotage.expected import (
    LOGICAL,
    OF_THE_SAMPLES,
    PHYSICAL,
    READ_TWICE,
    UNREADABLE,
    Expected,
    beyond,
    unmet,
)
from tests.sabotage.faults.cluster import DATABASE
from tests.sabotage.judges import WITHOUT_NEIGHBOURS, Truth, judge
from tests.sabotage.site import DATABASES, Site, psql


def nothing_beyond(judged: Judgement, documented: tuple[Expected, ...], database: str) -> None:
    """Neither more than is documented nor, of our own samples, less."""
    assert [] == beyond(judged.findings, documented)
    assert [] == beyond(judged.gaps, UNREADABLE)
    if database == DATABASE:
        assert [] == unmet(judged.findings, documented)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def held(site: Site, truth: Truth, database: str) -> Truth:
    """What the source holds in this database."""
    return truth if database == truth.database else Truth.of(site.source, database)


def test_the_copy_that_is_broken_is_silent(clean: Judgement) -> None:
    """The faults stand out against this."""
    nothing_beyond(clean, OF_THE_SAMPLES, DATABASE)


def test_a_physical_copy_is_silent(site: Site, held: Truth, database: str) -> None:
    """R34 to R41, R64: a base backup, recovered and promoted by the harness."""
    with site.restored() as copy:
        judged = judge(held, copy, physical=True)
    nothing_beyond(judged, PHYSICAL, database)


def test_a_database_read_twice_is_silent(site: Site, held: Truth, database: str) -> None:
    """R34 to R41: that it is no copy is all that is said."""
    nothing_beyond(judge(held, site.source), READ_TWICE, database)


@pytest.mark.parametrize("form", ["plain", pytest.param("custom", marks=pytest.mark.slow)])
def test_a_logical_copy_is_silent(site: Site, database: str, form: str, tmp_path: Path) -> None:
    """R34 to R41, R64: globals, then a dump, loaded into a cluster of its own."""
    with site.empty() as copy:
        dump_and_load(site.source, copy, database, form, tmp_path)
        judged = judge(Truth.of(site.source, database, WITHOUT_NEIGHBOURS), copy, physical=False)
    nothing_beyond(judged, LOGICAL, database)


def dump_and_load(source: Server, copy: Server, database: str, form: str, folder: Path) -> None:
    """As an operator does: roles and tablespaces first, the database with its own settings after
    them, and statistics, which a dump does not bring, at the end.

    What the samples hold that a dump cannot bring back is refused on the way (see `expected`).
    """
    stop = database != DATABASE
    globals_ = run(source, "pg_dumpall", "--globals-only")
    psql(copy, "postgres", stdin=globals_)  # the superuser is there already: that error is ignored
    file = folder / "dump"
    if form == "plain":
        file.write_bytes(run(source, "pg_dump", "--create", database))
        psql(copy, "postgres", f"--set=ON_ERROR_STOP={stop:d}", f"--file={file}")
    else:
        file.write_bytes(run(source, "pg_dump", "--format=custom", database))
        exit_on_error = ["--exit-on-error"] if stop else []
        restore = ["--create", *exit_on_error, "--dbname=postgres", str(file)]
        run(copy, "pg_restore", *restore, errors_allowed=not stop)
    psql(copy, database, "--command=analyze")


def run(server: Server, program: str, *arguments: str, errors_allowed: bool = False) -> bytes:
    """What one of PostgreSQL's client programs prints."""
    return subprocess.run(
        [server.binaries.program(program), *arguments],
        env=server.client_environment(),
        check=not errors_allowed,
        capture_output=True,
    ).stdout
