"""What waits is sent again, ever less often, until it is answered or nobody wants it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from terminal.outbox.schedule import BACKOFF_LAST_MS, BACKOFF_MS, Schedule, Waiting


def waiting(name: str, *, at_ms: int = 0, expires_at_ms: int | None = None, kind: str = "payer_stop") -> Waiting:
    return Waiting(
        message_id=name,
        kind=kind,
        payment_id="p",
        content_hash=bytes(32),
        next_send_at_ms=at_ms,
        expires_at_ms=expires_at_ms,
    )


def test_pauses_grow_and_end_in_a_steady_one() -> None:
    schedule, now_ms, pauses = Schedule(), 0, []
    schedule.add(waiting("a"))
    for _ in range(len(BACKOFF_MS) + 3):
        assert [one.message_id for one in schedule.due(now_ms)] == ["a"]
        schedule.sent("a", now_ms)
        found = schedule.find("a")
        assert found is not None
        assert schedule.due(found.next_send_at_ms - 1) == ()
        pauses.append(found.next_send_at_ms - now_ms)
        now_ms = found.next_send_at_ms
    assert pauses == [*BACKOFF_MS, *[BACKOFF_LAST_MS] * 3]


def test_a_new_connection_makes_everything_due_in_its_order() -> None:
    schedule = Schedule()
    for name in ("a", "b", "c"):
        schedule.add(waiting(name))
        schedule.sent(name, 0)
    schedule.bring_forward(5)
    assert [one.message_id for one in schedule.due(5)] == ["a", "b", "c"]


def test_a_busy_server_is_not_asked_before_it_wants_to_be() -> None:
    schedule = Schedule()
    schedule.add(waiting("a"))
    schedule.postpone("a", 7_000)
    assert schedule.due(6_999) == ()
    assert len(schedule.due(7_000)) == 1


def test_what_was_answered_is_gone() -> None:
    schedule = Schedule()
    schedule.add(waiting("a"))
    schedule.remove("a")
    schedule.remove("a")
    schedule.sent("a", 0)
    schedule.postpone("a", 0)
    assert len(schedule) == 0
    assert schedule.due(10**9) == ()


def test_questions_are_found_by_what_they_ask() -> None:
    schedule = Schedule()
    schedule.add(waiting("a", kind="payment_query"))
    schedule.add(waiting("b"))
    assert schedule.of("payment_query", "p") == ("a",)
    assert schedule.of("payment_query", "q") == ()


@given(st.dictionaries(st.text(min_size=1), st.none() | st.integers(0, 1_000)), st.integers(0, 1_000))
def test_exactly_what_is_past_its_time_is_expired(expiries: dict[str, int | None], now_ms: int) -> None:
    schedule = Schedule()
    for name, expires_at_ms in expiries.items():
        schedule.add(waiting(name, expires_at_ms=expires_at_ms))
    expected = {name for name, at in expiries.items() if at is not None and at <= now_ms}
    assert set(schedule.expired(now_ms)) == expected
