"""`python -m tests.plans.make`: makes every plan of the table again, with real Terraform."""
