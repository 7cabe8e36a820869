"""A terminal that says or asks for more than people can make it is told to wait, and noticed; others go on."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from server_mqtt.contract import topics
from server_mqtt.shell import load
from server_mqtt.shell.load import TOLD_EVERY_MS, Pace

_MINUTE_MS: Final = 60_000
_MANY: Final = 1_000_000
_REQUEST: Final = topics.up("terminal-one", "payer_request")
_QUERY: Final = topics.up("terminal-one", "payment_query")
_OTHER: Final = topics.up("terminal-two", "payer_request")

_GAPS_MS = st.lists(st.integers(0, 30_000), min_size=1, max_size=60)
_MOST = st.integers(1, 100)


@given(gaps_ms=_GAPS_MS, most=_MOST)
def test_never_more_than_a_bucket_and_what_time_puts_back(gaps_ms: list[int], most: int) -> None:
    pace, now_ms, let_in = Pace(_MANY, most), 0, 0
    for gap_ms in gaps_ms:
        now_ms += gap_ms
        wait_ms = pace.wait_ms(_REQUEST, now_ms)
        let_in += wait_ms == 0
        assert let_in <= most + now_ms * most / _MINUTE_MS
        assert 0 <= wait_ms <= _MINUTE_MS / most + 1


@given(most=_MOST, of_all=_MOST, later_ms=st.integers(0, 1_000), requests=st.booleans())
def test_who_comes_back_when_told_to_is_let_in(most: int, of_all: int, later_ms: int, requests: bool) -> None:
    pace, topic = Pace(of_all, most), _REQUEST if requests else _QUERY
    while pace.wait_ms(topic, 0) == 0:
        pass
    wait_ms = pace.wait_ms(topic, later_ms)
    assert wait_ms == 0 or pace.wait_ms(topic, later_ms + wait_ms) == 0


@given(gaps_ms=_GAPS_MS, most=st.integers(10, 100))
def test_whoever_is_no_faster_than_the_limit_never_waits(gaps_ms: list[int], most: int) -> None:
    pace, now_ms = Pace(most, most), 0
    for gap_ms in gaps_ms:
        now_ms += max(gap_ms, _MINUTE_MS // most + 1)
        assert pace.wait_ms(_REQUEST, now_ms) == 0


def test_each_terminal_has_its_own_and_a_clock_that_stands_still_gives_nothing() -> None:
    pace = Pace(_MANY, 1)
    assert [pace.wait_ms(topic, 5) for topic in (_REQUEST, _OTHER)] == [0, 0]
    assert [pace.wait_ms(_REQUEST, now_ms) for now_ms in (5, 4)] == [_MINUTE_MS + 1] * 2


def test_requests_count_as_messages_and_messages_not_as_requests() -> None:
    pace = Pace(3, 2)
    assert [pace.wait_ms(_QUERY, 0), pace.wait_ms(_REQUEST, 0), pace.wait_ms(_REQUEST, 0)] == [0, 0, 0]
    assert (pace.wait_ms(_QUERY, 0), pace.wait_ms(_REQUEST, 0)) == (_MINUTE_MS // 3 + 1, _MINUTE_MS // 2 + 1)


def test_what_is_turned_away_for_one_limit_does_not_count_for_the_other() -> None:
    pace = Pace(2, 1)
    assert pace.wait_ms(_REQUEST, 0) == 0
    for _ in range(5):
        assert pace.wait_ms(_REQUEST, 0) > 0
    assert pace.wait_ms(_QUERY, 0) == 0


def test_what_is_no_terminals_topic_is_not_held_up() -> None:
    pace = Pace(1, 1)
    assert [pace.wait_ms("countersign/v1/x/up/payer_request", 0) for _ in range(3)] == [0, 0, 0]
    assert len(pace) == 0


def test_of_more_terminals_than_are_remembered_who_is_silent_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MAX_TERMINALS", 3)
    pace = Pace(_MANY, 1)
    for number in range(3):
        pace.wait_ms(topics.up(f"terminal-{number}", "payer_request"), 0)
    # It speaks again, so that the second one has been silent for longest.
    assert pace.wait_ms(topics.up("terminal-0", "payer_request"), 1) > 0
    pace.wait_ms(_REQUEST, 2)
    assert len(pace) == 3
    assert pace.wait_ms(topics.up("terminal-0", "payer_request"), 3) > 0
    assert pace.wait_ms(topics.up("terminal-1", "payer_request"), 3) == 0


@pytest.mark.fault(64)
def test_a_flood_is_noticed_and_makes_no_flood_of_lines() -> None:
    pace = Pace(_MANY, 1)
    with capture_logs() as lines:
        for now_ms in range(0, TOLD_EVERY_MS, 100):
            pace.wait_ms(_REQUEST, now_ms)
            pace.wait_ms(_OTHER, TOLD_EVERY_MS)
    told = [(line["event"], line["log_level"], line["device"], line["reason"]) for line in lines]
    assert sorted(told) == [("alert", "warning", f"terminal-{which}", "too_fast") for which in ("one", "two")]
