"""A door in front of a cloud that writes down every request and lets faults happen to them.

```
POST /faults    a list of rules, in place of those before; counting begins anew
GET  /faults    how many requests each rule has struck, in the order in which they were posted
```
"""

from __future__ import annotations

import json
import os
import re
import socket
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from werkzeug.test import EnvironBuilder, run_wsgi_app

from fixtures.rehearsal.web import WSGI, Environ, StartResponse, respond
from tests.faults.request import Request, read
from tests.faults.rule import Rule, of_json

_LONGEST_SECONDS = 120.0
"""No client of ours waits so long for an answer."""
Answer = tuple[str, list[tuple[str, str]], bytes]
"""Status, headers, body."""


class FaultyDoor:
    """Wraps a cloud's front door; `log` is a file of one JSON object a request.

    The first rule that strikes a request decides about it. Each rule counts the requests it
    matches, also those that another one strikes.
    """

    def __init__(self, cloud: WSGI, log: Path) -> None:
        self._cloud = cloud
        self._log = log
        self._lock = threading.Lock()
        self.obey([])

    def obey(self, rules: list[Rule]) -> None:
        """From now on these."""
        with self._lock:
            self._rules = rules
            self._matched = [0] * len(rules)
            self._struck = [0] * len(rules)

    @property
    def struck(self) -> list[int]:
        """How often each rule did."""
        with self._lock:
            return list(self._struck)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == "/faults" and "HTTP_AUTHORIZATION" not in environ:
            return self._control(environ, start_response)
        request = read(environ)
        rule = self._choose(request)
        status = "failed"  # in the cloud itself
        try:
            if rule is None:
                status, headers, body = self._handle(environ)
            else:
                status, headers, body = self._strike(rule, request, environ)
        except _HungUp as how:
            status = how.status
            raise
        finally:
            self._note(request, rule, status)
        start_response(status, headers)
        return [body]

    def _control(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            length = int(environ.get("CONTENT_LENGTH") or 0)
            self.obey(of_json(json.loads(environ["wsgi.input"].read(length))))
        return respond(start_response, "200 OK", "application/json", json.dumps(self.struck))

    def _choose(self, request: Request) -> Rule | None:
        if not request.service:
            return None
        chosen = None
        with self._lock:
            for index, rule in enumerate(self._rules):
                if not rule.matches(request):
                    continue
                self._matched[index] += 1
                if chosen is None and rule.strikes(self._matched[index]):
                    self._struck[index] += 1
                    chosen = rule
        return chosen

    def _strike(self, rule: Rule, request: Request, environ: Environ) -> Answer:
        given = rule.given
        match rule.action:
            case "refuse":
                return _refusal(request, given["code"], given["status"], given["message"])
            case "drop":
                _hang_up(environ, "dropped")
            case "lose":
                self._handle(environ)
                _hang_up(environ, "lost")
            case "late":
                self._handle(environ)
                _wait_until_given_up(environ)
                _hang_up(environ, "late")
            case "garble":
                status, headers, body = self._handle(environ)
                return status, headers, body[: len(body) // 2]
            case "rewrite":
                status, headers, body = self._handle(environ)
                text = body.decode()
                for pattern, replacement in given["replaced"]:
                    text = re.sub(pattern, replacement, text, flags=re.DOTALL)
                return status, headers, text.encode()
            case "ask":
                if refused := self._ask(rule, request):
                    # Of no code that anybody would repeat.
                    return _refusal(request, "FaultyDoor", 400, refused)
            case "signal":
                os.kill(given["pid"], given["signum"])
        return self._handle(environ)

    def _handle(self, environ: Environ) -> Answer:
        body, status, headers = run_wsgi_app(self._cloud, environ, buffered=True)
        # The length changes with what is made of the body, and the server says it anyway.
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        return status, kept, b"".join(body)

    def _ask(self, rule: Rule, request: Request) -> str:
        """A request of somebody else's, which is not written down; what it was refused with."""
        resource = rule.resource_of(request) or ""
        service = rule.given.get("service", "rds")
        params = {
            name: value.replace("{resource}", resource)
            for name, value in rule.given["params"].items()
        }
        form = {"Action": rule.given["operation"], "Version": "2014-10-31", **params}
        signed = f"AWS4-HMAC-SHA256 Credential=somebody/20260101/us-east-1/{service}/aws4_request"
        builder = EnvironBuilder(
            method="POST",
            data=urlencode(form),
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": f"{signed}, SignedHeaders=host, Signature=0"},
            base_url=f"http://{service}.us-east-1.amazonaws.com",
        )
        status, _, body = self._handle(builder.get_environ())
        return "" if status.startswith("200") else f"{form['Action']}: {body.decode()}"

    def _note(self, request: Request, rule: Rule | None, status: str) -> None:
        line = {
            "at": datetime.now(UTC).isoformat(),
            "service": request.service,
            "operation": request.operation,
            "named": dict(request.named),
            "key": request.key,
            "fault": rule.action if rule else None,
            "status": status.partition(" ")[0],
        }
        if not request.service:
            return  # no request to AWS: a control route of the rehearsal's
        with self._lock, self._log.open("a") as log:
            log.write(json.dumps(line) + "\n")


def _refusal(request: Request, code: str, status: int, message: str) -> Answer:
    """AWS's error in the form that the service's protocol has."""
    kind = "text/xml"
    if request.service == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message>"
            "</Error></Errors><RequestID>0</RequestID></Response>"
        )
    elif request.service in ("rds", "sts", "iam"):
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
            f"<Message>{escape(message)}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
        )
    else:
        kind = "application/x-amz-json-1.1"
        body = json.dumps({"__type": code, "message": message})
    return f"{status} Refused", [("Content-Type", kind)], body.encode()


def _wait_until_given_up(environ: Environ) -> None:
    """Return when the client has ended the connection, as it does when its patience is over."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.settimeout(_LONGEST_SECONDS)
    connection.recv(1)


class _HungUp(ConnectionResetError):
    """The server does not go on with the request; `status` is for the log."""

    def __init__(self, status: str) -> None:
        super().__init__("on purpose")
        self.status = status


def _hang_up(environ: Environ, status: str) -> NoReturn:
    """End the connection as a broken network does: without a byte of an answer."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    raise _HungUp(status)
