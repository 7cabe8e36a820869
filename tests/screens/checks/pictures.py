"""Pictures of the window are whole files, taken at any moment on Kivy's thread."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from terminal.presenter.view import ButtonId, Pressed, Touch
from terminal.screens.picture import PictureError, capture_window, window_pixels
from tests.screens.checks.touching import CONSENT, PAY, REVIEW
from tests.screens.stage import Stage

# isort: split
from kivy.clock import Clock


def _is_the_window(path: Path) -> bool:
    read = cv2.imread(str(path))
    return read is not None and np.array_equal(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), window_pixels())


def a_picture_is_the_window_and_its_folder_is_made(stage: Stage) -> None:
    stage.show(REVIEW)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "of this" / "demo" / "review.png"
        capture_window(path)
        assert _is_the_window(path)
        assert [each.name for each in path.parent.iterdir()] == ["review.png"], "something else was left"


def a_picture_replaces_the_one_before(stage: Stage) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "now.png"
        for view in (REVIEW, CONSENT):
            stage.show(view)
            capture_window(path)
            assert _is_the_window(path)


def a_picture_can_be_taken_in_the_midst_of_a_frame(stage: Stage) -> None:
    """From the clock before and after a layout, and from a touch; what the view has become is what is seen."""
    with tempfile.TemporaryDirectory() as folder:
        for when, schedule in (
            ("in the frame", lambda take: Clock.schedule_once(take, 0)),
            ("before the drawing", lambda take: Clock.schedule_once(take, -1)),
        ):
            path = Path(folder) / f"{when}.png"
            stage.show(REVIEW)
            _take_when(stage, path, schedule)
            assert _is_the_window(path), when


def _take_when(stage: Stage, path: Path, schedule: Callable[[Callable[..., None]], object]) -> None:
    schedule(lambda *_: capture_window(path))
    stage.until(path.exists)
    stage.frames()


def a_picture_can_be_taken_in_a_touch(stage: Stage) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "touched.png"
        stage.show_settled(REVIEW)
        taken = stage.engine.touch

        def take(touch: Touch) -> None:
            taken(touch)
            capture_window(path)

        stage.app.gate._send = take
        try:
            stage.finger.tap(PAY)
        finally:
            stage.app.gate._send = taken
        assert path.exists()
        assert stage.engine.touches == [Pressed(button=ButtonId.PAY)]


def a_place_that_takes_no_picture_is_named(stage: Stage) -> None:
    stage.show(REVIEW)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "file").write_text("no folder")
        path = Path(folder) / "file" / "picture.png"
        try:
            capture_window(path)
        except PictureError as error:
            assert str(path) in str(error)  # noqa: PT017  # no pytest in the window's process
        else:
            raise AssertionError("a picture was written into a file")
