"""Every object of the schema is what it was at T."""

from __future__ import annotations

from checks.schema.parity import compare_schema, observe_schema
from fixtures.source import Copy, Source


def test_every_object_is_what_it_was(writable_copy: Copy, source: Source) -> None:
    """Tables, columns, constraints, indexes and the like are equal (R34)."""
    findings = []
    for database, baseline in source.truth.baselines.items():
        with writable_copy.connect(database) as connection:
            findings += compare_schema(baseline.schema, observe_schema(connection))

    assert findings == []
