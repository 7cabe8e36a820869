"""Fingers nobody has, and artefacts of fingers, for demonstrations, tests and emulated readers."""

from firmware_bridge.finger_synthesis.finger import SyntheticFinger
from firmware_bridge.finger_synthesis.impression import Contact
from firmware_bridge.finger_synthesis.orientation import Pattern

__all__ = ["Contact", "Pattern", "SyntheticFinger"]
