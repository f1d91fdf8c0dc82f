"""Of a source that is gone the copy alone tells who else lived there: at the gate, by name."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, cast

import pytest

from checks.tenants import Database
from fixtures.claims import Refused
from fixtures.drill_run import DrillRun
from fixtures.recovery.acceptance import accept_copy
from fixtures.recovery.asked import Asked
from fixtures.tenants import tenants_among

ATLAS = Database("atlas", "atlas_owner", 3 << 30)


def record(tenants: tuple[str, ...] | None, notes: list[str]) -> DrillRun:
    """A recovery with ``--yes`` at its gate."""
    asked = Asked(recover="arn:aws:rds:us-east-1:123456789012:cluster:core-prod", yes=True)
    run: Any = SimpleNamespace(
        settings=SimpleNamespace(source=SimpleNamespace(tenants=tenants)),
        preflight=SimpleNamespace(run=asked),
        events=SimpleNamespace(asking=nullcontext),
        owner="somebody",
    )
    one = SimpleNamespace(run=run, target_time=None, unsure_claims=[], note=notes.append)
    return cast(DrillRun, one)


def test_nobody_accepts_unseen_what_nobody_named() -> None:
    """R60, R61: at the beginning nobody could tell it."""
    notes: list[str] = []
    with pytest.raises(Refused, match=r"atlas \(3\.0 GB, owner atlas_owner\) came back with it"):
        accept_copy(record(None, notes), "core-copy", None, [ATLAS])
    assert any("rewound as well: atlas (3.0 GB" in note for note in notes)


@pytest.mark.parametrize(
    ("tenants", "rewound"), [(("atlas",), [ATLAS]), (None, [])], ids=["named", "none"]
)
def test_what_was_named_is_accepted(
    tenants: tuple[str, ...] | None, rewound: list[Database]
) -> None:
    notes: list[str] = []
    accept_copy(record(tenants, notes), "core-copy", None, rewound)
    assert notes[-1].startswith("accepted by somebody")


def test_where_nobody_could_ask_the_settings_tell_the_tenants() -> None:
    """By name alone; None where they do not."""
    assert tenants_among(None, ["core"], ["atlas"]) == (Database("atlas", "", None),)
    assert tenants_among(None, ["core"]) is None
    every = [Database("core", "app", 1), ATLAS]
    assert tenants_among(every, ["core"], ["nobody"]) == (ATLAS,)
