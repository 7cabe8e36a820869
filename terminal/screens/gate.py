"""Which touches count: one a view, on what was shown when the finger came down, never on a screen that just appeared.

Pure: the time is an argument. A double tap on "pay" is one touch; a second tap meant for the last screen touches
nothing on the next; a button whose view changed under the finger says nothing. A button that nothing came of can be
pressed again after a while, so that none is ever dead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from terminal.presenter.view import Keyed, Keypad, ScreenName, Touch, View

SETTLE_MS: Final = 350
"""A new screen listens only after this long: longer than the second half of a double tap (300 ms on most platforms)."""

AGAIN_MS: Final = 2_000
"""A view that answered a press by no change takes another after this long: no double tap is so slow."""


def _substance(view: View) -> View:
    """The view without what moves while a person reads it: touches begun before such a change still count."""
    problem = "" if view.keypad is None else view.keypad.problem
    keypad = Keypad(entered="", caption="", keys=(), problem=problem)
    return replace(view, capture=None, countdown=None, keypad=keypad, status_line="")


class TouchGate:
    """Between the widgets, which report fingers, and the engine, which gets each meant touch once."""

    def __init__(self, send: Callable[[Touch], None]) -> None:
        self._send = send
        self._shown: View | None = None
        self._screen: ScreenName | None = None
        self._listens_from_ms = 0
        self._now_ms = 0
        self._generation = 0
        self._used: tuple[int, int] | None = None
        self._held: dict[Touch, int] = {}

    def tick(self, now_ms: int) -> None:
        """The time of the frame being drawn."""
        self._now_ms = now_ms

    def show(self, view: View) -> None:
        """What the person sees from now on."""
        if view.screen is not self._screen:
            self._screen = view.screen
            self._listens_from_ms = self._now_ms + SETTLE_MS
        substance = _substance(view)
        if substance != self._shown:
            self._shown = substance
            self._generation += 1

    @property
    def listens(self) -> bool:
        """Whether the screen has been there long enough for a touch to be meant for it."""
        return self._screen is not None and self._now_ms >= self._listens_from_ms

    def down(self, touch: Touch) -> None:
        """A finger came down. Keys count at once, each time; buttons when the finger leaves them."""
        if not self.listens:
            return
        if isinstance(touch, Keyed):
            self._used = None  # who keys on has seen that the last press did nothing
            self._send(touch)
        else:
            self._held[touch] = self._generation

    def up(self, touch: Touch) -> None:
        """The finger left what it had pressed, still on it."""
        generation = self._held.pop(touch, None)
        if generation != self._generation or self._is_used(generation):
            return
        self._used = (generation, self._now_ms)
        self._send(touch)

    def _is_used(self, generation: int) -> bool:
        if self._used is None:
            return False
        used_generation, used_at_ms = self._used
        return used_generation == generation and self._now_ms - used_at_ms < AGAIN_MS
