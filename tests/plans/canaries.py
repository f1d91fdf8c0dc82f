"""Every secret of the plans: made-up, and made to be found by a grep.

Whatever a judge says, none of these may be in it. Plans hold them in plain text
(https://developer.hashicorp.com/terraform/cli/commands/show).
"""

from __future__ import annotations

MARK = "CANARY"
"""In each of them, and in nothing else."""

MASTER = "CANARY-master-5f0c"
NEW_MASTER = "CANARY-other-master-91be"
API_KEY = "CANARY-api-key-77d2"
NEW_API_KEY = "CANARY-other-api-key-c3a8"
