variable "cluster_identifier" { type = string }
variable "snapshot_identifier" { type = string }
variable "family" { type = string }
variable "db_admin_username" { type = string }
variable "db_admin_password" {
  type      = string
  sensitive = true
}
variable "backup_retention_period" { type = number }
variable "deletion_protection" { type = bool }
variable "min_capacity" { type = number }
variable "tags" { type = map(string) }
variable "vpc_id" { type = string }
variable "subnets" { type = list(string) }

resource "aws_security_group" "access" {
  name        = "core-access"
  description = "Its members reach the cluster, and each other"
  vpc_id      = var.vpc_id
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
  name       = "core"
  subnet_ids = var.subnets
}

resource "aws_rds_cluster_parameter_group" "cluster" {
  name   = "core-cluster"
  family = var.family

  parameter {
    name  = "statement_timeout"
    value = "600000"
  }
}

resource "aws_rds_cluster" "cumulus" {
  cluster_identifier              = var.cluster_identifier
  snapshot_identifier             = var.snapshot_identifier
  engine                          = "aurora-postgresql"
  engine_mode                     = "serverless"
  database_name                   = "core"
  master_username                 = var.db_admin_username
  master_password                 = var.db_admin_password
  db_subnet_group_name            = aws_db_subnet_group.cluster.id
  vpc_security_group_ids          = [aws_security_group.access.id]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.cluster.id
  backup_retention_period         = var.backup_retention_period
  preferred_backup_window         = "07:00-09:00"
  copy_tags_to_snapshot           = true
  final_snapshot_identifier       = "${var.cluster_identifier}-final-snapshot"
  deletion_protection             = var.deletion_protection
  apply_immediately               = true
  tags                            = var.tags

  scaling_configuration {
    min_capacity   = var.min_capacity
    max_capacity   = 4
    timeout_action = "RollbackCapacityChange"
  }

  lifecycle {
    ignore_changes = [engine_version]
  }
}

resource "aws_secretsmanager_secret" "rds_login" {
  name                    = "core-rds-login"
  description             = "The administrator's login"
  recovery_window_in_days = 30
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
