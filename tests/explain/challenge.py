"""One whole challenge, as the terminal sees it: the chart, the moments, the steps. Impure: runs networks."""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.comparison.calibrations import released
from models.comparison.face import FACE_DISTANCE_LARGEST, face_distance
from models.comparison.thresholds import FACE_FRAMES_CAPTURED, FACE_FRAMES_ENROLLED, FALSE_MATCH_RATE
from models.face.best import SAME_FACE_DISTANCE_MAX
from models.face.capture import PROBE_FRAMES, FaceEnrolment
from models.liveness import motion
from models.liveness.challenge import Action
from tests.explain import drawing
from tests.explain.charts import timeline
from tests.explain.eye import Eye, Part, Picture, moved, table
from tests.explain.film import Film, filmed, strip

ACTIONS: Final = (Action.TURN_LEFT, Action.BLINK, Action.OPEN_MOUTH, Action.LOOK_UP)
HOLDS_MS: Final = (1500, 0, 0, 1500)
"""As the default policy draws them: four actions, each but the blink held for 0 or 1.5 s."""
STILL_PX: Final = 150
FACE: Final = (slice(40, 380), slice(150, 490))
"""Where the face is in the frame."""


@cache
def performed(eye: Eye) -> Film:
    """The person does as asked."""
    return filmed(eye, eye.puppet(), ACTIONS, HOLDS_MS)


def challenge(eye: Eye) -> Part:
    """The chart, the moments, and a table of the steps."""
    film = performed(eye)
    bands = film.bands(_words)
    first = next(one.look for one in film.moments if one.progress.action is not None and one.look is not None)
    strips = (
        strip(
            "yaw, degrees",
            [film.curve("", lambda look: look.yaw_deg)],
            -35,
            35,
            (motion.TURN_MIN_DEG, f"turned left: above {motion.TURN_MIN_DEG:.0f}"),
            (-motion.TURN_MIN_DEG, f"right: below -{motion.TURN_MIN_DEG:.0f}"),
        ),
        strip(
            "pitch, degrees",
            [film.curve("", lambda look: look.pitch_deg - first.pitch_deg)],
            -28,
            28,
            (motion.NOD_MIN_DEG, f"looks up: above {motion.NOD_MIN_DEG:.0f}"),
            (-motion.NOD_MIN_DEG, f"down: below -{motion.NOD_MIN_DEG:.0f}"),
        ),
        strip(
            "mouth",
            [film.curve("", lambda look: look.mouth_open)],
            0,
            0.9,
            (motion.MOUTH_OPEN_MIN, f"open: above {motion.MOUTH_OPEN_MIN:.1f}"),
            (motion.MOUTH_SHUT_MAX, f"shut: below {motion.MOUTH_SHUT_MAX:.1f}"),
        ),
        strip(
            "eyes",
            [
                film.curve("left", lambda look: look.left_eye_open),
                film.curve("right", lambda look: look.right_eye_open),
            ],
            0,
            0.6,
        ),
        strip(
            "size",
            [film.curve("", lambda look: look.scale / first.scale)],
            0.8,
            1.5,
            (math.exp(motion.NEAR_MIN), f"nearer: above {math.exp(motion.NEAR_MIN):.2f}"),
        ),
    )
    chart = timeline("A challenge, from the first frame to the template", strips, bands, film.length_ms)
    moments = [(film.still(0)[FACE], "at rest")]
    for number, one in enumerate(film.end.evidence.steps):
        middle_ms = (one.start_ms + one.end_ms) // 2
        moments.append((film.still(middle_ms)[FACE], f"{number + 1} {one.action.value}"))
    moments.append((film.still(film.length_ms)[FACE], "at rest"))
    sheet = drawing.jpeg(drawing.sheet(moments, STILL_PX))
    return Part("challenge", _steps(film), {"challenge.svg": chart.encode(), "challenge.jpg": sheet})


def _words(action: Action) -> str:
    return action.value.replace("_", " ")


def _steps(film: Film) -> str:
    asked: dict[int, int] = {}
    for one in film.moments:
        if one.progress.action is not None:
            asked.setdefault(one.progress.step, one.t_ms)
    rows = []
    for number, (done, wanted_ms) in enumerate(zip(film.end.evidence.steps, HOLDS_MS, strict=True)):
        held = "not held" if done.action is Action.BLINK else f"{done.held_ms / 1000:.1f} s ({wanted_ms / 1000:.1f} s)"
        times = (_s(asked[number]), _s(done.start_ms), _s(done.end_ms))
        rows.append((f"`{done.action.value}`", *times, held, f"{done.score:.2f}"))
    evidence = film.end.evidence
    outcome = "passed" if film.end.done else f"failed: {film.end.failed}"
    head = ("action", "asked for at", "began", "over at", "held for (wanted)", "how far (1 just counts)")
    told = (
        f"The challenge is **{outcome}** after {evidence.frames} frames and {_s(evidence.duration_ms)}. "
        f"Its template is the mean of the {PROBE_FRAMES} best of {len(ACTIONS) + 1} rests."
    )
    return f"{table(head, rows)}\n\n{told}"


def _s(t_ms: int) -> str:
    return f"{t_ms / 1000:.1f} s"


def distances(eye: Eye) -> Part:
    """How far templates and single frames of this one face are from its reference."""
    reference = _enrolled(eye)
    calibration = released().find("face", eye.model_hash, FACE_FRAMES_ENROLLED, FACE_FRAMES_CAPTURED)
    score = calibration.score_for(FALSE_MATCH_RATE)
    largest = FACE_DISTANCE_LARGEST * (1 - score)
    template = performed(eye).end.template
    if template is None:
        raise AssertionError("the demo's person was to pass the challenge")
    whole = f"**{face_distance(reference, template.embedding):.2f}**"
    rows = [(f"the template of the challenge above, {FACE_FRAMES_CAPTURED} frames", "", whole)]
    for what, rgb in _variants(eye):
        seen = eye.observe(rgb)
        if seen.face is None:
            raise AssertionError(f"the networks see no face that is {what}")
        single = face_distance(reference, eye.embedder.run(eye.aligner.run(rgb, seen.face.points)))
        rows.append((f"one frame, {what}", f"`{seen.hint}`", f"{single:.2f}"))
    measured = calibration.measured
    told = (
        f"Two templates of {FACE_FRAMES_ENROLLED} and {FACE_FRAMES_CAPTURED} frames are one person's where they are at "
        f"most {largest:.2f} apart: that is the distance at which one stranger in {round(1 / FALSE_MATCH_RATE):,} is "
        f"let in, looked up in `models/calibration` (measured on {measured.owners} people, {measured.owner_pairs} "
        f"pairs of strangers). Single frames of one capture are one face's at most {SAME_FACE_DISTANCE_MAX:.2f} apart."
    )
    return Part("distances", f"{table(('picture', 'its hint', 'distance to the reference'), rows)}\n\n{told}", {})


def _enrolled(eye: Eye) -> NDArray[np.float32]:
    """The reference of the person, taken on another day: the puppet's unrest and noise are others."""
    who, enrolment = eye.puppet(seed=11), FaceEnrolment(eye.pipeline, eye.embedder, FACE_FRAMES_ENROLLED)
    for t_ms in range(0, 6000, 50):
        if enrolment.feed(who.frame(t_ms), t_ms).done:
            return enrolment.template().embedding
    raise AssertionError("the enrolment of the demo's face did not end")


def _variants(eye: Eye) -> tuple[tuple[str, Picture], ...]:
    """The same face as a camera may see it, well placed and not."""
    return (
        ("straight", _held(eye, None)),
        ("half as bright", (_held(eye, None) * 0.5).astype(np.uint8)),
        ("twice as far away", moved(_held(eye, None), 0.5, (0, 0))),
        ("eyes shut", _held(eye, "blink")),
        ("mouth wide open", _held(eye, "open_mouth")),
        ("turned to the left", _held(eye, "turn_left")),
    )


def _held(eye: Eye, action: str | None) -> Picture:
    who = eye.puppet(seed=23)
    if action is not None:
        who.perform(action, 0, held=True)
    return who.frame(1000)
