# A single instance, as a deployment that brings its own Postgres has it.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.39.0"
    }
  }
}

variable "endpoint" { type = string }
variable "identifier" { type = string }
variable "db_admin_password" {
  type      = string
  sensitive = true
}
variable "snapshot_identifier" {
  type    = string
  default = null
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "rehearsal"
  secret_key                  = "rehearsal"
  skip_credentials_validation = true
  skip_get_ec2_platforms      = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true

  endpoints {
    ec2 = var.endpoint
    iam = var.endpoint
    kms = var.endpoint
    rds = var.endpoint
    sts = var.endpoint
  }
}

resource "aws_db_instance" "core" {
  identifier                = var.identifier
  snapshot_identifier       = var.snapshot_identifier
  engine                    = "postgres"
  instance_class            = "db.t3.micro"
  allocated_storage         = 20
  name                      = "core"
  username                  = "core_admin"
  password                  = var.db_admin_password
  backup_retention_period   = 3
  final_snapshot_identifier = "${var.identifier}-final-snapshot"
  apply_immediately         = true
  tags                      = { team = "core" }
}
