"""A finger on a real driver and an emulated reader, through the minutiae network, to a probe only the server reads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.contract import Light
from firmware_bridge.finger_synthesis.artefacts import reactivated
from firmware_bridge.r503.lights import AURAS
from firmware_bridge.r503.pty_emulator import PtyEmulator
from firmware_bridge.r503.reader import R503Reader
from models.comparison.fingerprint import finger_score
from models.fingerprint.cues import watch as watch_module
from models.fingerprint.quality import FingerHint
from server_mqtt.contract.messages import CaptureOutcome, Modality, Role
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.sealing import SealError, capture_context, open_sealed
from server_mqtt.verification.evidence import check_liveness
from server_mqtt.verification.finding import Asked
from server_mqtt.verification.policy import Policy
from terminal.devices import sensors as sensors_module
from terminal.devices.finger_capture import KEEP, LIFT, WAITING
from terminal.devices.sensors import Sensors
from terminal.session.events import CaptureEnded
from tests.terminal.devices.bench import DEVICE, Bench, networks
from tests.terminal.emulated import Hand, reader_at
from tests.terminal.messages import first_instruction
from tests.terminal.server_end import PATIENCE_S
from tests.thresholds import FINGER_SCORE_MIN

pytestmark = pytest.mark.models

FINGER = Modality.FINGERPRINT
TIME_MS = 6_000
WET = np.full((192, 192), 20, np.uint8)
"""The reader sees something, and its picture is dark and shows no ridges."""


@pytest.fixture
def port(tmp_path: Path) -> Path:
    return tmp_path / "reader"


@pytest.fixture
def emulator(port: Path) -> Iterator[PtyEmulator]:
    with reader_at(port) as emulator:
        yield emulator


@pytest.fixture
def bench(port: Path, emulator: PtyEmulator) -> Iterator[Bench]:
    with Bench(Sensors(None, lambda: R503Reader.open(str(port)))) as bench:
        yield bench.until_ready(FINGER)


def test_a_finger_becomes_a_probe_that_only_the_server_reads(bench: Bench, emulator: PtyEmulator) -> None:
    hand = Hand(emulator, seed=3)
    instruction = bench.start(first_instruction(), FINGER)
    with hand.tapping():
        ended = bench.ended(instruction)
    assert ended.outcome is CaptureOutcome.CAPTURED
    assert emulator.aura == AURAS[Light.GOOD]
    (probe,) = bench.opened(ended, instruction)
    assert (probe.modality, probe.samples) == (FINGER, 1)
    assert probe.liveness is not None
    assert (probe.liveness.steps, probe.liveness.frames) == ((), 1)
    assert probe.liveness.passive is not None
    assert probe.liveness.passive.score >= Policy().finger_least_score
    assert probe.model_hash == bench.worker.model_hash
    another = networks().extractor.run(hand._finger.impression(77), 508)
    assert finger_score([another.record], probe.template) >= FINGER_SCORE_MIN

    told = bench.progress()
    assert told[0].hint == WAITING
    assert {one.hint for one in told} - {LIFT} == {WAITING, KEEP}
    shares = [one.transfer for one in told if one.transfer is not None]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)

    other = first_instruction(instruction.payment_id)
    context = capture_context(other.payment_id, other.nonce, DEVICE, Role.PAYEE)
    with pytest.raises(SealError):  # bound to this instruction: it opens in no other answer
        open_sealed(bench.server, ended.probes[0], context)


def test_a_finger_that_rests_must_be_lifted_first(bench: Bench, emulator: PtyEmulator) -> None:
    hand = Hand(emulator, seed=3)
    hand.put()
    instruction = bench.start(first_instruction(), FINGER)
    bench.until_told(lambda one: one.hint == LIFT)
    assert KEEP not in {one.hint for one in bench.progress()}
    emulator.lift()
    bench.until(lambda: bench.progress()[-1].hint == WAITING)
    with hand.tapping():
        assert bench.ended(instruction).outcome is CaptureOutcome.CAPTURED


@pytest.mark.fault(40)
def test_what_is_no_finger_is_asked_for_again(bench: Bench, emulator: PtyEmulator) -> None:
    hand = Hand(emulator, seed=3)
    instruction = bench.start(first_instruction(), FINGER)
    with hand.tapping(WET):
        bench.until_told(lambda one: one.hint == FingerHint.TOO_WET.value)
        deadline = time.monotonic() + PATIENCE_S
        while emulator.aura != AURAS[Light.TRY_AGAIN] and time.monotonic() < deadline:
            time.sleep(0.01)
        assert emulator.aura == AURAS[Light.TRY_AGAIN]
    with hand.tapping():
        assert bench.ended(instruction).outcome is CaptureOutcome.CAPTURED


@pytest.mark.fault(40)
@pytest.mark.parametrize(
    ("moisture", "hint"), [(1.0, FingerHint.TOO_WET), (-1.0, FingerHint.TOO_DRY)], ids=["wet", "dry"]
)
def test_a_wet_or_dry_finger_is_told_so_and_costs_no_attempt(
    bench: Bench, emulator: PtyEmulator, moisture: float, hint: FingerHint
) -> None:
    hand = Hand(emulator, seed=3)
    instruction = bench.start(first_instruction(), FINGER)
    with hand.tapping(hand.touch(moisture=moisture)):
        bench.until_told(lambda one: one.hint == hint.value)
    assert not [event for event in bench.events if isinstance(event, CaptureEnded)]  # nothing went to the server
    with hand.tapping():
        (probe,) = bench.opened(bench.ended(instruction), instruction)
    another = networks().extractor.run(hand.touch(), 508)
    assert finger_score([another.record], probe.template) >= FINGER_SCORE_MIN


def test_a_finger_that_could_be_better_both_times_is_an_answer_all_the_same(
    bench: Bench, emulator: PtyEmulator
) -> None:
    hand = Hand(emulator, seed=3)
    instruction = bench.start(first_instruction(), FINGER)
    with hand.tapping(hand.touch(shift_x_px=120.0)):
        ended = bench.ended(instruction)
    assert ended.outcome is CaptureOutcome.CAPTURED
    assert FingerHint.CENTER_FINGER.value in {one.hint for one in bench.progress()}


def test_a_finger_that_could_be_better_is_the_answer_when_the_time_is_over(bench: Bench, emulator: PtyEmulator) -> None:
    hand = Hand(emulator, seed=3)
    began_ms = bench.now_ms()
    instruction = bench.start(first_instruction(), FINGER, time_ms=TIME_MS)
    with hand.tapping(hand.touch(shift_x_px=120.0)):
        bench.until_told(lambda one: one.hint == FingerHint.CENTER_FINGER.value)
    ended = bench.ended(instruction)
    assert (ended.outcome, len(ended.probes)) == (CaptureOutcome.CAPTURED, 1)
    assert bench.now_ms() - began_ms < TIME_MS  # while the server still listens


@pytest.mark.fault(63)
def test_a_print_left_on_the_glass_is_told_from_a_finger(bench: Bench, emulator: PtyEmulator) -> None:
    hand = Hand(emulator, seed=3)
    image = hand.touch()
    instruction = bench.start(first_instruction(), FINGER)
    with hand.tapping(image):
        (alive,) = bench.opened(bench.ended(instruction), instruction)
    instruction = bench.start(first_instruction(), FINGER)
    with hand.tapping(reactivated(image, np.random.default_rng(1))):
        (print_left,) = bench.opened(bench.ended(instruction), instruction)
    asked = Asked(
        modalities=(FINGER,),
        all_modalities=False,
        challenge=(),
        preset_time_ms=60_000,
        finger_least_score=Policy().finger_least_score,
    )
    assert check_liveness(asked, [alive]) is None
    assert finger_score([alive.template], print_left.template) >= FINGER_SCORE_MIN  # it would match
    assert check_liveness(asked, [print_left]) is Reason.LIVENESS_FAILED


@pytest.mark.fault(73)
def test_where_a_finger_lay_is_forgotten_though_nobody_comes(
    port: Path, emulator: PtyEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "KEPT_MS", 200)
    monkeypatch.setattr(sensors_module, "READER_CHECK_S", 0.2)
    loaded = networks()
    with Bench(Sensors(None, lambda: R503Reader.open(str(port))), load=lambda: loaded) as bench:
        bench.until_ready(FINGER)
        instruction = bench.start(first_instruction(), FINGER)
        with Hand(emulator, seed=3).tapping():
            assert bench.ended(instruction).outcome is CaptureOutcome.CAPTURED
        deadline = time.monotonic() + PATIENCE_S
        while loaded.touches.remembered and time.monotonic() < deadline:
            time.sleep(0.05)
        assert loaded.touches.remembered == 0


@pytest.mark.fault(40)
def test_a_useless_picture_is_never_an_answer(bench: Bench, emulator: PtyEmulator) -> None:
    began_ms = bench.now_ms()
    instruction = bench.start(first_instruction(), FINGER, time_ms=TIME_MS)
    with Hand(emulator, seed=3).tapping(WET):
        ended = bench.ended(instruction)
    assert (ended.outcome, ended.probes) == (CaptureOutcome.NOT_CAPTURED, ())
    assert bench.now_ms() - began_ms < TIME_MS  # while the server still listens
    assert emulator.aura == AURAS[Light.STOP]


def test_who_does_not_touch_gives_no_answer(bench: Bench) -> None:
    ended = bench.capture(FINGER, time_ms=400)
    assert (ended.outcome, ended.probes) == (None, ())


def test_a_capture_that_is_stopped_ends_at_once_and_tells_nobody(bench: Bench, emulator: PtyEmulator) -> None:
    stopped = bench.start(first_instruction(), FINGER)
    bench.until_told(lambda one: one.hint == WAITING)
    bench.worker.stop_capture(stopped.instruction_id)
    following = bench.start(first_instruction(), FINGER)
    with Hand(emulator, seed=3).tapping():
        assert bench.ended(following).outcome is CaptureOutcome.CAPTURED
    ends = [event.instruction_id for event in bench.events if isinstance(event, CaptureEnded)]
    assert ends == [following.instruction_id]


@pytest.mark.fault(38)
def test_unplugged_while_the_image_travels_and_plugged_in_again(port: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensors_module, "RETRY_S", (0.2,))
    with Bench(Sensors(None, lambda: R503Reader.open(str(port)))) as bench:
        with reader_at(port, real_time=True) as emulator:
            bench.until_ready(FINGER)
            instruction = bench.start(first_instruction(), FINGER)
            with Hand(emulator, seed=3).tapping():
                bench.until_told(lambda one: (one.transfer or 0.0) > 0.2)
        ended = bench.ended(instruction)
        assert (ended.outcome, ended.probes) == (CaptureOutcome.SENSOR_FAILED, ())
        bench.until_sensors()
        with reader_at(port) as emulator:
            bench.until_sensors(FINGER)
            instruction = bench.start(first_instruction(), FINGER)
            with Hand(emulator, seed=3).tapping():
                assert bench.ended(instruction).outcome is CaptureOutcome.CAPTURED


def test_unplugged_while_nobody_is_there(port: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensors_module, "RETRY_S", (0.2,))
    monkeypatch.setattr(sensors_module, "READER_CHECK_S", 0.2)
    with Bench(Sensors(None, lambda: R503Reader.open(str(port)))) as bench:
        bench.until_ready()
        with reader_at(port):
            bench.until_sensors(FINGER)
        bench.until_sensors()
        with reader_at(port):
            bench.until_sensors(FINGER)


def test_a_reader_that_was_handed_in_is_asked_again_itself(port: Path, emulator: PtyEmulator) -> None:
    reader = R503Reader.open(str(port))
    with Bench(Sensors(None, lambda: reader, reopens=False)) as bench:
        bench.until_ready(FINGER)
        instruction = bench.start(first_instruction(), FINGER)
        with Hand(emulator, seed=3).tapping():
            assert bench.ended(instruction).outcome is CaptureOutcome.CAPTURED
