"""One answer compared: who is verified, who is not, and that whatever goes wrong is a failed attempt."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from server_mqtt.contract.messages import Action, Modality, Probe, Role, SealedProbe
from server_mqtt.contract.reasons import Reason
from server_mqtt.contract.sealing import capture_context, seal
from server_mqtt.shell import people, references
from server_mqtt.shell.comparison import Comparer, PendingComparison
from server_mqtt.shell.protection import ReferenceProtection
from server_mqtt.shell.schema import reference_templates
from server_mqtt.shell.store import Store
from server_mqtt.verification.finding import Asked, Finding, MatchRates
from server_mqtt.verification.policy import Policy
from tests.scenarios.people import Person, touched

_DEVICE, _ACCOUNT = "terminal-one", "DE0001"
_PAYMENT, _INSTRUCTION, _NONCE = "ab" * 16, "cd" * 16, bytes(16)
_CONTEXT = capture_context(_PAYMENT, _NONCE, _DEVICE, Role.PAYEE)
_SEALING = X25519PrivateKey.generate()
_PROTECTION = ReferenceProtection(bytes(32))
_CHALLENGE = (Action.BLINK, Action.TURN_LEFT)
_ASKED = Asked(modalities=tuple(Modality), all_modalities=False, challenge=_CHALLENGE, preset_time_ms=30_000)
_EITHER, _BOTH = _ASKED, replace(_ASKED, all_modalities=True)


@pytest.fixture
def ann() -> Person:
    return Person(1)


@pytest.fixture
def comparer(store: Store, ann: Person) -> Comparer:
    with store.write() as connection:
        people.open_account(connection, _ACCOUNT, "Ann", 0)
        people.add_device(connection, _DEVICE, Ed25519PrivateKey.generate().public_key(), [_ACCOUNT], 0)
        references.replace(
            connection,
            _PROTECTION,
            account=_ACCOUNT,
            device=_DEVICE,
            enrolment_id="ef" * 16,
            probes=[ann.face(), *(ann.finger() for _ in range(4))],
            now_ms=0,
        )
    return Comparer(store, _SEALING, _PROTECTION)


def _pending(*probes: Probe, asked: Asked = _EITHER, context: bytes = _CONTEXT) -> PendingComparison:
    return PendingComparison(
        payment_id=_PAYMENT,
        instruction_id=_INSTRUCTION,
        account=_ACCOUNT,
        context=_CONTEXT,
        asked=asked,
        probes=tuple(seal(_SEALING.public_key(), probe, context) for probe in probes),
    )


def _found(comparer: Comparer, *probes: Probe, asked: Asked = _EITHER) -> Finding:
    """But for what was shown, which is the same however it ends."""
    finding = comparer.conclude(_pending(*probes, asked=asked)).finding
    assert finding.shown == tuple(probe.modality for probe in probes)
    return replace(finding, shown=())


def _not(reason: Reason) -> Finding:
    return Finding(verified=False, reason=reason)


@pytest.mark.parametrize("modality", Modality)
def test_the_enrolled_person_is_verified_and_a_stranger_is_not(
    comparer: Comparer, ann: Person, modality: Modality
) -> None:
    own, strange = ann.probe(modality, _CHALLENGE), Person(2).probe(modality, _CHALLENGE)
    assert _found(comparer, own) == Finding(verified=True, modality=modality)
    assert _found(comparer, strange) == _not(Reason.NOT_RECOGNISED)


def test_where_both_are_asked_both_must_be_of_the_person(comparer: Comparer, ann: Person) -> None:
    face, finger = ann.face(_CHALLENGE), ann.finger()
    assert _found(comparer, face, finger, asked=_BOTH) == Finding(verified=True)
    assert _found(comparer, face, asked=_BOTH) == _not(Reason.MODALITY_NOT_ACCEPTED)
    assert _found(comparer, face, Person(2).finger(), asked=_BOTH) == _not(Reason.NOT_RECOGNISED)
    assert _found(comparer, Person(2).face(_CHALLENGE), finger, asked=_BOTH) == _not(Reason.NOT_RECOGNISED)


def test_a_face_that_did_something_else_is_not_alive(comparer: Comparer, ann: Person) -> None:
    assert _found(comparer, ann.face(tuple(reversed(_CHALLENGE)))) == _not(Reason.LIVENESS_FAILED)
    assert _found(comparer, ann.face(_CHALLENGE, elapsed_ms=40_000)) == _not(Reason.LIVENESS_FAILED)


def test_a_finger_whose_image_looks_like_an_artefact_s_is_not_alive_however_well_it_matches(
    comparer: Comparer, ann: Person
) -> None:
    asked = replace(_EITHER, finger_least_score=Policy().finger_least_score)
    assert _found(comparer, ann.finger(), asked=asked).verified
    odd = msgspec.structs.replace(ann.finger(), liveness=touched(score=asked.finger_least_score / 2))
    unseen = msgspec.structs.replace(ann.finger(), liveness=None)
    for probe in (odd, unseen):
        assert _found(comparer, probe, asked=asked) == _not(Reason.LIVENESS_FAILED)
        assert _found(comparer, probe).verified  # where the policy asks for nothing


@pytest.mark.fault(63)
def test_a_template_that_was_shown_before_is_a_replay(store: Store, comparer: Comparer, ann: Person) -> None:
    finger = ann.finger()
    concluded = comparer.conclude(_pending(finger))
    assert concluded.finding.verified
    with store.write() as connection:
        references.note_seen(connection, _ACCOUNT, concluded.digests[0], 1)
    assert _found(comparer, finger) == _not(Reason.TEMPLATE_REPLAYED)


def test_a_seal_of_another_answer_does_not_open(comparer: Comparer, ann: Person) -> None:
    other = capture_context(_PAYMENT, bytes(15) + b"1", _DEVICE, Role.PAYEE)
    assert comparer.conclude(_pending(ann.finger(), context=other)).finding == _not(Reason.TEMPLATE_UNREADABLE)
    garbage = replace(_pending(), probes=(SealedProbe(key_id="0" * 16, ciphertext=b"nothing"),))
    assert comparer.conclude(garbage).finding == _not(Reason.TEMPLATE_UNREADABLE)


def _with(probe: Probe, template: bytes) -> Probe:
    return msgspec.structs.replace(probe, template=template)


@pytest.mark.fault(40)
@pytest.mark.fault(41)
@pytest.mark.parametrize(
    "values",
    [
        np.full(128, np.nan),
        np.full(128, np.inf),
        np.full(128, -np.inf),
        np.zeros(128),
        np.full(128, 1e-42),
        np.full(64, 0.15),
        np.full(256, 0.1),
        np.full(128, 1e9),
        np.full(128, 0.12),
        np.full(0, 1.0),
        np.full(127, 0.12),
        np.append(np.full(127, 0.12), 1e-40),
        np.append(np.full(127, 0.12), 3e38),
    ],
)
def test_what_is_no_embedding_is_never_compared(comparer: Comparer, ann: Person, values: Any) -> None:
    probe = _with(ann.face(_CHALLENGE), values.astype("<f4").tobytes())
    assert _found(comparer, probe) == _not(Reason.TEMPLATE_UNREADABLE)


@pytest.mark.fault(41)
def test_one_value_that_is_no_number_among_the_person_s_own_fails_closed(comparer: Comparer, ann: Person) -> None:
    probe = ann.face(_CHALLENGE)
    for value in (np.nan, np.inf):
        template = struct.pack("<f", value) + probe.template[4:]
        assert _found(comparer, _with(probe, template)) == _not(Reason.TEMPLATE_UNREADABLE)


@pytest.mark.fault(40)
def test_what_is_no_fingerprint_record_is_never_compared(comparer: Comparer, ann: Person) -> None:
    probe = ann.finger()
    whole = probe.template
    for template in (b"", bytes(len(whole)), b"\xff" * len(whole), whole[:-1], whole + b"\0", whole[:24]):
        assert _found(comparer, _with(probe, template)) == _not(Reason.TEMPLATE_UNREADABLE)


def test_nobody_is_verified_against_nothing(store: Store, comparer: Comparer, ann: Person) -> None:
    with store.write() as connection:
        connection.execute(reference_templates.delete())
    assert _found(comparer, ann.finger()) == _not(Reason.NOT_RECOGNISED)


def test_a_damaged_reference_is_a_failed_attempt_and_a_clear_line_in_the_log(
    store: Store, comparer: Comparer, ann: Person
) -> None:
    with store.write() as connection:
        connection.execute(update(reference_templates).values(encrypted=bytes(64)))
    with capture_logs() as lines:
        assert _found(comparer, ann.finger()) == _not(Reason.TEMPLATE_UNREADABLE)
    assert [(line["event"], line["payment_id"]) for line in lines] == [("comparison_failed", _PAYMENT)]


def test_a_database_that_is_gone_is_a_failed_attempt_and_no_hang(
    store: Store, comparer: Comparer, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(store, "read", gone)
    assert _found(comparer, ann.finger()) == _not(Reason.TEMPLATE_UNREADABLE)


@pytest.mark.parametrize("modality", Modality)
def test_a_probe_of_other_networks_is_not_compared(comparer: Comparer, ann: Person, modality: Modality) -> None:
    probe = ann.probe(modality, _CHALLENGE)
    for model_hash in ("", "ab" * 32):
        other = msgspec.structs.replace(probe, model_hash=model_hash)
        with capture_logs() as lines:
            assert _found(comparer, other) == _not(Reason.MODEL_NOT_ACCEPTED)
        assert [line["event"] for line in lines] == ["model_differs"]


def test_what_was_enrolled_with_networks_that_nobody_measured_is_not_compared(
    store: Store, comparer: Comparer, ann: Person
) -> None:
    with store.write() as connection:
        connection.execute(update(reference_templates).values(model_hash="ab" * 32))
    probe = msgspec.structs.replace(ann.finger(), model_hash="ab" * 32)
    with capture_logs() as lines:
        assert _found(comparer, probe) == _not(Reason.MODEL_NOT_ACCEPTED)
    assert [line["event"] for line in lines] == ["model_not_calibrated"]


def test_so_many_frames_as_nobody_measured_with_are_not_compared(comparer: Comparer, ann: Person) -> None:
    probe = msgspec.structs.replace(ann.face(_CHALLENGE), samples=1)
    assert _found(comparer, probe) == _not(Reason.MODEL_NOT_ACCEPTED)


def test_where_both_are_asked_their_sum_decides_at_the_rate_of_the_instruction(comparer: Comparer, ann: Person) -> None:
    lax = replace(_BOTH, rates=MatchRates(both=1e-6))
    weaker = ann.nearly(0.29)  # too far for a face alone, near enough beside a certain finger
    face, finger = weaker.face(_CHALLENGE), ann.finger()
    assert _found(comparer, face) == _not(Reason.NOT_RECOGNISED)
    assert _found(comparer, face, finger, asked=lax) == Finding(verified=True)
    assert _found(comparer, face, Person(2).finger(), asked=lax) == _not(Reason.NOT_RECOGNISED)


@pytest.mark.fault(72)
def test_a_conclusion_says_nothing_of_how_near_it_was(comparer: Comparer) -> None:
    near, far = Person(1).nearly(), Person(2)
    found = [comparer.conclude(_pending(person.face(_CHALLENGE))) for person in (near, far)]
    assert found[0].finding == found[1].finding == replace(_not(Reason.NOT_RECOGNISED), shown=(Modality.FACE,))
    assert [len(concluded.digests) for concluded in found] == [1, 1]


def test_a_database_that_fails_is_no_failed_attempt(store: Store, comparer: Comparer, ann: Person) -> None:
    with store.write() as connection:
        connection.execute(text("DROP TABLE reference_templates"))
    with pytest.raises(DBAPIError):
        comparer.conclude(_pending(ann.face(_CHALLENGE)))
