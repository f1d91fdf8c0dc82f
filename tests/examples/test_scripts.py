"""The scripts in the examples, run: which clusters there are, whose turn it is, what is reaped."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.examples.conftest import Clone
from tests.examples.reading import GITLAB_JOBS, Script, every_script, gitlab

LISTS = ("github: clusters: List them", "gitlab: clusters: script")
REAPS = ("github: reap: Reap", "systemd: restore-drill-fleet.service")
INDEXED = "kubernetes: restore-drill-clusters"


def script(place: str) -> Script:
    return next(one for one in every_script() if one.place == place)


def listed_by_github(clone: Clone) -> list[str]:
    output = clone.folder / "output"
    done = clone.run(script(LISTS[0]), {"GITHUB_OUTPUT": str(output)})
    assert 0 == done.returncode, done.stderr
    key, _, value = output.read_text().strip().partition("=")
    assert "names" == key
    names: list[str] = json.loads(value)
    return names


def pipeline_by_gitlab(
    clone: Clone, environ: Mapping[str, str] | None = None
) -> Mapping[str, Mapping[str, Any]]:
    done = clone.run(script(LISTS[1]), environ)
    assert 0 == done.returncode, done.stderr
    made: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
        (clone.folder / "drills.yml").read_text()
    )
    return made


def test_github_has_a_job_for_each_settings_file(clone: Clone) -> None:
    """In their order; folders below, and what is no settings file, are left out."""
    for name in ("web", "core", "core-eu.2"):
        clone.add(name)
    (clone.folder / "clusters" / "README.md").touch()
    (clone.folder / "clusters" / "later").mkdir()
    (clone.folder / "clusters" / "later" / "aurora.toml").touch()

    assert ["core", "core-eu.2", "web"] == listed_by_github(clone)


def test_gitlab_has_a_job_for_each_settings_file(clone: Clone) -> None:
    """Each with a resource group, an environment and a variable of its own, and the fleet."""
    for name in ("web", "core"):
        clone.add(name)

    made = pipeline_by_gitlab(clone)

    assert ["include", "drill core", "drill web", "fleet"] == list(made)
    for name in ("core", "web"):
        assert {
            "extends": ".drill",
            "variables": {"CLUSTER": name},
            "resource_group": f"restore-drill/{name}",
            "environment": {"name": f"restore-drill/{name}", "action": "access"},
        } == made[f"drill {name}"]


def test_gitlabs_weekly_schedule_makes_negative_controls_and_no_fleet(clone: Clone) -> None:
    clone.add("core")

    made = pipeline_by_gitlab(clone, {"NEGATIVE_CONTROL": "yes"})

    assert ["include", "drill core"] == list(made)
    assert ".negative-control" == made["drill core"]["extends"]


def test_what_gitlab_generates_extends_what_there_is(clone: Clone) -> None:
    """And is valid itself, once it is put together as GitLab does."""
    clone.add("core")
    made = dict(pipeline_by_gitlab(clone))
    (included,) = made.pop("include")
    templates = gitlab(GITLAB_JOBS)

    assert str(GITLAB_JOBS).endswith(included["local"])
    assert {job["extends"] for job in made.values()} <= set(templates)
    whole = clone.folder / "whole.yml"
    whole.write_text(yaml.safe_dump({**templates, **made}))
    done = clone.run(
        Script(
            "", f".venv/bin/python -m check_jsonschema --builtin-schema=vendor.gitlab-ci {whole}"
        )
    )
    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize("place", LISTS)
def test_no_settings_file_is_red(clone: Clone, place: str) -> None:
    """Else a night without a drill would be green."""
    done = clone.run(script(place), {"GITHUB_OUTPUT": os.devnull})

    assert 1 == done.returncode
    assert "clusters/: there is no settings file" in done.stderr


@pytest.mark.parametrize("place", LISTS)
@pytest.mark.parametrize("name", ["$(touch harmed)", "a b", "-rf", "a'b", "a:b"])
def test_a_name_that_could_be_taken_for_something_else_is_red(
    clone: Clone, place: str, name: str
) -> None:
    clone.add(name)

    done = clone.run(script(place), {"GITHUB_OUTPUT": os.devnull})

    assert 1 == done.returncode
    assert "only letters, digits" in done.stderr


def killed(work: Path) -> Path:
    """What a run that was killed together with its guardian leaves."""
    folder = work / "pgd-killed00"
    folder.mkdir(parents=True)
    (folder / "lock").touch()
    return folder


@pytest.mark.parametrize("place", REAPS)
def test_reaping_clears_the_work_folder_of_every_settings_file(
    whole_clone: Clone, work_dir: Path, place: str
) -> None:
    """What killed runs left goes, and nothing else does. A file that is wrong keeps no other."""
    for name in ("core", "web"):
        killed(work_dir / name)
        (work_dir / name / "somebodys").mkdir()
        whole_clone.add(name, f'[restore]\nwork_dir = "{work_dir / name}"\n')
    whole_clone.add("oops", "[sauce]\n")

    done = whole_clone.run(script(place))

    assert [["somebodys"]] * 2 == [
        [path.name for path in (work_dir / name).iterdir()] for name in ("core", "web")
    ]
    assert "sauce" in done.stderr
    # The last word of a unit of systemd is the fleet's, which comes after this.
    assert (0 if "systemd" in place else 4) == done.returncode, done.stdout


def test_gitlab_reaps_as_github_does() -> None:
    assert script("github: reap: Reap").text.split() == script("gitlab: reap: script").text.split()


def whose_turn(clone: Clone, index: int, completions: int) -> subprocess.CompletedProcess[str]:
    """The pod's script, with a pytest that tells its arguments."""
    told = Path(clone.folder, "told")
    told.mkdir(exist_ok=True)
    (told / "pytest").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (told / "pytest").chmod(0o755)
    return clone.run(
        script(INDEXED),
        {
            "PATH": f"{told}{os.pathsep}{os.environ['PATH']}",
            "JOB_COMPLETION_INDEX": str(index),
            "COMPLETIONS": str(completions),
        },
    )


def test_each_index_of_the_indexed_job_has_a_file_of_its_own(clone: Clone) -> None:
    names = ["core", "search", "web"]
    for name in names:
        clone.add(name)

    done = [whose_turn(clone, index, 3) for index in range(3)]

    assert [f"--drill-config=clusters/{name}.toml" for name in names] == [
        word for one in done for word in one.stdout.splitlines() if "--drill-config" in word
    ]


@pytest.mark.parametrize("files", [2, 4])
def test_an_indexed_job_of_the_wrong_size_is_red(clone: Clone, files: int) -> None:
    """One too many would be a cluster that is never drilled."""
    for number in range(files):
        clone.add(f"cluster-{number}")

    done = [whose_turn(clone, index, 3) for index in range(3)]

    assert [4, 4, 4] == [one.returncode for one in done]
    assert f"clusters/ has {files} settings files, and the job has 3 completions" in done[0].stderr
