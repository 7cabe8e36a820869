"""Every error that the models package raises, one class per cause. Pure.

All derive from `ModelError`, so a caller that only asks "did the models refuse?" catches one type. The text
of an error is for the person who can act on it; it never contains an image, a template or a score.
"""

from __future__ import annotations


class ModelError(Exception):
    """The models cannot do what was asked: an input of the wrong shape, a network that does not load."""


class BundleError(ModelError):
    """The model bundle is missing, damaged, tampered with, or of another format version."""


class BuildError(ModelError):
    """The bundle cannot be built: no network, another hash, a disk that is full, an unreadable original."""


class WeightsError(BuildError):
    """A published weights file does not have the structure that its converter knows."""


class ImageError(ModelError):
    """An image of the wrong type, shape or content, or one in which the needed part was not found."""


class TemplateError(ModelError):
    """A face template that must not be compared: wrong shape or type, NaN, infinite, zero."""


class RecordError(ModelError):
    """A fingerprint record (ISO/IEC 19794-2) that is malformed or that holds nothing to compare."""


class CaptureError(ModelError):
    """A capture that was used against its order: its template asked for before it was done."""


class ChallengeError(ModelError, ValueError):
    """A liveness challenge that proves nothing: too short, too long, or without a blink or an opened mouth."""


class CalibrationError(ModelError):
    """A score that cannot be judged: no calibration for these networks or samples, or a rate it does not reach."""
