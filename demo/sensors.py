"""What the emulated sensors of a terminal see: who stands before the camera, and which finger touches the reader.

Impure: holds who is there. The frames are drawn in the thread that reads the camera, the rest comes from Kivy's.
"""

from __future__ import annotations

import threading
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from demo.portrait import Face
from demo.talk import FaceOf, FingerOf
from firmware_bridge.camera.camera_rule import ANY_CAMERA
from firmware_bridge.camera.emulated import EmulatedPicamera2
from firmware_bridge.camera.picamera2_camera import Picamera2Camera
from firmware_bridge.camera.puppet import HeldPhotograph, Puppet
from firmware_bridge.camera.sources import Noisy, StillImage
from firmware_bridge.finger_synthesis import SyntheticFinger
from firmware_bridge.r503.emulator import R503Session
from firmware_bridge.r503.pty_emulator import PtyEmulator
from server_mqtt.contract.messages import Action

SIZE: Final = (640, 480)
FRAMES_PER_S: Final = 20
"""Enough to see a blink (12 to 15 are needed), and little enough for a slow machine that plays both terminals."""

OWNER_SEED: Final = 7
"""Of the unrest of the living face; any number will do."""


class Actor(Protocol):
    """Somebody, or something, before the camera."""

    def perform(self, action: str, at_ms: int, *, slowness: float, held: bool) -> int:
        """Do `action` at a moment of the camera's time, so many times as slowly as usual; `held`: until released."""
        ...

    def release(self, at_ms: int) -> None:
        """Come back from what is held."""
        ...

    def frame(self, t_ms: int) -> NDArray[np.uint8]:
        """The picture at a moment."""
        ...


class Room:
    """What an emulated camera sees: an empty room, or who came into it."""

    def __init__(self, face: Face | None) -> None:
        """`face`: whose terminal it is; None where only fingers come."""
        self._empty = Noisy(StillImage(_wall(*SIZE)), seed=OWNER_SEED)
        self._actors: dict[FaceOf, Actor] = {}
        if face is not None:
            owner = Puppet(face.picture, face.points, *SIZE, seed=OWNER_SEED)
            photograph = HeldPhotograph(face.picture, face.points, *SIZE, seed=OWNER_SEED)
            self._actors = {FaceOf.OWNER: owner, FaceOf.CONTRARY: owner, FaceOf.PHOTOGRAPH: photograph}
        self._who = FaceOf.NOBODY
        self._now_ms = 0
        self._lock = threading.Lock()

    def come(self, who: FaceOf) -> None:
        """Who stands there from now on; whoever has no face here leaves the room empty."""
        with self._lock:
            self._who = who

    def perform(self, action: Action, slowness: float) -> None:
        """Whoever is there moves now."""
        with self._lock:
            actor = self._actors.get(self._who)
            if actor is not None:
                held = action is not Action.BLINK
                actor.perform(action.value, self._now_ms, slowness=slowness, held=held)

    def release(self) -> None:
        """Whoever is there comes back from what they keep."""
        with self._lock:
            actor = self._actors.get(self._who)
            if actor is not None:
                actor.release(self._now_ms)

    def frame(self, t_ms: int) -> NDArray[np.uint8] | None:
        """See `FrameSource.frame`."""
        with self._lock:
            self._now_ms = t_ms
            actor = self._actors.get(self._who)
            return self._empty.frame(t_ms) if actor is None else actor.frame(t_ms)


def camera_on(room: Room) -> Picamera2Camera:
    """The product's own camera class on the stand-in for picamera2, with `room` in front of its lens."""
    return Picamera2Camera(
        lambda: EmulatedPicamera2(room, fps=FRAMES_PER_S), rule=ANY_CAMERA, size=SIZE, fps=FRAMES_PER_S
    )


class Fingers:
    """An R503 on a pseudo terminal, and the fingers that touch it."""

    def __init__(self, seeds: dict[FingerOf, int], *, first_impression: int, real_time: bool = True) -> None:
        """`first_impression` tells one process's touches from another's: the same one twice would be a replay.

        `real_time` keeps the bit rate of the line, so that an image takes as long as from a real reader.
        """
        self._emulator = PtyEmulator(R503Session(), real_time=real_time)
        self._fingers = {who: SyntheticFinger(seed) for who, seed in seeds.items()}
        self._next_impression = first_impression

    @property
    def port(self) -> str:
        """The serial port for the product to open."""
        return self._emulator.path

    def place(self, who: FingerOf) -> None:
        """Another impression of this person's finger: laid down anew, it is never the same twice."""
        self._emulator.place(self._fingers[who].impression(self._next_impression))
        self._next_impression += 1

    def lift(self) -> None:
        """No finger any more."""
        self._emulator.lift()

    def unplug(self) -> None:
        """Pull the cable."""
        self._emulator.unplug()


def _wall(width: int, height: int) -> NDArray[np.uint8]:
    """A wall in shop light: brighter above, nothing on it."""
    shade = np.linspace(176, 118, height, dtype=np.float32)[:, None]
    light = shade + np.linspace(-14, 14, width, dtype=np.float32)[None, :]
    tinted = cv2.merge([light, light * 0.97, light * 0.91])
    return np.asarray(np.clip(tinted, 0, 255), np.uint8)
