"""`fixtures.terraform`; and the real hashicorp/aws on the rehearsal cloud (`tox -e provider`)."""
