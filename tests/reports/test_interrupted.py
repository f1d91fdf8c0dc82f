"""`kill -9` at any moment: every beginning of a journal renders as interrupted, and none as green.

One that has its verdict keeps it, and says before anything else that nothing proves the cleanup.
Every rendering of the registry is tried on every beginning, so that a new one needs a line in
`LOOKS_GREEN` before it can be added.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from reports import evidence
from reports.history.read import past_of
from reports.journal import read
from reports.renderings import RENDERINGS
from reports.run_record import RunRecord, read_run
from tests.reports import sample


def _junit(text: str) -> bool:
    suites = ElementTree.fromstring(text)  # noqa: S314
    ends = [
        case
        for case in suites.iter("testcase")
        if case.get("name") in ("verdict", "end of the run") and case.find("error") is not None
    ]
    counted = all(int(one.get("errors", 0)) > 0 for one in (suites, *suites.iter("testsuite")))
    return not (ends and counted)


def _html(text: str) -> bool:
    words = re.findall(r'data-word="([^"]*)"', text)
    tones = re.findall(r'class="verdict tone-([^"]*)"', text)
    return not words or {*words} != {"INTERRUPTED"} or {*tones} - {"interrupted", "bad"}


def _markdown(text: str) -> bool:
    proven = re.compile(r"#+ .*\bPROVEN\b|\*\*.*\bPROVEN\b")
    told = [line for line in text.splitlines() if proven.match(line)]
    return any(KILLED not in line for line in told)


def _metrics(text: str) -> bool:
    proven = re.findall(r"^restore_drill_proven\{.*\} (\S+)$", text, re.MULTILINE)
    word = re.findall(r'word="INTERRUPTED"\} (\S+)$', text, re.MULTILINE)
    success = re.findall(r"^restore_drill_last_success\w*\{.*\} (\S+)$", text, re.MULTILINE)
    return bool({*proven} - {"0.0"}) or {*word} != {"1.0"} or bool({*success} - {"0.0"})


LOOKS_GREEN: Mapping[str, Callable[[str], bool]] = {
    "junit": _junit,
    "html": _html,
    "markdown": _markdown,
    "metrics": _metrics,
}
KILLED = "but the run was killed before it had cleaned up"
SAYS_WHERE = frozenset({"junit", "html", "markdown"})
"""Those that are made of words; metrics are made of numbers."""


def beginnings() -> list[tuple[bytes, str]]:
    """Each beginning of a journal that ends with a whole line before its last, and where it was.

    The sample's steps: 1 and 2, then 3 within which it notes, then 4 withheld, proofs, verdict.
    """
    lines, found, where = [], [], "interrupted before the first step"
    for one in sample.green():
        match one["event"]:
            case "run_finished":
                break
            case "verdict":
                where = "the run was killed before it"
            case "step_started":
                where = f"interrupted at step {one['number']}: {one['title']}"
            case "step_finished":
                where = f"interrupted after step {one['number']}: {one['title']}"
        lines.append(json.dumps(one).encode() + b"\n")
        found.append((b"".join(lines), where))
    return found


BEGINNINGS = beginnings()


def test_every_rendering_is_known_here() -> None:
    assert set(LOOKS_GREEN) == set(RENDERINGS)


@pytest.fixture
def run(tmp_path: Path, request: pytest.FixtureRequest) -> RunRecord:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(request.param)
    return read_run(path)


@pytest.mark.parametrize("name", RENDERINGS)
@pytest.mark.parametrize(
    ("run", "where"),
    BEGINNINGS,
    indirect=["run"],
    ids=[f"{n} lines" for n in range(1, 1 + len(BEGINNINGS))],
)
def test_a_beginning_says_where_it_ends_and_is_not_green(
    run: RunRecord, where: str, name: str
) -> None:
    text = RENDERINGS[name].render(run).decode()

    assert not LOOKS_GREEN[name](text), text
    if name in SAYS_WHERE:
        assert where in html.unescape(text)


@pytest.mark.parametrize("name", RENDERINGS)
def test_nothing_at_all_is_not_green(tmp_path: Path, name: str) -> None:
    """A kill before the first line."""
    (tmp_path / "journal.jsonl").write_bytes(b"")
    text = RENDERINGS[name].render(read_run(tmp_path / "journal.jsonl")).decode()
    assert not LOOKS_GREEN[name](text)
    assert "interrupted before the first step" in text or name not in SAYS_WHERE


def test_evidence_json_of_a_beginning_proves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for content, where in BEGINNINGS:
        path.write_bytes(content)
        told = json.loads(evidence.render(read_run(path), tmp_path))
        assert not told["complete"]
        ((word, line),) = [(one["word"], one["verdict"]) for one in told["drills"]]
        assert "INTERRUPTED" == word
        assert where in line
        assert None is told["drills"][0]["last_success"]


def test_every_byte_of_a_torn_line_is_left_out_and_told(tmp_path: Path) -> None:
    """Of every line, cut at every byte: what was whole is read, the rest is reported as torn."""
    path = tmp_path / "journal.jsonl"
    lines = [json.dumps(one).encode() + b"\n" for one in sample.green()]
    before = b""
    for count, line in enumerate(lines):
        for cut in range(1, len(line) - 1):
            path.write_bytes(before + line[:cut])
            events = read(path)
            assert (count, True) == (len(events), events.truncated), line[:cut]
        path.write_bytes(before + line[:-1])  # only the end of the line is missing
        assert (count + 1, False) == (len(read(path)), read(path).truncated)
        before += line


@pytest.mark.parametrize("name", sorted(SAYS_WHERE))
def test_a_torn_line_is_told_in_the_report(tmp_path: Path, name: str) -> None:
    path = tmp_path / "journal.jsonl"
    whole, where = BEGINNINGS[5]
    path.write_bytes(whole + b'{"at":"2026-')
    text = RENDERINGS[name].render(read_run(path)).decode()
    assert where in html.unescape(text)
    assert re.search("torn|cut|half|truncated", text)


@pytest.mark.parametrize("mode", ["rehearsal", "drill"])
def test_a_verdict_without_an_end_is_kept_and_is_not_green(tmp_path: Path, mode: str) -> None:
    """Killed while it cleaned up: what was claimed stands, and nothing proves the cleanup."""
    changes = {"mode": mode, "cloud": mode}
    events = [{**one, **changes} if one["event"] == "run_started" else one for one in proven()]
    run = read_run(sample.written(tmp_path / "journal.jsonl", events[:-1]))
    shown = {name: html.unescape(one.render(run).decode()) for name, one in RENDERINGS.items()}

    for name, text in shown.items():
        assert not LOOKS_GREEN[name](text), text
    (error,) = ElementTree.fromstring(shown["junit"]).iter("error")  # noqa: S314
    assert "the run was killed before it ended: nothing proves that what it made is gone" == (
        error.get("message")
    )
    assert f"PROVEN, {KILLED}" in shown["html"]
    assert f"# PROVEN rehearsal of core (1 withheld), {KILLED}" == shown["markdown"].splitlines()[0]
    (past,) = past_of(run)
    assert not past.counts
    assert not past.is_green
    assert f"PROVEN rehearsal of core (1 withheld), {KILLED}" == past.verdict_in_full


def test_with_its_end_the_same_run_counts(tmp_path: Path) -> None:
    """So that the test before this one tests what it says."""
    run = read_run(sample.written(tmp_path / "journal.jsonl", proven()))
    assert [True] == [past.counts for past in past_of(run)]
    assert all(LOOKS_GREEN[name](one.render(run).decode()) for name, one in RENDERINGS.items())


def test_a_failure_without_an_end_stays_one(tmp_path: Path) -> None:
    events = [sample.run_started(), sample.procedure(), sample.verdict("FAILED core: 1 failed", 1)]
    run = read_run(sample.written(tmp_path / "journal.jsonl", events))
    (past,) = past_of(run)
    assert ("FAILED", "FAILED core: 1 failed, and the run was killed before it had cleaned up") == (
        past.word,
        past.verdict,
    )
    assert 'data-word="FAILED"' in RENDERINGS["html"].render(run).decode()


def test_the_verdict_on_several_drills_is_not_green_without_an_end(tmp_path: Path) -> None:
    events = [
        sample.run_started(),
        sample.procedure(),
        {**sample.procedure(), "drill": "physical"},
        {**sample.verdict("PROVEN both", 0), "drill": None},
    ]
    run = read_run(sample.written(tmp_path / "journal.jsonl", events))
    shown = {name: one.render(run).decode() for name, one in RENDERINGS.items()}
    assert "1" == ElementTree.fromstring(shown["junit"]).get("errors")  # noqa: S314
    assert f"# PROVEN both, {KILLED}" == shown["markdown"].splitlines()[0]
    assert not _metrics(shown["metrics"])
    assert re.search(r'class="verdict tone-interrupted" data-word="INTERRUPTED"', shown["html"])


def proven() -> list[dict[str, Any]]:
    """A whole run of nothing but its drill: it was not sabotaged."""
    return [
        {**one, "mode": "drill", "cloud": "self-managed"} if one["event"] == "run_started" else one
        for one in sample.green()
        if one["event"] != "sabotaged"
    ]
