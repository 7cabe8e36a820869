"""Both sensors in one capture; networks that come late; sensors that come, go and come again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.camera.camera_rule import ANY_CAMERA
from firmware_bridge.camera.emulated import AS_FAST_AS_ASKED, EmulatedPicamera2
from firmware_bridge.camera.picamera2_camera import Picamera2Camera
from firmware_bridge.camera.puppet import Puppet
from firmware_bridge.r503.pty_emulator import PtyEmulator
from firmware_bridge.r503.reader import R503Reader
from models.errors import BundleError
from server_mqtt.contract.messages import Action, CaptureOutcome, Modality
from terminal.devices import sensors as sensors_module
from terminal.devices import worker as worker_module
from terminal.devices.networks import Networks
from terminal.devices.sensors import Sensors
from terminal.session.events import ModelsFailed, ModelsLoaded
from tests.portrait import portrait, portrait_mesh
from tests.terminal.devices.bench import Bench, networks
from tests.terminal.emulated import Hand, Stage, camera_on, reader_at
from tests.terminal.messages import first_instruction

pytestmark = pytest.mark.models

FACE, FINGER = Modality.FACE, Modality.FINGERPRINT
CHALLENGE = (Action.OPEN_MOUTH, Action.TURN_RIGHT)


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[PtyEmulator]:
    with reader_at(tmp_path / "reader") as emulator:
        yield emulator


@pytest.fixture
def stage() -> Stage:
    return Stage(Puppet(portrait(), portrait_mesh()))


@pytest.fixture
def bench(tmp_path: Path, emulator: PtyEmulator, stage: Stage) -> Iterator[Bench]:
    with Bench(Sensors(camera_on(stage), lambda: R503Reader.open(str(tmp_path / "reader")))) as bench:
        bench.told = lambda progress: stage.ask(progress.action, progress.step)
        yield bench.until_ready(FACE, FINGER)


def test_both_are_captured_one_after_the_other(bench: Bench, emulator: PtyEmulator) -> None:
    instruction = bench.start(first_instruction(challenge=CHALLENGE, all_modalities=True), FACE, FINGER)
    with Hand(emulator, seed=5).tapping():
        ended = bench.ended(instruction)
    assert ended.outcome is CaptureOutcome.CAPTURED
    assert [probe.modality for probe in bench.opened(ended, instruction)] == [FACE, FINGER]
    order = [one.modality for one in bench.progress()]
    assert order == sorted(order, key=lambda modality: modality is FINGER)


def test_one_alone_is_no_answer_where_both_are_asked_for(bench: Bench, emulator: PtyEmulator) -> None:
    emulator.unplug()
    instruction = bench.start(first_instruction(challenge=CHALLENGE, all_modalities=True), FACE, FINGER)
    ended = bench.ended(instruction)
    assert (ended.outcome, ended.probes) == (CaptureOutcome.SENSOR_FAILED, ())
    bench.until_sensors(FACE)


def test_what_failed_first_ends_the_capture(bench: Bench, stage: Stage) -> None:
    contrary = {"turn_right": "turn_left"}
    bench.told = lambda one: stage.ask(contrary.get(one.action or "", one.action), one.step)
    instruction = bench.start(first_instruction(challenge=CHALLENGE, all_modalities=True), FACE, FINGER)
    assert bench.ended(instruction).outcome is CaptureOutcome.LIVENESS_FAILED
    assert {one.modality for one in bench.progress()} == {FACE}


@pytest.mark.fault(49)
def test_networks_that_do_not_load_are_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "RETRY_MODELS_S", 0.05)
    tries: list[int] = []

    def load() -> Networks:
        tries.append(len(tries))
        if len(tries) < 3:
            raise BundleError("truncated")
        return networks()

    with Bench(Sensors(None, None), load=load) as bench:
        assert bench.capture(FINGER).outcome is CaptureOutcome.SENSOR_FAILED
        bench.until(lambda: ModelsLoaded() in bench.events)
    assert bench.events.count(ModelsFailed()) == 2
    assert bench.worker.model_hash == networks().model_hash


def test_a_camera_that_comes_later_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensors_module, "RETRY_S", (0.1,))
    there: list[bool] = []

    def find() -> EmulatedPicamera2:
        if not there:
            raise IndexError("list index out of range")  # what picamera2 says without a camera
        return EmulatedPicamera2(stage, speed=AS_FAST_AS_ASKED)

    with Bench(Sensors(Picamera2Camera(find, rule=ANY_CAMERA), None)) as bench:
        bench.until_ready()
        there.append(True)
        bench.until_sensors(FACE)


def test_stopping_does_not_wait_for_the_end_of_a_capture(bench: Bench) -> None:
    bench.start(first_instruction(), FINGER)
    bench.until_told(lambda one: one.modality is FINGER)
    bench.worker.stop()
    assert not bench.worker._thread.is_alive()
    bench.worker.stop()
