"""How a payment runs: a pure machine, one file a step, one complete table of transitions."""
