"""Somebody else made the plan: prove a Terraform plan safe to apply."""
