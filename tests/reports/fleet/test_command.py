"""`python -m reports fleet` as it is typed: its lines, its page, its JUnit, its exit status."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from reports.fleet import command
from reports.journal import NAME
from tests.reports.history.nights import at, kept, night
from tests.reports.history.pages import check_page, said
from tests.reports.test_journal import NASTY
from tests.reports.test_junit import check_shape, check_totals, rows


@pytest.fixture
def clusters(tmp_path: Path) -> Path:
    """Two are expected."""
    folder = tmp_path / "clusters"
    folder.mkdir()
    for name in ("core-prod", "other"):
        (folder / f"{name}.toml").touch()
    return folder


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """One of them was proven last night."""
    kept(tmp_path / "evidence" / "core-prod", night(9.5))
    return tmp_path / "evidence"


def fleet(*arguments: object) -> int:
    parser = ArgumentParser()
    command.add_to(parser.add_subparsers())
    return command.run(parser.parse_args(["fleet", *map(str, arguments)]), at(10))


def junit(path: Path) -> ElementTree.Element:
    """Parsed, and checked for what must hold of every report."""
    root = ElementTree.parse(path).getroot()  # noqa: S314
    check_shape(root)
    check_totals(root)
    return root


def test_a_red_fleet_exits_1_and_says_why(
    clusters: Path, evidence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fleet(f"--expect={clusters}", evidence) == 1
    assert capsys.readouterr().out.splitlines() == [
        "fleet at 2026-06-11 02:00Z: a cluster has to be proven every 26 h (--within)",
        "  cluster    is     last success                  time to writable  time to proven  "
        "time to service  data loss  drills",
        "  core-prod  green  2026-06-10 14:00Z (12 h ago)  1 min 40 s        3 min 20 s      "
        "–                –          pitr PROVEN",
        "  other      RED    never                         –                 –               "
        "–                –          none",
        "  red: other: no journal of it was found",
        "RED: 1 of 2 clusters is red",
    ]


def test_a_green_fleet_exits_0(
    clusters: Path, evidence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(evidence / "other", night(9.6, cluster="other"))
    assert fleet(f"--expect={clusters}", evidence) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "GREEN: all 2 clusters have a proven drill of the last 26 h"


def test_within_says_how_old_a_success_may_be(clusters: Path, evidence: Path) -> None:
    (clusters / "other.toml").unlink()
    assert fleet(f"--expect={clusters}", "--within=11h", evidence) == 1
    assert fleet(f"--expect={clusters}", "--within=12h", evidence) == 0


def test_several_folders_are_one_fleet(clusters: Path, evidence: Path, tmp_path: Path) -> None:
    kept(tmp_path / "elsewhere", night(9.6, cluster="other"))
    assert fleet(f"--expect={clusters}", evidence, tmp_path / "elsewhere") == 0


def test_an_empty_folder_of_evidence_makes_everything_red(clusters: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert fleet(f"--expect={clusters}", tmp_path / "empty") == 1


def test_the_junit_has_a_case_a_cluster(clusters: Path, evidence: Path, tmp_path: Path) -> None:
    kept(evidence, night(9.5, cluster="unknown", run="u"))
    file = tmp_path / "fleet.xml"
    assert fleet(f"--expect={clusters}", evidence, f"--junit={file}") == 1
    root = junit(file)
    (suite,) = root
    assert (suite.attrib["name"], suite.attrib["timestamp"]) == (
        "fleet",
        "2026-06-11T02:00:00+00:00",
    )
    assert rows(root) == [
        ("core-prod", "passed", ""),
        ("other", "failure", "no journal of it was found"),
        ("unknown", "skipped", "not expected: 1 run, the last PROVEN 2026-06-10 14:00Z (12 h ago)"),
    ]


def test_a_journal_that_could_be_any_clusters_is_an_error(
    clusters: Path, evidence: Path, tmp_path: Path
) -> None:
    (evidence / "x").mkdir()
    (evidence / "x" / NAME).write_bytes(b"\x00\n")
    file = tmp_path / "fleet.xml"
    assert fleet(f"--expect={clusters}", evidence, f"--junit={file}") == 1
    assert rows(junit(file))[-1] == (
        "journals that cannot be read",
        "error",
        "1 journal, and nobody knows whose",
    )


def test_the_page_says_what_is_red_first(clusters: Path, evidence: Path, tmp_path: Path) -> None:
    file = tmp_path / "fleet.html"
    fleet(f"--expect={clusters}", evidence, f"--html={file}")
    page = check_page(file.read_text())
    assert page.index("✗ RED: 1 of 2 clusters is red") < page.index("other ✗ red")
    assert page.index("other ✗ red no journal of it was found") < page.index("core-prod ✓ green")
    assert "time to writable: 1 min 40 s" in page


@pytest.mark.parametrize("text", NASTY.values(), ids=list(NASTY))
def test_names_of_any_characters_are_shown_as_text(
    text: str, clusters: Path, evidence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(evidence, night(9.6, "FAILED", run="n", drill=text, verdict={"verdict": text}))
    kept(evidence, night(9.6, cluster=text, run="m"))
    xml, html = tmp_path / "fleet.xml", tmp_path / "fleet.html"
    assert fleet(f"--expect={clusters}", evidence, f"--junit={xml}", f"--html={html}") == 1
    line = said(text)
    assert f"  red: core-prod: {line}: {line}, " in capsys.readouterr().out
    assert f"{line}: {line}, 2026-06-10 16:24Z" in check_page(html.read_text())
    assert line in [name for name, _, _ in rows(junit(xml))]


def test_a_name_of_a_settings_file_is_shown_as_text(
    clusters: Path, evidence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clusters / "a\n<b>\x1b.toml").touch()
    xml, html = tmp_path / "fleet.xml", tmp_path / "fleet.html"
    assert fleet(f"--expect={clusters}", evidence, f"--junit={xml}", f"--html={html}") == 1
    assert "  red: a <b>\\x1b: no journal" in capsys.readouterr().out
    assert "a <b>\\x1b ✗ red" in check_page(html.read_text())
    assert ("a <b>\\x1b", "failure", "no journal of it was found") in rows(junit(xml))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--expect={}/none"], "--expect={}/none: No such file or directory; name a folder"),
        (["--expect={}/evidence"], "--expect={}/evidence: no *.toml there; put"),
        (["--expect={}/clusters", "--within=soon"], "--within=soon: not a time; write a time"),
        (["--expect={}/clusters", "{}/nowhere"], "{}/nowhere: No such file or directory; name"),
        (
            ["--expect={}/clusters", "--html={}/evidence"],
            "{}/evidence cannot be written: Is a directory; name another one with --html=FILE",
        ),
        (
            ["--expect={}/clusters", "--junit={}/x/y"],
            "{}/x/y cannot be written: No such file or directory; name another one with --junit=",
        ),
    ],
)
def test_bad_input_exits_4_in_one_line(
    arguments: list[str],
    why: str,
    clusters: Path,
    evidence: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = [one.format(tmp_path) for one in arguments]
    assert fleet(*given, evidence) == 4
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(why.format(tmp_path))
