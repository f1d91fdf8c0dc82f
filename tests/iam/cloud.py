"""A rehearsal cloud with IAM: `python -m tests.iam.cloud --decisions=FILE`, else as the true one.

From its first request on every call has to be signed by a key of a user or a role, and be allowed
by its policies. The owner, who may do everything, has the keys that a rehearsal's clients have.
"""

from __future__ import annotations

import json
from pathlib import Path

from fixtures.rehearsal.server import leave, main, parser
from fixtures.rehearsal.web import WSGI

OWNER = "owner"
KEY = "rehearsal"
"""Id and secret of the owner's key: those of `RehearsalSession`."""
REGION = "us-east-1"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def run() -> int:
    """The true cloud's options, and --decisions."""
    options = parser("python -m tests.iam.cloud")
    options.add_argument("--decisions", type=Path, required=True, metavar="FILE")
    given = options.parse_args()

    def door(cloud: WSGI) -> WSGI:
        # Not before the cloud is built: it shuts the surroundings out before moto is imported.
        from moto import settings

        from tests.iam.judging import Judge
        from tests.iam.world import CloudsWorld

        given.decisions.touch()
        judge = Judge(CloudsWorld(REGION), given.decisions)
        judge.install()
        _make_owner()
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        return judge.door(cloud)

    return main(given, door=door)


def _make_owner() -> None:
    from moto.iam.models import iam_backends

    iam = iam_backends["123456789012"]["aws"]
    iam.create_user(REGION, OWNER)
    key = iam.create_access_key(OWNER)
    key.access_key_id = key.secret_access_key = KEY
    document = {"Version": "2012-10-17", "Statement": [EVERYTHING]}
    iam.put_user_policy(OWNER, "everything", json.dumps(document))


if __name__ == "__main__":
    leave(run())
