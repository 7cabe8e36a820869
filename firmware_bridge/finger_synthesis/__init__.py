"""Fingers nobody has, for demonstrations, tests and emulated readers."""

from firmware_bridge.finger_synthesis.finger import SyntheticFinger
from firmware_bridge.finger_synthesis.orientation import Pattern

__all__ = ["Pattern", "SyntheticFinger"]
