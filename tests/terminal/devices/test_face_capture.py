"""A face before a real driver and an emulated camera, through liveness, to a probe only the server reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.camera.puppet import HeldPhotograph, Puppet
from firmware_bridge.camera.sources import Black, FrameSource, FreezesAt, Noisy, Nothing, StillImage
from models.comparison.face import face_distance
from models.face.capture import FaceEnrolment
from models.face.observation import Hint
from server_mqtt.contract.messages import Action, CaptureOutcome, Modality, Probe
from terminal.devices import live_frames
from terminal.devices import sensors as sensors_module
from terminal.devices.networks import Networks
from terminal.devices.sensors import Sensors
from terminal.session.events import CaptureEnded
from tests.portrait import portrait, portrait_mesh
from tests.terminal.devices.bench import Bench, networks
from tests.terminal.emulated import Actor, Stage, camera_on
from tests.terminal.messages import first_instruction
from tests.thresholds import FACE_DISTANCE_MAX

pytestmark = pytest.mark.models

FACE = Modality.FACE
CHALLENGE = (Action.BLINK, Action.TURN_LEFT)


def puppet(seed: int = 0) -> Puppet:
    return Puppet(portrait(), portrait_mesh(), seed=seed)


def bench_before(source: FrameSource, loaded: Networks | None = None) -> Bench:
    return Bench(Sensors(camera_on(source), None), load=lambda: loaded or networks())


def captured(
    actor: Actor,
    *,
    challenge: tuple[Action, ...] = CHALLENGE,
    misunderstands: Mapping[str, str] | None = None,
    loaded: Networks | None = None,
) -> tuple[CaptureEnded, list[Probe], Bench]:
    """A whole capture of `actor`, who does as the screen says, as far as they understand it."""
    stage = Stage(actor, misunderstands=misunderstands)
    with bench_before(stage, loaded) as bench:
        bench.told = lambda progress: stage.ask(progress.action, progress.step)
        bench.until_ready(FACE)
        instruction = bench.start(first_instruction(challenge=challenge), FACE)
        ended = bench.ended(instruction)
        return ended, bench.opened(ended, instruction), bench


def template_of(probe: Probe) -> NDArray[np.float32]:
    return np.frombuffer(probe.template, "<f4").astype(np.float32)


def test_who_does_as_asked_becomes_a_probe_that_only_the_server_reads() -> None:
    ended, probes, bench = captured(puppet())
    assert ended.outcome is CaptureOutcome.CAPTURED
    (probe,) = probes
    assert (probe.modality, probe.samples, probe.model_hash) == (FACE, 3, networks().model_hash)
    assert probe.liveness is not None
    assert tuple(step.action for step in probe.liveness.steps) == CHALLENGE
    assert probe.liveness.elapsed_ms >= probe.liveness.steps[-1].end_ms
    enrolment = FaceEnrolment(networks().pipeline, networks().embedder)
    who = puppet(seed=4)
    number = 0
    while not enrolment.feed(who.frame(number * 50), number * 50).done:
        number += 1
    assert face_distance(enrolment.template().embedding, template_of(probe)) <= FACE_DISTANCE_MAX

    told = bench.progress()
    assert {one.action for one in told} == {None, *(action.value for action in CHALLENGE)}
    assert max(one.step for one in told) == len(CHALLENGE)
    assert bench.worker.preview is None


def test_no_picture_is_kept_once_a_capture_is_over() -> None:
    loaded = networks()
    for misunderstands in (None, {Action.BLINK.value: Action.OPEN_MOUTH.value}):
        captured(puppet(), misunderstands=misunderstands, loaded=loaded)
        assert (loaded.watch._past, loaded.watch._before) == ((), None)


def test_who_does_something_else_has_failed_at_once() -> None:
    ended, probes, _ = captured(puppet(), misunderstands={"turn_left": "open_mouth"})
    assert (ended.outcome, probes) == (CaptureOutcome.LIVENESS_FAILED, [])


def test_a_photograph_is_not_alive() -> None:
    ended, probes, _ = captured(HeldPhotograph(portrait(), portrait_mesh()))
    assert (ended.outcome, probes) == (CaptureOutcome.LIVENESS_FAILED, [])


def test_a_challenge_that_proves_nothing_is_not_performed() -> None:
    ended, probes, _ = captured(puppet(), challenge=(Action.TURN_LEFT,))
    assert (ended.outcome, probes) == (CaptureOutcome.NOT_CAPTURED, [])


@pytest.mark.fault(44)
@pytest.mark.parametrize("what", ["frozen", "black", "silent"])
def test_a_camera_that_is_not_live_is_a_sensor_that_failed(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensors_module, "RETRY_S", (0.2,))
    monkeypatch.setattr(live_frames, "BLACK_MAX_S", 0.3)
    monkeypatch.setattr(live_frames, "SILENT_MAX_S", 0.6)
    bad: dict[str, FrameSource] = {"frozen": StillImage(portrait()), "black": Black(), "silent": Nothing()}
    source = Spoilt(Stage(puppet()), bad[what])
    with bench_before(source) as bench:
        bench.until_ready(FACE)
        source.spoilt = True
        ended = bench.capture(FACE)
        assert (ended.outcome, ended.probes) == (CaptureOutcome.SENSOR_FAILED, ())
        bench.until_sensors()
        source.spoilt = False
        bench.until_sensors(FACE)


@pytest.mark.fault(44)
def test_a_picture_that_hangs_halfway_is_noticed() -> None:
    with bench_before(FreezesAt(Stage(puppet()), freeze_ms=1_500)) as bench:
        bench.until_ready(FACE)
        assert bench.capture(FACE).outcome is CaptureOutcome.SENSOR_FAILED


def test_nobody_there_is_no_answer_and_no_failure() -> None:
    wall = Noisy(StillImage(np.full((480, 640, 3), 128, np.uint8)))
    with bench_before(wall) as bench:
        bench.until_ready(FACE)
        instruction = bench.start(first_instruction(challenge=CHALLENGE), FACE, time_ms=1_500)
        bench.until_told(lambda one: one.hint == Hint.NO_FACE.value)
        preview = bench.worker.preview
        assert preview is not None
        assert preview.shape == (480, 640, 3)
        assert bench.ended(instruction).outcome is None
        bench.until_sensors(FACE)


@pytest.mark.fault(41)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, 1e-40])
def test_an_embedding_that_is_none_is_never_sealed(value: float) -> None:
    broken = replace(networks(), embedder=Broken(value))  # type: ignore[arg-type]  # what a damaged network answers
    ended, probes, _ = captured(puppet(), loaded=broken)
    assert ended.outcome in (CaptureOutcome.NOT_CAPTURED, CaptureOutcome.LIVENESS_FAILED)
    assert probes == []


def test_an_error_of_our_own_is_an_outcome_and_the_next_capture_works(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(puppet())
    with bench_before(stage) as bench:
        bench.told = lambda progress: stage.ask(progress.action, progress.step)
        bench.until_ready(FACE)
        with monkeypatch.context() as patch:
            patch.setattr(networks().pipeline, "observe", _fails)
            assert bench.capture(FACE).outcome is CaptureOutcome.SENSOR_FAILED
        assert bench.capture(FACE).outcome is CaptureOutcome.CAPTURED


class Broken:
    """An embedding network whose answer is one number."""

    def __init__(self, value: float) -> None:
        self._value = value

    def run(self, chip: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.full(128, self._value, np.float32)


class Spoilt:
    """A source in whose place another one comes."""

    def __init__(self, good: FrameSource, bad: FrameSource) -> None:
        self._good, self._bad = good, bad
        self.spoilt = False

    def frame(self, t_ms: int) -> NDArray[np.uint8] | None:
        return (self._bad if self.spoilt else self._good).frame(t_ms)


def _fails(_picture: NDArray[np.uint8]) -> None:
    raise RuntimeError("a mistake in the program")
