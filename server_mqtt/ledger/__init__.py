"""Double entry: balanced entries, balances with floors, a chained journal, an audit. Pure."""
