"""R49: canaries everywhere a secret or a row can be, and everything that runs print or leave."""
