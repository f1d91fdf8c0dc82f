"""An archive in the tests' cloud, and what one asks of it: rules, executions, rows, items."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from fixtures.aws.session import RehearsalSession
from fixtures.rehearsal.application import ROLE, give_password
from fixtures.rehearsal.cumulus.clients import CumulusClients
from fixtures.rehearsal.cumulus.deployment import Deployment, Tries
from fixtures.rehearsal.sample import create_sample
from fixtures.source import Address, Login
from tests.rehearsal.helpers import DATABASE, Rds, wait_until

TRIES = Tries(seconds=1, receives=3)
STARTED_FOR = "from executions where original_payload -> 'payload' ->> 'number' = %s"
_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)


@dataclass(frozen=True)
class Archive:
    """A deployment with tries that are over soon, and the cluster that it began on."""

    rds: Rds
    cluster: str
    deployment: Deployment

    def connect(self, cluster: str | None = None) -> Connection[Any]:
        """As the owner of the database."""
        return self.rds.connect(cluster or self.cluster)

    def value(self, query: str, *arguments: Any, cluster: str | None = None) -> Any:
        """The one value of a query; None where there is no row."""
        with self.connect(cluster) as connection:
            row = connection.execute(query.encode(), arguments).fetchone()
        return None if row is None else row[0]

    def address(self, cluster: str | None = None) -> Address:
        """Where a cluster listens."""
        described = self.rds.describe(cluster or self.cluster)
        return Address(described["Endpoint"], described["Port"])

    def ask(
        self, method: str, path: str, body: Any = None, **query: str
    ) -> tuple[int, dict[str, Any]]:
        """The archive API's status and answer."""
        request = {
            "httpMethod": method,
            "resource": "/{proxy+}",
            "path": path,
            "headers": {},
            "queryStringParameters": query or None,
            "body": None if body is None else json.dumps(body),
        }
        answer = self.deployment.invoke(self.deployment.names.archive_api, request)
        return answer["statusCode"], json.loads(answer["body"])

    def switch(self, kind: str, state: str, *, but: str = "") -> list[str]:
        """Have all rules of a kind be in that state, through the API; their names."""
        _, listed = self.ask("GET", "/rules", limit="100")
        names = [
            rule["name"]
            for rule in listed["results"]
            if rule["rule"]["type"] == kind and rule["name"] != but and rule["state"] != state
        ]
        for name in names:
            status, answer = self.ask("PATCH", f"/rules/{name}", {"state": state})
            assert 200 == status, answer
        return names

    def send(self, way: str, notice: Any) -> None:
        """What a provider sends: by its queue, topic or stream."""
        to, text = self.deployment.live, json.dumps(notice)
        match way:
            case "sqs":
                self.deployment.client("sqs").send_message(QueueUrl=to.queue, MessageBody=text)
            case "sns":
                self.deployment.client("sns").publish(TopicArn=to.topic, Message=text)
            case "kinesis":
                self.deployment.client("kinesis").put_record(
                    StreamName=to.stream, Data=text.encode(), PartitionKey="tests"
                )

    def queued(self, url: str) -> int:
        """Messages of a queue: visible, delayed and in flight."""
        sqs = self.deployment.client("sqs")
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_COUNTS))["Attributes"]
        return sum(int(found[name]) for name in _COUNTS)

    def own_queue(self, name: str) -> int:
        """The same of a queue of the deployment's own."""
        return self.queued(self.deployment.queue_url(name))

    def statuses(self, number: int, cluster: str | None = None) -> list[str]:
        """Of the executions that were started for a notice with that number."""
        with self.connect(cluster) as connection:
            rows = connection.execute(f"select status {STARTED_FOR}".encode(), [str(number)])
            return [status for (status,) in rows]

    def wait_for(self, number: int, cluster: str | None = None) -> None:
        """Until a notice has become an execution, which is completed and recorded."""
        wait_until(lambda: self.statuses(number, cluster) == ["completed"])

    def wait_until_idle(self) -> None:
        """Until nothing is queued or under way."""
        names = self.deployment.names
        wait_until(
            lambda: (
                not self.own_queue(names.start_queue)
                and not self.own_queue(names.record_queue)
                and self.value("select count(*) from executions where status = 'running'") == 0
            )
        )

    def item(self, table: str, **key: str) -> dict[str, Any] | None:
        """An item of DynamoDB."""
        found = self.deployment.client("dynamodb").get_item(
            TableName=table, Key={name: {"S": value} for name, value in key.items()}
        )
        item: dict[str, Any] | None = found.get("Item")
        return item


def make_database(rds: Rds, cluster: str) -> Login:
    """A cluster with the sample in it; the application's login."""
    rds.create(cluster)
    rds.create_instance(cluster)
    with rds.connect(cluster) as connection:
        create_sample(connection)
        return Login(ROLE, give_password(connection))


def make_archive(rds: Rds, prefix: str) -> Archive:
    """An archive of that prefix, on a cluster of its own that is called so too."""
    login = make_database(rds, prefix)
    deployment = Deployment(RehearsalSession(rds.cloud.endpoint), prefix, TRIES)
    made = Archive(rds, prefix, deployment)
    deployment.found()
    deployment.make_secret(login, made.address(), DATABASE, prefix)
    with made.connect() as admin:
        deployment.complete(admin)
    return made


def clients_of(archive: Archive) -> CumulusClients:
    """The application, as it is moved."""
    return CumulusClients(archive.deployment, "20261127-120000-ab12")
