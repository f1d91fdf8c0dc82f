"""Where a state lies: what `terraform init` wrote down is what Terraform goes by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.terraform.backend import s3_arns
from fixtures.terraform.errors import CorrectTheConfiguration

CONFIG = {"bucket": "states", "key": "core/prod.tfstate", "workspace_key_prefix": None}
BUCKET = "arn:aws:s3:::states"


def initialised(folder: Path, backend: Any, workspace: str | None = None) -> Path:
    """As `init` leaves a folder."""
    (folder / ".terraform").mkdir()
    written = {"version": 3, "backend": backend}
    (folder / ".terraform" / "terraform.tfstate").write_text(json.dumps(written))
    if workspace is not None:
        (folder / ".terraform" / "environment").write_text(workspace)
    return folder


def test_a_state_in_s3_is_a_bucket_to_list_and_an_object_to_read(tmp_path: Path) -> None:
    folder = initialised(tmp_path, {"type": "s3", "config": CONFIG})
    assert (BUCKET, f"{BUCKET}/core/prod.tfstate") == s3_arns(folder, {})
    assert "arn:aws-cn:s3:::states" == s3_arns(folder, {}, "aws-cn")[0]


@pytest.mark.parametrize(
    ("prefix", "key"),
    [(None, "env:/blue/core/prod.tfstate"), ("spaces", "spaces/blue/core/prod.tfstate")],
)
def test_a_workspace_has_a_key_of_its_own(tmp_path: Path, prefix: str | None, key: str) -> None:
    """Selected there, or by TF_WORKSPACE, which comes first."""
    config = {**CONFIG, "workspace_key_prefix": prefix}
    folder = initialised(tmp_path, {"type": "s3", "config": config}, "blue")
    assert f"{BUCKET}/{key}" == s3_arns(folder, {})[1]
    other = key.replace("blue", "green")
    assert f"{BUCKET}/{other}" == s3_arns(folder, {"TF_WORKSPACE": "green"})[1]


@pytest.mark.parametrize(
    "backend", [None, {"type": "local", "config": {"path": None}}, {"type": "remote"}]
)
def test_another_backend_is_nothing_in_s3(tmp_path: Path, backend: Any) -> None:
    assert () == s3_arns(initialised(tmp_path, backend), {})


def test_a_folder_without_init_has_its_state_beside_it(tmp_path: Path) -> None:
    assert () == s3_arns(tmp_path, {})


@pytest.mark.parametrize("backend", [{"type": "s3"}, {"type": "s3", "config": {"key": "a"}}])
def test_a_backend_that_says_no_place_is_refused(tmp_path: Path, backend: Any) -> None:
    with pytest.raises(CorrectTheConfiguration, match=r"no bucket and key.*run init there again"):
        s3_arns(initialised(tmp_path, backend), {})


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    folder = initialised(tmp_path, {"type": "s3", "config": CONFIG})
    for broken in ("{", "[]", '{"backend": {"type": "s3", "config": "x"}}'):
        (folder / ".terraform" / "terraform.tfstate").write_text(broken)
        with pytest.raises(CorrectTheConfiguration, match="cannot be read: run init there again"):
            s3_arns(folder, {})
