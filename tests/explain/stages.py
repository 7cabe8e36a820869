"""What each stage makes of one frame: box, region, mesh, quality, aligned face. Impure: runs networks."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.camera.timeline import Stance
from models.face import quality
from models.face.detector import Detection
from models.face.mesh import (
    CHIN,
    FACE_LEFT,
    FACE_RIGHT,
    FOREHEAD,
    LEFT_EYE_OUTER,
    LIP_LOWER,
    LIP_UPPER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    REGION_SCALE,
    RIGHT_EYE_OUTER,
)
from models.face.observation import Face
from models.face.occlusion import EYE_DETAIL_MIN, MOUTH_DETAIL_MIN
from models.face.region import Region
from tests.explain import drawing
from tests.explain.drawing import BLUE, GREEN, RED
from tests.explain.eye import SIZE, Eye, Part, Picture, table

STANCE: Final = Stance(yaw_deg=6.0, roll_deg=13.0)
"""The head leans, so that the turned square can be told from an upright one."""
SHEET_PX: Final = 256
MESH_PX: Final = 620
ZOOM_CHIP: Final = 256


def stages(eye: Eye) -> Part:
    """The frame with its box, what each network is given, and the mesh."""
    rgb = eye.portrait(STANCE)
    (found,) = eye.detector.run(rgb)
    region = found.region(REGION_SCALE)
    points = eye.mesh.run(rgb, region)
    face = eye.observe(rgb).face
    if points is None or face is None:
        raise AssertionError("the networks see no face in the demo's portrait")
    eye.iris.run(rgb, points)
    inputs = (
        (eye.detector._cut, "1 detector: 128 x 128"),
        (eye.mesh.cut.copy(), "2 mesh: 192 x 192"),
        (eye.iris._cut, "3 iris: 64 x 64"),
        (eye.aligner.run(rgb, face.points), "4 embedding: 150 x 150"),
    )
    pictures = {
        "frame.jpg": drawing.jpeg(_boxed(rgb, found, region)),
        "inputs.jpg": drawing.jpeg(drawing.sheet(inputs, SHEET_PX, smooth=False)),
        "mesh.jpg": drawing.jpeg(_meshed(eye.mesh.cut, points, region)),
    }
    return Part("stages", _said(found, region, face), pictures)


def _said(found: Detection, region: Region, face: Face) -> str:
    pose = face.pose
    rows = (
        ("frame", f"{SIZE[0]} x {SIZE[1]} pixels"),
        ("detector", f"1 face, sure to {found.score:.2f}; its box is {found.width_px:.0f} pixels wide"),
        ("region", f"{region.size_px:.0f} pixels wide, turned by {np.degrees(region.angle_rad):.0f} degrees"),
        ("mesh", f"{len(face.points)} points"),
        ("pose", f"turned by {pose.yaw_deg:.0f} degrees, raised by {pose.pitch_deg:.0f}, leaning {pose.roll_deg:.0f}"),
        ("irises", f"eyes {face.left_eye_open:.2f} (left) and {face.right_eye_open:.2f} (right) high over wide"),
        ("mouth", f"{face.mouth_open:.2f} high over wide"),
    )
    return table(("stage", "of this frame"), rows)


def qualities(eye: Eye) -> Part:
    """The measures of the same frame beside their gates, in the order in which they are asked."""
    face = eye.observe(eye.portrait(STANCE)).face
    if face is None:
        raise AssertionError("the networks see no face in the demo's portrait")
    seen, pose = face.quality, face.pose
    farthest = quality.EYE_DISTANCE_MAX_SHARE * min(SIZE)
    turned = f"{abs(pose.yaw_deg):.0f}, {abs(pose.pitch_deg):.0f} and {abs(pose.roll_deg):.0f} degrees"
    most = f"under {quality.ANGLE_MAX_DEG:.0f}, {quality.ANGLE_MAX_DEG:.0f} and {quality.ROLL_MAX_DEG:.0f}"
    rows = (
        (
            "distance of the eyes",
            f"{seen.eye_distance_px:.0f} pixels",
            f"{quality.EYE_DISTANCE_MIN_PX:.0f} to {farthest:.0f}",
            "`too_far`, `too_near`",
        ),
        (
            "brightness of the face, 0 to 255",
            f"{seen.brightness:.0f}",
            f"{quality.BRIGHTNESS_MIN:.0f} to {quality.BRIGHTNESS_MAX:.0f}",
            "`too_dark`, `too_bright`",
        ),
        ("whole face in the picture", "yes" if seen.inside else "no", "yes", "`cut_off`"),
        ("turned, raised, leaning", turned, most, "`look_at_the_camera`"),
        (
            "sharpness: fine detail in the contrast",
            f"{seen.sharpness:.3f}",
            f"{quality.SHARPNESS_MIN:.3f} and more",
            "`hold_still`",
        ),
        ("detail where the eyes are", f"{seen.eye_detail:.2f}", f"{EYE_DETAIL_MIN:.3f} and more", "`eyes_covered`"),
        (
            "detail where the mouth is",
            f"{seen.mouth_detail:.2f}",
            f"{MOUTH_DETAIL_MIN:.3f} and more",
            "`mouth_covered`",
        ),
    )
    return Part("quality", table(("measure", "here", "gate", "hint outside"), rows), {})


def _boxed(rgb: Picture, found: Detection, region: Region) -> Picture:
    """The frame with the detector's box and points, and the square that the mesh is given."""
    drawn = rgb.copy()
    wide, high = found.width_px / 2, found.height_px / 2
    corners = [(found.x_px + dx * wide, found.y_px + dy * high) for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    matrix = region.to_frame(1)
    square = [matrix @ (x, y, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    drawing.outline(drawn, square, RED)
    drawing.outline(drawn, corners, BLUE)
    for number, keypoint in enumerate(found.keypoints, 1):
        drawing.ring(drawn, keypoint, BLUE, 4)
        drawing.label(drawn, keypoint, f"{number}", BLUE, (0, -16))
    drawing.label(drawn, corners[3], "detector", BLUE, (42, 14))
    drawing.label(drawn, square[1], "for the mesh", RED, (-20, -14))
    return drawn


def _meshed(cut: Picture, points: NDArray[np.float32], region: Region) -> Picture:
    """The mesh on the upright cut, and the lines from which pose and mouth are read."""
    side = cut.shape[0]
    drawn = drawing.scaled(cut, MESH_PX)
    to_cut = np.asarray(cv2.invertAffineTransform(region.to_frame(side)), np.float64) * (MESH_PX / side)
    places = points[:, :2] @ to_cut[:, :2].T + to_cut[:, 2]
    for place in places:
        drawing.dot(drawn, place, drawing.WHITE, 2.6)
        drawing.dot(drawn, place, BLUE, 1.6)
    lines = (
        ("yaw", FACE_RIGHT, FACE_LEFT, RED, (0.16, -14)),
        ("pitch", FOREHEAD, CHIN, RED, (0.12, 0)),
        ("roll", RIGHT_EYE_OUTER, LEFT_EYE_OUTER, GREEN, (0.5, -16)),
        ("mouth", MOUTH_RIGHT, MOUTH_LEFT, GREEN, (1.25, 0)),
        ("", LIP_UPPER, LIP_LOWER, GREEN, (0, 0)),
    )
    for words, start, end, colour, (share, above) in lines:
        drawing.outline(drawn, (places[start], places[end]), colour, closed=False)
        if words:
            at = places[start] + (places[end] - places[start]) * share
            drawing.label(drawn, at, words, colour, (0, above))
    return drawn
