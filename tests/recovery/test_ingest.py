"""Ingest that a recovery has halted: taken back it is as it was, left halted it is told."""

from __future__ import annotations

import signal

import pytest

from fixtures.rehearsal.cumulus.deployment import Deployment
from fixtures.source import Login
from tests.recovery.fix_recovery import Recovery

pytestmark = pytest.mark.slow
INGEST = """
[ingest]
halt = ["update rules set enabled = false"]
resume = ["update rules set enabled = (name <> (select min(name) from rules))"]
quiet = ["select count(*) from rules where enabled"]
states = ["select name, enabled from rules order by name"]
steady = "1s"
"""


@pytest.fixture
def halting(recovery: Recovery) -> Recovery:
    """With one rule that was disabled before."""
    with recovery.settings.open("a") as settings:
        settings.write(INGEST)
    with recovery.account.connect() as connection:
        connection.execute("update executions set status = 'completed' where status = 'running'")
        connection.execute("update rules set enabled = (name <> (select min(name) from rules))")
    return recovery


ARCHIVE = """
[cumulus]
prefix = "archive"
version = "14"
database = "core"

[clients]
secrets = ["archive_db_login"]
redeploy = []

[dynamodb]
table = []

[ingest]
steady = "1s"
"""


@pytest.fixture
def archived(recovery: Recovery) -> Recovery:
    """With an archive whose functions run in the account, ten rules of which are disabled."""
    account = recovery.account
    deployment = Deployment(account.session, "archive")
    deployment.found()
    with account.connect() as connection:
        connection.execute("update executions set status = 'completed' where status = 'running'")
        connection.execute("update granules set status = 'completed' where status <> 'failed'")
        connection.execute("update pdrs set status = 'completed' where status = 'running'")
        connection.execute("update async_operations set status = 'SUCCEEDED'")
        login = Login(account.application.user, account.application.password)
        deployment.make_secret(login, account.address, "core", "core-prod")
        deployment.complete(connection)
    with recovery.settings.open("a") as settings:
        settings.write(ARCHIVE)
    return recovery


def enabled(recovery: Recovery) -> list[tuple[str, bool]]:
    with recovery.account.connect() as connection:
        return connection.execute("select name, enabled from rules order by name").fetchall()


@pytest.mark.parametrize("step", ["halted_ingest", "fenced_source"])
def test_what_was_halted_is_taken_back_on_any_machine(halting: Recovery, step: str) -> None:
    """R57: what was killed left nothing but the source; one rule was disabled, and stays so."""
    before = enabled(halting)
    assert 1 == [is_enabled for _, is_enabled in before].count(False)
    stopped = halting.stop(step, "SIGKILL")
    run = stopped.folder.name
    assert -signal.SIGKILL == stopped.status, stopped.out
    limit, comment = halting.fence()
    assert f"[ingest halted by restore-drills, run {run}" in (comment or "")
    assert (0 if step == "fenced_source" else -1) == limit
    another = halting.command()
    assert 4 == another.returncode, another.stdout + another.stderr
    assert f"by run {run}" in another.stdout

    taken = halting.command(f"--back-out={run}")

    assert 0 == taken.returncode, taken.stdout + taken.stderr
    assert "resumed: ingest, as it was before the halt" in taken.stdout
    assert before == enabled(halting)
    assert (-1, None) == halting.fence()


def test_an_archive_is_taken_back_through_its_own_api(archived: Recovery) -> None:
    """R8, R57: behind a recovery's guard, with the archive's functions in the account's cloud."""
    before, states = enabled(archived), _mappings(archived)
    assert {True, False} == {is_enabled for _, is_enabled in before}
    stopped = archived.stop("halted_ingest", "SIGKILL")
    assert -signal.SIGKILL == stopped.status, stopped.out
    assert not any(is_enabled for _, is_enabled in enabled(archived))
    assert {"Disabled"} == set(_mappings(archived).values())

    taken = archived.command(f"--back-out={stopped.folder.name}")

    assert 0 == taken.returncode, taken.stdout + taken.stderr
    assert "resumed: ingest, as it was before the halt" in taken.stdout
    assert (before, states) == (enabled(archived), _mappings(archived))
    assert (-1, None) == archived.fence()


def _mappings(recovery: Recovery) -> dict[str, str]:
    """What brings something in from outside: mapping → state."""
    listed = recovery.account.session.client("lambda").list_event_source_mappings()
    return {
        one["UUID"]: one["State"]
        for one in listed["EventSourceMappings"]
        if one["FunctionArn"].endswith("messageConsumer")
    }


def test_a_recovery_that_leaves_it_halted_is_not_proven(halting: Recovery) -> None:
    """R57: nothing says that clients were moved, so that ingest stays halted, and that is told."""
    result = halting.run()
    assert 1 == result.status, result.out
    claims = result.claims()
    assert "not proven" == claims["resumed_ingest"]
    assert "passed" == claims["test_nothing_is_under_way"]
    assert "ingest halted" in {one["what"] for one in result.of("kept")}
    assert "ingest halted by" in (halting.fence()[1] or "")
