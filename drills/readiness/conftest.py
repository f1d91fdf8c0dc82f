"""Readiness: can anything be restored at all, and within what limits?

Nothing is restored and nothing is changed: AWS is asked with Describe, List, Get and Simulate
calls, databases in read-only sessions. Each question stands for itself, so that one that may not be
asked costs no other; what was not answered is not proven. It runs by itself each night, and the
blocking ones of its questions are the first step of every drill that restores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from checks.judgement import Judgement
from checks.readiness.identity import Caller
from checks.readiness.rights import Right
from checks.readiness.source import SeenKey, SeenSource
from checks.readiness.tools import Tool
from checks.readiness.unasked import Unasked
from fixtures.claims import Withheld
from fixtures.drill_run import DrillRun
from fixtures.events import now
from fixtures.procedure import Procedure
from fixtures.readiness.model import Asked, Kept, Place, Road, Ways
from fixtures.readiness.telling import (
    tell_caller,
    tell_kept,
    tell_keys,
    tell_road,
    tell_source,
    tell_tools,
    tell_ways,
)
from fixtures.run import Run
from fixtures.sources import open_readiness

procedure = Procedure("readiness")
drill_run = procedure.run_record()


@pytest.fixture(scope="package")
def asked(run: Run, drill_run: DrillRun) -> Iterator[Asked]:
    """Whoever answers: an account of AWS, or a repository of backups of one's own."""
    with open_readiness(run, drill_run) as asked:
        drill_run.subject = asked.subject
        yield asked


@procedure.step("See who asks, in which account and region", touches="nothing")
def known_caller(asked: Asked, drill_run: DrillRun) -> Caller | Withheld:
    """Another account's answers say nothing of the source: there, nothing else is asked."""
    return tell_caller(drill_run, asked.caller())


@procedure.step("Find the source, or what is left of it", touches="nothing", accepts_withheld=True)
def found_source(asked: Asked, drill_run: DrillRun) -> SeenSource | Withheld:
    """R61: one that is gone is found by its retained backups or snapshots."""
    return tell_source(drill_run, asked.source())


@procedure.step("Ask for the rights that a restore takes", touches="nothing", accepts_withheld=True)
def asked_rights(asked: Asked) -> Sequence[Right] | Unasked | Withheld:
    """IAM is asked, and no right is tried: trying one would be using it."""
    return asked.rights()


@procedure.step("List every backup that is kept", touches="nothing", accepts_withheld=True)
def found_backups(asked: Asked, drill_run: DrillRun) -> Kept:
    """R1, R4, R62: how far back they reach, how young the newest is, what would be lost now."""
    return tell_kept(drill_run, asked.kept(now()))


@procedure.step("Look at the keys that they are encrypted with", touches="nothing")
def seen_keys(asked: Asked, drill_run: DrillRun) -> Sequence[SeenKey | Unasked] | Withheld:
    """Without its key no backup can be read, however many there are."""
    return tell_keys(drill_run, asked.keys())


@procedure.step("See whether there is room for a copy", touches="nothing", accepts_withheld=True)
def seen_room(asked: Asked) -> Judgement:
    """The account's quotas, or this machine's disk: a full one ends a restore half-way."""
    return asked.room()


@procedure.step("Go the way to the source: name, port, login", touches="nothing")
def gone_road(asked: Asked, drill_run: DrillRun) -> Road | Withheld:
    """R59: from this machine, with the login that proofs will have, to read only."""
    return tell_road(drill_run, asked.road())


@procedure.step("Look at the network of the copy", touches="nothing", accepts_withheld=True)
def seen_place(asked: Asked) -> Place | Withheld:
    """The group that a copy is put into has to let this machine in, and nothing out."""
    return asked.place()


@procedure.step("Look at the tools, and their versions", touches="nothing", accepts_withheld=True)
def found_tools(asked: Asked, drill_run: DrillRun) -> Sequence[Tool]:
    """What proofs and adoption need, on this machine and in the server."""
    return tell_tools(drill_run, asked.tools())


@procedure.step("Lay out which methods reach the target", touches="nothing")
def laid_out(asked: Asked, drill_run: DrillRun) -> Ways:
    """R2, R22: the table to have read before the day it is needed."""
    return tell_ways(drill_run, asked.ways())
