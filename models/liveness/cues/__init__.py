"""Passive cues: what raw frames tell of the thing before the camera, whatever it does. Pure (OpenCV filters)."""
