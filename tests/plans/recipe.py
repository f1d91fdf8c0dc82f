"""How a plan is made: a stage of a recovery, what an operator does there, and `terraform plan`.

```
v1/deployed    the source, created by Terraform, and a copy that was restored beside it
v1/forgotten   … and the cluster's address removed from the state
v1/imported    … and the copy imported at it
v1/adopted     … and the plan of that applied
v1/unprotected the source as deployed, with its deletion protection switched off
v1/empty       no state
```
and the same of v2, whose clusters have two instances each.

v2/half-imported  the copy is imported, and the first of its instances; the other is the source's
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

SOURCE = "core-1"
COPY = "core-2"
"""Restored from the source to a point in time."""
STRAY = "core-9"
"""A copy of an earlier drill, in another subnet group."""
NEW = "core-3"
"""The unique name of a cluster that is made of a snapshot."""
SNAPSHOT = "core-nightly"
"""Taken of the source by hand."""

MODULE = "module.rds_cluster"
CLUSTER = f"{MODULE}.aws_rds_cluster.cumulus"
WRITER, READER = INSTANCES = tuple(
    f"{MODULE}.aws_rds_cluster_instance.cumulus[{number}]" for number in (0, 1)
)
"""Of generation two."""
SECRET = f"{MODULE}.aws_secretsmanager_secret.rds_login"
LOGIN = f"{MODULE}.aws_secretsmanager_secret_version.rds_login"

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one file of the configuration; `find` None: a new file or an addition to it."""

    file: str
    find: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """One plan, from its stage on; every method gives a recipe that does one thing more.

    variables  of terraform.tfvars that are not as the stage has them
    edits      of the configuration
    commands   run before the plan: ``state rm …``, ``import …``, ``taint …``
    state      what becomes of the state's JSON, where no command makes what an accident does
    options    of ``terraform plan``
    fails      whether ``terraform plan`` is to end with an error; it writes its file all the same
    envelope   what becomes of the plan's outer keys, where the program that writes such is missing
    encoding   of the file
    whole      keep what the judges do not read
    """

    stage: str
    variables: Mapping[str, object] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    state: Callable[[Document], None] | None = None
    options: tuple[str, ...] = ()
    fails: bool = False
    envelope: Callable[[Document], None] | None = None
    encoding: str = "utf-8"
    whole: bool = False

    @property
    def generation(self) -> str:
        """``v1`` or ``v2``."""
        return self.stage.partition("/")[0]

    def where(self, **variables: object) -> Recipe:
        """With other values in terraform.tfvars."""
        return replace(self, variables={**self.variables, **variables})

    def with_(self, address: str, arguments: str) -> Recipe:
        """With arguments of a resource written over its own, as an override file has them.

        https://developer.hashicorp.com/terraform/language/files/override
        """
        folder, kind, name = _place(address)
        block = f'resource "{kind}" "{name}" {{\n{arguments}\n}}\n'
        return self._edited(Edit(f"{folder}edited_override.tf", None, block))

    def without(self, address: str) -> Recipe:
        """With a resource's block deleted."""
        folder, kind, name = _place(address)
        return self._edited(
            Edit(f"{folder}main.tf", rf'(?ms)^resource "{kind}" "{name}" \{{$.*?^\}}\n', "")
        )

    def changed(self, pattern: str, text: str, file: str = "rds-cluster/main.tf") -> Recipe:
        """With what matches a regular expression replaced."""
        return self._edited(Edit(file, pattern, text))

    def beside(self, text: str, file: str = "beside.tf") -> Recipe:
        """With more in the configuration."""
        return self._edited(Edit(file, None, text))

    def run(self, *command: str) -> Recipe:
        """After another command of Terraform."""
        return replace(self, commands=(*self.commands, command))

    def planned(self, *options: str) -> Recipe:
        """With other options of ``terraform plan``."""
        return replace(self, options=options)

    def expected_to_fail(self) -> Recipe:
        """Whose plan ends with an error."""
        return replace(self, fails=True)

    def with_state(self, accident: Callable[[Document], None]) -> Recipe:
        """With the state's JSON changed in place."""
        return replace(self, state=accident)

    def enveloped(self, program: Callable[[Document], None]) -> Recipe:
        """With the plan's outer keys as another program writes them."""
        return replace(self, envelope=program)

    def encoded(self, encoding: str) -> Recipe:
        """In a file of another encoding."""
        return replace(self, encoding=encoding)

    def with_whole(self) -> Recipe:
        """With everything that `terraform show -json` says."""
        return replace(self, whole=True)

    def _edited(self, edit: Edit) -> Recipe:
        return replace(self, edits=(*self.edits, edit))


def _place(address: str) -> tuple[str, str, str]:
    """Folder, type and name of a resource: of the root module, or of ours."""
    inside = address.removeprefix(f"{MODULE}.")
    kind, _, name = inside.partition("[")[0].partition(".")
    return ("" if inside == address else "rds-cluster/"), kind, name


EMPTY, DEPLOYED, FORGOTTEN, IMPORTED, ADOPTED, UNPROTECTED = (
    Recipe(f"v1/{stage}")
    for stage in ("empty", "deployed", "forgotten", "imported", "adopted", "unprotected")
)
"""The stages with the real hashicorp/aws 3.39.0: the founding document's time, serverless v1."""

DEPLOYED_2, FORGOTTEN_2, HALF_IMPORTED_2, IMPORTED_2, ADOPTED_2, UNPROTECTED_2 = (
    Recipe(f"v2/{stage}")
    for stage in ("deployed", "forgotten", "half-imported", "imported", "adopted", "unprotected")
)
"""The stages with the rehearsal's provider, which has the rules of 5.x: serverless v2, instances.

The configuration is the example that users are given (examples/terraform).
"""
