"""A stand-in for an archive's API: what `PrivateApiLambda` does with rules, as Cumulus does it.

Its rules are in a real database, and what it switches is in the rehearsal cloud: EventBridge's
rules, event source mappings. Written after packages/api/endpoints/rules.js and lib/rulesHelpers.js
(v14 to v21): a mapping that two rules share is left alone; that of one rule alone is deleted, and
does not come back by enabling the rule.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

from fixtures.aws.session import Session

COLUMNS = "name, workflow, type, enabled, value, arn"


@dataclass
class Archive:
    """One archive of that prefix; `connect` opens its database.

    patches     whether it knows PATCH
    deletes     whether a rule's mapping goes with it, where no other rule has the stream
    broken      answers with this status instead of doing anything
    requests    method and path of all that it was asked
    """

    session: Session
    prefix: str
    connect: Callable[[], psycopg.Connection[Any]]
    patches: bool = True
    deletes: bool = True
    broken: int | None = None
    requests: list[str] = field(default_factory=list)

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        """As boto3's client of Lambda has it."""
        assert f"{self.prefix}-PrivateApiLambda" == FunctionName
        event = json.loads(Payload)
        self.requests.append(f"{event['httpMethod']} {event['path']}")
        try:
            status, content = self._answer(event)
        except psycopg.OperationalError:
            status, content = 500, {"message": "no connection"}
        answer = {"statusCode": status, "body": json.dumps(content)}
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(answer).encode())}

    def _answer(self, event: dict[str, Any]) -> tuple[int, Any]:
        if self.broken is not None:
            return self.broken, {"message": "a row's value"}
        method, path = event["httpMethod"], event["path"].removeprefix("/rules").strip("/")
        body = json.loads(event["body"] or "{}")
        with self.connect() as connection:
            if method == "GET" and not path:
                query = event["queryStringParameters"] or {}
                return 200, self._list(connection, int(query["limit"]), int(query["page"]))
            rule = self._get(connection, path)
            if rule is None:
                return 404, {"message": "No record found"}
            if method == "GET":
                return 200, rule
            if method == "PATCH" and self.patches:
                return self._change(connection, rule, {**rule, **body})
            if method == "PUT" and body.get("name") == path and body.get("workflow"):
                return self._change(connection, rule, body)
        return 404, {"message": "Not Found"}

    def _list(self, connection: Any, limit: int, page: int) -> dict[str, Any]:
        # As small a page as AWS would never have, so that there are several.
        limit = min(limit, 5)
        names = connection.execute("select name from rules order by name").fetchall()
        asked = names[limit * (page - 1) : limit * page]
        return {
            "meta": {"count": len(names), "limit": limit, "page": page},
            "results": [self._get(connection, name) for (name,) in asked],
        }

    def _get(self, connection: Any, name: str) -> dict[str, Any] | None:
        row = connection.execute(f"select {COLUMNS} from rules where name = %s", [name]).fetchone()
        if row is None:
            return None
        name, workflow, kind, enabled, value, arn = row
        trigger = {"type": kind, "value": value, "arn": arn}
        return {
            "name": name,
            "workflow": workflow,
            "state": "ENABLED" if enabled else "DISABLED",
            "rule": {key: one for key, one in trigger.items() if one is not None},
        }

    def _change(
        self, connection: Any, before: dict[str, Any], after: dict[str, Any]
    ) -> tuple[int, Any]:
        name, enabled = before["name"], after["state"] == "ENABLED"
        kind, value = before["rule"]["type"], before["rule"].get("value")
        arn = before["rule"].get("arn")
        if kind == "sns":
            if enabled and before["state"] != "ENABLED" and after["rule"].get("arn"):
                return 500, {"message": "Including rule.arn is not allowed"}
            arn = "arn:subscription" if enabled else None
        if kind == "scheduled":
            events = self.session.client("events")
            events.put_rule(
                Name=f"{self.prefix}-{name}",
                ScheduleExpression=value,
                State=after["state"],
                Description="Rule created by cumulus-api",
            )
        connection.execute(
            "update rules set enabled = %s, arn = %s where name = %s", (enabled, arn, name)
        )
        if kind == "kinesis" and arn and self.deletes:
            shared = connection.execute(
                "select count(*) from rules where type = 'kinesis' and arn = %s", [arn]
            ).fetchone()
            if shared == (1,):
                self._delete(arn)
        return 200, self._get(connection, name)

    def _delete(self, mapping: str) -> None:
        functions = self.session.client("lambda")
        listed = functions.list_event_source_mappings()["EventSourceMappings"]
        if mapping in [one["UUID"] for one in listed]:
            functions.delete_event_source_mapping(UUID=mapping)


class Functions:
    """A client of Lambda whose functions are an archive's."""

    def __init__(self, client: Any, archive: Archive) -> None:
        self._client = client
        self.invoke = archive.invoke

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class WithArchive:
    """A session in which the archive's function runs."""

    def __init__(self, session: Session, archive: Archive) -> None:
        self._session = session
        self._archive = archive

    @property
    def region(self) -> str:
        return self._session.region

    def client(self, service: str) -> Any:
        made = self._session.client(service)
        return Functions(made, self._archive) if service == "lambda" else made
