"""The shell of the server: everything that touches clock, chance, files, the database or the broker."""
