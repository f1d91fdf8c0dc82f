"""R47, R55: secrets name another cluster, the value of before is kept, and comes back as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.aws.errors import CorrectTheRequest, ReadTheSecret
from fixtures.aws.moved_secrets import (
    MovedSecret,
    ReturnedSecret,
    forget_secret,
    label_of,
    move_secret,
    require_secret,
    return_secret,
)
from tests.clients.conftest import CONTENT, PASSWORD

RUN = "20261127-103000-ab12"
NEW = "new.example:5433"
MOVED = {**CONTENT, "host": "new.example", "port": "5433", "dbClusterIdentifier": "core-copy"}


def move(secrets: Any, secret: str) -> MovedSecret:
    return move_secret(secrets, secret, RUN, host="new.example", port=5433, cluster="core-copy")


def value(secrets: Any, secret: str, stage: str = "AWSCURRENT") -> dict[str, Any]:
    text = secrets.get_secret_value(SecretId=secret, VersionStage=stage)["SecretString"]
    found: dict[str, Any] = json.loads(text)
    return found


def labels(secrets: Any, secret: str) -> dict[str, str]:
    """Label: the version that has it."""
    versions = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    return {label: version for version, has in versions.items() for label in has}


def test_moving_changes_where_and_nothing_else(secrets: Any, secret: str) -> None:
    """R47: host, port and cluster, a port that is text stays text; the old value is twice kept."""
    before = labels(secrets, secret)["AWSCURRENT"]

    moved = move(secrets, secret)

    assert MovedSecret(secret, "old.example:5432", NEW, before) == moved
    assert MOVED == value(secrets, secret)
    for stage in (label_of(RUN), "AWSPREVIOUS"):
        assert CONTENT == value(secrets, secret, stage)
        assert before == labels(secrets, secret)[stage]


def test_a_secret_without_port_or_cluster_gets_none_that_it_does_not_need(secrets: Any) -> None:
    """R47: the keys of the application's own deployment, and no others."""
    plain = {"username": "app", "password": PASSWORD, "host": "old.example"}
    for name, port, expected in (("few", 5432, {}), ("other", 5433, {"port": 5433})):
        secrets.create_secret(Name=name, SecretString=json.dumps(plain))
        moved = move_secret(secrets, name, RUN, host="new.example", port=port, cluster="copy")
        assert {**plain, "host": "new.example", **expected} == value(secrets, name)
        assert "old.example:5432" == moved.was


def test_moved_twice_it_is_found_and_the_first_value_stays_kept(secrets: Any, secret: str) -> None:
    """R55: what goes on with a run forgets nothing of what was before it."""
    first = move(secrets, secret)
    rotated = {**MOVED, "password": "another-" + PASSWORD}
    secrets.put_secret_value(SecretId=secret, SecretString=json.dumps(rotated))

    again = move(secrets, secret)

    assert MovedSecret(secret, "old.example:5432", NEW, first.kept, found=True) == again
    assert rotated == value(secrets, secret)
    assert CONTENT == value(secrets, secret, label_of(RUN))


def test_a_run_that_ended_between_label_and_value_is_gone_on_with(
    secrets: Any, secret: str
) -> None:
    before = labels(secrets, secret)["AWSCURRENT"]
    secrets.update_secret_version_stage(
        SecretId=secret, VersionStage=label_of(RUN), MoveToVersionId=before
    )

    assert before == move(secrets, secret).kept
    assert (MOVED, CONTENT) == (value(secrets, secret), value(secrets, secret, label_of(RUN)))


def test_what_names_the_copy_already_is_left_without_a_label(secrets: Any, secret: str) -> None:
    """Terraform moved it, or a person: there is nothing of ours to be taken back."""
    secrets.put_secret_value(SecretId=secret, SecretString=json.dumps(MOVED))

    assert MovedSecret(secret, NEW, NEW, None, found=True) == move(secrets, secret)
    assert {"AWSCURRENT", "AWSPREVIOUS"} == labels(secrets, secret).keys()
    assert ReturnedSecret(secret, NEW, moved=False) == return_secret(secrets, secret, RUN, copy=NEW)
    assert MOVED == value(secrets, secret)


@pytest.mark.parametrize("copy", [NEW, None])
def test_put_back_it_is_the_very_version_of_before(
    secrets: Any, secret: str, copy: str | None
) -> None:
    """R42, R55: also where the copy is gone; and nothing of the run is left in the end."""
    before = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    (version,) = before
    move(secrets, secret)

    back = return_secret(secrets, secret, RUN, copy=copy)

    assert ReturnedSecret(secret, "old.example:5432") == back
    assert (CONTENT, version) == (value(secrets, secret), labels(secrets, secret)["AWSCURRENT"])
    found = ReturnedSecret(secret, "old.example:5432", found=True)
    assert found == return_secret(secrets, secret, RUN, copy=copy)
    for _ in range(2):
        forget_secret(secrets, secret, RUN)
        assert {"AWSCURRENT", "AWSPREVIOUS"} == labels(secrets, secret).keys()
    assert not return_secret(secrets, secret, RUN, copy=copy).moved


def test_put_back_after_a_rotation_of_the_moved_one(secrets: Any, secret: str) -> None:
    """The old cluster has the password of before: the role of the copy alone got another."""
    move(secrets, secret)
    rotated = {**MOVED, "password": "another-" + PASSWORD}
    secrets.put_secret_value(SecretId=secret, SecretString=json.dumps(rotated))

    return_secret(secrets, secret, RUN, copy=NEW)

    assert CONTENT == value(secrets, secret)


def test_what_somebody_else_wrote_since_is_left_and_told(secrets: Any, secret: str) -> None:
    move(secrets, secret)
    theirs = {**CONTENT, "host": "third.example"}
    secrets.put_secret_value(SecretId=secret, SecretString=json.dumps(theirs))

    back = return_secret(secrets, secret, RUN, copy=NEW)

    assert "it names third.example:5432, which this run did not write" == back.left
    assert theirs == value(secrets, secret)
    assert CONTENT == value(secrets, secret, label_of(RUN))


def test_another_run_s_label_is_not_ours(secrets: Any, secret: str) -> None:
    move(secrets, secret)

    assert not return_secret(secrets, secret, "20261127-103000-ffff", copy=NEW).moved
    assert MOVED == value(secrets, secret)


def test_one_that_is_missing_deleted_or_no_login_is_refused_without_showing_it(
    secrets: Any, secret: str
) -> None:
    with pytest.raises(ReadTheSecret, match="secret nobody cannot be described"):
        require_secret(secrets, "nobody")
    assert require_secret(secrets, secret).startswith("arn:aws:secretsmanager:")
    secrets.put_secret_value(SecretId=secret, SecretString=f"not JSON, {PASSWORD}")
    with pytest.raises(ReadTheSecret, match="holds no JSON") as refusal:
        move(secrets, secret)
    assert PASSWORD not in str(refusal.value)
    secrets.delete_secret(SecretId=secret)
    with pytest.raises(ReadTheSecret, match="is scheduled for deletion"):
        require_secret(secrets, secret)


def test_a_change_that_aws_refuses_shows_no_value(
    secrets: Any, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request itself holds the password."""
    taken = labels(secrets, secret)["AWSCURRENT"]
    monkeypatch.setattr("fixtures.aws.moved_secrets.uuid.uuid4", lambda: taken)

    with pytest.raises(CorrectTheRequest, match=r"refused to change secret .*ResourceExists") as no:
        move(secrets, secret)

    assert PASSWORD not in str(no.value)
    assert no.value.__cause__ is None
    assert CONTENT == value(secrets, secret)
