"""Every word a person reads at the terminal, in every language."""
