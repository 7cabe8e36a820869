"""A window with an engine whose view the test sets, and frames that are drawn on demand. In a process of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from demo.touch import Finger
from terminal.app import TerminalApp
from terminal.presenter.view import Touch, View
from terminal.screens.body import BLANK

# isort: split
from kivy.base import EventLoop, runTouchApp, stopTouchApp


@dataclass(frozen=True, slots=True, eq=False)
class StillSnapshot:
    """One moment, as the engine would tell it."""

    view: View
    preview: NDArray[np.uint8] | None
    now_ms: int


@dataclass
class StillEngine:
    """Says what it is told to say, keeps what was touched. Its clock stands unless the test moves it."""

    view: View = BLANK
    preview: NDArray[np.uint8] | None = None
    now_ms: int = 0
    touches: list[Touch] = field(default_factory=list)

    def snapshot(self) -> StillSnapshot:
        """What to draw."""
        return StillSnapshot(self.view, self.preview, self.now_ms)

    def touch(self, touch: Touch) -> None:
        """Remember it."""
        self.touches.append(touch)


@dataclass
class Stage:
    """The application on its stage."""

    app: TerminalApp
    engine: StillEngine
    finger: Finger

    def show(self, view: View, *, now_ms: int = 0) -> None:
        """Put a view on the screen and draw until it is settled."""
        self.engine.view, self.engine.now_ms = view, now_ms
        self.frames(3)

    def frames(self, count: int = 1) -> None:
        """Draw so many frames."""
        for _ in range(count):
            EventLoop.idle()

    def rest(self, milliseconds: int) -> None:
        """Let the engine's clock go on."""
        self.engine.now_ms += milliseconds
        self.frames()

    def wait(self, seconds: float) -> None:
        """Let real time go by, drawing."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.frames()


@contextmanager
def open_stage(width: int, height: int) -> Iterator[Stage]:
    """A window of the given size; one a process."""
    engine = StillEngine()
    app = TerminalApp(engine, width=width, height=height)
    app._run_prepare()
    runTouchApp(embedded=True)
    stage = Stage(app, engine, Finger(app))
    stage.frames(2)
    try:
        yield stage
    finally:
        stopTouchApp()
