"""The sample of evidence: each kind of run ends as it should, and every report of it is there."""

from __future__ import annotations

import html
from pathlib import Path

import pytest

from reports.renderings import RENDERINGS
from tests.evidence_sample import BAD_INPUT, SAMPLES, main

QUICK = "interrupted"


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n == QUICK else [pytest.mark.slow]) for n in SAMPLES]
)
def test_each_kind_of_run_is_made_and_rendered(tmp_path: Path, name: str) -> None:
    assert 0 == main([str(tmp_path / "sample"), name])

    folder = tmp_path / "sample" / name
    made = {path.name for path in folder.iterdir()}
    wanted = {"journal.jsonl", "evidence.json", "terminal.txt"}
    assert {*wanted, *(one.file for one in RENDERINGS.values())} == made
    page = html.unescape((folder / "report.html").read_text())
    assert SAMPLES[name].says.rstrip("(").strip() in page


def test_a_folder_with_something_in_it_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").touch()
    assert BAD_INPUT == main([str(tmp_path)])
    assert "name a new folder" in capsys.readouterr().err
    assert BAD_INPUT == main([str(tmp_path / "new"), "nosuch"])
    assert "name one of green" in capsys.readouterr().err
