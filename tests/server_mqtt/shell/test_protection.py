"""References at rest: distances unchanged, owners bound, enrolments unlinkable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.comparison.face import face_distance
from server_mqtt.contract.messages import Modality
from server_mqtt.shell.errors import StoredReferenceError
from server_mqtt.shell.protection import ReferenceProtection, orthogonal_matrix
from tests.scenarios.people import Person

_KEY = bytes(range(32))
_ONE, _TWO = "1" * 32, "2" * 32


def _face(seed: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.frombuffer(Person(seed).face().template, dtype="<f4")


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), enrolment=st.integers(0, 2**128 - 1))
def test_rotation_leaves_distances_as_they_are(seed: int, enrolment: int) -> None:
    protection, name = ReferenceProtection(_KEY), f"{enrolment:032x}"
    reference, near = _face(seed), _face(seed) + np.float32(0.01)
    before = face_distance(reference, near)
    after = face_distance(protection.rotate(reference, name), protection.rotate(near, name))
    assert after == pytest.approx(before, abs=1e-5)


def test_two_enrolments_of_one_face_are_unrelated() -> None:
    protection, face = ReferenceProtection(_KEY), _face(1)
    one, two = protection.rotate(face, _ONE), protection.rotate(face, _TWO)
    cosine = float(one @ two) / float(np.linalg.norm(one) * np.linalg.norm(two))
    assert abs(cosine) < 0.4  # 128 dimensions: independent directions have a cosine of 0 +- 0.09
    assert face_distance(one, two) > 1.0


def test_the_rotation_is_the_same_for_ever() -> None:
    matrix = orthogonal_matrix(bytes(32))
    assert np.allclose(matrix @ matrix.T, np.eye(128), atol=1e-12)
    # A change here makes every stored face unusable.
    assert matrix[:2, :2] == pytest.approx(np.array([[0.093035, -0.157354], [-0.008864, -0.108957]]), abs=1e-6)


def test_an_encrypted_reference_opens_for_its_owner_only() -> None:
    protection = ReferenceProtection(_KEY)
    stored = protection.encrypt(b"template", account="DE01", enrolment_id=_ONE, modality=Modality.FACE)
    assert b"template" not in stored
    assert protection.decrypt(stored, account="DE01", enrolment_id=_ONE, modality=Modality.FACE) == b"template"
    with pytest.raises(StoredReferenceError):
        protection.decrypt(stored, account="DE02", enrolment_id=_ONE, modality=Modality.FACE)
    with pytest.raises(StoredReferenceError):
        protection.decrypt(stored, account="DE01", enrolment_id=_TWO, modality=Modality.FACE)
    with pytest.raises(StoredReferenceError):
        protection.decrypt(stored, account="DE01", enrolment_id=_ONE, modality=Modality.FINGERPRINT)
    with pytest.raises(StoredReferenceError):
        ReferenceProtection(bytes(32)).decrypt(stored, account="DE01", enrolment_id=_ONE, modality=Modality.FACE)


@given(position=st.integers(0, 35), bit=st.integers(0, 7))
@settings(max_examples=30, deadline=None)
def test_a_damaged_reference_does_not_open(position: int, bit: int) -> None:
    protection = ReferenceProtection(_KEY)
    stored = bytearray(protection.encrypt(b"template", account="DE01", enrolment_id=_ONE, modality=Modality.FACE))
    assert len(stored) == 36
    stored[position] ^= 1 << bit
    with pytest.raises(StoredReferenceError):
        protection.decrypt(bytes(stored), account="DE01", enrolment_id=_ONE, modality=Modality.FACE)
