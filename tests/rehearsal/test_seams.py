"""The places at which moto is cut open, on whatever moto is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

PROGRAMS = {
    "whole": ("from fixtures.rehearsal import seams; seams.check()", None),
    "a method is gone": (
        "from moto.core.responses import BaseResponse; del BaseResponse.serialized;"
        "from fixtures.rehearsal import seams; seams.check()",
        "RDSResponse.serialized",
    ),
    "the URL is another": (
        "from moto.rds import urls; urls.url_paths.clear();"
        "from fixtures.rehearsal import seams; seams.check()",
        "urls.url_paths",
    ),
}


@pytest.mark.parametrize("case", PROGRAMS)
def test_a_moto_without_a_seam_is_refused_by_its_name(case: str) -> None:
    """In a process of its own: what is taken out of moto here stays out."""
    program, missing = PROGRAMS[case]
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True
    )

    last = (ended.stderr.strip().splitlines() or [""])[-1]
    if missing is None:
        assert ("", 0) == (ended.stderr, ended.returncode)
    else:
        assert "InstallRehearsal" in last
        assert missing in last
