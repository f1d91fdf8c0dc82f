"""Bytes → `Plan`.

``terraform show -json tfplan > plan.json`` writes UTF-8, but PowerShell's ``>`` makes UTF-16 of it,
and some editors put a byte order mark before UTF-8.
"""

from __future__ import annotations

import codecs

from pydantic import ValidationError

from checks.plan.model import Plan

_SHOW = "write it again with `terraform show -json PLANFILE > plan.json`"

_MARKS = (
    # UTF-32's mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnreadablePlan(Exception):
    """The bytes are no plan in JSON: one line that says why, and what to do, without content."""


def read_plan(data: bytes) -> Plan:
    """The plan that `terraform show -json` or `tofu show -json` wrote.

    UTF-8, with or without a mark, UTF-16 and UTF-32 with one. UnreadablePlan for everything else
    that is not a whole JSON document of a plan's shape.
    """
    if not data.strip():
        raise UnreadablePlan(f"the plan is empty: {_SHOW}")
    if data.startswith(b"PK\x03\x04"):
        raise UnreadablePlan(
            "this is the saved plan itself, not its JSON: `terraform show -json` makes that of it"
        )
    plan, reason = _parse(_text(data))
    if plan is None:
        # Raised here and not where it was caught: the caught one quotes what it could not read.
        raise UnreadablePlan(reason)
    return plan


def _text(data: bytes) -> str:
    """The document as text. Decoded here, for the parser lets bytes pass that are no UTF-8."""
    for mark, announced in _MARKS:
        if data.startswith(mark):
            encoding = announced
            break
    else:
        # No mark, but every other byte of an ASCII bracket is zero: RFC 4627, section 3.
        little = data[1:2] == b"\0"
        encoding = ("utf-16-le" if little else "utf-16-be") if b"\0" in data[:4] else "utf-8"
    text = _decoded(data, encoding)
    if text is None:
        raise UnreadablePlan(
            f"the plan is not the {encoding} that its first bytes announce: {_SHOW}"
        )
    return text


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _parse(text: str) -> tuple[Plan | None, str]:
    try:
        return Plan.model_validate_json(text), ""
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return None, f"the plan is not JSON, or not all of it: {_SHOW}"
    place = ".".join(str(step) for step in first["loc"]) or "it"
    return None, (
        f"this JSON is not a plan's, {place} is not what it should be ({first['type']}): {_SHOW}"
    )
