"""`kill -9` at any moment: every beginning of a journal renders as interrupted, and none as green.

Every rendering of the registry is tried on every beginning, so that a new one needs a line in
`LOOKS_GREEN` before it can be added.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from reports import evidence
from reports.journal import read
from reports.renderings import RENDERINGS
from reports.run_record import RunRecord, read_run
from tests.reports import sample


def _junit(text: str) -> bool:
    suites = ElementTree.fromstring(text)  # noqa: S314
    verdicts = [case for case in suites.iter("testcase") if case.get("name") == "verdict"]
    red = all(case.find("error") is not None for case in verdicts)
    counted = all(int(one.get("errors", 0)) > 0 for one in (suites, *suites.iter("testsuite")))
    return not (verdicts and red and counted)


def _html(text: str) -> bool:
    words = re.findall(r'data-word="([^"]*)"', text)
    return not words or any(word != "INTERRUPTED" for word in words)


def _markdown(text: str) -> bool:
    return any(re.match(r"#+ .*\bPROVEN\b|\*\*.*\bPROVEN\b", line) for line in text.splitlines())


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
SAYS_WHERE = frozenset({"junit", "html", "markdown"})
"""Those that are made of words; metrics are made of numbers."""


def beginnings() -> list[tuple[bytes, str]]:
    """Each beginning of a journal that ends with a whole line before the verdict, and where it was.

    The sample's steps: 1 and 2, then 3 within which it notes, then 4 withheld, proofs, verdict.
    """
    lines, found, where = [], [], "interrupted before the first step"
    for one in sample.green():
        if one["event"] == "verdict":
            return found
        match one["event"]:
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
        assert [("INTERRUPTED", where)] == [(d["word"], d["verdict"]) for d in told["drills"]]


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
