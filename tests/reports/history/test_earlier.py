"""What went before a run: found beside it, whatever else lies there, and cheap to find."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.__main__ import main
from reports.history import earlier
from reports.history.changes import changes_since, last_green
from reports.history.earlier import earlier_than, last_success, read_with_earlier
from reports.history.read import past_of
from reports.journal import NAME
from reports.plugin import Evidence
from tests.reports import sample
from tests.reports.history.nights import at, kept, night, past, record


def test_earlier_runs_of_the_same_cluster_and_drill_are_found_oldest_first(tmp_path: Path) -> None:
    for events in (
        night(3, "FAILED"),
        night(1),
        night(2, mode="rehearsal"),
        night(5),
        night(2.5, drill="snapshot"),
        night(2.6, cluster="other"),
    ):
        kept(tmp_path, events)
    run = read_with_earlier(kept(tmp_path, night(4)))
    assert [one.run for one in run.earlier] == ["night-1", "night-2", "night-3"]
    assert run.unread == ()


def test_rows_come_with_the_run_that_is_compared(tmp_path: Path) -> None:
    for events in (night(1), night(2, rows={"public.granules": 90_000}), night(3, "FAILED")):
        kept(tmp_path, events)
    run = read_with_earlier(kept(tmp_path, night(4)))
    assert [bool(one.rows) for one in run.earlier] == [False, True, False]
    (now,) = past_of(run)
    green = last_green(run.earlier, now)
    assert green is not None
    told = [change.in_words for change in changes_since(green, now)]
    assert ["rows of core: public.granules: 90,000 → 50,000"] == told


def test_the_first_run_has_none(tmp_path: Path) -> None:
    assert read_with_earlier(kept(tmp_path, night(1))).earlier == ()


def test_what_cannot_be_read_is_told_and_costs_the_run_nothing(tmp_path: Path) -> None:
    kept(tmp_path, night(1))
    kept(tmp_path, night(2)).write_bytes(b"\x00\xff\n{}\n")
    (tmp_path / "a file").write_text("x")
    (tmp_path / "a folder").mkdir()
    (tmp_path / "worse" / NAME).mkdir(parents=True)
    run = read_with_earlier(kept(tmp_path, night(4)))
    assert [one.run for one in run.earlier] == ["night-1"]
    assert run.unread == (
        f"{tmp_path}/night-2/{NAME}: line 1 is not JSON; the file is damaged",
        f"{tmp_path}/worse/{NAME}: Is a directory",
    )


def test_a_damaged_line_of_tables_is_told(tmp_path: Path) -> None:
    journal = kept(tmp_path, night(1))
    journal.write_text(journal.read_text().replace('"content":"equal"', '"content":"perhaps"'))
    run = read_with_earlier(kept(tmp_path, night(2)))
    assert [one.run for one in run.earlier] == ["night-1"]
    assert [line.startswith(f"{journal}: line 6: ") for line in run.unread] == [True]


def test_a_folder_that_is_not_there_is_told() -> None:
    lines: list[str] = []
    assert earlier_than(record(night(1)), Path("/nowhere"), lines) == ()
    assert lines == ["/nowhere: No such file or directory"]


def test_a_copied_folder_is_not_two_runs(tmp_path: Path) -> None:
    kept(tmp_path, night(1))
    sample.written(tmp_path / "night-1 (copy)" / NAME, night(1))
    run = read_with_earlier(kept(tmp_path, night(2)))
    assert [one.run for one in run.earlier] == ["night-1"]


def test_journals_of_other_clusters_are_not_read_further_than_their_first_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path, night(1, cluster="other"))
    kept(tmp_path, night(3))
    own = kept(tmp_path, night(2))
    monkeypatch.setattr(earlier, "read", None)
    assert read_with_earlier(own).earlier == ()


def test_a_run_that_ends_is_rendered_with_what_went_before(
    tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the plugin does it when the last event arrives, and `python -m reports render` again."""
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    kept(tmp_path, night(1))
    kept(tmp_path, night(2)).write_bytes(b"\x00\n")
    folder = tmp_path / "night-3"
    folders = {"work": "/tmp/x", "evidence": str(folder)}
    evidence = Evidence(pytestconfig)
    for event in night(3, "FAILED", folders=folders):
        evidence.pytest_drill_event(event)
    for _ in range(2):
        (line,) = [
            one
            for one in (folder / "metrics.prom").read_text().splitlines()
            if one.startswith("restore_drill_last_success_timestamp_seconds{")
        ]
        assert float(line.split()[-1]) == at(1).timestamp()
        (folder / "metrics.prom").unlink()
        assert main(["render", str(folder)]) == 0


def test_the_last_success_is_this_run_or_an_earlier_one_that_counts() -> None:
    before = [past(night(1)), past(night(2, mode="rehearsal"))]
    assert last_success(record(night(4), before)) == at(4)
    assert last_success(record(night(4, "FAILED"), before)) == at(1)
    assert last_success(record(night(4, "PARTIAL"), before)) == at(1)
    assert last_success(record(night(4, "FAILED"), before[1:])) is None
    assert last_success(record(night(4), before), "snapshot") is None
