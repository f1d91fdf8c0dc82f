"""The same plan from one making to the next: no ids, times, ports or paths of the day.

Addresses become what AWS would say: every cluster of the rehearsal is at 127.0.0.1 and has a port
of its own, every cluster of AWS has port 5432 and a name of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

DROPPED = ("configuration", "planned_values", "prior_state", "relevant_attributes", "checks")
"""Parts of a plan that no judge reads, and that are nine tenths of it."""

LOOPBACK = "127.0.0.1"
ENDPOINT = "http://127.0.0.1:5000"
"""What every plan says that the cloud's is."""

_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_HEX_ID = re.compile(
    r"\b(sg|subnet|vpc|vpc-cidr-assoc|rtb|sgrule|terraform)-([0-9a-f]{8,32}|\d{7,20})\b"
)
_RESOURCE = re.compile(r"\b(cluster|db)-[A-Z0-9]{26}\b")
_PREFIXED = re.compile(r"(core-rds-login-)[0-9a-f]{26}")
"""A name that the provider made unique, as the example's secret has (``name_prefix``)."""
_SUFFIX = re.compile(r"(:secret:[\w/+=.@-]+?)-[A-Za-z0-9]{6}(?![A-Za-z0-9])")


def normal(document: dict[str, Any], ports: Mapping[int, str], *, whole: bool) -> dict[str, Any]:
    """A plan, or a copy of it, without what is different each time.

    ports  names of the clusters by their port
    """
    kept = {key: value for key, value in document.items() if whole or key not in DROPPED}
    if "relevant_attributes" in kept:  # in an order of Go's, which is another each time
        kept["relevant_attributes"] = sorted(
            kept["relevant_attributes"], key=lambda one: json.dumps(one, sort_keys=True)
        )
    addressed = _addressed(kept, ports)
    text = json.dumps(addressed, sort_keys=True)
    text = re.sub(rf"http://{re.escape(LOOPBACK)}:\d+", ENDPOINT, text)
    text = _TIME.sub("2026-01-01T00:00:00Z", text)
    text = _PREFIXED.sub(rf"\g<1>{1:026x}", text)
    text = _SUFFIX.sub(r"\1-AbCdEf", text)
    text = _numbered(_UUID, text, lambda _, n: f"00000000-0000-4000-8000-{n:012x}")
    text = _numbered(_HEX_ID, text, lambda found, n: f"{found[1]}-{n:017x}")
    text = _numbered(_RESOURCE, text, lambda found, n: f"{found[1]}-REHEARSAL{n:017}")
    result: dict[str, Any] = _sets_in_order(json.loads(text))
    return result


def _sets_in_order(value: Any) -> Any:
    """Sets of networks' ids sorted by their new names: Terraform has them sorted by the old."""
    match value:
        case dict():
            return {key: _sets_in_order(one) for key, one in value.items()}
        case [str(), *_] if all(isinstance(one, str) and _HEX_ID.fullmatch(one) for one in value):
            return sorted(value)
        case list():
            return [_sets_in_order(one) for one in value]
    return value


def _numbered(pattern: re.Pattern[str], text: str, name: Any) -> str:
    """Each thing found under a number of its own, in the order in which they are met."""
    names: dict[str, str] = {}

    def renamed(found: re.Match[str]) -> str:
        return names.setdefault(found[0], name(found, len(names) + 1))

    return pattern.sub(renamed, text)


def _addressed(value: Any, ports: Mapping[int, str]) -> Any:
    """With the hosts and ports of AWS, in objects and in the JSON texts that secrets are."""
    match value:
        case dict():
            inner = {key: _addressed(one, ports) for key, one in value.items()}
            for key, one in value.items():
                if one == LOOPBACK:
                    inner[key] = _host(_cluster(value, ports), reader="reader" in key.lower())
            if value.get("port") in ports:
                inner["port"] = 5432
            return inner
        case list():
            return [_addressed(one, ports) for one in value]
        case str() if value.startswith("{") and LOOPBACK in value:
            # As jsonencode() writes it: keys sorted, no blanks.
            secret = _addressed(json.loads(value), ports)
            return json.dumps(secret, sort_keys=True, separators=(",", ":"))
    return value


def _cluster(value: dict[str, Any], ports: Mapping[int, str]) -> str:
    """Whose address an object holds; where the port is one of the plan's, it says so itself."""
    named = value.get("cluster_identifier") or value.get("dbClusterIdentifier")
    return str(ports.get(value.get("port", 0), named))


def _host(cluster: str, *, reader: bool) -> str:
    ro = "-ro" if reader else ""
    return f"{cluster}.cluster{ro}-rehearsal.us-east-1.rds.amazonaws.com"
