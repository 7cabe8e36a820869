"""What a screen shows, as plain values: screens draw a `View` and send back what was touched. Pure.

All texts are ready to draw: worded, localised, made safe. A screen decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ScreenName(StrEnum):
    """One screen a step; the names of the payment's steps where there is one."""

    STARTING = "starting"
    OUT_OF_SERVICE = "out_of_service"
    IDLE = "idle"
    PAYEE_ENTRY = "payee_entry"
    AMOUNT_ENTRY = "amount_entry"
    REVIEW = "review"
    PAYER_REQUEST = "payer_request"
    FIRST_INSTRUCTION = "first_instruction"
    PAYEE_CAPTURE = "payee_capture"
    FIRST_VERIFICATION = "first_verification"
    FIRST_RESULT = "first_result"
    SECOND_INSTRUCTION = "second_instruction"
    PAYER_CAPTURE = "payer_capture"
    SECOND_VERIFICATION = "second_verification"
    OUTCOME = "outcome"
    CHECKING = "checking"


class Tone(StrEnum):
    """What the screen's colour and sign say; never the colour alone."""

    NEUTRAL = "neutral"
    WORKING = "working"
    GOOD = "good"
    WAITING = "waiting"
    WARNING = "warning"
    BAD = "bad"


class ButtonId(StrEnum):
    """Everything a finger can press."""

    NEW_PAYMENT = "new_payment"
    NEXT = "next"
    BACK = "back"
    PAY = "pay"
    CONSENT = "consent"
    STOP = "stop"
    REFUSE = "refuse"
    DONE = "done"
    RETRY = "retry"
    LANGUAGE = "language"


class ButtonKind(StrEnum):
    """How much a button asks to be pressed."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One button; disabled ones are drawn, and say nothing when touched."""

    id: ButtonId
    text: str
    kind: ButtonKind = ButtonKind.PRIMARY
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Keypad:
    """A keypad and what was keyed so far. `keys` row by row, "<" deletes."""

    entered: str
    caption: str
    keys: tuple[tuple[str, ...], ...]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One row of a list to pick from (a recent payee)."""

    id: str
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled fact: "To", "Corner Bakery"."""

    label: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Countdown:
    """The preset time as the terminal counts it: from receipt, on its own monotonic clock."""

    total_ms: int
    ends_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureGuide:
    """A capture in progress: the one thing to do next, and how far it is."""

    prompt: str
    hint: str = ""
    steps_done: int = 0
    steps: int = 0
    preview: bool = False
    progress: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One screen, whole. Equal views look the same, but for the countdown's hand."""

    screen: ScreenName
    title: str
    tone: Tone = Tone.NEUTRAL
    amount: str = ""
    rows: tuple[Row, ...] = ()
    message: str = ""
    detail: str = ""
    buttons: tuple[Button, ...] = ()
    keypad: Keypad | None = None
    choices: tuple[Choice, ...] = ()
    countdown: Countdown | None = None
    capture: CaptureGuide | None = None
    status_line: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button was pressed."""

    button: ButtonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """A key of the keypad was pressed."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A row of a list was picked."""

    choice: str


Touch = Pressed | Keyed | Chosen
