output "cluster_identifier" {
  description = "The cluster that is managed"
  value       = module.rds_cluster.cluster_identifier
}

output "endpoint" {
  description = "Host of the writer"
  value       = module.rds_cluster.endpoint
}

output "login_secret_arn" {
  description = "Secret with the administrator's login"
  value       = module.rds_cluster.login_secret_arn
}

output "security_group_ids" {
  description = "Groups to join, by whom they admit"
  value       = module.rds_cluster.security_group_ids
}
