"""Comparison of templates with references, and what its scores mean. numpy and msgspec only: the server imports it."""
