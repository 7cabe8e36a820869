"""The ladder that an opened answer climbs, and what counts as living evidence."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.contract.messages import Action, LivenessEvidence, Modality, Probe, StepEvidence
from server_mqtt.contract.reasons import Reason
from server_mqtt.verification.evidence import check_liveness, check_modalities
from server_mqtt.verification.examination import UnknownModelError, UnreadableTemplateError, examine
from server_mqtt.verification.finding import Asked, Finding
from server_mqtt.verification.matching import Scored
from tests.scenarios.people import Person, performed
from tests.thresholds import scored

CHALLENGE = (Action.BLINK, Action.TURN_LEFT, Action.OPEN_MOUTH)
FACE, FINGER = Modality.FACE, Modality.FINGERPRINT
EITHER = Asked(modalities=(FACE, FINGER), all_modalities=False, challenge=CHALLENGE, preset_time_ms=30_000)
ALL = replace(EITHER, all_modalities=True)
FINGER_ONLY = replace(EITHER, modalities=(FINGER,))


@dataclass
class Desk:
    """An examiner who knows what to say, and notes what it was asked."""

    seen: bool = False
    readable: bool = True
    model_known: bool = True
    enrolled: bool = True
    matching: frozenset[Modality] = frozenset(Modality)
    compared: list[Modality] = field(default_factory=list)

    def seen_before(self, probe: Probe) -> bool:
        return self.seen

    def scored(self, probe: Probe) -> Scored | None:
        self.compared.append(probe.modality)
        if not self.readable:
            raise UnreadableTemplateError
        if not self.model_known:
            raise UnknownModelError
        if not self.enrolled:
            return None
        return scored(probe.modality, same=probe.modality in self.matching)


def _probe(modality: Modality, liveness: LivenessEvidence | None = None) -> Probe:
    evidence = liveness if liveness is not None or modality is FINGER else performed(CHALLENGE)
    return Probe(modality=modality, template=b"template", samples=1, model_hash="", liveness=evidence)


def test_verified_by_one_or_by_both() -> None:
    assert examine(EITHER, [_probe(FACE)], Desk()) == Finding(verified=True, modality=FACE, shown=(FACE,))
    assert examine(EITHER, [_probe(FINGER)], Desk()) == Finding(verified=True, modality=FINGER, shown=(FINGER,))
    assert examine(ALL, [_probe(FACE), _probe(FINGER)], Desk()) == Finding(verified=True, shown=(FACE, FINGER))


def test_of_two_both_must_match_and_both_are_compared() -> None:
    for matching in (frozenset({FACE}), frozenset({FINGER}), frozenset[Modality]()):
        desk = Desk(matching=matching)
        found = examine(ALL, [_probe(FACE), _probe(FINGER)], desk)
        assert found == Finding(verified=False, reason=Reason.NOT_RECOGNISED, shown=(FACE, FINGER))
        assert desk.compared == [FACE, FINGER]


@pytest.mark.parametrize(
    ("asked", "shown", "reason"),
    [
        (EITHER, [], Reason.NOT_CAPTURED),
        (FINGER_ONLY, [FACE], Reason.MODALITY_NOT_ACCEPTED),
        (FINGER_ONLY, [FACE, FINGER], Reason.MODALITY_NOT_ACCEPTED),
        (EITHER, [FINGER, FINGER], Reason.MODALITY_NOT_ACCEPTED),
        (ALL, [FACE], Reason.MODALITY_NOT_ACCEPTED),
        (ALL, [FINGER], Reason.MODALITY_NOT_ACCEPTED),
        (ALL, [FACE, FINGER], None),
        (EITHER, [FACE, FINGER], None),
    ],
)
def test_the_modalities_are_those_that_were_asked_for(
    asked: Asked, shown: list[Modality], reason: Reason | None
) -> None:
    assert check_modalities(asked, [_probe(modality) for modality in shown]) is reason


def test_the_first_failure_wins_and_nothing_after_it_is_looked_at() -> None:
    all_wrong = Desk(seen=True, readable=False, matching=frozenset())
    dead = _probe(FACE, performed(CHALLENGE[:2]))
    assert examine(FINGER_ONLY, [dead], all_wrong).reason is Reason.MODALITY_NOT_ACCEPTED
    assert examine(EITHER, [dead], all_wrong).reason is Reason.LIVENESS_FAILED
    assert examine(EITHER, [_probe(FACE)], all_wrong).reason is Reason.TEMPLATE_REPLAYED
    assert all_wrong.compared == []
    assert examine(EITHER, [_probe(FACE)], replace(all_wrong, seen=False)).reason is Reason.TEMPLATE_UNREADABLE
    assert examine(EITHER, [_probe(FACE)], Desk(matching=frozenset())).reason is Reason.NOT_RECOGNISED


@pytest.mark.fault(63)
def test_a_template_shown_before_is_a_replay_whatever_else_is_right() -> None:
    desk, replayed = Desk(seen=True), Finding(verified=False, reason=Reason.TEMPLATE_REPLAYED)
    assert examine(EITHER, [_probe(FACE)], desk) == replace(replayed, shown=(FACE,))
    assert examine(EITHER, [_probe(FINGER)], desk) == replace(replayed, shown=(FINGER,))
    assert desk.compared == []


@pytest.mark.fault(72)
def test_a_finding_has_no_room_for_a_score() -> None:
    assert set(Finding.__dataclass_fields__) == {"verified", "reason", "modality", "shown"}


def test_templates_of_other_networks_are_not_compared() -> None:
    refused = Finding(verified=False, reason=Reason.MODEL_NOT_ACCEPTED, shown=(FACE,))
    assert examine(EITHER, [_probe(FACE)], Desk(model_known=False)) == refused


def test_nobody_is_recognised_where_nothing_is_enrolled() -> None:
    assert examine(EITHER, [_probe(FACE)], Desk(enrolled=False)).reason is Reason.NOT_RECOGNISED


# --- liveness ---


def _judge(evidence: LivenessEvidence | None, asked: Asked = EITHER) -> Reason | None:
    probe = Probe(modality=FACE, template=b"", samples=3, model_hash="", liveness=evidence)
    return check_liveness(asked, [probe])


GOOD = performed(CHALLENGE)


def _step(index: int, **changes: int) -> LivenessEvidence:
    steps = list(GOOD.steps)
    old = steps[index]
    steps[index] = StepEvidence(
        action=old.action,
        start_ms=changes.get("start_ms", old.start_ms),
        end_ms=changes.get("end_ms", old.end_ms),
        held_ms=changes.get("held_ms", old.held_ms),
    )
    return LivenessEvidence(steps=tuple(steps), frames=GOOD.frames, elapsed_ms=GOOD.elapsed_ms)


def test_a_person_who_did_as_asked_is_alive() -> None:
    assert _judge(GOOD) is None
    assert check_liveness(EITHER, [Person(1).finger()]) is None


@pytest.mark.parametrize(
    "evidence",
    [
        None,
        performed(()),
        performed(CHALLENGE[:2]),
        performed((*CHALLENGE, Action.BLINK)),
        performed(CHALLENGE[::-1]),
        performed((Action.BLINK, Action.TURN_RIGHT, Action.OPEN_MOUTH)),
        performed(CHALLENGE, elapsed_ms=30_001),
        performed(CHALLENGE, elapsed_ms=1_799),
        _step(1, start_ms=599),
        _step(0, end_ms=100),
        _step(0, end_ms=50),
        _step(2, end_ms=GOOD.elapsed_ms + 1),
        LivenessEvidence(steps=GOOD.steps, frames=7, elapsed_ms=GOOD.elapsed_ms),
        LivenessEvidence(steps=GOOD.steps, frames=0, elapsed_ms=0),
    ],
)
def test_anything_else_is_not(evidence: LivenessEvidence | None) -> None:
    assert _judge(evidence) is Reason.LIVENESS_FAILED


HOLDS_MS = (0, 1_500, 3_000)
HELD = performed(CHALLENGE, HOLDS_MS)
KEEPING = replace(EITHER, holds_ms=HOLDS_MS)


def _held(index: int, held_ms: int) -> LivenessEvidence:
    steps = list(HELD.steps)
    steps[index] = msgspec.structs.replace(steps[index], held_ms=held_ms)
    return msgspec.structs.replace(HELD, steps=tuple(steps))


def test_whoever_kept_each_action_as_long_as_asked_is_alive() -> None:
    assert _judge(HELD, KEEPING) is None
    assert _judge(HELD) is Reason.LIVENESS_FAILED
    assert _judge(GOOD, KEEPING) is Reason.LIVENESS_FAILED


@pytest.mark.parametrize(("index", "held_ms"), [(0, 1_500), (1, 1_499), (1, 3_000), (2, 2_999), (2, 4_500), (1, 2_101)])
def test_a_hold_of_another_length_or_longer_than_its_action_does_not_count(index: int, held_ms: int) -> None:
    assert _judge(_held(index, held_ms), KEEPING) is Reason.LIVENESS_FAILED


@pytest.mark.fault(41)
@pytest.mark.parametrize("score", [0.99, 0.0, -1.0, math.nan, math.inf, -math.inf])
def test_an_action_that_did_not_go_far_enough_does_not_count(score: float) -> None:
    steps = (msgspec.structs.replace(GOOD.steps[0], score=score), *GOOD.steps[1:])
    assert _judge(msgspec.structs.replace(GOOD, steps=steps)) is Reason.LIVENESS_FAILED


def test_the_policy_may_ask_for_more() -> None:
    steps = tuple(msgspec.structs.replace(step, score=1.2) for step in GOOD.steps)
    assert _judge(msgspec.structs.replace(GOOD, steps=steps), replace(EITHER, least_score=1.2)) is None
    assert _judge(GOOD, replace(EITHER, least_score=1.2)) is Reason.LIVENESS_FAILED


@pytest.mark.fault(45)
@pytest.mark.parametrize("spread", [0.551, -0.1, math.nan, math.inf])
def test_faces_of_one_capture_that_differ_too_much_do_not_count(spread: float) -> None:
    asked = replace(EITHER, largest_spread=0.55)
    assert _judge(msgspec.structs.replace(GOOD, spread=0.55), asked) is None
    assert _judge(msgspec.structs.replace(GOOD, spread=spread), asked) is Reason.LIVENESS_FAILED


def test_how_closely_a_capture_must_have_looked() -> None:
    for frames, reason in ((9, None), (8, Reason.LIVENESS_FAILED)):
        seen = LivenessEvidence(steps=GOOD.steps, frames=frames, elapsed_ms=3_000)
        assert _judge(seen) is reason
    for took_ms, reason in ((30, None), (29, Reason.LIVENESS_FAILED)):
        assert _judge(_step(0, start_ms=100, end_ms=100 + took_ms)) is reason


def test_actions_may_follow_each_other_at_once_and_end_with_the_capture() -> None:
    assert _judge(_step(0, start_ms=0)) is None
    assert _judge(_step(1, start_ms=GOOD.steps[0].end_ms)) is None
    assert _judge(_step(2, end_ms=GOOD.elapsed_ms)) is None


def test_the_time_is_what_was_left_when_the_instruction_was_issued() -> None:
    assert _judge(GOOD, replace(EITHER, preset_time_ms=GOOD.elapsed_ms)) is None
    assert _judge(GOOD, replace(EITHER, preset_time_ms=GOOD.elapsed_ms - 1)) is Reason.LIVENESS_FAILED


EVIDENCE = st.builds(
    LivenessEvidence,
    steps=st.lists(
        st.builds(
            StepEvidence,
            action=st.sampled_from(Action),
            start_ms=st.integers(0, 3_000),
            end_ms=st.integers(0, 3_000),
        ),
        max_size=4,
    ).map(tuple),
    frames=st.integers(0, 200),
    elapsed_ms=st.integers(0, 40_000),
)


@given(EVIDENCE, st.lists(st.sampled_from(Action), min_size=1, max_size=3).map(tuple))
def test_whoever_passes_did_every_action_one_after_the_other(
    evidence: LivenessEvidence, challenge: tuple[Action, ...]
) -> None:
    asked = replace(EITHER, challenge=challenge)
    if _judge(evidence, asked) is None:
        assert tuple(step.action for step in evidence.steps) == challenge
        moments = [moment for step in evidence.steps for moment in (step.start_ms, step.end_ms)]
        assert moments == sorted(moments)
        assert moments[-1] <= evidence.elapsed_ms <= asked.preset_time_ms
        assert evidence.frames > 0
