"""The plan does not show all, or is none that can be judged.

Where no program at hand writes such a plan, the outer keys of a real one were edited.
"""

from __future__ import annotations

from tests.plans.recipe import CLUSTER, COPY, DEPLOYED, IMPORTED, SECRET, Document
from tests.plans.row import Row, unsafe
from tests.plans.rows.good import of_old_terraform

_NEVER = """
data "aws_vpc" "checked" {
  default = true
  lifecycle {
    postcondition {
      condition     = self.cidr_block == "192.0.2.0/24"
      error_message = "This is not the network that it should be."
    }
  }
}
"""


def _of_format_2(plan: Document) -> None:
    plan["format_version"] = "2.0"


def _with_another_action(plan: Document) -> None:
    for change in plan["resource_changes"]:
        if change["address"] == SECRET:
            change["change"]["actions"] = ["archive"]


def _deferred(plan: Document) -> None:
    changes = plan["resource_changes"]
    (put_off,) = (change for change in changes if change["address"] == SECRET)
    changes.remove(put_off)
    plan["deferred_changes"] = [{"reason": "provider_config_unknown", "resource_change": put_off}]


def _of_a_fork(plan: Document) -> None:
    for change in plan["resource_changes"]:
        if change["provider_name"].endswith("/aws"):
            change["provider_name"] = "registry.terraform.io/somebody/aws"


GATES: tuple[Row, ...] = (
    unsafe(
        "target hides the rest",
        "adopt",
        "plan.gate.complete",
        "The plan was made for the cluster alone, so that nothing else be touched.",
        IMPORTED.planned(f"-target={CLUSTER}"),
    ),
    unsafe(
        "target of something else",
        "adopt",
        "plan.gate.complete",
        "The plan was made for the secret alone, and does not show the cluster's replacement.",
        DEPLOYED.where(cluster_identifier=COPY).planned(f"-target={SECRET}"),
    ),
    unsafe(
        "refresh only",
        "adopt",
        "plan.gate.resource_changes",
        "The plan only brings the state up to date: it shows no change of any resource.",
        IMPORTED.planned("-refresh-only"),
    ),
    unsafe(
        "errored plan",
        "adopt",
        "plan.gate.errored",
        "Terraform ended with an error, and the file that it wrote all the same was used.",
        IMPORTED.beside(_NEVER).expected_to_fail(),
    ),
    unsafe(
        "plan of Terraform 1.5, cut",
        "adopt",
        "plan.gate.complete",
        "An old plan, which cannot say that it is complete, without the state to see it by.",
        IMPORTED.enveloped(of_old_terraform),
    ),
    unsafe(
        "another format",
        "adopt",
        "plan.gate.format_version",
        "A major version of the format that nobody knows yet; edited.",
        IMPORTED.enveloped(_of_format_2),
    ),
    unsafe(
        "an action that nobody knows",
        "adopt",
        "plan.gate.actions",
        "A later Terraform does something new to the secret; edited.",
        IMPORTED.enveloped(_with_another_action),
    ),
    unsafe(
        "changes put off",
        "adopt",
        "plan.gate.deferred_changes",
        "Planned with -allow-deferral, which only experimental builds have; edited.",
        IMPORTED.enveloped(_deferred),
    ),
    unsafe(
        "another provider",
        "adopt",
        "plan.cluster.provider",
        "Somebody's fork of the provider, of whose rules nothing is known; edited.",
        IMPORTED.enveloped(_of_a_fork),
    ),
)
