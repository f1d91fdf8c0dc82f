"""`python -m reports history` as it is typed: its lines, its page, its JSON, its exit status."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest

from reports.__main__ import UNREAD, main
from reports.history import command
from reports.history.chart import HEIGHT, WIDTH, chart
from reports.history.terminal import bars
from reports.journal import NAME
from tests.reports.history.nights import at, kept, night, past
from tests.reports.history.pages import check_page, said
from tests.reports.test_journal import NASTY

ROOT = Path(__file__).parents[3]
FAILED = {"every table kept its rows": "failed"}


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """Two green nights, a red one, and a rehearsal."""
    folder = tmp_path / "evidence"
    kept(folder, night(1, measured={"time to writable": 100.0, "data loss": 2.0}))
    kept(folder, night(2, measured={"time to writable": 200.0, "data loss": 1.0}))
    kept(folder, night(3, "FAILED", outcomes=FAILED, rows={"public.granules": 7}))
    kept(folder, night(4, mode="rehearsal"))
    return folder


def history(*arguments: object, now: float = 5) -> int:
    parser = ArgumentParser()
    command.add_to(parser.add_subparsers())
    return command.run(parser.parse_args(["history", *map(str, arguments)]), at(now))


def test_trends_are_told_line_by_line(evidence: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert history(evidence) == 0
    heading = "  began              time to writable  time to proven  time to service  data loss  "
    assert capsys.readouterr().out.splitlines() == [
        "core-prod, pitr: 3 runs, last success 2026-06-03 02:00Z",
        f"{heading}verdict",
        "  2026-06-02 02:00Z  1 min 40 s        –               –                2.0 s      "
        "PROVEN core",
        "  2026-06-03 02:00Z  3 min 20 s        –               –                1.0 s      "
        "PROVEN core",
        "  2026-06-04 02:00Z  1 min 40 s        3 min 20 s      –                –          "
        "FAILED core",
        "  time to writable ▅█▅  1 min 40 s to 3 min 20 s",
        "  data loss        █▅  1.0 s to 2.0 s",
        "  the newest (2026-06-04 02:00Z) beside the last green run before it "
        "(2026-06-03 02:00Z, night-2):",
        "    verdict: PROVEN → FAILED core",
        "    every table kept its rows: passed → failed",
        "    rows of core: public.granules: 50,000 → 7",
        "    time to writable: 3 min 20 s → 1 min 40 s",
        "    data loss: 1.0 s → not measured",
        "    time to proven: not measured → 3 min 20 s",
        "",
        "core-prod, pitr, rehearsal: 1 run, a rehearsal is never a success of its cluster",
        f"{heading}verdict",
        "  2026-06-05 02:00Z  1 min 40 s        3 min 20 s      –                –          "
        "PROVEN core",
        "  no earlier green run to compare the newest with",
        "",
    ]


def test_the_command_is_offered(evidence: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", str(evidence)]) == 0
    assert capsys.readouterr().out.startswith("core-prod, pitr: 3 runs")


def test_a_reader_that_has_read_enough_is_no_error(evidence: Path) -> None:
    """`python -m reports history … | head` ended in a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as unread:
        result = subprocess.run(
            [sys.executable, "-m", "reports", "history", str(evidence)],
            cwd=ROOT,
            stdout=unread,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (UNREAD, "") == (result.returncode, result.stderr)


def test_a_terminal_has_colours_and_folds_what_is_too_long(
    evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(evidence, night(3.5, "FAILED", verdict={"verdict": "FAILED " + "x" * 100}))

    class Tty(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Tty()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert history(evidence) == 0
    told = terminal.getvalue()
    assert "\x1b[32mPROVEN core" in told
    assert "\x1b[1;31mFAILED" in told
    assert told.count("x") == 2 * 100  # in its row, and as a change


def test_ten_runs_are_listed_and_the_rest_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(13):
        kept(tmp_path, night(number))
    assert history(tmp_path, now=20) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("PROVEN core" in line for line in lines) == 10
    assert "  … and 3 earlier, in --html and --json" in lines
    assert lines[-2].endswith("(2026-06-12 02:00Z, night-11): nothing that matters changed")


def test_a_negative_control_is_listed_and_compared_with_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(tmp_path, night(1))
    kept(tmp_path, night(2))
    kept(tmp_path, night(3, "ALARM RANG", outcomes=FAILED, negative_control=7))
    assert history(tmp_path) == 0
    out = capsys.readouterr().out
    assert "ALARM RANG core" in out
    assert "last success 2026-06-03 02:00Z" in out
    assert "night-1): nothing that matters changed" in out


def test_a_run_that_is_dated_in_the_future_has_no_weight(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2, 9):
        kept(tmp_path, night(number))
    assert history(tmp_path) == 0
    out = capsys.readouterr().out
    assert "3 runs, last success 2026-06-03 02:00Z" in out
    assert "the newest (2026-06-03 02:00Z) beside" in out
    assert "  1 run dated in the future, of no weight here" in out


def test_what_cannot_be_read_is_told_and_ends_nothing(
    evidence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (evidence / "x").mkdir()
    (evidence / "x" / NAME).write_bytes(b"\x00\n")
    html = tmp_path / "history.html"
    assert history(evidence, f"--html={html}") == 0
    why = f"{evidence}/x/{NAME}: line 1 is not JSON; the file is damaged"
    assert f"not read: {why}" in capsys.readouterr().out.splitlines()
    assert why in check_page(html.read_text())


def test_tables_that_cannot_be_read_are_told_where_they_are_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(tmp_path, night(1))
    journal = kept(tmp_path, night(2))
    journal.write_text(journal.read_text().replace('"content":"equal"', '"content":"perhaps"'))
    assert history(tmp_path) == 0
    assert f"not read: {journal}: line 6: " in capsys.readouterr().out


def test_json_holds_all_of_it(evidence: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert history(evidence, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["not_read"] == []
    drill, rehearsal = told["trends"]
    assert [one["run"] for one in drill["runs"]] == ["night-1", "night-2", "night-3"]
    assert drill["last_success"] == "2026-06-03T02:00:00+00:00"
    assert rehearsal["last_success"] is None
    since = drill["since_the_last_green_run"]
    assert (since["run"], since["newest"]) == ("night-2", "night-3")
    assert since["changes"][1] == {
        "what": "every table kept its rows",
        "before": "passed",
        "after": "failed",
        "words": "every table kept its rows: passed → failed",
    }
    assert drill["runs"][0]["measured"] == {"time to writable": 100.0, "data loss": 2.0}


def test_the_page_tells_the_same(evidence: Path, tmp_path: Path) -> None:
    html = tmp_path / "history.html"
    assert history(evidence, f"--html={html}") == 0
    page = check_page(html.read_text())
    for told in (
        "core-prod, pitr: ✗ FAILED core",
        "Last success of the cluster in this drill: 2026-06-03 02:00Z",
        "Since the last green run before it, 2026-06-03 02:00Z",
        "rows of core: public.granules: 50,000 → 7",
        "A rehearsal is never a success of its cluster.",
        "3 runs, newest first",
    ):
        assert told in page
    assert html.read_text().count("<svg") == 2
    label = 'aria-label="time to writable of 3 runs: 1 min 40 s to 3 min 20 s, the newest 1 min'
    assert label in html.read_text()


def test_a_page_of_many_runs_lists_the_newest_and_draws_all(tmp_path: Path) -> None:
    for number in range(105):
        kept(tmp_path / "evidence", night(number))
    html = tmp_path / "history.html"
    assert history(tmp_path / "evidence", f"--html={html}", now=200) == 0
    page = check_page(html.read_text())
    assert "105 runs, newest first; 5 older runs in --json" in page
    assert html.read_text().count('class="held"') == 2 * 105


@pytest.mark.parametrize("text", NASTY.values(), ids=list(NASTY))
def test_names_of_any_characters_are_shown_as_text(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence, html = tmp_path / "evidence", tmp_path / "history.html"
    names = {"cluster": text, "drill": text}
    kept(evidence, night(1, run="a", versions={text: "1"}, **names))
    kept(evidence, night(2, run="b", versions={text: "2"}, verdict={"verdict": text}, **names))
    assert history(evidence, f"--html={html}") == 0
    line = said(text)
    out = capsys.readouterr().out
    assert f"{line}, {line}: 2 runs" in out
    assert f"    version of {line}: 1 → 2" in out
    assert f"version of {line}: 1 → 2" in check_page(html.read_text())
    assert history(evidence, "--json") == 0
    assert json.loads(capsys.readouterr().out)["trends"][0]["cluster"] == text


def test_folders_without_a_journal_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / NAME).write_bytes(b"\x00\n")
    assert history(tmp_path / "none") == 4
    expected = f"{tmp_path}/none: No such file or directory; name a folder of evidence\n"
    assert capsys.readouterr() == ("", expected)
    assert history(tmp_path) == 4
    assert capsys.readouterr() == (
        "",
        f"{tmp_path}: no journal of a run there; name a folder of evidence\n"
        f"{tmp_path}/x/{NAME}: line 1 is not JSON; the file is damaged\n",
    )


def test_a_page_that_cannot_be_written_exits_4(
    evidence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert history(evidence, f"--html={tmp_path}") == 4
    expected = f"{tmp_path} cannot be written: Is a directory; name another one with --html=FILE\n"
    assert capsys.readouterr() == ("", expected)
    assert [one.name for one in tmp_path.iterdir()] == ["evidence"]


# --- drawings ---------------------------------------------------------------------------------


def test_a_drawing_begins_at_zero_and_ends_at_the_largest() -> None:
    values = [0.0, 50.0, 100.0]
    runs = [past(night(number, measured={"x": value})) for number, value in enumerate(values)]
    drawn = chart("x", runs)
    assert drawn is not None
    assert drawn.line == "6.0,78.0 160.0,48.0 314.0,18.0"
    assert (drawn.top, drawn.first, drawn.last) == ("1 min 40 s", "2026-06-01", "2026-06-03")
    assert [mark.green for mark in drawn.marks] == [True, True, True]


@pytest.mark.parametrize("values", [[0.0, 0.0], [-5.0, 5.0], [1e9, 1.0], [7.0, 7.0, 7.0]], ids=str)
def test_no_mark_leaves_the_drawing(values: list[float]) -> None:
    for step in (0, 1):
        runs = [
            past(night(number * step, run=f"{number}", measured={"x": value}))
            for number, value in enumerate(values)
        ]
        drawn = chart("x", runs)
        assert drawn is not None
        assert all(0 <= one.x <= WIDTH and 0 <= one.y <= HEIGHT for one in drawn.marks)


def test_one_value_is_no_trend() -> None:
    runs = [past(night(1, measured={"x": 1.0})), past(night(2, measured={"x": None}))]
    assert chart("x", runs) is None
    assert bars([1.0]) == ""


def test_bars_stand_beside_the_largest() -> None:
    assert bars([0.0, 5.0, 10.0]) == "▁▅█  0.0 s to 10.0 s"
    assert bars([0.0, 0.0]) == "▁▁  0.0 s to 0.0 s"
    assert bars([-1.0, 1.0]) == "▁█  -1.0 s to 1.0 s"
