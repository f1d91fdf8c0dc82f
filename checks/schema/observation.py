"""What was read of a database's catalogs: every object by name, with its properties as text.

The model is part of the baseline's file format: a change to it is a change of its version.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

Properties = Mapping[str, str | None]
Objects = Mapping[str, Properties]


class SchemaObservation(BaseModel):
    """The objects of one database, or those of a cluster: kind → object → property → value.

    server_version  as ``server_version_num`` has it: 150020
    kinds           an empty kind is there too; a kind that is not there was not looked at. A
                    property that an object does not have (None) may be left out
    properties      kind → the properties that were looked at; where it is missing, all of them
    fingerprints    kind → ``rendering:objects:sum:sum``, as `checks.schema.fingerprint` has it
    unreadable      kind → why it could not be observed, in one line
    damaged         kind → the same, where the server could not read its own catalog
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    server_version: int
    kinds: dict[str, dict[str, dict[str, str | None]]]
    properties: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    fingerprints: dict[str, str] = Field(default_factory=dict)
    unreadable: dict[str, str] = Field(default_factory=dict)
    damaged: dict[str, str] = Field(default_factory=dict)
