"""What the networks are measured beside. Each runs in an environment of its own, and in a process of its own."""
