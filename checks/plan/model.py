"""A plan as ``terraform show -json`` writes it: those parts of it that are judged.

https://developer.hashicorp.com/terraform/internals/json-format#plan-representation, written by
``internal/command/jsonplan`` of Terraform and of OpenTofu. Keys that are not named here are
ignored, as the format asks of its readers; configuration, variables, outputs and planned values are
therefore not even kept. Values are, and no `repr` shows them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from checks.plan.values import differing, is_unknown

Values = dict[str, Any]
"""Attribute → value in JSON's types, of one object."""

Actions = tuple[str, ...]

NO_OP: Actions = ("no-op",)
CREATE: Actions = ("create",)
READ: Actions = ("read",)
UPDATE: Actions = ("update",)
REPLACE: frozenset[Actions] = frozenset({("delete", "create"), ("create", "delete")})
LOSES: frozenset[str] = frozenset({"delete", "forget"})
"""Parts of an action after which Terraform has that object no more."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Importing(_Part):
    """Present where an ``import`` block brings the object in; `terraform import` leaves no trace.

    id  of the object, absent where it is unknown or an identity is used
    """

    id: str | None = None


class Change(_Part):
    """What would happen to one object.

    actions        one of nine lists: no-op, create, read, update, delete, forget, delete and create
                   in either order, create and forget
    before, after  None where there is no object
    after_unknown  like `after`, true in the place of each value that the apply will find out
    replace_paths  what makes a replacement necessary; absent where it was asked for
    """

    actions: Actions
    before: Values | None = Field(default=None, repr=False)
    after: Values | None = Field(default=None, repr=False)
    after_unknown: Any = Field(default=None, repr=False)
    before_sensitive: Any = Field(default=None, repr=False)
    after_sensitive: Any = Field(default=None, repr=False)
    replace_paths: tuple[tuple[str | int, ...], ...] | None = None
    importing: Importing | None = None

    @property
    def replaces(self) -> bool:
        """Whether one object goes and another comes, in either order."""
        return self.actions in REPLACE

    def was(self, name: str) -> Any:
        """An attribute's value before; None where there is none."""
        return (self.before or {}).get(name)

    def becomes(self, name: str) -> Any:
        """An attribute's value after; None where there is none, or where it is not known."""
        return (self.after or {}).get(name)

    def unknown(self, name: str, *, but: frozenset[str] = frozenset()) -> bool:
        """Whether the attribute, or anything within it, is not known before the apply.

        but  names of members, of blocks within it, that do not count
        """
        marks = self.after_unknown
        return is_unknown(marks.get(name) if isinstance(marks, dict) else marks, but)

    @cached_property
    def differing(self) -> frozenset[str]:
        """Attributes that are, or may be, another value afterwards.

        Nothing, no, 0, no text and an empty block are the same: a provider writes now one and now
        another.
        """
        return differing(self.before or {}, self.after or {}, self.after_unknown)

    @property
    def differs(self) -> bool:
        """Whether anything does, to the letter, marks of sensitivity included.

        An update is planned for a mark alone, and for what a provider takes for the same.
        """
        return (
            self.before != self.after
            or is_unknown(self.after_unknown)
            or self.before_sensitive != self.after_sensitive
        )


class ResourceChange(_Part):
    """One row of a plan: an object at an address.

    deposed           key of what an interrupted replacement left behind at that address
    previous_address  where the state had it, if a ``moved`` block brought it here
    """

    address: str
    previous_address: str | None = None
    mode: str = "managed"
    type: str
    deposed: str | None = None
    provider_name: str = ""
    change: Change

    @property
    def subject(self) -> str:
        """The row as findings name it."""
        return f"{self.address} (deposed {self.deposed})" if self.deposed else self.address


class StateResource(_Part):
    """An object in the state that the plan was made from; its values are not kept."""

    address: str
    mode: str = "managed"


class StateModule(_Part):
    """The objects of one module, and the modules below it."""

    resources: tuple[StateResource, ...] = ()
    child_modules: tuple[StateModule, ...] = ()

    def walk(self) -> Iterator[StateResource]:
        """Every object of this module and of those below."""
        yield from self.resources
        for module in self.child_modules:
            yield from module.walk()


class StateValues(_Part):
    root_module: StateModule = StateModule()


class State(_Part):
    values: StateValues | None = None


class Plan(_Part):
    """One plan.

    errored, complete, applyable  None where the plan does not say: see `checks.plan.gates`
    resource_changes              None in a plan that would change nothing but the state
    invocations                   actions of providers that would be invoked, and those put off
    """

    format_version: str
    terraform_version: str = ""
    errored: bool | None = None
    complete: bool | None = None
    applyable: bool | None = None
    resource_changes: tuple[ResourceChange, ...] | None = Field(default=None, repr=False)
    resource_drift: tuple[ResourceChange, ...] = Field(default=(), repr=False)
    deferred_changes: tuple[Any, ...] = Field(default=(), repr=False)
    action_invocations: tuple[Any, ...] = Field(default=(), repr=False)
    deferred_action_invocations: tuple[Any, ...] = Field(default=(), repr=False)
    prior_state: State | None = Field(default=None, repr=False)

    @property
    def rows(self) -> tuple[ResourceChange, ...]:
        """What would happen to each object, data sources among them."""
        return self.resource_changes or ()

    def state_addresses(self) -> Iterator[str]:
        """Managed objects of the state that the plan was made from."""
        if self.prior_state is not None and self.prior_state.values is not None:
            for resource in self.prior_state.values.root_module.walk():
                if resource.mode == "managed":
                    yield resource.address
