"""evidence.json: true to the journal, as its schema says, and the sums notice what was changed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reports.__main__ import main
from reports.evidence import Evidence, json_schema, render
from reports.journal import Events
from reports.renderings import write_all
from reports.run_record import RunRecord, read_run
from tests.reports import sample
from tests.reports.test_journal import NASTY
from tests.reports.test_renderings import KINDS, nasty, record

SCHEMA = jsonschema.Draft202012Validator(json_schema())


def told(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The file's content, which is as its schema says and can be read again."""
    content = json.loads(render(record(events)))
    SCHEMA.validate(content)
    assert Evidence.model_validate_json(json.dumps(content)).model_dump(mode="json") == content
    return content


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a run that was sealed."""
    journal = sample.written(tmp_path / "evidence" / "run" / "journal.jsonl", sample.green())
    assert write_all(read_run(journal), journal.parent).refusals == []
    return journal.parent


def test_a_reader_finds_who_where_with_what_and_how_it_ended() -> None:
    content = told(sample.green())
    facts = ("run", "mode", "cluster", "config", "by", "commit", "seconds", "exit_status")
    assert {name: content[name] for name in facts} == {
        "run": "20260601-120000-ab12",
        "mode": "rehearsal",
        "cluster": "core-prod",
        "config": "clusters/core-prod.toml",
        "by": "me@here",
        "commit": "3ebce1d",
        "seconds": 31.0,
        "exit_status": 0,
    }
    assert content["complete"] is True
    assert [one["event"] for one in content["left"]] == ["kept", "removed"]
    assert len(content["controls"]) == 7


def test_a_drill_says_which_backup_to_which_point() -> None:
    (drill,) = told(sample.green())["drills"]
    assert (drill["word"], drill["verdict"]) == (
        "PROVEN",
        "PROVEN rehearsal of core (1 withheld)",
    )
    assert drill["source"]["identifier"] == "cluster-ABC"
    assert [one["age_seconds"] for one in drill["backups"]] == [52.0]
    assert drill["target_asked"]["target"] == "2026-06-01T11:59:21+00:00"
    assert drill["target_reached"]["position"] == "0/3000060"
    assert drill["measured"][0] == {
        "name": "time to writable",
        "seconds": 8.5,
        "objective_seconds": 7200.0,
        "note": "fsync on",
    }
    assert drill["outcomes"] == {"passed": 4, "withheld": 1}
    assert drill["withheld"] == [
        {
            "what": "Adopt the restored cluster",
            "reason": "a drill does not touch the live state",
        }
    ]


def test_what_is_not_green_is_listed_with_its_reason() -> None:
    (failed,) = told(KINDS["not reached"])["drills"]
    assert failed["failed"] == [
        {"what": "Restore the cluster into quarantine", "reason": "no space left"}
    ]
    assert failed["not_reached"] == [
        {
            "what": "Adopt the restored cluster",
            "reason": "step 3 (Restore the cluster into quarantine) failed",
        },
        {"what": "rows", "reason": "step 3 failed"},
    ]
    (unproven,) = told(KINDS["unproven"])["drills"]
    assert unproven["not_proven"] == [{"what": "rows", "reason": "no rights"}]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_run_is_as_the_schema_says(kind: str) -> None:
    told(KINDS[kind])


def test_every_prefix_is_as_the_schema_says_and_not_complete() -> None:
    events = sample.green()
    for count in range(len(events) + 1):
        assert told(events[:count])["complete"] is (count == len(events))


@pytest.mark.parametrize("text", NASTY.values(), ids=list(NASTY))
def test_names_of_any_characters_come_back(text: str) -> None:
    (drill,) = told(nasty(text))["drills"]
    assert drill["drill"] == text
    assert drill["failed"][0]["reason"] == text


def test_a_torn_journal_is_not_complete() -> None:
    run = RunRecord(Events(sample.typed_all(sample.green()), truncated=True))
    assert json.loads(render(run))["complete"] is False


def test_the_schema_lets_nothing_else_in() -> None:
    content = told(sample.green())
    for change in ({"moon": "full"}, {"complete": "yes"}, {"format": 2}):
        assert not SCHEMA.is_valid({**content, **change})


# --- the sums ---------------------------------------------------------------------------------


def test_the_sums_are_of_every_other_file(folder: Path) -> None:
    """By another program than ours: sha256sum's own numbers."""
    files = json.loads((folder / "evidence.json").read_text())["files"]
    assert {one["path"] for one in files} == {
        path.name for path in folder.iterdir() if path.name != "evidence.json"
    }
    listed = "".join(f"{one['sha256']}  {one['path']}\n" for one in files)
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict"],
        cwd=folder,
        input=listed,
        capture_output=True,
        text=True,
        check=True,
    )
    assert checked.stdout.count(": OK\n") == len(files)
    assert {one["path"]: one["bytes"] for one in files} == {
        path.name: path.stat().st_size for path in folder.iterdir() if path.name != "evidence.json"
    }


def test_a_folder_that_nobody_touched_is_as_recorded(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for place in (folder, folder.parent):
        assert main(["verify", str(place)]) == 0
        out = capsys.readouterr().out
        assert out.startswith(f"{folder}: as recorded; evidence.json has SHA-256 ")


def test_one_byte_a_lost_file_and_a_new_one_are_noticed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = folder / "journal.jsonl"
    content = bytearray(journal.read_bytes())
    content[-10] ^= 1
    journal.write_bytes(content)
    (folder / "junit.xml").unlink()
    (folder / "logs").mkdir()
    (folder / "logs" / "new").touch()
    (folder / "link").symlink_to("summary.md")
    assert main(["verify", str(folder)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{folder}: differs: journal.jsonl",
        f"{folder}: missing: junit.xml",
        f"{folder}: extra: link",
        f"{folder}: extra: logs/new",
    ]


def test_files_in_folders_and_links_are_summed_too(folder: Path) -> None:
    (folder / "logs").mkdir()
    (folder / "logs" / "one").write_text("x")
    (folder / "to a file").symlink_to("summary.md")
    (folder / "to a folder").symlink_to("logs")
    (folder / os.fsdecode(b"caf\xe9")).write_text("x")
    write_all(read_run(folder / "journal.jsonl"), folder)
    assert main(["verify", str(folder)]) == 0
    (folder / "to a file").unlink()
    (folder / "to a file").symlink_to("junit.xml")
    assert main(["verify", str(folder)]) == 1


def test_an_older_evidence_json_is_no_part_of_its_own_sums(folder: Path) -> None:
    write_all(read_run(folder / "journal.jsonl"), folder)
    files = json.loads((folder / "evidence.json").read_text())["files"]
    assert "evidence.json" not in {one["path"] for one in files}
    assert main(["verify", str(folder)]) == 0


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "No such file or directory; name a folder with an evidence.json"),
        ("{", "is not JSON; the file is damaged"),
        ("[]", "it: Input should be an object"),
        ("{}", "complete: Field required"),
        ('{"format": 9}', "written in format 9, this version reads up to 1; use a newer "),
    ],
)
def test_what_cannot_be_compared_exits_4(
    content: str | None, expected: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "evidence.json").unlink()
    if content is not None:
        (folder / "evidence.json").write_text(content)
    assert main(["verify", str(folder)]) == 4
    assert capsys.readouterr().err.startswith(f"{folder / 'evidence.json'}: {expected}")
    assert main(["verify", str(folder.parent / "none")]) == 4


def test_a_run_that_was_never_sealed_is_told_among_those_that_were(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    killed = sample.written(folder.parent / "a killed run" / "journal.jsonl", sample.green()[:3])
    assert main(["verify", str(folder.parent)]) == 4
    seen = capsys.readouterr()
    assert seen.err.startswith(f"{killed.parent / 'evidence.json'}: No such file")
    assert seen.out.startswith(f"{folder}: as recorded; ")
