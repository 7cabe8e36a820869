"""A terminal without window and sensors for the demo's people: the real session and presenter, on a test's clock."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from demo.people import CURRENCY, party_of
from demo.person import Deed, Person, Tap
from server_mqtt.contract.messages import (
    Action,
    FirstInstruction,
    FirstResult,
    Modality,
    Purpose,
    Role,
    SecondInstruction,
)
from server_mqtt.contract.reasons import Reason, Verdict
from terminal.presenter.present import present
from terminal.presenter.view import View
from terminal.session.commands import Command, Send
from terminal.session.events import (
    CaptureMoved,
    Event,
    InstructionReceived,
    LinkChanged,
    ModelsLoaded,
    Restored,
    SensorsFound,
    Touched,
)
from terminal.session.reducer import reduce
from terminal.session.state import Payee, Progress, SessionState, Settings

FRAME_MS = 33
PATIENCE_MS = 60_000


@dataclass
class Rehearsal:
    """One person at one terminal; `deeds` is what they did, with the time."""

    role: Role
    recents: tuple[Payee, ...] = ()
    person: Person = field(default_factory=Person)
    now_ms: int = 1_000
    deeds: list[tuple[int, Deed]] = field(default_factory=list)
    sent: list[Send] = field(default_factory=list)

    def __post_init__(self) -> None:
        party = party_of(self.role)
        settings = Settings(role=self.role, account=party.account, currency=CURRENCY, order=party.order)
        self.state = SessionState(settings=settings)
        for event in (
            Restored(payments=(), recents=self.recents),
            SensorsFound(working=frozenset(Modality)),
            ModelsLoaded(),
            LinkChanged(online=True),
        ):
            self.happens(event)

    @property
    def view(self) -> View:
        return present(self.state, self.now_ms)

    def happens(self, event: Event) -> tuple[Command, ...]:
        self.state, commands = reduce(self.state, event, self.now_ms)
        self.sent += [command for command in commands if isinstance(command, Send)]
        return commands

    def frame(self) -> None:
        """One look of the person; touches reach the session at once."""
        for deed in self.person.look(self.view, self.now_ms):
            self.deeds.append((self.now_ms, deed))
            if isinstance(deed, Tap):
                self.happens(Touched(touch=deed.touch, fresh_id=uuid.uuid4().hex))
        self.now_ms += FRAME_MS

    def rest(self, milliseconds: int) -> None:
        until_ms = self.now_ms + milliseconds
        while self.now_ms < until_ms:
            self.frame()

    def until(self, done: Callable[[], bool]) -> None:
        limit_ms = self.now_ms + PATIENCE_MS
        while not done():
            assert self.now_ms < limit_ms, f"still {self.view.screen.value} after a minute: {self.deeds}"
            self.frame()

    def did(self, kind: type[Deed]) -> list[Deed]:
        return [deed for _, deed in self.deeds if isinstance(deed, kind)]

    def asked_for_finger(self, *, attempt: int = 1, hint: str = "") -> FirstInstruction:
        """The server asks the payee, and the reader waits."""
        instruction = first_instruction(attempt=attempt)
        self.happens(InstructionReceived(instruction=instruction))
        self.reader_says(instruction, hint)
        return instruction

    def reader_says(self, instruction: FirstInstruction, hint: str, transfer: float | None = None) -> None:
        progress = Progress(modality=Modality.FINGERPRINT, hint=hint, transfer=transfer)
        self.happens(CaptureMoved(instruction_id=instruction.instruction_id, progress=progress))

    def camera_says(
        self, instruction: SecondInstruction, action: Action | None, step: int = 0, *, keep: bool = False
    ) -> None:
        steps = len(instruction.challenge)
        progress = Progress(modality=Modality.FACE, action=action, step=step, steps=steps, keep=keep)
        self.happens(CaptureMoved(instruction_id=instruction.instruction_id, progress=progress))


def first_instruction(*, attempt: int = 1) -> FirstInstruction:
    payer, payee = party_of(Role.PAYER), party_of(Role.PAYEE)
    return FirstInstruction(
        payment_id="a" * 32,
        instruction_id=f"{attempt:032x}",
        nonce=bytes(16),
        amount_minor=1_250,
        currency=CURRENCY,
        payer_name=payer.name,
        payee_account=payee.account,
        payee_name=payee.name,
        modalities=(Modality.FINGERPRINT,),
        all_modalities=False,
        challenge=(),
        preset_time_ms=30_000,
        attempt=attempt,
        attempts=2,
        previous_reason=Reason.NOT_RECOGNISED if attempt > 1 else None,
        purpose=Purpose.PAYMENT,
    )


def second_instruction(payment_id: str, *, attempt: int = 1) -> SecondInstruction:
    payer, payee = party_of(Role.PAYER), party_of(Role.PAYEE)
    return SecondInstruction(
        payment_id=payment_id,
        instruction_id=f"{attempt + 16:032x}",
        nonce=bytes(16),
        amount_minor=1_250,
        currency=CURRENCY,
        payer_name=payer.name,
        payee_account=payee.account,
        payee_name=payee.name,
        modalities=(Modality.FACE,),
        all_modalities=False,
        challenge=(Action.BLINK, Action.TURN_LEFT, Action.BLINK),
        preset_time_ms=45_000,
        attempt=attempt,
        attempts=2,
        previous_reason=Reason.LIVENESS_FAILED if attempt > 1 else None,
        first_result=FirstResult(verdict=Verdict.VERIFIED, modality=Modality.FINGERPRINT),
    )
