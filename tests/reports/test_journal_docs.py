"""docs/journal.md names every event and every key, and what it has readers type does something."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.events import FORMAT, json_schema
from tests.reports import sample

DOCS = Path(__file__).parents[2] / "docs" / "journal.md"
TEXT = DOCS.read_text()
EVERYWHERE = {"event", "at", "run", "drill"}
COMMANDS = [line for line in TEXT.splitlines() if line.startswith("jq ")]
# Of the sample's green run, which holds every kind of event.
PRINTS = {
    "failed": "",
    "verdict": "pitr\tPROVEN\t0",
    "backup_identified": "core: 52 s old",
    "target_reached": "2026-06-01T11:59:20Z on timeline 2",
    "content": "",
    "add": "50000",
    "plan_read": "updates aws_rds_cluster.core in place: 3 attributes",
    "step_finished": None,
    "run_finished": None,
}


def definitions() -> Iterator[tuple[str, dict[str, Any]]]:
    schema = json_schema()
    for kind, place in schema["discriminator"]["mapping"].items():
        yield kind, schema["$defs"][place.rpartition("/")[2]]


def named() -> set[str]:
    """Everything that stands between backticks."""
    return set(re.findall(r"`([^`\n]+)`", TEXT))


@pytest.mark.parametrize(("kind", "definition"), list(definitions()))
def test_every_event_and_each_of_its_keys_is_explained(
    kind: str, definition: dict[str, Any]
) -> None:
    assert kind in named()
    assert set() == set(definition["properties"]) - EVERYWHERE - named()


def test_every_word_that_a_program_may_go_by_is_explained() -> None:
    words = {
        word
        for definition in json_schema()["$defs"].values()
        for key, said in definition.get("properties", {}).items()
        if key not in EVERYWHERE
        for word in said.get("enum", [])
        if isinstance(word, str)
    }
    assert {"equal", "rehearsal", "cluster", "disaster"} <= words
    assert set() == words - named()


def test_the_format_is_the_newest() -> None:
    assert f"Format {FORMAT} is the newest." in TEXT
    assert [str(number) for number in range(1, FORMAT + 1)] == re.findall(
        r"^\| (\d+) \|", TEXT, re.M
    )


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_what_is_to_be_typed_works(tmp_path: Path, number: int) -> None:
    sample.written(tmp_path / "journal.jsonl", sample.green())

    done = subprocess.run(
        ["/bin/sh", "-ec", COMMANDS[number]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    expected = list(PRINTS.values())[number]
    assert "" == done.stderr
    assert expected == done.stdout.strip() if expected is not None else done.stdout.strip()


def test_every_command_is_tried() -> None:
    assert len(PRINTS) == len(COMMANDS)
