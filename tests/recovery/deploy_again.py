"""The command that deploys the tests' archive again, as a `terraform apply` would: every function
begins with nothing kept, and reads the secret anew.

    DRILL_TEST_AWS_ENDPOINT=http://127.0.0.1:… python -m tests.recovery.deploy_again PREFIX
"""

from __future__ import annotations

import os
import sys

from fixtures.aws.endpoint import VARIABLE
from fixtures.aws.session import RehearsalSession
from fixtures.rehearsal.cumulus.clients import CumulusClients
from fixtures.rehearsal.cumulus.deployment import Deployment
from fixtures.source import Address
from tests.account.fix_account import REGION

if __name__ == "__main__":
    archive = Deployment(RehearsalSession(os.environ[VARIABLE], region=REGION), sys.argv[1])
    host, port = os.environ["RESTORE_DRILLS_HOST"], int(os.environ["RESTORE_DRILLS_PORT"])
    cluster = os.environ["RESTORE_DRILLS_CLUSTER"]
    CumulusClients(archive, "deploy-again").redeploy(cluster, Address(host, port))
