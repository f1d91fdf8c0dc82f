# A Postgres cluster with its instances, the network it stands in, and the secret that holds its
# administrator's login. The second generation: serverless v2 or provisioned.
#
# A recovery changes what is at two kinds of address here, and may change nothing else:
#   aws_rds_cluster.cumulus, aws_rds_cluster_instance.cumulus[…]

locals {
  serverless = contains(var.instance_classes, "db.serverless")
}

resource "aws_security_group" "access" {
  for_each = var.admits

  name        = "${var.prefix}-${each.key}"
  description = "admits ${each.key}"
  vpc_id      = var.vpc_id
  tags        = var.tags
}

# Members reach the cluster, which is a member itself.
resource "aws_security_group_rule" "postgres" {
  for_each = aws_security_group.access

  security_group_id = each.value.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 5432
  to_port           = 5432
  self              = true
}

resource "aws_db_subnet_group" "cluster" {
  name       = "${var.prefix}-subnets"
  subnet_ids = var.subnets
  tags       = var.tags
}

resource "aws_rds_cluster_parameter_group" "cluster" {
  name   = "${var.prefix}-parameters"
  family = var.parameter_group_family
  tags   = var.tags

  dynamic "parameter" {
    for_each = var.parameters

    content {
      name  = parameter.key
      value = parameter.value
    }
  }
}

resource "aws_rds_cluster" "cumulus" {
  cluster_identifier                  = var.cluster_identifier
  snapshot_identifier                 = var.snapshot_identifier
  engine                              = "aurora-postgresql"
  engine_mode                         = "provisioned" # of serverless v2, too
  engine_version                      = var.engine_version
  database_name                       = var.database_name
  master_username                     = var.db_admin_username
  master_password                     = var.db_admin_password
  db_subnet_group_name                = aws_db_subnet_group.cluster.name
  vpc_security_group_ids              = [for group in aws_security_group.access : group.id]
  db_cluster_parameter_group_name     = aws_rds_cluster_parameter_group.cluster.name
  backup_retention_period             = var.backup_retention_period
  preferred_backup_window             = var.preferred_backup_window
  copy_tags_to_snapshot               = true
  deletion_protection                 = var.deletion_protection
  final_snapshot_identifier           = "${var.cluster_identifier}-final-snapshot"
  storage_encrypted                   = var.storage_encrypted
  iam_database_authentication_enabled = var.iam_database_authentication_enabled
  enabled_cloudwatch_logs_exports     = var.enabled_cloudwatch_logs_exports
  apply_immediately                   = var.apply_immediately
  tags                                = var.tags

  dynamic "serverlessv2_scaling_configuration" {
    for_each = local.serverless ? ["v2"] : []

    content {
      min_capacity = var.min_capacity
      max_capacity = var.max_capacity
    }
  }

  lifecycle {
    # Minor versions are upgraded by AWS, and a restored copy has the engine of its source.
    ignore_changes = [engine_version]
  }
}

resource "aws_rds_cluster_instance" "cumulus" {
  count = length(var.instance_classes)

  identifier         = "${var.cluster_identifier}-${count.index + 1}"
  cluster_identifier = aws_rds_cluster.cumulus.id
  engine             = aws_rds_cluster.cumulus.engine
  instance_class     = var.instance_classes[count.index]
  promotion_tier     = count.index
  tags               = var.tags
}

resource "aws_secretsmanager_secret" "rds_login" {
  name_prefix             = "${var.prefix}-rds-login-"
  description             = "Login of the administrator of ${var.prefix}'s database"
  recovery_window_in_days = var.secret_recovery_window_in_days
  tags                    = var.tags
}

resource "aws_secretsmanager_secret_version" "rds_login" {
  secret_id = aws_secretsmanager_secret.rds_login.id
  secret_string = jsonencode({
    username            = var.db_admin_username
    password            = var.db_admin_password
    database            = coalesce(var.database_name, "postgres")
    engine              = "postgres"
    host                = aws_rds_cluster.cumulus.endpoint
    hostReader          = aws_rds_cluster.cumulus.reader_endpoint
    port                = aws_rds_cluster.cumulus.port
    dbClusterIdentifier = aws_rds_cluster.cumulus.id
  })
}
