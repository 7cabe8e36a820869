"""Sensors of a test at their real boundary: a puppet before an emulated camera, a finger on a reader behind a pty."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.camera_rule import ANY_CAMERA
from firmware_bridge.camera.emulated import AS_FAST_AS_ASKED, EmulatedPicamera2
from firmware_bridge.camera.picamera2_camera import Picamera2Camera
from firmware_bridge.camera.sources import FrameSource
from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.pty_emulator import PtyEmulator

FRAMES_PER_S = 20
REACTION_MS = 350
"""Of the scene's time: people are no quicker."""

_LIFTED_S = 0.2
"""How long the finger is away at first: a reader must look twice before it believes that it was lifted."""

_SLOWER = 1.1


class Actor(Protocol):
    """Who stands before the camera."""

    def perform(self, action: str, at_ms: int, *, held: bool = False) -> int: ...
    def release(self, at_ms: int) -> None: ...
    def frame(self, t_ms: int) -> NDArray[np.uint8]: ...


class Stage:
    """A frame source whose actor can be told what to do next; time passes as fast as it is looked at."""

    def __init__(self, actor: Actor, *, misunderstands: Mapping[str, str] | None = None) -> None:
        self._actor = actor
        self._misunderstands = misunderstands or {}
        self._now_ms = 0
        self._asked: tuple[str | None, int] = (None, 0)

    def frame(self, t_ms: int) -> NDArray[np.uint8]:
        """See FrameSource."""
        self._now_ms = t_ms
        return self._actor.frame(t_ms)

    def ask(self, action: str | None, step: int) -> None:
        """The screen asks for `action` as step `step`, or to come back; asking again for the same changes nothing."""
        if action is None and self._asked[0] is not None:
            self._actor.release(self._now_ms + REACTION_MS)
        if action is not None and (action, step) != self._asked:
            done = self._misunderstands.get(action, action)
            self._actor.perform(done, self._now_ms + REACTION_MS, held=done != "blink")
        self._asked = (action, step)


def camera_on(source: FrameSource) -> Picamera2Camera:
    """The product's camera class, as quick as the machine allows."""
    return Picamera2Camera(lambda: EmulatedPicamera2(source, fps=FRAMES_PER_S, speed=AS_FAST_AS_ASKED), rule=ANY_CAMERA)


class Hand:
    """A hand with one finger, at an emulated reader; every touch is another impression."""

    def __init__(self, emulator: PtyEmulator, seed: int, *, first: int = 0) -> None:
        self.emulator = emulator
        self._finger = SyntheticFinger(seed)
        self._next = first

    def put(self) -> None:
        """Lay the finger down."""
        self.emulator.place(self._finger.impression(self._next))
        self._next += 1

    def touch(self, **changes: float) -> NDArray[np.uint8]:
        """The picture of another touch of the finger, its contact changed (`moisture`, `rotation_rad`, `shift_x_px`
        ...)."""
        self._next += 1
        contact = replace(self._finger.contact(self._next), **changes)
        return self._finger.impression(self._next, contact=contact)

    @contextmanager
    def tapping(self, picture: NDArray[np.uint8] | None = None) -> Iterator[None]:
        """Lifts the finger and lays it down again, ever more slowly, until the reader had the time to see it.

        `picture`: what the reader sees in the finger's place.
        """
        enough = threading.Event()

        def tap() -> None:
            pause_s = _LIFTED_S
            while True:
                self.emulator.lift()
                if enough.wait(pause_s):
                    return
                self.emulator.place(picture) if picture is not None else self.put()
                if enough.wait(2 * pause_s):
                    return
                pause_s *= _SLOWER

        thread = threading.Thread(target=tap, daemon=True)
        thread.start()
        try:
            yield
        finally:
            enough.set()
            thread.join()


@contextmanager
def reader_at(port: Path, *, real_time: bool = False) -> Iterator[PtyEmulator]:
    """A reader behind the name `port`, as udev gives one, until it is unplugged: then the name is gone, too."""
    session = R503Session()
    with PtyEmulator(session, real_time=real_time) as emulator:
        port.unlink(missing_ok=True)
        port.symlink_to(emulator.path)
        try:
            yield emulator
        finally:
            port.unlink(missing_ok=True)
