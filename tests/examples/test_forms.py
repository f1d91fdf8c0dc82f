"""The examples are what GitHub, GitLab, Kubernetes and systemd say that they accept."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.reading import (
    CLONE,
    CRONTAB,
    EXAMPLES,
    GITHUB,
    GITLAB,
    GITLAB_JOBS,
    KUBERNETES,
    ROOT,
    SYSTEMD,
    Script,
    every_script,
)

SHELL = [script for script in every_script() if script.language == "sh"]


def accepted(*command: str) -> str:
    """Run a validator; what it says where it refuses, nothing where it is content."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_workflow_is_one_of_githubs() -> None:
    command = ("check_jsonschema", "--builtin-schema=vendor.github-workflows", str(GITHUB))

    assert "" == accepted(*command)


@pytest.mark.parametrize("path", [GITLAB, GITLAB_JOBS], ids=lambda path: path.name)
def test_the_pipeline_is_one_of_gitlabs(path: Path) -> None:
    schema = ("--builtin-schema=vendor.gitlab-ci", "--data-transform=gitlab-ci")

    assert "" == accepted("check_jsonschema", *schema, str(path))


@pytest.mark.parametrize("path", sorted(KUBERNETES.glob("*.yaml")), ids=lambda path: path.name)
def test_the_manifests_are_kubernetes_own_and_hold_no_unknown_key(path: Path) -> None:
    assert "" == accepted("kubernetes_validate", "--strict", str(path))


def test_the_validators_refuse_what_is_wrong(tmp_path: Path) -> None:
    """A schema that accepts everything would accept the examples as well."""
    workflow = tmp_path / "workflow.yml"
    workflow.write_text(GITHUB.read_text().replace("runs-on:", "runs-upon:"))
    pipeline = tmp_path / "pipeline.yml"
    pipeline.write_text(GITLAB.read_text().replace("artifact: drills.yml", "artifact: drills.json"))
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text(
        (KUBERNETES / "drill.yaml").read_text().replace("backoffLimit:", "backofLimit:")
    )

    vendor = "--builtin-schema=vendor"
    assert accepted("check_jsonschema", f"{vendor}.github-workflows", str(workflow))
    assert accepted("check_jsonschema", f"{vendor}.gitlab-ci", str(pipeline))
    assert accepted("kubernetes_validate", "--strict", str(manifest))


@pytest.mark.parametrize("script", SHELL, ids=lambda script: script.place)
def test_the_shell_can_read_every_script(script: Script) -> None:
    done = subprocess.run(
        ["bash", "-n"], input=script.text, capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize("script", SHELL, ids=lambda script: script.place)
def test_shellcheck_finds_nothing(script: Script) -> None:
    """Variables come from the CI, which it cannot know."""
    beside = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    program = shutil.which("shellcheck", path=beside)
    assert program is not None, "pip install -e '.[dev]' brings it"
    done = subprocess.run(
        [program, "--shell=sh", "--exclude=SC2154", "-"],
        input=script.text,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "" == done.stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """With programs that are there in the place of the clone's."""
    for unit in SYSTEMD.iterdir():
        if unit.suffix in (".service", ".timer"):
            text = re.sub(rf"{CLONE}/\.venv/bin/(pytest|python)", "/bin/true", unit.read_text())
            (tmp_path / unit.name).write_text(text)
    units = sorted(path.name for path in tmp_path.iterdir())
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(f"./{name}" for name in units)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 6 == len(units)
    assert (0, "") == (done.returncode, done.stderr)


def test_no_line_of_the_crontab_holds_a_percent_sign() -> None:
    """cron ends the command there, and hands the rest to its standard input."""
    lines = [line for line in CRONTAB.read_text().splitlines() if re.match(r"[\d*]", line)]

    assert 5 == len(lines)
    assert [] == [line for line in lines if "%" in line]


def test_every_file_is_one_of_those_tested() -> None:
    """A file that is added is added to the tests as well."""
    there = {
        str(path.relative_to(EXAMPLES))
        for folder in ("ci", "docker", "kubernetes", "systemd")
        for path in (EXAMPLES / folder).rglob("*")
        if path.is_file()
    }

    assert {
        "ci/github/restore-drills.yml",
        "ci/gitlab/one-cluster.gitlab-ci.yml",
        "ci/gitlab/restore-drills.gitlab-ci.yml",
        "docker/Dockerfile",
        "kubernetes/drill.yaml",
        "kubernetes/evidence.yaml",
        "kubernetes/fleet.yaml",
        "kubernetes/negative-control.yaml",
        "systemd/crontab",
        "systemd/restore-drill-control@.service",
        "systemd/restore-drill-control@.timer",
        "systemd/restore-drill-fleet.service",
        "systemd/restore-drill-fleet.timer",
        "systemd/restore-drill@.service",
        "systemd/restore-drill@.timer",
    } == there
