# A Postgres cluster, the network it stands in, and the secret that holds its administrator's login.
# The first generation: serverless v1, which has no instances, and a provider before 5.0, for which
# a snapshot_identifier given to a cluster that is there is an update that restores nothing.
#
# A recovery changes what is at one address here, and may change nothing else:
#   aws_rds_cluster.cumulus

resource "aws_security_group" "access" {
  name_prefix = "${var.prefix}-access-"
  description = "admits its members"
  vpc_id      = var.vpc_id
  tags        = var.tags
}

# The cluster is a member itself.
resource "aws_security_group_rule" "postgres" {
  security_group_id = aws_security_group.access.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 5432
  to_port           = 5432
  self              = true
}

resource "aws_db_subnet_group" "cluster" {
  name_prefix = "${var.prefix}-"
  subnet_ids  = var.subnets
  tags        = var.tags
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
  cluster_identifier              = var.cluster_identifier
  snapshot_identifier             = var.snapshot_identifier
  engine                          = "aurora-postgresql"
  engine_mode                     = "serverless"
  database_name                   = var.database_name
  master_username                 = var.db_admin_username
  master_password                 = var.db_admin_password
  db_subnet_group_name            = aws_db_subnet_group.cluster.id
  vpc_security_group_ids          = [aws_security_group.access.id]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.cluster.id
  backup_retention_period         = var.backup_retention_period
  preferred_backup_window         = var.preferred_backup_window
  copy_tags_to_snapshot           = true
  deletion_protection             = var.deletion_protection
  final_snapshot_identifier       = "${var.cluster_identifier}-final-snapshot"
  apply_immediately               = var.apply_immediately
  tags                            = var.tags

  scaling_configuration {
    min_capacity   = var.min_capacity
    max_capacity   = var.max_capacity
    timeout_action = "RollbackCapacityChange"
  }

  lifecycle {
    # AWS upgrades minor versions, and a restored copy has the engine of its source.
    ignore_changes = [engine_version]
  }
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
    port                = aws_rds_cluster.cumulus.port
    dbClusterIdentifier = aws_rds_cluster.cumulus.id
  })
}
