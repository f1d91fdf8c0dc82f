"""Who may do what in the cloud of these tests: IAM's decision on each request, and a log of them.

Users, roles, keys, policies and signatures are moto's own, and its checks of keys and signatures
are on. What it leaves out in deciding (resources, conditions, session policies; `TODO` in
moto/iam/access_control.py) is decided here, at the seam where it decides.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn
from xml.sax.saxutils import escape

from moto.iam.access_control import (
    AssumedRoleAccessKey,
    IAMPolicy,
    IAMRequestBase,
    S3IAMRequest,
)
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from werkzeug.exceptions import HTTPException

from fixtures.rehearsal.web import WSGI, Environ, StartResponse, respond
from tests.aws.policies import decide, trusts
from tests.iam.asking import Ask, Request, World, asked

_QUERY = ("rds", "sts", "iam")


class Judge:
    """Decides for the whole process; `log` is a file of one JSON object a decision."""

    def __init__(self, world: World, log: Path) -> None:
        self._world = world
        self._log = log
        self._lock = threading.Lock()
        self._judged = threading.local()

    def install(self) -> None:
        """Take moto's place at its seam."""

        def check_action_permitted(self: IAMRequestBase, resource: str) -> None:
            judge._judged.now = True
            judge._check(self, resource)

        judge = self
        IAMRequestBase.check_action_permitted = check_action_permitted  # type: ignore[method-assign]

    def door(self, cloud: WSGI) -> WSGI:
        """In front of a cloud: what was answered without a decision becomes a failure.

        Some of moto's services do not pass the seam; none of them may be a hole.
        """

        def watch(environ: Environ, start_response: StartResponse) -> Any:
            self._judged.now = False
            held: list[Any] = []
            body = b"".join(cloud(environ, lambda *start: held.extend(start)))
            signed = "HTTP_AUTHORIZATION" in environ
            if signed and not self._judged.now and str(held[0]).startswith("2"):
                path = environ.get("PATH_INFO")
                message = f"nobody decided on {environ.get('REQUEST_METHOD')} {path}"
                return respond(start_response, "403 Forbidden", "text/xml", message)
            start_response(*held)
            return [body]

        return watch

    def _check(self, request: IAMRequestBase, resource: str) -> None:
        caller: Any = request._access_key
        if request._action == "sts:GetCallerIdentity":
            return  # nobody needs a right for it
        identity = [IAMPolicy(one)._policy_json for one in caller.collect_policies()]
        session = _session_policy(request)
        for ask in self._asked(request, resource):
            refusal = _refusal(ask, identity, session)
            if refusal is None and ask.action == "sts:AssumeRole" and not _trusted(request, ask):
                refusal = "because no trust policy allows it"
            self._note(caller.arn, ask, refusal, session is not None)
            if refusal is not None:
                _refuse(request, f"User: {caller.arn} is not authorized to perform: {ask.action} "
                        f"on resource: {ask.resource} {refusal}")  # fmt: skip

    def _asked(self, request: IAMRequestBase, resource: str) -> list[Ask]:
        service, _, operation = request._action.partition(":")
        if isinstance(request, S3IAMRequest):
            return [Ask(f"s3:{operation}", resource)]
        return asked(
            Request(service, operation, _parameters(request), request.account_id, request._region),
            self._world,
        )

    def _note(self, principal: str, ask: Ask, refusal: str | None, limited: bool) -> None:
        line = {
            "principal": principal,
            "action": ask.action,
            "resource": ask.resource,
            "refusal": refusal,
            "limited": limited,
        }
        with self._lock, self._log.open("a") as log:
            log.write(json.dumps(line) + "\n")


def _refusal(
    ask: Ask, identity: list[dict[str, Any]], session: dict[str, Any] | None
) -> str | None:
    """Why it is refused, in AWS's words; None where it is allowed.

    IAM User Guide, "Policy evaluation logic": a Deny anywhere refuses; else something has to allow
    it, in the policies of the caller and, where there is one, in the session's.
    """
    found = [decide(one, ask.action, ask.resource, ask.context) for one in identity]
    if "deny" in found:
        return "with an explicit deny in an identity-based policy"
    if session is not None:
        decision = decide(session, ask.action, ask.resource, ask.context)
        if decision == "deny":
            return "with an explicit deny in a session policy"
        if decision == "implicit":
            return f"because no session policy allows the {ask.action} action"
    if "allow" not in found:
        return f"because no identity-based policy allows the {ask.action} action"
    return None


def _session_policy(request: IAMRequestBase) -> dict[str, Any] | None:
    """What the session was limited to when it was made."""
    key: Any = request._access_key
    if not isinstance(key, AssumedRoleAccessKey):
        return None
    for role in sts_backends[request.account_id]["aws"].assumed_roles:
        if role.access_key_id == key._access_key_id:
            found: dict[str, Any] | None = json.loads(role.policy) if role.policy else None
            return found
    raise AssertionError("moto knew the key a moment ago")


def _trusted(request: IAMRequestBase, ask: Ask) -> bool:
    """Whether the role lets itself be assumed; of one that is not there, nobody knows."""
    caller: Any = request._access_key
    for role in iam_backends[request.account_id]["aws"].roles.values():
        if role.arn == ask.resource:
            document = json.loads(role.assume_role_policy_document)
            return trusts(document, caller.arn, ask.action, ask.context)
    return False


def _parameters(request: IAMRequestBase) -> dict[str, str]:
    """Flat, as the query protocol has them: `Tags.Tag.1.Key`; of JSON the texts at its top."""
    body = request._body
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")
    if text.startswith("{"):
        parsed: Mapping[str, Any] = json.loads(text)
        return {name: value for name, value in parsed.items() if isinstance(value, str)}
    given: Mapping[str, Any] = request._data
    return {
        name: str(value[0] if isinstance(value, list) else value) for name, value in given.items()
    }


class _Refused(HTTPException):
    code = 403

    def __init__(self, body: str) -> None:
        super().__init__(body)


def _refuse(request: IAMRequestBase, message: str) -> NoReturn:
    """AWS's error, in the form of the service's protocol and by the code that it has there."""
    service = request._service
    if isinstance(request, S3IAMRequest):
        request._raise_access_denied()
    said = escape(message)
    if service == "ec2":
        raise _Refused(
            "<Response><Errors><Error><Code>UnauthorizedOperation</Code>"
            f"<Message>{said}</Message></Error></Errors><RequestID>0</RequestID></Response>"
        )
    if service in _QUERY:
        raise _Refused(
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
            f"<Message>{said}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
        )
    raise _Refused(json.dumps({"__type": "AccessDeniedException", "message": message}))
