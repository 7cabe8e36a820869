"""Tests of terminal/cli."""
