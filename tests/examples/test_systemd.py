"""The units of systemd: what their verifier does not know."""

from __future__ import annotations

from tests.examples.reading import SYSTEMD, unit_lines


def test_the_negative_control_of_systemd_is_the_drill_with_one_more_argument() -> None:
    drill, control = (
        (SYSTEMD / f"{name}@.service").read_text().partition("[Service]")[2].splitlines()
        for name in ("restore-drill", "restore-drill-control")
    )

    added = [line for line in control if line not in drill]
    (performed,) = (line for line in drill if line.startswith("ExecStart="))
    assert [f"{performed} --negative-control"] == added


def test_systemd_interrupts_a_drill_and_never_starts_it_again() -> None:
    for unit in SYSTEMD.glob("restore-drill*@.service"):
        assert ["SIGINT"] == unit_lines(unit, "KillSignal")
        assert ["mixed"] == unit_lines(unit, "KillMode")
        assert ["postgres"] == unit_lines(unit, "User")
        assert [] == unit_lines(unit, "Restart")
