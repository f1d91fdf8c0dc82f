"""The copy in the source's place in the state: exactly that, or the state as it was (R43, R44)."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any, cast

import pytest

from fixtures.terraform.adoption import adopt_state
from fixtures.terraform.backup import FOLDER, Backup, recovery_in
from fixtures.terraform.command import Terraform
from fixtures.terraform.deployment import Deployment
from fixtures.terraform.errors import (
    GoOnWithTheRecovery,
    NameAnotherAddress,
    NameAnotherCluster,
    PutBackByHand,
    TerraformError,
    WaitForTheLock,
)
from fixtures.terraform.state import State
from tests.terraform.states import (
    CLUSTER,
    GROUP,
    OBJECTS,
    PASSWORD,
    READER,
    WRITER,
    FakeTerraform,
    state_of,
)

COPIES = {"core-1-1": "core-2-1", "core-1-2": "core-2-2"}


@pytest.fixture
def terraform(tmp_path: Path) -> FakeTerraform:
    return FakeTerraform(tmp_path, OBJECTS)


def deployment(terraform: FakeTerraform, address: str = CLUSTER) -> Deployment:
    return Deployment(cast(Terraform, terraform), terraform.folder / "x.tfvars", address)


def adopt(
    terraform: FakeTerraform,
    instances: dict[str, str] | None = None,
    recovery: str | None = None,
) -> Any:
    return adopt_state(
        deployment(terraform),
        cluster=("core-1", "core-2"),
        instances=COPIES if instances is None else instances,
        recovery=recovery,
    )


def test_cluster_and_instances_are_moved_and_nothing_else(terraform: FakeTerraform) -> None:
    adopted = adopt(terraform)

    assert {CLUSTER: "core-2", WRITER: "core-2-1", READER: "core-2-2", GROUP: "sg-0"} == (
        terraform.state.identifiers()
    )
    assert {CLUSTER, WRITER, READER} == set(adopted.moved)
    adopted.backup.discard()
    assert not (terraform.folder / FOLDER).exists()


def test_an_instance_without_counterpart_is_managed_no_more(terraform: FakeTerraform) -> None:
    """Else the plan would destroy one of the old cluster's."""
    adopt(terraform, {"core-1-1": "core-2-1"})

    assert {CLUSTER: "core-2", WRITER: "core-2-1", GROUP: "sg-0"} == terraform.state.identifiers()


def test_the_backup_is_ours_alone_and_on_disk_before_anything_moves(
    terraform: FakeTerraform,
) -> None:
    seen: list[str] = []

    def look(command: str) -> None:
        if command == "remove":
            folder = terraform.folder / FOLDER
            assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
            assert "*\n" == (folder / ".gitignore").read_text()
            for file in ("state.json", "adoption.json"):
                assert 0o600 == stat.S_IMODE((folder / file).stat().st_mode)
            assert PASSWORD in (folder / "state.json").read_text()
            seen.append(command)

    terraform.before = look
    adopt(terraform)

    assert ["remove"] == seen


def test_an_import_that_fails_puts_the_state_back(terraform: FakeTerraform) -> None:
    terraform.there.discard("core-2-2")

    with pytest.raises(NameAnotherCluster, match="the state was put back as it was"):
        adopt(terraform)

    assert state_of(OBJECTS).identifiers() == terraform.state.identifiers()
    assert terraform.state.serial > 7
    assert not (terraform.folder / FOLDER).exists()


def test_an_interruption_puts_the_state_back(terraform: FakeTerraform) -> None:
    def interrupt(command: str) -> None:
        if command == "adopt":
            raise KeyboardInterrupt

    terraform.before = interrupt
    with pytest.raises(KeyboardInterrupt):
        adopt(terraform)

    assert state_of(OBJECTS).identifiers() == terraform.state.identifiers()


def test_what_cannot_be_put_back_is_kept_and_its_place_told(terraform: FakeTerraform) -> None:
    terraform.there.clear()

    def refuse(command: str) -> None:
        if command == "push":
            raise WaitForTheLock("somebody holds the lock")

    terraform.before = refuse
    with pytest.raises(PutBackByHand, match=r"push .*restored.json by hand"):
        adopt(terraform)

    assert (terraform.folder / FOLDER / "restored.json").is_file()


def test_an_import_of_something_else_is_noticed(terraform: FakeTerraform) -> None:
    """R44: what is at the address afterwards is the restored cluster, or nothing was done."""
    rightly = terraform.adopt
    terraform.there |= {"other-1"}
    terraform.adopt = lambda address, identifier: rightly(  # type: ignore[method-assign]
        address, "other-1" if address == CLUSTER else identifier
    )

    with pytest.raises(NameAnotherCluster, match="is not what it should be"):
        adopt(terraform)

    assert "core-1" == terraform.state.at(CLUSTER)


@pytest.mark.parametrize(
    ("address", "cluster", "family", "said"),
    [
        (CLUSTER.replace("cumulus", "core"), ("core-1", "core-2"), NameAnotherAddress, CLUSTER),
        (f"{CLUSTER}[0]", ("core-1", "core-2"), NameAnotherAddress, CLUSTER),
        (WRITER, ("core-1-1", "core-2"), NameAnotherAddress, "is no aws_rds_cluster"),
        (CLUSTER, ("core-0", "core-2"), NameAnotherCluster, "manages core-1, not core-0"),
        (CLUSTER, ("core-0", "core-1"), NameAnotherCluster, "was adopted before"),
        (CLUSTER, ("core-1", "core-1-2"), NameAnotherCluster, "is managed already"),
    ],
    ids=["wrong name", "an index", "an instance", "another source", "already", "elsewhere"],
)
def test_bad_input_is_refused_before_anything_is_touched(
    terraform: FakeTerraform,
    address: str,
    cluster: tuple[str, str],
    family: type[TerraformError],
    said: str,
) -> None:
    with pytest.raises(family) as refusal:
        adopt_state(deployment(terraform, address), cluster=cluster, instances=COPIES)

    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert 7 == terraform.state.serial
    assert not (terraform.folder / FOLDER).exists()


def test_a_lock_in_the_way_leaves_the_state_and_no_backup(terraform: FakeTerraform) -> None:
    """Nothing was changed, so nothing is pushed against the lock, and nothing is left behind."""

    def refuse(command: str) -> None:
        if command in ("remove", "push"):
            raise WaitForTheLock("somebody holds the lock")

    terraform.before = refuse
    with pytest.raises(WaitForTheLock, match="the state is as it was"):
        adopt(terraform)

    assert 7 == terraform.state.serial
    assert not (terraform.folder / FOLDER).exists()


def test_what_somebody_writes_meanwhile_is_not_undone(terraform: FakeTerraform) -> None:
    """Theirs stays, and the operator is told where the backup lies."""
    rightly = terraform.remove

    def and_theirs(addresses: list[str]) -> None:
        rightly(addresses)
        objects = {at: dict(one) for at, one in terraform.state.resources.items()}
        objects[GROUP] = {"id": "sg-0", "name": "changed meanwhile"}
        terraform.state = state_of(objects, terraform.state.serial + 1)

    terraform.remove = and_theirs  # type: ignore[method-assign,assignment]
    terraform.there.clear()
    with pytest.raises(PutBackByHand, match="was changed by somebody else"):
        adopt(terraform)

    assert "changed meanwhile" == terraform.state.resources[GROUP]["name"]
    assert (terraform.folder / FOLDER / "state.json").is_file()


def test_a_run_that_is_at_it_is_not_disturbed(terraform: FakeTerraform) -> None:
    adopted = adopt(terraform)

    with pytest.raises(WaitForTheLock, match="another run is adopting"):
        Backup.find(terraform.folder)
    with pytest.raises((PutBackByHand, NameAnotherCluster)):
        adopt(terraform)

    assert "core-2" == terraform.state.at(CLUSTER)
    adopted.backup.put_back(terraform)
    assert "core-1" == terraform.state.at(CLUSTER)


def test_a_state_is_not_put_back_once_a_plan_is_being_applied(terraform: FakeTerraform) -> None:
    """Killed in the apply: what the state says then is the truth, and what it was is kept."""
    adopted = adopt(terraform)
    adopted.backup.settle()
    adopted.backup.release()  # as the end of the process does

    assert Backup.find(terraform.folder) is None
    assert "core-2" == terraform.state.at(CLUSTER)
    assert adopted.backup.kept
    with pytest.raises(PutBackByHand, match="compare it with the state"):
        Backup.make(terraform.folder, terraform.state, adopted.moved)


def test_a_kill_before_the_record_was_written_is_in_nobody_s_way(
    terraform: FakeTerraform,
) -> None:
    """Nothing had been moved by then, and the state is what was backed up."""
    folder = terraform.folder / FOLDER
    folder.mkdir()
    (folder / "state.json").write_bytes(terraform.state.content)

    assert Backup.find(terraform.folder) is None
    adopt(terraform)

    assert "core-2" == terraform.state.at(CLUSTER)


def test_the_record_names_what_was_to_be_moved(terraform: FakeTerraform) -> None:
    adopt(terraform)
    record = json.loads((terraform.folder / FOLDER / "adoption.json").read_text())

    assert ["core-1", "core-2"] == record["moves"][CLUSTER]


RUN = "20260301-130000-1a2b"


class Killed(BaseException):
    """`kill -9`: nothing that a test could run comes behind it."""


@pytest.fixture
def recovering(terraform: FakeTerraform) -> FakeTerraform:
    (terraform.folder / "x.tfvars").write_text('cluster_identifier = "core-1"\n')
    return terraform


def killed_at(terraform: FakeTerraform, command: str, number: int = 1) -> None:
    """A recovery that was killed as it was about to give that command for the n-th time."""
    seen: list[str] = []

    def look(now: str) -> None:
        seen.append(now)
        if seen.count(command) >= number:
            raise Killed

    terraform.before = look
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Backup, "put_back", lambda self, _: self.release())
        with pytest.raises(Killed):
            adopt(terraform, recovery=RUN)
    terraform.before = lambda _: None


@pytest.mark.parametrize(
    ("command", "number"), [("remove", 1), ("adopt", 1), ("adopt", 2), ("adopt", 3)]
)
def test_a_recovery_does_the_rest_of_what_it_left_half_done(
    recovering: FakeTerraform, command: str, number: int
) -> None:
    """R43, R44: wherever it was killed, and once more when all was done."""
    killed_at(recovering, command, number)
    for _ in range(2):
        adopted = adopt(recovering, recovery=RUN)
        assert {CLUSTER: "core-2", WRITER: "core-2-1", READER: "core-2-2", GROUP: "sg-0"} == (
            recovering.state.identifiers()
        )
        assert state_of(OBJECTS).identifiers() == adopted.before.identifiers()
        adopted.backup.release()


def test_what_a_recovery_left_half_done_is_put_back_by_nobody_else(
    recovering: FakeTerraform,
) -> None:
    killed_at(recovering, "adopt")
    half = recovering.state.identifiers()
    with pytest.raises(GoOnWithTheRecovery, match=f"--resume={RUN}.*--back-out={RUN}"):
        adopt(recovering, recovery="20260301-140000-ffff")
    assert half == recovering.state.identifiers()
    assert RUN == recovery_in(recovering.folder)


def taken_back(recovering: FakeTerraform) -> bool:
    """As `--back-out` does: whether there was anything to put back."""
    backup = Backup.find(recovering.folder)
    assert backup is not None
    assert 'cluster_identifier = "core-1"\n' == (backup.folder / "variables").read_text()
    return backup.put_back(cast(Terraform, recovering), long_after=True)


@pytest.mark.parametrize(
    ("command", "number", "changed"), [("remove", 1, False), ("adopt", 1, True), ("adopt", 2, True)]
)
def test_a_recovery_that_is_taken_back_finds_state_and_variables_as_they_were(
    recovering: FakeTerraform, command: str, number: int, changed: bool
) -> None:
    """R43: wherever it was killed, and nothing of it is left."""
    killed_at(recovering, command, number)

    assert changed is taken_back(recovering)

    assert state_of(OBJECTS).identifiers() == recovering.state.identifiers()
    assert recovery_in(recovering.folder) is None
    assert not (recovering.folder / FOLDER).exists()


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (state_of({GROUP: {"id": "sg-1"}}, 20), "was changed by somebody else"),
        (state_of({GROUP: {"id": "sg-0"}}, 20, lineage="two"), "its lineage"),
    ],
    ids=["another object", "another lineage"],
)
def test_what_somebody_did_since_is_never_overwritten(
    recovering: FakeTerraform, theirs: State, said: str
) -> None:
    """Theirs stays, and so does what is needed to put the rest back by hand."""
    killed_at(recovering, "adopt")
    recovering.state = theirs

    with pytest.raises(PutBackByHand, match=said):
        taken_back(recovering)

    assert theirs is recovering.state
    assert (recovering.folder / FOLDER / "state.json").is_file()


def test_a_record_that_cannot_be_read_is_told(recovering: FakeTerraform) -> None:
    killed_at(recovering, "adopt")
    (recovering.folder / FOLDER / "adoption.json").write_text('{"mov')

    with pytest.raises(PutBackByHand, match="cannot be read"):
        Backup.find(recovering.folder)


def test_once_a_plan_is_applied_a_recovery_knows_that_there_is_no_way_back(
    recovering: FakeTerraform,
) -> None:
    adopted = adopt(recovering, recovery=RUN)
    adopted.backup.settle()
    adopted.backup.release()
    found = Backup.find(recovering.folder)
    assert found is not None
    assert (True, RUN) == (found.applied, found.recovery)
    found.release()
    again = adopt(recovering, recovery=RUN)
    assert state_of(OBJECTS).identifiers() == again.before.identifiers()
    again.backup.discard()
    assert not (recovering.folder / FOLDER).exists()
