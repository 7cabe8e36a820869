"""What a finger does on the real window arrives once, exactly, and only where it was meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from demo.touch import NotThereError
from terminal.presenter.view import (
    Button,
    ButtonId,
    Choice,
    Chosen,
    Keyed,
    Keypad,
    Pressed,
    ScreenName,
    Touch,
    View,
)
from terminal.screens.gate import AGAIN_MS, SETTLE_MS
from terminal.texts.languages import Language
from tests.screens.samples import sample_views
from tests.screens.stage import Stage
from tests.screens.tree import Box, box_of, pressables

PAY = Pressed(button=ButtonId.PAY)
REVIEW = View(screen=ScreenName.REVIEW, title="Is this right?", buttons=(Button(id=ButtonId.PAY, text="Pay"),))
ASKED = View(
    screen=ScreenName.PAYER_REQUEST, title="Sending your request", buttons=(Button(id=ButtonId.STOP, text="Stop"),)
)
CONSENT = replace(REVIEW, screen=ScreenName.SECOND_INSTRUCTION, amount="€1.00")
KEYS = Keypad(entered="", caption="Amount", keys=(("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"), ("", "0", "<")))
ENTRY = View(screen=ScreenName.AMOUNT_ENTRY, title="How much?", keypad=KEYS)
LIST = View(
    screen=ScreenName.PAYEE_ENTRY,
    title="Who is paid?",
    keypad=KEYS,
    choices=tuple(Choice(id=f"payee-{number}", text=f"Payee {number}") for number in range(8)),
)
EDGE_PX = 2
"""How far inside its edge a button is still touched."""


def _offered(view: View) -> list[Touch]:
    """What a view lets a person do."""
    touches: list[Touch] = [Pressed(button=button.id) for button in view.buttons if button.enabled]
    touches += [Chosen(choice=choice.id) for choice in view.choices]
    if view.keypad is not None:
        touches += [Keyed(key=key) for row in view.keypad.keys for key in row if key]
    return touches


def _usual_views() -> Iterator[tuple[str, View]]:
    """Every screen with every set of things to touch, once a language."""
    seen = set()
    for language in Language:
        for name, view in sample_views(language).items():
            keys = None if view.keypad is None else view.keypad.keys
            what = (language, view.screen, view.buttons, keys, view.choices)
            if what not in seen:
                seen.add(what)
                yield f"{language}/{name}", view


def _places(box: Box) -> list[tuple[float, float]]:
    middle = ((box.left + box.right) / 2, (box.bottom + box.top) / 2)
    return [middle, (box.left + EDGE_PX, box.bottom + EDGE_PX), (box.right - EDGE_PX, box.top - EDGE_PX)]


@dataclass
class _Sweep:
    """What is wrong with the things to touch of all views."""

    offers: list[str] = field(default_factory=list)
    touches: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)


@cache
def _sweep(stage: Stage) -> _Sweep:
    """Every view once, every button of it at its middle and its corners; a list's rows are touched further below."""
    sweep = _Sweep()
    for name, view in _usual_views():
        stage.show_settled(view)
        there = [each.touch for each in pressables(stage.app.frame) if not each.disabled]
        if sorted(map(str, there)) != sorted(map(str, _offered(view))):
            sweep.offers.append(f"{name}: {there}")
        for touch, disabled, box in _in_sight(stage):
            for place in _places(box):
                _try(stage, sweep, f"{name}: {touch} at {place}", place, None if disabled else touch)
    return sweep


def _try(stage: Stage, sweep: _Sweep, where: str, place: tuple[float, float], expected: Touch | None) -> None:
    stage.engine.touches = []
    stage.finger.tap_at(*place)
    stage.rest(AGAIN_MS)
    sweep.tried["dead" if expected is None else "live"] += 1
    if stage.engine.touches != ([] if expected is None else [expected]):
        (sweep.dead if expected is None else sweep.touches).append(f"{where}: {stage.engine.touches}")


def _in_sight(stage: Stage) -> list[tuple[Touch, bool, Box]]:
    found = [each for each in pressables(stage.app.frame) if not isinstance(each.touch, Chosen)]
    return [(each.touch, bool(each.disabled), box_of(each)) for each in found]


def exactly_what_a_view_offers_can_be_touched(stage: Stage) -> None:
    assert not _sweep(stage).offers, _sweep(stage).offers


def every_button_reports_its_own_touch_at_its_middle_and_its_corners(stage: Stage) -> None:
    assert _sweep(stage).tried["live"]
    assert not _sweep(stage).touches, _sweep(stage).touches


def a_disabled_button_is_drawn_and_says_nothing(stage: Stage) -> None:
    assert _sweep(stage).tried["dead"]
    assert not _sweep(stage).dead, _sweep(stage).dead


def a_place_without_a_button_says_nothing(stage: Stage) -> None:
    stage.show_settled(REVIEW)
    stage.finger.tap_at(stage.app.frame.width / 2, stage.app.frame.height / 2)
    stage.rest(AGAIN_MS)
    assert not stage.engine.touches


def a_screen_that_just_appeared_does_not_listen(stage: Stage) -> None:
    stage.show(CONSENT)
    assert not stage.finger.is_ready(PAY)
    stage.rest(SETTLE_MS - 1)
    stage.finger.tap(PAY)
    stage.frames()
    assert not stage.engine.touches
    stage.rest(1)
    assert stage.finger.is_ready(PAY)
    stage.finger.tap(PAY)
    stage.frames()
    assert stage.engine.touches == [PAY]


def a_finger_that_was_down_before_the_screen_listened_means_nothing(stage: Stage) -> None:
    stage.show(CONSENT)
    finger = stage.finger.put(*stage.finger.centre(PAY))
    stage.rest(SETTLE_MS)
    stage.finger.lift(finger)
    stage.frames()
    assert not stage.engine.touches


def a_double_tap_pays_once(stage: Stage) -> None:
    stage.show_settled(REVIEW)
    for _ in range(3):
        stage.finger.tap(PAY)
        stage.rest(150)
    assert stage.engine.touches == [PAY]


def the_second_tap_does_not_reach_the_next_screen(stage: Stage) -> None:
    stage.show_settled(REVIEW)
    place = stage.finger.centre(PAY)
    stage.finger.tap(PAY)
    stage.engine.view = CONSENT
    stage.rest(150)
    stage.finger.tap_at(*place)
    stage.rest(150)
    assert stage.engine.touches == [PAY]


def a_button_nothing_came_of_is_not_dead(stage: Stage) -> None:
    stage.show_settled(REVIEW)
    stage.finger.tap(PAY)
    stage.rest(AGAIN_MS)
    stage.finger.tap(PAY)
    stage.frames()
    assert stage.engine.touches == [PAY, PAY]


def two_fingers_on_one_button_are_one_touch(stage: Stage) -> None:
    stage.show_settled(REVIEW)
    x, y = stage.finger.centre(PAY)
    fingers = [stage.finger.put(x - 20, y), stage.finger.put(x + 20, y)]
    for finger in fingers:
        stage.finger.lift(finger)
    stage.frames()
    assert stage.engine.touches == [PAY]


def a_finger_that_slides_off_means_nothing(stage: Stage) -> None:
    stage.show_settled(REVIEW)
    x, y = stage.finger.centre(PAY)
    finger = stage.finger.put(x, y)
    stage.finger.move(finger, x, y + 200)
    stage.finger.lift(finger)
    stage.frames()
    assert not stage.engine.touches


def a_button_that_changed_under_the_finger_says_nothing(stage: Stage) -> None:
    stage.show_settled(CONSENT)
    finger = stage.finger.put(*stage.finger.centre(PAY))
    stage.engine.view = replace(CONSENT, amount="€1,000.00")
    stage.frames()
    stage.finger.lift(finger)
    stage.frames()
    assert not stage.engine.touches


def keys_count_each_time_however_fast(stage: Stage) -> None:
    stage.show_settled(ENTRY)
    for key in "1225<":
        stage.finger.tap(Keyed(key=key))
    stage.frames()
    assert stage.engine.touches == [Keyed(key=key) for key in "1225<"]


def a_row_of_a_list_is_chosen_once(stage: Stage) -> None:
    stage.show_settled(LIST)
    first = Chosen(choice="payee-0")
    stage.finger.tap(first)
    stage.until(lambda: bool(stage.engine.touches))
    stage.finger.tap(first)
    stage.frames(5)
    assert stage.engine.touches == [first]


def rows_out_of_sight_are_out_of_reach_until_the_list_is_pulled(stage: Stage) -> None:
    stage.show_settled(LIST)
    last = Chosen(choice="payee-7")
    assert last not in stage.finger.reachable()
    try:
        stage.finger.tap(last)
    except NotThereError as error:
        assert "payee-7" in str(error)  # noqa: PT017  # no pytest in the window's process
        assert "payee-0" in str(error)  # noqa: PT017
    else:
        raise AssertionError("a row out of sight was touched")
    x, y = stage.finger.centre(Chosen(choice="payee-1"))
    finger = stage.finger.put(x, y)
    for pulled in range(20, 801, 20):
        stage.finger.move(finger, x, y + pulled)
        stage.frames()
    stage.finger.lift(finger)
    stage.until(lambda: last in stage.finger.reachable())
    assert not stage.engine.touches
    stage.show(REVIEW)
    stage.show(LIST)
    assert Chosen(choice="payee-0") in stage.finger.reachable()
