# A deployment that keeps its cluster in a module: module.rds_cluster.aws_rds_cluster.cumulus.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = var.region
}

module "rds_cluster" {
  source = "../rds-cluster"

  prefix                              = var.prefix
  cluster_identifier                  = var.cluster_identifier
  snapshot_identifier                 = var.snapshot_identifier
  vpc_id                              = var.vpc_id
  subnets                             = var.subnets
  engine_version                      = var.engine_version
  parameter_group_family              = var.parameter_group_family
  parameters                          = var.parameters
  database_name                       = var.database_name
  db_admin_username                   = var.db_admin_username
  db_admin_password                   = var.db_admin_password
  instance_classes                    = var.instance_classes
  min_capacity                        = var.min_capacity
  max_capacity                        = var.max_capacity
  backup_retention_period             = var.backup_retention_period
  preferred_backup_window             = var.preferred_backup_window
  deletion_protection                 = var.deletion_protection
  storage_encrypted                   = var.storage_encrypted
  iam_database_authentication_enabled = var.iam_database_authentication_enabled
  enabled_cloudwatch_logs_exports     = var.enabled_cloudwatch_logs_exports
  apply_immediately                   = var.apply_immediately
  secret_recovery_window_in_days      = var.secret_recovery_window_in_days
  tags                                = var.tags
}
