"""Every fault is caught by the check that it names, about the object that it names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checks.judgement import Judgement
from tests.sabotage.faults.cluster import DATABASE
from tests.sabotage.judges import Truth, judge
from tests.sabotage.site import Site
from tests.sabotage.table import FAULTS, Row, sample
from tests.sabotage.tally import FAULT

Record = Callable[[str, object], None]


@pytest.mark.parametrize("row", sample(), ids=lambda row: row.id)
def test_a_sample_of_the_faults_is_caught(
    row: Row, site: Site, truth: Truth, clean: Judgement, record_property: Record
) -> None:
    """R34 to R41, R64: of every family, and of every row of the restores that lie."""
    catch(row, site, truth, clean, record_property)


@pytest.mark.slow
@pytest.mark.parametrize(
    "row", [row for row in FAULTS if row not in sample()], ids=lambda row: row.id
)
def test_every_other_fault_is_caught(
    row: Row, site: Site, truth: Truth, clean: Judgement, record_property: Record
) -> None:
    """R34 to R41, R64."""
    catch(row, site, truth, clean, record_property)


def catch(row: Row, site: Site, truth: Truth, clean: Judgement, record_property: Record) -> None:
    """Break a copy of its own, ask every judge, and look for the one that must speak."""
    record_property(FAULT, row.fault.family)
    with site.copy(row.page) as copy:
        with copy.connect(DATABASE) as connection:
            if (why := row.impossible(connection)) is not None:
                pytest.skip(why)
            for statement in row.fault.sql:
                connection.execute(statement.encode())
        judged = judge(truth, copy, physical=True)
    # What is said of a clean copy too proves nothing.
    said = {(one.check, one.subject) for one in judged.findings if one not in clean.findings}
    assert set() == set(row.must) - said, told(judged, clean)


def told(judged: Judgement, clean: Judgement) -> str:
    """What was said instead."""
    instead = [finding for finding in judged.findings if finding not in clean.findings]
    if not instead and not set(judged.gaps) - set(clean.gaps):
        return "nobody noticed anything: it is missed, or the fault leaves the copy whole"
    gaps = [gap for gap in judged.gaps if gap not in clean.gaps]
    return "\n".join(["said instead:", *map(str, instead), *map(str, gaps)])
