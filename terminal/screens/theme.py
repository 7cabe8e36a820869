"""Every colour, type size and distance of the screens, in one place. Pure.

Lengths are density-independent units of the reference screen (800x480, 7 inch: 5.2 units a millimetre); the window
scales them (`terminal.screens.window`). Text on its ground keeps WCAG 2.1 AA: 4.5:1, signs and edges 3:1 (tested).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from terminal.presenter.view import ButtonKind, Tone

Colour = tuple[float, float, float, float]

REFERENCE_SIZE: Final = (800, 480)
MIN_TOUCH: Final = 52
"""Smallest side of what can be touched: 9 mm at 7 inch 800x480 are 47 units, and a little more."""


def rgb(code: str) -> Colour:
    """`"#1A4FA3"` as Kivy wants it: four floats of 0..1."""
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return (red, green, blue, 1.0)


GROUND: Final = rgb("#EEF2F6")
SURFACE: Final = rgb("#FFFFFF")
INK: Final = rgb("#13202D")
INK_SOFT: Final = rgb("#4A5968")
EDGE: Final = rgb("#C9D3DD")
EDGE_STRONG: Final = rgb("#6F7D8B")
BRAND: Final = rgb("#174EA6")
BRAND_PRESSED: Final = rgb("#0F3A80")
ON_BRAND: Final = rgb("#FFFFFF")
PRESSED: Final = rgb("#DCE4EE")
DISABLED: Final = rgb("#DDE3EA")
ON_DISABLED: Final = rgb("#5F6C79")
DANGER: Final = rgb("#A61B27")
DANGER_PRESSED: Final = rgb("#F6D9DB")
CAMERA_OFF: Final = rgb("#1D2B3A")
ON_CAMERA: Final = rgb("#FFFFFF")


@dataclass(frozen=True, slots=True)
class ToneColours:
    """`accent` for sign and edge, `tint` for the ground, `ink` for words on the tint."""

    accent: Colour
    tint: Colour
    ink: Colour


TONES: Final[Mapping[Tone, ToneColours]] = {
    Tone.NEUTRAL: ToneColours(rgb("#46586A"), rgb("#E3E9F0"), INK),
    Tone.WORKING: ToneColours(BRAND, rgb("#DFEAFA"), rgb("#0F2F66")),
    Tone.GOOD: ToneColours(rgb("#12703F"), rgb("#DCF2E5"), rgb("#0A4526")),
    Tone.WAITING: ToneColours(rgb("#7A5200"), rgb("#FBEFD2"), rgb("#4D3400")),
    Tone.WARNING: ToneColours(rgb("#A8420A"), rgb("#FDE6D8"), rgb("#672703")),
    Tone.BAD: ToneColours(rgb("#A61B27"), rgb("#FAE1E3"), rgb("#6B0F18")),
}


@dataclass(frozen=True, slots=True)
class ButtonColours:
    """One kind of button: at rest, under the finger, its words and its edge."""

    fill: Colour
    pressed: Colour
    ink: Colour
    edge: Colour


BUTTONS: Final[Mapping[ButtonKind, ButtonColours]] = {
    ButtonKind.PRIMARY: ButtonColours(BRAND, BRAND_PRESSED, ON_BRAND, BRAND),
    ButtonKind.SECONDARY: ButtonColours(SURFACE, PRESSED, INK, EDGE_STRONG),
    ButtonKind.DANGER: ButtonColours(SURFACE, DANGER_PRESSED, DANGER, DANGER),
}
DISABLED_BUTTON: Final = ButtonColours(DISABLED, DISABLED, ON_DISABLED, DISABLED)


@dataclass(frozen=True, slots=True)
class TextStyle:
    """A step of the type scale: a text is drawn as large as fits between the two sizes, in at most so many lines."""

    largest: int
    smallest: int
    lines: int = 1
    heavy: bool = False


HERO_AMOUNT: Final = TextStyle(72, 22, heavy=True)
AMOUNT: Final = TextStyle(54, 20, heavy=True)
AMOUNT_SMALL: Final = TextStyle(34, 18, heavy=True)
TITLE: Final = TextStyle(36, 22, lines=3, heavy=True)
HEADING: Final = TextStyle(25, 18, lines=2, heavy=True)
PROMPT: Final = TextStyle(32, 20, lines=3, heavy=True)
PARTY: Final = TextStyle(32, 16, lines=4, heavy=True)
PARTY_COMPACT: Final = TextStyle(18, 13, lines=4, heavy=True)
MESSAGE: Final = TextStyle(24, 16, lines=5)
VERDICT: Final = TextStyle(26, 16, lines=5, heavy=True)
DETAIL: Final = TextStyle(20, 14, lines=8)
VALUE: Final = TextStyle(17, 14, lines=2)
LABEL: Final = TextStyle(17, 13, lines=2)
STATUS: Final = TextStyle(14, 12)
BUTTON: Final = TextStyle(22, 15, lines=2, heavy=True)
KEY: Final = TextStyle(30, 22, heavy=True)
ENTERED: Final = TextStyle(46, 14, heavy=True)
SECONDS: Final = TextStyle(20, 13, heavy=True)

GAP: Final = 8
PAD: Final = 14
MARGIN: Final = 22
RADIUS: Final = 12
HEADER_HEIGHT: Final = 66
ACTION_HEIGHT: Final = 88
BUTTON_HEIGHT: Final = 64
STATUS_HEIGHT: Final = 28
HAIRLINE: Final = 1.3
BAR: Final = 6
SIGN: Final = 36
SIGN_LARGE: Final = 92
RING: Final = 54
