"""What docs/fleet.md says can be typed is what the commands accept."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from reports.__main__ import main
from tests.reports.history.nights import kept, night

DOCS = (Path(__file__).parents[3] / "docs" / "fleet.md").read_text()
COMMANDS = re.findall(r"^\.venv/bin/python -m reports (.+)$", DOCS, re.MULTILINE)


def test_every_form_of_both_commands_is_documented() -> None:
    said = " ".join(COMMANDS)
    for word in ("fleet", "history", "--expect=", "--within=", "--html=", "--junit=", "--json"):
        assert word in said


@pytest.mark.parametrize("line", COMMANDS)
def test_the_command_does_what_it_says(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept(tmp_path / "evidence", night(1))
    (tmp_path / "clusters").mkdir()
    (tmp_path / "clusters" / "core-prod.toml").touch()
    words = shlex.split(line)
    # The night is long past, so that a fleet is red.
    assert main(words) == (1 if words[0] == "fleet" else 0)
    for word in words:
        if word.startswith(("--html=", "--junit=")):
            assert (tmp_path / word.partition("=")[2]).stat().st_size > 0
