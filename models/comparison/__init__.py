"""Comparison of templates with references: faces and fingerprints. numpy only: the server imports it."""
