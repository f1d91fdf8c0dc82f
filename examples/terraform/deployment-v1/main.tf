# A deployment of the first generation, that keeps its cluster in a module: module.rds_cluster.aws_rds_cluster.cumulus.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 3.39"
    }
  }
}

provider "aws" {
  region = var.region
}

module "rds_cluster" {
  source = "../rds-cluster-v1"

  prefix                         = var.prefix
  cluster_identifier             = var.cluster_identifier
  snapshot_identifier            = var.snapshot_identifier
  vpc_id                         = var.vpc_id
  subnets                        = var.subnets
  parameter_group_family         = var.parameter_group_family
  parameters                     = var.parameters
  database_name                  = var.database_name
  db_admin_username              = var.db_admin_username
  db_admin_password              = var.db_admin_password
  min_capacity                   = var.min_capacity
  max_capacity                   = var.max_capacity
  backup_retention_period        = var.backup_retention_period
  preferred_backup_window        = var.preferred_backup_window
  deletion_protection            = var.deletion_protection
  apply_immediately              = var.apply_immediately
  secret_recovery_window_in_days = var.secret_recovery_window_in_days
  tags                           = var.tags
}
