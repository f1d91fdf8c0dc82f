"""R49: `drills/verify` and baselines of databases full of canaries."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.leaks import places
from tests.leaks.fix_leaks import LOUD, Leaky, leaked


@pytest.mark.parametrize(
    "workers", [(), pytest.param(("-n", "2"), marks=pytest.mark.slow)], ids=["alone", "two workers"]
)
def test_a_faithful_copy_shows_no_canary(leaky: Leaky, workers: tuple[str, ...]) -> None:
    result = leaky.verify(*LOUD, *workers)

    assert {} == leaked(result)
    assert "test_every_object_is_what_it_was" in result.claims()
    assert [] == [one for one in result.findings() if one["check"].startswith("schema.")]


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_a_copy_that_differs_in_every_place_tells_of_each_and_shows_none(
    leaky: Leaky, workers: tuple[str, ...]
) -> None:
    version = leaky.version
    leaky.do([*places.replaced(version), *places.RAISES, *places.QUOTES, *places.BREAKS])

    result = leaky.verify(*LOUD, *workers)

    assert 1 == result.status
    assert {} == leaked(result)
    told = {one["check"] for one in result.findings()}
    missing = [
        place.check
        for place in places.PLACES
        if place.check is not None
        and version >= place.since
        and not any(check.startswith(place.check) for check in told)
    ]
    assert [] == missing


def test_a_baseline_holds_no_canary_and_neither_does_what_is_held_against_it(
    leaky: Leaky, tmp_path: Path
) -> None:
    file = tmp_path / "leak.json"
    recorded = leaky.drill.run(
        "drills/verify",
        f"--source-dsn={leaky.dsn(leaky.source)}",
        f"--record-baseline={file}",
        *LOUD,
    )
    leaky.do(places.replaced(leaky.version))
    judged = leaky.drill.run(
        "drills/verify",
        f"--baseline={file}",
        f"--restored-dsn={leaky.dsn(leaky.copy)}",
        *LOUD,
    )

    assert 0 == recorded.status, recorded.out
    assert {} == leaked(recorded, file)
    assert 1 == judged.status, judged.out
    assert {} == leaked(judged)
    assert "schema.functions.body" in {one["check"] for one in judged.findings()}
