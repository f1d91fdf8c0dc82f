"""What a run made is its own while it lives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from fixtures.aws import tags as tagging
from fixtures.aws.errors import FindSource
from fixtures.aws.lease import Lease, renew
from fixtures.aws.session import Client
from fixtures.aws.tags import RunTag
from tests.aws.fix_aws import ACCESS, Recorder
from tests.aws.test_reaping import LATER, Account

LONGER = LATER + timedelta(days=3)


@pytest.fixture
def account(rds: Client) -> Account:
    return Account(rds, ACCESS.client("ec2"))


def test_a_run_that_takes_longer_renews_all_that_it_made(account: Account) -> None:
    name = account.drill("run-1")
    renewed = renew(account.rds, account.ec2, name, RunTag("run-1", "ci", LONGER))
    assert [name, f"{name}-1", name, name] == renewed
    assert {"keep"} == {one.decision for one in account.survey().found}
    assert {LONGER.replace(microsecond=0)} == {
        tagging.expiry_of(one.resource.tags) for one in account.survey().found
    }


def test_nobody_renews_what_is_not_provably_his(account: Account) -> None:
    """Another run's, or what only has its tags."""
    name = account.drill("run-1")
    assert [] == renew(account.rds, account.ec2, name, RunTag("run-2", "ci", LONGER))
    account.tag(name, resource="cluster-OTHER")
    assert name not in renew(account.rds, account.ec2, name, RunTag("run-1", "ci", LONGER))[:1]


def test_what_is_not_there_is_told(account: Account) -> None:
    with pytest.raises(FindSource):
        renew(account.rds, account.ec2, "no-such-cluster", RunTag("run-1", "ci", LONGER))


def test_a_recovery_s_resources_never_get_an_expiry(account: Account, calls: Recorder) -> None:
    name = account.drill("run-1")
    before = len(calls.calls)
    with pytest.raises(ValueError, match="never expires"):
        renew(account.rds, account.ec2, name, RunTag("run-1", "ci"))
    assert before == len(calls.calls)


class Watch:
    """A lease of eight hours whose time and answers the test decides."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 14, tzinfo=UTC)
        self.written: list[datetime | None] = []
        self.said: list[str] = []
        self.refuses = False
        self.lease = Lease(
            RunTag("run-1", "ci", self.now + timedelta(hours=8)),
            timedelta(hours=8),
            self._renew,
            tell=self.said.append,
            now=lambda: self.now,
        )

    def _renew(self, tag: RunTag) -> None:
        if self.refuses:
            raise ClientError({"Error": {"Code": "Throttling", "Message": "slow"}}, "AddTags")
        self.written.append(tag.expires)

    def after(self, hours: float) -> Watch:
        self.now += timedelta(hours=hours)
        self.lease.keep_up()
        return self


def test_a_lease_is_renewed_when_less_than_half_is_left() -> None:
    watch = Watch()
    assert [] == watch.after(4).written
    began = watch.now
    assert [began + timedelta(hours=8.5)] == watch.after(0.5).written
    assert 1 == len(watch.after(4).written)
    assert 2 == len(watch.after(0.1).written)


def test_a_lease_that_could_not_be_renewed_is_told_and_tried_again() -> None:
    watch = Watch()
    watch.refuses = True
    assert [] == watch.after(5).written
    (line,) = watch.said
    assert "could not be renewed" in line
    assert "Throttling" in line
    watch.refuses = False
    assert 1 == len(watch.after(0.1).written)


def test_what_never_expires_is_never_renewed() -> None:
    watch = Watch()
    watch.lease.tag = RunTag("run-1", "ci")
    assert [] == watch.after(100).written
