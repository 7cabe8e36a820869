"""What a policy may ask of a face's passive evidence, and what becomes of evidence that has none."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fingerprint.cues.fusion import LEAST_SCORE as FINGER_LEAST_SCORE
from models.liveness.cues.fusion import LEAST_SCORE
from server_mqtt.contract.messages import Action, LivenessEvidence, Modality, Probe
from server_mqtt.contract.passive import CueEvidence, PassiveEvidence
from server_mqtt.contract.reasons import Reason
from server_mqtt.verification.evidence import check_liveness
from server_mqtt.verification.finding import Asked
from server_mqtt.verification.passive import MODEL, looks_alive, touches_alive
from server_mqtt.verification.policy import Policy
from tests.scenarios.people import performed

CHALLENGE = (Action.BLINK, Action.TURN_RIGHT, Action.OPEN_MOUTH)
ASKED = Asked(modalities=(Modality.FACE,), all_modalities=False, challenge=CHALLENGE, preset_time_ms=30_000)
CUES = replace(ASKED, passive_least_score=0.3)
NETWORK = replace(ASKED, passive_model_least_score=0.5)
BOTH = replace(CUES, passive_model_least_score=0.5)


def evidence(score: float | None, *models: float) -> LivenessEvidence:
    done = performed(CHALLENGE)
    if score is None:
        return msgspec.structs.replace(done, passive=None)
    cues = (CueEvidence(cue="parallax", value=2.5, glances=3), *(_said(value) for value in models))
    return msgspec.structs.replace(done, passive=PassiveEvidence(cues=cues, score=score))


def _said(value: float) -> CueEvidence:
    return CueEvidence(cue=MODEL, value=value, glances=9)


def test_a_policy_that_asks_for_nothing_takes_any_evidence() -> None:
    assert looks_alive(ASKED, evidence(None))
    assert looks_alive(ASKED, evidence(0.0, 0.0))


@pytest.mark.fault(47)
@pytest.mark.parametrize(
    ("asked", "seen", "alive"),
    [
        (CUES, evidence(0.3), True),
        (CUES, evidence(0.29), False),
        (CUES, evidence(float("nan")), False),
        (CUES, evidence(None), False),
        (NETWORK, evidence(0.0, 0.5), True),
        (NETWORK, evidence(1.0, 0.49), False),
        (NETWORK, evidence(1.0), False),
        (NETWORK, evidence(1.0, float("nan")), False),
        (NETWORK, evidence(1.0, 0.9, 0.1), False),
        (NETWORK, evidence(None), False),
        (BOTH, evidence(0.3, 0.5), True),
        (BOTH, evidence(0.2, 0.9), False),
        (BOTH, evidence(0.9, 0.2), False),
    ],
)
def test_what_is_asked_for_must_be_there(asked: Asked, seen: LivenessEvidence, alive: bool) -> None:
    probe = Probe(modality=Modality.FACE, template=b"", samples=3, model_hash="", liveness=seen)
    assert check_liveness(asked, [probe]) is (None if alive else Reason.LIVENESS_FAILED)


TOUCHED = LivenessEvidence(steps=(), frames=1, elapsed_ms=900, passive=PassiveEvidence(score=0.02))
FINGER = Asked(
    modalities=(Modality.FINGERPRINT,),
    all_modalities=False,
    challenge=CHALLENGE,
    preset_time_ms=30_000,
    finger_least_score=0.01,
)


@pytest.mark.fault(63)
@pytest.mark.parametrize(
    ("least", "seen", "alive"),
    [
        (0.0, None, True),
        (0.0, msgspec.structs.replace(TOUCHED, passive=PassiveEvidence(score=0.0)), True),
        (0.01, TOUCHED, True),
        (0.02, TOUCHED, True),
        (0.021, TOUCHED, False),
        (0.01, None, False),
        (0.01, msgspec.structs.replace(TOUCHED, passive=None), False),
        (0.01, msgspec.structs.replace(TOUCHED, passive=PassiveEvidence(score=float("nan"))), False),
    ],
)
def test_a_finger_s_evidence_must_be_there_and_good_enough(
    least: float, seen: LivenessEvidence | None, alive: bool
) -> None:
    asked = replace(FINGER, finger_least_score=least)
    assert touches_alive(asked, seen) is alive
    probe = Probe(modality=Modality.FINGERPRINT, template=b"", samples=1, model_hash="", liveness=seen)
    assert check_liveness(asked, [probe]) is (None if alive else Reason.LIVENESS_FAILED)


def test_a_finger_s_cues_do_not_carry_a_face_nor_a_face_s_a_finger() -> None:
    both = replace(CUES, modalities=(Modality.FACE, Modality.FINGERPRINT), all_modalities=True, finger_least_score=0.01)
    face = Probe(modality=Modality.FACE, template=b"", samples=3, model_hash="", liveness=evidence(0.9))
    finger = Probe(modality=Modality.FINGERPRINT, template=b"", samples=1, model_hash="", liveness=TOUCHED)
    assert check_liveness(both, [face, finger]) is None
    flat = msgspec.structs.replace(face, liveness=evidence(0.1))
    print_ = msgspec.structs.replace(
        finger, liveness=msgspec.structs.replace(TOUCHED, passive=PassiveEvidence(score=0.001))
    )
    assert check_liveness(both, [flat, finger]) is check_liveness(both, [face, print_]) is Reason.LIVENESS_FAILED


@given(score=st.floats(0, 1), least=st.floats(0.01, 1))
def test_more_is_never_worse(score: float, least: float) -> None:
    asked = replace(ASKED, passive_least_score=least)
    assert looks_alive(asked, evidence(score)) == (score >= least)


def test_passive_evidence_is_optional_on_the_wire_and_bounded() -> None:
    old = msgspec.msgpack.encode(evidence(None))
    assert b"passive" not in old
    assert msgspec.msgpack.decode(old, type=LivenessEvidence).passive is None
    whole = evidence(0.7, 0.9)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(whole), type=LivenessEvidence) == whole
    for bad in ({"score": 1.1}, {"score": -0.1}, {"score": 1.0, "cues": [{"cue": "x" * 25, "value": 1, "glances": 1}]}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(bad, PassiveEvidence)


def test_the_default_policy_asks_for_what_was_measured() -> None:
    """The evaluation and the server must mean the same number."""
    assert Policy().passive_least_score == LEAST_SCORE
    assert Policy().passive_model_least_score == 0
    assert Policy().finger_least_score == FINGER_LEAST_SCORE
