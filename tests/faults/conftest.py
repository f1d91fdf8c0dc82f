"""One small account, and a client of it that meets faults without ever waiting for real."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from moto.rds.models import RDSBackend, rds_backends

from fixtures.aws.patience import SECONDS, be_patient
from fixtures.aws.session import Client, RehearsalSession
from fixtures.aws.wait import Pace
from tests.aws.fix_aws import FakeClock, make_groups, make_source, one_loader, without_backups
from tests.faults.account import served
from tests.faults.door import FaultyDoor

__all__ = ["one_loader"]
_RUNS = itertools.count(1)


@dataclass(frozen=True)
class Site:
    """An account with a source, and its faulty door.

    faultless  a client for looking at it, without patience
    log        the door's
    """

    endpoint: str
    door: FaultyDoor
    faultless: Client
    faultless_ec2: Client
    source: str
    log: Path

    def client(self, clock: FakeClock, service: str = "rds") -> Client:
        """As a drill's own, by that clock."""
        client = without_backups(RehearsalSession(self.endpoint).client(service))
        be_patient(client, SECONDS, clock)
        return client


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as patch:
        # 1,300 machine images that nobody starts.
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        # moto's outlive their cluster and are named by the minute; AWS's go with it.
        patch.setattr(RDSBackend, "create_auto_cluster_snapshot", lambda *_: None)
        log = tmp_path_factory.mktemp("faults") / "requests.jsonl"
        with served(log) as (endpoint, door):
            rds = without_backups(RehearsalSession(endpoint).client("rds"))
            source = make_source(rds, make_groups(rds))
            cluster = rds_backends["123456789012"][rds.meta.region_name].clusters[source]
            cluster.earliest_restorable_time -= timedelta(days=1)
            ec2 = RehearsalSession(endpoint).client("ec2")
            yield Site(endpoint, door, rds, ec2, source, log)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def pace(clock: FakeClock) -> Pace:
    return Pace(deadline=600, resume="say --resume", clock=clock, sleep=clock.sleep)


@pytest.fixture
def run_id() -> str:
    """Another for each test: no copy is called as one before."""
    return f"run-{next(_RUNS)}"


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    """botocore's pauses and ours move the clock."""
    monkeypatch.setattr(
        "botocore.endpoint.time", SimpleNamespace(time=time.time, sleep=clock.sleep)
    )
    monkeypatch.setattr("fixtures.aws.transient.PAUSE", 0.0)
