"""Asking about many objects with few statements, without one that is refused hiding the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from checks.database import RowCursor
from checks.schema.fingerprint import Snapshot
from checks.shared_snapshot import Read, Unread

Item = TypeVar("Item")
Answer = TypeVar("Answer")

SIZE = 100
"""Objects asked about with one statement."""


def ask_in_batches(
    session: Snapshot,
    items: Sequence[Item],
    ask: Callable[[RowCursor, Sequence[Item]], Mapping[int, Answer]],
) -> tuple[dict[int, Answer], dict[int, str]]:
    """Place in `items` → the answer, and place → why there is none.

    `ask` is given some of the items and returns the answers by their place among these; it may
    leave some out. Where it is refused, each of its items is asked about alone.
    """
    answers: dict[int, Answer] = {}
    refused: dict[int, str] = {}
    places = range(len(items))
    batches = [places[begin : begin + SIZE] for begin in range(0, len(items), SIZE)]

    def asked(cursor: RowCursor, batch: Sequence[int]) -> Mapping[int, Answer]:
        return ask(cursor, [items[place] for place in batch])

    def keep(batch: Sequence[int], told: Read[Mapping[int, Answer]] | Unread) -> None:
        if isinstance(told, Read):
            answers.update({batch[place]: answer for place, answer in told.result.items()})
        elif len(batch) == 1:
            refused[batch[0]] = told.why
        else:
            alone = [[place] for place in batch]
            for one, again in zip(alone, session.each(alone, asked), strict=True):
                keep(one, again)

    for batch, told in zip(batches, session.each(batches, asked), strict=True):
        keep(batch, told)
    return answers, refused
