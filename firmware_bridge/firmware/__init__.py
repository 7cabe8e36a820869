"""The bridge board's firmware, for MicroPython; the host uses its frames and its link as they are."""
