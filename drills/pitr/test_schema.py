"""Every object of the schema is what it was at T."""

from __future__ import annotations

from functools import partial

from checks.judgement import Judgement
from checks.schema.compare import judge_schema
from checks.schema.sides import LiveSchema, RecordedSchema
from checks.shared_snapshot import SharedSnapshot
from fixtures.source import Copy, Source


def test_every_object_is_what_it_was(writable_copy: Copy, source: Source) -> None:
    """Tables, columns, constraints, indexes and the like are equal (R34)."""
    judged = Judgement()
    for database, baseline in source.truth.baselines.items():
        with SharedSnapshot(partial(writable_copy.connect, database), sessions=2) as shared:
            judged += judge_schema(RecordedSchema(baseline.schema), LiveSchema(shared))

    assert judged.findings == ()
    assert judged.gaps == ()
