"""The camera's picture is seen mirrored, costs one texture, and is gone with the capture."""

from __future__ import annotations

import gc
import weakref

import numpy as np
from numpy.typing import NDArray

from terminal.presenter.view import CaptureGuide, ScreenName, View
from terminal.screens.picture import window_pixels
from terminal.screens.preview import PreviewPane
from tests.screens.stage import Stage

LOOKING = View(
    screen=ScreenName.PAYER_CAPTURE,
    title="Show that it is you",
    capture=CaptureGuide(prompt="Look straight into the camera", preview=True),
)
IDLE = View(screen=ScreenName.IDLE, title="Ready")
RED, GREEN = (255, 0, 0), (0, 255, 0)
HEIGHT, WIDTH = 480, 640


def _halves(left: tuple[int, int, int], right: tuple[int, int, int]) -> NDArray[np.uint8]:
    """A frame of two colours."""
    frame = np.empty((HEIGHT, WIDTH, 3), dtype=np.uint8)
    frame[:, : WIDTH // 2], frame[:, WIDTH // 2 :] = left, right
    return frame


def _pane(stage: Stage) -> PreviewPane:
    return next(widget for widget in stage.app.frame.walk() if isinstance(widget, PreviewPane))


def _places_of(colour: tuple[int, int, int]) -> NDArray[np.int64]:
    """(n, 2) row and column of every pixel of the window in exactly this colour."""
    return np.argwhere((window_pixels() == colour).all(axis=2))


def the_picture_is_mirrored_and_upright(stage: Stage) -> None:
    frame = _halves(RED, GREEN)
    frame[: HEIGHT // 2] //= 2
    stage.engine.preview = frame
    stage.show(LOOKING)
    red, dark_red, green = _places_of(RED), _places_of((127, 0, 0)), _places_of(GREEN)
    assert len(red) > 1_000
    assert len(green) > 1_000
    assert red[:, 1].min() > green[:, 1].max(), "the person's left is not at the left of the mirror"
    assert dark_red[:, 0].max() < red[:, 0].min(), "upside down"


def the_picture_keeps_its_proportions_in_any_format(stage: Stage) -> None:
    y, x = np.mgrid[0:720, 0:1280]
    disc = np.where(np.hypot(x - 640, y - 360) < 200, 255, 0).astype(np.uint8)
    stage.engine.preview = np.dstack([disc, np.zeros_like(disc), np.zeros_like(disc)])
    stage.show(LOOKING)
    places = _places_of(RED)
    height, width = np.ptp(places, axis=0) + 1
    assert abs(height / width - 1) < 0.03, f"a disc is {width} x {height}"


def frames_share_one_texture(stage: Stage) -> None:
    stage.engine.preview = _halves(RED, RED)
    stage.show(LOOKING)
    texture = stage.app.frame.feed.texture
    for _ in range(15):
        stage.engine.preview = _halves(GREEN, RED)
        stage.rest(33)
        stage.engine.preview = _halves(RED, GREEN)
        stage.rest(33)
    assert stage.app.frame.feed.texture is texture
    assert _pane(stage).picture is texture
    assert _places_of(RED)[:, 1].min() > _places_of(GREEN)[:, 1].max(), "not the last frame"


def the_same_frame_again_costs_nothing(stage: Stage) -> None:
    stage.engine.preview = _halves(RED, GREEN)
    stage.show(LOOKING)
    shown = stage.app.frame.feed.serial
    for _ in range(10):
        stage.rest(33)
    assert stage.app.frame.feed.serial == shown


def without_a_picture_there_is_a_head(stage: Stage) -> None:
    stage.show(LOOKING)
    empty = window_pixels()
    stage.engine.preview = _halves(RED, RED)
    stage.frames(2)
    assert not np.array_equal(empty, window_pixels())
    stage.engine.preview = None
    stage.frames(2)
    assert np.array_equal(empty, window_pixels())


def a_face_does_not_stay_for_the_next_person(stage: Stage) -> None:
    frame = _halves(RED, GREEN)
    stage.engine.preview = frame
    stage.show(LOOKING)
    gone = weakref.ref(frame)
    stage.engine.preview, stage.engine.view = None, IDLE
    stage.frames(2)
    del frame
    gc.collect()
    assert gone() is None, "the frame is still in memory"
    pixels = np.frombuffer(stage.app.frame.feed.texture.pixels, dtype=np.uint8).reshape(-1, 4)
    assert not pixels[:, :3].any(), "the frame is still in the texture"
    stage.show(LOOKING)
    assert not len(_places_of(RED))


def a_screen_that_is_left_is_let_go(stage: Stage) -> None:
    stage.show(LOOKING)
    pane = weakref.ref(_pane(stage))
    stage.show(IDLE)
    gc.collect()
    assert pane() is None, "the feed keeps the pane of a capture that is over"
    stage.engine.preview = _halves(RED, RED)
    stage.frames(2)
