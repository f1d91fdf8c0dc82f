"""State, protection, keys, identity, rights: each red on what is wrong, else silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from checks.judgement import Judgement
from checks.readiness.identity import Caller, check_caller, check_owner
from checks.readiness.rights import Right, judge_rights
from checks.readiness.source import (
    RETAINED,
    SeenKey,
    SeenSource,
    check_protection,
    check_state,
    judge_keys,
)
from checks.readiness.unasked import Unasked
from checks.waivers import is_never_waived

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
SOURCE = SeenSource(
    kind="cluster",
    identifier="core-prod",
    resource_id="cluster-ABCDEFGHIJKLMNOPQRSTU",
    arn="arn:aws:rds:us-east-1:123456789012:cluster:core-prod",
    engine="aurora-postgresql 15.4",
    status="available",
    retention_days=7,
    earliest=NOON,
    latest=NOON,
    protected=True,
    key=None,
    host="core-prod.example",
    reader_host=None,
    port=5432,
    vpc="vpc-1",
    instances=2,
)
CALLER = Caller("123456789012", "arn:aws:sts::123456789012:assumed-role/drill/run", "us-east-1")


def test_a_source_that_is_well_has_no_finding() -> None:
    assert [] == [*check_state(SOURCE), *check_protection(SOURCE)]


@pytest.mark.parametrize(
    "status", ["inaccessible-encryption-credentials", "failed", "creating", "deleting"]
)
def test_a_state_without_backups_is_red(status: str) -> None:
    (finding,) = check_state(replace(SOURCE, status=status))
    assert ("readiness.state", status) == (finding.check, finding.actual)
    assert finding.remedy


@pytest.mark.parametrize("status", ["available", "backing-up", "stopped", "modifying", RETAINED])
def test_a_state_with_backups_is_silent(status: str) -> None:
    """A stopped cluster restores as well as one that runs (R61)."""
    assert [] == check_state(replace(SOURCE, status=status))


def test_a_source_that_one_call_deletes_is_red() -> None:
    (finding,) = check_protection(replace(SOURCE, protected=False))
    assert "deletion protection off" == finding.actual


ENABLED = SeenKey("arn:aws:kms:us-east-1:123456789012:key/1", "Enabled", "the source core-prod")


def test_a_key_that_is_enabled_is_silent() -> None:
    assert Judgement() == judge_keys([ENABLED])


@pytest.mark.parametrize(
    ("state", "remedy"),
    [
        ("Disabled", "enable-key"),
        ("PendingDeletion", "cancel-key-deletion"),
        ("missing", "nothing can be restored without it"),
        ("Unavailable", "nothing can be restored without it"),
    ],
)
def test_any_other_state_of_a_key_is_red(state: str, remedy: str) -> None:
    (finding,) = judge_keys([ENABLED, replace(ENABLED, state=state)]).findings
    assert "Enabled" == finding.expected
    assert finding.actual == state
    assert remedy in finding.remedy


def test_the_day_on_which_a_key_goes_is_said() -> None:
    (finding,) = judge_keys([replace(ENABLED, state="PendingDeletion", goes=NOON)]).findings
    assert "PendingDeletion, to be deleted 2026-11-27" == finding.actual


def test_a_key_that_may_not_be_looked_at_is_not_proven() -> None:
    judged = judge_keys([Unasked("no right (kms:DescribeKey)")])
    assert ((), "no right (kms:DescribeKey)") == (judged.findings, judged.gaps[0].reason)


def test_the_account_and_region_that_are_meant_are_silent() -> None:
    assert [] == check_caller(CALLER, account="123456789012", region="us-east-1")
    assert [] == check_owner(SOURCE.arn, account="123456789012", region="us-east-1")


def test_another_account_and_another_region_are_red_and_never_waived() -> None:
    findings = check_caller(CALLER, account="210987654321", region="eu-west-1")
    assert ["account", "region"] == [one.subject for one in findings]
    assert all(is_never_waived(one.check) for one in findings)
    (owner,) = check_owner(SOURCE.arn, account="210987654321", region="us-east-1")
    assert ("210987654321", "123456789012") == (owner.expected, owner.actual)


@pytest.mark.parametrize(
    ("arn", "principal"),
    [
        (CALLER.arn, "arn:aws:iam::123456789012:role/drill"),
        (
            "arn:aws-us-gov:sts::123456789012:assumed-role/drill/run",
            "arn:aws-us-gov:iam::123456789012:role/drill",
        ),
        ("arn:aws:iam::123456789012:user/ops/anna", "arn:aws:iam::123456789012:user/ops/anna"),
        ("arn:aws:iam::123456789012:root", None),
        ("arn:aws:sts::123456789012:federated-user/anna", None),
    ],
)
def test_iam_knows_a_session_by_its_role(arn: str, principal: str | None) -> None:
    assert principal == replace(CALLER, arn=arn).principal


ALLOWED = Right("rds:RestoreDBClusterToPointInTime", "arn:aws:rds:x:y:cluster:copy", "allowed")


def test_rights_that_are_there_are_silent() -> None:
    judged = judge_rights([ALLOWED])
    assert ((), ()) == (judged.findings, judged.gaps)


@pytest.mark.parametrize(
    ("decision", "remedy"), [("implicitDeny", "role's policy"), ("explicitDeny", "Lift the Deny")]
)
def test_a_right_that_is_missing_is_red(decision: str, remedy: str) -> None:
    (finding,) = judge_rights([ALLOWED, replace(ALLOWED, decision=decision)]).findings
    assert ALLOWED.action == finding.subject
    assert remedy in finding.remedy


def test_a_right_that_hangs_on_a_condition_is_not_proven() -> None:
    """IAM denies what it cannot weigh; the restore may be allowed all the same."""
    hangs = replace(ALLOWED, decision="implicitDeny", missing=("aws:RequestTag/run",))
    judged = judge_rights([hangs])
    assert () == judged.findings
    assert "aws:RequestTag/run" in judged.gaps[0].reason
    denied = replace(hangs, decision="explicitDeny")
    assert judge_rights([denied]).findings


@pytest.mark.parametrize("answer", [Unasked("no right"), []])
def test_rights_that_could_not_be_asked_are_not_proven(answer: list[Right] | Unasked) -> None:
    judged = judge_rights(answer)
    assert (0, 1) == (len(judged.findings), len(judged.gaps))
