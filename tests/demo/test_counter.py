"""Every step that a screen shows is told with a picture, however short it was; what is keyed in is told once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from demo.counter import MOVING_MS, Counter
from demo.sensors import Fingers, Room
from demo.talk import AnyNews, FingerOf, Scene, Seen
from terminal.app import TerminalApp
from terminal.presenter.view import CaptureGuide, Keypad, ScreenName, View

IDLE = View(screen=ScreenName.IDLE, title="Ready")
LOOK = View(
    screen=ScreenName.PAYER_CAPTURE, title="Look", capture=CaptureGuide(prompt="Look straight", preview=True, steps=2)
)
BLINK = replace(LOOK, capture=CaptureGuide(prompt="Blink", preview=True, steps=2))
CHECKING = View(screen=ScreenName.SECOND_VERIFICATION, title="Checking")
AMOUNT = View(
    screen=ScreenName.AMOUNT_ENTRY, title="How much?", keypad=Keypad(entered="€1", caption="Amount", keys=(("1",),))
)


@dataclass
class Desk:
    """A counter whose screen the test sets, with pictures that only count how often they were taken."""

    counter: Counter
    screen: Any
    clock: list[int]
    told: list[AnyNews] = field(default_factory=list)
    taken: list[Path] = field(default_factory=list)

    def show(self, view: View, milliseconds: int = 33) -> None:
        self.screen.view = view
        self.counter.frame()
        self.clock[0] += milliseconds

    @property
    def steps(self) -> list[tuple[str, str]]:
        return [(one.screen.value, one.prompt) for one in self.told if isinstance(one, Seen)]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    screen, clock = SimpleNamespace(view=IDLE), [1_000]
    fingers = Fingers({FingerOf.OWNER: 1}, first_impression=0, real_time=False)
    told: list[AnyNews] = []
    app = cast(TerminalApp, SimpleNamespace(frame=screen))
    desk = Desk(Counter(app, Room(None), fingers, told.append), screen, clock, told)
    monkeypatch.setattr("demo.counter.capture_window", desk.taken.append)
    monkeypatch.setattr("demo.counter.time.monotonic_ns", lambda: clock[0] * 1_000_000)
    desk.counter.orders.put(Scene(folder=str(tmp_path)))
    yield desk
    fingers.unplug()


def test_what_was_there_for_one_frame_is_told(desk: Desk) -> None:
    for view in (IDLE, LOOK, BLINK, CHECKING):
        desk.show(view)
    assert desk.steps == [
        ("idle", ""),
        ("payer_capture", "Look straight"),
        ("payer_capture", "Blink"),
        ("second_verification", ""),
    ]
    assert len(set(desk.taken)) == 4


def test_a_person_who_moves_is_taken_again_later(desk: Desk) -> None:
    desk.show(LOOK, MOVING_MS + 1)
    assert desk.steps == []
    desk.show(LOOK)
    assert desk.steps == [("payer_capture", "Look straight")]
    assert len(desk.taken) == 2
    assert len(set(desk.taken)) == 1
    desk.show(LOOK, 10 * MOVING_MS)
    desk.show(LOOK)
    assert len(desk.taken) == 2


def test_a_hint_or_a_countdown_is_no_new_step(desk: Desk) -> None:
    desk.show(IDLE)
    desk.show(replace(IDLE, status_line="Connected"))
    assert len(desk.steps) == 1


def test_what_is_being_keyed_in_is_not_told_key_by_key(desk: Desk) -> None:
    for entered in ("€1", "€12", "€12.5"):
        desk.show(replace(AMOUNT, keypad=Keypad(entered=entered, caption="Amount", keys=(("1",),))))
    assert desk.steps == []


def test_nothing_is_told_before_a_scene_begins(desk: Desk, tmp_path: Path) -> None:
    idle: list[AnyNews] = []
    fingers = Fingers({}, first_impression=0, real_time=False)
    Counter(cast(TerminalApp, SimpleNamespace(frame=desk.screen)), Room(None), fingers, idle.append).frame()
    fingers.unplug()
    assert idle == []
