"""Cameras: the one class that wraps picamera2, its stand-in for machines without libcamera, and sources."""
