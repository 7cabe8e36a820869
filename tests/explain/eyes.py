"""How far the eyes are open over time: a blink of their own, and one on purpose. Impure: runs networks."""

from __future__ import annotations

from typing import Final

from models.face.capture import sighting_of
from models.liveness import blink
from models.liveness.gestures import Gestures
from models.liveness.motion import Performed
from tests.explain import drawing
from tests.explain.charts import Band, Curve, Limit, Strip, timeline
from tests.explain.eye import Eye, Part

FRAME_MS: Final = 50
LENGTH_MS: Final = 3400
OWN_MS: Final = 700
ASKED_MS: Final = 1500
MOMENTS_MS: Final = (400, 800, 1550, 2000, 2300, 2800)
"""Of the eyes in the strip of pictures."""
EYE_PX: Final = 150


def eyes(eye: Eye) -> Part:
    """The chart, the eyes as the iris network is given them, and what was counted."""
    who, gestures = eye.puppet(), Gestures()
    who.perform("own_blink", OWN_MS)
    who.perform("blink", ASKED_MS)
    eye.pipeline.reset()
    left: list[tuple[int, float | None]] = []
    right: list[tuple[int, float | None]] = []
    strip, own_ms, meant = [], None, None
    for t_ms in range(0, LENGTH_MS, FRAME_MS):
        rgb = who.frame(t_ms)
        seen = eye.pipeline.observe(rgb)
        look = sighting_of(seen, good=True).look
        if look is None or seen.face is None:
            raise AssertionError("the networks lost the demo's face")
        before = gestures.blink.own
        gestures, done = gestures.step(look, t_ms)
        own_ms = t_ms if gestures.blink.own > before else own_ms
        meant = next((one for one in done if isinstance(one, Performed)), meant)
        left.append((t_ms, look.left_eye_open))
        right.append((t_ms, look.right_eye_open))
        if t_ms in MOMENTS_MS:
            eye.iris.run(rgb, seen.face.points)
            strip.append((eye.iris._cut.copy(), f"{t_ms / 1000:.2f} s: {look.right_eye_open:.2f}"))
    levels = gestures.blink.levels()
    if own_ms is None or meant is None or levels is None:
        raise AssertionError("both blinks were to be seen")
    shut, again = (share * sum(levels) / 2 for share in (blink.SHUT_SHARE, blink.OPEN_SHARE))
    chart = timeline(
        "How far the eyes are open (height over width)",
        [
            Strip(
                "eyes",
                (Curve("left", left), Curve("right", right)),
                0.0,
                0.45,
                (Limit(again, f"open again: above {again:.2f}"), Limit(shut, f"shut: below {shut:.2f}")),
            )
        ],
        [
            Band(OWN_MS, own_ms, "its own: not counted"),
            Band(meant.start_ms, meant.end_ms, "on purpose: a blink"),
        ],
        LENGTH_MS,
    )
    text = (
        f"Open, these eyes are {levels[0]:.2f} (left) and {levels[1]:.2f} (right) high over wide. They count as shut "
        f"below {blink.SHUT_SHARE:.0%} of that, both of them, and as open again above {blink.OPEN_SHARE:.0%}. The "
        f"first blink is shorter than {blink.SHUT_MIN_MS / 1000:.2f} s, so nobody made it on purpose: it answers "
        f"nothing and spoils nothing. The second began at {meant.start_ms / 1000:.2f} s and was over at "
        f"{meant.end_ms / 1000:.2f} s: it counts."
    )
    return Part("eyes", text, {"eyes.svg": chart.encode(), "eyes.jpg": drawing.jpeg(drawing.sheet(strip, EYE_PX))})
