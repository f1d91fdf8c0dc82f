"""The operator's word, typed on the terminal past whatever captures output; else on the line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from checks.tenants import Database
from fixtures.claims import BadInput
from fixtures.recovery import asked
from fixtures.recovery.asked import Asked
from fixtures.recovery.commands import BACK, ON, ways
from fixtures.recovery.consent import Intent, accept, consent

ARN = "arn:aws:rds:us-east-1:123456789012:cluster:core-prod"
INTENT = Intent(
    arn=ARN,
    source="core-prod, aurora-postgresql 15.4",
    target="2026-03-01T12:30:15Z",
    copy="core-prod-restored-1",
    fenced=["core"],
    named=["core"],
    databases=[Database("core", "core_admin", 9 << 20), Database("tenant", "atlas", 3 << 30)],
    terraform="not configured",
    clients=["secret core-prod_db_login names the copy", "cumulus is deployed again"],
    ingest=["every rule of the archive core-prod is disabled, resumed as it was"],
)


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal, and the end at which somebody sits."""
    ours, theirs = os.openpty()
    monkeypatch.setattr(asked, "TERMINAL", Path(os.ttyname(theirs)))
    yield ours
    os.close(ours)
    os.close(theirs)


def shown_on(typing: int, last: str) -> str:
    """What the terminal was told, up to a text: it arrives in pieces."""
    shown = ""
    while last not in shown:
        shown += os.read(typing, 65536).decode()
    return shown


def test_a_recovery_begins_when_the_arn_is_typed_and_says_first_what_it_will_do(
    typing: int,
) -> None:
    """R60: the databases that are rewound with the others are named before the question."""
    os.write(typing, f"{ARN}\n".encode())
    consent(Asked(recover=ARN), INTENT, nullcontext())
    shown = shown_on(typing, "to begin: ")
    assert "core (9.0 MB, owner core_admin): fenced, proven" in shown
    assert "tenant (3.0 GB, owner atlas): not fenced, proven to be there and no more" in shown
    assert "2026-03-01T12:30:15Z" in shown
    assert "secret core-prod_db_login names the copy; cumulus is deployed again" in shown
    assert "every rule of the archive core-prod is disabled, resumed as it was" in shown
    assert shown.index("tenant") < shown.index("Type the source's ARN to begin")


@pytest.mark.parametrize("typed", ["yes", "", f"{ARN}-2", ARN.upper()])
def test_any_other_answer_touches_nothing(typing: int, typed: str) -> None:
    os.write(typing, f"{typed}\n".encode())
    with pytest.raises(BadInput, match=r"not confirmed, .* nothing was touched"):
        consent(Asked(recover=ARN), INTENT, nullcontext())


def test_nobody_is_asked_who_has_said_so_beside_the_arn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(asked, "TERMINAL", tmp_path / "none")
    consent(Asked(recover=ARN, yes=True), INTENT, nullcontext(), answered=["tenant"])
    assert accept(Asked(recover=ARN, yes=True), "core-prod-restored-1", [], nullcontext())
    with pytest.raises(BadInput, match="the terminal went away"):
        consent(Asked(recover=ARN), INTENT, nullcontext())


@pytest.mark.parametrize("answered", [(), ("core", "other")])
def test_who_is_not_asked_has_named_the_tenants(answered: tuple[str, ...]) -> None:
    """R60: a tenant's data is not rewound by a command line that does not know of it."""
    with pytest.raises(BadInput) as refusal:
        consent(Asked(recover=ARN, yes=True), INTENT, nullcontext(), answered=answered)
    (line,) = str(refusal.value).splitlines()
    assert "tenant (3.0 GB, owner atlas), which nobody named" in line
    assert '[source] tenants = ["tenant"]' in line


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("connection-limit", "not fenced"),
        ("security-group, which closes every database but to 10.1.2.0/24", "closed with the other"),
        ("command, ./close.sh", "fenced as the command does it"),
    ],
)
def test_what_closes_the_tenants_too_is_said(by: str, said: str) -> None:
    """R60, R69: who cannot work meanwhile is among what is confirmed."""
    assert said in replace(INTENT, by=by).told()["rewound as well"]


def test_of_a_source_that_is_gone_nobody_can_tell_the_tenants() -> None:
    """R61: it is said, and the copy tells them before it is accepted."""
    gone = replace(INTENT, databases=None, fenced=())
    consent(Asked(recover=ARN, yes=True), gone, nullcontext())
    assert "not known before the copy is there" in gone.told()["rewound as well"]
    assert "core" == gone.told()["rewound"]


@pytest.mark.parametrize(("typed", "accepted"), [("core-prod-restored-1", True), ("yes", False)])
def test_the_copy_is_accepted_by_its_name(typing: int, typed: str, accepted: bool) -> None:
    os.write(typing, f"{typed}\n".encode())
    shown = ["newest commit that came back: 2026-03-01 12:30:14Z", "counts is not proven"]
    assert accepted is accept(Asked(recover=ARN), "core-prod-restored-1", shown, nullcontext())
    assert "counts is not proven" in shown_on(typing, "place: ")


def test_the_terminal_is_quiet_while_somebody_is_asked(typing: int) -> None:
    """The lines that live on it would be painted over the question."""
    told: list[str] = []

    @contextmanager
    def quiet() -> Iterator[None]:
        told.append("quiet")
        yield
        told.append("told again")

    os.write(typing, f"{ARN}\n".encode())
    consent(Asked(recover=ARN), INTENT, quiet())
    assert ["quiet", "told again"] == told


def test_the_ways_on_and_back_are_the_command_that_was_typed() -> None:
    typed = ["drills/pitr", "--drill-config=a b.toml", f"--recover={ARN}", "--yes", "--wait", "5"]
    resumed = [*typed, "--resume=20260301-120000-1a2b"]
    line = f"pytest drills/pitr '--drill-config=a b.toml' --recover={ARN}"
    for arguments in (typed, resumed):
        assert {ON: f"{line} --resume=R", BACK: f"{line} --back-out=R"} == ways(
            arguments, Asked(recover=ARN), "R"
        )
    assert {ON: "pytest drills/pitr --resume=R"} == ways(["drills/pitr"], Asked(), "R")
