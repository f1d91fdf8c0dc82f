"""The workflow of GitHub: what no schema knows."""

from __future__ import annotations

import re

import pytest

from tests.examples.reading import github, github_scripts

RESTORING = ("drill", "negative-control")
"""The jobs that restore."""


def test_github_runs_drills_by_schedule_and_by_hand_alone() -> None:
    assert {"schedule", "workflow_dispatch"} == set(github()["on"])


def test_githubs_token_reads_the_clone_and_nothing_else() -> None:
    workflow = github()

    assert {"contents": "read"} == workflow["permissions"]
    assert [] == [name for name, job in workflow["jobs"].items() if "permissions" in job]
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert {"persist-credentials": False} == step["with"]


@pytest.mark.parametrize("job", RESTORING)
def test_github_never_has_two_restores_of_one_cluster(job: str) -> None:
    """Both kinds share the group, no run ends another, and one red cluster ends no other."""
    content = github()["jobs"][job]

    group = {"group": "restore-drill-${{ matrix.cluster }}", "cancel-in-progress": False}
    assert group == content["concurrency"]
    assert content["strategy"]["fail-fast"] is False
    assert "${{ matrix.cluster }}" == content["environment"]


@pytest.mark.parametrize("job", RESTORING)
def test_github_keeps_the_evidence_of_a_failure_and_of_a_drill_that_took_too_long(job: str) -> None:
    content = github()["jobs"][job]
    performed, kept = content["steps"][-2:]

    assert performed["timeout-minutes"] < content["timeout-minutes"]
    assert "always()" == kept["if"]
    assert "evidence/" == kept["with"]["path"]


def test_github_tells_the_weekly_schedule_from_the_nightly_one() -> None:
    """By its text, which stands in three places."""
    workflow = github()
    nightly, weekly = (one["cron"] for one in workflow["on"]["schedule"])
    jobs = workflow["jobs"]

    asked = f"github.event.schedule == '{weekly}' || inputs.negative_control"
    assert asked == jobs["negative-control"]["if"]
    not_asked = f"github.event.schedule != '{weekly}' && !inputs.negative_control"
    assert not_asked == jobs["drill"]["if"]
    assert nightly.endswith("* * *")
    assert not weekly.endswith("* * *")


def test_github_puts_no_expression_into_a_script() -> None:
    """What it holds would be taken for a piece of the script; it goes by way of the environment."""
    assert [] == [script.place for script in github_scripts() if "${{" in script.text]


def test_github_hands_secrets_to_the_steps_that_restore_alone() -> None:
    holding = [
        (name, step["name"])
        for name, job in github()["jobs"].items()
        for step in job["steps"]
        if "secrets." in str(step)
    ]

    assert ["drill", "negative-control"] == [job for job, _ in holding]
    assert [] == [
        name for name, job in github()["jobs"].items() if "secrets." in str(job.get("env"))
    ]


def test_github_names_the_evidence_of_controls_otherwise() -> None:
    """The fleet's page fetches `evidence-*`: a broken copy is no night's restore."""
    jobs = github()["jobs"]
    names = {job: jobs[job]["steps"][-1]["with"]["name"] for job in RESTORING}
    fetch = next(step for step in jobs["fleet"]["steps"] if "download" in step.get("uses", ""))

    assert "evidence-*" == fetch["with"]["pattern"]
    assert "evidence-${{ matrix.cluster }}" == names["drill"]
    assert not names["negative-control"].startswith("evidence-")


@pytest.mark.parametrize("job", ["fleet", "reap"])
def test_github_joins_and_clears_away_also_when_drills_failed(job: str) -> None:
    assert re.search(r"always\(\)|!cancelled\(\)", github()["jobs"][job]["if"])
