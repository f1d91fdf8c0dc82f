"""The copy runs nothing of its source's and reaches nobody, until it is proven and let out."""

from __future__ import annotations

from fixtures.aws.described import Described
from fixtures.aws.quarantine import Quarantine
from fixtures.aws.quarantine_lift import Lifted
from fixtures.claims import NotProven
from fixtures.judging import Judge
from fixtures.parity import compare_configuration, compare_members
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
    restored_cluster: Described,
    described_source: Described,
    source: Source,
    run: Run,
) -> None:
    """Let out, the cluster is configured as the source again (R26 to R31)."""
    out = source.kind.describe(source.rds, restored_cluster.identifier)

    findings = compare_configuration(
        source,
        described_source,
        out,
        adopted=source.mode == "recovery",
        wanted=run.settings.restore,
    ).findings

    assert findings == []


def test_its_instances_are_let_out_too(
    lifted_quarantine: Lifted,
    restored_cluster: Described,
    described_source: Described,
    source: Source,
    run: Run,
) -> None:
    """Let out, its instances have the source's groups (R33)."""
    out = source.kind.describe(source.rds, restored_cluster.identifier)

    findings = compare_members(described_source, out, run.settings.restore)

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
