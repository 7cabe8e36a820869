"""Synthetic people: templates near and far enough from each other that the true comparison code decides."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

from models.bundle import RELEASE_SHA256
from models.comparison.iso19794_2 import Minutia, MinutiaeRecord, MinutiaKind, encode
from models.comparison.thresholds import FACE_FRAMES_CAPTURED, FACE_FRAMES_ENROLLED
from server_mqtt.contract.messages import Action, LivenessEvidence, Modality, Probe, StepEvidence
from server_mqtt.contract.passive import PassiveEvidence

_SIDE_PX = 300
_MINUTIAE = 36
_RESOLUTION_PX_PER_CM = 197
_FACE_NORM = 1.4
_FACE_SPREAD = 0.15
_FACE_NEAR_MISS = 0.36
_PLACES, _PLACE_PX, _STRIDE = 5, 8, 7
"""Where a finger lies: one of 5 x 5 places, eight pixels apart, all of them before one comes again."""
ALIVE = PassiveEvidence(score=0.9)
"""What the cues of a person come to."""
_STEP_MS = 600
_FRAMES_PER_STEP = 12


class Person:
    """Somebody with a face and a finger; every capture of them differs a little."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._noise = np.random.default_rng(seed)
        self._face = _on_sphere(self._noise.standard_normal(128), _FACE_NORM)
        self._finger = _scattered(self._random)
        self._touches = 0

    def nearly(self, distance: float = _FACE_NEAR_MISS) -> Person:
        """Somebody whose face is too far from this one's to be the same: by `distance`, of directions."""
        other = Person(0)
        other._face = self._face + _on_sphere(other._noise.standard_normal(128), distance * _FACE_NORM)
        return other

    def face(
        self, challenge: tuple[Action, ...] = (), holds_ms: tuple[int, ...] = (), *, elapsed_ms: int | None = None
    ) -> Probe:
        """A capture of the face that performed `challenge`; without one, of so many frames as are enrolled."""
        jitter = _on_sphere(self._noise.standard_normal(128), _FACE_SPREAD)
        template = (self._face + jitter).astype("<f4").tobytes()
        return Probe(
            modality=Modality.FACE,
            template=template,
            samples=FACE_FRAMES_CAPTURED if challenge else FACE_FRAMES_ENROLLED,
            model_hash=RELEASE_SHA256,
            liveness=performed(challenge, holds_ms, elapsed_ms=elapsed_ms),
        )

    def finger(self) -> Probe:
        """An impression of the finger, which is never laid down as the time before."""
        self._touches += 1
        column, row = divmod(self._touches * _STRIDE % _PLACES**2, _PLACES)
        dx, dy, turn = ((column - 2) * _PLACE_PX, (row - 2) * _PLACE_PX, self._random.randint(-4, 4))
        minutiae = {}
        for minutia in self._random.sample(self._finger, _MINUTIAE - 3):
            x, y = minutia.x + dx + self._random.randint(-1, 1), minutia.y + dy + self._random.randint(-1, 1)
            angle = (minutia.angle + turn + self._random.randint(-2, 2)) % 256
            minutiae[x, y] = Minutia(x, y, angle, minutia.kind, minutia.quality)
        record = MinutiaeRecord(_SIDE_PX, _SIDE_PX, _RESOLUTION_PX_PER_CM, tuple(minutiae.values()))
        return Probe(
            modality=Modality.FINGERPRINT,
            template=encode(record),
            samples=1,
            model_hash=RELEASE_SHA256,
            liveness=touched(),
        )

    def probe(self, modality: Modality, challenge: tuple[Action, ...] = (), holds_ms: tuple[int, ...] = ()) -> Probe:
        """A capture of one or the other."""
        return self.face(challenge, holds_ms) if modality is Modality.FACE else self.finger()


def touched(score: float = ALIVE.score) -> LivenessEvidence:
    """What a reader's one image of a finger comes to."""
    return LivenessEvidence(steps=(), frames=1, elapsed_ms=2_000, passive=PassiveEvidence(score=score))


def performed(
    challenge: tuple[Action, ...], holds_ms: tuple[int, ...] = (), *, elapsed_ms: int | None = None
) -> LivenessEvidence:
    """Evidence of a person who did exactly what was asked, for as long as asked."""
    steps, now_ms = [], 0
    for action, hold_ms in zip(challenge, holds_ms or (0,) * len(challenge), strict=True):
        end_ms = now_ms + _STEP_MS + hold_ms
        steps.append(StepEvidence(action=action, start_ms=now_ms + 100, end_ms=end_ms, held_ms=hold_ms))
        now_ms = end_ms
    total_ms = now_ms + _STEP_MS
    frames = total_ms * _FRAMES_PER_STEP // _STEP_MS
    return LivenessEvidence(steps=tuple(steps), frames=frames, elapsed_ms=elapsed_ms or total_ms, passive=ALIVE)


def _on_sphere(vector: NDArray[np.float64], norm: float) -> NDArray[np.float64]:
    scaled: NDArray[np.float64] = vector / np.linalg.norm(vector) * norm
    return scaled


def _scattered(chance: random.Random) -> list[Minutia]:
    places = {(chance.randint(40, 260), chance.randint(40, 260)) for _ in range(4 * _MINUTIAE)}
    chosen = sorted(places)
    chance.shuffle(chosen)
    return [Minutia(x, y, chance.randrange(256), MinutiaKind.ENDING, 80) for x, y in chosen[:_MINUTIAE]]
