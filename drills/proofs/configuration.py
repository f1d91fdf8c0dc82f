"""The copy is configured as the source is: what AWS resets unless the request says it."""

from __future__ import annotations

from fixtures.aws.described import Described
from fixtures.aws.quarantine import Quarantine
from fixtures.aws.restore import Restored
from fixtures.claims import NotApplicable
from fixtures.judging import Judge
from fixtures.parity import compare_configuration, compare_members
from fixtures.quarantining import apart, require_in_force
from fixtures.run import Run
from fixtures.source import Source


def test_what_is_being_created_is_what_was_asked_for(
    requested_restore: Restored,
    described_source: Described,
    prepared_quarantine: Quarantine,
    source: Source,
    run: Run,
) -> None:
    """The cluster that is being created has the source's settings (R31, R70)."""
    if requested_restore.found:
        raise NotApplicable("an earlier part of this run had it created, and looked then")
    findings = compare_configuration(
        source,
        described_source,
        requested_restore,
        creating=True,
        apart=apart(prepared_quarantine),
        wanted=run.settings.restore,
    ).findings

    assert findings == []


def test_the_restored_cluster_is_configured_as_the_source(
    created_instances: Described,
    described_source: Described,
    verified_quarantine: Quarantine,
    source: Source,
    judge: Judge,
    run: Run,
) -> None:
    """The restored cluster differs nowhere outside the allow-list (R26 to R31)."""
    require_in_force(verified_quarantine)
    comparison = compare_configuration(
        source,
        described_source,
        created_instances,
        apart=apart(verified_quarantine),
        wanted=run.settings.restore,
    )
    # What of a source that is gone nobody can tell is not proven; no waiver is asked for the rest.
    judge(comparison.unseen)

    findings = comparison.findings

    assert findings == []


def test_its_instances_are_like_the_sources(
    created_instances: Described,
    described_source: Described,
    verified_quarantine: Quarantine,
    run: Run,
) -> None:
    """As many instances as asked for, of the class, groups and reach (R33)."""
    require_in_force(verified_quarantine)
    findings = compare_members(
        described_source,
        created_instances,
        run.settings.restore,
        instead=verified_quarantine.instance_groups,
    )

    assert findings == []
