"""Frames that the terminal says something about, and what it says: the first thing to put right. Impure: networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from firmware_bridge.camera.attacks.photo import WALL
from firmware_bridge.camera.sources import Noisy, StillImage
from firmware_bridge.camera.timeline import Stance
from models.face import quality
from models.face.observation import FaceObservation, Hint, Quality
from models.face.occlusion import EYE_DETAIL_MIN, MOUTH_DETAIL_MIN
from terminal.texts.reasons import FACE_HINTS
from tests.explain import drawing
from tests.explain.eye import SEED, SIZE, Eye, Part, Picture, moved, noise, table

STILL_PX: Final = 150
GLASSES, CLOTH = (24, 22, 22), (120, 170, 210)
"""Colours of dark glasses and of a mask."""
LENSES: Final = ((70, 63, 107, 55, 233, 119, 117, 35), (300, 293, 336, 285, 453, 348, 346, 265), (168, 6))
MASK: Final = (93, 132, 172, 150, 152, 379, 397, 361, 323, 195)
"""Mesh points around either eye and between them, and around mouth and chin."""
MORE_PX: Final = 15


@dataclass(frozen=True, slots=True)
class Placement:
    """One scene, and what decides about it."""

    name: str
    what: str
    picture: Picture
    why: Callable[[Quality], str]


def placements(eye: Eye) -> Part:
    """One scene per hint, in the order in which hints are given."""
    rows = []
    pictures = {}
    for one in _scenes(eye):
        seen = eye.observe(one.picture)
        file = f"{one.name}.jpg"
        pictures[file] = drawing.jpeg(drawing.scaled(one.picture, STILL_PX))
        says = FACE_HINTS[seen.hint] or "(goes on)"
        shown = f'<img src="pictures/sees/{file}" width="200" alt="{one.what}">'
        rows.append((shown, f"`{seen.hint}`", says, f"{one.what}: {_why(one, seen)}"))
    return Part("placements", table(("picture", "hint", "what the screen says", "what decided"), rows), pictures)


def _why(one: Placement, seen: FaceObservation) -> str:
    if seen.face is None:
        return "the detector finds no face"
    if seen.hint is Hint.SEVERAL_FACES:
        return f"the detector finds {seen.faces} of about one size"
    return one.why(seen.face.quality)


def _scenes(eye: Eye) -> Iterator[Placement]:
    straight = eye.portrait(Stance())
    wall = Noisy(StillImage(np.full((SIZE[1], SIZE[0], 3), WALL, np.uint8)), seed=SEED).frame(0)
    if wall is None:
        raise AssertionError("a wall is always there")
    twice = straight.copy()
    twice[:320, :200] = twice[:320, 220:420]
    yield Placement("well-placed", "well placed", straight, lambda seen: "every gate is passed")
    yield Placement("no-face", "an empty shop", wall, _nothing)
    yield Placement("several-faces", "somebody beside", twice, _nothing)
    yield Placement("too-far", "a metre away", moved(straight, 0.5, (0, 0)), _eyes_apart)
    yield Placement("too-near", "nose to the camera", moved(straight, 2.5, (0, 20)), _eyes_apart)
    yield Placement("too-dark", "at night", _lit(straight, 0.12), _bright)
    yield Placement("too-bright", "lamp in the face", _glaring(straight), _bright)
    aside = moved(straight, 1.0, (250, 0))
    yield Placement("cut-off", "half outside", aside, lambda seen: "part of the mesh is outside")
    yield Placement("turned-away", "looking aside", eye.portrait(Stance(yaw_deg=24)), _turned(eye))
    yield Placement("blurred", "moving", _smeared(straight, 25), _sharp)
    yield Placement("eyes-covered", "dark glasses", _covered(eye, GLASSES, *LENSES), _eye_detail)
    yield Placement("mouth-covered", "a mask", _covered(eye, CLOTH, MASK), _mouth_detail)


def _nothing(seen: Quality) -> str:
    raise AssertionError("this scene was to have no measure that decides")


def _eyes_apart(seen: Quality) -> str:
    farthest = quality.EYE_DISTANCE_MAX_SHARE * min(SIZE)
    return f"eyes {seen.eye_distance_px:.0f} pixels apart, not {quality.EYE_DISTANCE_MIN_PX:.0f} to {farthest:.0f}"


def _bright(seen: Quality) -> str:
    return f"brightness {seen.brightness:.0f}, not {quality.BRIGHTNESS_MIN:.0f} to {quality.BRIGHTNESS_MAX:.0f}"


def _sharp(seen: Quality) -> str:
    return f"sharpness {seen.sharpness:.4f}, not {quality.SHARPNESS_MIN:.3f} and more"


def _eye_detail(seen: Quality) -> str:
    return f"detail {seen.eye_detail:.3f}, not {EYE_DETAIL_MIN:.3f} and more"


def _mouth_detail(seen: Quality) -> str:
    return f"detail {seen.mouth_detail:.3f}, not {MOUTH_DETAIL_MIN:.3f} and more"


def _turned(eye: Eye) -> Callable[[Quality], str]:
    def why(seen: Quality) -> str:
        face = eye.observe(eye.portrait(Stance(yaw_deg=24))).face
        if face is None:
            raise AssertionError("the networks lost the demo's face")
        return f"turned by {face.pose.yaw_deg:.0f} degrees, not under {quality.ANGLE_MAX_DEG:.0f}"

    return why


def _glaring(rgb: Picture) -> Picture:
    """`rgb` with a lamp in the lens: what was dark is bright, what was bright is white."""
    return noise().onto((255 - (255 - rgb.astype(np.float32)) * 0.3).astype(np.uint8), SEED)


def _lit(rgb: Picture, factor: float) -> Picture:
    """`rgb` under so many times the light, seen by a sensor with noise."""
    return noise().onto((rgb * factor).astype(np.uint8), SEED)


def _smeared(rgb: Picture, length_px: int) -> Picture:
    """`rgb` while the head moves sideways by so much during a long exposure, in light that leaves no noise."""
    kernel = np.full((1, length_px), 1 / length_px, np.float32)
    return np.asarray(cv2.filter2D(rgb, -1, kernel), np.uint8)


def _covered(eye: Eye, colour: tuple[int, int, int], *parts: tuple[int, ...]) -> Picture:
    """Something of `colour` before the face: the hull of each of `parts`, mesh points, and a little more."""
    rgb = eye.portrait(Stance())
    face = eye.observe(rgb).face
    if face is None:
        raise AssertionError("the networks lost the demo's face")
    mask = np.zeros(rgb.shape[:2], np.uint8)
    for part in parts:
        outline = cv2.convexHull(np.rint(face.points[list(part), :2]).astype(np.int32))
        cv2.fillConvexPoly(mask, outline, (255,))
    mask = np.asarray(cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (MORE_PX, MORE_PX))), np.uint8)
    light = np.linspace(0.8, 1.1, SIZE[0])[None, :, None]
    cloth = np.broadcast_to(np.array(colour) * light, rgb.shape)
    covered = np.where(mask[..., None] > 0, cloth, rgb).astype(np.uint8)
    return noise().onto(covered, SEED + 1)
