"""Which touches count: one a view, on what was shown when the finger came down, never on a screen that just appeared.

Pure: the time is an argument. A double tap on "pay" is one touch; a second tap meant for the last screen touches
nothing on the next; a button whose view changed under the finger says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from terminal.presenter.view import ButtonId, Keyed, Pressed, ScreenName, Touch, View

SETTLE_MS: Final = 350
"""A new screen listens only after this long: longer than the second half of a double tap (300 ms on most platforms)."""

_REPEATABLE: Final = frozenset({Pressed(button=ButtonId.RETRY)})
"""What may be pressed again on an unchanged view, as it agrees to nothing and its view may stay the same."""


def _substance(view: View) -> View:
    """The view without what moves while a person reads it: touches begun before such a change still count."""
    return replace(view, capture=None, countdown=None, keypad=None, status_line="")


class TouchGate:
    """Between the widgets, which report fingers, and the engine, which gets each meant touch once."""

    def __init__(self, send: Callable[[Touch], None]) -> None:
        self._send = send
        self._shown: View | None = None
        self._screen: ScreenName | None = None
        self._listens_from_ms = 0
        self._now_ms = 0
        self._generation = 0
        self._used_generation: int | None = None
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
            self._send(touch)
        else:
            self._held[touch] = self._generation

    def up(self, touch: Touch) -> None:
        """The finger left what it had pressed, still on it."""
        generation = self._held.pop(touch, None)
        if generation != self._generation:
            return
        if touch not in _REPEATABLE:
            if self._used_generation == generation:
                return
            self._used_generation = generation
        self._send(touch)
