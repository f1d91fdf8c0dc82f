# A Postgres cluster, its network, and the secret that its administrator's login is kept in.
# Addresses are those of the founding document: module.….aws_rds_cluster.cumulus.

resource "aws_security_group" "access" {
  name_prefix = "${var.prefix}-access-"
  description = "Its members reach the cluster, and each other"
  vpc_id      = var.vpc_id
  tags        = var.tags
}

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
  name   = "${var.prefix}-cluster"
  family = var.parameter_group_family
  tags   = var.tags

  parameter {
    name  = "statement_timeout"
    value = "600000"
  }
}

resource "aws_rds_cluster" "cumulus" {
  cluster_identifier              = var.cluster_identifier
  snapshot_identifier             = var.snapshot_identifier
  engine                          = "aurora-postgresql"
  engine_mode                     = var.engine_mode
  database_name                   = "core"
  master_username                 = var.db_admin_username
  master_password                 = var.db_admin_password
  db_subnet_group_name            = aws_db_subnet_group.cluster.id
  vpc_security_group_ids          = [aws_security_group.access.id]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.cluster.id
  backup_retention_period         = var.backup_retention_period
  preferred_backup_window         = "07:00-09:00"
  final_snapshot_identifier       = "${var.cluster_identifier}-final-snapshot"
  deletion_protection             = var.deletion_protection
  apply_immediately               = true
  tags                            = var.tags

  dynamic "scaling_configuration" {
    for_each = var.engine_mode == "serverless" ? ["v1"] : []

    content {
      min_capacity   = 2
      max_capacity   = 4
      timeout_action = "RollbackCapacityChange"
    }
  }

  lifecycle {
    ignore_changes = [engine_version]
  }
}

resource "aws_rds_cluster_instance" "cumulus" {
  count = var.instances

  identifier         = "${aws_rds_cluster.cumulus.id}-${count.index + 1}"
  cluster_identifier = aws_rds_cluster.cumulus.id
  engine             = aws_rds_cluster.cumulus.engine
  instance_class     = "db.r6g.large"
  tags               = var.tags
}

resource "aws_secretsmanager_secret" "rds_login" {
  name_prefix             = "${var.prefix}-rds-login-"
  description             = "The administrator's login"
  recovery_window_in_days = 0
  tags                    = var.tags
}

resource "aws_secretsmanager_secret_version" "rds_login" {
  secret_id = aws_secretsmanager_secret.rds_login.id
  secret_string = jsonencode({
    dbClusterIdentifier = aws_rds_cluster.cumulus.id
    engine              = "postgres"
    host                = aws_rds_cluster.cumulus.endpoint
    password            = var.db_admin_password
    port                = aws_rds_cluster.cumulus.port
    username            = var.db_admin_username
  })
}
