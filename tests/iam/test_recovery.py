"""A recovery and its back-out under their documents, in an account of their own: they move it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from checks.baseline.file import save
from checks.baseline.record import record
from checks.content.plan import Reading
from fixtures.guardian import Guardian
from tests.account.fix_account import somebody
from tests.drills.fix_drill import Drill
from tests.iam.conftest import Guarded
from tests.iam.documents import CLIENT, document
from tests.iam.fix_iam import identities
from tests.iam.test_runs import Recorded, hold_against_the_page
from tests.recovery.fix_recovery import SETTINGS, Recovery

pytestmark = pytest.mark.slow
ROLE = "restore-recovery"
CLIENTS = f"""
[clients]
secrets = ["{CLIENT}"]
silence = "1s"
"""


@pytest.fixture
def recovering(drill: Drill, tmp_path: Path) -> Iterator[tuple[Guarded, Recovery]]:
    """A recovery by a role, and an operator who may take that role and do nothing else."""
    with ExitStack() as stack:
        guardian = stack.enter_context(Guardian.start())
        log = guardian.folder / "decisions.jsonl"
        account = stack.enter_context(
            somebody(guardian, module="tests.iam.cloud", arguments=[f"--decisions={log}"])
        )
        guarded = Guarded(account, identities(account), log)
        role = stack.enter_context(guarded.identities.role(ROLE, document("recovery")))
        keys = stack.enter_context(guarded.identities.operator(ROLE))
        drill.environ.update(account.environ)
        drill.environ.update(keys)
        admin, app = account.admin, account.application
        drill.environ["CORE_PROD_ADMIN"] = f"user={admin.user} password={admin.password}"
        drill.environ["CORE_PROD_APP"] = f"user={app.user} password={app.password} dbname=core"
        account.writer.wait_for(1)
        account.writer.stop()
        baseline = tmp_path / "core.json"
        reading = {"core": lambda: account.address.connect(account.reader, "core")}
        save(record(reading, Reading()), baseline)
        text = SETTINGS.replace("[source]", "[source]\n{role}") + CLIENTS
        account.session.client("secretsmanager").create_secret(
            Name=CLIENT,
            SecretString=json.dumps(
                {
                    "username": app.user,
                    "password": app.password,
                    "host": account.address.host,
                    "port": account.address.port,
                    "database": "core",
                }
            ),
        )
        settings = account.settings(tmp_path, text, role=role, baseline=str(baseline))
        yield guarded, Recovery(account, drill, settings)


def test_a_recovery_is_performed_under_its_document(
    recovering: tuple[Guarded, Recovery],
) -> None:
    """R14 to R23, R25."""
    guarded, recovery = recovering
    recorded = Recorded(guarded)
    result = recovery.run()

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN recovery of core-prod")
    assert [] == [one for one in recorded.all() if one.refusal is not None]
    hold_against_the_page("recovery", recorded.of("recovery"))


def test_a_recovery_is_taken_back_under_the_same_document(
    recovering: tuple[Guarded, Recovery],
) -> None:
    """R21: the fence is lifted, and nothing is deleted, so that no other right is needed."""
    guarded, recovery = recovering
    run = recovery.stop("writable_copy", "SIGINT").folder.name
    (copy,) = recovery.copies()
    recorded = Recorded(guarded)
    taken_back = recovery.command(f"--back-out={run}")

    assert (0, (-1, None)) == (taken_back.returncode, recovery.fence()), taken_back.stderr
    assert [copy] == [*recovery.copies()]
    assert [] == [one for one in recorded.all() if one.refusal is not None]
    assert recorded.of("recovery")
