"""How each outcome and each verdict looks: a colour, and a sign for those who see no colour.

Only `good` is green, and only what was tested and held is good.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tone:
    """A class of the stylesheet, and a sign that says the same without colour."""

    name: str
    sign: str


_OUTCOMES = {
    "passed": Tone("good", "✓"),
    "failed": Tone("bad", "✗"),
    "bounded": Tone("bounded", "≈"),
    "waived": Tone("waived", "◇"),
    "not proven": Tone("unproven", "?"),
    "withheld": Tone("withheld", "‖"),
    "not reached": Tone("unreached", "…"),
    "not applicable": Tone("idle", "○"),
    "interrupted": Tone("interrupted", "⚡"),
    "not selected": Tone("partial", "◐"),
}
_VERDICTS = {
    "PROVEN": Tone("good", "✓"),
    "FAILED": Tone("bad", "✗"),
    "NOT PROVEN": Tone("unproven", "?"),
    "PARTIAL": Tone("partial", "◐"),
    "NOTHING TO PROVE": Tone("nothing-proven", "○"),
    "INTERRUPTED": Tone("interrupted", "⚡"),
    "WAITING": Tone("unreached", "…"),
    "BAD INPUT": Tone("badinput", "!"),
    "ALARM RANG": Tone("control", "⚠"),
    "ALARM SILENT": Tone("bad", "⚠"),
}
UNKNOWN = Tone("nothing-proven", "?")
_CONTENT = {
    "equal": Tone("good", "✓"),
    "bounded": Tone("bounded", "≈"),
    "differs": Tone("bad", "✗"),
    "counted": Tone("idle", "#"),
    "not read": Tone("unreached", "…"),
}
_CONTROLS = {
    "supported": Tone("good", "✓"),
    "procedure only": Tone("partial", "◐"),
    "partial": Tone("partial", "◐"),
    "not proven": Tone("unproven", "?"),
    "failed": Tone("bad", "✗"),
}


def of_outcome(outcome: str) -> Tone:
    """The look of a step or a proof."""
    return _OUTCOMES.get(outcome, UNKNOWN)


def of_verdict(word: str) -> Tone:
    """The look of a verdict; a word that is not known is never green."""
    return _VERDICTS.get(word, UNKNOWN)


def of_content(content: str) -> Tone:
    """The look of what was found out about a table."""
    return _CONTENT.get(content, UNKNOWN)


def of_control(outcome: str) -> Tone:
    """The look of what a run can say to an auditor's control."""
    return _CONTROLS.get(outcome, UNKNOWN)
