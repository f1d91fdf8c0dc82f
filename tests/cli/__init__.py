"""The AWS CLI, version 1, against the rehearsal cloud (`tox -e cli`)."""
