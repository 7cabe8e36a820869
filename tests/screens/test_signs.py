"""Signs are told apart by their shape alone, at the sizes they are drawn in."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.presenter.view import ButtonId, Tone
from terminal.screens import signs
from terminal.screens.signs import Shape, coverage

ALONE = {
    "mark": signs.BRAND_MARK,
    "delete": signs.DELETE,
    "current": signs.STEP_CURRENT,
    "open": signs.STEP_OPEN,
    "chevron": signs.CHEVRON,
    "head": signs.HEAD,
    "fingerprint": signs.FINGERPRINT,
}
ALL = (
    ALONE
    | {f"tone {tone}": sign for tone, sign in signs.TONE_SIGNS.items()}
    | {f"button {button}": sign for button, sign in signs.BUTTON_SIGNS.items()}
)
SIZES_PX = (18, 24, 36, 92)
DIFFERENT = 0.08
"""The share of a sign's ink that has to lie elsewhere for two signs to be told apart."""


def test_every_tone_and_button_has_a_sign() -> None:
    assert set(signs.TONE_SIGNS) == set(Tone)
    assert set(signs.BUTTON_SIGNS) == set(ButtonId)


@pytest.mark.parametrize("size", SIZES_PX)
@pytest.mark.parametrize("name", ALL)
def test_a_sign_has_ink_and_stays_inside_its_square(name: str, size: int) -> None:
    mask = coverage(ALL[name], size)
    assert mask.shape == (size, size)
    assert 0.05 < mask.mean() / 255 < 0.9
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    assert border.max() < 255 or name == "head", "cut off"


@pytest.mark.parametrize(("one", "other"), list(combinations(Tone, 2)))
def test_tones_are_told_apart_without_their_colour(one: Tone, other: Tone) -> None:
    first, second = (coverage(signs.TONE_SIGNS[tone], 92).astype(int) for tone in (one, other))
    assert np.abs(first - second).sum() > DIFFERENT * max(first.sum(), second.sum())


def test_buttons_that_do_opposite_things_have_different_signs() -> None:
    agree, stop = signs.BUTTON_SIGNS[ButtonId.CONSENT], signs.BUTTON_SIGNS[ButtonId.STOP]
    forth, back = signs.BUTTON_SIGNS[ButtonId.NEXT], signs.BUTTON_SIGNS[ButtonId.BACK]
    for one, other in ((agree, stop), (forth, back)):
        assert np.abs(coverage(one, 24).astype(int) - coverage(other, 24)).mean() > 10


def test_forth_is_back_in_a_mirror() -> None:
    forth, back = signs.BUTTON_SIGNS[ButtonId.NEXT], signs.BUTTON_SIGNS[ButtonId.BACK]
    assert np.array_equal(coverage(forth, 48), coverage(back, 48)[:, ::-1])


@given(st.floats(0.2, 0.9), st.integers(16, 128))
def test_a_disc_covers_its_area(radius: float, size: int) -> None:
    area = coverage(signs.disc(radius), size).sum() / 255 / size**2 * 4
    assert area == pytest.approx(np.pi * radius**2, rel=0.05)


POINTS = st.floats(-0.8, 0.8, allow_subnormal=False)
SHAPES = st.one_of(
    st.builds(signs.disc, st.floats(0.1, 0.9), POINTS, POINTS),
    st.builds(lambda turn: signs.arc(0.6, turn, turn + 200, 0.2), st.floats(0, 360)),
    st.builds(lambda corners, turn: signs.polygon(corners, 0.8, turn, 0.1), st.integers(3, 8), st.floats(0, 360)),
    st.builds(lambda x, y: signs.stroke([(-0.9, -0.9), (x, y), (0.9, -0.9)], 0.2), POINTS, POINTS),
)


@given(SHAPES, SHAPES)
def test_a_union_covers_what_either_covers_and_a_cut_what_only_the_first_does(one: Shape, other: Shape) -> None:
    first, second = coverage(one, 32), coverage(other, 32)
    assert np.array_equal(coverage(signs.union(one, other), 32), np.maximum(first, second))
    left = coverage(signs.cut(one, other), 32).astype(int)
    assert (left <= first).all()
    assert (left + second <= 256).all()


@given(st.floats(0, 360), st.floats(20, 360))
def test_an_arc_is_part_of_its_ring(start: float, span: float) -> None:
    ring = coverage(signs.arc(0.7, 0, 360, 0.2), 48)
    part = coverage(signs.arc(0.7, start, start + span, 0.2), 48)
    assert (part <= ring.astype(int) + 1).all()
