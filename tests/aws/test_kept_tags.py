"""What Terraform takes off a recovery's copy is put on again, and off when all is over."""

from __future__ import annotations

import json
from pathlib import Path

from fixtures.aws import tags as tagging
from fixtures.aws.description import describe
from fixtures.aws.kept_tags import own_tags, put_on_again, take_off
from fixtures.aws.restore import restore
from fixtures.aws.session import Client
from fixtures.aws.tags import RunTag
from fixtures.terraform.backup import FOLDER, RECORD, tags_in

RUN = "20261127-103000-ab12"


def test_what_is_taken_off_is_put_on_again_and_what_is_newer_stays(
    rds: Client, source: str
) -> None:
    copy = restore(
        rds, describe(rds, source), f"core-prod-restored-{RUN}", "latest", RunTag(RUN, owner="me")
    )
    kept = own_tags(rds, [copy.arn])
    assert {"restore-drills:run", "restore-drills:owner"} <= kept[copy.arn].keys()
    assert all(key.startswith("restore-drills:") for key in kept[copy.arn])
    theirs = {key for key in tagging.read(rds, copy.arn) if not key.startswith("restore-drills:")}
    rds.remove_tags_from_resource(
        ResourceName=copy.arn, TagKeys=[one for one in kept[copy.arn] if "owner" not in one]
    )
    rds.add_tags_to_resource(
        ResourceName=copy.arn, Tags=[{"Key": "restore-drills:owner", "Value": "somebody"}]
    )

    put_on_again(rds, kept)

    newer = {**kept[copy.arn], "restore-drills:owner": "somebody"}
    assert {copy.arn: newer} == own_tags(rds, [copy.arn])
    for _ in range(2):
        take_off(rds, [copy.arn])
        assert {copy.arn: {}} == own_tags(rds, [copy.arn])
    assert theirs == tagging.read(rds, copy.arn).keys()


def test_they_are_this_run_s_alone(tmp_path: Path) -> None:
    assert {} == tags_in(tmp_path, RUN)
    (tmp_path / FOLDER).mkdir()
    record = tmp_path / FOLDER / RECORD
    record.write_text(json.dumps({"recovery": RUN, "tags": {"arn": {"a": "b"}}}))
    assert {"arn": {"a": "b"}} == tags_in(tmp_path, RUN)
    assert {} == tags_in(tmp_path, "20261127-103000-ffff")
    record.write_text("no JSON")
    assert {} == tags_in(tmp_path, RUN)
