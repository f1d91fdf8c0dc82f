"""Recovery of a Postgres from dumps: what pg_dump and pg_dumpall wrote, into a new server.

In a rehearsal the harness has dumped a server while it was written to, and lost it; else the dumps
are those that ``[dump]`` names. Each is read to its end before anything is made: psql loads half of
a dump and ends well (row 23 of "Restores that succeed and are wrong"). No error of a restore is
ever passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

import pytest

from fixtures.claims import Withheld
from fixtures.comparison import Comparison, Copies, hold
from fixtures.drill_run import DrillRun
from fixtures.dumps.restore import NewServer
from fixtures.negative_control.scope import Scope
from fixtures.negative_control.strike import strike
from fixtures.own.copy import copy_on, made_writable
from fixtures.own.dump_truths import compare
from fixtures.own.dumped import Dumped
from fixtures.own.logical import (
    FoundDumps,
    Globals,
    WholeDumps,
    analyse,
    find_dumps,
    made_server,
    read_dumps,
    restore_databases,
    restore_globals,
)
from fixtures.own.telling import tell_loaded
from fixtures.procedure import Procedure
from fixtures.run import Run
from fixtures.seclusion import Seclusion
from fixtures.source import Copy, SelfManaged
from fixtures.sources import open_dumped
from fixtures.wishes import limits_of, wishes_of

procedure = Procedure("logical")
drill_run = procedure.run_record()


@pytest.fixture(scope="package")
def dumped(run: Run, drill_run: DrillRun) -> Iterator[Dumped]:
    """The dumps, and what is known of the server that they were made of."""
    with open_dumped(run, drill_run) as dumped:
        yield dumped


@pytest.fixture(scope="package")
def source(dumped: Dumped) -> SelfManaged:
    """That server, as the proofs ask about it."""
    return dumped.origin


@procedure.step("Find the dumps: what they are, of which server, how old", touches="nothing")
def found_dumps(dumped: Dumped, drill_run: DrillRun) -> FoundDumps:
    """R62: too old, too new for the programs at hand, or no dump at all, is refused here."""
    return find_dumps(dumped, drill_run)


@procedure.step("Read every dump to its end", touches="nothing")
def whole_dumps(found_dumps: FoundDumps, dumped: Dumped, drill_run: DrillRun) -> WholeDumps:
    """R62: a dump that is cut short is refused before anything is made of it."""
    return read_dumps(found_dumps, dumped, drill_run)


@procedure.step("Make a new server, isolated before anything is in it", touches="copy")
def new_server(whole_dumps: WholeDumps, dumped: Dumped, drill_run: DrillRun) -> Iterator[NewServer]:
    """R64: it listens on a socket only, starts no worker and archives nowhere.

    Undone: the server is stopped, and its files are removed unless they are to be kept
    (``--keep-restored``).
    """
    with made_server(dumped, whole_dumps, drill_run) as server:
        yield server


@procedure.step("Restore the globals: roles, memberships, settings", touches="copy")
def restored_globals(
    new_server: NewServer, whole_dumps: WholeDumps, drill_run: DrillRun
) -> Globals:
    """R34: without them no owner, no right and no login comes back."""
    return restore_globals(new_server, whole_dumps, drill_run)


@procedure.step("Restore the databases, stopping at the first error", touches="copy")
def restored_databases(
    restored_globals: Globals, new_server: NewServer, whole_dumps: WholeDumps, dumped: Dumped
) -> tuple[str, ...]:
    """R33: "errors ignored on restore" is a failure, whatever the exit status."""
    return restore_databases(new_server, whole_dumps, dumped.baseline)


@procedure.step("Analyse what was restored", touches="copy")
def analysed_databases(
    restored_databases: tuple[str, ...], new_server: NewServer
) -> tuple[str, ...]:
    """R34: a dump brings no statistics, and the planner guesses without."""
    analyse(new_server, restored_databases)
    return restored_databases


@procedure.step("Reach the copy, and see that it takes writes", touches="copy")
def writable_copy(
    analysed_databases: tuple[str, ...],
    new_server: NewServer,
    whole_dumps: WholeDumps,
    dumped: Dumped,
    drill_run: DrillRun,
) -> Copy:
    """R42 in part: what was restored may still refuse every write; each database is tried."""
    copy = copy_on(new_server.server, dumped.origin)
    drill_run.writable_at = made_writable(copy, analysed_databases, drill_run)
    tell_loaded(drill_run, dumped)
    scope = Scope.of(
        analysed_databases,
        dumped.origin.truth,
        drill_run.run.settings,
        brings_roles=whole_dumps.bring_roles,
    )
    strike(copy, scope, drill_run)
    return copy


@procedure.fixture
def seclusion(source: SelfManaged) -> Seclusion:
    """What is known of the copy's surroundings: where its source archived."""
    return Seclusion(source.archive)


@procedure.fixture
def inventory(source: SelfManaged) -> Collection[str]:
    """The tables that must be there (R5)."""
    return source.must_have_tables


@procedure.fixture
def copies(writable_copy: Copy, analysed_databases: tuple[str, ...], run: Run) -> Iterator[Copies]:
    """The copy's databases, each held at one moment."""
    with hold(writable_copy.connect, analysed_databases, limits_of(run.settings)) as copies:
        yield copies


@procedure.fixture
def comparison(
    copies: Copies, dumped: Dumped, whole_dumps: WholeDumps, run: Run
) -> Comparison | Withheld:
    """The copies beside what was recorded under the dumps' own snapshots."""
    wishes = wishes_of(run.settings)
    return compare(copies, dumped.baseline, wishes, bring_roles=whole_dumps.bring_roles)


@procedure.fixture
def newest_commit(writable_copy: Copy, dumped: Dumped) -> datetime | None:
    """What was committed until then came back: the oldest of the dumps' own moments.

    The copy's own commit times are those of the restore.
    """
    return dumped.moment
