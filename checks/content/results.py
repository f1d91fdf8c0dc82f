"""What became of each table of a comparison, for whoever wants to read more than what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checks.content.observation import TableContent
from checks.evidence import ComparedTable, Content
from checks.judgement import Judgement


@dataclass(frozen=True, slots=True)
class Sizes:
    """One table's rows, as it should have them and as the copy has it; None: not there."""

    table: str
    expected: int | str | None
    copy: TableContent | None


def results(judged: Judgement, sizes: Iterable[Sizes]) -> tuple[ComparedTable, ...]:
    """Each table with what `judged` says of it. Cheap: every list is gone through once."""
    findings = {one.subject for one in judged.findings}
    gaps = {one.subject for one in judged.gaps}
    bounds = {one.subject for one in judged.bounds}

    def content(one: Sizes) -> Content:
        if one.table in findings:
            return "differs"
        if one.copy is None or one.copy.rows is None or one.expected is None:
            return "bounded" if one.table in bounds - gaps else "not read"
        if one.table in gaps or _only_counted(one.copy):
            return "counted"
        return "bounded" if one.table in bounds else "equal"

    return tuple(
        ComparedTable(
            one.table,
            one.expected,
            None if one.copy is None else one.copy.rows,
            None if one.copy is None else round(one.copy.bytes * one.copy.share_read),
            content(one),
        )
        for one in sizes
    )


def _only_counted(copy: TableContent) -> bool:
    return any(part is not None and part.hashes is None for part in copy.ranges)
