"""A challenge is passed by performing it in order and in time, and in no other way."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.liveness.challenge import NON_RIGID, Action
from models.liveness.evidence import LivenessFailure
from models.liveness.session import (
    ACTION_MAX_MS,
    FACE_LOST_MAX_MS,
    FROZEN_MAX_MS,
    LivenessSession,
    Phase,
    start,
    step,
)
from models.liveness.sighting import Look, Sighting
from tests.models.liveness.faces import (
    AGAPE,
    FRAME_MS,
    PERFORMANCES,
    REST,
    RESTING,
    SHUT,
    performance,
    performing,
    sighting,
    turned,
    watch,
)

CHALLENGE = (Action.TURN_LEFT, Action.BLINK)
ORDERS = [
    order
    for length, every in ((2, 2), (3, 14), (4, 80))
    for order in itertools.islice(itertools.permutations(Action, length), None, None, every)
    if not NON_RIGID.isdisjoint(order)
]


def begun(challenge: tuple[Action, ...] = CHALLENGE) -> LivenessSession:
    session = watch(start(challenge), RESTING)
    assert session.action is challenge[0]
    return session


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(order))
def test_passes_when_all_is_done_in_order(order: tuple[Action, ...]) -> None:
    session = watch(start(order), performing(order))
    assert session.phase is Phase.PASSED
    evidence = session.evidence()
    assert tuple(one.action for one in evidence.steps) == order
    times = [time for one in evidence.steps for time in (one.start_ms, one.end_ms)]
    assert times == sorted(times)
    assert times[0] > 0
    assert times[-1] < evidence.duration_ms
    assert evidence.frames >= len(performing(order)) - len(RESTING)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(order))
def test_another_order_does_not_pass(order: tuple[Action, ...]) -> None:
    for other in itertools.permutations(order):
        if other != order:
            idle = [REST] * (ACTION_MAX_MS // 40 + 10)
            session = watch(start(order), [*performing(other), *idle])
            assert session.failure in (LivenessFailure.WRONG_ACTION, LivenessFailure.TIMED_OUT)


def test_the_other_side_is_a_wrong_action() -> None:
    session = watch(begun(), PERFORMANCES[Action.TURN_RIGHT])
    assert session.failure is LivenessFailure.WRONG_ACTION


@pytest.mark.parametrize("extra", Action)
def test_an_action_that_was_not_asked_for_is_wrong_also_between_two_and_once_more(extra: Action) -> None:
    session = watch(begun(), [*PERFORMANCES[Action.TURN_LEFT], *PERFORMANCES[extra]])
    assert session.failure is LivenessFailure.WRONG_ACTION


@pytest.mark.parametrize("extra", [Action.OPEN_MOUTH, Action.BLINK])
def test_an_action_on_top_of_the_one_that_was_asked_for_is_wrong(extra: Action) -> None:
    session = watch(start((Action.LOOK_UP, Action.BLINK)), [*RESTING, *PERFORMANCES[Action.LOOK_UP][:6]])
    assert session.phase is Phase.HOLDING
    assert extra in NON_RIGID
    both = [replace(look, pitch_deg=11.9) for look in PERFORMANCES[extra]]
    held = replace(session, gestures=replace(session.gestures, rest=replace(REST, pitch_deg=0)))
    assert watch(held, both).phase is Phase.FAILED


def test_an_action_must_end_before_the_next_is_asked_for() -> None:
    session = watch(begun(), performance(Action.TURN_LEFT, 20)[:20])
    assert (session.phase, session.action, session.steps) == (Phase.HOLDING, None, ())
    assert watch(session, [turned(26)] * 30).failure is LivenessFailure.NOT_HELD


@pytest.mark.fault(48)
@pytest.mark.parametrize("done", [[], PERFORMANCES[Action.TURN_LEFT]], ids=["before the first", "between two"])
def test_a_face_that_is_badly_placed_has_all_the_time(done: list[Look]) -> None:
    """Too dark, too far, blurred: told so on the screen, and no failed attempt."""
    session = watch(begun(), [*done, *RESTING] if done else [])
    for _ in range(3 * ACTION_MAX_MS // FRAME_MS):
        session = step(session, sighting(REST, good=False, placed=False), session.now_ms + FRAME_MS)
    assert session.phase is Phase.ACTING
    assert watch(session, performing(session.challenge[len(session.steps) :])).phase is Phase.PASSED


def test_doing_nothing_times_out_but_bad_placement_does_not() -> None:
    waiting = watch(begun(), [REST] * (ACTION_MAX_MS // 40 + 2))
    assert waiting.failure is LivenessFailure.TIMED_OUT
    session = start(CHALLENGE)
    for number in range(1000):
        session = step(session, sighting(REST, good=False), number * 40)
    assert session.phase is Phase.SETTLING


def test_leaving_before_the_first_action_costs_nothing() -> None:
    away: list[Look | None] = [None] * 100
    session = watch(start(CHALLENGE), [*RESTING[:2], *away, *performing(CHALLENGE)])
    assert session.phase is Phase.PASSED


def test_leaving_after_it_fails() -> None:
    away: list[Look | None] = [None] * (FACE_LOST_MAX_MS // 40 + 2)
    assert watch(begun(), away).failure is LivenessFailure.FACE_LOST
    assert watch(begun(), away[:10]).failure is None


def test_a_long_gap_between_frames_is_an_absence() -> None:
    session = begun()
    late_ms = session.now_ms + FACE_LOST_MAX_MS + 1
    assert step(session, sighting(REST), late_ms).failure is LivenessFailure.FACE_LOST


@pytest.mark.fault(45)
def test_a_second_face_that_stays_fails_and_a_glimpse_does_not() -> None:
    session = begun()
    for _ in range(5):
        session = step(session, sighting(REST, faces=2), session.now_ms + 40)
    assert session.failure is None
    for _ in range(5):
        session = step(session, sighting(REST, faces=2), session.now_ms + 40)
    assert session.failure is LivenessFailure.SEVERAL_FACES


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    "elsewhere",
    [replace(REST, x=420), replace(REST, y=320), replace(REST, scale=95), turned(45), replace(REST, pitch_deg=-40)],
)
def test_a_jump_fails(elsewhere: Look) -> None:
    assert watch(begun(), [elsewhere]).failure is LivenessFailure.JUMP
    settled = watch(start(CHALLENGE), [*RESTING[:2], elsewhere])
    assert settled.phase is Phase.SETTLING


def test_a_fast_but_human_motion_does_not_fail() -> None:
    approaching = [replace(REST, x=320 + 15 * n, scale=70 + 2 * n) for n in range(10)]
    assert watch(begun(), approaching).failure is None


@pytest.mark.fault(44)
def test_a_frozen_picture_makes_no_progress_and_then_fails() -> None:
    session = start(CHALLENGE)
    for number, look in enumerate([*performing(CHALLENGE), *RESTING]):
        session = step(session, Sighting(1, look, good=True, digest=7), number * 40)
        if session.over:
            break
    assert session.failure is LivenessFailure.FROZEN
    assert session.frames == 1
    assert FROZEN_MAX_MS < session.now_ms <= FROZEN_MAX_MS + 40


@pytest.mark.fault(44)
def test_a_loop_of_pictures_makes_no_progress() -> None:
    session = start(CHALLENGE)
    loop = [*RESTING, *PERFORMANCES[Action.TURN_LEFT]]
    for number in range(200):
        place = number % len(loop)
        session = step(session, Sighting(1, loop[place], good=True, digest=place), number * 40)
    assert session.failure is LivenessFailure.FROZEN


def test_a_clock_that_stands_or_goes_back_makes_no_progress() -> None:
    session = begun()
    for time_ms in (session.now_ms, session.now_ms - 1, 0):
        assert step(session, sighting(SHUT), time_ms) == session


def test_too_few_frames_per_second_see_no_action() -> None:
    session = watch(start(CHALLENGE), performing(CHALLENGE), every_ms=300)
    assert session.phase is not Phase.PASSED


def test_nothing_moves_a_session_that_is_over() -> None:
    passed = watch(start(CHALLENGE), performing(CHALLENGE))
    assert watch(passed, [None, *performing(CHALLENGE)]) == passed


def test_it_ends_once_the_face_rests_again() -> None:
    unrested = performing(CHALLENGE)[: -len(RESTING)]
    assert watch(start(CHALLENGE), unrested).phase is Phase.SETTLING


VALUES = st.sampled_from([0.0, 0.05, 0.17, 0.3, 0.35, 0.45, 0.6, float("nan"), float("inf"), -1.0])
WILD = st.builds(
    Look,
    yaw_deg=st.sampled_from([-90.0, -25.0, -12.0, 0.0, 12.0, 25.0, float("nan"), float("-inf")]),
    left_eye_open=VALUES,
    right_eye_open=VALUES,
    mouth_open=VALUES,
    x=st.sampled_from([320.0, 330.0, 900.0, float("nan")]),
    y=st.sampled_from([200.0, 210.0]),
    scale=st.sampled_from([70.0, 71.0, 95.0, 0.0, -70.0, 1e308]),
    pitch_deg=st.sampled_from([-90.0, -17.0, 0.0, 17.0, float("nan")]),
)
SCENE = st.one_of(
    st.sampled_from(Action).map(lambda action: [*PERFORMANCES[action], *RESTING]),
    st.sampled_from([RESTING, [SHUT], [AGAPE], [turned(26.0)] * 4, [turned(-26.0)] * 4]),
    st.lists(st.none() | WILD, max_size=5),
)
FILM = st.lists(SCENE, max_size=12).map(lambda scenes: [look for scene in scenes for look in scene])
GAP_MS = st.sampled_from([40, 40, 40, 40, 40, 66, 0, -30, 400, 3000])


@settings(deadline=None, max_examples=100)
@given(
    order=st.sampled_from(ORDERS),
    opening=st.sampled_from([[], RESTING]),
    film=FILM,
    data=st.data(),
)
def test_never_raises_and_never_passes_without_all_actions_in_order(
    order: tuple[Action, ...], opening: list[Look], film: list[Look | None], data: st.DataObject
) -> None:
    steady = data.draw(st.booleans())
    session, now_ms, shown = start(order), 0, []
    for look in [*opening, *film]:
        now_ms += 40 if steady else data.draw(GAP_MS)
        faces = 1 if steady else data.draw(st.sampled_from([1, 1, 1, 1, 2, 0]))
        before = session
        session = step(session, sighting(look, faces=faces), now_ms)
        assert len(before.steps) <= len(session.steps) <= len(before.steps) + 1
        if session != before:
            shown.append((now_ms, look))
    assert tuple(one.action for one in session.steps) == order[: len(session.steps)]
    assert (session.phase is Phase.FAILED) == (session.failure is not None)
    if session.phase is Phase.PASSED:
        assert len(session.steps) == len(order)
        _shown_in_order(session, shown)


def _shown_in_order(session: LivenessSession, shown: list[tuple[int, Look | None]]) -> None:
    """Every step's frames, looked at without the session's own eyes, show its action, after the step before."""
    origin_ms, last_ms = session.first_ms or 0, 0
    for one in session.steps:
        assert last_ms < one.start_ms < one.end_ms
        last_ms = one.end_ms
        span = [look for now_ms, look in shown if one.start_ms <= now_ms - origin_ms <= one.end_ms]
        assert sum(look is not None and _shows(one.action, look) for look in span) >= 2


def _shows(action: Action, look: Look) -> bool:
    match action:
        case Action.TURN_LEFT:
            return look.yaw_deg >= 22
        case Action.TURN_RIGHT:
            return look.yaw_deg <= -22
        case Action.BLINK:
            return max(look.left_eye_open, look.right_eye_open) < 0.31
        case Action.OPEN_MOUTH:
            return look.mouth_open >= 0.5
        case Action.LOOK_UP:
            return look.pitch_deg >= 15 - 7
        case Action.LOOK_DOWN:
            return look.pitch_deg <= 7 - 15
        case Action.COME_NEARER:
            return look.scale > REST.scale * 1.1


@settings(deadline=None, max_examples=60)
@given(order=st.sampled_from(ORDERS), missing=st.sampled_from(Action), scenes=st.lists(SCENE, max_size=10))
def test_an_action_that_never_happens_never_passes(
    order: tuple[Action, ...], missing: Action, scenes: list[list[Look | None]]
) -> None:
    looks = [look for look in itertools.chain(performing(order), *scenes) if look and not _shows(missing, look)]
    if missing in order:
        assert watch(start(order), looks).phase is not Phase.PASSED


@settings(deadline=None, max_examples=40)
@given(order=st.sampled_from(ORDERS), every_ms=st.integers(20, 66), start_ms=st.integers(-10_000, 2**40))
def test_passes_at_any_usual_frame_rate_and_clock(order: tuple[Action, ...], every_ms: int, start_ms: int) -> None:
    session = watch(start(order), performing(order), start_ms=start_ms, every_ms=every_ms)
    assert session.phase is Phase.PASSED
