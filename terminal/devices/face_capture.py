"""A live face for an instruction: frames through the liveness challenge to a probe. Impure: drives the camera."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import structlog

from firmware_bridge.contract import Camera
from models.comparison.face import checked_template
from models.errors import ChallengeError
from models.face.capture import CaptureProgress, FaceCapture, FaceTemplate
from models.liveness.challenge import Action
from server_mqtt.contract import messages
from server_mqtt.contract.messages import CaptureOutcome, LivenessEvidence, Modality, Probe, StepEvidence
from terminal.devices.capturing import CaptureOver, Run
from terminal.devices.live_frames import live_frames
from terminal.devices.networks import Networks
from terminal.devices.passive import on_the_wire
from terminal.session.state import Progress

FLOAT32_LE: Final = "<f4"
"""How a face template travels."""

log = structlog.get_logger(__name__)


def capture_face(
    camera: Camera, networks: Networks, challenge: Sequence[messages.Action], holds_ms: Sequence[int], run: Run
) -> Probe:
    """The face of whoever performs `challenge` in front of `camera`, each action kept as long as `holds_ms` says.

    A face that is badly placed is told so until the time is over. A challenge that failed ends the capture at once:
    trying again within one instruction would let a clip be tried as often as time allows. Raises CaptureOver,
    CaptureStopped, SensorError.
    """
    try:
        actions = [Action(action.value) for action in challenge]
        capture = FaceCapture(networks.pipeline, networks.embedder, actions, holds_ms, networks.watch)
    except ChallengeError as error:
        log.error("challenge_refused", why=str(error))  # noqa: TRY400 - the server asked for it; no trace of ours
        raise CaptureOver(CaptureOutcome.NOT_CAPTURED) from error
    try:
        return _performed(camera, networks, capture, run)
    finally:
        # It has the last frames in hand, which are nobody's business any more.
        networks.watch.reset()


def _performed(camera: Camera, networks: Networks, capture: FaceCapture, run: Run) -> Probe:
    began_s = time.monotonic()
    with live_frames(camera, run.check) as frames:
        for looked, frame in enumerate(frames, start=1):
            rgb = frame.rgb
            run.seen(rgb)
            progress = capture.feed(rgb, frame.t_ms)
            run.move(_shown(progress))
            if progress.failed is not None:
                per_s = round(looked / (time.monotonic() - began_s), 1)  # under 12 a blink may be missed
                log.info("liveness_failed", why=progress.failed.value, step=progress.step, frames_per_s=per_s)
                raise CaptureOver(CaptureOutcome.LIVENESS_FAILED)
            if progress.done:
                return face_probe(capture.template(), networks.model_hash, live=True)
    raise AssertionError("the frames of a camera end with an exception only")


def face_probe(template: FaceTemplate, model_hash: str, *, live: bool) -> Probe:
    """`template` as it travels; `live`: with the evidence of its challenge. Raises TemplateError for what is none."""
    checked_template(template.embedding)
    evidence = template.evidence
    steps = tuple(
        StepEvidence(
            action=messages.Action(step.action.value),
            start_ms=step.start_ms,
            end_ms=step.end_ms,
            held_ms=step.held_ms,
            score=step.score,
        )
        for step in evidence.steps
    )
    liveness = LivenessEvidence(
        steps=steps,
        frames=evidence.frames,
        elapsed_ms=evidence.duration_ms,
        spread=evidence.spread,
        passive=None if evidence.passive is None else on_the_wire(evidence.passive),
    )
    return Probe(
        modality=Modality.FACE,
        template=template.embedding.astype(FLOAT32_LE).tobytes(),
        samples=template.frames,
        model_hash=model_hash,
        liveness=liveness if live else None,
    )


def _shown(progress: CaptureProgress) -> Progress:
    return Progress(
        modality=Modality.FACE,
        action=None if progress.action is None else progress.action.value,
        hint=progress.hint.value,
        step=progress.step,
        steps=progress.steps,
        keep=progress.keep,
    )
