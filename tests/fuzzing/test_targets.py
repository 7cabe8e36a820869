"""Any bytes: no exception escapes, nothing changes, the sender gets a code and words; and a slip would be noticed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.shell import journal
from server_mqtt.shell.intake import Refusal
from server_mqtt.shell.message_turn import MessageTurns
from server_mqtt.shell.turn import Turn
from tests.fuzzing import targets
from tests.fuzzing.replay import replayed, seeds
from tests.fuzzing.requests import Requests
from tests.server_mqtt.shell.members import ANN

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
