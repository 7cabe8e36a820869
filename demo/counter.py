"""One terminal with a person in front of it: carries out what the person does, takes pictures, tells the director.

Impure: the window, the emulated sensors, a clock. Everything runs on Kivy's thread, once a frame.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from demo.person import CAPTURES, ENTRIES, Back, Come, Deed, Lift, Move, Person, Place, Tap, moment
from demo.sensors import Fingers, Room
from demo.talk import AnyNews, AnyOrder, Did, FaceOf, FingerOf, Scene, Seen
from demo.touch import Finger
from server_mqtt.contract.messages import Action
from terminal.app import TerminalApp
from terminal.presenter.view import Chosen, Keyed, Pressed, ScreenName, Touch, View
from terminal.screens.picture import capture_window
from terminal.texts.languages import Language

Step = tuple[ScreenName, str, str, str, str, str, int, str]

MOVING_MS: Final = 600
"""A picture is taken at once, but during a face capture later, when the camera's own is there; and of who moves, at the
height of it.
"""
PEAKS_MS: Final = {
    Action.BLINK: 300,
    Action.OPEN_MOUTH: 360,
    Action.TURN_LEFT: 450,
    Action.TURN_RIGHT: 450,
    Action.LOOK_UP: 430,
    Action.LOOK_DOWN: 430,
    Action.COME_NEARER: 700,
}
"""From the beginning of a movement to when the screen shows it best; soon after that the prompt may change."""

IMPOSTOR: Final = "an impostor"
_FACES: Final = {
    FaceOf.OWNER: "comes before the camera",
    FaceOf.CONTRARY: "comes before the camera, and will not do as asked",
    FaceOf.PHOTOGRAPH: "holds a photo of the payer up to the camera",
}
_MOVES: Final = {
    Action.TURN_LEFT: "turns the head to the left",
    Action.TURN_RIGHT: "turns the head to the right",
    Action.BLINK: "closes both eyes",
    Action.OPEN_MOUTH: "opens the mouth",
    Action.LOOK_UP: "looks up",
    Action.LOOK_DOWN: "looks down",
    Action.COME_NEARER: "comes nearer",
}


@dataclass(frozen=True, slots=True)
class _Untold:
    """A screen whose picture is taken again when it is due, unless the screen changes before."""

    view: View
    picture: Path
    at_ms: int
    due_ms: int


class Counter:
    """`frame` is to be called once a frame; `orders` may be filled from any thread."""

    def __init__(self, app: TerminalApp, room: Room, fingers: Fingers, tell: Callable[[AnyNews], None]) -> None:
        self.orders: queue.SimpleQueue[AnyOrder] = queue.SimpleQueue()
        self._app = app
        self._room = room
        self._fingers = fingers
        self._tell = tell
        self._person = Person()
        self._finger = Finger(app)
        self._folder: Path | None = None
        self._shown: Step | None = None
        self._untold: _Untold | None = None
        self._tap: tuple[View, Touch] | None = None

    def frame(self) -> None:
        """Look at the screen, and do what there is to do."""
        now_ms = time.monotonic_ns() // 1_000_000
        while not self.orders.empty():
            self._obey(self.orders.get())
        view: View = self._app.frame.view
        self._watch(view, now_ms)
        for deed in self._person.look(view, now_ms):
            self._do(deed, view, now_ms)
        self._touch(view, now_ms)

    def _obey(self, order: AnyOrder) -> None:
        if isinstance(order, Scene):
            self._folder, self._shown, self._untold = Path(order.folder), None, None
            self._room.come(FaceOf.NOBODY)
            self._fingers.lift()
        self._person.told(order)

    # --- pictures ---

    def _watch(self, view: View, now_ms: int) -> None:
        """Tell of every new screen, with its picture; what is being keyed in is no new screen."""
        if self._folder is None:
            return
        shown = _step_of(view)
        if shown != self._shown:
            self._shown = shown
            self._tell_untold()
            if view.screen not in ENTRIES:
                self._show(view, now_ms)
        if self._untold is not None and now_ms >= self._untold.due_ms:
            capture_window(self._untold.picture)
            self._tell_untold()

    def _show(self, view: View, now_ms: int) -> None:
        """Take the picture, and tell of it: at once, or when a better one was taken or can no longer be."""
        if self._folder is None:
            return
        picture = self._folder / f"{now_ms}-{view.screen.value}.png"
        capture_window(picture)
        moving = view.capture is not None and view.capture.preview
        self._untold = _Untold(view, picture, now_ms, now_ms + (MOVING_MS if moving else 0))
        if not moving:
            self._tell_untold()

    def _tell_untold(self) -> None:
        untold, self._untold = self._untold, None
        if untold is None:
            return
        view = untold.view
        self._tell(
            Seen(
                at_ms=untold.at_ms,
                screen=view.screen,
                tone=view.tone,
                language=Language(view.language),
                title=view.title,
                amount=view.amount or (view.keypad.entered if view.keypad else ""),
                message=view.message,
                detail=view.detail,
                prompt=view.capture.prompt if view.capture else "",
                rows=tuple(f"{row.label}: {row.value}" for row in view.rows),
                picture=str(untold.picture),
            )
        )

    # --- deeds ---

    def _do(self, deed: Deed, view: View, now_ms: int) -> None:
        match deed:
            case Tap():
                self._tap = (moment(view), deed.touch)
            case Come():
                self._room.come(deed.face)
                if deed.face in _FACES and view.capture is not None and view.capture.preview:
                    self._did(_FACES[deed.face], now_ms, IMPOSTOR if deed.face is FaceOf.PHOTOGRAPH else "")
            case Move():
                self._room.perform(deed.action, deed.slowness)
                if self._untold is not None:
                    self._untold = replace(self._untold, due_ms=now_ms + PEAKS_MS[deed.action])
                instead = "" if deed.action is deed.asked else ", although something else was asked"
                slowly = " once more, slowly" if deed.slowness > 1 else ""
                self._did(_MOVES[deed.action] + slowly + instead, now_ms)
            case Back():
                self._room.release()
            case Place():
                self._fingers.place(deed.finger)
                stranger = deed.finger is FingerOf.IMPOSTOR
                self._did("puts a finger on the reader", now_ms, IMPOSTOR if stranger else "")
            case Lift():
                self._fingers.lift()

    def _touch(self, view: View, now_ms: int) -> None:
        """Touch what the person means to touch, once the screen takes it; not if it is another screen by then."""
        if self._tap is None:
            return
        seen, touch = self._tap
        if moment(view) != seen:
            self._tap = None
            return
        if not self._finger.is_ready(touch):
            return
        self._tap = None
        if view.screen in ENTRIES and not isinstance(touch, Keyed):
            self._show(view, now_ms)
        self._finger.tap(touch)
        if not isinstance(touch, Keyed):
            self._did(_words(touch, view), now_ms, IMPOSTOR if self._person.is_impostor else "")

    def _did(self, what: str, now_ms: int, who: str = "") -> None:
        self._tell(Did(at_ms=now_ms, what=what, who=who))


def _step_of(view: View) -> Step:
    """Equal for views that are one step to a reader."""
    guide = view.capture
    prompt, done = (guide.prompt, guide.steps_done) if guide and view.screen in CAPTURES else ("", 0)
    return view.screen, view.title, view.amount, view.message, view.detail, prompt, done, view.language


def _words(touch: Touch, view: View) -> str:
    match touch:
        case Chosen():
            name = next((one.text for one in view.choices if one.id == touch.choice), touch.choice)
            return f'picks "{name}"'
        case Pressed():
            text = next((one.text for one in view.buttons if one.id is touch.button), touch.button.value)
            keyed = f"keys in {view.keypad.entered} and " if view.keypad is not None and view.keypad.entered else ""
            return f'{keyed}touches "{text}"'
        case Keyed():
            return f"keys {touch.key}"
