"""The copy runs nothing of its source's and reaches nobody, until it is proven and let out."""

from __future__ import annotations

from checks.configuration import compare_clusters, compare_instances
from fixtures.aws.description import ClusterDescription, describe
from fixtures.aws.instances import expected
from fixtures.aws.quarantine import Quarantine
from fixtures.aws.quarantine_lift import Lifted
from fixtures.claims import NotProven
from fixtures.judging import Judge
from fixtures.quarantining import in_force, lifted_settings, require_in_force, verify
from fixtures.run import Run
from fixtures.source import Copy, Source, Truth


def test_the_copy_still_stands_in_its_quarantine(
    writable_copy: Copy, verified_quarantine: Quarantine, source: Source, judge: Judge
) -> None:
    """With its instances, too, it stands in its quarantine alone (R64)."""
    require_in_force(verified_quarantine)
    findings = judge(verify(source, verified_quarantine))

    assert findings == []


def test_its_server_runs_with_what_keeps_it_apart(
    writable_copy: Copy, verified_quarantine: Quarantine, source: Source, judge: Judge
) -> None:
    """Its server runs with the parameters that keep it apart (R64)."""
    require_in_force(verified_quarantine)
    findings = judge(in_force(writable_copy, verified_quarantine, source.maintenance))

    assert findings == []


def test_the_cluster_that_was_let_out_is_configured_as_the_source(
    lifted_quarantine: Lifted,
    restored_cluster: ClusterDescription,
    described_source: ClusterDescription,
    source: Source,
) -> None:
    """Let out, the cluster is configured as the source again (R26 to R31)."""
    out = describe(source.rds, restored_cluster.identifier)

    findings = compare_clusters(
        described_source.raw,
        out.raw,
        mode=source.mode,
        adopted=source.mode == "recovery",
        own_port=source.own_port,
    ).findings

    assert findings == []


def test_its_instances_are_let_out_too(
    lifted_quarantine: Lifted,
    restored_cluster: ClusterDescription,
    described_source: ClusterDescription,
    source: Source,
    run: Run,
) -> None:
    """Let out, its instances have the source's groups (R33)."""
    out = describe(source.rds, restored_cluster.identifier)
    wanted = run.settings.restore

    findings = compare_instances(
        expected(
            described_source,
            out.identifier,
            count=wanted.instances,
            instance_class=wanted.instance_class,
        ),
        [instance.raw for instance in out.instances],
    )

    assert findings == []


def test_its_server_runs_as_the_source_s_did(
    let_out_copy: Copy,
    verified_quarantine: Quarantine,
    truth: Truth | None,
    source: Source,
    judge: Judge,
) -> None:
    """Let out, its server runs with what the source's ran with (R31)."""
    if truth is None:
        raise NotProven("nothing was recorded of the source's settings; name [proof] baseline")
    findings = judge(lifted_settings(let_out_copy, verified_quarantine, truth, source.maintenance))

    assert findings == []
