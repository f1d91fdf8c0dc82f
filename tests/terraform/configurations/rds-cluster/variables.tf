variable "prefix" {
  description = "Begins the name of everything but the cluster"
  type        = string
}

variable "cluster_identifier" {
  description = "Name of the cluster; after a restore, that of the restored copy"
  type        = string
}

variable "snapshot_identifier" {
  description = "Snapshot that a new cluster is made from"
  type        = string
  default     = null
}

variable "engine_mode" {
  description = "serverless (v1, no instances) or provisioned"
  type        = string
  default     = "serverless"
}

variable "instances" {
  description = "How many instances a provisioned cluster has"
  type        = number
  default     = 0
}

variable "db_admin_username" {
  type = string
}

variable "db_admin_password" {
  type      = string
  sensitive = true
}

variable "parameter_group_family" {
  description = "Engine and major version, such as aurora-postgresql15"
  type        = string
}

variable "backup_retention_period" {
  description = "Days"
  type        = number
  default     = 1
}

variable "deletion_protection" {
  type    = bool
  default = true
}

variable "vpc_id" {
  type = string
}

variable "subnets" {
  type = list(string)
}

variable "tags" {
  type    = map(string)
  default = {}
}
