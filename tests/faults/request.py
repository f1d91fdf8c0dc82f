"""Reads a request to AWS as its server gets it: who asks which service for what, and of which
resources. No password, no secret's content and no SQL is ever read out of it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

Environ = dict[str, Any]

# Parameters that name things. `Value` only within filters: a tag's is no name of a resource.
_NAMES = re.compile(
    r"(Identifier|Identifiers|Id|Ids|Name|Names|Arn|ARN|Arns|Rule|Resource|QueueUrl|SecretList"
    r"|KeyId|ResourceName)$"
)
_FILTER = re.compile(r"^Filters?\.")
_SECRET = re.compile(r"Password|Secret(String|Binary)|Statement|Sql|Token", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    service    as it is signed for: rds, ec2, secretsmanager; "" when it is not signed
    operation  AWS's word, `DescribeDBClusters`; `GET /path` where only the path says it
    named      parameter → what it names, `{"DBClusterIdentifier": "core-prod"}`
    key        the access key id that signed it
    """

    service: str
    operation: str
    named: Mapping[str, str]
    key: str


def read(environ: Environ) -> Request:
    """The request; its body can be read again afterwards."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split("/")
    key, service = (scope[0], scope[3]) if len(scope) > 3 else ("", "")
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return Request(service, target.rpartition(".")[2], _named(_flat(_json(body))), key)
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    form = form if "Action" in form else dict(parse_qsl(environ.get("QUERY_STRING", "")))
    if "Action" in form:
        return Request(service, form["Action"], _named(form.items()), key)
    path = unquote(environ.get("PATH_INFO", "/"))
    named = {"path": path, **_named(_flat(_json(body)))}
    return Request(service, f"{environ.get('REQUEST_METHOD')} {path}", named, key)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError:
        return {}


def _flat(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """`{"Tags": [{"Key": "a"}]}` as `Tags.1.Key`, which is how the query protocol says it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{at}.{name}" if at else str(name))
    elif isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            yield from _flat(inner, f"{at}.{number}")
    elif value is not None:
        yield at, str(value)


def _named(parameters: Any) -> dict[str, str]:
    return {
        name: value
        for name, value in parameters
        if not _SECRET.search(name)
        and (_NAMES.search(re.sub(r"(\.\d+)+$", "", name)) or _FILTER.match(name))
    }
