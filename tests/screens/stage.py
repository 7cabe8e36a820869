"""A window with an engine whose view the test sets, and frames that are drawn on demand. In a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from demo.touch import Finger
from terminal.app import TerminalApp
from terminal.presenter.view import Touch, View
from terminal.screens.body import BLANK
from terminal.screens.gate import AGAIN_MS

# isort: split
from kivy.base import EventLoop, runTouchApp, stopTouchApp
from kivy.metrics import Metrics

PATIENCE_S = 20.0
SETTLED_FRAMES = 3
"""A view is whole in its first frame (checked); the rest is for what a test leaves behind."""


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


@dataclass(eq=False)
class Stage:
    """The application on its stage."""

    app: TerminalApp
    engine: StillEngine
    finger: Finger

    @property
    def density(self) -> float:
        """Pixels of this window per unit of the theme."""
        return float(Metrics.density)

    def clear(self) -> None:
        """As if nothing had happened yet."""
        self.engine.preview, self.engine.touches = None, []
        self.show(BLANK)

    def show(self, view: View, *, now_ms: int = 0, frames: int = SETTLED_FRAMES) -> None:
        """Put a view on the screen and draw."""
        self.engine.view, self.engine.now_ms = view, now_ms
        self.frames(frames)

    def show_settled(self, view: View) -> None:
        """Put a view on the screen, anew, and wait until touches count."""
        self.show(BLANK)
        self.show(view)
        self.rest(AGAIN_MS)
        self.engine.touches = []

    def frames(self, count: int = 1) -> None:
        """Draw so many frames."""
        for _ in range(count):
            EventLoop.idle()

    def rest(self, milliseconds: int) -> None:
        """Let the engine's clock go on."""
        self.engine.now_ms += milliseconds
        self.frames()

    def until(self, happened: Callable[[], bool]) -> None:
        """Draw until it happened; what it does not within a long time fails the test."""
        end = time.monotonic() + PATIENCE_S
        while not happened():
            assert time.monotonic() < end, "waited in vain"
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
