"""`python -m reports render`, and what must hold of every rendering."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from reports import evidence, junit, markdown, renderings
from reports.__main__ import main
from reports.journal import Events, read
from reports.renderings import RENDERINGS, Rendering, write, write_all
from reports.run_record import RunRecord, read_run
from tests.reports import sample
from tests.reports.test_journal import NASTY

ALL = [*(one.file for one in RENDERINGS.values()), "evidence.json"]
BEGUN = [sample.run_started(), sample.procedure(), *sample.step(1), *sample.step(2)]
KINDS = {
    "green": sample.green(),
    "failed": [
        *BEGUN,
        *sample.step(3),
        sample.proof("rows", "failed", reason="x", findings=[sample.FINDING]),
        sample.verdict("FAILED rehearsal of core: 1 failed, 1 not reached", 1),
        sample.run_finished(1),
    ],
    "not reached": [
        *BEGUN,
        *sample.step(3, "failed", reason="no space left"),
        sample.proof("rows", "not reached", reason="step 3 failed"),
        sample.verdict("FAILED rehearsal of core: 1 failed, 2 not reached", 1),
        sample.run_finished(1),
    ],
    "withheld": [
        *BEGUN,
        *sample.step(3),
        *sample.step(4, "withheld", reason="a drill does not touch the live state"),
        sample.verdict("PROVEN drill of core (1 withheld)", 0, withheld=["adopted_state"]),
        sample.run_finished(),
    ],
    "unproven": [
        *BEGUN,
        *sample.step(3),
        sample.proof("rows", "not proven", reason="no rights", gaps=[sample.GAP]),
        sample.verdict("NOT PROVEN (content): rehearsal of core", 1, word="NOT PROVEN"),
        sample.run_finished(1),
    ],
    "interrupted": [*BEGUN, sample.step_started(3)],
    "empty": [],
}


def record(events: list[Mapping[str, Any]] | list[dict[str, Any]]) -> RunRecord:
    return RunRecord(Events(sample.typed_all(events), truncated=False))


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal of every kind of event, in a folder of its own below one of all runs."""
    return sample.written(tmp_path / "evidence" / "20260601-1" / "journal.jsonl", sample.green())


# --- every rendering --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RENDERINGS)
def test_every_kind_of_run_can_be_rendered_the_same_way_twice(name: str, kind: str) -> None:
    one, other = (RENDERINGS[name].render(record(KINDS[kind])) for _ in range(2))
    assert one == other
    assert one.decode()


@pytest.mark.parametrize("name", RENDERINGS)
def test_every_beginning_of_a_run_can_be_rendered(name: str) -> None:
    """A kill may come after any event."""
    events = sample.green()
    for count in range(len(events) + 1):
        assert RENDERINGS[name].render(record(events[:count]))


def nasty(text: str) -> list[dict[str, Any]]:
    """A run whose every name, reason and value is this text."""
    finding = {**sample.FINDING, "check": text, "subject": text, "property": text}
    finding |= {"expected": text, "actual": text, "remedy": text}
    table = {"table": text, "expected": 1, "actual": 2, "bytes": 3, "content": "differs"}
    change = {"address": text, "actions": ["update"], "words": text}
    allowed = {"name": text, "expected": text, "actual": text, "reason": text}
    subject = [
        {**one, "drill": text, **({"name": text} if one["event"].endswith("identified") else {})}
        for one in sample.subject()
        if one["event"] in ("source_identified", "backup_identified")
    ]
    steps = [
        {"number": 1, "name": text, "title": text, "touches": "copy"},
        {"number": 2, "name": "other", "title": text, "touches": text},
    ]
    step = {"drill": text, "number": 1, "of": 2, "name": text, "title": text}
    ended = {"touches": text, "outcome": "failed", "seconds": 1.0, "reason": text}
    lists = {
        "gaps": [{"check": text, "subject": text, "reason": text}],
        "bounds": [{"check": text, "subject": text, "bound": text}],
        "waived": [{**finding, "reason": text, "expires": "2027-01-31", "by": text}],
    }
    proof = {"drill": text, "name": text, "family": text, "reason": text, "requirements": [text]}
    return [
        sample.run_started(
            cluster=text,
            config=text,
            by=text,
            platform=text,
            commit=text,
            job=text,
            engine={"name": text, "version": text, "origin": text},
            versions={text: text},
        ),
        sample.event("procedure_declared", drill=text, steps=steps),
        *subject,
        sample.event("target_asked", drill=text, target=text, moment=None),
        sample.event("step_started", **step),
        sample.event("step_note", drill=text, number=1, text=text),
        sample.event("step_finished", **step, **ended),
        sample.event("facts", drill=text, subject=text, facts={text: text}),
        sample.event("tables_compared", drill=text, database=text, tables=[table]),
        sample.event("plan_read", drill=text, terraform=text, sha256=text, changes=[change]),
        sample.event("differences_allowed", drill=text, what=text, compared=1, allowed=[allowed]),
        sample.proof(text, "failed", **proof, findings=[finding], **lists),
        sample.proof(text, "not proven", **{**proof, "name": f"{text}2"}, **lists),
        sample.event(
            "measured", drill=text, name=text, seconds=1.5, objective_seconds=1, note=text
        ),
        sample.event("kept", what=text, place=text, until=None),
        sample.verdict(text, 1, drill=text, not_proven=[text], withheld=[text]),
        sample.run_finished(1),
    ]


@pytest.mark.parametrize("text", NASTY.values(), ids=list(NASTY))
@pytest.mark.parametrize("name", RENDERINGS)
def test_names_of_any_characters_are_never_markup(name: str, text: str) -> None:
    content, plain = (
        RENDERINGS[name].render(record(nasty(one))).decode() for one in (text, "plain")
    )
    if name != "metrics":  # which knows no markup
        assert content.count("<script") == plain.count("<script")
    assert "\x00" not in content
    assert "\x1b" not in content


@pytest.mark.parametrize("name", RENDERINGS)
def test_five_thousand_tables_and_findings_are_no_report_of_many_megabytes(name: str) -> None:
    """DESIGN: below 5 MB. Names have 200 characters here."""
    long = "x" * 190
    rows = [
        {"table": f"{long}{n}", "expected": 1, "actual": 2, "bytes": 3, "content": "differs"}
        for n in range(5000)
    ]
    compared = [
        sample.event(
            "tables_compared", drill="pitr", database="core", tables=rows[start : start + 500]
        )
        for start in range(0, 5000, 500)
    ]
    findings = [{**sample.FINDING, "subject": row["table"]} for row in rows]
    events = [
        *(*BEGUN, *compared, sample.proof("rows", "failed", findings=findings)),
        *(sample.verdict("FAILED", 1), sample.run_finished(1)),
    ]
    assert len(RENDERINGS[name].render(record(events))) < 5_000_000


def test_a_number_of_each_report_is_one_of_the_journal(journal: Path, tmp_path: Path) -> None:
    """Done when 4: the same time, read back from each."""
    run = read_run(journal)
    root = ElementTree.fromstring(junit.render(run))  # noqa: S314
    (value,) = [
        one.attrib["value"]
        for one in root.iter("property")
        if one.attrib["name"] == "measured: time to writable"
    ]
    in_junit = float(value.partition(" s")[0])
    row = re.search(
        r"^\| time to writable \| ([\d.]+) s \|", markdown.render(run).decode(), re.MULTILINE
    )
    assert row is not None
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    (expected,) = [
        one["seconds"]
        for one in lines
        if one["event"] == "measured" and one["name"] == "time to writable"
    ]
    assert (in_junit, float(row[1])) == (expected, expected)
    (drill,) = json.loads(evidence.render(run))["drills"]
    assert drill["measured"][0]["seconds"] == expected
    metrics = RENDERINGS["metrics"].render(run).decode()
    sample_line = re.search(r'measured_seconds\{.*measure="time to writable".*\} (.*)', metrics)
    assert sample_line is not None
    assert float(sample_line[1]) == expected


# --- python -m reports ------------------------------------------------------------------------


def test_render_writes_every_report_beside_the_journal(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = "".join(f"{journal.parent / file}\n" for file in ALL)
    for given in (["render", str(journal)], ["render", str(journal.parent)], [str(journal)]):
        assert main(given) == 0
        assert capsys.readouterr().out == expected
        for name, one in RENDERINGS.items():
            content = (journal.parent / one.file).read_bytes()
            assert content == RENDERINGS[name].render(read_run(journal))
            (journal.parent / one.file).unlink()
    left = {path.name for path in journal.parent.iterdir()}
    assert left == {"journal.jsonl", "evidence.json"}


def test_render_of_the_folder_of_all_runs_takes_the_newest(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newest = journal.parents[1] / "20260602-1" / "journal.jsonl"
    sample.written(newest, sample.green())
    (journal.parents[1] / "notes").mkdir()
    assert main(["render", str(journal.parents[1])]) == 0
    assert capsys.readouterr().out.splitlines()[0] == str(newest.parent / "junit.xml")


def test_a_folder_without_any_journal_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", str(tmp_path)]) == 4
    expected = f"{tmp_path}: there is no journal.jsonl in it, nor in a folder of it; name one\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize("name", RENDERINGS)
def test_render_writes_where_it_is_told_and_nothing_else(
    name: str, journal: Path, tmp_path: Path
) -> None:
    assert main(["render", str(journal), f"--{name}={tmp_path / 'x'}"]) == 0
    assert (tmp_path / "x").read_bytes() == RENDERINGS[name].render(read_run(journal))
    assert [path.name for path in journal.parent.iterdir()] == ["journal.jsonl"]


def test_render_writes_the_sums_where_it_is_told(journal: Path, tmp_path: Path) -> None:
    assert main(["render", str(journal), f"--evidence-json={tmp_path / 'x.json'}"]) == 0
    files = json.loads((tmp_path / "x.json").read_text())["files"]
    assert [one["path"] for one in files] == ["journal.jsonl"]


def test_a_torn_journal_says_so_in_every_report_for_people(journal: Path) -> None:
    journal.write_bytes(journal.read_bytes()[:-20])
    run = read_run(journal)
    root = ElementTree.fromstring(junit.render(run))  # noqa: S314
    told = {one.attrib["name"]: one.attrib["value"] for one in root.iter("property")}
    assert told["journal"] == "its last line was torn and is left out"
    assert "The last line of the journal was torn, and is left out." in (
        markdown.render(run).decode()
    )
    assert json.loads(evidence.render(run))["complete"] is False


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (None, "No such file or directory; name a journal.jsonl"),
        ('{"event": "run_started", "format": 99}\n', "written in format 99"),
        ("{}\n{}\n", "line 1: event None"),
    ],
)
def test_what_cannot_be_read_exits_4(
    change: str | None, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "none.jsonl"
    if change is not None:
        path.write_text(change)
    assert main(["render", str(path)]) == 4
    assert capsys.readouterr().err.startswith(f"{path}: {expected}")
    assert not (tmp_path / "summary.md").exists()


@pytest.mark.parametrize("name", [*RENDERINGS, "evidence-json"])
@pytest.mark.parametrize(
    ("report", "why"),
    [("journal.jsonl/x", "Not a directory"), ("folder", "Is a directory")],
)
def test_an_unwritable_report_exits_4_and_leaves_nothing(
    report: str, why: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    journal = sample.written(tmp_path / "journal.jsonl", sample.green())
    assert main(["render", str(journal), f"--{name}={tmp_path / report}"]) == 4
    expected = (
        f"{tmp_path / report} cannot be written: {why}; name another one with --{name}=FILE\n"
    )
    assert capsys.readouterr().err == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "journal.jsonl"]


def test_a_report_that_cannot_be_written_takes_no_other_with_it(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (journal.parent / "junit.xml").mkdir()
    assert main(["render", str(journal)]) == 4
    told = capsys.readouterr()
    assert told.err.startswith(f"{journal.parent / 'junit.xml'} cannot be written: ")
    assert [Path(line).name for line in told.out.splitlines()] == ALL[1:]


def broken(_: RunRecord) -> bytes:
    raise LookupError("a value that nobody should see")


def test_a_report_that_cannot_be_rendered_takes_no_other_with_it(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours is told by its kind and place; what it says may be a value."""
    faulty = {**RENDERINGS, "junit": Rendering("junit.xml", broken)}
    monkeypatch.setattr(renderings, "RENDERINGS", faulty)
    done = write_all(read_run(journal), journal.parent)
    assert [path.name for path in done.paths] == ALL[1:]
    (refusal,) = map(str, done.refusals)
    assert refusal.startswith(
        f"{journal.parent / 'junit.xml'} cannot be rendered: LookupError in test_renderings.py:"
    )
    assert "nobody should see" not in refusal


def test_an_old_report_stays_where_a_new_one_cannot_be_made(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = write(read_run(journal), "junit", journal.with_name("junit.xml")).read_bytes()
    faulty = {**RENDERINGS, "junit": Rendering("junit.xml", broken)}
    monkeypatch.setattr(renderings, "RENDERINGS", faulty)
    write_all(read_run(journal), journal.parent)
    assert journal.with_name("junit.xml").read_bytes() == old


def test_the_schemas_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for given, title in (
        (["schema"], "A line of a restore-drills journal"),
        (["schema", "--of=journal"], "A line of a restore-drills journal"),
        (["schema", "--of=evidence"], "A restore-drills evidence.json"),
    ):
        assert main(given) == 0
        schema = json.loads(capsys.readouterr().out)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["title"].startswith(title)


@pytest.mark.parametrize("arguments", [[], ["--moon"], ["render"], ["schema", "--of=moon"]])
def test_what_is_not_offered_exits_4(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 4


def test_the_journal_is_read_and_never_written(journal: Path) -> None:
    before = journal.read_bytes()
    main(["render", str(journal)])
    assert journal.read_bytes() == before
    assert len(read(journal)) == len(sample.green())
