"""From the sensor's boundary to the models: bytes of a serial line to minutiae, frames of a camera to a face."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from firmware_bridge.camera.camera_rule import ANY_CAMERA
from firmware_bridge.camera.emulated import AS_FAST_AS_ASKED, EmulatedPicamera2
from firmware_bridge.camera.picamera2_camera import Picamera2Camera
from firmware_bridge.camera.puppet import Puppet
from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.r503.pty_emulator import PtyEmulator
from firmware_bridge.r503.reader import R503Reader
from models.comparison.fingerprint import finger_score
from models.comparison.thresholds import FINGER_IMPRESSIONS_ENROLLED
from models.face.observation import Hint
from models.face.pipeline import FacePipeline
from models.fingerprint.extractor import MinutiaeExtractor
from tests.bundle import model_bundle
from tests.firmware_bridge.r503.lines import fast_session, once_awaited
from tests.portrait import portrait, portrait_mesh
from tests.thresholds import FINGER_SCORE_MIN

pytestmark = pytest.mark.models


class Glass:
    """A reader on a pseudo terminal, and what the minutiae network makes of the fingers on it."""

    def __init__(self, emulator: PtyEmulator, reader: R503Reader) -> None:
        self._emulator, self._reader = emulator, reader
        self._extractor = MinutiaeExtractor(model_bundle())

    def record(self, finger: SyntheticFinger, touch: int) -> bytes:
        arrives = once_awaited(lambda: self._emulator.place(finger.impression(touch)))
        image = self._reader.capture(timeout_s=60.0, cancelled=arrives)
        self._emulator.lift()
        return self._extractor.run(image.pixels, image.dpi).record


@pytest.fixture
def glass() -> Iterator[Glass]:
    with PtyEmulator(fast_session()) as emulator, R503Reader.open(emulator.path, baud=115_200) as reader:
        yield Glass(emulator, reader)


def test_an_enrolled_finger_is_known_through_the_serial_line_and_a_stranger_is_not(glass: Glass) -> None:
    finger, stranger = SyntheticFinger(21), SyntheticFinger(22)
    enrolled = [glass.record(finger, touch) for touch in range(FINGER_IMPRESSIONS_ENROLLED)]
    assert finger_score(enrolled, glass.record(finger, 50)) >= FINGER_SCORE_MIN
    assert finger_score(enrolled, glass.record(stranger, 50)) < FINGER_SCORE_MIN


def test_a_face_is_seen_through_the_cameras_own_class() -> None:
    camera = Picamera2Camera(
        lambda: EmulatedPicamera2(Puppet(portrait(), portrait_mesh()), speed=AS_FAST_AS_ASKED), rule=ANY_CAMERA
    )
    pipeline = FacePipeline(model_bundle())
    camera.open()
    try:
        seen = [pipeline.observe(camera.read(timeout_s=60.0).rgb) for _ in range(3)]
    finally:
        camera.release()
    assert seen[-1].face is not None
    assert seen[-1].hint is Hint.OK
