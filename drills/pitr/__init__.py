"""RDS/Aurora point-in-time recovery."""
