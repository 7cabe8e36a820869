"""Benchmarks of the server: each a ratio to a peer that runs beside it, on a database that is audited afterwards."""
