"""A recovery and its back-out under their documents, in an account of their own: they move it."""

from __future__ import annotations

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
from tests.iam.documents import document
from tests.iam.fix_iam import identities
from tests.iam.test_runs import Recorded, hold_against_the_page
from tests.recovery.fix_recovery import SETTINGS, Recovery

pytestmark = pytest.mark.slow
BOTH = ("recovery", "back-out")


@pytest.fixture
def recovering(drill: Drill, tmp_path: Path) -> Iterator[tuple[Guarded, Recovery]]:
    """A recovery's settings with each role, and an operator who may take the two."""
    with ExitStack() as stack:
        guardian = stack.enter_context(Guardian.start())
        log = guardian.folder / "decisions.jsonl"
        account = stack.enter_context(
            somebody(guardian, module="tests.iam.cloud", arguments=[f"--decisions={log}"])
        )
        guarded = Guarded(account, identities(account), log)
        for name in BOTH:
            stack.enter_context(guarded.identities.role(f"restore-{name}", document(name)))
        keys = stack.enter_context(guarded.identities.operator(*(f"restore-{one}" for one in BOTH)))
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
        settings = account.settings(tmp_path, SETTINGS, baseline=str(baseline))
        yield guarded, Recovery(account, drill, settings)


def take(recovery: Recovery, name: str) -> None:
    """Have the settings name that role."""
    kept = [one for one in recovery.settings.read_text().splitlines() if not one.startswith("role")]
    role = f'role = "arn:aws:iam::123456789012:role/restore-{name}"'
    kept.insert(kept.index("[source]") + 1, role)
    recovery.settings.write_text("\n".join(kept) + "\n")


def test_a_recovery_is_performed_under_its_document(
    recovering: tuple[Guarded, Recovery],
) -> None:
    """R14 to R25."""
    guarded, recovery = recovering
    take(recovery, "recovery")
    recorded = Recorded(guarded)
    result = recovery.run()

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN recovery of core-prod")
    assert [] == [one for one in recorded.all() if one.refusal is not None]
    hold_against_the_page("recovery", recorded.of("recovery"))


def test_a_recovery_is_taken_back_under_the_document_for_it(
    recovering: tuple[Guarded, Recovery],
) -> None:
    """The recovery's own role cannot: AWS refuses it to delete a database."""
    guarded, recovery = recovering
    take(recovery, "recovery")
    run = recovery.stop("writable_copy", "SIGINT").folder.name
    assert recovery.copies()
    refused = recovery.command(f"--back-out={run}", "--keep-restored=never")
    assert 0 != refused.returncode
    assert recovery.copies()

    take(recovery, "back-out")
    recorded = Recorded(guarded)
    removed = recovery.command(f"--back-out={run}", "--keep-restored=never")
    assert (0, {}) == (removed.returncode, recovery.copies()), removed.stdout + removed.stderr
    assert [] == [one for one in recorded.all() if one.refusal is not None]
    hold_against_the_page("back-out", recorded.of("back-out"))
