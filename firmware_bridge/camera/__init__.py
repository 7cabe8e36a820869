"""Cameras: one class for picamera2 and one for webcams, which of them may be used; stand-ins, and sources."""
