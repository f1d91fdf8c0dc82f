"""The cluster is well, and what stands beside it is lost: logins, snapshots, keys, networks."""

from __future__ import annotations

from tests.plans import canaries
from tests.plans.recipe import IMPORTED, LOGIN, MODULE, SECRET, SOURCE
from tests.plans.row import Row, unsafe

BESIDE = "rds-cluster/beside.tf"
_OLD = "data.aws_rds_cluster.old"
_EXTRA = """
resource "aws_rds_cluster" "second" {
  cluster_identifier  = "core-1-again"
  engine              = "aurora-postgresql"
  engine_mode         = "serverless"
  master_username     = "core_admin"
  master_password     = var.db_admin_password
  skip_final_snapshot = true
}
"""


def _login(**others: str) -> str:
    """The secret's text with fields that are not as they were."""
    fields = {
        "dbClusterIdentifier": "aws_rds_cluster.cumulus.id",
        "engine": '"postgres"',
        "host": "aws_rds_cluster.cumulus.endpoint",
        "password": "var.db_admin_password",
        "port": "aws_rds_cluster.cumulus.port",
        "username": "var.db_admin_username",
    } | others
    lines = "".join(f"    {name} = {value}\n" for name, value in fields.items())
    return f"  secret_string = jsonencode({{\n{lines}  }})"


AROUND: tuple[Row, ...] = (
    unsafe(
        "another password in the secret",
        "adopt",
        "plan.secret.secret_string",
        "Another password was typed into the secret than the cluster has.",
        IMPORTED.with_(LOGIN, _login(password=f'"{canaries.NEW_MASTER}"')),
    ),
    unsafe(
        "another user in the secret",
        "adopt",
        "plan.secret.secret_string",
        "The secret's user was changed, which every client logs in as.",
        IMPORTED.with_(LOGIN, _login(username='"postgres"')),
    ),
    unsafe(
        "another field in the secret",
        "adopt",
        "plan.secret.secret_string",
        "A field was added to the secret, another secret's value in it.",
        IMPORTED.with_(LOGIN, _login(apiKey=f'"{canaries.API_KEY}"')),
    ),
    unsafe(
        "stale host in the secret",
        "adopt",
        "plan.secret.secret_string",
        "The login takes its host from the old name: clients go on writing to the old cluster.",
        IMPORTED.with_(LOGIN, _login(host=f"{_OLD}.endpoint", port=f"{_OLD}.port")).beside(
            f'data "aws_rds_cluster" "old" {{\n  cluster_identifier = "{SOURCE}"\n}}\n', BESIDE
        ),
    ),
    unsafe(
        "stale cluster in the secret",
        "adopt",
        "plan.secret.secret_string plan.secret.dbClusterIdentifier",
        "The source's name was typed into the secret.",
        IMPORTED.with_(LOGIN, _login(dbClusterIdentifier=f'"{SOURCE}"')),
    ),
    unsafe(
        "the secret left behind",
        "adopt",
        "plan.secret.dbClusterIdentifier",
        "Changes of the login are ignored: clients go on writing to the old cluster.",
        IMPORTED.with_(LOGIN, "lifecycle {\n  ignore_changes = [secret_string]\n}"),
    ),
    unsafe(
        "a secret that is no JSON",
        "adopt",
        "plan.secret.secret_string",
        "The login became a connection string, which no client of today reads.",
        IMPORTED.with_(
            LOGIN,
            '  secret_string = "postgresql://${var.db_admin_username}:${var.db_admin_password}'
            '@${aws_rds_cluster.cumulus.endpoint}"',
        ),
    ),
    unsafe(
        "the secret replaced",
        "adopt",
        "plan.other.action plan.secret.replace_paths",
        "The secret was renamed: its ARN, which clients are configured with, is another.",
        IMPORTED.with_(SECRET, 'name = "core-rds-admin"'),
    ),
    unsafe(
        "recovery window 0",
        "adopt",
        "plan.other.action",
        "A deleted secret is to be gone at once, so that its name can be used again.",
        IMPORTED.with_(SECRET, "recovery_window_in_days = 0"),
    ),
    unsafe(
        "the secret's version deleted",
        "adopt",
        "plan.secret.action",
        "The login is to be kept elsewhere from now on, and its block is gone.",
        IMPORTED.without(LOGIN),
    ),
    unsafe(
        "a snapshot deleted",
        "adopt",
        "plan.other.action",
        "The snapshot of before the upgrade is out of the configuration: the last way back.",
        IMPORTED.without("aws_db_cluster_snapshot.before_upgrade"),
    ),
    unsafe(
        "a snapshot replaced",
        "adopt",
        "plan.other.action",
        "The snapshot was made to follow the cluster's name, and would be taken anew, of the copy.",
        IMPORTED.with_(
            "aws_db_cluster_snapshot.before_upgrade",
            "db_cluster_identifier = var.cluster_identifier",
        ),
    ),
    unsafe(
        "a key deleted",
        "adopt",
        "plan.other.action",
        "The key that old snapshots are encrypted with is out of the configuration.",
        IMPORTED.without("aws_kms_key.backups"),
    ),
    unsafe(
        "a cluster beside",
        "adopt",
        "plan.cluster.beside",
        "A second cluster stands in the configuration, empty, and somebody will write to it.",
        IMPORTED.beside(_EXTRA),
    ),
    unsafe(
        "the access rule changed",
        "adopt",
        "plan.other.action",
        "The rule that admits clients was narrowed to another port.",
        IMPORTED.with_(
            f"{MODULE}.aws_security_group_rule.postgres", "from_port = 5433\nto_port = 5433"
        ),
    ),
    unsafe(
        "the subnet group renamed",
        "adopt",
        "plan.cluster.action plan.other.action",
        "A new name for the subnet group replaces it, and with it the cluster.",
        IMPORTED.with_(f"{MODULE}.aws_db_subnet_group.cluster", 'name = "core-subnets"'),
    ),
    unsafe(
        "the parameter group changed",
        "adopt",
        "plan.other.action",
        "A parameter was changed together with the recovery.",
        IMPORTED.with_(
            f"{MODULE}.aws_rds_cluster_parameter_group.cluster",
            'parameter {\n  name  = "statement_timeout"\n  value = "1000"\n}',
        ),
    ),
    unsafe(
        "the parameter group replaced",
        "adopt",
        "plan.other.action",
        "Its name was changed: the cluster's group after the apply is not known before it.",
        IMPORTED.with_(
            f"{MODULE}.aws_rds_cluster_parameter_group.cluster", 'name = "core-cluster-2"'
        ),
    ),
    unsafe(
        "a script beside",
        "adopt",
        "plan.other.action",
        "A provisioner of somebody's runs with the apply.",
        IMPORTED.beside(
            f'resource "terraform_data" "migrate" {{\n  input = {MODULE}.cluster_id\n}}\n'
        ).beside('output "cluster_id" {\n  value = aws_rds_cluster.cumulus.id\n}\n', BESIDE),
    ),
)
