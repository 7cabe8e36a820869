"""What people touch and see of a board: two buttons, the case's switch, the ring of light, the buzzer. Pure.

Times in ms come with the calls. MicroPython and CPython alike.
"""

from firmware_bridge.firmware import frames

DEBOUNCE_MS = 20
"""Contacts of usual buttons bounce for less than 5 ms, those of a worn one for 15."""

LEDS = 12
_BREATH_MS = 2000
_FLASH_MS = 500
_TURN_MS = 1200
_DOTS_APART = 3


class Contact:
    """One switch: what it was for DEBOUNCE_MS is what it is."""

    def __init__(self, closed: bool) -> None:
        self.closed = closed
        self._other_since_ms = -1

    def look(self, closed: bool, now_ms: int) -> bool:
        """Take what the pin says; whether the state has changed."""
        if closed == self.closed:
            self._other_since_ms = -1
            return False
        if self._other_since_ms < 0:
            self._other_since_ms = now_ms
        if now_ms - self._other_since_ms < DEBOUNCE_MS:
            return False
        self.closed = closed
        self._other_since_ms = -1
        return True


def ring(pattern: int, colour: tuple[int, int, int], now_ms: int) -> list[tuple[int, int, int]]:
    """Red, green and blue, 0 to 255, of each of the LEDS at a moment. An unknown pattern is dark."""
    if pattern == frames.RING_STEADY:
        return [colour] * LEDS
    if pattern == frames.RING_FLASHING:
        return [colour if now_ms % _FLASH_MS < _FLASH_MS // 2 else (0, 0, 0)] * LEDS
    if pattern == frames.RING_BREATHING:
        half = _BREATH_MS // 2
        level = abs(now_ms % _BREATH_MS - half)
        return [(colour[0] * level // half, colour[1] * level // half, colour[2] * level // half)] * LEDS
    dark = [(0, 0, 0)] * LEDS
    if pattern == frames.RING_DOTTED:
        for led in range(0, LEDS, _DOTS_APART):
            dark[led] = colour
    if pattern == frames.RING_SPINNING:
        dark[now_ms % _TURN_MS * LEDS // _TURN_MS] = colour
    return dark
