"""How often a recorded clip of the right person passes: the policy's arithmetic against the terminal's own judge."""
