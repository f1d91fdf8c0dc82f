"""Verification of a copy that somebody else restored, from first contact to the last comparison.

Nothing is written, on either side, and nothing is started. The copy is judged by itself first, so
that no snapshot is held on the source for longer than the comparison takes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest

from fixtures.comparison import Comparison, Copies
from fixtures.drill_run import DrillRun
from fixtures.procedure import Procedure
from fixtures.run import Run
from fixtures.seclusion import Seclusion, source_archive
from fixtures.telling_verify import tell_asked, tell_reached_copy, tell_truth
from fixtures.verification import Verification
from fixtures.verifying import (
    Reached,
    Truth,
    hold_both,
    hold_copy,
    know_truth,
    reach_copy,
    same_server,
)

procedure = Procedure("verify")
drill_run = procedure.run_record()


@pytest.fixture(scope="package")
def verification(run: Run) -> Verification:
    """The two sides as the operator named them; preflight has seen that they are named."""
    assert run.preflight.verification is not None
    return run.preflight.verification


@procedure.step("Reach the restored copy, to read only", touches="nothing")
def reached_copy(verification: Verification, drill_run: DrillRun) -> Reached:
    """R65: which cluster, timeline and version answers is known before anything is believed."""
    reached = reach_copy(verification)
    drill_run.subject = f"restored copy {reached.label}"
    tell_asked(drill_run)
    tell_reached_copy(drill_run, verification, reached)
    return reached


@procedure.step("Know the truth: reach the source, or read its baseline", touches="nothing")
def known_truth(verification: Verification, reached_copy: Reached, drill_run: DrillRun) -> Truth:
    """R51: a baseline proves a copy with the source long gone."""
    truth = know_truth(verification, reached_copy)
    tell_truth(drill_run, truth)
    return truth


@pytest.fixture(scope="package")
def seclusion(verification: Verification, known_truth: Truth, reached_copy: Reached) -> Seclusion:
    """What is known of the copy's surroundings; of its network, nothing."""
    source = verification.source
    return Seclusion(
        source_archive=None if source is None else source_archive(source.connect),
        same_server=same_server(known_truth, reached_copy),
    )


@pytest.fixture(scope="package")
def inventory(run: Run) -> Collection[str]:
    """The tables that must be there (R5)."""
    return run.settings.proof.must_have_tables


@procedure.step("Hold one moment of the copy", touches="nothing")
def copies(reached_copy: Reached, verification: Verification, run: Run) -> Iterator[Copies]:
    """What is proven of the copy by itself is proven of this one moment.

    Undone: the moment is given back.
    """
    with hold_copy(verification, reached_copy, run.settings) as copies:
        yield copies


@procedure.step("Hold the same moment of the source, to compare", touches="nothing")
def comparison(
    copies: Copies, known_truth: Truth, verification: Verification, run: Run
) -> Iterator[Comparison]:
    """Short transactions on one exported snapshot; it is held no longer than the comparison takes.

    Undone: the moment is given back.
    """
    with hold_both(verification, copies, known_truth, run.settings) as comparison:
        yield comparison
