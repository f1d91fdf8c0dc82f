# A deployment that keeps its cluster in a module, as the founding document's does.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.39.0"
    }
  }
}

variable "endpoint" { type = string }
variable "prefix" { type = string }
variable "cluster_identifier" { type = string }
variable "db_admin_password" {
  type      = string
  sensitive = true
}
variable "parameter_group_family" { type = string }
variable "engine_mode" {
  type    = string
  default = "serverless"
}
variable "instances" {
  type    = number
  default = 0
}
variable "snapshot_identifier" {
  type    = string
  default = null
}
variable "deletion_protection" {
  type    = bool
  default = true
}

# Nobody's account, and one endpoint for every service that the module uses.
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
  source = "../rds-cluster"

  prefix                 = var.prefix
  cluster_identifier     = var.cluster_identifier
  snapshot_identifier    = var.snapshot_identifier
  engine_mode            = var.engine_mode
  instances              = var.instances
  db_admin_username      = "core_admin"
  db_admin_password      = var.db_admin_password
  parameter_group_family = var.parameter_group_family
  deletion_protection    = var.deletion_protection
  vpc_id                 = data.aws_vpc.default.id
  subnets                = data.aws_subnet_ids.default.ids
  tags                   = { team = "core" }
}
