"""The Kivy application: draws the engine's snapshot each frame, hands touches back. The terminal's composition root.

Impure: the window. It decides nothing: what is shown comes from the engine, what was meant by a finger from the gate.
"""

from __future__ import annotations

import signal
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from terminal.config import TerminalConfig
from terminal.engine import Engine
from terminal.presenter.view import Touch, View
from terminal.screens.window import open_window

# isort: split
from kivy.app import App  # after terminal.screens, which says how Kivy behaves when it is imported
from kivy.clock import Clock

from terminal.screens.frame import Frame
from terminal.screens.gate import TouchGate


class Drawable(Protocol):
    """What the engine shows at one moment."""

    @property
    def view(self) -> View:
        """The screen."""

    @property
    def preview(self) -> NDArray[np.uint8] | None:
        """The camera's picture, uint8[H, W, 3] RGB, where a face is being captured."""

    @property
    def now_ms(self) -> int:
        """The monotonic time the view's countdowns are meant in."""


class Driver(Protocol):
    """What the application needs of the engine; neither call blocks."""

    def snapshot(self) -> Drawable:
        """What to draw now."""

    def touch(self, touch: Touch) -> None:
        """A person touched this."""


class TerminalApp(App):
    """One window on one engine. Raises WindowError or FontMissingError when it cannot be opened."""

    title = "Countersign"

    def __init__(self, engine: Driver, *, width: int = 800, height: int = 480, fullscreen: bool = False) -> None:
        super().__init__()
        open_window(width, height, fullscreen=fullscreen)
        self._engine = engine
        self._shown: View | None = None
        self.gate = TouchGate(engine.touch)

    def build(self) -> Frame:
        """The root (Kivy's event): with the first view, so that the first frame is a whole one."""
        self.frame = Frame(self.gate)
        self.draw()
        Clock.schedule_interval(self.draw, 0)
        return self.frame

    def on_stop(self) -> None:
        """The window closes (Kivy's event)."""
        Clock.unschedule(self.draw)

    def open_settings(self, *_: object) -> bool:
        """Kivy's own settings panel (F1) does not belong on a counter."""
        return False

    def draw(self, *_: object) -> None:
        """Bring the window up to the engine's snapshot; rebuilds nothing where the view is unchanged."""
        snapshot = self._engine.snapshot()
        self.frame.tick(snapshot.now_ms)
        if snapshot.view != self._shown:
            self._shown = snapshot.view
            self.frame.show(snapshot.view)
        self.frame.feed.update(snapshot.preview)


def run_app(config: TerminalConfig) -> None:
    """The whole terminal in a window, until it is closed or SIGTERM comes.

    Raises what `Engine.build` and the window raise. From the main thread only.
    """
    engine = Engine.build(config)
    screen = config.screen
    app = TerminalApp(engine, width=screen.width, height=screen.height, fullscreen=screen.fullscreen)
    signal.signal(signal.SIGTERM, lambda *_: app.stop())
    engine.start()
    try:
        app.run()
    finally:
        engine.stop()
