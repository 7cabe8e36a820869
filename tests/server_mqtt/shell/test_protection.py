"""References at rest: scores unchanged, owners bound, enrolments unlinkable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.comparison.face import face_direction, face_score
from server_mqtt.contract.messages import Modality
from server_mqtt.shell.errors import StoredReferenceError
from server_mqtt.shell.protection import ReferenceProtection, orthogonal_matrix
from tests.scenarios.people import Person

_KEY = bytes(range(32))
_ONE, _TWO = "1" * 32, "2" * 32


def _face(seed: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.frombuffer(Person(seed).face().template, dtype="<f4")


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), enrolment=st.integers(0, 2**128 - 1), apart=st.floats(0.0, 2.0))
def test_scores_with_and_without_protection_agree(seed: int, enrolment: int, apart: float) -> None:
    protection, name = ReferenceProtection(_KEY), f"{enrolment:032x}"
    reference, probe = _face(seed), _face(seed) + np.float32(apart / 10) * _face(seed + 1)
    protected = protection.rotate(face_direction(reference).astype(np.float32), name)
    after = face_score(protected, protection.rotate(probe, name))
    assert after == pytest.approx(face_score(reference, probe), abs=1e-5)
    assert protection.rotate_back(protected, name) == pytest.approx(face_direction(reference), abs=1e-6)


ENROLLED = 150
KOLMOGOROV_SMIRNOV_MAX = 1.63 * (2 / ENROLLED) ** 0.5
"""Two samples of this size that differ by more are of one distribution with a probability of 1 in 100 only."""


def _largest_difference(one: list[float], other: list[float]) -> float:
    """Kolmogorov's and Smirnov's statistic: the largest difference of the shares that lie below any value."""
    every = np.sort(np.array(one + other))
    shares = [np.searchsorted(np.sort(np.array(part)), every, side="right") / len(part) for part in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def test_enrolments_of_one_person_under_two_keys_are_not_linked_by_score() -> None:
    first, second = ReferenceProtection(_KEY), ReferenceProtection(bytes(32))
    people = [Person(seed) for seed in range(ENROLLED)]

    def enrolled(protection: ReferenceProtection, start: int) -> list[np.ndarray[tuple[int], np.dtype[np.float32]]]:
        captures = [np.frombuffer(person.face().template, dtype="<f4") for person in people]
        return [
            protection.rotate(face_direction(capture).astype(np.float32), f"{start + number:032x}")
            for number, capture in enumerate(captures)
        ]

    here, elsewhere, again = enrolled(first, 0), enrolled(second, 0), enrolled(first, ENROLLED)
    strangers = [face_score(here[number - 1], elsewhere[number]) for number in range(ENROLLED)]
    for other in (elsewhere, again):
        mated = [face_score(one, same) for one, same in zip(here, other, strict=True)]
        assert _largest_difference(mated, strangers) < KOLMOGOROV_SMIRNOV_MAX
    # Under one key they are linked at once, so the test can tell; and no length tells anything.
    open_faces = [np.frombuffer(person.face().template, dtype="<f4") for person in people]
    same_key = [
        face_score(one, first.rotate(face, f"{number:032x}"))
        for number, (one, face) in enumerate(zip(here, open_faces, strict=True))
    ]
    assert _largest_difference(same_key, strangers) == 1.0
    assert np.linalg.norm(np.array(here + elsewhere), axis=1) == pytest.approx(1.0, abs=1e-6)


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
