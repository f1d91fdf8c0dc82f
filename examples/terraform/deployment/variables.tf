variable "region" {
  description = "Region of AWS"
  type        = string
  default     = "us-east-1"
}

variable "prefix" {
  description = "Begins the name of everything but the cluster"
  type        = string
}

variable "cluster_identifier" {
  description = "Name of the cluster; after a restore, that of the restored copy"
  type        = string
}

variable "snapshot_identifier" {
  description = "Snapshot that the cluster is made from. Changing it replaces the cluster; null changes nothing"
  type        = string
  default     = null
}

variable "vpc_id" {
  description = "VPC of the security groups"
  type        = string
}

variable "subnets" {
  description = "Ids of subnets in two availability zones or more"
  type        = list(string)
}

variable "engine_version" {
  description = "Version of a new cluster; later upgrades are made by hand, and ignored here"
  type        = string
  default     = null
}

variable "parameter_group_family" {
  description = "Engine and major version, such as aurora-postgresql17"
  type        = string
  default     = "aurora-postgresql17"
}

variable "parameters" {
  description = "Cluster parameters that differ from the family's, by name"
  type        = map(string)
  default     = {}
}

variable "database_name" {
  description = "Database that a new cluster is given; null for none but postgres"
  type        = string
  default     = null
}

variable "db_admin_username" {
  description = "The administrator. Changing it replaces the cluster"
  type        = string
}

variable "db_admin_password" {
  description = "The administrator's password"
  type        = string
  sensitive   = true
}

variable "instance_classes" {
  description = "One instance each, writer first; db.serverless scales between min_capacity and max_capacity"
  type        = list(string)
  default     = ["db.serverless"]
}

variable "min_capacity" {
  description = "Aurora capacity units of a serverless instance at rest"
  type        = number
  default     = 0.5
}

variable "max_capacity" {
  description = "Aurora capacity units of a serverless instance at work"
  type        = number
  default     = 4
}

variable "backup_retention_period" {
  description = "Days that a point in time stays restorable"
  type        = number
  default     = 1
}

variable "preferred_backup_window" {
  description = "Daily, UTC"
  type        = string
  default     = "07:00-09:00"
}

variable "deletion_protection" {
  description = "Whether the cluster refuses to be deleted"
  type        = bool
  default     = true
}

variable "storage_encrypted" {
  description = "Whether the storage is encrypted. Changing it replaces the cluster"
  type        = bool
  default     = true
}

variable "iam_database_authentication_enabled" {
  description = "Whether tokens of IAM are accepted in the place of passwords"
  type        = bool
  default     = true
}

variable "enabled_cloudwatch_logs_exports" {
  description = "Logs that are exported to CloudWatch"
  type        = set(string)
  default     = ["postgresql"]
}

variable "apply_immediately" {
  description = "Whether changes are made now, not in the maintenance window"
  type        = bool
  default     = true
}

variable "secret_recovery_window_in_days" {
  description = "How long a deleted secret can be had back; 0 deletes it at once"
  type        = number
  default     = 30
}

variable "tags" {
  description = "Of everything that takes tags"
  type        = map(string)
  default     = {}
}
