"""What can be ordered, and what an account has."""

from __future__ import annotations

from typing import Any

from tests.rehearsal.conftest import Source
from tests.rehearsal.documented import documented
from tests.rehearsal.helpers import ENGINE, MASTER, PASSWORD, Rds, refused
from tests.rehearsal.rds.groups import API, family, instance


@documented(
    "rds",
    "DescribeDBEngineVersions",
    "The versions that can be had, by engine",
    API.format("DescribeDBEngineVersions"),
)
def test_the_engine_version_is_the_servers(rds: Rds, source: Source) -> None:
    (version,) = rds.api.describe_db_engine_versions(Engine=ENGINE, DefaultOnly=True)[
        "DBEngineVersions"
    ]
    assert rds.describe(source.name)["EngineVersion"] == version["EngineVersion"]
    assert version["DBParameterGroupFamily"].startswith(ENGINE)
    assert [] == rds.api.describe_db_engine_versions(Engine="mysql")["DBEngineVersions"]


@documented(
    "rds",
    "DescribeDBEngineVersions",
    "Versions are filtered by family, engine, mode, version and status, and by nothing else",
    API.format("DescribeDBEngineVersions"),
)
def test_versions_are_filtered(rds: Rds) -> None:
    def found(**asked: str) -> list[str]:
        wanted = [{"Name": name.replace("_", "-"), "Values": [one]} for name, one in asked.items()]
        answer = rds.api.describe_db_engine_versions(Filters=wanted)
        return [one["Engine"] for one in answer["DBEngineVersions"]]

    assert [ENGINE, "postgres"] == found(status="available")
    assert [] == found(status="deprecated")
    assert [ENGINE] == found(engine_mode="serverless")
    assert ["postgres"] == found(engine="postgres")
    assert [ENGINE] == found(db_parameter_group_family=family(rds))
    refused(
        "InvalidParameterValue",
        rds.api.describe_db_engine_versions,
        Filters=[{"Name": "moon-phase", "Values": ["full"]}],
    )


@documented(
    "rds",
    "DescribeOrderableDBInstanceOptions",
    "The classes that can be ordered, by engine, with storage types and their bounds",
    API.format("DescribeOrderableDBInstanceOptions"),
)
def test_what_can_be_ordered(rds: Rds) -> None:
    found = orderable(rds, Engine=ENGINE)
    assert {"db.serverless", "db.r6g.large"} <= {one["DBInstanceClass"] for one in found}
    assert {"aurora", "aurora-iopt1"} == {one["StorageType"] for one in found}
    (gp3,) = (
        one
        for one in orderable(rds, Engine="postgres", DBInstanceClass="db.t4g.micro")
        if one["StorageType"] == "gp3"
    )
    assert (20, 65536) == (gp3["MinStorageSize"], gp3["MaxStorageSize"])
    assert [] == orderable(rds, Engine=ENGINE, DBInstanceClass="db.m1.small")
    assert [] == orderable(rds, Engine=ENGINE, LicenseModel="bring-your-own-license")
    assert [] == orderable(rds, Engine=ENGINE, Vpc=False)
    refused(
        "InvalidParameterValue", rds.api.describe_orderable_db_instance_options, Engine="abacus"
    )
    refused(
        "InvalidParameterCombination",
        rds.api.describe_orderable_db_instance_options,
        Engine=ENGINE,
        EngineVersion="9.6",
    )


def orderable(rds: Rds, **asked: Any) -> list[dict[str, Any]]:
    pages = rds.api.get_paginator("describe_orderable_db_instance_options").paginate(**asked)
    return [one for page in pages for one in page["OrderableDBInstanceOptions"]]


@documented(
    "rds",
    "DescribeOrderableDBInstanceOptions",
    "A page has at most a thousand options, by default a hundred",
    API.format("DescribeOrderableDBInstanceOptions"),
)
def test_what_can_be_ordered_comes_in_pages(rds: Rds) -> None:
    ask = rds.api.describe_orderable_db_instance_options
    assert 100 == len(ask(Engine="postgres")["OrderableDBInstanceOptions"])
    whole = ask(Engine="postgres", MaxRecords=1000)["OrderableDBInstanceOptions"]
    assert whole == orderable(rds, Engine="postgres", MaxRecords=20)
    refused("InvalidParameterValue", ask, Engine="postgres", MaxRecords=1001)


@documented(
    "rds",
    "DescribeAccountAttributes",
    "Quotas are told with what is used of them",
    API.format("DescribeAccountAttributes"),
)
def test_quotas_are_told(rds: Rds) -> None:
    quotas = {
        one["AccountQuotaName"]: one
        for one in rds.api.describe_account_attributes()["AccountQuotas"]
    }
    assert len(rds.names()) == quotas["DBClusters"]["Used"]
    assert 40 == quotas["DBClusters"]["Max"]
    groups = rds.api.describe_db_subnet_groups()["DBSubnetGroups"]
    assert len(groups) == quotas["DBSubnetGroups"]["Used"]
    assert {"DBInstances", "ManualClusterSnapshots", "OptionGroups"} <= quotas.keys()


@documented(
    "rds",
    "DescribeCertificates",
    "Certificate authorities are told, in any case; an unknown one is not found",
    API.format("DescribeCertificates"),
)
def test_certificates_are_told(rds: Rds) -> None:
    found = rds.api.describe_certificates()
    assert "rds-ca-rsa2048-g1" in {one["CertificateIdentifier"] for one in found["Certificates"]}
    (one,) = rds.api.describe_certificates(CertificateIdentifier="RDS-CA-RSA4096-G1")[
        "Certificates"
    ]
    assert "rds-ca-rsa4096-g1" == one["CertificateIdentifier"]
    refused("CertificateNotFound", rds.api.describe_certificates, CertificateIdentifier="nobody")


@documented(
    "rds",
    "DescribePendingMaintenanceActions",
    "There is no maintenance, and there are no global clusters",
    API.format("DescribePendingMaintenanceActions"),
)
@documented(
    "rds",
    "DescribeGlobalClusters",
    "There are no global clusters",
    API.format("DescribeGlobalClusters"),
)
def test_what_there_is_none_of(rds: Rds) -> None:
    assert [] == rds.api.describe_pending_maintenance_actions()["PendingMaintenanceActions"]
    assert [] == rds.api.describe_global_clusters()["GlobalClusters"]


@documented(
    "rds",
    "DescribePendingMaintenanceActions",
    "The maintenance of what does not exist is not found",
    API.format("DescribePendingMaintenanceActions"),
)
def test_maintenance_of_what_does_not_exist(rds: Rds, source: Source) -> None:
    arn, ask = (
        rds.describe(source.name)["DBClusterArn"],
        rds.api.describe_pending_maintenance_actions,
    )
    assert [] == ask(ResourceIdentifier=arn)["PendingMaintenanceActions"]
    refused("ResourceNotFoundFault", ask, ResourceIdentifier=arn.replace(":cluster:", ":moon:"))
    refused("ResourceNotFoundFault", ask, ResourceIdentifier=f"{arn}-not")


@documented(
    "rds",
    "DescribeSourceRegions",
    "The other regions are told, in pages; a region that is none is invalid",
    API.format("DescribeSourceRegions"),
)
def test_source_regions_are_told(rds: Rds) -> None:
    ask = rds.api.describe_source_regions
    pages = rds.api.get_paginator("describe_source_regions").paginate(MaxRecords=20)
    names = [one["RegionName"] for page in pages for one in page["SourceRegions"]]
    assert "eu-west-1" in names
    assert "us-east-1" not in names
    assert len(set(names)) == len(names) > 15
    (one,) = ask(RegionName="eu-west-1")["SourceRegions"]
    assert "available" == one["Status"]
    refused("InvalidParameterValue", ask, RegionName="moon-base-1")


@documented(
    "rds",
    "CreateDBSecurityGroup",
    "DB security groups are not supported: EC2-Classic is gone",
    API.format("CreateDBSecurityGroup"),
)
def test_there_are_no_db_security_groups(rds: Rds) -> None:
    refused(
        "DBSecurityGroupNotSupported",
        rds.api.create_db_security_group,
        DBSecurityGroupName="classic",
        DBSecurityGroupDescription="-",
    )


@documented(
    "rds",
    "DescribeDBSecurityGroups",
    "There are none to be listed, and none by a name",
    API.format("DescribeDBSecurityGroups"),
)
def test_no_db_security_group_is_listed(rds: Rds) -> None:
    assert [] == rds.api.describe_db_security_groups()["DBSecurityGroups"]
    refused(
        "DBSecurityGroupNotFound",
        rds.api.describe_db_security_groups,
        DBSecurityGroupName="classic",
    )


@documented(
    "rds",
    "DeleteDBSecurityGroup",
    "A group that does not exist is not deleted",
    API.format("DeleteDBSecurityGroup"),
)
def test_no_db_security_group_is_deleted(rds: Rds) -> None:
    refused(
        "DBSecurityGroupNotFound",
        rds.api.delete_db_security_group,
        DBSecurityGroupName="classic",
    )
    refused(
        "InvalidParameterCombination",
        rds.api.create_db_instance,
        **SINGLE,
        DBSecurityGroups=["classic"],
    )


SINGLE: dict[str, Any] = {
    "DBInstanceIdentifier": "with-options",
    "DBInstanceClass": "db.t4g.micro",
    "Engine": "postgres",
    "AllocatedStorage": 20,
    "MasterUsername": MASTER,
    "MasterUserPassword": PASSWORD,
}


@documented(
    "rds",
    "DescribeOptionGroups",
    "The default option groups are told",
    API.format("DescribeOptionGroups"),
)
def test_option_groups_are_told(rds: Rds) -> None:
    ask = rds.api.describe_option_groups
    found = {one["OptionGroupName"] for one in ask()["OptionGroupsList"]}
    assert {f"default:{engine}-{family(rds, '')}" for engine in (ENGINE, "postgres")} <= found
    (one,) = ask(EngineName=ENGINE)["OptionGroupsList"]
    assert ENGINE == one["EngineName"]
    refused("InvalidParameterCombination", ask, OptionGroupName="x", EngineName=ENGINE)
    refused("OptionGroupNotFoundFault", rds.api.describe_option_groups, OptionGroupName="nobody")


def group(rds: Rds, name: str, **changes: str) -> dict[str, str]:
    """A request for an option group."""
    return {
        "OptionGroupName": name,
        "EngineName": "postgres",
        "MajorEngineVersion": family(rds, ""),
        "OptionGroupDescription": "-",
        **changes,
    }


@documented(
    "rds",
    "CreateOptionGroup",
    "An option group has a legal name that is free, an engine and a version that there are",
    API.format("CreateOptionGroup"),
)
def test_an_option_group_that_cannot_be(rds: Rds) -> None:
    create = rds.api.create_option_group
    create(**group(rds, "Taken"))
    for request, code in (
        (group(rds, "taken"), "OptionGroupAlreadyExistsFault"),
        (group(rds, "no_good"), "InvalidParameterValue"),
        (group(rds, "other", EngineName="abacus"), "InvalidParameterValue"),
        (group(rds, "other", MajorEngineVersion="9.6"), "InvalidParameterCombination"),
    ):
        refused(code, create, **request)
    rds.api.delete_option_group(OptionGroupName="taken")


@documented(
    "rds",
    "DeleteOptionGroup",
    "A default option group, and one that an instance has, cannot be deleted",
    API.format("DeleteOptionGroup"),
)
def test_an_option_group_in_use_stays(rds: Rds) -> None:
    delete = rds.api.delete_option_group
    rds.api.create_option_group(**group(rds, "in-use"))
    refused(
        "OptionGroupNotFoundFault", rds.api.create_db_instance, **SINGLE, OptionGroupName="nobody"
    )
    rds.api.create_db_instance(**SINGLE, OptionGroupName="in-use")
    rds.wait("db_instance_available", DBInstanceIdentifier="with-options")
    (member,) = instance(rds, "with-options")["OptionGroupMemberships"]
    assert {"OptionGroupName": "in-use", "Status": "in-sync"} == member
    for name in ("in-use", f"default:postgres-{family(rds, '')}"):
        refused("InvalidOptionGroupStateFault", delete, OptionGroupName=name)
    rds.api.modify_db_instance(
        DBInstanceIdentifier="with-options",
        OptionGroupName=f"default:postgres-{family(rds, '')}",
        ApplyImmediately=True,
    )
    delete(OptionGroupName="in-use")
    refused("OptionGroupNotFoundFault", delete, OptionGroupName="in-use")
    rds.api.delete_db_instance(DBInstanceIdentifier="with-options", SkipFinalSnapshot=True)
    rds.wait("db_instance_deleted", DBInstanceIdentifier="with-options")


@documented(
    "rds",
    "DescribeOptionGroupOptions",
    "PostgreSQL has no options",
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithOptionGroups.html",
)
def test_there_are_no_options(rds: Rds) -> None:
    found = rds.api.describe_option_group_options(EngineName="postgres")
    assert [] == found["OptionGroupOptions"]
