"""References of one account, captured under supervision, as one signed file for the server.

Impure: drives the sensors. One face, several impressions of one finger that differ from each other; sealed like every
probe, so that the file tells nobody anything on its way.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from firmware_bridge.contract import Camera, FingerprintReader, Light
from models.comparison.enrolment import CONSISTENT_SCORE_MIN, IMPRESSIONS_MAX, IMPRESSIONS_MIN, same_place
from models.comparison.fingerprint import ENROLMENT_MINUTIAE_MIN, finger_score
from models.comparison.iso19794_2 import decode
from models.face.capture import FaceEnrolment
from models.face.observation import Hint
from models.fingerprint.extractor import FingerTemplate
from models.fingerprint.quality import FingerHint, FingerImageError
from server_mqtt.contract.messages import Enrolment, Probe
from server_mqtt.contract.sealing import enrolment_context, seal
from terminal.config import TerminalConfig
from terminal.devices.face_capture import face_probe
from terminal.devices.finger_capture import finger_probe
from terminal.devices.keys import load_keys
from terminal.devices.live_frames import live_frames
from terminal.devices.networks import Networks, load_networks
from terminal.errors import EnrolmentError
from terminal.outbox.letters import Pen

FACE_TIME_S: Final = 60.0
"""To look into the camera until five frames are good: people need five seconds."""

FINGER_TIME_S: Final = 30.0
"""To put the finger down once."""

POOR_MAX: Final = 12
"""So many touches may be useless before somebody should try another finger, or clean the glass."""

CHOOSY_FOR: Final = 6
"""After so many useless touches an impression is taken that could be better: some fingers are never moist enough."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be enrolled: `camera` None leaves the face out, `reader` None the finger."""

    account: str
    camera: Camera | None
    reader: FingerprintReader | None
    impressions: int = IMPRESSIONS_MIN


def capture_enrolment(config: TerminalConfig, wanted: Wanted, say: Say, *, networks: Networks | None = None) -> bytes:
    """The signed `enrolment` envelope of `wanted`, captured now. `say` hears, line by line, what the person should do.

    `networks`: those already loaded, else the configured bundle's. The ports are left as they were found, closed or
    open. Raises EnrolmentError (nothing usable; the text says what to do), ConfigError, ModelError, SensorError.
    """
    _check(wanted)
    keys = load_keys(config)
    networks = networks or load_networks(
        config.path(config.models_bundle), config.own_passive_model, threads=config.capture.threads
    )
    probes: list[Probe] = []
    if wanted.camera is not None:
        probes.append(_face(wanted.camera, networks, say))
    if wanted.reader is not None:
        probes.extend(_finger(wanted.reader, networks, wanted.impressions, say))
    enrolment_id = uuid.uuid4().hex
    context = enrolment_context(enrolment_id, wanted.account, config.device_id)
    sealed = tuple(seal(keys.server_sealing, probe, context) for probe in probes)
    enrolment = Enrolment(enrolment_id=enrolment_id, account=wanted.account, probes=sealed)
    return Pen(config.device_id, keys.device).write(enrolment).payload


def _check(wanted: Wanted) -> None:
    if wanted.camera is None and wanted.reader is None:
        raise EnrolmentError("there is nothing to enrol: neither a face nor a finger was asked for")
    if wanted.reader is not None and not IMPRESSIONS_MIN <= wanted.impressions <= IMPRESSIONS_MAX:
        raise EnrolmentError(f"a finger is enrolled with {IMPRESSIONS_MIN} to {IMPRESSIONS_MAX} impressions")


# --- the face ---


def _face(camera: Camera, networks: Networks, say: Say) -> Probe:
    enrolment = FaceEnrolment(networks.pipeline, networks.embedder)
    ends_s = time.monotonic() + FACE_TIME_S
    say("Face: look straight into the camera.")
    said = Hint.OK
    with live_frames(camera, lambda: _in_time(ends_s, "no five good pictures of one face")) as frames:
        for frame in frames:
            progress = enrolment.feed(frame.rgb, frame.t_ms)
            if progress.failed is not None:
                raise EnrolmentError("more than one face was seen: only the person to enrol may be in the picture")
            if progress.done:
                break
            if progress.hint not in (said, Hint.OK):
                say(f"  {_FACE_WORDS[progress.hint]}")
            said = progress.hint
    say("  Face captured.")
    return face_probe(enrolment.template(), networks.model_hash, live=False)


_FACE_WORDS: Final = {
    Hint.NO_FACE: "No face is seen.",
    Hint.SEVERAL_FACES: "More than one face is seen.",
    Hint.TOO_FAR: "Come closer.",
    Hint.TOO_NEAR: "Step back a little.",
    Hint.TOO_DARK: "It is too dark.",
    Hint.TOO_BRIGHT: "It is too bright.",
    Hint.CUT_OFF: "The whole face must be in the picture.",
    Hint.LOOK_AT_THE_CAMERA: "Look straight into the camera, eyes open, mouth closed.",
    Hint.HOLD_STILL: "Hold still.",
    Hint.EYES_COVERED: "The eyes are covered.",
    Hint.MOUTH_COVERED: "The mouth is covered.",
}
"""What to put right, for a technician's terminal."""


# --- the finger ---


def _finger(reader: FingerprintReader, networks: Networks, wanted: int, say: Say) -> list[Probe]:
    taken: list[FingerTemplate] = []
    poor = 0
    while len(taken) < wanted:
        say(f"Finger: impression {len(taken) + 1} of {wanted}. Put the finger on the reader, a little differently.")
        reader.signal(Light.READY if poor == 0 else Light.TRY_AGAIN)
        problem = _impression(reader, networks, taken, choosy=poor < CHOOSY_FOR)
        if problem is None:
            reader.signal(Light.GOOD)
            say(f"  Good: {taken[-1].minutiae} minutiae. Lift the finger.")
            continue
        poor += 1
        say(f"  {problem} Lift the finger and try again.")
        if poor >= POOR_MAX:
            reader.signal(Light.STOP)
            raise EnrolmentError(f"{poor} touches were of no use, the last one so: {problem} Try another finger.")
    reader.signal(Light.OFF)
    return [finger_probe(template, networks.model_hash, None) for template in taken]


def _impression(
    reader: FingerprintReader, networks: Networks, taken: list[FingerTemplate], *, choosy: bool
) -> str | None:
    """Add one more impression to `taken`; or what was wrong with it."""
    image = reader.capture(timeout_s=FINGER_TIME_S)
    try:
        template = networks.extractor.run(image.pixels, image.dpi)
    except FingerImageError as error:
        return _FINGER_WORDS[error.hint]
    if template.minutiae < ENROLMENT_MINUTIAE_MIN or (choosy and template.hint is not FingerHint.OK):
        return _FINGER_WORDS[template.hint]
    earlier = [one.record for one in taken]
    if any(same_place(decode(one), decode(template.record)) for one in earlier):
        return "That was the same part of the finger as before: move it a little."
    if earlier and finger_score(earlier, template.record) < CONSISTENT_SCORE_MIN:
        return "That was another finger, or a part of it that was not seen yet: keep nearer to the others."
    taken.append(template)
    return None


_FINGER_WORDS: Final = {
    FingerHint.OK: "The impression shows too little.",
    FingerHint.NO_FINGER: "There was no finger in the picture.",
    FingerHint.CENTER_FINGER: "Put the middle of the fingertip on the middle of the reader.",
    FingerHint.PRESS_FIRMER: "Press a little firmer.",
    FingerHint.TOO_DRY: "The finger is too dry: breathe on it.",
    FingerHint.TOO_WET: "The finger is too wet: dry it.",
}


def _in_time(ends_s: float, what: str) -> None:
    if time.monotonic() > ends_s:
        raise EnrolmentError(f"{what} within {FACE_TIME_S:.0f} s: mind the light, stand half a metre away, try again")
