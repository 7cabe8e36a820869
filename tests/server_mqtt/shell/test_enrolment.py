"""An enrolment file becomes references, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, func, select

from models.comparison.face import face_distance
from models.comparison.fingerprint import finger_score
from server_mqtt.contract import codec
from server_mqtt.contract.messages import Enrolment, Modality, PayerStop, Probe
from server_mqtt.contract.sealing import enrolment_context, seal
from server_mqtt.contract.signing import Direction
from server_mqtt.shell import people, references
from server_mqtt.shell.enrolment import enrol, face_of
from server_mqtt.shell.errors import EnrolmentError
from server_mqtt.shell.protection import ReferenceProtection
from server_mqtt.shell.references import Reference, decrypted
from server_mqtt.shell.schema import reference_templates
from server_mqtt.shell.store import Store
from tests.scenarios.people import Person
from tests.thresholds import FACE_DISTANCE_MAX, FINGER_SCORE_MIN

_DEVICE, _ACCOUNT, _OTHER = "terminal-one", "DE0001", "DE0002"
_KEY, _SEALING = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
_PROTECTION = ReferenceProtection(bytes(32))


@pytest.fixture
def connection(store: Store) -> Iterator[Connection]:
    with store.write() as opened:
        people.open_account(opened, _ACCOUNT, "Ann", 0)
        people.open_account(opened, _OTHER, "Bob", 0)
        people.add_device(opened, _DEVICE, _KEY.public_key(), [_ACCOUNT], 0)
        yield opened


def _file(
    probes: Sequence[Probe],
    *,
    number: int = 1,
    account: str = _ACCOUNT,
    sealed_for: str | None = None,
    key: Ed25519PrivateKey = _KEY,
) -> bytes:
    enrolment_id = f"{number:032x}"
    context = enrolment_context(enrolment_id, sealed_for or account, _DEVICE)
    sealed = tuple(seal(_SEALING.public_key(), probe, context) for probe in probes)
    body = Enrolment(enrolment_id=enrolment_id, account=account, probes=sealed)
    return codec.encode(key, Direction.UP, _DEVICE, enrolment_id, body)


def _enrol(connection: Connection, payload: bytes) -> None:
    enrol(connection, _PROTECTION, _SEALING, payload, 1)


def _fingers(person: Person, count: int = 4) -> list[Probe]:
    return [person.finger() for _ in range(count)]


def _stored(connection: Connection) -> int:
    count: int = connection.execute(select(func.count()).select_from(reference_templates)).scalar_one()
    return count


def _readable(connection: Connection, modality: Modality) -> list[Reference]:
    return [decrypted(_PROTECTION, stored) for stored in references.stored(connection, _ACCOUNT, [modality])]


def test_enrolled_references_recognise_their_person_and_nobody_else(connection: Connection) -> None:
    ann, bob = Person(1), Person(2)
    _enrol(connection, _file([ann.face(), *_fingers(ann)]))
    assert references.enrolled_modalities(connection, _ACCOUNT) == (Modality.FACE, Modality.FINGERPRINT)
    (face,) = _readable(connection, Modality.FACE)
    stored = np.frombuffer(face.template, dtype="<f4")
    for person, same in ((ann, True), (bob, False)):
        probe = _PROTECTION.rotate(face_of(person.face().template), face.enrolment_id)
        assert (face_distance(stored, probe) <= FACE_DISTANCE_MAX) is same
    fingers = [finger.template for finger in _readable(connection, Modality.FINGERPRINT)]
    assert len(fingers) == 4
    assert finger_score(fingers, ann.finger().template) >= FINGER_SCORE_MIN
    assert finger_score(fingers, bob.finger().template) < FINGER_SCORE_MIN


@pytest.mark.fault(73)
def test_no_template_is_readable_in_the_database(connection: Connection) -> None:
    probes = [Person(1).face(), *_fingers(Person(1))]
    _enrol(connection, _file(probes))
    stored = b"".join(connection.execute(select(reference_templates.c.encrypted)).scalars())
    for probe in probes:
        assert probe.template[40:60] not in stored


@pytest.mark.fault(61)
def test_enrolling_again_replaces_what_was_there(connection: Connection) -> None:
    ann = Person(1)
    _enrol(connection, _file([ann.face(), *_fingers(ann)]))
    before = _readable(connection, Modality.FACE)
    _enrol(connection, _file([ann.face()], number=2))
    (after,) = _readable(connection, Modality.FACE)
    assert after.enrolment_id != before[0].enrolment_id
    assert _stored(connection) == 5


def _refused(connection: Connection, payload: bytes, words: str) -> None:
    before = _stored(connection)
    with pytest.raises(EnrolmentError, match=words):
        _enrol(connection, payload)
    assert _stored(connection) == before


@pytest.mark.fault(40)
@pytest.mark.fault(41)
@pytest.mark.parametrize(
    "template",
    [
        b"",
        bytes(512),
        bytes(511),
        np.full(128, np.nan, "<f4").tobytes(),
        np.full(128, np.inf, "<f4").tobytes(),
        np.full(64, 0.1, "<f4").tobytes(),
        np.full(128, 0.12, "<f4").tobytes(),
        np.full(128, 1e-42, "<f4").tobytes(),
        np.full(128, 1e30, "<f4").tobytes(),
        Person(1).face().template[:-1],
        Person(1).face().template[:-4],
        Person(1).face().template + bytes(4),
        Person(1).face().template * 2,
        Person(1).face().template[4:] + np.float32(np.nan).tobytes(),
        Person(1).face().template[4:] + np.float32(-np.inf).tobytes(),
        Person(1).face().template[4:] + np.float32(1e-40).tobytes(),
        Person(1).face().template[4:] + np.float32(4.0).tobytes(),
        np.frombuffer(Person(1).face().template, "<f4").astype(">f4").tobytes(),
        np.frombuffer(Person(1).face().template, "<f4").astype("<f8").tobytes(),
        np.frombuffer(Person(1).face().template, "<f4").astype("<f2").tobytes(),
    ],
)
def test_what_is_no_face_template_is_refused(connection: Connection, template: bytes) -> None:
    probe = Probe(modality=Modality.FACE, template=template, samples=5, model_hash="")
    _refused(connection, _file([probe]), r"template 1 \(face\)")


@pytest.mark.fault(40)
@pytest.mark.parametrize("cut", [0, 10, -1])
def test_what_is_no_fingerprint_record_is_refused(connection: Connection, cut: int) -> None:
    probe = Probe(modality=Modality.FINGERPRINT, template=Person(1).finger().template[:cut], samples=1, model_hash="")
    _refused(connection, _file([Person(1).face(), probe]), r"template 2 \(fingerprint\)")


def test_a_finger_that_is_enrolled_poorly_is_refused_with_the_reason(connection: Connection) -> None:
    ann, bob = Person(1), Person(2)
    few, many = _fingers(ann, 3), _fingers(ann, 7)
    _refused(connection, _file([ann.face(), *few]), "4 to 6 impressions, not 3")
    _refused(connection, _file(many), "4 to 6 impressions, not 7")
    _refused(connection, _file([*_fingers(ann, 3), bob.finger()]), "impression 4 is of another finger")
    _refused(connection, _file([*_fingers(ann, 2), *_fingers(bob, 2)]), "impression 3 is of another finger")
    again = Person(3)
    touches = _fingers(again, 26)
    _refused(connection, _file([*touches[:3], touches[25]]), "impressions 1 and 4 are of the same part")
    assert references.enrolled_modalities(connection, _ACCOUNT) == ()
    _enrol(connection, _file([*_fingers(ann, 6)]))
    assert len(_readable(connection, Modality.FINGERPRINT)) == 6


def test_templates_whose_scores_would_mean_nothing_are_refused(connection: Connection) -> None:
    ann = Person(1)
    face, fingers = ann.face(), _fingers(ann)
    unknown = msgspec.structs.replace(face, model_hash="ab" * 32)
    _refused(connection, _file([unknown]), "face templates were made with networks that are not calibrated")
    mixed = msgspec.structs.replace(fingers[0], model_hash="ab" * 32)
    _refused(connection, _file([mixed, *fingers[1:]]), "fingerprint templates were made with different networks")
    _refused(connection, _file([msgspec.structs.replace(face, samples=3)]), "face is enrolled with 5 samples, not 3")


def test_files_that_are_not_what_they_should_be_are_refused(connection: Connection) -> None:
    ann = Person(1)
    face = ann.face()
    _refused(connection, b"nothing", "no enrolment")
    _refused(connection, _file([face], key=Ed25519PrivateKey.generate()), "signature")
    _refused(connection, _file([face], account=_OTHER), "not one of this account's terminals")
    _refused(connection, _file([face], sealed_for=_OTHER), "does not open")
    _refused(connection, _file([face, face]), "are the same")
    stop = codec.encode(_KEY, Direction.UP, _DEVICE, "0" * 32, PayerStop(payment_id="0" * 32))
    _refused(connection, stop, "not an enrolment")
    _enrol(connection, _file([face]))
    _refused(connection, _file([ann.face()]), "good for once")
    _refused(connection, _file([face], number=2), "shown before")


def test_a_revoked_terminal_enrols_nobody(connection: Connection) -> None:
    people.revoke_device(connection, _DEVICE)
    _refused(connection, _file([Person(1).face()]), "unknown or revoked")
