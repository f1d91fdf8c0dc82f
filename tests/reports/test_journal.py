"""The journal: what is written comes back, a kill leaves a true prefix, nothing else is let in."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reports.events import CorrectEvent, Event, json_schema, typed
from reports.journal import (
    InspectJournal,
    Journal,
    KeepSecretOut,
    NameJournal,
    UnwritableEvidence,
    UpdateHarness,
    read,
)
from reports.renderings import write_all
from reports.run_record import read_run
from tests.reports import sample

REPOSITORY = Path(__file__).parents[2]
NASTY = {
    "markup": "<script>alert('x')</script>",
    "quotes": "\"Gran\\ules\" 'x'",
    "newlines": "a\nb\r\nc\u2028d\x85e",
    "control characters": "\x00\x07\x1b[31m\x7f",
    "200 characters": "x" * 200,
    "other scripts": "日本 ñ 🦊",
}

SECRETS = [
    *("password", "PASSWORD", "pgPassword", "MasterUserPassword", "passwd", "secret"),
    *("client-secret", "SecretString", "aws_secret_access_key", "session_token", "api_key"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "evidence" / "run" / "journal.jsonl"


def test_the_sample_holds_every_kind_of_event() -> None:
    """So that what the tests below do with it, they do with every kind."""
    kinds = {kind.model_fields["event"].default for kind in Event.__args__}
    assert {one["event"] for one in sample.green()} == kinds


def test_every_event_comes_back_as_it_was_written(path: Path) -> None:
    sample.written(path, sample.green())
    events = read(path)
    assert list(events) == sample.typed_all(sample.green())
    assert not events.truncated


def test_a_line_is_there_as_soon_as_it_is_written(path: Path) -> None:
    with Journal(path) as journal:
        for count, one in enumerate(sample.green(), 1):
            written = journal.append(one)
            assert read(path)[-1] == written
            assert len(read(path)) == count


def test_lines_are_plain_json_objects_with_the_agreed_keys(path: Path) -> None:
    """The journal is read by other people's tools too."""
    lines = sample.written(path, sample.green()).read_text().splitlines()
    for line, one in zip(lines, sample.green(), strict=True):
        assert set(json.loads(line)) == set(one)
        assert json.loads(line)["at"].endswith("Z")


@pytest.mark.parametrize("text", NASTY.values(), ids=list(NASTY))
def test_names_of_any_characters_come_back(text: str, path: Path) -> None:
    finding = {**sample.FINDING, "subject": text, "actual": text}
    one = sample.proof(text, "failed", findings=[finding], reason=text)
    sample.written(path, [sample.run_started(), one, sample.run_finished(1)])
    events = read(path)
    assert len(events) == 3
    assert events[1] == typed(one)


def test_a_file_name_that_is_not_utf_8_does_not_end_the_run(path: Path) -> None:
    name = os.fsdecode(b"/tmp/caf\xe9")
    sample.written(path, [sample.event("kept", what="files", place=name, until=None)])
    assert read(path)[0].model_dump()["place"] == "/tmp/caf\\udce9"


def test_a_journal_of_before_gaps_and_waivers_still_reads(path: Path) -> None:
    finding = {name: value for name, value in sample.FINDING.items() if name != "property"}
    one = sample.proof("it holds", "failed", findings=[finding])
    older = {name: one[name] for name in one if name not in ("gaps", "bounds", "waived")}
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(older) + "\n")
    (event,) = read(path)
    told = event.model_dump()
    assert (told["gaps"], told["bounds"], told["waived"]) == ([], [], [])
    assert told["findings"][0]["property"] is None


def test_a_journal_holds_all_that_was_said_of_a_proof(path: Path) -> None:
    """The terminal shows the first twenty; the journal has every one."""
    many = [{**sample.FINDING, "actual": number} for number in range(5000)]
    lists = {"gaps": [sample.GAP], "bounds": [sample.BOUND], "waived": [sample.WAIVED]}
    sample.written(path, [sample.proof("it holds", "failed", findings=many, **lists)])
    line = json.loads(path.read_text())
    assert many == line["findings"]
    assert lists == {name: line[name] for name in lists}


# --- what a kill leaves -----------------------------------------------------------------------


def test_every_prefix_of_a_journal_can_be_read(path: Path) -> None:
    """Cut at each line's end, right before it, and in the middle of each line."""
    whole = sample.written(path, sample.green()).read_bytes()
    all_events = list(read(path))
    ends = [index + 1 for index, byte in enumerate(whole) if byte == ord("\n")]
    for count, end in enumerate(ends, 1):
        for cut, expected, torn in (
            (end, count, False),
            (end - 1, count, False),
            (end - 20, count - 1, True),
        ):
            path.write_bytes(whole[:cut])
            events = read(path)
            assert (list(events), events.truncated) == (all_events[:expected], torn)


def test_an_empty_journal_holds_nothing(path: Path) -> None:
    Journal(path).close()
    events = read(path)
    assert (list(events), events.truncated) == ([], False)


def test_a_tail_of_zeros_is_a_torn_line(path: Path) -> None:
    """What some file systems leave of a last write when the machine loses power."""
    sample.written(path, [sample.run_started()])
    with path.open("ab") as file:
        file.write(b"\0" * 4096)
    events = read(path)
    assert (len(events), events.truncated) == (1, True)


WRITER = """
import sys
from pathlib import Path
from reports.journal import Journal
from tests.reports import sample

journal = Journal(Path(sys.argv[1]))
number = 0
while number != int(sys.argv[3]):
    text = f"{sys.argv[2]} {number} " + "x" * (number % 7 * 1500)
    journal.append(sample.event("step_note", drill="pitr", number=1, text=text))
    if number == 0:
        print("writing", flush=True)
    number += 1
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    """A process that appends `count` events (-1: without end), and says when it has begun."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_killed_writer_leaves_whole_events(path: Path) -> None:
    process = writer(path, "a", -1)
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    process.stdout.close()
    events = read(path)
    texts = [one.model_dump()["text"].split()[1] for one in events]
    assert texts == [str(number) for number in range(len(events))]
    assert texts


def test_two_processes_never_mix_their_lines(path: Path) -> None:
    count = 400
    processes = [writer(path, name, count) for name in ("a", "b")]
    for process in processes:
        assert process.stdout is not None
        with process.stdout:
            process.stdout.read()
        assert process.wait(timeout=120) == 0
    texts = [one.model_dump()["text"].split()[:2] for one in read(path)]
    for name in ("a", "b"):
        mine = [int(number) for who, number in texts if who == name]
        assert mine == list(range(count))
    assert len(texts) == 2 * count


def test_a_writer_waits_while_another_has_the_file(path: Path) -> None:
    """What makes it safe to take a torn line back: nobody else can have written behind it."""
    with Journal(path) as journal, path.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        thread = threading.Thread(target=journal.append, args=[sample.run_started()])
        thread.start()
        thread.join(timeout=0.2)  # long enough for the write, were it not for the lock
        assert thread.is_alive()
        assert len(read(path)) == 0
        fcntl.flock(other, fcntl.LOCK_UN)
        thread.join(timeout=60)
        assert len(read(path)) == 1


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from reports.journal import Journal, UnwritableEvidence
from tests.reports import sample

journal = Journal(Path(sys.argv[1]))
journal.append(sample.run_started())
size = Path(sys.argv[1]).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, resource.RLIM_INFINITY))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    journal.append(sample.procedure())
except UnwritableEvidence as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.append(sample.run_finished(1))
"""


def test_a_disk_that_fills_up_tears_no_line(path: Path) -> None:
    """The kernel takes 50 bytes of the line and no more; they are taken back."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    expected = (
        f"{path} cannot be written: File too large; make room there, or name a folder that can be "
        "written with --evidence=DIR\n"
    )
    assert done.stdout == expected
    events = read(path)
    assert [one.event for one in events] == ["run_started", "run_finished"]
    assert not events.truncated


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize("above", ["a file", "/proc"])
def test_evidence_that_cannot_be_written_is_refused_at_once(above: str, tmp_path: Path) -> None:
    """As root too: nothing can be created below a regular file, nor in /proc."""
    (tmp_path / "a file").touch()
    path = tmp_path / above / "run" / "journal.jsonl"
    with pytest.raises(UnwritableEvidence) as caught:
        Journal(path)
    assert str(caught.value).startswith(f"{path} cannot be written: ")
    assert str(caught.value).endswith("name a folder that can be written with --evidence=DIR")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"event": "step_begun"}, "event 'step_begun': Input tag 'step_begun' found using 'event'"),
        ({"hostname": "x"}, "event 'run_started': hostname: Extra inputs are not permitted"),
        ({"engine": None}, "event 'run_started': engine: Input should be "),
        ({"format": 3}, "event 'run_started': format: Input should be 1 or 2"),
        ({"at": "2026-06-01T12:00:00"}, "event 'run_started': at: Input should have timezone info"),
        ({"at": "2026-06-01T12:00:00+02:00"}, "event 'run_started': at: Value error, a time is in"),
        ({"at": 0}, "event 'run_started': at: Value error, a time is ISO-8601 text"),
        ({"settings": {"x": object()}}, "event 'run_started': settings"),
    ],
)
def test_an_event_that_is_none_is_refused(
    changes: dict[str, Any], expected: str, path: Path
) -> None:
    with Journal(path) as journal, pytest.raises(CorrectEvent) as caught:
        journal.append({**sample.run_started(), **changes})
    assert str(caught.value).startswith(expected)
    assert path.read_bytes() == b""


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0])
def test_a_time_that_json_cannot_hold_is_refused(seconds: float, path: Path) -> None:
    with Journal(path) as journal, pytest.raises(CorrectEvent, match="seconds"):
        journal.append(sample.step_finished(1, seconds=seconds))


def test_an_unknown_outcome_is_refused(path: Path) -> None:
    with Journal(path) as journal, pytest.raises(CorrectEvent, match="outcome"):
        journal.append(sample.step_finished(1, "skipped"))


@pytest.mark.parametrize(
    "key",
    SECRETS,
)
def test_a_key_with_a_secrets_name_is_refused(key: str, path: Path) -> None:
    canary = "hunter2-canary"
    settings = {"source": [{key: canary}]}
    with Journal(path) as journal, pytest.raises(KeepSecretOut) as caught:
        journal.append(sample.run_started(settings=settings))
    expected = f"event 'run_started': settings.source[0].{key} is a secret's name; leave it out"
    assert str(caught.value) == expected
    assert canary not in str(caught.value)
    assert path.read_bytes() == b""


def test_what_only_sounds_like_a_secret_is_let_in(path: Path) -> None:
    settings = {
        "password": "***",
        "login": "secret:arn:aws:secretsmanager:us-east-1:1:secret:x",
        "ManageMasterUserPassword": False,
        "MasterUserSecret": {"SecretArn": "arn:aws:x"},
        "token": None,
        "secrets_rotated_at": "never",
    }
    sample.written(path, [sample.run_started(settings=settings)])
    assert read(path)[0].model_dump()["settings"] == settings


def test_a_refused_event_quotes_no_value(path: Path) -> None:
    canary = "hunter2-canary"
    with Journal(path) as journal, pytest.raises(CorrectEvent) as caught:
        journal.append({**sample.run_started(), "mode": canary, "engine": canary})
    assert canary not in str(caught.value)


# --- what cannot be read ----------------------------------------------------------------------


def test_a_missing_journal_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        NameJournal, match=r"none\.jsonl: No such file or directory; name a journal"
    ):
        read(tmp_path / "none.jsonl")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"event": "run_st', "line 2 is not JSON; the file is damaged"),
        (b"", "line 2 is not JSON; the file is damaged"),
        (b"\xff\xfe", "line 2 is not JSON; the file is damaged"),
        (b"[1]", "line 2 is not an event; the file is damaged"),
        (b'{"event": "run_cursed"}', "line 2: event 'run_cursed': Input tag"),
        (b'{"event": "run_finished"}', "line 2: event 'run_finished': at: Field required"),
    ],
)
def test_a_bad_line_within_is_an_error_with_its_number(
    line: bytes, expected: str, path: Path
) -> None:
    """A line that ends is no torn one, even if it is the last."""
    first = sample.written(path, [sample.run_started()]).read_bytes()
    for rest in (b"", first):
        path.write_bytes(first + line + b"\n" + rest)
        with pytest.raises(InspectJournal) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: {expected}")


def test_a_newer_format_is_told_as_such(path: Path) -> None:
    """Not as a damaged file, though its events are unknown ones."""
    sample.written(path, [sample.run_started()])
    newer = path.read_text().replace('"format":2', '"format":3,"moon":"full"')
    path.write_text(newer + '{"event": "eclipse"}\n')
    with pytest.raises(UpdateHarness) as caught:
        read(path)
    expected = (
        f"{path}: written in format 3, this version reads up to 2; use a newer restore-drills"
    )
    assert str(caught.value) == expected


def test_the_schema_describes_every_event_and_no_other_key() -> None:
    schema = json_schema()
    kinds = schema["discriminator"]["mapping"]
    assert set(kinds) == {one["event"] for one in sample.green()}
    for one in sample.green():
        definition = schema["$defs"][kinds[one["event"]].rpartition("/")[2]]
        assert set(definition["properties"]) == set(one)
        assert definition["additionalProperties"] is False


def test_the_schema_says_what_every_event_means() -> None:
    definitions = json_schema()["$defs"]
    kinds = {
        place.rpartition("/")[2] for place in json_schema()["discriminator"]["mapping"].values()
    }
    assert [] == [name for name in kinds if not definitions[name].get("description")]


def test_the_schema_is_printed_by_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reports", "schema"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json_schema() == json.loads(done.stdout)


def test_every_line_is_what_the_schema_says(path: Path) -> None:
    """By a validator that knows nothing of ours; drills' own lines are held against it as well."""
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    sample.written(path, sample.green())
    for line in map(json.loads, path.read_text().splitlines()):
        assert [] == [error.message for error in validator.iter_errors(line)]
        definition = schema["$defs"][schema["discriminator"]["mapping"][line["event"]][8:]]
        # Every key is written, though older journals lack those that are not required.
        assert set(definition["properties"]) == set(line)
        for wrong in (
            {**line, "strange": 1},
            {**line, "event": "strange"},
            *({k: v for k, v in line.items() if k != key} for key in definition["required"]),
        ):
            assert not validator.is_valid(wrong), line["event"]


def test_a_journal_of_format_1_is_read_and_rendered(tmp_path: Path) -> None:
    """Kept as it was written: what it lacks is not invented."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(Path(__file__).with_name("format-1.jsonl").read_bytes())
    events = read(path)
    assert path.read_text().count("\n") == len(events)
    assert not events.truncated
    for line in path.read_text().splitlines():
        Draft202012Validator(json_schema()).validate(json.loads(line))
    started, verdict = events[0].model_dump(), events[-3].model_dump()
    assert (1, None, None) == (started["format"], started["commit"], started["by"])
    assert (None, 1) == (verdict["word"], verdict["exit_status"])
    (record,) = read_run(path).drills
    assert (2, 1, None, []) == (len(record.steps), len(record.proofs), record.source, record.tables)
    written = write_all(read_run(path), tmp_path)
    assert [] == list(written.refusals)
    assert all(file.stat().st_size for file in written.paths)
