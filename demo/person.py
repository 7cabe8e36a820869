"""A person in front of a terminal: reads what the screen shows and does what people do. No clock, no window.

`look` is called as often as one likes with what is on the screen and the time; it answers with what the person does
now. The person knows nothing that is not on the screen but their own intention.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from demo.prompts import Asked, FacePrompt, FingerPrompt, asked_by
from demo.talk import AnyOrder, Away, FaceOf, FingerOf, Pay, Scene, Speak, Stand
from server_mqtt.contract.messages import Action
from terminal.presenter.view import ButtonId, CaptureGuide, Chosen, Keyed, Pressed, ScreenName, Touch, View
from terminal.texts.languages import Language

REACTION_MS: Final = 350
"""From reading a prompt to moving: people need 250 to 500."""
KEY_MS: Final = 90
"""Between two keys of a keypad."""
AGAIN_MS: Final = 3_000
"""Who is asked for the same thing for so long does it again."""
SLOWLY: Final = 2.5
"""And then so many times as slowly: for a camera that a busy machine looks at too seldom."""
FINGER_AWAY_MS: Final = 500
"""How long a finger stays lifted before it comes back."""
FINGER_PATIENCE_MS: Final = 4_000
"""A finger that lies on a reader which does not read it is lifted and put down anew."""

READING_MS: Final[Mapping[ScreenName, int]] = {
    ScreenName.IDLE: 500,
    ScreenName.PAYEE_ENTRY: 500,
    ScreenName.AMOUNT_ENTRY: 500,
    ScreenName.REVIEW: 1_000,
    ScreenName.SECOND_INSTRUCTION: 2_000,
    ScreenName.OUTCOME: 1_500,
}
"""How long a person looks at a screen before they touch it; what is not named here needs no touch."""

CAPTURES: Final = frozenset({ScreenName.PAYEE_CAPTURE, ScreenName.PAYER_CAPTURE})
ENTRIES: Final = frozenset({ScreenName.PAYEE_ENTRY, ScreenName.AMOUNT_ENTRY})


@dataclass(frozen=True, slots=True)
class Tap:
    """Touch this on the screen."""

    touch: Touch


@dataclass(frozen=True, slots=True)
class Place:
    """Put this finger on the reader."""

    finger: FingerOf


@dataclass(frozen=True, slots=True)
class Lift:
    """Take the finger away."""


@dataclass(frozen=True, slots=True)
class Come:
    """Who stands before the camera from now on."""

    face: FaceOf


@dataclass(frozen=True, slots=True)
class Move:
    """The face performs this and keeps it until it comes back. `asked`: by the screen. `slowness` 1 is as usual."""

    action: Action
    asked: Action
    slowness: float = 1.0


@dataclass(frozen=True, slots=True)
class Back:
    """The face comes back from what it keeps."""


Deed = Tap | Place | Lift | Come | Move | Back


def moment(view: View) -> View:
    """The view without what moves while a person reads it. Equal moments need no second reading."""
    guide = view.capture
    if guide is not None:
        guide = CaptureGuide(prompt=guide.prompt, steps_done=guide.steps_done, preview=guide.preview)
    return replace(view, capture=guide, countdown=None, status_line="")


def contrary(asked: Action) -> Action:
    """Another action than the one that is asked for: a turn of the head, to the wrong side if a turn was wanted."""
    return Action.TURN_RIGHT if asked is Action.TURN_LEFT else Action.TURN_LEFT


@dataclass(slots=True)
class _Mind:
    """What a person intends in a scene, and what they last saw and did; times are of the clock that `look` is given."""

    pay: Pay | None = None
    agrees: bool = True
    away: bool = False
    fingers: tuple[FingerOf, ...] = (FingerOf.NOBODY,)
    faces: tuple[FaceOf, ...] = (FaceOf.NOBODY,)
    turn: int = -1
    seen: View | None = None
    since_ms: int = 0
    acted_ms: int | None = None
    typed: int = 0
    keeping: bool = False
    finger_down: bool = False
    finger_moved_ms: int | None = None

    @property
    def face(self) -> FaceOf:
        """Who stands before the camera at this attempt."""
        return self.faces[min(max(self.turn, 0), len(self.faces) - 1)]

    @property
    def finger(self) -> FingerOf:
        """Whose finger it is at this attempt."""
        return self.fingers[min(max(self.turn, 0), len(self.fingers) - 1)]


class Person:
    """One person. `told` says what they intend, `look` what they do about it."""

    def __init__(self) -> None:
        self._language: Language | None = None
        self._mind = _Mind()
        self._answers: Mapping[ScreenName, Callable[[View], Touch | None]] = {
            ScreenName.IDLE: self._idle,
            ScreenName.PAYEE_ENTRY: self._payee_entry,
            ScreenName.AMOUNT_ENTRY: self._amount_entry,
            ScreenName.REVIEW: self._review,
            ScreenName.SECOND_INSTRUCTION: self._second_instruction,
            ScreenName.OUTCOME: self._outcome,
        }

    @property
    def is_impostor(self) -> bool:
        """Whether it is another than the one whose terminal this is."""
        return self._mind.finger is FingerOf.IMPOSTOR

    def told(self, order: AnyOrder) -> None:
        """Take an intention."""
        match order:
            case Scene():
                self._mind = _Mind()
            case Stand():
                self._mind.fingers, self._mind.faces, self._mind.turn = order.fingers, order.faces, -1
                self._mind.away = False
            case Away():
                self._mind.away = True
            case Speak():
                self._language = order.language
            case Pay():
                self._mind.pay, self._mind.agrees = order, order.agrees

    def look(self, view: View, now_ms: int) -> list[Deed]:
        """What the person does now, in order."""
        if self._mind.away:
            return []
        seen = moment(view)
        if self._mind.seen is None or seen.screen is not self._mind.seen.screen:
            self._mind.typed = 0
        if seen != self._mind.seen:
            began = _begins_capture(self._mind.seen, seen)
            self._mind.seen, self._mind.since_ms, self._mind.acted_ms = seen, now_ms, None
            if began:
                return self._take_turn(now_ms)
        if self._mind.keeping and view.screen not in CAPTURES:
            return self._back()
        if view.screen in CAPTURES and view.capture is not None:
            return self._at_sensor(view.capture, view.language, now_ms)
        if self._mind.finger_down:
            return self._lift(now_ms)
        return self._at_screen(view, now_ms)

    # --- at the screen ---

    def _at_screen(self, view: View, now_ms: int) -> list[Deed]:
        answer = self._answers.get(view.screen)
        if answer is None:
            return []
        if self._mind.acted_ms is not None:
            waited = view.screen in ENTRIES and now_ms - self._mind.acted_ms >= READING_MS[view.screen]
            if not waited:
                return []
        typing = view.screen in ENTRIES and self._mind.typed
        if now_ms - self._mind.since_ms < (KEY_MS if typing else READING_MS[view.screen]):
            return []
        touch = answer(view)
        if touch is None:
            return []
        self._mind.acted_ms = now_ms
        return [Tap(touch)]

    def _idle(self, view: View) -> Touch | None:
        if self._language is not None and view.language != self._language:
            return _offered(view, ButtonId.LANGUAGE)
        return _offered(view, ButtonId.NEW_PAYMENT) if self._mind.pay is not None else None

    def _payee_entry(self, view: View) -> Touch | None:
        if self._mind.pay is None:
            return None
        if not self._mind.typed and any(choice.id == self._mind.pay.account for choice in view.choices):
            return Chosen(choice=self._mind.pay.account)
        return self._type(self._mind.pay.account, view)

    def _amount_entry(self, view: View) -> Touch | None:
        return None if self._mind.pay is None else self._type(self._mind.pay.amount, view)

    def _review(self, view: View) -> Touch | None:
        """What was wanted is asked for once."""
        wanted, self._mind.pay = self._mind.pay, None
        return None if wanted is None else _offered(view, ButtonId.PAY)

    def _second_instruction(self, view: View) -> Touch | None:
        return _offered(view, ButtonId.CONSENT if self._mind.agrees else ButtonId.STOP)

    def _outcome(self, view: View) -> Touch | None:
        return _offered(view, ButtonId.DONE)

    def _type(self, text: str, view: View) -> Touch | None:
        if self._mind.typed >= len(text):
            return _offered(view, ButtonId.NEXT)
        key = text[self._mind.typed]
        self._mind.typed += 1
        return Keyed(key=key)

    # --- at the sensors ---

    def _take_turn(self, now_ms: int) -> list[Deed]:
        """Whose turn it is at this attempt; the finger of the attempt before is lifted first."""
        self._mind.turn += 1
        deeds: list[Deed] = self._lift(now_ms) if self._mind.finger_down else []
        return [*deeds, *self._back(), Come(self._mind.face)]

    def _at_sensor(self, guide: CaptureGuide, language: str, now_ms: int) -> list[Deed]:
        if now_ms - self._mind.since_ms < REACTION_MS:
            return []
        asked = asked_by(guide.prompt, language)
        if isinstance(asked, Action):
            return self._move(asked, now_ms)
        if self._mind.keeping and asked is not FacePrompt.KEEP:
            return self._back()
        return self._touch_reader(asked, guide.progress, now_ms)

    def _move(self, asked: Action, now_ms: int) -> list[Deed]:
        """A photo moves nothing, and so does nobody."""
        if self._mind.face in (FaceOf.NOBODY, FaceOf.PHOTOGRAPH):
            return []
        if self._mind.acted_ms is not None and now_ms - self._mind.acted_ms < AGAIN_MS:
            return []
        again = self._mind.acted_ms is not None
        action = contrary(asked) if self._mind.face is FaceOf.CONTRARY else asked
        self._mind.acted_ms, self._mind.keeping = now_ms, action is not Action.BLINK
        return [Move(action, asked, SLOWLY if again else 1.0)]

    def _back(self) -> list[Deed]:
        keeping, self._mind.keeping = self._mind.keeping, False
        return [Back()] if keeping else []

    def _touch_reader(self, asked: Asked | None, progress: float | None, now_ms: int) -> list[Deed]:
        if asked not in (FingerPrompt.PLACE, FingerPrompt.LIFT):
            return []
        moved_ms = AGAIN_MS if self._mind.finger_moved_ms is None else now_ms - self._mind.finger_moved_ms
        if self._mind.finger_down:
            unread = progress is None and moved_ms >= FINGER_PATIENCE_MS
            to_lift = asked is FingerPrompt.LIFT and self._mind.acted_ms is None
            self._mind.acted_ms = now_ms
            return self._lift(now_ms) if unread or to_lift else []
        if self._mind.finger is FingerOf.NOBODY or moved_ms < FINGER_AWAY_MS:
            return []
        self._mind.acted_ms = self._mind.finger_moved_ms = now_ms
        self._mind.finger_down = True
        return [Place(self._mind.finger)]

    def _lift(self, now_ms: int) -> list[Deed]:
        self._mind.finger_down, self._mind.finger_moved_ms = False, now_ms
        return [Lift()]


def _begins_capture(before: View | None, now: View) -> bool:
    """Whether an attempt begins: the sensors are asked for, or asked for another time in other words."""
    if now.screen not in CAPTURES:
        return False
    return before is None or before.screen is not now.screen or before.message != now.message


def _offered(view: View, button: ButtonId) -> Touch | None:
    """The touch of a button that is there and enabled."""
    return Pressed(button=button) if any(one.id is button and one.enabled for one in view.buttons) else None
