"""Whole captures, through the real networks, of a puppet that does as it is told, or does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.camera.puppet import HeldPhotograph, Puppet
from models.comparison.face import face_distance
from models.errors import CaptureError, ChallengeError
from models.face.capture import CaptureProgress, FaceCapture, FaceEnrolment, FaceTemplate
from models.face.embedding import FaceEmbedder
from models.face.observation import Hint
from models.face.pipeline import FacePipeline
from models.liveness.challenge import RELEASE_MAX_MS, Action
from models.liveness.evidence import LivenessFailure
from tests.bundle import model_bundle
from tests.portrait import portrait, portrait_mesh
from tests.shared_data import shared_data
from tests.thresholds import FACE_DISTANCE_MAX

pytestmark = pytest.mark.models

REACTION_MS = 350
LIMIT_MS = 25_000
EXCHANGED_MS = 1250
"""The first action has been seen, the mouth closes, the next portrait is due."""
STRANGER = "faces/krasserm_lfw10/Donald_Rumsfeld/Donald_Rumsfeld_0003.jpg"
BLINK, MOUTH, LEFT, RIGHT = Action.BLINK, Action.OPEN_MOUTH, Action.TURN_LEFT, Action.TURN_RIGHT
UP, DOWN, NEARER = Action.LOOK_UP, Action.LOOK_DOWN, Action.COME_NEARER
Picture = Callable[[int], NDArray[np.uint8]]


@cache
def pipeline() -> FacePipeline:
    return FacePipeline(model_bundle())


@cache
def embedder() -> FaceEmbedder:
    return FaceEmbedder(model_bundle())


def astronaut(seed: int = 0) -> Puppet:
    return Puppet(portrait(), portrait_mesh(), seed=seed)


def capture(
    who: Puppet | HeldPhotograph,
    challenge: Sequence[Action],
    *,
    holds_ms: Sequence[int] = (),
    does: Sequence[Action] | None = None,
    per_second: int = 20,
    picture: Picture | None = None,
) -> tuple[FaceCapture, CaptureProgress]:
    """Feed a capture from a puppet that answers each request with the next of `does` (or what was asked)."""
    session, asked, number = FaceCapture(pipeline(), embedder(), challenge, holds_ms), 0, 0
    script = list(challenge if does is None else does)
    while (now_ms := number * 1000 // per_second) < LIMIT_MS:
        progress = session.feed((picture or who.frame)(now_ms), now_ms)
        if progress.done or progress.failed:
            return session, progress
        if progress.action is not None and progress.step >= asked:
            who.perform(script[asked], now_ms + REACTION_MS, held=script[asked] is not BLINK)
            asked = progress.step + 1
        elif progress.action is None and asked > progress.step:
            who.release(now_ms + REACTION_MS)
        number += 1
    return session, progress


def enrolled(who: Puppet) -> FaceTemplate:
    session = FaceEnrolment(pipeline(), embedder())
    for number in range(100):
        if session.feed(who.frame(number * 40), number * 40).done:
            return session.template()
    raise AssertionError("the enrolment did not end")


@pytest.mark.parametrize(
    ("challenge", "holds_ms", "per_second"),
    [
        ((LEFT, BLINK), (1500, 0), 12),
        ((BLINK, UP, MOUTH), (0, 0, 0), 20),
        ((DOWN, BLINK, NEARER), (0, 0, 1500), 15),
        ((NEARER, MOUTH, DOWN, BLINK), (0, 0, 1500, 0), 12),
        ((UP, LEFT, BLINK, RIGHT), (1500, 0, 0, 0), 15),
    ],
)
def test_who_does_as_asked_gets_a_template(
    challenge: tuple[Action, ...], holds_ms: tuple[int, ...], per_second: int
) -> None:
    session, progress = capture(astronaut(), challenge, holds_ms=holds_ms, per_second=per_second)
    assert progress.done
    assert (progress.step, progress.steps, progress.action) == (len(challenge), len(challenge), None)
    template = session.template()
    assert template.frames == 3
    assert template.embedding.shape == (128,)
    assert template.embedding.dtype == np.float32
    assert tuple(one.action for one in template.evidence.steps) == challenge
    assert template.evidence.frames > 30
    assert 0 < template.evidence.spread < 0.4
    for one, hold_ms in zip(template.evidence.steps, holds_ms, strict=False):
        assert hold_ms <= one.held_ms <= hold_ms + RELEASE_MAX_MS
        assert 1 < one.score < 2
    assert "0." not in repr(template)


def test_the_same_person_is_near() -> None:
    reference = enrolled(astronaut())
    assert reference.frames == 5
    assert reference.evidence.steps == ()
    session, _ = capture(astronaut(seed=3), (BLINK, LEFT))
    assert face_distance(reference.embedding, session.template().embedding) < FACE_DISTANCE_MAX / 2


@pytest.mark.shared_data
def test_a_stranger_is_not() -> None:
    session, progress = capture(puppet_of(shared_data(STRANGER)), (LEFT, MOUTH))
    assert progress.done
    assert face_distance(enrolled(astronaut()).embedding, session.template().embedding) > FACE_DISTANCE_MAX


@pytest.mark.fault(47)
def test_a_held_photo_is_asked_in_vain() -> None:
    session, progress = capture(HeldPhotograph(portrait(), portrait_mesh()), (BLINK, LEFT))
    assert progress.failed is LivenessFailure.TIMED_OUT
    with pytest.raises(CaptureError):
        session.template()


@pytest.mark.fault(47)
@pytest.mark.parametrize(
    ("challenge", "does", "failure"),
    [
        ((BLINK, LEFT), (LEFT, BLINK), LivenessFailure.WRONG_ACTION),
        ((LEFT, BLINK), (RIGHT, BLINK), LivenessFailure.WRONG_ACTION),
        ((LEFT, MOUTH), (MOUTH, LEFT), LivenessFailure.WRONG_ACTION),
        ((LEFT, BLINK), (BLINK, LEFT), LivenessFailure.WRONG_ACTION),
        ((UP, BLINK), (DOWN, BLINK), LivenessFailure.WRONG_ACTION),
        ((MOUTH, UP), (NEARER, UP), LivenessFailure.WRONG_ACTION),
    ],
)
def test_another_order_fails(challenge: tuple[Action, ...], does: tuple[Action, ...], failure: LivenessFailure) -> None:
    _, progress = capture(astronaut(), challenge, does=does)
    assert progress.failed is failure


@pytest.mark.fault(44)
def test_a_camera_that_freezes_fails_and_a_black_one_never_begins() -> None:
    who = astronaut()
    _, progress = capture(who, (BLINK, LEFT), picture=lambda now_ms: who.frame(min(now_ms, 800)))
    assert progress.failed is LivenessFailure.FROZEN
    session = FaceCapture(pipeline(), embedder(), (BLINK, LEFT))
    chance = np.random.default_rng(4)
    for number in range(30):
        black = chance.integers(0, 4, (480, 640, 3), np.uint8)
        progress = session.feed(black, number * 50)
        assert (progress.hint, progress.action, progress.failed) == (Hint.NO_FACE, None, None)


def puppet_of(photo: Path) -> Puppet:
    picture = cv2.imread(str(photo))
    assert picture is not None
    rgb = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
    pipeline().reset()
    pipeline().observe(rgb)
    face = pipeline().observe(rgb).face
    assert face is not None
    return Puppet(rgb, face.points)


@pytest.mark.fault(45)
@pytest.mark.shared_data
def test_a_face_that_is_exchanged_in_the_middle_fails() -> None:
    first, second = astronaut(), puppet_of(shared_data(STRANGER))

    def picture(now_ms: int) -> NDArray[np.uint8]:
        return (first if now_ms < EXCHANGED_MS else second).frame(now_ms)

    _, progress = capture(first, (MOUTH, LEFT), picture=picture)
    assert progress.failed in (LivenessFailure.SAME_FACE, LivenessFailure.JUMP)


@pytest.mark.fault(45)
@pytest.mark.shared_data
def test_two_people_who_take_turns_are_not_enrolled() -> None:
    first, second = astronaut(), puppet_of(shared_data(STRANGER))
    session = FaceEnrolment(pipeline(), embedder())
    for number in range(100):
        now_ms = number * 50
        progress = session.feed((first if now_ms < 700 else second).frame(now_ms), now_ms)
        if progress.failed:
            break
    assert progress.failed is LivenessFailure.SAME_FACE


@pytest.mark.fault(45)
def test_a_second_person_who_stays_fails() -> None:
    who = astronaut()

    def picture(now_ms: int) -> NDArray[np.uint8]:
        rgb = who.frame(now_ms)
        if now_ms > 700:
            rgb[:320, :200] = rgb[:320, 220:420]
        return rgb

    _, progress = capture(who, (BLINK, LEFT), picture=picture)
    assert progress.failed is LivenessFailure.SEVERAL_FACES


def test_bad_placement_is_a_hint_and_never_a_failure() -> None:
    session, who = FaceCapture(pipeline(), embedder(), (BLINK, LEFT)), astronaut()
    for number in range(60):
        dark = (who.frame(number * 200) * 0.1).astype(np.uint8)
        progress = session.feed(dark, number * 200)
        assert (progress.hint, progress.failed, progress.action) == (Hint.TOO_DARK, None, None)


def test_an_enrolment_takes_its_frames_apart_in_time() -> None:
    session, who = FaceEnrolment(pipeline(), embedder(), frames=2), astronaut()
    for number in range(100):
        progress = session.feed(who.frame(number * 40), number * 40)
        if progress.done:
            break
    assert 300 < session.template().evidence.duration_ms < 1500
    frozen, picture = FaceEnrolment(pipeline(), embedder(), frames=1), who.frame(0)
    assert not any(frozen.feed(picture, number * 40).done for number in range(20))


def test_refuses_to_be_used_wrongly() -> None:
    with pytest.raises(ChallengeError):
        FaceCapture(pipeline(), embedder(), (LEFT, RIGHT))
    with pytest.raises(CaptureError, match="at least one"):
        FaceEnrolment(pipeline(), embedder(), frames=0)
    with pytest.raises(CaptureError, match="not done"):
        FaceEnrolment(pipeline(), embedder()).template()
