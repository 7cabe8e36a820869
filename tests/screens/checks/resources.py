"""A window that shows the same costs nothing; one that runs for months does not grow."""

from __future__ import annotations

import gc
from pathlib import Path

from terminal.presenter.view import Countdown, ScreenName, Tone, View
from terminal.texts.languages import Language
from tests.screens.checks.preview import LOOKING
from tests.screens.samples import sample_views
from tests.screens.stage import Stage
from tests.screens.tree import texts

# isort: split
from kivy.base import EventLoop
from kivy.graphics.opengl import GL_SAMPLES, glGetIntegerv
from kivy.uix.widget import Widget

PAGE_BYTES = 4096
LAPS_BEFORE, LAPS_AFTER = 2, 2
GROWTH_MAX_BYTES = 8 * 2**20
"""A leak of one texture of a button's size a view would be more; what the allocator keeps is less."""


class _Draws:
    """Counts what the window draws."""

    def __init__(self) -> None:
        self.count = 0
        EventLoop.window.bind(on_draw=self._drew)

    def _drew(self, *_: object) -> None:
        self.count += 1

    def stop(self) -> int:
        """How many it were."""
        EventLoop.window.unbind(on_draw=self._drew)
        return self.count


def _draws(stage: Stage, frames: int, step_ms: int) -> int:
    draws = _Draws()
    for _ in range(frames):
        stage.rest(step_ms)
    return draws.stop()


def an_unchanged_view_is_not_drawn_again(stage: Stage) -> None:
    for view in sample_views(Language.ENGLISH).values():
        if view.tone is Tone.WORKING or view.countdown is not None:
            continue
        stage.show(view)
        before = list(stage.app.frame.walk())
        assert _draws(stage, 20, 33) == 0, view
        after = list(stage.app.frame.walk())
        assert all(one is other for one, other in zip(before, after, strict=True)), view


def a_countdown_is_drawn_when_its_hand_moves(stage: Stage) -> None:
    view = View(
        screen=ScreenName.SECOND_INSTRUCTION,
        title="Do you agree?",
        countdown=Countdown(total_ms=360_000, ends_at_ms=360_000),
    )
    stage.show(view)
    drawn = _draws(stage, 100, 100)
    assert 10 <= drawn <= 25, f"{drawn} pictures for ten degrees and ten seconds"


def a_working_sign_turns(stage: Stage) -> None:
    stage.show(View(screen=ScreenName.STARTING, title="Starting", tone=Tone.WORKING))
    assert _draws(stage, 10, 33) == 10


def a_new_preview_frame_rebuilds_nothing(stage: Stage) -> None:
    stage.show(LOOKING)
    before = list(stage.app.frame.walk())
    labels = [text.texture for text in texts(stage.app.frame)]
    for _ in range(5):
        stage.rest(33)
    assert all(one is other for one, other in zip(before, stage.app.frame.walk(), strict=True))
    assert all(one is text.texture for one, text in zip(labels, texts(stage.app.frame), strict=True))


def edges_are_smoothed_without_multisampling(stage: Stage) -> None:
    stage.frames()
    assert glGetIntegerv(GL_SAMPLES)[0] == 0


def months_of_payments_leak_nothing(stage: Stage) -> None:
    views = list(sample_views(Language.ENGLISH).values())

    def lap() -> None:
        for view in views:
            stage.show(view, frames=1)
        stage.show(views[0])
        gc.collect()

    for _ in range(LAPS_BEFORE):
        lap()
    widgets, resident = _widgets(), _resident_bytes()
    for _ in range(LAPS_AFTER):
        lap()
    assert _widgets() == widgets
    assert _resident_bytes() - resident < GROWTH_MAX_BYTES


def _widgets() -> int:
    return sum(1 for each in gc.get_objects() if issubclass(type(each), Widget))


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES
