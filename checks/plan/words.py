"""What a plan does to one object, as a sentence: addresses and names of attributes, never a value.

Names of attributes are the provider's own; what stands within one (the keys of a map, such as tags)
is the operator's, and is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checks.plan.model import NO_OP, UPDATE, Actions, Change, ResourceChange

SHOWN = 10
"""Attributes that a sentence names; of the rest it tells the number."""

_DEPOSED = "what an interrupted replacement left at"
_SENTENCES: Mapping[Actions, str] = {
    ("create",): "creates {what}",
    ("read",): "reads {what} while it is applied",
    ("delete",): "destroys {what}",
    ("forget",): "forgets {what}: it stays as it is, and Terraform manages it no more",
    ("delete", "create"): "replaces {what}: would be destroyed and made again{because}",
    (
        "create",
        "delete",
    ): "replaces {what}: would be made again, the old one destroyed{because}",
    (
        "create",
        "forget",
    ): "replaces {what}: would be made again, the old one forgotten{because}",
}


def in_words(row: ResourceChange) -> str | None:
    """What happens at this address; None where nothing does."""
    what = f"{_DEPOSED} {row.address} ({row.deposed})" if row.deposed else row.address
    change = row.change
    if change.actions == NO_OP:
        said = None
    elif change.actions == UPDATE:
        said = f"updates {what} in place: {_attributes(change)}"
    else:
        sentence = _SENTENCES.get(change.actions, "{actions} {what}")
        actions = " and ".join(change.actions)
        said = sentence.format(what=what, because=_because(change), actions=actions)
    return _and(said, _brought(row))


def _attributes(change: Change) -> str:
    if change.differing:
        return f"attributes {_names(change.differing)}"
    if change.differs:
        return "what the provider takes for the same is written otherwise, or marked as sensitive"
    return "no attribute"


def _because(change: Change) -> str:
    """What makes the replacement necessary; it may also have been asked for."""
    names = {str(path[0]) for path in change.replace_paths or () if path}
    return f", because of {_names(names)}" if names else ""


def _brought(row: ResourceChange) -> str | None:
    """How the object comes to its address, where that is new."""
    if row.previous_address is not None:
        return f"moves {row.previous_address} to {row.address}"
    if row.change.importing is not None:
        return f"imports {row.address}"
    return None


def _and(said: str | None, brought: str | None) -> str | None:
    return " and ".join(part for part in (brought, said) if part is not None) or None


def _names(names: Iterable[str]) -> str:
    known = sorted(names)
    more = f" and {len(known) - SHOWN} more" if known[SHOWN:] else ""
    return f"{', '.join(known[:SHOWN])}{more}"
