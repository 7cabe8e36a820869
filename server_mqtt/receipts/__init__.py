"""Receipts as the server makes them: what is bound, and who gets a copy. Pure."""
