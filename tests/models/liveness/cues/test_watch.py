"""When the watch looks, what it remembers, and what it says in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from models.face.observation import Face, Pose, Quality
from models.liveness.cues.fusion import CueWeight, Fusion
from models.liveness.cues.glance import Glance
from models.liveness.cues.watch import GLANCE_EVERY_MS, GLANCES_MAX, PAST_MS, PassiveWatch
from tests.models.liveness.cues.pictures import mesh, noisy, skin

FUSION = Fusion({"seen": CueWeight(0.0, 1.0, 1.0)}, bias=0.0)
FRAME = noisy(skin(), 1)


@dataclass
class Seen:
    """A cue that keeps what it was shown and says what it is told to."""

    name: str = "seen"
    says: list[float | None] = field(default_factory=list)
    glances: list[Glance] = field(default_factory=list)

    def run(self, glance: Glance) -> float | None:
        self.glances.append(glance)
        return self.says[len(self.glances) - 1] if len(self.glances) <= len(self.says) else 1.0


def face(track: int = 1) -> Face:
    return Face(mesh(), track, Pose(0, 0, 0), 0.35, 0.35, 0.1, Quality(70, 0.1, 120, inside=True))


def watched(cue: Seen, times_ms: range, *, lost_ms: int | None = None) -> PassiveWatch:
    watch = PassiveWatch([cue], FUSION)
    for t_ms in times_ms:
        watch.look(FRAME, None if t_ms == lost_ms else face(), t_ms)
    return watch


def test_glances_are_seldom_and_see_the_frame_before_and_some_past() -> None:
    cue = Seen()
    watched(cue, range(0, 4000, 50))
    times = [glance.now.t_ms for glance in cue.glances]
    assert len(times) == 10
    assert all(b - a >= GLANCE_EVERY_MS for a, b in pairwise(times))
    for glance in cue.glances:
        assert glance.now.t_ms - glance.before.t_ms == 50
        ages = [glance.now.t_ms - view.t_ms for view in glance.past]
        assert ages == sorted(ages, reverse=True)
        assert all(0 < age <= PAST_MS for age in ages)
    assert len(cue.glances[-1].past) >= 5


def test_a_long_capture_is_not_looked_at_for_ever() -> None:
    cue = Seen()
    watched(cue, range(0, 60_000, 100))
    assert len(cue.glances) == GLANCES_MAX


@pytest.mark.parametrize("gap_ms", [300, 5000])
def test_frames_far_apart_are_not_one_after_the_other(gap_ms: int) -> None:
    cue = Seen()
    watched(cue, range(0, 10 * gap_ms, gap_ms))
    assert cue.glances == []


def test_a_face_that_was_lost_or_exchanged_has_no_past() -> None:
    cue = Seen()
    watch = watched(cue, range(0, 1050, 50), lost_ms=900)
    for t_ms in range(1050, 1500, 50):
        watch.look(FRAME, face(), t_ms)
    assert min(view.t_ms for view in cue.glances[-1].past) > 900
    for t_ms in range(1500, 2000, 50):
        watch.look(FRAME, face(track=2), t_ms)
    assert min(view.t_ms for view in cue.glances[-1].past) >= 1500


def test_the_evidence_is_the_median_of_the_glances_that_could_tell() -> None:
    cue = Seen(says=[5.0, None, 1.0, float("nan"), 2.0])
    evidence = watched(cue, range(0, 2000, 50)).evidence()
    (seen,) = [one for one in evidence.cues if one.cue == "seen"]
    assert (seen.value, seen.glances) == (2.0, 3)
    assert evidence.score == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert {one.cue for one in evidence.cues} >= {"moire", "flicker", "gamut", "highlights", "noise", "seen"}


def test_a_reset_forgets_everything() -> None:
    cue = Seen()
    watch = watched(cue, range(0, 2000, 50))
    watch.reset()
    assert watch.evidence().cues == ()
    assert watch.evidence().score == 0.5
    watch.look(FRAME, face(), 100)
    watch.look(FRAME, face(), 150)
    assert cue.glances[-1].past[0].t_ms == 100
