"""Moving the application to another cluster: its secret alone moves nothing that runs (R55)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from checks.clients import check_acknowledged
from checks.finding import Finding
from fixtures.rehearsal.cumulus.client import retrying_writer, secret_reader, twin_work
from fixtures.rehearsal.ledger import Stay
from fixtures.rehearsal.writer import Writer
from fixtures.source import Address, Connection
from tests.rehearsal.cumulus.archive import Archive, clients_of
from tests.rehearsal.cumulus.test_records import fenced
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import DATABASE, Rds, next_whole_second, wait_until

COPY = "archive-copy"


@pytest.fixture
def copy(archive: Archive, rds: Rds) -> Iterator[str]:
    """A cluster that was restored to a moment before now, and is left again by the application."""
    with archive.connect() as connection:
        moment = next_whole_second(connection)
        # Something that only the source has: what a commit after the target is there for as well.
        connection.execute("update rules set meta = '{\"only\": \"source\"}' where name = 'rule_5'")
    rds.restore(archive.cluster, COPY, moment)
    rds.create_instance(COPY)
    yield COPY
    clients = clients_of(archive)
    clients.put_back(archive.address(COPY))
    clients.redeploy(archive.cluster, archive.address())
    clients.forget()
    rds.delete(COPY)


@pytest.mark.slow
def test_the_application_ends_on_the_copy(
    archive: Archive, copy: str, number: Callable[[], int]
) -> None:
    """R55, R56. Functions keep the old host until they are deployed again; the client that retries
    goes where the secret leads, and nothing that it was told is committed is lost or doubled.
    """
    clients = clients_of(archive)
    with client_from(archive, 1) as writer:
        told = writer.wait_for(3)
        assert 200 == archive.ask("GET", "/rules/rule_5")[0]  # and it keeps where that was
        with fenced(archive):
            wait_until(lambda: writer.refusal == "53300")
            before = writer.ledger
            assert before.acknowledged >= told.acknowledged

            clients.move(copy, archive.address(copy))
            (login,) = clients.logins()
            assert str(archive.address(copy)) == login.where
            writer.wait_for(before.acknowledged + 3)
            status, answer = archive.ask("GET", "/rules/rule_5")
            assert (500, True) == (status, "53300" in answer["message"])

            clients.redeploy(copy, archive.address(copy))
            status, rule = archive.ask("GET", "/rules/rule_5")
            assert (200, "only" in rule["meta"]) == (status, False)
            archive.send("sqs", {"number": (this := number())})
            archive.wait_for(this, copy)
        ledger = writer.pause()
    first, last = writer.stays
    assert (archive.address().port, archive.address(copy).port) == (first.port, last.port)
    assert () == ledger.doubtful
    assert last.first == first.last + 1
    for stay, cluster in ((first, archive.cluster), (last, copy)):
        with archive.connect(cluster) as connection:
            assert [] == lost(stay, connection)
    assert [] == archive.statuses(this)


@documented(
    "lambda",
    "UpdateFunctionConfiguration",
    "A function keeps its connections and what it has read until it is configured or deployed anew",
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html",
)
def test_functions_keep_the_old_host_until_they_are_deployed_again(archive: Archive) -> None:
    """R55. Although the secret names another, where nobody listens."""
    clients, here = clients_of(archive), archive.address()
    nowhere = Address(here.host, 1)
    assert 200 == archive.ask("GET", "/rules/rule_1")[0]
    try:
        clients.move("nowhere", nowhere)
        assert 200 == archive.ask("GET", "/rules/rule_1")[0]
        clients.redeploy("nowhere", nowhere)
        assert 500 == archive.ask("GET", "/rules/rule_1")[0]
    finally:
        clients.put_back(nowhere)
        clients.redeploy(archive.cluster, here)
        clients.forget()
    assert 200 == archive.ask("GET", "/rules/rule_1")[0]


def test_the_client_comes_back_behind_the_fence_and_loses_nothing(archive: Archive) -> None:
    """R15. It retries for ever, and what was in doubt is sent again under its number."""
    with client_from(archive, 1_000) as writer:
        writer.wait_for(3)
        with fenced(archive):
            wait_until(lambda: writer.refusal == "53300")
            before = writer.ledger
        writer.wait_for(before.acknowledged + 3)
        ledger = writer.pause()
    (stay,) = writer.stays
    with archive.connect() as connection:
        assert ledger.acknowledged == stay.last - stay.first + 1
        assert [] == lost(stay, connection)


def test_what_is_lost_is_found_out(archive: Archive) -> None:
    """The alarm rings."""
    with client_from(archive, 2_000) as writer:
        writer.wait_for(3)
    (stay,) = writer.stays
    with archive.connect() as connection:
        assert [] == lost(stay, connection)
        connection.execute("delete from restore_drill.marker where number = %s", [stay.first + 1])
        (finding,) = lost(stay, connection)
    told = stay.last - stay.first
    assert ("clients.acknowledged", f"{told}, {told} of them different") == (
        finding.check,
        finding.actual,
    )


def lost(stay: Stay, connection: Connection) -> list[Finding]:
    return check_acknowledged(DATABASE, (stay.first, stay.last), connection)


def client_from(archive: Archive, first: int) -> Writer:
    deployment = archive.deployment
    secrets, dynamodb = (deployment.client(one) for one in ("secretsmanager", "dynamodb"))
    return retrying_writer(
        twin_work(dynamodb, deployment.names),
        secret_reader(secrets, deployment.names.secret),
        DATABASE,
        first=first,
    )
