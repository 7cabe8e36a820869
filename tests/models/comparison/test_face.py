"""Face templates are compared by distance, and what is no template is refused before it is compared."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.comparison.face import face_distance, face_score
from models.comparison.thresholds import FACE_FRAMES_CAPTURED, FACE_FRAMES_ENROLLED
from models.errors import TemplateError
from models.face.alignment import FaceAligner
from models.face.embedding import FaceEmbedder
from models.face.pipeline import FacePipeline
from tests.bundle import model_bundle
from tests.shared_data import shared_data
from tests.thresholds import FACE_DISTANCE_MAX


def template(seed: int) -> NDArray[np.float32]:
    values = np.random.default_rng(seed).normal(size=128)
    return (1.4 * values / np.linalg.norm(values)).astype(np.float32)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_is_a_distance(one: int, other: int) -> None:
    a, b = template(one), template(other)
    assert face_distance(a, b) == face_distance(b, a) >= 0
    assert face_distance(a, a) == 0
    assert face_distance(a, b) == pytest.approx(float(np.linalg.norm(a - b)) / 1.4, rel=1e-5, abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32), st.integers(0, 2**32), st.floats(0.5, 2.0))
def test_a_score_is_of_directions_and_rises_with_likeness(one: int, other: int, stretch: float) -> None:
    a, b = template(one), template(other)
    assert face_score(a, b) == pytest.approx(1 - face_distance(a, b) / 2)
    assert face_score(a, (b * stretch).astype(np.float32)) == pytest.approx(face_score(a, b), abs=1e-6)
    assert face_score(a, a) == 1.0
    nearer, further = ((a + b * share).astype(np.float32) for share in (0.1, 0.2))
    assert face_score(a, nearer) >= face_score(a, further) - 1e-6
    assert face_score(a, -a) == pytest.approx(0.0, abs=1e-9)


def spoilt(value: float) -> NDArray[np.float32]:
    values = template(1)
    values[77] = value
    return values


@pytest.mark.fault(40)
@pytest.mark.fault(41)
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (spoilt(float("nan")), "NaN or infinite"),
        (spoilt(float("inf")), "NaN or infinite"),
        (spoilt(float("-inf")), "NaN or infinite"),
        (spoilt(1e-40), "denormal"),
        (spoilt(3e38), "norm"),
        (np.zeros(128, np.float32), "norm"),
        (np.full(128, 1e-10, np.float32), "norm"),
        (np.full(128, 9.0, np.float32), "norm"),
        (template(1)[:127], "128 values"),
        (np.concatenate([template(1), template(2)]), "128 values"),
        (template(1).reshape(1, 128), "128 values"),
        (np.empty(0, np.float32), "128 values"),
        (template(1).astype(np.float64), "float32"),
        (template(1).astype(np.float16), "float32"),
        (template(1).astype(">f4"), "float32"),
        (template(1).astype(object), "float32"),
        (template(1).astype(np.complex64), "float32"),
        (np.full(128, 1e-42, np.float32), "denormal"),
        (np.full(128, 0.12, np.float32), "all the same"),
        (np.full(128, -0.12, np.float32), "all the same"),
        (np.full(128, np.finfo(np.float32).max, np.float32), "norm"),
        (template(1)[:, None], "128 values"),
        (template(1)[0], "float32"),
        (None, "float32"),
        (template(1).tobytes(), "float32"),
        ([0.1] * 128, "float32"),
    ],
)
def test_refuses_what_is_no_template(bad: NDArray[np.float32], words: str) -> None:
    good = template(2)
    with pytest.raises(TemplateError, match=words):
        face_distance(bad, good)
    with pytest.raises(TemplateError, match=words):
        face_distance(good, bad)


def test_how_a_template_lies_in_memory_changes_nothing() -> None:
    plain, room = template(1), np.zeros(256, np.float32)
    room[::2] = plain
    frozen = np.frombuffer(plain.tobytes(), np.float32)
    backwards = np.ascontiguousarray(plain[::-1])[::-1]
    assert {face_distance(one, template(2)) for one in (plain, room[::2], frozen, backwards)} == {
        face_distance(plain, template(2))
    }


@pytest.mark.fault(41)
@settings(deadline=None, max_examples=200)
@given(st.binary(min_size=512, max_size=512))
def test_no_bytes_give_anything_but_a_distance_or_a_refusal(raw: bytes) -> None:
    try:
        distance = face_distance(np.frombuffer(raw, np.float32), template(2))
    except TemplateError:
        return
    assert 0 <= distance <= 2 + 1e-9


PEOPLE = 12
WIDTH_PX = 184
"""ORL's photos are 92 pixels wide: enlarged, the eyes are 60 pixels apart."""


def embeddings(person: Path, pipeline: FacePipeline, embedder: FaceEmbedder) -> list[NDArray[np.float32]]:
    found, aligner = [], FaceAligner()
    for photo in sorted(person.iterdir()):
        picture = cv2.imread(str(photo))
        assert picture is not None
        scale = WIDTH_PX / picture.shape[1]
        large = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        rgb = np.asarray(cv2.cvtColor(large, cv2.COLOR_BGR2RGB), np.uint8)
        pipeline.reset()
        pipeline.observe(rgb)
        face = pipeline.observe(rgb).face
        if face is not None and abs(face.pose.yaw_deg) < 20:
            found.append(embedder.run(aligner.run(rgb, face.points)))
    return found


@pytest.mark.models
@pytest.mark.shared_data
def test_real_people_are_told_apart() -> None:
    folder = shared_data("faces/orl")
    bundle = model_bundle()
    pipeline, embedder = FacePipeline(bundle), FaceEmbedder(bundle)
    people = sorted(folder.iterdir(), key=lambda person: int(person.name[1:]))[:PEOPLE]
    taken = [embeddings(person, pipeline, embedder) for person in people]
    both = FACE_FRAMES_ENROLLED + FACE_FRAMES_CAPTURED
    known = [found for found in taken if len(found) >= both]
    assert len(known) >= PEOPLE - 2
    references = [np.mean(found[:FACE_FRAMES_ENROLLED], axis=0) for found in known]
    probes = [np.mean(found[-FACE_FRAMES_CAPTURED:], axis=0) for found in known]
    genuine = [face_distance(a, b) for a, b in zip(references, probes, strict=True)]
    impostors = [face_distance(a, b) for a, b in itertools.permutations(references, 2)]
    impostors += [face_distance(references[i], probes[j]) for i, j in itertools.permutations(range(len(known)), 2)]
    assert max(genuine) <= FACE_DISTANCE_MAX < min(impostors)
