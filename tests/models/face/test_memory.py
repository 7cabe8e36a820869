"""What looking at one more frame costs in memory, beyond what is handed out: next to nothing, and never a frame."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.camera.puppet import Puppet
from models.face.alignment import FaceAligner
from models.face.capture import FaceCapture
from models.face.embedding import FaceEmbedder
from models.face.pipeline import DETECT_EVERY_FRAMES, FacePipeline
from models.liveness.challenge import Action
from models.liveness.cues.watch import GLANCE_EVERY_MS
from tests.bundle import model_bundle
from tests.portrait import portrait, portrait_mesh

pytestmark = pytest.mark.models

FRAME_BYTES: Final = 480 * 640 * 3
FRAME_MS: Final = 50
WARM_UP: Final = 2 * DETECT_EVERY_FRAMES

Picture = NDArray[np.uint8]


def frames(count: int) -> list[Picture]:
    person = Puppet(portrait(), portrait_mesh())
    return [person.frame(number * FRAME_MS) for number in range(count)]


def peaks(step: Callable[[int], object], count: int) -> list[int]:
    """Bytes that were in use at the worst moment of each of `count` steps, beyond those at its beginning."""
    found = []
    tracemalloc.start()
    try:
        for number in range(count):
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            step(number)
            found.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    return found


def test_a_frame_that_is_looked_at_takes_no_memory_of_its_size() -> None:
    """Detection, mesh, irises and quality: what is handed out are 468 points of 6 kB, and numbers."""
    pictures, pipeline = frames(WARM_UP + 3 * DETECT_EVERY_FRAMES), FacePipeline(model_bundle())
    for picture in pictures[:WARM_UP]:
        assert pipeline.observe(picture).face is not None
    looked = peaks(lambda number: pipeline.observe(pictures[WARM_UP + number]), 3 * DETECT_EVERY_FRAMES)
    assert max(looked) < FRAME_BYTES // 32, looked


def test_an_empty_frame_takes_no_memory_of_its_size() -> None:
    wall, pipeline = np.full((480, 640, 3), 120, np.uint8), FacePipeline(model_bundle())
    pipeline.observe(wall)
    looked = peaks(lambda _: pipeline.observe(wall), 4)
    assert max(looked) < FRAME_BYTES // 64, looked


def test_a_capture_takes_memory_when_cues_glance_and_next_to_none_between() -> None:
    """Frames are remembered by reference. A glance's largest are the spectra of 128 x 128 pixels."""
    pictures, bundle = frames(40), model_bundle()
    capture = FaceCapture(FacePipeline(bundle), FaceEmbedder(bundle), (Action.BLINK, Action.TURN_LEFT))
    looked = peaks(lambda number: capture.feed(pictures[number], number * FRAME_MS), len(pictures))
    glances = [number for number, one in enumerate(looked) if one >= FRAME_BYTES // 32]
    assert 0 < len(glances) <= len(pictures) * FRAME_MS / GLANCE_EVERY_MS + 1, glances
    assert max(looked) < FRAME_BYTES, looked


def test_faces_are_aligned_in_one_place() -> None:
    """Near ones, which are made smaller first, too."""
    aligner, rgb, points = FaceAligner(), portrait(), portrait_mesh()
    large = np.repeat(np.repeat(rgb, 4, axis=0), 4, axis=1)
    near = points * np.float32(4)
    chip = aligner.run(large, near)
    looked = peaks(lambda _: aligner.run(large, near), 4)
    assert max(looked) < FRAME_BYTES // 64, looked
    assert aligner.run(rgb, points) is chip


def test_an_embedding_takes_no_memory_but_its_own() -> None:
    embedder, chip = FaceEmbedder(model_bundle()), FaceAligner().run(portrait(), portrait_mesh())
    embedder.run(chip)
    looked = peaks(lambda _: embedder.run(chip), 4)
    assert max(looked) < FRAME_BYTES // 64, looked
