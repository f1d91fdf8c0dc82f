"""The copy is a database that the Cumulus deployed can work with."""

from __future__ import annotations

from checks.cumulus.guards import check_guards
from checks.cumulus.history import check_history
from checks.cumulus.partitions import check_partitions
from checks.cumulus.sequences import check_execution_sequence
from checks.cumulus.shape import check_shape
from checks.cumulus.statuses import check_statuses
from fixtures.claims import NotApplicable
from fixtures.comparison import Copies
from fixtures.cumulus.within import Deployment, stood_still
from fixtures.drill_run import DrillRun
from fixtures.judging import Judge
from fixtures.run import Run


def test_the_schema_is_of_the_version_that_is_deployed(
    copies: Copies, run: Run, judge: Judge
) -> None:
    """Tables, partitions and key types are those of the version (R40)."""
    deployed = Deployment.of(copies, run)

    findings = judge(deployed.ask(lambda shared: check_shape(shared, deployed.generation)))

    assert findings == []


def test_the_migrations_are_of_the_version_that_is_deployed(
    copies: Copies, run: Run, judge: Judge
) -> None:
    """Its migrations can go on from those that were run (R40)."""
    deployed = Deployment.of(copies, run)

    findings = judge(deployed.ask(lambda shared: check_history(shared, deployed.generation)))

    assert findings == []


def test_every_guard_table_holds_every_key(copies: Copies, run: Run, judge: Judge) -> None:
    """Each guard table has its table's keys, and triggers that keep it."""
    deployed = Deployment.of(copies, run)
    if not deployed.generation.guards:
        raise NotApplicable(f"{deployed.generation} of Cumulus has no guard tables")
    whole = run.settings.proof.content != "counts"

    findings = judge(
        deployed.ask(lambda shared: check_guards(shared, deployed.generation, keys=whole))
    )

    assert findings == []


def test_today_and_the_next_quarter_have_their_partitions(
    copies: Copies, run: Run, judge: Judge
) -> None:
    """A row of today has a partition, and one of the next quarter."""
    deployed = Deployment.of(copies, run)
    if not deployed.generation.partitions:
        raise NotApplicable(f"{deployed.generation} of Cumulus has no partitions")

    findings = judge(deployed.ask(lambda shared: check_partitions(shared, deployed.generation)))

    assert findings == []


def test_nothing_is_left_at_work(
    copies: Copies, run: Run, drill_run: DrillRun, judge: Judge
) -> None:
    """No row says that it is worked on, where ingest had been halted (R11)."""
    deployed = Deployment.of(copies, run)
    halted = stood_still(drill_run)
    answered = run.mode == "recovery"

    findings = judge(
        deployed.ask(
            lambda shared: check_statuses(
                shared, deployed.generation, halted=halted, answered=answered
            )
        )
    )

    assert findings == []


def test_executions_have_keys_left(copies: Copies, run: Run, judge: Judge) -> None:
    """The sequence of executions is not near the end of its type (R39)."""
    deployed = Deployment.of(copies, run)

    findings = judge(deployed.ask(check_execution_sequence))

    assert findings == []
