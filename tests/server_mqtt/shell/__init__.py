"""Tests of the server's shell."""
