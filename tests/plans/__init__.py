"""Plans that real Terraform made, and what the judges of ``checks/plan`` must say of each."""
