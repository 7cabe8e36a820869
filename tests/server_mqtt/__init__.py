"""Tests of the transaction server."""
