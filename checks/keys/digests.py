"""A key as it is compared and told: never itself, but a keyed digest of its parts.

Both sides' values are brought to one text first: DynamoDB says numbers as decimal text, Postgres
by their type. Nothing that is written to disk or into a finding can be turned back into a key
without the run's secret.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

BYTES = 16
"""Of a digest: at a billion keys two of them fall together with a chance of 1 in 10^21."""
SHOWN = 16
"""Hexadecimal digits of a digest in a finding, as of other keys (`checks.content.locate_keys`)."""

Unit = Literal["ms", "s", "iso"]


class CannotCompare(Exception):
    """A value of a kind that the other side has no equal of. Says the kind, never the value."""


class Digester:
    """Makes digests under the secret of one run, 16 to 64 bytes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, parts: Sequence[str]) -> bytes:
        """The digest of one key; its parts are kept apart by their lengths."""
        made = hashlib.blake2b(key=self._secret, digest_size=BYTES)
        for part in parts:
            data = part.encode()
            made.update(len(data).to_bytes(4, "big"))
            made.update(data)
        return made.digest()


def told(digest: bytes) -> str:
    """As a finding shows it."""
    return f"#{digest.hex()[:SHOWN]}"


def row_parts(row: Sequence[Any]) -> tuple[str, ...] | None:
    """The parts of a key as Postgres gives it; None where one of them is null. CannotCompare."""
    parts = []
    for value in row:
        match value:
            case None:
                return None
            case str():
                parts.append(value)
            case bool():
                raise CannotCompare("a boolean")
            case int() | Decimal():
                parts.append(number(str(value)))
            case uuid.UUID():
                parts.append(str(value))
            case _:
                raise CannotCompare(f"a {type(value).__name__}")
    return tuple(parts)


def item_parts(
    item: Mapping[str, Mapping[str, Any]], attributes: Sequence[str]
) -> tuple[str, ...] | None:
    """The parts of a key as DynamoDB gives it; None where an item lacks one. CannotCompare."""
    parts = []
    for name in attributes:
        value = item.get(name)
        if value is None or "NULL" in value:
            return None
        if "S" in value:
            parts.append(value["S"])
        elif "N" in value:
            parts.append(number(value["N"]))
        else:
            raise CannotCompare(f"of type {next(iter(value), '?')}")
    return tuple(parts)


def number(text: str) -> str:
    """One text for one number: ``1.50`` and ``1.5`` are one, and so are ``1E+2`` and ``100``."""
    return format(Decimal(text).normalize(), "f")


def milliseconds(item: Mapping[str, Mapping[str, Any]], attribute: str, unit: Unit) -> int | None:
    """When an item says that it was written, in ms since 1970; None where it does not."""
    value = item.get(attribute) or {}
    text = value.get("N") or value.get("S")
    if not text:
        return None
    try:
        if unit == "iso":
            moment = datetime.fromisoformat(text)
            return None if moment.utcoffset() is None else int(moment.timestamp() * 1000)
        found = int(Decimal(text) * (1000 if unit == "s" else 1))
    except (ValueError, InvalidOperation, OverflowError):
        return None
    return found if abs(found) < 1 << 62 else None  # eight bytes hold it, and no date is beyond
