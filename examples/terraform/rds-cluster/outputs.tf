output "cluster_identifier" {
  description = "The cluster that is managed"
  value       = aws_rds_cluster.cumulus.id
}

output "endpoint" {
  description = "Host of the writer"
  value       = aws_rds_cluster.cumulus.endpoint
}

output "login_secret_arn" {
  description = "Secret with the administrator's login"
  value       = aws_secretsmanager_secret.rds_login.arn
}

output "security_group_ids" {
  description = "Groups to join, by whom they admit"
  value       = { for whom, group in aws_security_group.access : whom => group.id }
}
