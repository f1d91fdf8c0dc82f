"""The drill: recovery from a snapshot through Terraform, with no source alive."""
