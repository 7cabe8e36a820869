"""Touches that the terminal says something about, and what it says. Impure: runs networks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from firmware_bridge.r503.models import R503
from models.fingerprint.quality import FingerHint, FingerImageError
from terminal.texts.reasons import FINGER_HINTS
from tests.explain import drawing
from tests.explain.eye import Eye, Part, table
from tests.explain.fingers import OWN, Grey, as_read, laid, touch

STILL_PX: Final = 140


def touches(eye: Eye) -> Part:
    """One touch per hint."""
    rows = []
    pictures = {}
    for name, what, image in _touches():
        file = f"{name}.jpg"
        pictures[file] = drawing.jpeg(drawing.scaled(image, STILL_PX))
        hint, then = _told(eye, image)
        says = FINGER_HINTS[hint] or "(nothing: it is good)"
        shown = f'<img src="pictures/sees/{file}" width="140" alt="{what}">'
        rows.append((shown, f"`{hint}`", says, f"{what}: {then}"))
    return Part("touches", table(("picture", "hint", "what the screen says", "what becomes of it"), rows), pictures)


def _told(eye: Eye, image: Grey) -> tuple[FingerHint, str]:
    try:
        template = eye.extractor.run(image, R503.dpi)
    except FingerImageError as error:
        return error.hint, "no record is made, the finger is asked for again"
    return template.hint, f"{template.minutiae} minutiae, quality {template.quality:.2f}"


def _touches() -> Iterator[tuple[str, str, Grey]]:
    glass = np.random.default_rng(5).normal(222, 4, (R503.height, R503.width))
    yield "finger-good", "a good touch", touch(OWN, 0)
    yield "finger-none", "empty glass", as_read(np.clip(glass, 0, 255).astype(np.uint8))
    yield (
        "finger-aside",
        "laid down beside the middle",
        laid(
            lambda contact: replace(contact, shift_x_px=95.0, shift_y_px=40.0, half_width_px=90.0, half_height_px=105.0)
        ),
    )
    yield "finger-tip", "only the tip", laid(lambda contact: replace(contact, half_width_px=58.0, half_height_px=62.0))
    yield "finger-faint", "hardly pressed", _faint(touch(OWN, 2))
    yield "finger-dry", "dry skin: ridges break up", laid(lambda contact: replace(contact, pressure=-6.0))
    yield "finger-wet", "wet: ridges run together", laid(lambda contact: replace(contact, pressure=9.0))


def _faint(image: Grey) -> Grey:
    """The same, with a fifth of its contrast."""
    return as_read(np.clip(214 + (image.astype(np.float32) - 214) * 0.2, 0, 255).astype(np.uint8))
