"""The camera's picture stands upright and mirrored in every capture of a process, not only in the first."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json
import numpy as np
from terminal.presenter.view import CaptureGuide, ScreenName, View
from terminal.screens.picture import window_pixels
from tests.screens.stage import open_stage

camera = np.zeros((480, 640, 3), np.uint8)
camera[:240, :, 0] = 255
camera[:, :320, 1] = 255
capture = View(
    screen=ScreenName.PAYER_CAPTURE, title="Look", capture=CaptureGuide(prompt="Blink", preview=True, steps=3)
)
after = View(screen=ScreenName.SECOND_VERIFICATION, title="Checking")
seen = []
with open_stage(800, 480) as stage:
    for _ in range(3):
        stage.show(capture)
        for _ in range(3):
            stage.engine.preview = camera.copy()
            stage.frames(2)
        pixels = window_pixels()
        seen.append([pixels[y, x, :2].tolist() for y in (150, 330) for x in (150, 240)])
        stage.engine.preview = None
        stage.show(after)
print(json.dumps(seen))
"""
RED, GREEN = 255, 255
MIRRORED = [[RED, 0], [RED, GREEN], [0, 0], [0, GREEN]]
"""Of the picture's quarters, row by row: red above, green at the right, as the camera had it at the left."""


@pytest.mark.window
def test_every_capture_shows_people_upright_and_as_in_a_mirror() -> None:
    drawn = subprocess.run([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, check=True, timeout=120)
    assert json.loads(drawn.stdout) == [MIRRORED] * 3
