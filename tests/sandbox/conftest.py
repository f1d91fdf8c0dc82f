"""The operator's surroundings, full of tripwires."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.tripwires import Tripwires, laid


@pytest.fixture
def tripwires() -> Iterator[Tripwires]:
    """For one test: in a folder of its own, because pytest's may be entered by nobody else."""
    folder = Path(tempfile.mkdtemp(prefix="pgt-"))
    try:
        with laid(folder) as made:
            yield made
    finally:
        shutil.rmtree(folder)
