"""Tests of terminal/outbox."""
