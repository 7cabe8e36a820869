"""Any bytes: no exception escapes, nothing changes, the sender gets a code and words; and a slip would be noticed."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.comparison.iso19794_2 import decode
from server_mqtt.shell import journal
from server_mqtt.shell.intake import Refusal
from server_mqtt.shell.message_turn import MessageTurns
from server_mqtt.shell.turn import Turn
from tests.fuzzing import records, targets
from tests.fuzzing.replay import replayed, seeds
from tests.fuzzing.requests import Requests
from tests.server_mqtt.shell.members import ANN
from tests.thresholds import FINGER_SCORE_MIN

_A_BYTE = st.integers(0, 255)
_INPUTS = st.builds(
    lambda way, which, where, cut, rest: bytes((way, which, where, cut)) + rest,
    st.integers(0, 4),
    st.integers(0, 20),
    _A_BYTE,
    _A_BYTE,
    st.binary(max_size=200),
)
"""What `requests.py` makes a message of."""


_RECORD_BYTES_MIN = 30
"""Of one without minutiae; the length stands at byte 8, their number at 27."""


@pytest.fixture(scope="module")
def requests() -> Iterator[Requests]:
    shop = Requests.open()
    yield shop
    shop.close()


@pytest.mark.fault(8)
@given(data=_INPUTS)
def test_no_message_gets_by_the_request_handler(requests: Requests, data: bytes) -> None:
    requests(data)


@pytest.mark.fault(8)
@given(data=st.binary(max_size=400))
def test_no_bytes_get_by_the_decoder(data: bytes) -> None:
    targets.decoder(data)


@given(data=st.binary(max_size=80) | st.text(alphabet='[]policy.aten=x1"\n# {}', max_size=80).map(str.encode))
def test_no_bytes_get_by_the_policy_file(data: bytes) -> None:
    targets.policy(data)


@st.composite
def _damaged_records(draw: st.DrawFn) -> bytes:
    """A stranger's record with bytes exchanged, cut out and put in; half of them say their new length."""
    data = bytearray(draw(st.sampled_from(seeds("record"))))
    for place, value in draw(st.lists(st.tuples(st.integers(0, len(data) - 1), _A_BYTE), max_size=6)):
        data[place] = value
    place, cut = draw(st.integers(0, len(data))), draw(st.integers(0, 40))
    data[place : place + cut] = draw(st.binary(min_size=cut, max_size=cut) | st.binary(max_size=40))
    if draw(st.booleans()) and len(data) >= _RECORD_BYTES_MIN:
        data[8:12] = struct.pack(">I", len(data))
        data[27] = (len(data) - _RECORD_BYTES_MIN) // 6 % 256
    return bytes(data)


@pytest.mark.fault(40)
@given(data=st.binary(max_size=200) | _damaged_records())
def test_no_bytes_get_by_the_fingerprint_record(data: bytes) -> None:
    records.record(data)


@pytest.mark.parametrize("name", sorted(targets.MAKERS))
def test_what_was_found_once_and_what_goes_deep_gets_by_no_more(name: str) -> None:
    target = targets.MAKERS[name]()
    for data in (*seeds(name), *replayed(name)):
        target(data)


def test_messages_that_are_right_are_accepted(requests: Requests) -> None:
    """Else nothing of what lies behind the first refusal would be tried at all."""
    assert [requests.accepts(bytes((2, which, 0, 0))) for which in range(4)] == [True] * 4


def test_a_handler_that_raises_is_found(monkeypatch: pytest.MonkeyPatch, requests: Requests) -> None:
    def wrong(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(MessageTurns, "_judge", wrong)
    with pytest.raises(AssertionError, match="a fault of ours"):
        requests(bytes((2, 0, 0, 0)))


def test_a_refused_message_that_changes_something_is_found(monkeypatch: pytest.MonkeyPatch, requests: Requests) -> None:
    right = MessageTurns._tell

    def wrong(self: MessageTurns, turn: Turn, refusal: Refusal) -> None:
        right(self, turn, refusal)
        journal.deposit(turn.connection, ANN, "EUR", 1, turn.now_ms)

    monkeypatch.setattr(MessageTurns, "_tell", wrong)
    with pytest.raises(AssertionError, match="changed something"):
        requests(bytes((0, 0, 0, 0)))


def test_a_record_that_is_taken_for_another_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that overlooks what stands behind the minutiae."""
    whole = seeds("record")[0]
    assert decode(whole) == decode(records._put_right(whole[:8] + bytes(4) + whole[12:-2] + b"\1\2\3"))
    monkeypatch.setattr(records, "decode", lambda data: decode(data[:-1] + b"\0"))
    monkeypatch.setattr(records, "finger_score", lambda *_: 0.0)
    records.record(whole)
    with pytest.raises(AssertionError):
        records.record(whole[:-1] + b"\1")


def test_a_stranger_s_record_that_matches_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "finger_score", lambda *_: FINGER_SCORE_MIN)
    records.record(records.ENROLLED[0])
    with pytest.raises(AssertionError):
        records.record(seeds("record")[0])


def test_an_exception_of_another_kind_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> float:
        raise ZeroDivisionError

    monkeypatch.setattr(records, "finger_score", wrong)
    with pytest.raises(ZeroDivisionError):
        records.record(seeds("record")[0])
