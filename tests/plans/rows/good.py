"""Plans that may be applied: a judge that refuses these stops a recovery for nothing."""

from __future__ import annotations

from tests.plans.recipe import (
    ADOPTED,
    CLUSTER,
    COPY,
    FORGOTTEN,
    IMPORTED,
    Document,
)
from tests.plans.row import Row, safe


def of_old_terraform(plan: Document) -> None:
    """Terraform 1.5: applyable and complete came with 1.7 and 1.8, and no key stands for them."""
    plan |= {"format_version": "1.2", "terraform_version": "1.5.7"}
    del plan["applyable"], plan["complete"]


def _of_opentofu(plan: Document) -> None:
    """OpenTofu 1.9: its JSON is that of Terraform 1.5, with `errored` and no `applyable`."""
    plan |= {"format_version": "1.2", "terraform_version": "1.9.0"}
    del plan["applyable"], plan["complete"]
    for change in plan["resource_changes"]:
        provider = change["provider_name"]
        change["provider_name"] = provider.replace("registry.terraform.io", "registry.opentofu.org")


def _of_newer_terraform(plan: Document) -> None:
    """Keys that nobody knows yet, outside and inside."""
    plan |= {"format_version": "1.9", "terraform_version": "1.99.0", "foreseen": {"a": [1]}}
    for change in plan["resource_changes"]:
        change["foreseen"] = True
        change["change"]["foreseen"] = None


GOOD: tuple[Row, ...] = (
    safe(
        "adoption v1",
        "adopt",
        "The document's own way: state rm, import of the copy, its name in terraform.tfvars.",
        IMPORTED,
    ),
    safe(
        "adoption v1, the whole document",
        "adopt",
        "The same plan with everything that terraform show -json says.",
        IMPORTED.with_whole(),
    ),
    safe(
        "nothing to do after the adoption",
        "adopt",
        "The plan was made once more after it had been applied.",
        ADOPTED,
    ),
    safe(
        "tags only",
        "adopt",
        "After the adoption the cluster was given another tag.",
        ADOPTED.with_(CLUSTER, 'tags = { team = "core", restored = "yes" }'),
    ),
    safe(
        "without protection, as it was",
        "adopt",
        "A deployment whose configuration protects nothing: neither plan nor copy say otherwise.",
        IMPORTED.where(deletion_protection=False),
    ),
    safe(
        "import block after state rm",
        "adopt",
        "The copy is imported by a block in the configuration, as part of the plan.",
        FORGOTTEN.beside(f'import {{\n  to = {CLUSTER}\n  id = "{COPY}"\n}}\n'),
    ),
    safe(
        "a longer retention",
        "adopt",
        "With the adoption, backups are to be kept for longer than before.",
        IMPORTED.where(backup_retention_period=7),
    ),
    safe(
        "utf-16 file of PowerShell",
        "adopt",
        "`terraform show -json plan > plan.json` in Windows PowerShell 5.",
        IMPORTED.encoded("utf-16"),
    ),
    safe(
        "utf-8 file with a byte order mark",
        "adopt",
        "The same, saved by an editor that puts a mark in front.",
        IMPORTED.encoded("utf-8-sig"),
    ),
    safe(
        "plan of Terraform 1.5",
        "adopt",
        "Outer keys as the older program has them; no such binary is at hand.",
        IMPORTED.with_whole().enveloped(of_old_terraform),
    ),
    safe(
        "plan of OpenTofu",
        "adopt",
        "Outer keys and registry as the other program has them; no such binary is at hand.",
        IMPORTED.with_whole().enveloped(_of_opentofu),
    ),
    safe(
        "plan of a newer Terraform",
        "adopt",
        "Keys that this project does not know; no such binary exists.",
        IMPORTED.enveloped(_of_newer_terraform),
    ),
)
