"""One terminal's session, fed by hand: the server's words, the sensors' news, fingers and time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from server_mqtt.contract.messages import (
    Action,
    CaptureOutcome,
    FirstInstruction,
    FirstResult,
    Hold,
    Modality,
    PayerRequest,
    PaymentState,
    PaymentStatus,
    Purpose,
    ReplyStatus,
    Role,
    SealedProbe,
    SecondInstruction,
)
from server_mqtt.contract.reasons import Reason, Verdict
from terminal.presenter.present import present
from terminal.presenter.view import ButtonId, Keyed, Pressed, ScreenName, Touch, View
from terminal.session.commands import Command, Send
from terminal.session.events import (
    CaptureEnded,
    Event,
    InstructionReceived,
    LinkChanged,
    ModelsLoaded,
    Replied,
    Restored,
    SensorsFound,
    StatusReceived,
    Ticked,
    Touched,
)
from terminal.session.limits import LEAVE_AFTER_MS
from terminal.session.reducer import reduce
from terminal.session.state import AnyInstruction, Entry, Payee, SessionState, Settings, Step

PAYER_ACCOUNT = "10002288"
PAYEE_ACCOUNT = "20004471"
BAKERY = "Corner Bakery"
ADA = "Ada Price"
BOTH = frozenset(Modality)
VERIFIED = FirstResult(verdict=Verdict.VERIFIED, modality=Modality.FINGERPRINT)
IMPOSTOR = FirstResult(verdict=Verdict.NOT_VERIFIED, reason=Reason.NOT_RECOGNISED)
NOBODY = FirstResult(verdict=Verdict.NOT_VERIFIED, reason=Reason.TIMED_OUT)
DAY_MS = 86_400_000
HOLD = Hold(reason=Reason.PAYEE_NOT_VERIFIED, expires_in_ms=DAY_MS)
PROBE = SealedProbe(key_id="k", ciphertext=b"sealed")
PRESET_MS = 30_000

Body = TypeVar("Body")


def ident(number: int) -> str:
    """An id of the contract."""
    return f"{number:032x}"


def asked(number: int, **changed: Any) -> dict[str, Any]:
    """What both instructions share; payment 1, instruction `number`."""
    values: dict[str, Any] = {
        "payment_id": ident(1),
        "instruction_id": ident(100 + number),
        "nonce": number.to_bytes(16, "big"),
        "amount_minor": 1250,
        "currency": "EUR",
        "payer_name": ADA,
        "payee_account": PAYEE_ACCOUNT,
        "payee_name": BAKERY,
        "modalities": (Modality.FACE, Modality.FINGERPRINT),
        "all_modalities": False,
        "challenge": (Action.TURN_LEFT, Action.BLINK),
        "preset_time_ms": PRESET_MS,
        "attempt": number,
        "attempts": 3,
    }
    return values | changed


def first(number: int = 1, purpose: Purpose = Purpose.PAYMENT, **changed: Any) -> FirstInstruction:
    """The first instruction of the payment's `number`-th attempt."""
    return FirstInstruction(**asked(number, **changed), purpose=purpose)


def release(number: int, **changed: Any) -> FirstInstruction:
    """A first instruction for money that is held; its attempts count anew."""
    return first(number, Purpose.RELEASE, **{"attempt": 1, **changed})


def second(
    number: int = 1, result: FirstResult = VERIFIED, hold: Hold | None = None, **changed: Any
) -> SecondInstruction:
    """The second instruction of the payment's `number`-th attempt."""
    return SecondInstruction(**asked(number, **changed), first_result=result, hold=hold)


def status(
    state: PaymentState, revision: int, role: Role, *, reason: Reason | None = None, **changed: Any
) -> PaymentStatus:
    """How payment 1 stands."""
    values: dict[str, Any] = {
        "payment_id": ident(1),
        "amount_minor": 1250,
        "currency": "EUR",
        "payer_name": ADA,
        "payee_name": BAKERY,
        "payee_account": PAYEE_ACCOUNT,
        "hold": HOLD if state is PaymentState.HELD else None,
    }
    return PaymentStatus(revision=revision, role=role, state=state, reason=reason, **(values | changed))


def settings(role: Role, **changed: Any) -> Settings:
    """A terminal of the bakery, or of Ada."""
    values: dict[str, Any] = {
        "role": role,
        "account": PAYER_ACCOUNT if role is Role.PAYER else PAYEE_ACCOUNT,
        "currency": "EUR",
        "order": (Modality.FACE, Modality.FINGERPRINT),
    }
    return Settings(**(values | changed))


@dataclass
class Counter:
    """A session and what it asked for so far. `role` says whose terminal it is."""

    role: Role
    now_ms: int = 1_000_000
    state: SessionState = field(init=False)
    commands: list[Command] = field(default_factory=list)
    last: tuple[Command, ...] = ()

    def __post_init__(self) -> None:
        self.state = SessionState(settings=settings(self.role))

    def step(self) -> Step:
        """Where it is."""
        return self.state.step

    @property
    def view(self) -> View:
        """What it shows."""
        return present(self.state, self.now_ms)

    def screen(self) -> ScreenName:
        """Which screen that is."""
        return self.view.screen

    @property
    def entry(self) -> Entry:
        """What it knows of payment 1."""
        return next(entry for entry in self.state.book if entry.payment_id == ident(1))

    def feed(self, *events: Event) -> Counter:
        """Let these happen, one after the other, now."""
        for event in events:
            self.state, self.last = reduce(self.state, event, self.now_ms)
            self.commands += self.last
        return self

    def start(self, *payments: Entry, recents: tuple[Payee, ...] = (), online: bool = True) -> Counter:
        """Everything that a start needs, in the order in which the engine has it."""
        self.feed(Restored(payments=payments, recents=recents), LinkChanged(online=online))
        return self.feed(SensorsFound(working=BOTH), ModelsLoaded())

    def wait(self, milliseconds: int) -> Counter:
        """Let time go by, and one tick notice it."""
        self.now_ms += milliseconds
        return self.feed(Ticked())

    def touch(self, touch: Touch) -> Counter:
        """A finger; half a second later than whatever was before it."""
        self.now_ms += 500
        return self.feed(Touched(touch=touch, fresh_id=ident(len(self.sent(PayerRequest)) + 1)))

    def press(self, button: ButtonId) -> Counter:
        """A button that is on the screen and enabled."""
        on_screen = {one.id for one in self.view.buttons if one.enabled}
        assert button in on_screen, f"{button} is not among {sorted(on_screen)} of {self.view.screen}"
        return self.touch(Pressed(button=button))

    def key(self, keys: str) -> Counter:
        """Keys of the keypad."""
        for key in keys:
            assert self.view.keypad is not None
            assert any(key in row for row in self.view.keypad.keys)
            self.touch(Keyed(key=key))
        return self

    def instruct(self, instruction: AnyInstruction) -> Counter:
        """The server asks."""
        return self.feed(InstructionReceived(instruction=instruction))

    def hear(self, state: PaymentState, revision: int, *, reason: Reason | None = None, **changed: Any) -> Counter:
        """The server says how payment 1 stands."""
        return self.feed(StatusReceived(status=status(state, revision, self.role, reason=reason, **changed)))

    def reply(self, kind: str, reply: ReplyStatus, reason: Reason | None = None, payment: int = 1) -> Counter:
        """The server's reply to a message about a payment."""
        return self.feed(Replied(kind=kind, payment_id=ident(payment), status=reply, reason=reason))

    def captured(self, number: int, outcome: CaptureOutcome | None = CaptureOutcome.CAPTURED) -> Counter:
        """The capture of instruction `number` ends."""
        probes = (PROBE,) if outcome is CaptureOutcome.CAPTURED else ()
        return self.feed(CaptureEnded(instruction_id=ident(100 + number), outcome=outcome, probes=probes))

    def sent(self, body: type[Body]) -> list[Body]:
        """All messages of one kind, so far."""
        return [one.body for one in self.commands if isinstance(one, Send) and isinstance(one.body, body)]

    def ask(self, account: str = PAYEE_ACCOUNT, amount: str = "12.50") -> Counter:
        """Ada asks for a payment; its id is `ident(1)` when it is her first."""
        self.press(ButtonId.NEW_PAYMENT).key(account).press(ButtonId.NEXT).key(amount).press(ButtonId.NEXT)
        return self.press(ButtonId.PAY)


def left_open() -> Counter:
    """A payer's terminal at rest whose payment 1 is still open: it was restarted, and nobody waited for the check."""
    book = Counter(Role.PAYER).start().ask().state.book
    return Counter(Role.PAYER).start(*book).wait(LEAVE_AFTER_MS).press(ButtonId.DONE)
