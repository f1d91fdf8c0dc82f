# A deployment of today: serverless v2 with an instance, hashicorp/aws 5.x.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

variable "endpoint" { type = string }
variable "family" { type = string }
variable "vpc_id" { type = string }
variable "subnets" { type = list(string) }
variable "cluster_identifier" { type = string }
variable "snapshot_identifier" {
  type    = string
  default = null
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
  default = 0.5
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
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true

  endpoints {
    ec2            = var.endpoint
    rds            = var.endpoint
    secretsmanager = var.endpoint
    sts            = var.endpoint
  }
}

module "rds_cluster" {
  source = "./rds-cluster"

  cluster_identifier      = var.cluster_identifier
  snapshot_identifier     = var.snapshot_identifier
  family                  = var.family
  db_admin_username       = "core_admin"
  db_admin_password       = var.db_admin_password
  backup_retention_period = var.backup_retention_period
  deletion_protection     = var.deletion_protection
  min_capacity            = var.min_capacity
  tags                    = var.tags
  vpc_id                  = var.vpc_id
  subnets                 = var.subnets
}
