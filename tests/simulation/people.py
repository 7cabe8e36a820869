"""Simulated people at the terminals: they touch what the screen offers, and stand at the sensor: the right one, an
impostor, or nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from server_mqtt.contract.messages import (
    Action,
    CaptureOutcome,
    LivenessEvidence,
    Modality,
    Probe,
    Role,
    SealedProbe,
    StepEvidence,
)
from server_mqtt.contract.passive import PassiveEvidence
from terminal.presenter.view import ButtonId, Keyed, Pressed, Touch
from terminal.session.commands import StartCapture
from terminal.session.events import CaptureEnded, Event, Touched
from terminal.session.limits import LEAVE_AFTER_MS
from terminal.session.state import (
    AwaitingPayee,
    AwaitingPayer,
    Capturing,
    Checking,
    Consenting,
    Idle,
    Outcome,
    Requesting,
    SessionState,
    Settings,
    Verifying,
    payments_of,
)
from tests.simulation.chance import Chance
from tests.simulation.checks import Checks, Wish
from tests.simulation.clockwork import Clockwork
from tests.simulation.keys import seal
from tests.simulation.trace import Trace

ACTION_MS: Final = 300
FRAMES: Final = 100
THINKING_MS: Final = (500, 6_000)
CAPTURE_MS: Final = (300, 7_000)
AT_THE_LAST_MOMENT: Final = 0.15
"""How often a capture ends when its time does: the answer races the deadline, and that of a hold its expiry."""

WANTS_LONGER: Final = 0.3
"""How often somebody who reads how a payment stands asks for it to be held for longer, held or not, payer or not."""

LAST_MOMENT_MS: Final = (0, 600)


class TerminalPort(Protocol):
    """What people have to do with."""

    settings: Settings
    device: str
    life: int
    alive: bool

    @property
    def state(self) -> SessionState: ...

    def take(self, event: Event) -> None: ...

    def extend(self, payment_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Habit:
    """What somebody does at a step, how likely, and when."""

    button: ButtonId
    likely: float
    within_ms: tuple[int, int] = THINKING_MS


HABITS: Final[dict[type, tuple[Habit, ...]]] = {
    Requesting: (Habit(ButtonId.STOP, 0.03),),
    AwaitingPayee: (Habit(ButtonId.STOP, 0.04),),
    Consenting: (Habit(ButtonId.STOP, 0.07), Habit(ButtonId.CONSENT, 0.93), Habit(ButtonId.CONSENT, 0.2)),
    Capturing: (Habit(ButtonId.STOP, 0.03), Habit(ButtonId.REFUSE, 0.05)),
    Checking: (Habit(ButtonId.STOP, 0.3), Habit(ButtonId.DONE, 1, (LEAVE_AFTER_MS, 2 * LEAVE_AFTER_MS))),
    Verifying: (Habit(ButtonId.DONE, 1, (LEAVE_AFTER_MS, 2 * LEAVE_AFTER_MS)),),
    AwaitingPayer: (Habit(ButtonId.DONE, 0.6),),
    Outcome: (Habit(ButtonId.DONE, 0.9),),
}
"""A button that a screen does not have does nothing."""


class People:
    """Everybody at all the counters of one world. `wishes`: what is still to be paid, by device."""

    def __init__(self, clockwork: Clockwork, chance: Chance, checks: Checks, trace: Trace) -> None:
        self._clockwork, self._chance, self._checks, self._trace = clockwork, chance, checks, trace
        self.wishes: dict[str, list[Wish]] = {}
        self._seen: dict[str, tuple[int, str, object]] = {}
        self._captures = 0
        self._shown: dict[str, list[bytes]] = {}

    # --- touches ---

    def look(self, terminal: TerminalPort) -> None:
        """The screen may show something new: people make up their minds."""
        step = terminal.state.step
        about = step.instruction.instruction_id if isinstance(step, Consenting | Capturing) else payments_of(step)
        seen = (terminal.life, type(step).__name__, about)
        if self._seen.get(terminal.device) == seen:
            return
        self._seen[terminal.device] = seen
        if isinstance(step, Idle):
            self._perhaps_pay_later(terminal)
        if isinstance(step, Outcome) and self._chance.happens(WANTS_LONGER):
            self._extend_later(terminal, step.payment_id)
        for habit in HABITS.get(type(step), ()):
            if self._chance.happens(habit.likely):
                self._touch_later(terminal, habit, seen)

    def _touch_later(self, terminal: TerminalPort, habit: Habit, seen: object) -> None:
        def touch() -> None:
            if terminal.alive and self._seen.get(terminal.device) == seen:
                self._press(terminal, habit.button)

        self._clockwork.after(self._chance.between(*habit.within_ms), touch)

    def _press(self, terminal: TerminalPort, button: ButtonId) -> None:
        step = terminal.state.step
        if isinstance(step, Consenting) and button is ButtonId.CONSENT:
            self._checks.consented(step.instruction)
        self._touch(terminal, Pressed(button=button))

    def _touch(self, terminal: TerminalPort, touch: Touch) -> None:
        terminal.take(Touched(touch=touch, fresh_id=self._chance.new_id()))

    def _extend_later(self, terminal: TerminalPort, payment_id: str) -> None:
        """Whether the money is held, and may be held for longer, is the server's to say."""

        def extend() -> None:
            if terminal.alive:
                self._checks.wants_longer(payment_id)
                terminal.extend(payment_id)

        self._clockwork.after(self._chance.between(*THINKING_MS), extend)

    # --- payments ---

    def _perhaps_pay_later(self, terminal: TerminalPort) -> None:
        if terminal.settings.role is Role.PAYER and self.wishes.get(terminal.device):
            life = terminal.life
            self._clockwork.after(self._chance.between(*THINKING_MS), lambda: self._pay(terminal, life))

    def _pay(self, terminal: TerminalPort, life: int) -> None:
        """Keys one wish in, and confirms it twice, as nervous people do."""
        wishes = self.wishes.get(terminal.device, [])
        if terminal.life != life or not terminal.alive or not wishes or not isinstance(terminal.state.step, Idle):
            return
        wish = wishes[0]
        touches: list[Touch] = [
            Pressed(button=ButtonId.NEW_PAYMENT),
            *(Keyed(key=key) for key in wish.payee_account),
            Pressed(button=ButtonId.NEXT),
            *(Keyed(key=key) for key in wish.keyed),
            Pressed(button=ButtonId.NEXT),
        ]
        for touch in touches:
            self._touch(terminal, touch)
        for _ in range(2):
            confirmed = self._chance.new_id()
            self._checks.wished(confirmed, terminal.settings.account, wish)
            terminal.take(Touched(touch=Pressed(button=ButtonId.PAY), fresh_id=confirmed))
            if any(entry.payment_id == confirmed for entry in terminal.state.book):
                self._trace.note(terminal.device, f"asks to pay {wish.amount_minor} to {wish.payee_account}", confirmed)
                wishes.pop(0)
        if wishes and wish is wishes[0]:
            self._touch(terminal, Pressed(button=ButtonId.BACK))
            self._touch(terminal, Pressed(button=ButtonId.BACK))
            self._touch(terminal, Pressed(button=ButtonId.BACK))
            self._clockwork.after(THINKING_MS[1], lambda: self._pay(terminal, terminal.life))

    # --- captures ---

    def stand(self, terminal: TerminalPort, command: StartCapture) -> None:
        """Somebody, or nobody, stands at the sensor; what comes of it is known a little later."""
        outcome, probes = self._capture(terminal.settings.account, command)
        ended = CaptureEnded(instruction_id=command.instruction.instruction_id, outcome=outcome, probes=probes)
        life = terminal.life

        def end() -> None:
            if terminal.life == life:
                terminal.take(ended)

        whole_ms = command.instruction.preset_time_ms
        delay_ms = whole_ms if outcome is None else self._chance.between(*CAPTURE_MS)
        if outcome is not None and self._chance.happens(AT_THE_LAST_MOMENT):
            delay_ms = whole_ms - self._chance.between(*LAST_MOMENT_MS)
        self._clockwork.after(delay_ms, end)

    def _capture(self, account: str, command: StartCapture) -> tuple[CaptureOutcome | None, tuple[SealedProbe, ...]]:
        drawn = self._chance.dice.random()
        if drawn < 0.76:
            return CaptureOutcome.CAPTURED, self._probes(command, lambda: self._fresh(account))
        if drawn < 0.86:
            return CaptureOutcome.CAPTURED, self._probes(command, lambda: self._fresh("impostor"))
        if drawn < 0.90:
            return CaptureOutcome.CAPTURED, self._probes(command, lambda: self._old(account))
        if drawn < 0.94:
            return None, ()
        return self._chance.dice.choice(_NOTHING), ()

    def _probes(self, command: StartCapture, template: Callable[[], bytes]) -> tuple[SealedProbe, ...]:
        challenge = command.instruction.challenge
        return tuple(
            seal(
                Probe(
                    modality=modality,
                    template=template(),
                    samples=1,
                    model_hash="",
                    liveness=_performed(challenge if modality is Modality.FACE else ()),
                )
            )
            for modality in command.modalities
        )

    def _fresh(self, person: str) -> bytes:
        self._captures += 1
        template = f"{person}/{self._captures}".encode()
        self._shown.setdefault(person, []).append(template)
        return template

    def _old(self, person: str) -> bytes:
        """A recording of somebody who was captured before."""
        recorded = self._shown.get(person)
        return self._chance.dice.choice(recorded) if recorded else self._fresh("impostor")


_NOTHING: Final = (CaptureOutcome.NOT_CAPTURED, CaptureOutcome.LIVENESS_FAILED, CaptureOutcome.SENSOR_FAILED)


def _performed(challenge: Sequence[Action]) -> LivenessEvidence:
    steps = tuple(
        StepEvidence(action=action, start_ms=number * ACTION_MS, end_ms=(number + 1) * ACTION_MS)
        for number, action in enumerate(challenge)
    )
    passive = PassiveEvidence(score=0.9)
    return LivenessEvidence(steps=steps, frames=FRAMES, elapsed_ms=len(steps) * ACTION_MS, passive=passive)
