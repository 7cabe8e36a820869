"""Which touches count: on what was shown when the finger came down, once, never on a screen that just appeared."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.presenter.view import (
    Button,
    ButtonId,
    CaptureGuide,
    Chosen,
    Countdown,
    Keyed,
    Keypad,
    Pressed,
    ScreenName,
    Touch,
    View,
)
from terminal.screens.gate import AGAIN_MS, SETTLE_MS, TouchGate

PAY = Pressed(button=ButtonId.PAY)
STOP = Pressed(button=ButtonId.STOP)
REVIEW = View(screen=ScreenName.REVIEW, title="Is this right?", buttons=(Button(id=ButtonId.PAY, text="Pay"),))
CONSENT = View(screen=ScreenName.SECOND_INSTRUCTION, title="Do you agree?", amount="€1.00")
KEYPAD = Keypad(entered="", caption="Amount", keys=(("1",),))
ENTRY = View(screen=ScreenName.AMOUNT_ENTRY, title="How much?", keypad=KEYPAD)


class Hand:
    """A gate, what came through it, and a clock."""

    def __init__(self, view: View = REVIEW, now_ms: int = 1_000_000) -> None:
        self.came: list[Touch] = []
        self.gate = TouchGate(self.came.append)
        self.now_ms = now_ms
        self.gate.tick(now_ms)
        self.gate.show(view)

    def wait(self, milliseconds: int = SETTLE_MS) -> Hand:
        self.now_ms += milliseconds
        self.gate.tick(self.now_ms)
        return self

    def tap(self, touch: Touch) -> Hand:
        self.gate.down(touch)
        self.gate.up(touch)
        return self


def test_a_touch_on_a_settled_screen_counts_when_the_finger_leaves() -> None:
    hand = Hand().wait()
    hand.gate.down(PAY)
    assert not hand.came
    hand.gate.up(PAY)
    assert hand.came == [PAY]


def test_nothing_listens_before_the_first_view() -> None:
    came: list[Touch] = []
    gate = TouchGate(came.append)
    gate.tick(10 * SETTLE_MS)
    assert not gate.listens
    gate.down(PAY)
    gate.up(PAY)
    assert not came


@pytest.mark.fault(50)
@given(st.lists(st.integers(min_value=0, max_value=AGAIN_MS - 1), max_size=8))
def test_however_often_pay_is_tapped_within_a_moment_it_is_one_touch(pauses: list[int]) -> None:
    hand = Hand().wait()
    start_ms = hand.now_ms
    hand.tap(PAY)
    for pause in pauses:
        if hand.now_ms + pause < start_ms + AGAIN_MS:
            hand.wait(pause).tap(PAY)
    assert hand.came == [PAY]


@pytest.mark.fault(50)
@given(st.integers(min_value=0, max_value=SETTLE_MS - 1))
def test_a_second_tap_does_not_reach_the_screen_that_the_first_one_brought(pause: int) -> None:
    hand = Hand().wait().tap(PAY)
    hand.gate.show(CONSENT)
    hand.wait(pause).tap(Pressed(button=ButtonId.CONSENT))
    assert hand.came == [PAY]


def test_a_view_nothing_came_of_takes_another_press_after_a_while() -> None:
    hand = Hand().wait().tap(PAY).wait(AGAIN_MS - 1).tap(PAY)
    assert hand.came == [PAY]
    assert hand.wait(1).tap(PAY).came == [PAY, PAY]


def test_another_button_of_a_view_that_was_pressed_is_as_used_as_the_first() -> None:
    assert Hand().wait().tap(PAY).tap(STOP).came == [PAY]


def test_a_press_that_began_before_the_screen_listened_means_nothing() -> None:
    hand = Hand().wait(SETTLE_MS - 1)
    hand.gate.down(PAY)
    hand.wait(1).gate.up(PAY)
    assert not hand.came


def test_a_button_whose_view_changed_under_the_finger_says_nothing() -> None:
    hand = Hand(CONSENT).wait()
    hand.gate.down(PAY)
    hand.gate.show(replace(CONSENT, amount="€1,000.00"))
    hand.gate.up(PAY)
    assert not hand.came


def test_what_moves_while_a_person_reads_does_not_undo_their_touch() -> None:
    hand = Hand(CONSENT).wait()
    hand.gate.down(PAY)
    hand.gate.show(
        replace(
            CONSENT,
            capture=CaptureGuide(prompt="Look straight into the camera"),
            countdown=Countdown(total_ms=30_000, ends_at_ms=20_000),
            status_line="Connected",
        )
    )
    hand.gate.up(PAY)
    assert hand.came == [PAY]


def test_the_same_screen_with_new_words_needs_no_new_pause() -> None:
    hand = Hand().wait()
    hand.gate.show(replace(REVIEW, message="No connection"))
    assert hand.tap(PAY).came == [PAY]


def test_keys_count_at_once_and_each_time_but_not_on_a_new_screen() -> None:
    one = Keyed(key="1")
    hand = Hand(ENTRY).tap(one).wait()
    for _ in range(3):
        hand.gate.down(one)
    assert hand.came == [one] * 3


def test_keying_on_after_a_press_that_did_nothing_revives_the_button() -> None:
    following = Pressed(button=ButtonId.NEXT)
    hand = Hand(ENTRY).wait().tap(following).tap(Keyed(key="1")).tap(following)
    assert hand.came == [following, Keyed(key="1"), following]


def test_a_problem_with_what_was_keyed_is_a_new_view() -> None:
    following = Pressed(button=ButtonId.NEXT)
    hand = Hand(ENTRY).wait().tap(following)
    hand.gate.show(replace(ENTRY, keypad=replace(KEYPAD, problem="This is not an amount.")))
    assert hand.tap(following).came == [following, following]


def test_a_finger_that_only_leaves_means_nothing() -> None:
    hand = Hand().wait()
    hand.gate.up(PAY)
    hand.gate.up(Chosen(choice="4471"))
    assert not hand.came


TOUCHES = st.sampled_from([PAY, STOP, Keyed(key="1"), Chosen(choice="a")])
VIEWS = st.sampled_from([REVIEW, CONSENT, ENTRY, replace(CONSENT, amount="€2.00")])
MOVES = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 500)),
    st.tuples(st.just("show"), VIEWS),
    st.tuples(st.just("down"), TOUCHES),
    st.tuples(st.just("up"), TOUCHES),
)


@given(st.lists(MOVES, max_size=40))
def test_no_button_counts_twice_in_a_moment_and_none_on_a_fresh_screen(moves: list[tuple[str, object]]) -> None:
    hand = Hand()
    screen, appeared_ms = REVIEW.screen, hand.now_ms
    pressed: list[tuple[int, Touch]] = []
    for what, value in moves:
        before = len(hand.came)
        if isinstance(value, View):
            if value.screen is not screen:
                screen, appeared_ms = value.screen, hand.now_ms
            hand.gate.show(value)
        elif isinstance(value, int):
            hand.wait(value)
        elif isinstance(value, Pressed | Keyed | Chosen):
            (hand.gate.down if what == "down" else hand.gate.up)(value)
        for touch in hand.came[before:]:
            assert hand.now_ms - appeared_ms >= SETTLE_MS
            assert touch == value
            assert isinstance(touch, Keyed) == (what == "down")
            pressed.append((hand.now_ms, touch))
