"""Large objects, which belong to no schema and are left out with one."""

from __future__ import annotations

from checks.dumped import compare_large_objects
from checks.judgement import Judgement
from fixtures.claims import NotApplicable
from fixtures.judging import Judge
from fixtures.own.logical import WholeDumps
from fixtures.source import Copy


def test_every_large_object_of_the_dumps_came_back(
    analysed_databases: tuple[str, ...],
    whole_dumps: WholeDumps,
    writable_copy: Copy,
    judge: Judge,
) -> None:
    """As many large objects are in the copy as in the dumps (R36)."""
    restored = 0
    for database in analysed_databases:
        with writable_copy.connect(database) as connection:
            query = "select count(*) from pg_largeobject_metadata"
            restored += sum(count for (count,) in connection.execute(query))
    if not restored and not whole_dumps.large_objects:
        raise NotApplicable("the dumps hold none")

    findings = judge(Judgement(tuple(compare_large_objects(whole_dumps.large_objects, restored))))

    assert findings == []
