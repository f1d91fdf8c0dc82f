"""Many runs: what the journals of a folder say together."""
