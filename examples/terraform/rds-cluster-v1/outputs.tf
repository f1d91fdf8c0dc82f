output "cluster_identifier" {
  description = "The cluster that is managed"
  value       = aws_rds_cluster.cumulus.id
}

output "endpoint" {
  description = "Its host"
  value       = aws_rds_cluster.cumulus.endpoint
}

output "login_secret_arn" {
  description = "Secret with the administrator's login"
  value       = aws_secretsmanager_secret.rds_login.arn
}

output "security_group_id" {
  description = "Group to join: it admits its members"
  value       = aws_security_group.access.id
}
