"""The gestures of recorded people. The clips are evaluation data: they never enter the project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.face.capture import sighting_of
from models.face.observation import Hint
from models.face.pipeline import FacePipeline
from models.liveness.challenge import Action
from models.liveness.continuity import jumped
from models.liveness.gestures import Gestures
from models.liveness.sighting import Look
from tests.bundle import model_bundle
from tests.shared_data import shared_data

pytestmark = [pytest.mark.models, pytest.mark.shared_data]
WIDTH_PX = 640


def frames(clip: Path) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    film = cv2.VideoCapture(str(clip))
    per_second = film.get(cv2.CAP_PROP_FPS)
    number = 0
    while (read := film.read())[0]:
        scale = min(1.0, WIDTH_PX / read[1].shape[1])
        small = cv2.resize(read[1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        yield round(number * 1000 / per_second), np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8)
        number += 1


def watch(clip: Path) -> tuple[list[Action], int, set[Hint]]:
    """What was performed in a clip, how often its face jumped, and the hints given."""
    pipeline, gestures = FacePipeline(model_bundle()), Gestures()
    done: list[Action] = []
    hints: set[Hint] = set()
    before: tuple[int, Look] | None = None
    jumps = 0
    for now_ms, rgb in frames(clip):
        seen = pipeline.observe(rgb)
        hints.add(seen.hint)
        look = sighting_of(seen, good=True).look
        assert look is not None
        jumps += before is not None and jumped(before[1], look, now_ms - before[0])
        before = (now_ms, look)
        gestures, performed = gestures.step(look, now_ms)
        done += [one.action for one in performed]
    return done, jumps, hints


def test_four_blinks_are_seen_and_nothing_else() -> None:
    done, jumps, _ = watch(shared_data("clips/blink_pushto/blinking_4.mp4"))
    assert done == [Action.BLINK] * 4
    assert jumps == 0


@pytest.mark.parametrize("clip", ["real.mp4", "fake.mp4"])
def test_a_person_and_a_replay_that_do_nothing_perform_nothing(clip: str) -> None:
    done, jumps, hints = watch(shared_data(f"clips/live_lestari/{clip}"))
    assert done == []
    assert jumps == 0
    assert (hints == {Hint.OK}) == (clip == "real.mp4")  # the telephone's screen is out of focus now and then
