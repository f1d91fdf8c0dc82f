"""The manifests of Kubernetes: what no schema knows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.examples.reading import KUBERNETES, manifests, name_of, pod_of

CRON_JOBS = [one for one in manifests() if one["kind"] == "CronJob"]
DRILLS = [one for one in CRON_JOBS if name_of(one) != "restore-drill-fleet"]


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
