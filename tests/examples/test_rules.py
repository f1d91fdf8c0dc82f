"""What no schema knows: no second restore, no secret where it does not belong, no root."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.examples.reading import (
    GITLAB,
    GITLAB_JOBS,
    KUBERNETES,
    SYSTEMD,
    github,
    github_scripts,
    gitlab,
    manifests,
    name_of,
    pod_of,
    unit_lines,
)

CRON_JOBS = [one for one in manifests() if one["kind"] == "CronJob"]
DRILLS = [one for one in CRON_JOBS if one["metadata"]["name"] != "restore-drill-fleet"]
RESTORING = ("drill", "negative-control")
"""GitHub's jobs that restore."""


# GitHub


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


# GitLab


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


# Kubernetes


@pytest.mark.parametrize("manifest", CRON_JOBS, ids=name_of)
def test_kubernetes_never_retries_nor_overlaps(manifest: dict[str, Any]) -> None:
    """In an indexed job by index: `backoffLimit: 0` would end it at the first red cluster."""
    spec = manifest["spec"]
    job = spec["jobTemplate"]["spec"]

    assert "Forbid" == spec["concurrencyPolicy"]
    limit = "backoffLimitPerIndex" if job.get("completionMode") == "Indexed" else "backoffLimit"
    assert {limit: 0} == {key: job[key] for key in job if key.startswith("backoffLimit")}
    assert "Never" == pod_of(manifest)["restartPolicy"]
    assert job["activeDeadlineSeconds"] > 0


@pytest.mark.parametrize("manifest", CRON_JOBS, ids=name_of)
def test_kubernetes_gives_a_pod_no_right_that_it_does_not_need(manifest: dict[str, Any]) -> None:
    pod = pod_of(manifest)
    (container,) = pod["containers"]

    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert {"type": "RuntimeDefault"} == pod["securityContext"]["seccompProfile"]
    assert {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    } == container["securityContext"]
    assert {"requests", "limits"} == set(container["resources"])


@pytest.mark.parametrize("manifest", DRILLS, ids=name_of)
def test_kubernetes_mounts_backups_and_settings_to_be_read(manifest: dict[str, Any]) -> None:
    (container,) = pod_of(manifest)["containers"]
    read_only = {one["name"] for one in container["volumeMounts"] if one.get("readOnly")}
    claims = [one for one in pod_of(manifest)["volumes"] if one["name"] == "backups"]

    assert {"settings", "backups"} == read_only
    assert claims[0]["persistentVolumeClaim"]["readOnly"] is True


@pytest.mark.parametrize("manifest", CRON_JOBS, ids=name_of)
def test_kubernetes_mounts_every_volume_it_names_and_names_every_one_it_mounts(
    manifest: dict[str, Any],
) -> None:
    (container,) = pod_of(manifest)["containers"]

    named = {one["name"] for one in pod_of(manifest)["volumes"]}
    assert named == {one["name"] for one in container["volumeMounts"]}


@pytest.mark.parametrize("manifest", CRON_JOBS, ids=name_of)
def test_the_network_policy_is_that_of_every_pod(manifest: dict[str, Any]) -> None:
    """It lets nothing in, and nothing out."""
    (policy,) = (one["spec"] for one in manifests() if one["kind"] == "NetworkPolicy")
    labels = manifest["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]

    assert (["Ingress", "Egress"], [], []) == (
        policy["policyTypes"],
        policy["ingress"],
        policy["egress"],
    )
    assert policy["podSelector"]["matchLabels"].items() <= labels.items()


def test_the_indexed_job_knows_its_own_size() -> None:
    """Its pods compare that with the number of settings files."""
    (manifest,) = (one for one in DRILLS if name_of(one) == "restore-drill-clusters")
    job = manifest["spec"]["jobTemplate"]["spec"]
    (container,) = pod_of(manifest)["containers"]

    assert [{"name": "COMPLETIONS", "value": str(job["completions"])}] == container["env"]


def test_secrets_are_references() -> None:
    """No value of one stands in a manifest."""
    assert [] == [one for one in manifests() if one["kind"] == "Secret"]
    for manifest in DRILLS:
        (container,) = pod_of(manifest)["containers"]
        given = {entry["name"] for entry in container.get("env", []) if "value" in entry}
        assert given <= {"COMPLETIONS"}


# Pairs that must not drift


def test_the_negative_control_in_kubernetes_is_the_drill_with_one_more_argument() -> None:
    name, schedule = "restore-drill-control-core", "47 5 * * 0"
    text = [
        path.read_text()[path.read_text().index("apiVersion") :]
        for path in (KUBERNETES / "drill.yaml", KUBERNETES / "negative-control.yaml")
    ]
    lines = [
        [line for line in one.splitlines() if not line.lstrip().startswith("#")] for one in text
    ]

    added = [line.strip() for line in lines[1] if line not in lines[0]]
    assert [f"name: {name}", f'schedule: "{schedule}"', "- --negative-control"] == added
    assert len(lines[0]) + 1 == len(lines[1])


def test_the_negative_control_of_systemd_is_the_drill_with_one_more_argument() -> None:
    drill, control = (
        (SYSTEMD / f"{name}@.service").read_text().partition("[Service]")[2].splitlines()
        for name in ("restore-drill", "restore-drill-control")
    )

    added = [line for line in control if line not in drill]
    (performed,) = (line for line in drill if line.startswith("ExecStart="))
    assert [f"{performed} --negative-control"] == added


def test_systemd_interrupts_a_drill_and_never_starts_it_again() -> None:
    for unit in SYSTEMD.glob("restore-drill*@.service"):
        assert ["SIGINT"] == unit_lines(unit, "KillSignal")
        assert ["mixed"] == unit_lines(unit, "KillMode")
        assert ["postgres"] == unit_lines(unit, "User")
        assert [] == unit_lines(unit, "Restart")
