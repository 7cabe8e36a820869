"""Tests of terminal/devices."""
