"""What the operator sees: live steps on a terminal, plain lines elsewhere, a summary last."""
