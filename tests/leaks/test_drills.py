"""R49: every drill that restores, on a source full of canaries: green, and as red as can be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fixtures.postgres.binaries import Binaries
from tests.drills.fix_drill import Drill
from tests.leaks import places
from tests.leaks.fix_leaks import LOUD, leaked

SECRETS = ("-p", "tests.sabotage.secrets", "--keep-restored=never")
DRILLS = [
    "drills/pitr",
    "drills/physical",
    "drills/logical",
    pytest.param(
        "drills/snapshot",
        marks=pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform"),
    ),
]


OWN = ("drills/physical", "drills/logical")
OF_ONE_MOMENT = ("drills/snapshot", "drills/logical")


@pytest.fixture
def load(tmp_path: Path, binaries: Binaries) -> str:
    """The option that loads the source."""
    file = tmp_path / "leak.sql"
    file.write_text(places.script(binaries.version.major * 10000))
    return f"--rehearsal-load={file}"


@pytest.mark.slow
@pytest.mark.parametrize("name", DRILLS)
def test_a_drill_that_ends_well_shows_no_canary(drill: Drill, load: str, name: str) -> None:
    result = drill.run(name, load, *SECRETS, *LOUD, "-n", "2")

    assert {} == leaked(result)
    assert result.of("verdict"), result.out[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize("name", DRILLS)
def test_a_drill_whose_copy_differs_in_every_place_shows_no_canary(
    drill: Drill, load: str, name: str
) -> None:
    result = drill.run(name, load, *SECRETS, "-p", "tests.sabotage.leaks", *LOUD)

    assert {} == leaked(result)
    assert 1 == result.status, result.out[-3000:]
    told = {one["check"] for one in result.findings()}
    # The administrator of an RDS is no superuser, and could change rows alone.
    of_all = {"schema.functions.body", "schema.views.definition"}
    assert {"counts", "content", *(of_all if name in OWN else ())} <= told


@pytest.mark.slow
@pytest.mark.parametrize("name", DRILLS)
def test_a_drill_that_reached_another_moment_shows_no_canary(
    drill: Drill, load: str, name: str
) -> None:
    """Rows of the disaster are what its findings are about."""
    if name in OF_ONE_MOMENT:
        pytest.skip("a snapshot and a dump are of one moment")
    result = drill.run(name, load, *SECRETS, "--restore-to-time=after-disaster", *LOUD, "-n", "2")

    assert {} == leaked(result)
    assert result.status in (1, 4), result.out[-3000:]
