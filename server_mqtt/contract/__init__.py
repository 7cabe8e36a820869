"""The wire contract: the only code that both ends share."""
