"""The tables that were compared: counts on both sides and what was found out about the content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reports.drill_record import DrillRecord
from reports.html.text import listed, plural
from reports.html.tones import Tone, of_content
from reports.parts import TableResult

MEANINGS = {
    "equal": "every row was compared and is the same",
    "bounded": "shown to lie between two truths",
    "differs": "other rows, or another number of them",
    "counted": "as many rows, their content not compared",
    "not read": "neither counted nor compared",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One table of one database."""

    database: str
    result: TableResult

    @property
    def differs(self) -> bool:
        """Whether anything about it is not as it was; both words and numbers are looked at."""
        return self.result.content == "differs" or bool(self.difference)

    @property
    def difference(self) -> int | None:
        """Rows too many, or too few below zero; None where the sides are not both numbers."""
        expected, actual = self.result.expected, self.result.actual
        if isinstance(expected, int) and actual is not None:
            return actual - expected
        return None

    @property
    def difference_said(self) -> str:
        """`0`, `+12`, `−1,204`, or a dash."""
        if self.difference is None:
            return "–"
        return f"{self.difference:+,}".replace("-", "−") if self.difference else "0"

    @property
    def tone(self) -> Tone:
        return of_content("differs" if self.differs else self.result.content)


@dataclass(frozen=True, slots=True)
class TablesView:
    """All tables, those that differ first."""

    rows: Sequence[Row]

    @property
    def differing(self) -> int:
        return sum(row.differs for row in self.rows)

    def number(self, content: str) -> int:
        """Tables of which that much was found out."""
        return sum(row.result.content == content for row in self.rows)

    @property
    def looked_at(self) -> int:
        """Tables that were not merely listed."""
        return len(self.rows) - self.number("not read")

    @property
    def actual(self) -> int:
        """Rows of the copy, in tables whose rows were counted."""
        return sum(row.result.actual or 0 for row in self.rows)

    @property
    def bytes(self) -> int | None:
        known = [row.result.bytes for row in self.rows if row.result.bytes is not None]
        return sum(known) if known else None

    @property
    def databases(self) -> Sequence[str]:
        return list(dict.fromkeys(row.database for row in self.rows))

    @property
    def contents(self) -> Sequence[tuple[str, int, Tone, str]]:
        """Each result with how many tables have it, what it means, the worst first."""
        counts = Counter(str(row.result.content) for row in self.rows)
        order = ("differs", "not read", "counted", "bounded", "equal")
        return [
            (word, counts[word], of_content(word), MEANINGS[word]) for word in order if counts[word]
        ]

    @property
    def rows_said(self) -> str:
        """How far the number of rows goes."""
        uncounted = sum(row.result.actual is None for row in self.rows)
        within = f"in {plural(len(self.databases), 'database')}"
        return f"{within}; {plural(uncounted, 'table')} not counted" if uncounted else within

    @property
    def sentence(self) -> str:
        """The outcome of the whole comparison."""
        said = [
            f"{plural(number, 'table')} {'is' if number == 1 else 'are'} {word}"
            if word != "differs"
            else f"{plural(number, 'table')} {'differs' if number == 1 else 'differ'}"
            for word, number, _, _ in self.contents
        ]
        return listed(said) + "."


def of(record: DrillRecord) -> TablesView:
    """The tables of a drill. One told of twice keeps its last result, unless it once differed."""
    rows: dict[tuple[str, str], Row] = {}
    for told in record.tables:
        for result in told.tables:
            row, key = Row(told.database, result), (told.database, result.table)
            if key not in rows or row.differs or not rows[key].differs:
                rows[key] = row
    ordered = sorted(rows.items(), key=lambda one: (not one[1].differs, one[0]))
    return TablesView([row for _, row in ordered])
