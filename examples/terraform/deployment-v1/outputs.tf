output "cluster_identifier" {
  description = "The cluster that is managed"
  value       = module.rds_cluster.cluster_identifier
}

output "endpoint" {
  description = "Its host"
  value       = module.rds_cluster.endpoint
}

output "login_secret_arn" {
  description = "Secret with the administrator's login"
  value       = module.rds_cluster.login_secret_arn
}

output "security_group_id" {
  description = "Group to join: it admits its members"
  value       = module.rds_cluster.security_group_id
}
