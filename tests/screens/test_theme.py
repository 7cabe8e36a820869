"""Colours keep WCAG 2.1 AA on every ground they are drawn on; the type scale and the touch sizes hold together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from terminal.presenter.view import ButtonKind, Tone
from terminal.screens import theme
from terminal.screens.theme import Colour, TextStyle

TEXT_RATIO, SIGN_RATIO = 4.5, 3.0
"""WCAG 2.1: 1.4.3 for text, 1.4.11 for signs and the edges of what can be pressed."""
NINE_MM = 9 * 800 / 152.4
"""Units of the reference screen, whose 800 are the 6 inches across a 7-inch panel."""


def _luminance(colour: Colour) -> float:
    """WCAG's relative luminance."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    """WCAG's contrast ratio."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _texts() -> Iterator[tuple[str, Colour, Colour]]:
    """Every ink on every ground it is drawn on."""
    for tone, colours in theme.TONES.items():
        yield f"words on the tint of {tone}", colours.ink, colours.tint
        yield f"the status line on the tint of {tone}", theme.INK_SOFT, colours.tint
    for ground, where in ((theme.GROUND, "ground"), (theme.SURFACE, "card")):
        yield f"ink on the {where}", theme.INK, ground
        yield f"soft ink on the {where}", theme.INK_SOFT, ground
    yield "a hint on the ground", theme.TONES[Tone.WARNING].accent, theme.GROUND
    yield "a problem on the ground", theme.TONES[Tone.BAD].accent, theme.GROUND
    yield "a key under the finger", theme.INK, theme.PRESSED
    for kind, button in theme.BUTTONS.items():
        yield f"a {kind} button", button.ink, button.fill
        yield f"a {kind} button under the finger", button.ink, button.pressed
    for colours in theme.TONES.values():  # a countdown's number, at rest and in a hurry
        yield "seconds", theme.INK, colours.tint
        yield "the last seconds", theme.TONES[Tone.BAD].accent, colours.tint


def _signs() -> Iterator[tuple[str, Colour, Colour]]:
    for tone, colours in theme.TONES.items():
        yield f"the sign of {tone}", colours.accent, colours.tint
        yield f"a countdown on {tone}", theme.BRAND, colours.tint
        yield f"a countdown's end on {tone}", theme.TONES[Tone.BAD].accent, colours.tint
        for kind, button in theme.BUTTONS.items():
            against = button.fill if kind is ButtonKind.PRIMARY else button.edge
            yield f"the edge of a {kind} button on {tone}", against, colours.tint
    for kind, button in theme.BUTTONS.items():
        against = button.fill if kind is ButtonKind.PRIMARY else button.edge
        yield f"the edge of a {kind} button", against, theme.GROUND
    yield "the mark", theme.BRAND, theme.GROUND
    yield "a step that is done", theme.TONES[Tone.GOOD].accent, theme.GROUND
    yield "a step that is open", theme.EDGE_STRONG, theme.GROUND
    yield "the bar of a list", theme.EDGE_STRONG, theme.GROUND
    yield "the edge of a key", theme.EDGE_STRONG, theme.GROUND
    yield "the head where no picture is", theme.ON_CAMERA, theme.CAMERA_OFF


@pytest.mark.parametrize(("what", "ink", "ground"), list(_texts()))
def test_words_can_be_read(what: str, ink: Colour, ground: Colour) -> None:
    assert contrast(ink, ground) >= TEXT_RATIO, what


@pytest.mark.parametrize(("what", "sign", "ground"), list(_signs()))
def test_signs_and_edges_can_be_seen(what: str, sign: Colour, ground: Colour) -> None:
    assert contrast(sign, ground) >= SIGN_RATIO, what


def test_what_cannot_be_pressed_can_still_be_read() -> None:
    assert contrast(theme.DISABLED_BUTTON.ink, theme.DISABLED_BUTTON.fill) >= SIGN_RATIO


def test_the_measure_is_that_of_the_standard() -> None:
    assert contrast(theme.rgb("#000000"), theme.rgb("#FFFFFF")) == pytest.approx(21)
    assert contrast(theme.rgb("#777777"), theme.rgb("#FFFFFF")) == pytest.approx(4.48, abs=0.005)


def test_every_tone_and_kind_has_colours_of_its_own() -> None:
    assert set(theme.TONES) == set(Tone)
    assert len({colours.accent for colours in theme.TONES.values()}) == len(Tone)
    assert set(theme.BUTTONS) == set(ButtonKind)


def test_a_finger_finds_what_it_is_to_touch() -> None:
    assert theme.MIN_TOUCH >= NINE_MM
    assert theme.BUTTON_HEIGHT >= theme.MIN_TOUCH
    assert theme.HEADER_HEIGHT >= theme.MIN_TOUCH
    assert theme.GAP >= 8


STYLES = {name: value for name, value in vars(theme).items() if isinstance(value, TextStyle)}


@pytest.mark.parametrize("name", STYLES)
def test_styles_are_in_order(name: str) -> None:
    style = STYLES[name]
    assert 12 <= style.smallest <= style.largest
    assert style.lines >= 1
