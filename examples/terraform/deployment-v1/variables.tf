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
  description = "Snapshot that a new cluster is made from. Of one that is there it changes nothing: give another cluster_identifier with it"
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

variable "parameter_group_family" {
  description = "Engine and major version, such as aurora-postgresql10"
  type        = string
  default     = "aurora-postgresql10"
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

variable "min_capacity" {
  description = "Aurora capacity units at rest: 2, 4, 8 …"
  type        = number
  default     = 2
}

variable "max_capacity" {
  description = "Aurora capacity units at work: 2, 4, 8 …"
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
