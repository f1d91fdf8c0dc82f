"""The table of faults caught, at the end of a run, on one process or on several."""

from __future__ import annotations

import pytest

FAULTS = """
    import pytest

    @pytest.mark.parametrize("family", ["schema", "schema", "content"])
    def test_caught(family, record_property):
        record_property("sabotage", family)

    def test_missed(record_property):
        record_property("sabotage", "content")
        assert False

    def test_not_here(record_property):
        record_property("sabotage", "content")
        pytest.skip("not on this server")

    def test_of_something_else():
        pass
"""


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "two workers"])
def test_faults_are_counted_by_family(pytester: pytest.Pytester, workers: list[str]) -> None:
    pytester.makepyfile(FAULTS)
    result = pytester.runpytest("-p", "tests.sabotage.tally", *workers)
    result.stdout.fnmatch_lines(
        [
            "*= sabotage: faults caught / injected =*",
            "content     1 / 2  (1 not on this server)",
            "schema      2 / 2",
            "all         3 / 4",
        ]
    )


def test_a_run_without_faults_has_no_table(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_of_something_else(): pass")
    result = pytester.runpytest("-p", "tests.sabotage.tally")
    result.stdout.no_fnmatch_line("*sabotage*")
