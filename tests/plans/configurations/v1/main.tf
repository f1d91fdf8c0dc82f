# A deployment of the founding document's time: Aurora Serverless v1, hashicorp/aws 3.39.0.
# What stands beside the cluster is there to be lost: a manual snapshot, a key.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.39.0"
    }
  }
}

variable "endpoint" { type = string }
variable "family" { type = string }
variable "cluster_identifier" { type = string }
variable "snapshot_identifier" {
  type    = string
  default = null
}
variable "db_admin_username" {
  type    = string
  default = "core_admin"
}
variable "db_admin_password" {
  type      = string
  sensitive = true
}
variable "backup_retention_period" {
  type    = number
  default = 3
}
variable "deletion_protection" {
  type    = bool
  default = true
}
variable "min_capacity" {
  type    = number
  default = 2
}
variable "tags" {
  type    = map(string)
  default = { team = "core" }
}

# Nobody's account, and one endpoint for every service.
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "rehearsal"
  secret_key                  = "rehearsal"
  skip_credentials_validation = true
  skip_get_ec2_platforms      = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true

  endpoints {
    ec2            = var.endpoint
    iam            = var.endpoint
    kms            = var.endpoint
    rds            = var.endpoint
    secretsmanager = var.endpoint
    sts            = var.endpoint
  }
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnet_ids" "default" {
  vpc_id = data.aws_vpc.default.id
}

module "rds_cluster" {
  source = "./rds-cluster"

  cluster_identifier      = var.cluster_identifier
  snapshot_identifier     = var.snapshot_identifier
  family                  = var.family
  db_admin_username       = var.db_admin_username
  db_admin_password       = var.db_admin_password
  backup_retention_period = var.backup_retention_period
  deletion_protection     = var.deletion_protection
  min_capacity            = var.min_capacity
  tags                    = var.tags
  vpc_id                  = data.aws_vpc.default.id
  subnets                 = data.aws_subnet_ids.default.ids
}

resource "aws_db_cluster_snapshot" "before_upgrade" {
  db_cluster_identifier          = "core-1"
  db_cluster_snapshot_identifier = "core-before-upgrade"
  tags                           = { team = "core" }

  depends_on = [module.rds_cluster]
}

resource "aws_kms_key" "backups" {
  description = "Encrypts what is kept of core"
}
