"""What a plan does to an address, as a sentence that quotes no value."""

from __future__ import annotations

from typing import Any

import pytest

from checks.plan.model import Change, ResourceChange
from checks.plan.words import in_words

CANARY = "canary-41"
BEFORE = {"name": "a", "password": f"{CANARY}1", "tags": {f"{CANARY}2": f"{CANARY}3"}}
AFTER = {"name": "a", "password": f"{CANARY}4", "tags": {f"{CANARY}5": "x"}}


def row(*actions: str, **changes: Any) -> ResourceChange:
    """One object that is there before, and after, as its actions have it."""
    of_row = {
        name: changes.pop(name) for name in ("previous_address", "deposed") if name in changes
    }
    change = {
        "actions": actions,
        "before": None if actions == ("create",) else BEFORE,
        "after": None if actions in {("delete",), ("forget",)} else AFTER,
        **changes,
    }
    return ResourceChange(address="t.a", type="t", change=Change.model_validate(change), **of_row)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (row("no-op", after=BEFORE), None),
        (row("no-op", after=BEFORE, previous_address="t.b"), "moves t.b to t.a"),
        (row("no-op", after=BEFORE, importing={"id": CANARY}), "imports t.a"),
        (row("create"), "creates t.a"),
        (row("read"), "reads t.a while it is applied"),
        (row("update"), "updates t.a in place: attributes password, tags"),
        (
            row("update", previous_address="t.b"),
            "moves t.b to t.a and updates t.a in place: attributes password, tags",
        ),
        (
            row("update", after=BEFORE, after_sensitive={"name": True}),
            "updates t.a in place: what the provider takes for the same is written otherwise, or "
            "marked as sensitive",
        ),
        (row("delete"), "destroys t.a"),
        (
            row("delete", deposed="00ab"),
            "destroys what an interrupted replacement left at t.a (00ab)",
        ),
        (row("forget"), "forgets t.a: it stays as it is, and Terraform manages it no more"),
        (row("delete", "create"), "replaces t.a: would be destroyed and made again"),
        (
            row("delete", "create", replace_paths=[["tags", f"{CANARY}6"], ["name"]]),
            "replaces t.a: would be destroyed and made again, because of name, tags",
        ),
        (row("create", "delete"), "replaces t.a: would be made again, the old one destroyed"),
        (row("create", "forget"), "replaces t.a: would be made again, the old one forgotten"),
        (row("thought", "of tomorrow"), "thought and of tomorrow t.a"),
    ],
)
def test_each_action_has_its_sentence(one: ResourceChange, words: str | None) -> None:
    assert words == in_words(one)
    assert CANARY not in (in_words(one) or "")


def test_many_attributes_are_counted() -> None:
    many = {f"a{number:02}": number for number in range(1, 14)}
    words = in_words(row("update", before={}, after=many))
    assert words is not None
    assert words.endswith("a09, a10 and 3 more")
