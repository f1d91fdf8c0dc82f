"""`fixtures.terraform`, and the real hashicorp/aws against the rehearsal cloud (`tox -e provider`)."""
