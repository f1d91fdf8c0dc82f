"""An operator's own backups, restored with the programs of an image: no network, only a socket."""

from __future__ import annotations

import pytest

from tests.containers.conftest import Daemon
from tests.drills.fix_shelf import KeptDrill

pytestmark = pytest.mark.container


def test_a_backup_is_restored_in_a_container_of_its_major(
    kept_drill: KeptDrill, docker: Daemon, image: str
) -> None:
    """R62 to R65: the container sees the shelf, cannot write there, and is gone afterwards."""
    before = kept_drill.shelf.listing()

    result = kept_drill.run("--engine=container", f"--container-image={image}")

    assert 0 == result.status, result.out
    assert result.verdict.startswith("PROVEN copy of plain ")
    assert "sha256:" in result.facts("restored with")["origin"]
    assert before == kept_drill.shelf.listing()
    assert [] == list(kept_drill.drill.work.iterdir())
    assert [] == docker.containers(kept_drill.drill.work)
