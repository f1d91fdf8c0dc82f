"""Terraform and the real hashicorp/aws provider against the rehearsal cloud (`tox -e provider`)."""
