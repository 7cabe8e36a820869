"""Whole payments through a real broker and a real database, with signed clients."""
