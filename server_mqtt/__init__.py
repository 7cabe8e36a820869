"""The transaction server. Importing this package, or its contract, loads no database."""
