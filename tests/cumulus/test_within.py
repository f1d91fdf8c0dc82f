"""Where a deployment's invariants are asked, and whether it stood still at the target."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from checks.judgement import Judgement
from checks.shared_snapshot import SharedSnapshot
from fixtures.claims import Withheld
from fixtures.comparison import Copies
from fixtures.cumulus.within import HALTED, in_its_database, stood_still, where_meant
from fixtures.drill_run import DrillRun
from tests.settings.helpers import BACKUP, load

T = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
CUMULUS = '[cumulus]\nprefix = "core"\nversion = "18"\n'


def copies(*names: str) -> Copies:
    """Databases that tell nothing but their names."""
    held = {name: cast(SharedSnapshot, SimpleNamespace(database=name)) for name in names}
    return Copies(held, {name: cast(Any, None) for name in names})


def asked(shared: SharedSnapshot) -> Judgement:
    return Judgement(facts={"asked": shared.database})


@pytest.mark.parametrize(
    ("names", "said", "expected"),
    [
        (("core_db", "atlas"), "", "core_db"),
        (("whatever",), "", "whatever"),
        (("atlas", "core_archive"), 'database = "core_archive"\n', "core_archive"),
    ],
)
def test_the_deployments_own_database_is_asked(
    names: tuple[str, ...], said: str, expected: str, tmp_path: Path
) -> None:
    settings = load(tmp_path, BACKUP + CUMULUS + said)
    judgement = in_its_database(copies(*names), settings, "cumulus", asked)
    assert {"asked": expected} == judgement.facts


@pytest.mark.parametrize(
    ("names", "said"), [(("atlas", "other"), ""), (("atlas",), 'database = "core_archive"\n')]
)
def test_one_that_is_not_there_is_found(names: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """R59: nothing is proven of a database by another one."""
    settings = load(tmp_path, BACKUP + CUMULUS + said)
    (finding,) = in_its_database(copies(*names), settings, "cumulus", asked).findings
    assert "cumulus.database" == finding.check
    assert "atlas" in finding.remedy


def test_what_an_operator_wrote_is_asked_everywhere(tmp_path: Path) -> None:
    key = ("proof", "must_have_tables")
    said = load(tmp_path, BACKUP + CUMULUS + '[proof]\nmust_have_tables = ["granules"]\n')
    everywhere = where_meant(copies("core_db", "atlas"), said, key, "counts", asked)
    assert {"core_db: asked", "atlas: asked"} == set(everywhere.facts)
    filled = where_meant(copies("core_db", "atlas"), load(tmp_path, CUMULUS), key, "counts", asked)
    assert {"asked": "core_db"} == filled.facts


@pytest.mark.parametrize(
    ("ended", "withheld", "target", "expected"),
    [
        (T - timedelta(seconds=1), False, T, True),
        (T + timedelta(seconds=1), False, T, False),
        (T - timedelta(seconds=1), True, T, False),
        (T - timedelta(seconds=1), False, None, False),
        (None, False, T, False),
    ],
    ids=["before the target", "after it", "withheld", "no time", "not ended"],
)
def test_it_stood_still_only_where_it_was_halted_before_the_target(
    ended: datetime | None, withheld: bool, target: datetime | None, expected: bool
) -> None:
    """R11: else what ran then came back as running, and is told."""
    held = Withheld(HALTED, "a drill never halts ingest") if withheld else None
    performance = SimpleNamespace(withheld=held, ended=ended)
    record = SimpleNamespace(performances={HALTED: performance}, target_time=target)
    assert expected is stood_still(cast(DrillRun, record))


def test_a_drill_without_such_a_step_does_not_stand_still() -> None:
    record = SimpleNamespace(performances={}, target_time=T)
    assert not stood_still(cast(DrillRun, record))
