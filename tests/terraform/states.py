"""States made up for tests, and a Terraform that keeps one in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fixtures.terraform.errors import NameAnotherAddress, NameAnotherCluster
from fixtures.terraform.state import State

MODULE = "module.rds_cluster"
CLUSTER = f"{MODULE}.aws_rds_cluster.cumulus"
WRITER = f"{MODULE}.aws_rds_cluster_instance.cumulus[0]"
READER = f"{MODULE}.aws_rds_cluster_instance.cumulus[1]"
GROUP = f'{MODULE}.aws_security_group.access["application"]'
PASSWORD = "canary-of-a-state"

OBJECTS: dict[str, dict[str, Any]] = {
    CLUSTER: {"id": "core-1", "master_password": PASSWORD},
    WRITER: {"id": "core-1-1", "cluster_identifier": "core-1"},
    READER: {"id": "core-1-2", "cluster_identifier": "core-1"},
    GROUP: {"id": "sg-0"},
}


def state_of(objects: dict[str, dict[str, Any]], serial: int = 7, lineage: str = "one") -> State:
    """A state that holds these objects, by address."""
    resources = []
    for address, attributes in objects.items():
        path, _, index = address.partition("[")
        module, _, rest = path.rpartition(".aws_")
        instance: dict[str, Any] = {"schema_version": 0, "attributes": attributes}
        if index:
            instance["index_key"] = json.loads(index.removesuffix("]"))
        resources.append(
            {
                "module": module,
                "mode": "managed",
                "type": "aws_" + rest.partition(".")[0],
                "name": rest.partition(".")[2],
                "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
                "instances": [instance],
            }
        )
    document = {
        "version": 4,
        "terraform_version": "1.5.0",
        "serial": serial,
        "lineage": lineage,
        "outputs": {},
        "resources": resources,
    }
    return State.of(json.dumps(document).encode())


class FakeTerraform:
    """Keeps a state as Terraform would; `before` is called ahead of every command."""

    def __init__(self, folder: Path, objects: dict[str, dict[str, Any]]) -> None:
        self.folder = folder
        self.state = state_of(objects)
        self.before: Callable[[str], object] = lambda command: None
        self.there = {"core-2", "core-2-1", "core-2-2"}

    def pull(self) -> State:
        self.before("pull")
        return self.state

    def push(self, file: Path) -> None:
        self.before("push")
        pushed = State.of(file.read_bytes())
        assert self.state.lineage == pushed.lineage
        assert self.state.serial < pushed.serial
        self.state = pushed

    def remove(self, addresses: Sequence[str]) -> None:
        self.before("remove")
        objects = {at: dict(one) for at, one in self.state.resources.items()}
        for address in addresses:
            if objects.pop(address, None) is None:
                raise NameAnotherAddress(address)
        self.state = state_of(objects, self.state.serial + 1)

    def adopt(self, address: str, identifier: str) -> None:
        self.before("adopt")
        if identifier not in self.there:
            raise NameAnotherCluster(f"nothing to import as {identifier}")
        objects = {at: dict(one) for at, one in self.state.resources.items()}
        objects[address] = {"id": identifier, "cluster_identifier": identifier[:6]}
        self.state = state_of(objects, self.state.serial + 1)
