"""``--recover``: performed step by step, undone by nothing, gone on with from anywhere."""

from __future__ import annotations

from tests.recovery.fix_recovery import Recovery


def test_a_recovery_fences_restores_and_leaves_all_standing(recovery: Recovery) -> None:
    """R14 to R20, R25, R60: the source stays closed, the copy is let out, and neither expires."""
    result = recovery.run()
    print(result.out)

    assert 0 == result.status, result.out
