"""Tests, mirroring the packages; plus scenarios, journeys, screens and the tidy test."""
