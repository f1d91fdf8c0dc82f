"""The pipelines of GitLab: what no schema knows."""

from __future__ import annotations

import pytest

from tests.examples.reading import GITLAB, GITLAB_JOBS, gitlab


def test_gitlab_runs_drills_by_schedule_and_by_hand_alone() -> None:
    (rule,) = gitlab(GITLAB)["workflow"]["rules"]

    assert '$CI_PIPELINE_SOURCE == "schedule" || $CI_PIPELINE_SOURCE == "web"' == rule["if"]


def test_gitlab_never_retries_nor_cuts_short() -> None:
    base = gitlab(GITLAB_JOBS)[".on-a-runner-beside-the-backups"]

    assert (0, False) == (base["retry"], base["interruptible"])
    assert [] == [
        name
        for name, job in gitlab(GITLAB_JOBS).items()
        if name[0] == "." and isinstance(job, dict) and job.get("retry", 0)
    ]


@pytest.mark.parametrize("job", [".drill", ".fleet"])
def test_gitlab_keeps_and_shows_the_evidence_of_a_failure(job: str) -> None:
    artifacts = gitlab(GITLAB_JOBS)[job]["artifacts"]

    assert "always" == artifacts["when"]
    assert "developer" == artifacts["access"]
    assert artifacts["reports"]["junit"].endswith("junit.xml")


def test_gitlabs_drill_ends_before_its_job_does() -> None:
    drill = gitlab(GITLAB_JOBS)[".drill"]

    minutes = [int(one.rstrip("m")) for one in (drill["timeout"], *drill["variables"].values())]
    assert minutes[1] < minutes[0]


def test_gitlabs_pipeline_is_as_red_as_its_drills() -> None:
    assert "depend" == gitlab(GITLAB)["drills"]["trigger"]["strategy"]


@pytest.mark.parametrize("job", [".fleet", "reap"])
def test_gitlab_joins_and_clears_away_also_when_drills_failed(job: str) -> None:
    assert "always" == gitlab(GITLAB_JOBS)[job]["when"]
