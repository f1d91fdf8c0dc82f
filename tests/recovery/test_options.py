"""What is refused of a recovery, of going on and of waiting, before anything is touched: exit 4."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.claims import BadInput
from fixtures.recovery import asked
from fixtures.recovery.asked import Asked, asked_run, refuse_where_nobody_is_there
from fixtures.settings import Settings, load_settings
from tests.harness.fix_project import Project

ARN = "arn:aws:rds:us-east-1:123456789012:cluster:core-prod"
RUN = "20260301-120000-1a2b"
SETTINGS = """
[source]
cluster = "core-prod"
account = "123456789012"
region = "us-east-1"
databases = ["core"]
"""
GIVEN: dict[str, Any] = {
    "recover": None,
    "yes": False,
    "resume": None,
    "back_out": None,
    "wait": None,
    "negative_control": None,
    "keep_restored": "failed",
    "keyword": "",
    "markexpr": "",
    "maxfail": 0,
    "numprocesses": None,
    "tx": None,
    "dist": "no",
    "lf": False,
}
RECOVER = {"recover": ARN, "yes": True}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "--yes alone": ({"yes": True}, "--yes consents to a recovery"),
    "no ARN": ({**RECOVER, "recover": "core-prod"}, "is no ARN of a cluster"),
    "the ARN of a snapshot": (
        {**RECOVER, "recover": ARN.replace("cluster:", "cluster-snapshot:")},
        "is no ARN of a cluster",
    ),
    "another account": (
        {**RECOVER, "recover": ARN.replace("123456789012", "210987654321")},
        "its account is 210987654321, and that of [source]",
    ),
    "another region": (
        {**RECOVER, "recover": ARN.replace("us-east-1", "eu-west-1")},
        "its region is eu-west-1, and that of [source]",
    ),
    "another cluster": (
        {**RECOVER, "recover": f"{ARN}-2"},
        "its cluster is core-prod-2, and that of [source]",
    ),
    "workers": ({**RECOVER, "numprocesses": 2, "dist": "load"}, "leave out -n and --dist"),
    "a keyword": ({**RECOVER, "keyword": "fence"}, "only the whole procedure"),
    "the first failure": ({**RECOVER, "maxfail": 1}, "only the whole procedure"),
    "last failed": ({**RECOVER, "lf": True}, "only the whole procedure"),
    "a proof": (
        {**RECOVER, "args": ["drills/pitr/test_counts.py::test_fence_holds"]},
        "only the whole procedure",
    ),
    "retries": ({**RECOVER, "reruns": 1}, "nothing of it is done twice; leave out --reruns"),
    "a negative control": (
        {**RECOVER, "negative_control": "7"},
        "nobody sabotages what is to be production",
    ),
    "nothing kept": (
        {**RECOVER, "keep_restored": "never"},
        "what a recovery restored is production",
    ),
    "another drill": ({**RECOVER, "args": ["drills/readiness"]}, "a recovery is one procedure"),
    "a drill of snapshots": (
        {**RECOVER, "args": ["drills/snapshot"]},
        "drills/snapshot drills beside a source and recovers none",
    ),
    "a wait for a snapshot": (
        {"wait": 5, "args": ["drills/snapshot"]},
        "--wait=5: drills/snapshot waits as long as it takes",
    ),
    "every drill": ({**RECOVER, "args": ["drills"]}, "a recovery is one procedure"),
    "a run that is no name": ({"resume": "yesterday"}, "--resume=yesterday: is no run"),
    "part of a run": ({"resume": RUN, "keyword": "fence"}, "only the whole procedure"),
    "back without an ARN": ({"back_out": RUN}, "only a recovery can be taken back"),
    "back and on": ({**RECOVER, "back_out": RUN, "resume": RUN}, "one goes back, the other on"),
    "no wait": ({"wait": 0}, "--wait=0: write whole minutes"),
}


def settings(tmp_path: Path, text: str = SETTINGS) -> Settings:
    file = tmp_path / "core.toml"
    file.write_text(text)
    return load_settings(str(file), environ={}, invocation_dir=tmp_path)


def config(tmp_path: Path, given: dict[str, Any]) -> Any:
    """As much of a pytest.Config as is asked."""
    options = {**GIVEN, **given}
    return SimpleNamespace(
        option=Namespace(**options),
        rootpath=tmp_path,
        args=options.get("args", ["drills/pitr"]),
        invocation_params=SimpleNamespace(dir=tmp_path, args=()),
    )


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused_in_one_line(tmp_path: Path, case: str) -> None:
    given, said = REFUSED[case]
    with pytest.raises(BadInput) as refusal:
        asked_run(config(tmp_path, given), settings(tmp_path))
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("given", [RECOVER, {"resume": RUN}, {"wait": 5}], ids=str)
def test_a_rehearsal_can_be_none_of_it(tmp_path: Path, given: dict[str, Any]) -> None:
    with pytest.raises(
        BadInput, match=r"there is no \[source\] in .*, and nothing of a rehearsal outlives"
    ):
        asked_run(config(tmp_path, given), settings(tmp_path, ""))


def test_a_recovery_rehearses_nothing(tmp_path: Path) -> None:
    beside = settings(tmp_path, f"{SETTINGS}[rehearsal]\nscale = 2\n")
    with pytest.raises(BadInput, match="a recovery rehearses nothing"):
        asked_run(config(tmp_path, RECOVER), beside)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Asked()),
        (RECOVER, Asked(recover=ARN, yes=True)),
        ({**RECOVER, "resume": RUN, "wait": 90}, Asked(ARN, True, RUN, None, 5400.0)),
        ({**RECOVER, "back_out": RUN}, Asked(recover=ARN, yes=True, back_out=RUN)),
        ({"resume": RUN}, Asked(resume=RUN)),
    ],
    ids=str,
)
def test_what_can_be_meant_is_understood(
    tmp_path: Path, given: dict[str, Any], expected: Asked
) -> None:
    assert expected == asked_run(config(tmp_path, given), settings(tmp_path))


def test_a_source_that_is_gone_is_named_by_its_resource_id(tmp_path: Path) -> None:
    """R61: no ARN holds that; which cluster it was is compared when AWS has described it."""
    gone = settings(tmp_path, SETTINGS.replace("core-prod", "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    assert ARN == asked_run(config(tmp_path, RECOVER), gone).recover


def test_without_a_terminal_the_consent_is_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "TERMINAL", tmp_path / "none")
    refuse_where_nobody_is_there(Asked(recover=ARN, yes=True))
    with pytest.raises(BadInput, match="nobody is at a terminal to confirm it; write --yes"):
        refuse_where_nobody_is_there(Asked(recover=ARN))


def test_the_command_line_is_refused_before_anything_is_touched(project: Project) -> None:
    project.drill("pitr")
    (project.folder / "core.toml").write_text(SETTINGS)
    result = project.run("--drill-config=core.toml", "drills/pitr", f"--recover={ARN}-2", "--yes")
    assert (4, []) == (result.status, result.log), result.out + result.err
    assert "its cluster is core-prod-2, and that of [source]" in result.err
    assert "Traceback" not in result.err
