"""What the rehearsal cloud and moto know of the resources that requests name."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.kms.models import kms_backends
from moto.rds import urls
from moto.secretsmanager.models import secretsmanager_backends

from fixtures.rehearsal.rds.region import Regions
from fixtures.rehearsal.rds.tagging import tags_of

ACCOUNT = "123456789012"


class CloudsWorld:
    """A `World` of one account and region."""

    def __init__(self, region: str) -> None:
        self._region = region

    def tags(self, arn: str) -> Mapping[str, str]:
        service, kind = arn.split(":")[2], arn.split(":", 5)[5]
        if service == "ec2":
            ids = kind.partition("/")[2]
            held: Mapping[str, str] = ec2_backends[ACCOUNT][self._region].tags.get(ids, {})
            return dict(held)
        if service == "rds" and not arn.split(":")[5].endswith("auto-backup"):
            # An automated backup has no condition key of tags (Service Authorization Reference).
            with suppress(ServiceException):
                return dict(tags_of(_regions().get(ACCOUNT, self._region), arn))
        return {}

    def key_of_source(self, identifier: str) -> str | None:
        region = _regions().get(ACCOUNT, self._region)
        name = identifier.rpartition(":")[2].lower()
        for held in (region.clusters.get(name), region.instances.get(name)):
            described: Mapping[str, Any] = held.describe() if held is not None else {}
            if described.get("StorageEncrypted") and described.get("KmsKeyId"):
                return self.key(described["KmsKeyId"])
        return None

    def secret(self, name: str) -> tuple[str, str | None]:
        found: Any = secretsmanager_backends[ACCOUNT][self._region].secrets.get(name)
        if found is None:
            return f"arn:aws:secretsmanager:{self._region}:{ACCOUNT}:secret:{name}", None
        own = found.kms_key_id
        return found.arn, None if own is None else self.key(own)

    def key(self, name: str) -> str:
        if name.startswith("arn:") and ":key/" in name:
            return name
        found: str = kms_backends[ACCOUNT][self._region].any_id_to_key_id(name)
        return f"arn:aws:kms:{self._region}:{ACCOUNT}:key/{found}"

    def group(self, name: str) -> str:
        found = ec2_backends[ACCOUNT][self._region].get_security_group_from_name(name)
        return "sg-none" if found is None else str(found.id)

    def function_of(self, mapping: str) -> str:
        found: Any = lambda_backends[ACCOUNT][self._region].get_event_source_mapping(mapping)
        return "" if found is None else str(found.function_arn)


def _regions() -> Regions:
    """Of the only cloud in this process: of the class that answers for RDS (`seams.install`)."""
    answering: Any = urls.url_paths["{0}/$"]
    regions: Regions = answering.__self__.regions
    return regions
