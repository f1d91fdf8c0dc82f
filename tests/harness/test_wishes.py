"""What the settings say of reading is what the checks are asked for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from fixtures.settings import load_settings
from fixtures.wishes import limits_of, wishes_of


@pytest.mark.parametrize(
    ("written", "mode"),
    [
        ("full", "full"),
        ("counts", "counts"),
        ("ranges:1%", "ranges:1%"),
        ("ranges:99%", "ranges:99%"),
        ("ranges:100%", "full"),
    ],
)
def test_every_mode_that_the_settings_admit_is_one_of_reading(
    tmp_path: Path, written: str, mode: str
) -> None:
    settings = load_settings(
        None, environ={}, invocation_dir=tmp_path, overrides={"proof.content": written}
    )
    assert mode == wishes_of(settings).reading.mode


def test_budgets_arrive_in_the_checks_units(tmp_path: Path) -> None:
    (tmp_path / "drill.toml").write_text(
        '[proof]\ntime_budget = "90m"\nmax_source_bytes = "2GB"\n'
        '[restore]\ntarget = "2026-01-10T12:00:00Z"\n'
        '[content]\nproof = "bounded"\n[[content.frozen]]\ntable = "t"\nwhere = "a < :t"\n'
    )
    settings = load_settings(None, environ={}, invocation_dir=tmp_path)
    wishes = wishes_of(settings)
    assert timedelta(minutes=90) == wishes.reading.time_budget == limits_of(settings).statement
    assert 2 * 2**30 == wishes.reading.max_bytes
    assert settings.target.time == wishes.t
    assert ("bounded", ["t"]) == (wishes.proof, [one.table for one in wishes.frozen])
