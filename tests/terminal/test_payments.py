"""Whole payments at one counter: real screens' views, real sensors' drivers, a real broker, a scripted server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.camera.puppet import Puppet
from firmware_bridge.r503.pty_emulator import PtyEmulator
from models.comparison.fingerprint import finger_score
from server_mqtt.contract.limits import HOLD_STEP_MS
from server_mqtt.contract.messages import (
    Action,
    CaptureOutcome,
    Consent,
    Instruction,
    Modality,
    PayeeCapture,
    PayeeRefusal,
    PayerCapture,
    PayerRequest,
    PayerStop,
    PaymentState,
    Probe,
    Purpose,
    Role,
    SealedProbe,
)
from server_mqtt.contract.reasons import Reason, Verdict
from server_mqtt.contract.sealing import capture_context, open_sealed
from server_mqtt.verification.evidence import check_liveness
from server_mqtt.verification.finding import Asked
from server_mqtt.verification.policy import Policy
from terminal.presenter.view import ButtonId, ScreenName
from terminal.session.state import Capturing, Verifying
from tests.portrait import portrait, portrait_mesh
from tests.private_broker import PrivateBroker
from tests.terminal.counter import PAYEE, PAYER, Counter, write_config
from tests.terminal.devices.bench import networks
from tests.terminal.emulated import Hand, Stage, camera_on
from tests.terminal.messages import (
    AMOUNT_MINOR,
    PAYEE_ACCOUNT,
    PAYEE_NAME,
    PAYER_ACCOUNT,
    first_instruction,
    new_id,
    second_instruction,
    status,
)
from tests.terminal.server_end import ServerEnd
from tests.thresholds import FINGER_SCORE_MIN

pytestmark = [pytest.mark.broker, pytest.mark.models]

FINGER_ONLY = (Modality.FINGERPRINT,)
FACE_ONLY = (Modality.FACE,)


@pytest.fixture
def emulator() -> Iterator[PtyEmulator]:
    with PtyEmulator() as emulator:
        yield emulator


@pytest.fixture
def payee(tmp_path: Path, broker: PrivateBroker, server: ServerEnd, emulator: PtyEmulator) -> Iterator[Counter]:
    """A payee's terminal with a fingerprint reader."""
    with Counter(write_config(tmp_path / "payee", broker, server, PAYEE, reader=emulator.path)) as counter:
        counter.until_ready()
        yield counter


@pytest.fixture
def stage() -> Stage:
    return Stage(Puppet(portrait(), portrait_mesh()))


@pytest.fixture
def payer(tmp_path: Path, broker: PrivateBroker, server: ServerEnd, stage: Stage) -> Iterator[Counter]:
    """A payer's terminal with a camera."""
    with Counter(write_config(tmp_path / "payer", broker, server, PAYER), camera=camera_on(stage)) as counter:
        counter.until_ready()
        yield counter


def opened(server: ServerEnd, sealed: tuple[SealedProbe, ...], to: Instruction, device: str, role: Role) -> list[Probe]:
    context = capture_context(to.payment_id, to.nonce, device, role)
    return [open_sealed(server.sealing, one, context) for one in sealed]


def asked_by(instruction: Instruction) -> Asked:
    """What the server measures the answer by, under its default policy."""
    policy = Policy()
    return Asked(
        modalities=instruction.modalities,
        all_modalities=instruction.all_modalities,
        challenge=instruction.challenge,
        holds_ms=instruction.holds_ms,
        preset_time_ms=instruction.preset_time_ms,
        least_score=policy.liveness_least_score,
        largest_spread=policy.liveness_largest_spread,
    )


def perform(counter: Counter, stage: Stage) -> None:
    """The person does as the screen says, until there is nothing more to do."""

    def done() -> bool:
        step = counter.state.step
        if isinstance(step, Capturing):
            stage.ask(step.progress.action, step.progress.step)
        return isinstance(step, Verifying)

    counter.until(done, "the end of the capture")


def test_the_payee_is_verified_and_paid(payee: Counter, server: ServerEnd, emulator: PtyEmulator) -> None:
    hand = Hand(emulator, seed=11)
    instruction = first_instruction(modalities=FINGER_ONLY)
    server.say(PAYEE, instruction)
    assert payee.until_screen(ScreenName.PAYEE_CAPTURE).countdown is not None
    with hand.tapping():
        answer = server.expect(PayeeCapture)
    assert (answer.outcome, answer.nonce) == (CaptureOutcome.CAPTURED, instruction.nonce)
    (probe,) = opened(server, answer.probes, instruction, PAYEE, Role.PAYEE)
    reference = networks().extractor.run(hand._finger.impression(50), 508)
    assert finger_score([reference.record], probe.template) >= FINGER_SCORE_MIN

    payment = instruction.payment_id
    server.say(PAYEE, status(payment, Role.PAYEE, PaymentState.AWAITING_PAYER, 2))
    payee.until_screen(ScreenName.FIRST_RESULT)
    server.expect_ack(server.say(PAYEE, status(payment, Role.PAYEE, PaymentState.SETTLED, 3)))
    payee.until_screen(ScreenName.OUTCOME)
    payee.press(ButtonId.DONE)
    payee.until_screen(ScreenName.IDLE)


def test_the_payer_asks_agrees_and_is_verified(payer: Counter, server: ServerEnd, stage: Stage) -> None:
    payer.ask_to_pay("12.50")
    request = server.expect(PayerRequest)
    assert (request.payer_account, request.payee_account) == (PAYER_ACCOUNT, PAYEE_ACCOUNT)
    assert (request.amount_minor, request.currency) == (AMOUNT_MINOR, "EUR")
    payer.until_screen(ScreenName.FIRST_INSTRUCTION)

    instruction = second_instruction(request.payment_id, modalities=FACE_ONLY)
    server.say(PAYER, instruction)
    payer.until_screen(ScreenName.SECOND_INSTRUCTION)
    assert server.all_of(PayerCapture) == []
    payer.press_until(ButtonId.CONSENT, Capturing)
    payer.until(lambda: payer.engine.snapshot().preview is not None, "the camera's picture")
    perform(payer, stage)
    assert payer.engine.snapshot().preview is None

    answer = server.expect(PayerCapture)
    assert answer.outcome is CaptureOutcome.CAPTURED
    assert answer.consent == Consent(
        payee_account=PAYEE_ACCOUNT,
        payee_name=PAYEE_NAME,
        amount_minor=AMOUNT_MINOR,
        currency="EUR",
        first_verdict=Verdict.VERIFIED,
        held=False,
    )
    (probe,) = opened(server, answer.probes, instruction, PAYER, Role.PAYER)
    assert probe.liveness is not None
    assert tuple(step.action for step in probe.liveness.steps) == instruction.challenge
    server.say(PAYER, status(request.payment_id, Role.PAYER, PaymentState.SETTLED, 5))
    payer.until_screen(ScreenName.OUTCOME)


def test_the_payer_stops_at_the_camera(payer: Counter, server: ServerEnd) -> None:
    payer.ask_to_pay("12.50")
    request = server.expect(PayerRequest)
    server.say(PAYER, second_instruction(request.payment_id, modalities=FACE_ONLY))
    payer.until_screen(ScreenName.SECOND_INSTRUCTION)
    payer.press_until(ButtonId.CONSENT, Capturing)
    payer.until(lambda: payer.engine.snapshot().preview is not None, "the camera's picture")
    payer.press(ButtonId.STOP)
    assert server.expect(PayerStop).payment_id == request.payment_id
    payer.until_screen(ScreenName.CHECKING)
    payer.until(lambda: payer.engine._parts.worker.preview is None, "the camera's end")
    declined = status(request.payment_id, Role.PAYER, PaymentState.DECLINED, 2, reason=Reason.PAYER_STOPPED)
    server.expect_ack(server.say(PAYER, declined))
    payer.until_screen(ScreenName.OUTCOME)
    # Whether the first action was done by then is the camera's and the machine's affair: then it is a failed attempt.
    assert all(
        (answer.outcome, answer.probes) == (CaptureOutcome.LIVENESS_FAILED, ())
        for answer in server.all_of(PayerCapture)
    )


def test_the_payee_refuses(payee: Counter, server: ServerEnd, emulator: PtyEmulator) -> None:
    instruction = first_instruction(modalities=FINGER_ONLY)
    server.say(PAYEE, instruction)
    payee.until_screen(ScreenName.PAYEE_CAPTURE)
    payee.press(ButtonId.REFUSE)
    assert server.expect(PayeeRefusal).payment_id == instruction.payment_id
    with Hand(emulator, seed=11).tapping():  # too late: nobody waits for a finger any more
        server.say(PAYEE, status(instruction.payment_id, Role.PAYEE, PaymentState.DECLINED, 2))
        payee.until_screen(ScreenName.OUTCOME)
    assert server.all_of(PayeeCapture) == []


def test_another_attempt_is_another_capture(payee: Counter, server: ServerEnd, emulator: PtyEmulator) -> None:
    payment = new_id()
    with Hand(emulator, seed=11).tapping():
        server.say(PAYEE, first_instruction(payment, modalities=FINGER_ONLY))
        first = server.expect(PayeeCapture)
        again = first_instruction(payment, modalities=FINGER_ONLY, attempt=2, previous_reason=Reason.NOT_RECOGNISED)
        server.say(PAYEE, again)
        second = server.expect(PayeeCapture)
    assert second.nonce == again.nonce != first.nonce
    (first_probe,) = opened(server, first.probes, first_instruction(payment, nonce=first.nonce), PAYEE, Role.PAYEE)
    (second_probe,) = opened(server, second.probes, again, PAYEE, Role.PAYEE)
    assert first_probe.template != second_probe.template


def test_money_that_is_held_is_fetched(payee: Counter, server: ServerEnd, emulator: PtyEmulator) -> None:
    payment = new_id()
    server.expect_ack(server.say(PAYEE, status(payment, Role.PAYEE, PaymentState.HELD)))
    payee.until_screen(ScreenName.OUTCOME)
    server.say(PAYEE, first_instruction(payment, modalities=FINGER_ONLY, purpose=Purpose.RELEASE))
    payee.until_screen(ScreenName.PAYEE_CAPTURE)
    with Hand(emulator, seed=11).tapping():
        assert server.expect(PayeeCapture).outcome is CaptureOutcome.CAPTURED
    server.say(PAYEE, status(payment, Role.PAYEE, PaymentState.RELEASED, 2))
    payee.until(lambda: payee.view.screen is ScreenName.OUTCOME and payee.state.book[0].over, "the money")


def test_an_answer_made_while_the_link_was_away_arrives(
    payee: Counter, server: ServerEnd, emulator: PtyEmulator, broker: PrivateBroker
) -> None:
    server.say(PAYEE, first_instruction(modalities=FINGER_ONLY))
    payee.until_screen(ScreenName.PAYEE_CAPTURE)
    broker.kill()
    payee.until(lambda: not payee.state.health.online, "the loss of the link")
    with Hand(emulator, seed=11).tapping():
        payee.until_screen(ScreenName.FIRST_VERIFICATION)
    assert payee.waiting == 1
    broker.start()
    assert server.expect(PayeeCapture).outcome is CaptureOutcome.CAPTURED
    payee.until(lambda: payee.waiting == 0, "an empty outbox")


def test_what_the_server_says_of_another_payment_does_not_disturb(
    payer: Counter, server: ServerEnd, stage: Stage
) -> None:
    """The terms differ from what was asked for: the terminal stops the payment itself."""
    payer.ask_to_pay("12.50")
    request = server.expect(PayerRequest)
    server.say(PAYER, second_instruction(request.payment_id, amount_minor=AMOUNT_MINOR * 100))
    assert server.expect(PayerStop).payment_id == request.payment_id
    payer.until_screen(ScreenName.CHECKING)


def test_the_challenge_is_the_instructions_own(payer: Counter, server: ServerEnd, stage: Stage) -> None:
    challenge = (Action.OPEN_MOUTH, Action.TURN_RIGHT, Action.BLINK)
    payer.ask_to_pay("12.50")
    request = server.expect(PayerRequest)
    holds_ms = (1_500, 0, 0)
    instruction = second_instruction(request.payment_id, modalities=FACE_ONLY, challenge=challenge, holds_ms=holds_ms)
    server.say(PAYER, instruction)
    payer.until_screen(ScreenName.SECOND_INSTRUCTION)
    payer.press_until(ButtonId.CONSENT, Capturing)
    perform(payer, stage)
    (probe,) = opened(server, server.expect(PayerCapture).probes, instruction, PAYER, Role.PAYER)
    assert probe.liveness is not None
    assert check_liveness(asked_by(instruction), [probe]) is None
    assert tuple(step.held_ms // HOLD_STEP_MS for step in probe.liveness.steps) == (1, 0, 0)
