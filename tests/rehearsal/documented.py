"""Behaviours of AWS that the rehearsal cloud must have, each with where AWS documents it."""

from __future__ import annotations

import pytest


def documented(service: str, action: str, rule: str, source: str) -> pytest.MarkDecorator:
    """Marks the test of one documented behaviour.

    service  botocore's name: rds, secretsmanager, dynamodb …
    action   the API action it shows in, such as RestoreDBClusterToPointInTime
    rule     what AWS does, in one sentence
    source   URL of the AWS documentation that says so
    """
    return pytest.mark.documented(service, action, rule, source)
