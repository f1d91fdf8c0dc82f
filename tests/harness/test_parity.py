"""Source and copy compared by what kind they are, and by what settings ask for instead (R31)."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.aws.kinds import SingleInstance
from fixtures.claims import NotApplicable
from fixtures.parity import check_source_untouched, compare_configuration, compare_members
from fixtures.settings.restore import Restore
from fixtures.source import Source
from tests.aws.samples import DESCRIBED, SINGLE

ALONE = cast(
    Source, SimpleNamespace(kind=SingleInstance(), mode="drill", gone=False, own_port=False)
)


def copy(**changes: Any) -> Any:
    """A copy as a drill should find it."""
    raw = {key: value for key, value in SINGLE.items() if key != "MasterUserSecret"}
    own = {
        "DBInstanceIdentifier": "core-copy",
        "DBInstanceArn": "arn:copy",
        "DbiResourceId": "db-COPY",
        "DeletionProtection": False,
    }
    return replace(DESCRIBED, raw={**raw, **own, **changes})


def test_a_single_instance_is_held_against_the_class_that_was_asked_for() -> None:
    smaller = copy(DBInstanceClass="db.t4g.micro")
    (finding,) = compare_configuration(ALONE, DESCRIBED, smaller).findings
    assert "DBInstanceClass" == finding.subject
    wanted = Restore(instance_class="db.t4g.micro")
    assert [] == compare_configuration(ALONE, DESCRIBED, smaller, wanted=wanted).findings
    (finding,) = compare_configuration(ALONE, DESCRIBED, copy(), wanted=wanted).findings
    assert "db.t4g.micro" == finding.expected


def test_a_single_instance_has_no_members_to_compare() -> None:
    """R33: not applicable, and never equal because both have none."""
    with pytest.raises(NotApplicable, match="it listens by itself"):
        compare_members(DESCRIBED, copy(), Restore())


def test_what_changed_of_a_single_source_meanwhile_is_a_finding() -> None:
    """R32."""
    assert [] == check_source_untouched(ALONE, DESCRIBED, DESCRIBED)
    (finding,) = check_source_untouched(
        ALONE, DESCRIBED, replace(DESCRIBED, raw={**SINGLE, "MultiAZ": False})
    )
    assert "MultiAZ" == finding.subject
