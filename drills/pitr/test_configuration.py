"""The copy is configured as the source is: what AWS resets unless the request says it."""

from __future__ import annotations

from checks.configuration import compare_clusters, compare_instances
from fixtures.aws.description import ClusterDescription
from fixtures.aws.instances import expected
from fixtures.aws.quarantine import Quarantine
from fixtures.aws.restore import Restored
from fixtures.claims import NotApplicable
from fixtures.drill_run import DrillRun
from fixtures.quarantining import apart, require_in_force
from fixtures.run import Run
from fixtures.source import Source
from fixtures.telling import tell_allowed


def test_what_is_being_created_is_what_was_asked_for(
    requested_restore: Restored,
    described_source: ClusterDescription,
    prepared_quarantine: Quarantine,
    source: Source,
) -> None:
    """The cluster that is being created has the source's settings (R31, R70)."""
    if requested_restore.found:
        raise NotApplicable("an earlier part of this run had it created, and looked then")
    comparison = compare_clusters(
        described_source.raw,
        requested_restore.raw,
        mode=source.mode,
        own_port=source.own_port,
        creating=True,
        apart=apart(prepared_quarantine),
    )

    findings = comparison.findings

    assert findings == []


def test_the_restored_cluster_is_configured_as_the_source(
    created_instances: ClusterDescription,
    described_source: ClusterDescription,
    verified_quarantine: Quarantine,
    source: Source,
    drill_run: DrillRun,
) -> None:
    """The restored cluster differs nowhere outside the allow-list (R26 to R31)."""
    require_in_force(verified_quarantine)
    comparison = compare_clusters(
        described_source.raw,
        created_instances.raw,
        mode=source.mode,
        own_port=source.own_port,
        apart=apart(verified_quarantine),
    )
    tell_allowed(drill_run, comparison.told)

    findings = comparison.findings

    assert findings == []


def test_its_instances_are_like_the_sources(
    created_instances: ClusterDescription,
    described_source: ClusterDescription,
    verified_quarantine: Quarantine,
    run: Run,
) -> None:
    """As many instances as asked for, of the class, groups and reach (R33)."""
    require_in_force(verified_quarantine)
    wanted = run.settings.restore
    findings = compare_instances(
        expected(
            described_source,
            created_instances.identifier,
            count=wanted.instances,
            instance_class=wanted.instance_class,
        ),
        [instance.raw for instance in created_instances.instances],
        instead=verified_quarantine.instance_groups,
    )

    assert findings == []
